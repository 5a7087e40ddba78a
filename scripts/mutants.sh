#!/usr/bin/env bash
# Applies each patch of test/mutants, which puts back a bug that a feature must
# not have, and expects the test named in the patch to fail. With arguments,
# only those patches. Works in a worktree of its own beside the release build.
#
#   scripts/mutants.sh [test/mutants/NAME.patch...]
set -euo pipefail
source "$(dirname "$0")/phases.sh"

tree=$PWD/build/mutants
git worktree prune
git worktree remove --force "$tree" 2>/dev/null || true
git worktree add --quiet --detach "$tree" HEAD
trap 'git worktree remove --force "$tree"' EXIT

[[ $# -gt 0 ]] || set -- test/mutants/*.patch
root=$PWD passed=0 failed=0
cd "$tree"
cmake --preset release --log-level=WARNING >/dev/null
for patch; do
  name=$(basename "$patch" .patch)
  # "Test: unit-graph graph-tests" names the ctest and the program to build.
  read -r test target < <(sed -n 's/^Test: //p' "$root/$patch")
  git apply "$root/$patch"
  if ! ninja -C build/release "$target" >/tmp/mutant.log 2>&1; then
    echo "BROKEN    $name does not build"; tail -5 /tmp/mutant.log; failed=$((failed + 1))
  elif ctest --test-dir build/release --no-tests=error -R "^$test\$" >/dev/null 2>&1; then
    echo "SURVIVED  $name: $test passes with the bug"; failed=$((failed + 1))
  else
    echo "caught    $name by $test"; passed=$((passed + 1))
  fi
  git checkout --quiet .
done
echo "$passed passed, $failed failed"
[[ $failed -eq 0 ]]
