#!/usr/bin/env bash
# The benchmarks, as ratios to a reference in the same run:
#   packaging/bench.sh          all of them
#   packaging/bench.sh NAME...  gateway, translate, large, tls, sse, latency, loadtest, start or tokens
# Everything is on loopback. Figures of processor time are the robust ones; the machine should be idle for the others.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=packaging/lib.sh
. packaging/lib.sh

main() {
  packaging/deps.sh build tests
  packaging/node.sh
  [ -f build/release/CMakeCache.txt ] || quietly "$scratch/configure.log" cmake --preset release -DGENAI_TESTS=OFF
  quietly "$scratch/build.log" build release genai
  if [ "$#" = 0 ] || [[ " $* " == *" tokens "* ]]; then
    quietly "$scratch/configure.log" cmake --preset release -DGENAI_TESTS=ON
    quietly "$scratch/build.log" build release domain_tokens_encode_perf
  fi
  clear_keys
  ulimit -n "$(ulimit -H -n)"
  build/clients/node packaging/bench.mjs "$@"
}

main "$@"
