#!/usr/bin/env bash
# One kernel on its way from the source that a program keeps to native code, and
# what each stage took.
#
# usage: stages.sh BUILD
set -euo pipefail
build=$(cd "$1" && pwd)
program=$build/bin/language-softmax
kernel='kernels::softmax<4, 128>'
scratch=$(mktemp -d)
trap 'rm -r "$scratch"' EXIT

echo "the program keeps the source of:"
"$build/bin/ferro-compile" --list "$program"
echo "the checks of $kernel:"
"$build/bin/ferro-compile" --emit=checks --kernel="$kernel" "$program" | sed 's/^.*: \(at launch\|in the block\)/\1/'
echo "to native code, CPU time of each stage:"
env FERRO_COMPILER_TIMES=1 \
  "$build/bin/ferro-compile" --emit=object --kernel="$kernel" -o "$scratch/softmax.so" "$program" 2>&1
echo "its first launches, compiled and kept:"
env FERRO_CACHE_DIR="$scratch/cache" FERRO_LOG=compile,cache "$program" 2>&1
