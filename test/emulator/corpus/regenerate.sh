#!/usr/bin/env bash
# Compiles every .cu of this folder to PTX, with nvcc and with clang. Needs CUDA
# 13.0; what it writes is kept in the repository for machines without it.
set -euo pipefail
cd "$(dirname "$0")"

cuda=${CUDA_PATH:-/usr/local/cuda}
declare -A target=([tensor]=80 [fp8]=89 [hopper]=90a)
mkdir -p nvcc clang
for source in *.cu; do
  theme=${source%.cu}
  sm=${target[$theme]:-80}
  "$cuda/bin/nvcc" -ptx -std=c++17 -arch="compute_$sm" -lineinfo -o "nvcc/$theme.ptx" "$source"
  clang++-22 -x cuda --cuda-gpu-arch="sm_$sm" --cuda-path="$cuda" -I"$cuda/include/cccl" \
    -Wno-unknown-cuda-version -std=c++17 -O2 -gline-tables-only -S --cuda-device-only \
    -o "clang/$theme.ptx" "$source"
  for compiler in nvcc clang; do
    # Sources are named from this folder, and CUDA's from its own.
    sed -i -e "s|\"$PWD/|\"|" -e "s|\"$cuda/bin/../|\"|" -e "s|\"$cuda/|\"|" "$compiler/$theme.ptx"
    "$cuda/bin/ptxas" -arch="sm_$sm" -o /dev/null "$compiler/$theme.ptx"
  done
done
