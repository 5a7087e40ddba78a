// Tile kernels, compiled from the source that this program keeps.
#include "Data.h"
#include "Harness.h"
#include "peers/Peers.h"

#include <cutile/cutile.h>
#include <cutile/kernels/Attention.h>
#include <cutile/kernels/Gemm.h>
#include <cutile/kernels/Norms.h>
#include <cutile/kernels/Pointwise.h>
#include <cutile/kernels/Softmax.h>

#include <cmath>
#include <stdexcept>

namespace [[cutile::module]] bench_kernels {
using namespace cutile;

/// Nineteen arguments, hardly any work.
template <int B>
[[cutile::entry]] void
nineteen(TensorView<f32, B> &y, const TensorView<f32, dyn> &a,
         const TensorView<f32, dyn> &b, const TensorView<f32, dyn> &c,
         const TensorView<f32, dyn> &d, const TensorView<f32, dyn> &e,
         const TensorView<f32, dyn> &f, const TensorView<f32, dyn> &g, f32 h,
         f32 i, f32 j, f32 k, f32 l, f32 m, f32 n, i32 o, i32 p, i64 q, i64 r) {
  auto inputs = load_tile_like(a, y) + load_tile_like(b, y) +
                load_tile_like(c, y) + load_tile_like(d, y) +
                load_tile_like(e, y) + load_tile_like(f, y) +
                load_tile_like(g, y);
  y.store(inputs + (h + i + j + k + l + m + n) +
          static_cast<f32>(o + p + q + r));
}

/// What is compiled again for each seed.
template <int seed, int B>
[[cutile::entry]] void add_seeded(TensorView<f32, B> &y,
                                  const TensorView<f32, dyn> &a,
                                  const TensorView<f32, dyn> &b) {
  y.store(load_tile_like(a, y) + load_tile_like(b, y) + seed);
}
template <int seed, int BM, int BN, int BK>
[[cutile::entry]] void gemm_seeded(TensorView<f32, BM, BN> &c,
                                   const TensorView<f32, dyn, dyn> &a,
                                   const TensorView<f32, dyn, dyn> &b) {
  auto [m, n, _] = tile_block_id();
  auto pa = partition<BM, BK>(a);
  auto pb = partition<BK, BN>(b);
  auto sum = full<f32, BM, BN>(seed);
  for (auto k : num_tiles(pa, 1))
    sum = mma(pa.load(m, k), pb.load(k, n), sum);
  c.store(sum);
}
} // namespace bench_kernels

