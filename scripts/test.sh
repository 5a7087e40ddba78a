#!/usr/bin/env bash
# Installs the dependencies, builds and runs every test: the release build, the
# runtime under ASan+UBSan and TSan, and the runtime built by g++ 12.
set -uo pipefail
source "$(dirname "$0")/phases.sh"

failures=()
attempt() { phase "$@" || failures+=("$1"); }

# Builds a preset and runs its tests; further arguments go to ctest.
build_and_test() {
  local preset=$1
  shift
  build "$preset" && ctest --preset "$preset" --output-on-failure --no-tests=error --timeout 600 "$@"
}

phase "install" scripts/install-deps.sh || exit 1
attempt "asan: libferro and its unit tests" build_and_test asan --label-regex unit
attempt "tsan: libferro and its unit tests" build_and_test tsan --label-regex unit
attempt "g++ 12: the runtime and its unit tests" build_and_test gcc --label-regex unit
attempt "release: everything" build_and_test release

print_timings
if [[ ${#failures[@]} -gt 0 ]]; then
  printf 'failed: %s\n' "${failures[@]}"
  exit 1
fi
