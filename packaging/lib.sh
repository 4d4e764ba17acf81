# shellcheck shell=bash
# What the scripts beside this file share. Sourced.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck disable=SC2034  # for those who source this
genai=$root/build/release/bin/genai
scratch=$(mktemp -d "${TMPDIR:-/tmp}/genai.XXXXXX")
started=()  # process ids
url=        # of the server that was started last
pid=        # its process id

note() { printf '%s\n' "$*" >&2; }
heading() { printf '\n== %s\n' "$*"; }

# Nothing of the caller's configuration, and no key that could be spent, reaches what is started here.
clear_keys() {
  local name
  for name in $(compgen -e); do
    case $name in
      *_API_KEY | *_API_TOKEN | *_API_BASE | *_BASE_URL | GENAI_* | AWS_* | AZURE_* | GOOGLE_APPLICATION_CREDENTIALS | HF_TOKEN | PORT) unset "$name" ;;
    esac
  done
  export NO_PROXY=127.0.0.1 no_proxy=127.0.0.1
  export HOME=$scratch XDG_CONFIG_HOME=$scratch/config XDG_DATA_HOME=$scratch/share
}

# build PRESET [TARGET...]
build() {
  local preset=$1
  shift
  cmake --build "$root/build/$preset" --parallel "$(nproc)" ${1+--target "$@"}
}

# quietly LOG COMMAND...: the log is shown only if the command fails.
quietly() {
  local log=$1
  shift
  "$@" > "$log" 2>&1 && return
  local code=$?
  tail -n 60 "$log" >&2
  note "failed ($code): $*"
  return "$code"
}

running() { kill -0 "$1" 2> /dev/null; }

# start_server NAME COMMAND...: sets url and pid once it says that it listens.
start_server() {
  local name=$1 tries
  shift
  (cd "$scratch" && exec "$@") > "$scratch/$name.out" 2> "$scratch/$name.err" &
  pid=$!
  started+=("$pid")
  for ((tries = 0; tries < 400; ++tries)); do
    url=$(sed -n 's/^listening on //p' "$scratch/$name.err")
    [ -z "$url" ] || return 0
    running "$pid" || break
    sleep 0.025
  done
  note "$name does not listen:"
  cat "$scratch/$name.err" >&2
  return 3
}

# stop PID [SIGNAL]: and waits for its end; its exit code.
stop() {
  kill -"${2:-TERM}" "$1" 2> /dev/null || true
  local code=0
  wait "$1" || code=$?
  local rest=() other
  for other in ${started[@]+"${started[@]}"}; do
    [ "$other" = "$1" ] || rest+=("$other")
  done
  started=(${rest[@]+"${rest[@]}"})
  return "$code"
}

clean_up() {
  local code=$? one
  trap - EXIT INT TERM
  for one in ${started[@]+"${started[@]}"}; do kill -TERM "$one" 2> /dev/null || true; done
  for one in ${started[@]+"${started[@]}"}; do wait "$one" 2> /dev/null || true; done
  rm -rf "$scratch"
  exit "$code"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