namespace bench {

namespace kernels = cutile::kernels;
using cutile::launch, cutile::f32;
using ferro::Tensor, ferro::empty;

// A launch that writes to the next of the results.
static auto rotatingOutputs(const ferro::Shape &shape) {
  std::vector<Tensor<float>> tensors;
  for (int i = 0; i < turnsPastCache; ++i)
    tensors.push_back(ferro::zeros<float>(shape));
  return std::make_shared<Rotation<Tensor<float>>>(std::move(tensors));
}

static Case gemmCase(std::int64_t n) {
  auto a = randomTensor({n, n}, 1), b = randomTensor({n, n}, 2),
       c = ferro::zeros<float>({n, n});
  auto y = buffer(static_cast<std::size_t>(n * n));
  auto blas = [=] {
    peers::matmulOpenBlas(pointer(a), pointer(b), y->data(),
                          static_cast<std::size_t>(n));
  };
  auto ours = [=] {
    launch<kernels::gemm<256, 256, 256, f32>>(c.partition({256, 256}), a, b)
        .sync();
  };
  return {{.flops = 2.0 * n * n * n},
          {"", ours, [=] { return ours(), c.to_vector(); }},
          {{peers::openBlasVersion(), blas, [=] { return blas(), *y; }}}};
}

// Ours and the peers' on rows of many columns, each call with cold memory.
template <typename Ours>
static Case rowsCase(
    std::int64_t rows, std::int64_t columns, Ours launchOn,
    std::vector<
        std::pair<std::string, std::function<void(const float *, float *)>>>
        peers) {
  auto x = rotatingTensors({rows, columns});
  auto kept = rotatingOutputs({rows, columns});
  auto y = rotatingBuffers(static_cast<std::size_t>(rows * columns));
  Case result{{.bytes = 2.0 * sizeof(float) * rows * columns},
              {"", [=] { launchOn(kept->next(), x->next()); },
               [=] {
                 launchOn(kept->first(), x->first());
                 return kept->first().to_vector();
               }},
              {}};
  for (auto &[name, function] : peers)
    result.peers.push_back(
        {name,
         [=, function = function] {
           function(pointer(x->next()), y->next().data());
         },
         [=, function = function] {
           return function(pointer(x->first()), y->first().data()), y->first();
         }});
  return result;
}

template <int columns> static Case softmaxCase() {
  constexpr std::int64_t rows = 4096;
  auto oneDnn = peers::OneDnn::softmax(rows, columns);
  return rowsCase(rows, columns,
                  [](const Tensor<float> &y, const Tensor<float> &x) {
                    launch<kernels::softmax<1, columns>>(
                        y.partition({1, columns}), x)
                        .sync();
                  },
                  {{peers::loopsVersion(),
                    [](const float *x, float *y) {
                      peers::softmaxLoops(x, y, rows, columns);
                    }},
                   {peers::oneDnnVersion(), [=](const float *x, float *y) {
                      oneDnn.run({const_cast<float *>(x), y});
                    }}});
}

template <int columns> static Case rmsNormCase() {
  constexpr std::int64_t rows = 4096;
  auto scale = randomTensor({columns}, 3), rstd = ferro::zeros<float>({rows});
  return rowsCase(rows, columns,
                  [=](const Tensor<float> &y, const Tensor<float> &x) {
                    launch<kernels::rms_norm<1, 1024, f32>>(
                        y.partition({1, columns}), rstd.partition({1}), x,
                        scale, 1e-5f)
                        .sync();
                  },
                  {{peers::loopsVersion(), [=](const float *x, float *y) {
                      peers::rmsNormLoops(x, pointer(scale), y, rows, columns);
                    }}});
}

static Case attentionCase() {
  constexpr std::int64_t heads = 8, tokens = 1024, dim = 64;
  ferro::Shape shape{heads, tokens, dim};
  auto q = randomTensor(shape, 1), k = randomTensor(shape, 2),
       v = randomTensor(shape, 3), y = ferro::zeros<float>(shape);
  auto scores = buffer(heads * tokens * tokens),
       z = buffer(heads * tokens * dim);
  auto ours = [=] {
    launch<kernels::flash_attention<64, 128, dim, false, f32>>(
        y.partition({1, 64, dim}), q, k, v, 0.125f)
        .sync();
  };
  auto unfused = [=] {
    peers::attentionOpenBlas({heads, tokens, dim}, pointer(q), pointer(k),
                             pointer(v), scores->data(), z->data());
  };
  return {{.flops = 4.0 * heads * tokens * tokens * dim},
          {"", ours, [=] { return ours(), y.to_vector(); }},
          {{peers::openBlasVersion() + " + loops", unfused,
            [=] { return unfused(), *z; }}}};
}

std::vector<TensorCase> tileCases() {
  return {{"tile-gemm-512", [] { return gemmCase(512); }},
          {"tile-gemm-1024", [] { return gemmCase(1024); }},
          {"tile-gemm-2048", [] { return gemmCase(2048); }},
          {"tile-softmax-4096x1024", softmaxCase<1024>},
          {"tile-softmax-4096x16384", softmaxCase<16384>},
          {"tile-rms-norm-4096x1024", rmsNormCase<1024>},
          {"tile-rms-norm-4096x16384", rmsNormCase<16384>},
          {"tile-attention-8x1024x64", attentionCase}};
}

// --- launches

std::vector<Row> tileLaunch() {
  std::vector<Tensor<float>> t;
  for (unsigned i = 0; i < 7; ++i)
    t.push_back(randomTensor({16}, i));
  auto y = ferro::zeros<float>({16});
  Contestant call{"",
                  [&] {
                    launch<bench_kernels::nineteen<16>>(
                        y.partition({16}), t[0], t[1], t[2], t[3], t[4], t[5],
                        t[6], 1.f, 2.f, 3.f, 4.f, 5.f, 6.f, 7.f, 8, 9, 10, 11)
                        .sync();
                  },
                  {}};
  return {{"tile-launch-19-arguments", measure({&call})[0], "budget of 1 us",
           1e-3, 0}};
}

template <typename First>
static Row coldRow(const char *name, double budget, First first) {
  double best = 1e9;
  std::size_t compiles = ferro::cache::stats().compiles;
  auto compile = [&]<int... seed>(std::integer_sequence<int, seed...>) {
    ((best = std::min(best, millisecondsOf([&] {
                        first.template operator()<seed + 1>();
                      }))),
     ...);
    return sizeof...(seed);
  };
  std::size_t made = compile(std::make_integer_sequence<int, 9>());
  if (ferro::cache::stats().compiles != compiles + made)
    throw std::runtime_error(std::string(name) +
                             ": not every kernel was compiled");
  return {name, best, "budget", budget, 0};
}

// From a launch's captured source to its result, while the compiler is up.
std::vector<Row> tileCold() {
  auto a = randomTensor({1024}, 1), b = randomTensor({1024}, 2),
       y = ferro::zeros<float>({1024});
  auto m = randomTensor({64, 64}, 3), c = ferro::zeros<float>({64, 64});
  return {coldRow("tile-cold-add", 40,
                  [&]<int seed> {
                    launch<bench_kernels::add_seeded<seed, 1024>>(
                        y.partition({1024}), a, b)
                        .sync();
                  }),
          coldRow("tile-cold-gemm", 120, [&]<int seed> {
            launch<bench_kernels::gemm_seeded<seed, 64, 64, 64>>(
                c.partition({64, 64}), m, m)
                .sync();
          })};
}

} // namespace bench
