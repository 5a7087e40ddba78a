// The cases that compute: our scripts against loops and libraries.
#include "Data.h"
#include "Harness.h"
#include "peers/Peers.h"

#include <ferro/ferro.h>

using namespace ferro;

namespace bench {

// --- one pass over memory

[[ferro::script]] static Tensor<float> chain(Tensor<float> x, Tensor<float> w) {
  return square(relu(x * w + x) * 0.5f - w);
}

static Case chainCase() {
  constexpr std::int64_t n = std::int64_t(16) << 20;
  auto x = randomTensor({n}, 1), w = randomTensor({n}, 2);
  auto y = buffer(n);
  auto peer = [=](std::string name, auto function) {
    auto run = [=] { function(pointer(x), pointer(w), y->data(), y->size()); };
    return Contestant{std::move(name), run, [=] { return run(), *y; }};
  };
  return {{.bytes = 3.0 * n * sizeof(float)},
          {"", [=] { chain(x, w); }, [=] { return chain(x, w).to_vector(); }},
          {peer(peers::loopsVersion(), peers::chainLoops),
           peer(peers::eigenVersion(), peers::chainEigen)}};
}

// --- row by row

static constexpr std::int64_t numRows = 4096, numColumns = 1024;
static constexpr std::size_t rowBytes = sizeof(float) * numRows * numColumns;

[[ferro::script]] static Tensor<float> softmaxRows(Tensor<float> x) {
  return softmax(x, -1);
}

static Case softmaxCase() {
  auto x = rotatingTensors({numRows, numColumns});
  auto kept = rotatingResults();
  auto y = rotatingBuffers(numRows * numColumns);
  auto oneDnn = peers::OneDnn::softmax(numRows, numColumns);
  auto loops = [](const float *x, float *y) {
    peers::softmaxLoops(x, y, numRows, numColumns);
  };
  auto library = [=](const float *x, float *y) {
    oneDnn.run({const_cast<float *>(x), y});
  };
  auto peer = [=](std::string name, auto function) {
    return Contestant{std::move(name),
                      [=] { function(pointer(x->next()), y->next().data()); },
                      [=] {
                        return function(pointer(x->first()), y->first().data()),
                               y->first();
                      }};
  };
  return {{.bytes = 2.0 * rowBytes},
          {"", [=] { kept->next() = softmaxRows(x->next()); },
           [=] { return softmaxRows(x->first()).to_vector(); }},
          {peer(peers::loopsVersion(), loops),
           peer(peers::oneDnnVersion(), library)}};
}

[[ferro::script]] static Tensor<float>
layerNorm(Tensor<float> x, Tensor<float> scale, Tensor<float> shift) {
  auto centred = x - mean(x, {-1}, true);
  auto variance = mean(square(centred), {-1}, true);
  return centred * rsqrt(variance + 1e-5f) * scale + shift;
}

static Case layerNormCase() {
  auto x = rotatingTensors({numRows, numColumns});
  auto scale = randomTensor({numColumns}, 7),
       shift = randomTensor({numColumns}, 8);
  auto kept = rotatingResults();
  auto y = rotatingBuffers(numRows * numColumns);
  auto oneDnn = peers::OneDnn::layerNorm(numRows, numColumns);
  auto loops = [=](const float *x, float *y) {
    peers::layerNormLoops(x, pointer(scale), pointer(shift), y, numRows,
                          numColumns);
  };
  auto library = [=](const float *x, float *y) {
    oneDnn.run(
        {const_cast<float *>(x), mutableData(scale), mutableData(shift), y});
  };
  auto peer = [=](std::string name, auto function) {
    return Contestant{std::move(name),
                      [=] { function(pointer(x->next()), y->next().data()); },
                      [=] {
                        return function(pointer(x->first()), y->first().data()),
                               y->first();
                      }};
  };
  return {{.bytes = 2.0 * rowBytes},
          {"", [=] { kept->next() = layerNorm(x->next(), scale, shift); },
           [=] { return layerNorm(x->first(), scale, shift).to_vector(); }},
          {peer(peers::loopsVersion(), loops),
           peer(peers::oneDnnVersion(), library)}};
}

// --- products

[[ferro::script]] static Tensor<float> product(Tensor<float> a,
                                               Tensor<float> b) {
  return mm(a, b);
}

static Case matmulCase(std::int64_t n) {
  auto a = randomTensor({n, n}, 1), b = randomTensor({n, n}, 2);
  auto c = buffer(static_cast<std::size_t>(n * n));
  auto oneDnn = peers::OneDnn::matmul(n);
  auto library = [=](const float *a, const float *b, float *c, std::size_t) {
    oneDnn.run({const_cast<float *>(a), const_cast<float *>(b), c});
  };
  auto peer = [=](std::string name, auto function) {
    auto run = [=] {
      function(pointer(a), pointer(b), c->data(), static_cast<std::size_t>(n));
    };
    return Contestant{std::move(name), run, [=] { return run(), *c; }};
  };
  return {
      {.flops = 2.0 * n * n * n},
      {"", [=] { product(a, b); }, [=] { return product(a, b).to_vector(); }},
      {peer(peers::openBlasVersion(), peers::matmulOpenBlas),
       peer(peers::oneDnnVersion(), library),
       peer(peers::eigenVersion(), peers::matmulEigen)}};
}

[[ferro::script]] static Tensor<float> mlp(Tensor<float> x, Tensor<float> w1,
                                           Tensor<float> b1, Tensor<float> w2,
                                           Tensor<float> b2) {
  return linear(relu(linear(x, w1, b1)), w2, b2);
}

static Case mlpCase() {
  constexpr std::int64_t batch = 256, inputs = 512, hidden = 1024,
                         outputs = 512;
  auto x = randomTensor({batch, inputs}, 1);
  auto w1 = randomTensor({hidden, inputs}, 2), b1 = randomTensor({hidden}, 3);
  auto w2 = randomTensor({outputs, hidden}, 4), b2 = randomTensor({outputs}, 5);
  auto between = buffer(batch * hidden), y = buffer(batch * outputs);
  auto first = peers::OneDnn::linear(batch, inputs, hidden, true);
  auto second = peers::OneDnn::linear(batch, hidden, outputs, false);
  auto blas = [=] {
    peers::mlpOpenBlas({batch, inputs, hidden, outputs},
                       {pointer(w1), pointer(b1), pointer(w2), pointer(b2)},
                       pointer(x), between->data(), y->data());
  };
  auto library = [=] {
    first.run(
        {mutableData(x), mutableData(w1), mutableData(b1), between->data()});
    second.run({between->data(), mutableData(w2), mutableData(b2), y->data()});
  };
  return {{.flops = 2.0 * batch * hidden * (inputs + outputs)},
          {"", [=] { mlp(x, w1, b1, w2, b2); },
           [=] { return mlp(x, w1, b1, w2, b2).to_vector(); }},
          {{peers::openBlasVersion(), blas, [=] { return blas(), *y; }},
           {peers::oneDnnVersion(), library, [=] { return library(), *y; }}}};
}

std::vector<TensorCase> tensorCases() {
  return {{"chain-16Mi", chainCase},
          {"softmax-4096x1024", softmaxCase},
          {"layer-norm-4096x1024", layerNormCase},
          {"matmul-512", [] { return matmulCase(512); }},
          {"matmul-1024", [] { return matmulCase(1024); }},
          {"matmul-2048", [] { return matmulCase(2048); }},
          {"mlp-256x512-1024-512", mlpCase}};
}

// --- the call itself

[[ferro::script]] static Tensor<float>
sumOfEight(Tensor<float> a, Tensor<float> b, Tensor<float> c, Tensor<float> d,
           Tensor<float> e, Tensor<float> f, Tensor<float> g, Tensor<float> h) {
  return a + b + c + d + e + f + g + h;
}

std::vector<Row> warmCall() {
  std::vector<Tensor<float>> t;
  for (unsigned i = 0; i < 8; ++i)
    t.push_back(randomTensor({4}, i));
  NoGrad guard;
  Contestant call{
      "",
      [&] { sumOfEight(t[0], t[1], t[2], t[3], t[4], t[5], t[6], t[7]); },
      {}};
  return {
      {"warm-call-8-tensors", measure({&call})[0], "budget of 1 us", 1e-3, 0}};
}

} // namespace bench
