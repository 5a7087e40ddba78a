// What launches refuse when they are compiled.
// RUN: %clangxx -fsyntax-only -Xclang -verify -Xclang -verify-ignore-unexpected=note %s
#include <cutile/cutile.h>
#include <ferro/ferro.h>

using namespace cutile;

void scale(TensorView<f32, 4> &y, const TensorView<f32, dyn> &x, f32 factor);
void mapped(MappedPartitionMut<f32, TileShape<4>, TileMap<1>> y);
int answers(TensorView<f32, 4> &y);
void byValue(TensorView<f32, 4> y);
void text(TensorView<f32, 4> &y, std::string name);
void mappedByReference(MappedPartitionMut<f32, TileShape<4>, TileMap<1>> &y);
void fourAxes(TensorView<f32, 1, 1, 1, 1> &y);

void launches(ferro::Tensor<float> x) {
  auto y = x.partition({4});
  launch<scale>(y, x, 2).sync();
  launch<scale>(x, x, 2).sync(); // expected-error@*:* {{the argument of an output is tensor.partition({...})}}
  launch<scale>(y, y, 2).sync(); // expected-error@*:* {{the argument of an input is a tensor}}
  launch<scale>(y, x, x).sync(); // expected-error@*:* {{the argument does not convert to its parameter}} expected-error@*:* 0+ {{cannot convert}} expected-error@*:* 0+ {{static_cast}}
  launch<scale>(y, x); // expected-warning {{ignoring return value}} expected-error@*:* {{a launch has an argument for each parameter of the kernel}}
  launch<mapped>(y).sync(); // expected-error@*:* {{the argument of a mapped output is tensor.partition({...}).map({...}, blocks)}}
  launch<answers>(y); // expected-warning {{ignoring return value}} expected-error@*:* {{a kernel is a function that returns nothing}} expected-error@*:* {{a launch has an argument}}
}
void parameters(ferro::Tensor<float> x) {
  auto y = x.partition({4});
  launch<text>(y, std::string("a")).sync(); // expected-error@*:* {{a kernel's parameter is a TensorView<...> & (an output)}}
  launch<mappedByReference>(y.map({1}, 1)).sync(); // expected-error@*:* {{a mapped output is a parameter by value}} expected-error@*:* 0+ {{no member named}}
  launch<fourAxes>(y).sync(); // expected-error@*:* {{an output has three axes at most, as the grid}}
}
