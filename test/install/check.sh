#!/usr/bin/env bash
# Installs the build and uses it from a project of its own: Clang 22 with the
# plugin, g++ 12 through ferro-rewrite, from a prefix that was moved; then the
# ways to get it wrong.
#
# usage: check.sh BUILD
set -euo pipefail
build=$1
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d "$build/install-XXXXXX")
trap 'rm -rf "$scratch"' EXIT
export FERRO_CACHE_DIR=$scratch/cache

fail() { echo "install: $*" >&2; exit 1; }

configure() { # COMPILER FOLDER ARGUMENTS...
  local compiler=$1 folder=$2
  shift 2
  cmake -G Ninja -S "$here/project" -B "$scratch/$folder" -DCMAKE_CXX_COMPILER="$compiler" \
    -DCMAKE_PREFIX_PATH="$scratch/moved" -DCMAKE_BUILD_TYPE=Release "$@"
}

runs() { # COMPILER FOLDER ARGUMENTS...
  local output
  configure "$@" > "$scratch/log" 2>&1 || { cat "$scratch/log"; fail "$2: configuring"; }
  cmake --build "$scratch/$2" || fail "$2: building"
  output=$("$scratch/$2/app") || fail "$2: running"
  [[ $output == "19 12, traced 1 1, row 0.5" ]] || fail "$2 printed: $output"
  echo "$2: $output"
}

refused() { # TEXT COMPILER FOLDER ARGUMENTS...
  local text=$1
  shift
  if configure "$@" > "$scratch/log" 2>&1; then fail "$2: was configured"; fi
  tr '\n' ' ' < "$scratch/log" | tr -s ' ' | grep -qF "$text" || { cat "$scratch/log"; fail "$2: did not say '$text'"; }
  echo "$2: refused, $text"
}

cmake --install "$build" --prefix "$scratch/prefix" > /dev/null
mv "$scratch/prefix" "$scratch/moved"

runs clang++-22 plugin
runs g++-12 rewrite
runs clang++-22 clang-rewrite -DFERRO_MODE=REWRITE
refused "ferroscript.so is a plugin of Clang 22; the C++ compiler is GNU 12" \
  g++-12 gcc-plugin -DFERRO_MODE=PLUGIN

# A sham compiler of another version: what CMake learns of it is enough.
refused "FerroScript needs g++ 12 or newer" \
  g++-12 old-gcc -DCMAKE_CXX_COMPILER_VERSION=10.2.1 -DCMAKE_CXX_COMPILER_ID=GNU \
  -DCMAKE_CXX_COMPILER_FORCED=1 -DCMAKE_CXX_COMPILER_WORKS=1
refused "ferroscript.so is a plugin of Clang 22; the C++ compiler is Clang 21" \
  clang++-22 other-clang -DFERRO_MODE=PLUGIN -DCMAKE_CXX_COMPILER_VERSION=21.1.0 \
  -DCMAKE_CXX_COMPILER_ID=Clang -DCMAKE_CXX_COMPILER_FORCED=1 -DCMAKE_CXX_COMPILER_WORKS=1

# FerroScript itself without its LLVM.
if cmake -G Ninja -S "$here/../.." -B "$scratch/no-llvm" -DCMAKE_C_COMPILER=clang-22 \
  -DCMAKE_CXX_COMPILER=clang++-22 -DCMAKE_DISABLE_FIND_PACKAGE_LLVM=ON \
  > "$scratch/log" 2>&1; then fail "no-llvm: was configured"; fi
grep -q "need LLVM 22.1" "$scratch/log" || { cat "$scratch/log"; fail "no-llvm: did not name LLVM 22.1"; }

rm "$scratch/moved/lib/ferro/ferroscript.so"
refused "which does not exist" clang++-22 no-plugin
