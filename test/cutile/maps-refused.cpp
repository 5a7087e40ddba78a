// What maps of partitions refuse when they are compiled.
// RUN: %clangxx -fsyntax-only -Xclang -verify -Xclang -verify-ignore-unexpected=note %s
#include <cutile/cutile.h>
using namespace cutile;

int a = TileMap<0, 0>::rank; // expected-error@*:* {{a map streams at least one axis}}
int b = TileMap<2, 0>::rank; // expected-error@*:* {{a map groups only the last two streamed axes}}
int c = TileMap<2, 1, 1>::rank; // expected-error@*:* {{a map groups only the last two streamed axes}}
int d = TileMap<1, -1>::rank; // expected-error@*:* {{entries of a map are not negative}}
int fine = TileMap<1, 8, 4>::rank + TileMap<0, 1>::rank + TileMap<4, 0, 2>::rank;

void stores(MappedPartitionMut<f32, TileShape<2, 2>, TileMap<1, 1>> p,
            MappedPartitionMut<f32, TileShape<2, 2>, TileMap<1, 0>> rows,
            Tile<f32, 2, 2> tile) {
  p.store(tile, coord(0, 0)); // expected-error {{no matching member function for call to 'store'}}
  for (auto index : p.iter_indices())
    p.store(tile, index.along<1>(0)); // expected-error {{no matching member function for call to 'along'}}
  for (auto index : rows.iter_indices())
    p.store(tile, index); // expected-error {{no matching member function for call to 'store'}}
  rows.iter_indices_within({{0, 1}, {0, 1}}); // expected-error {{invalid reference to function 'iter_indices_within': constraints not satisfied}}
}
