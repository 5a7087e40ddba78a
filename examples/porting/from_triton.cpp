// SwiGLU by pointers and masks, as Triton kernels are written, and by views,
// which need neither.
#include <cutile/cutile.h>
#include <ferro/ferro.h>
#include <iostream>

namespace [[cutile::module]] kernels {
using namespace cutile;

auto silu(const auto &x) { return x / (1 + exp(-x)); }

/// out[i] = silu(gate[i]) up[i], i < n.
template <int BLOCK>
[[cutile::entry, cutile::unsafe]] void
swigluByPointers(f32 *out, const f32 *gate, const f32 *up, i32 n) {
  auto offsets = tile_block_id().x * BLOCK + iota<i32, BLOCK>();
  auto mask = offsets < n;
  auto a = gather(gate + offsets, mask), b = gather(up + offsets, mask);
  scatter(out + offsets, silu(a) * b, mask);
}

/// The same: the tiles are the views', and so are their edges.
template <int BLOCK>
[[cutile::entry]] void swiglu(TensorView<f32, BLOCK> &out,
                              const TensorView<f32, dyn> &gate,
                              const TensorView<f32, dyn> &up) {
  out.store(silu(load_tile_like(gate, out)) * load_tile_like(up, out));
}
} // namespace kernels

int main() {
  ferro::manual_seed(7);
  auto gate = ferro::randn<float>({100}), up = ferro::randn<float>({100});
  auto x = ferro::zeros<float>({100}), y = ferro::zeros<float>({100});
  cutile::launch<kernels::swigluByPointers<32>>(x, gate, up, 100)
      .grid({cutile::ceil_div(100, 32)})
      .sync();
  cutile::launch<kernels::swiglu<32>>(y.partition({32}), gate, up).sync();
  auto expected = gate * ferro::sigmoid(gate) * up;
  for (const auto &result : {x, y})
    std::cout << (ferro::amax(ferro::abs(result - expected)).item() < 1e-5f)
              << '\n';
}
