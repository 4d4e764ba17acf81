#!/usr/bin/env bash
# Installs what is missing, builds, and runs every test:
#   the fast suite and the fuzz targets' replay on dev (ASan and UBSan), the slow suite on release, the clients on both
# and with --tsan also the fast suite and the clients on tsan. Ends with `N passed, N failed`: test cases of Catch2, fuzz targets, and tests of node:test.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=packaging/lib.sh
. packaging/lib.sh

passed=0
failed=0
clock=$SECONDS

add() {  # PASSED FAILED WHAT
  passed=$((passed + $1))
  failed=$((failed + $2))
  printf '%-46s %5d passed %3d failed %5d s\n' "$3" "$1" "$2" "$((SECONDS - clock))"
  clock=$SECONDS
}

lap() {  # WHAT
  printf '%-46s %26s %5d s\n' "$1" '' "$((SECONDS - clock))"
  clock=$SECONDS
}

# Counts the test cases in the log that ctest leaves; a program that is no Catch2 program, or that died, is one test.
count_cases() {
  awk '
    / Testing: / { cases_passed = 0; cases_failed = 0; counted = 0 }
    /^All tests passed \(/ { for (i = 1; i < NF; ++i) if ($i == "in") cases_passed = $(i + 1); counted = 1 }
    /^test cases: / {
      for (i = 1; i <= NF; ++i) { if ($i == "passed") cases_passed = $(i - 1); if ($i == "failed") cases_failed = $(i - 1) }
      counted = 1
    }
    /^Test Passed\./ { passed += counted ? cases_passed : 1 }
    /^Test Failed\./ { passed += cases_passed; failed += cases_failed > 0 ? cases_failed : 1 }
    END { printf "%d %d\n", passed, failed }' "$1"
}

# run_ctest PRESET WHAT ARGUMENTS...
run_ctest() {
  local preset=$1 what=$2 log=$root/build/$1/Testing/Temporary/LastTest.log counts
  shift 2
  rm -f "$log"
  ctest --test-dir "build/$preset" --output-on-failure --parallel "$(nproc)" "$@" > "$scratch/ctest.log" 2>&1 ||
    grep -v ' Start \|   Passed  ' "$scratch/ctest.log" | tail -n 400
  [ -f "$log" ] || { add 0 1 "$what: did not run"; return; }
  counts=$(count_cases "$log")
  # shellcheck disable=SC2086  # two numbers
  add $counts "$what"
}

configure() { quietly "$scratch/configure.log" cmake --preset "$1" -DGENAI_TESTS=ON; }

slow_targets() { ctest --test-dir build/release -N -L '^slow$' | sed -n 's/^ *Test *#[0-9]*: //p'; }

build_all() {
  mkdir -p build
  configure dev
  quietly "$scratch/dev.log" build dev
  lap 'dev built'
  configure release
  # shellcheck disable=SC2046  # one word a target
  quietly "$scratch/release.log" build release genai $(slow_targets)
  lap 'release built'
}

# run_node WHAT FILES...
run_node() {
  local what=$1
  shift
  build/clients/node --test --test-concurrency=2 --test-reporter=tap "$@" > "$scratch/node.log" 2>&1 ||
    grep -v '^# Subtest\|^ok \|^  duration_ms\|^  type\|^  ---\|^  \.\.\.' "$scratch/node.log" | head -n 400
  grep '^# [0-9]* kills\|^# first token' "$scratch/node.log" || true
  local ok bad
  ok=$(sed -n 's/^# pass //p' "$scratch/node.log")
  bad=$(awk '/^# (fail|cancelled) / { n += $3; seen = 1 } END { if (seen) print n }' "$scratch/node.log")
  add "${ok:-0}" "${bad:-1}" "$what"
}

# The clients whose ways through the binary no other one goes; agents, browsers and other languages would only take their time again.
checked_clients() { printf '%s\n' tests/clients/*_test.mjs | grep -v '/\(agents\|ai\|browser\|python\|real_servers\|tokens\)_test'; }

main() {
  local tsan=no
  case ${1-} in
    '') ;;
    --tsan) tsan=yes ;;
    *) note 'usage: packaging/test.sh [--tsan]'; return 2 ;;
  esac
  packaging/deps.sh build tests
  lap 'Debian packages'
  packaging/node.sh
  lap 'npm packages'
  packaging/python.sh
  lap 'Python packages'
  build_all
  clear_keys
  run_ctest dev 'fast suite and fuzz replay (ASan, UBSan)' -LE '^slow$'
  run_ctest release 'slow suite (release)' -L '^slow$'
  run_node 'clients and processes (release)' tests/clients/*_test.mjs tests/serve/{process,prices}_test.mjs
  run_node 'kill -9 and slow disk (release)' tests/serve/*_slow_test.mjs
  TEST_BINARY=$root/build/dev/bin/genai run_node 'clients and processes (ASan, UBSan)' $(checked_clients) tests/serve/{process,prices}_test.mjs
  if [ "$tsan" = yes ]; then
    configure tsan
    quietly "$scratch/tsan.log" build tsan
    lap 'tsan built'
    run_ctest tsan 'fast suite (TSan)' -L '^fast$'
    TEST_BINARY=$root/build/tsan/bin/genai run_node 'clients and processes (TSan)' tests/clients/*_test.mjs tests/serve/{process,prices}_test.mjs
  fi
  printf '%d passed, %d failed\n' "$passed" "$failed"
  [ "$failed" = 0 ]
}

main "$@"
