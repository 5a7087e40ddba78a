// Tiles are values: how they are made, and which shapes come out. Code that
// touches no memory runs anywhere, also in main.
#include <concepts>
#include <cutile/cutile.h>
using namespace cutile;

int main() {
  auto row = iota<i32, 4>();                   // 0 1 2 3
  auto column = reshape<2, 1>(iota<i32, 2>()); // two rows of one element
  auto table = 10 * column + row;              // broadcast as in NumPy
  static_assert(std::same_as<decltype(table), Tile<i32, 2, 4>>);
  print("{}", table);
  print("{}", transpose(table));

  auto half = full<f32, 2, 4>(0.5f); // every element is 0.5
  print("{}", half * table);         // i32 and f32 meet in f32

  Tile<i32, 8> flat = reshape(table); // or the type says the shape
  print("{}", flat);
  print("{} {}", sum<1>(table), squeeze<1>(sum<1>(table)));

  auto cube = reshape<2, 2, 2>(flat);
  print("{}", permute<2, 0, 1>(cube)); // axis 2 comes first

  i32 total = sum(table); // a tile without axes is a number
  print("{}", total + 1);
}
