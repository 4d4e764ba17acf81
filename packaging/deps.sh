#!/usr/bin/env bash
# Installs the Debian packages that are missing, as root or through sudo.
#   packaging/deps.sh build          what the product is built from
#   packaging/deps.sh build tests    and what its tests and benchmarks run
set -euo pipefail

packages_build=(
  g++ cmake ninja-build ccache git ca-certificates curl
  libboost1.81-dev libbrotli-dev libcli11-dev libfmt-dev libsimdjson-dev libsqlite3-dev libsqlitecpp-dev libssl-dev libutf8proc-dev libyaml-cpp-dev nlohmann-json3-dev zlib1g-dev
)
packages_tests=(bash catch2 chromium fish man-db nginx-light npm openssl procps python3-venv sqlite3 wrk zsh)

# npm may come from elsewhere than Debian: what counts is that it runs.
have() {
  if [ "$1" = npm ] && command -v npm > /dev/null; then return 0; fi
  dpkg-query --show --showformat='${Status}' "$1" 2> /dev/null | grep -q ' installed$'
}

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo > /dev/null; then
    sudo "$@"
  else
    printf 'error: %s needs root, and there is no sudo\n' "$*" >&2
    return 3
  fi
}

# Says nothing unless it fails.
install() {
  local said
  if ! said=$(as_root apt-get update -qq 2>&1 &&
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends -o Dpkg::Use-Pty=0 "$@" 2>&1); then
    printf '%s\n' "$said" >&2
    return 3
  fi
}

# promtool alone, out of Debian's package prometheus, whose installation would start a server.
install_promtool() {
  command -v promtool > /dev/null && return
  local place said
  place=$(mktemp -d)
  if ! said=$({
    as_root apt-get update -qq && cd "$place" &&
      as_root apt-get download -qq -o APT::Sandbox::User=root prometheus && dpkg-deb --extract prometheus_*.deb . &&
      as_root cp usr/bin/promtool /usr/local/bin/promtool
  } 2>&1); then
    printf '%s\n' "$said" >&2
    rm -rf "$place"
    return 3
  fi
  rm -rf "$place"
  printf 'installing promtool\n'
}

main() {
  local wanted=() missing=() group package promtool=no
  for group in "${@:-build}"; do
    case $group in
      build) wanted+=("${packages_build[@]}") ;;
      tests) wanted+=("${packages_tests[@]}"); promtool=yes ;;
      *) printf 'usage: packaging/deps.sh [build] [tests]\n' >&2; return 2 ;;
    esac
  done
  for package in "${wanted[@]}"; do
    have "$package" || missing+=("$package")
  done
  if [ "${#missing[@]}" -gt 0 ]; then
    printf 'installing %s\n' "${missing[*]}"
    install "${missing[@]}"
  fi
  [ "$promtool" = no ] || install_promtool
}

main "$@"
