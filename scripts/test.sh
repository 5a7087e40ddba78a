#!/usr/bin/env bash
# Installs the dependencies, builds and runs every test: the release build, the
# runtime under ASan+UBSan and TSan, and the runtime built by g++ 12.
set -uo pipefail
source "$(dirname "$0")/phases.sh"

log=$(mktemp)
trap 'rm -f "$log"' EXIT
failures=()
attempt() { phase "$@" || failures+=("$1"); }

# Runs a preset's tests; further arguments go to ctest.
run_tests() {
  local preset=$1
  shift
  ctest --preset "$preset" --no-tests=error --timeout 900 "$@" | tee -a "$log"
}
build_and_test() { build "$1" && run_tests "$@"; }

phase "install" scripts/install-deps.sh || exit 1
attempt "release: build" build release
attempt "release: all tests" run_tests release
attempt "asan: libferro and its unit tests" build_and_test asan --label-regex unit
attempt "tsan: libferro and its unit tests" build_and_test tsan --label-regex unit
attempt "g++ 12: the runtime and its unit tests" build_and_test gcc --label-regex unit

print_timings
[[ ${#failures[@]} -eq 0 ]] || printf 'failed: %s\n' "${failures[@]}"
# Of ctest's "97% tests passed, 1 tests failed out of 40".
sed -nE 's/.* ([0-9]+) tests? failed out of ([0-9]+)$/\1 \2/p' "$log" |
  awk '{ failed += $1; all += $2 } END { printf "%d passed, %d failed\n", all - failed, failed }'
[[ ${#failures[@]} -eq 0 ]]
