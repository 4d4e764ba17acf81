#!/usr/bin/env bash
# From a bare Debian 12 to a request with its row in the ledger: installs what is missing, builds, and shows the main job on the embedded
# model. Spends nothing: it clears provider keys from its environment. Stops what it started; may be run again.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

streams=50
seconds=10

install_and_build() {
  packaging/deps.sh build
  heading "building release (about four minutes on two cores the first time)"
  local fresh=()
  [ -f build/release/CMakeCache.txt ] || fresh=(-DGENAI_TESTS=OFF)
  mkdir -p build
  quietly "$scratch/configure.log" cmake --preset release ${fresh[@]+"${fresh[@]}"}
  quietly "$scratch/build.log" build release genai
  "$genai" --version
}

show_chat() {
  heading "one chat"
  local body='{"model": "sim", "messages": [{"role": "user", "content": "Why do we count tokens?"}], "max_tokens": 24}'
  printf '$ curl %s/v1/chat/completions -H '\''Content-Type: application/json'\'' -d '\''%s'\''\n' "$url" "$body"
  curl -sS --fail-with-body -D "$scratch/head" -H 'Content-Type: application/json' -d "$body" "$url/v1/chat/completions"
  printf '\n%s\n' "$(grep -i '^x-request-id' "$scratch/head" | tr -d '\r')"
}

show_load() {
  heading "$streams streams at a time for $seconds s"
  printf '$ genai loadtest %s/v1 --stream --model sim --concurrency %s --duration %ss\n' "$url" "$streams" "$seconds"
  local code=0
  "$genai" loadtest "$url/v1" --stream --model sim --concurrency "$streams" --duration "${seconds}s" || code=$?
  # 4: this machine was too busy for the figures to hold; the run itself went well.
  [ "$code" = 0 ] || [ "$code" = 4 ]
}

show_usage() {
  heading "every token of it is accounted for"
  printf '$ genai usage --by model\n'
  "$genai" usage --data-dir "$scratch/data" --by model
}

main() {
  # shellcheck source=packaging/lib.sh
  . packaging/lib.sh
  install_and_build
  clear_keys
  heading "genai serve, on the embedded model"
  start_server serve "$genai" serve --listen 127.0.0.1:0 --data-dir "$scratch/data"
  local server=$pid
  cat "$scratch/serve.err"
  show_chat
  show_load
  show_usage
  stop "$server"
  heading "stopped; nothing is left behind but build/release/bin/genai"
  printf 'Next: build/release/bin/genai serve --upstream URL, or build/release/bin/genai help\n'
}

main "$@"
