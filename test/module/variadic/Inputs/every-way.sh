# usage: every-way.sh FERRO_CLANG CLANG GXX FERRO_REWRITE LIBS plain|rewritten FILE OUTPUT
set -e
flags="-Wall -Wextra -Werror"
libs=$5
ways=$6
file=$7
out=$8
include=${2##*-I }

try() {
  $1 $flags "$2" $libs -o "$out"
  "$out" | FileCheck "$file"
}
try "$1" "$file"
if [ "$ways" = plain ]; then
  try "$2" "$file"
  try "$3" "$file"
fi
"$4" "$file" -o "$out.exact.cpp" -- -std=c++20 -I "$include"
try "$3" "$out.exact.cpp"
"$4" --expand "$file" -o "$out.readable.cpp" -- -std=c++20 -I "$include"
try "$3" "$out.readable.cpp"
