#!/usr/bin/env bash
# Trains, saves, and predicts again in a program that has no compiler.
#
# usage: demo.sh BUILD
set -euo pipefail
build=$(cd "$1" && pwd)
data=$(cd "$(dirname "$0")/../data" && pwd)/digits.csv
scratch=$(mktemp -d)
trap 'rm -r "$scratch"' EXIT

"$build/bin/digits" "$data" "$scratch/digits.ferro" "$scratch/predictions"

echo
echo "the saved module, loaded by a program without a compiler:"
env FERRO_COMPILER=/nowhere FERRO_COMPILERD=/nowhere FERRO_CACHE=0 \
  "$build/bin/digits-predict" "$data" "$scratch/digits.ferro" > "$scratch/loaded"
tail -n 1 "$scratch/loaded"
diff "$scratch/predictions" "$scratch/loaded" && echo "its predictions are the same"
