#!/usr/bin/env bash
# Runs the corpus and the instruction forms of test/emulator on this machine's
# GPU and leaves what they gave in a folder. Needs the NVIDIA driver and
# build/gpu-check/gpu-check (CMake's target gpu-check), or g++ 12 to build it.
#
#   scripts/gpu-check.sh [corpus|fidelity|all] OUTDIR
set -euo pipefail

part=all
if [[ $# -eq 2 ]]; then
  part=$1
  shift
fi
if [[ $# -ne 1 || ! $part =~ ^(corpus|fidelity|all)$ ]]; then
  echo "usage: gpu-check.sh [corpus|fidelity|all] OUTDIR" >&2
  exit 2
fi
mkdir -p "$1"
out=$(cd "$1" && pwd)
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"

program=build/gpu-check/gpu-check
if ! [[ -f $program ]] || ! { chmod +x "$program" && "$program" --version >/dev/null; }; then
  echo "building gpu-check"
  mkdir -p build/gpu-check
  # The references round as the case says, so they may not be computed ahead.
  g++ -std=c++20 -O1 -ffp-contract=off -frounding-math -fno-builtin -o "$program" \
    test/emulator/{GpuCheck,CudaBackend}.cpp test/emulator/corpus/*.cpp test/emulator/fidelity/*.cpp -ldl
fi
for folder in /usr/local/nvidia/lib64 /usr/lib/x86_64-linux-gnu; do
  [[ -e $folder/libcuda.so.1 ]] && export LD_LIBRARY_PATH=$folder${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
done
nvidia-smi --query-gpu=name,driver_version,compute_cap --format=csv,noheader 2>/dev/null | tee "$out/device.txt" || true
status=0
timeout --kill-after=5 235 "$program" "$part" "$out" test/emulator/corpus >"$out/log.txt" 2>&1 || status=$?
grep -v '^pass' "$out/log.txt" | head -100 || true
[[ $status -lt 124 ]] || echo "gpu-check ended with status $status"
tail -n 1 "$out/log.txt"
exit "$status"
