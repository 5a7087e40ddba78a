#!/usr/bin/env bash
# Assembles every instruction form with ptxas for the H100 and names those it
# refuses. Needs CUDA and build/gpu-check/gpu-check.
set -euo pipefail
cd "$(dirname "$0")/../../.."

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
build/gpu-check/gpu-check ptx "$folder"
ptxas=${CUDA_PATH:-/usr/local/cuda}/bin/ptxas
refused() {
  "$1" -arch=sm_90a -O1 -o /dev/null "$2" >"$2.log" 2>&1 || { head -1 "$2"; head -1 "$2.log"; }
}
export -f refused
printf '%s\0' "$folder"/*.ptx | xargs -0 -P"$(nproc)" -n1 bash -c 'refused "$0" "$1"' "$ptxas" >"$folder/refused"
cat "$folder/refused"
[[ ! -s $folder/refused ]]
