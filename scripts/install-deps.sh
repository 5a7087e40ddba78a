#!/usr/bin/env bash
# Installs what building and testing FerroScript needs on Debian 12, as root or
# through sudo. Asks nothing and does nothing when all of it is there.
set -euo pipefail

packages=(
  # tools
  git cmake ninja-build ccache patch python3
  # the two compilers we build with, and LLVM 22
  clang-22 clang-format-22 g++-12 lld-22 llvm-22-dev llvm-22-tools
  libclang-22-dev libclang-rt-22-dev liblld-22-dev libmlir-22-dev mlir-22-tools
  # libraries: tests, tools, hashing; zlib and zstd because LLVM links them
  libgtest-dev libcli11-dev libfmt-dev nlohmann-json3-dev libxxhash-dev
  zlib1g-dev libzstd-dev
  # what ferro-bench compares with
  libeigen3-dev libopenblas-dev libdnnl-dev
)

missing=()
for package in "${packages[@]}"; do
  state=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
  [[ $state == installed ]] || missing+=("$package")
done
[[ ${#missing[@]} -eq 0 ]] && exit 0

as_root=()
if [[ $(id -u) -ne 0 ]]; then
  command -v sudo >/dev/null || { echo "install-deps: not root, and there is no sudo" >&2; exit 1; }
  as_root=(sudo)
fi
echo "installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get -qq update
"${as_root[@]}" apt-get -qq install -y --no-install-recommends "${missing[@]}" >/dev/null
