// What is wrong with a launch and known to the compiler, and the dump of the
// launchers' text; calls with views stay calls.
// [S26]
// RUN: rm -rf %t && env DUMP_KERNEL_LAUNCHER_DIR=%t %ferro-clang -fsyntax-only -Xclang -verify %s
// RUN: FileCheck %s --input-file %t/app::kernels.cpp
// CHECK: LaunchWith<FerroArguments...> scale(FerroArguments &&...ferro_arguments)
// CHECK-SAME: {"N", nullptr}
// CHECK-SAME: {"y", ::cutile::ParameterKind::Output, nullptr, {{[{][{]}}"N"}}, {{[{][{]}}}}}
// CHECK-SAME: {"app::kernels::scale", ferro_generics, ferro_parameters}
// CHECK: ferro_launch_plain plain(

#include <cutile/cutile.h>
#include <ferro/ferro.h>

namespace app {
namespace [[cutile::module]] kernels {
using namespace cutile;
template <int N> [[cutile::entry]] void scale(TensorView<f32, N> &y, f32 factor) { y.store(factor * y.load()); }
// expected-note@-1 {{requires 2 arguments, but 1 was provided}} expected-note@-1 {{constraints not satisfied}} expected-note@-1 {{evaluated to false}}
[[cutile::entry]] inline void plain(TensorView<f32, 4> &y, f32 factor) { scale(y, factor); } // expected-note 2 {{candidate function not viable}}
// expected-note@-1 2 {{candidate function not viable}}
} // namespace kernels
} // namespace app

void launches(ferro::Tensor<float> x, ferro::Tensor<double> wide, cutile::TensorView<float, 4> &view) {
  app::kernels::scale(view, 2);
  app::kernels::plain(view, 2);
  (void)app::kernels::scale(x.partition({4}), 2);
  (void)app::kernels::scale(x.partition({4})); // expected-error {{no matching function for call to 'scale'}}
  (void)app::kernels::plain(x.partition({4})); // expected-error {{no matching function}}
  (void)app::kernels::plain(wide.partition({4}), 2); // expected-error {{no matching function}}
}
