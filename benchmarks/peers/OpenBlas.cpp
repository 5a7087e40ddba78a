#include "peers/Peers.h"

#include "Threads.h"

#include <array>
#include <cblas.h>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <unistd.h>
#include <vector>

namespace bench::peers {

static int toInt(std::size_t n) { return static_cast<int>(n); }

void matmulOpenBlas(const float *a, const float *b, float *c, std::size_t n) {
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, toInt(n), toInt(n),
              toInt(n), 1, a, toInt(n), b, toInt(n), 0, c, toInt(n));
}

// y = x w' for x [m, k] and w [n, k].
static void multiplyTransposed(const float *x, const float *w, float *y,
                               std::size_t m, std::size_t k, std::size_t n) {
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, toInt(m), toInt(n),
              toInt(k), 1, x, toInt(k), w, toInt(k), 0, y, toInt(n));
}

template <typename F>
static void epilogue(float *y, const float *bias, std::size_t m, std::size_t n,
                     F activation) {
  Threads::all().ranges(m, [&](std::size_t begin, std::size_t end) {
    for (std::size_t row = begin; row < end; ++row)
      for (std::size_t i = 0; i < n; ++i)
        y[row * n + i] = activation(y[row * n + i] + bias[i]);
  });
}

void mlpOpenBlas(const MlpShape &shape, const MlpWeights &weights,
                 const float *x, float *hidden, float *y) {
  multiplyTransposed(x, weights.w1, hidden, shape.batch, shape.inputs,
                     shape.hidden);
  epilogue(hidden, weights.b1, shape.batch, shape.hidden,
           [](float value) { return std::max(value, 0.0f); });
  multiplyTransposed(hidden, weights.w2, y, shape.batch, shape.hidden,
                     shape.outputs);
  epilogue(y, weights.b2, shape.batch, shape.outputs,
           [](float value) { return value; });
}

void attentionOpenBlas(const AttentionShape &shape, const float *q,
                       const float *k, const float *v, float *scores,
                       float *y) {
  auto [heads, tokens, dim] = shape;
  int rows = toInt(tokens), columns = toInt(dim);
  float scale = 1 / std::sqrt(static_cast<float>(dim));
  for (std::size_t head = 0; head < heads; ++head) {
    std::size_t at = head * tokens * dim;
    float *own = scores + head * tokens * tokens;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, rows, rows, columns,
                scale, q + at, columns, k + at, columns, 0, own, rows);
    softmaxLoops(own, own, tokens, tokens);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, rows, columns, rows,
                1, own, rows, v + at, columns, 0, y + at, columns);
  }
}

std::string openBlasVersion() {
  std::string config =
      openblas_get_config(); // "OpenBLAS 0.3.21 ... SkylakeX MAX_THREADS=64"
  return config.substr(0, config.find(' ', config.find(' ') + 1)) + " " +
         openblas_get_corename();
}

// The program restarts itself with this variable to measure one candidate.
static constexpr const char *probeVariable = "FERRO_BENCH_PROBE";
static constexpr const char *coreVariable = "OPENBLAS_CORETYPE";

static double multiplyGFs() {
  constexpr std::size_t n = 512;
  std::vector<float> a(n * n, 0.5f), b(n * n, 0.25f), c(n * n);
  double best = 0;
  for (int i = 0; i < 20; ++i) {
    auto begin = std::chrono::steady_clock::now();
    matmulOpenBlas(a.data(), b.data(), c.data(), n);
    std::chrono::duration<double> took =
        std::chrono::steady_clock::now() - begin;
    best = std::max(best, 2.0 * n * n * n / took.count() * 1e-9);
  }
  return best;
}

static double probe(const char *core) {
  std::string command = std::string(probeVariable) + "=1 " + coreVariable +
                        "=" + core + " /proc/" + std::to_string(getpid()) +
                        "/exe 2>/dev/null";
  FILE *pipe = popen(command.c_str(), "r");
  double gfs = 0;
  // A core whose instructions this CPU lacks dies and prints nothing.
  if (!pipe || std::fscanf(pipe, "%lf", &gfs) != 1)
    gfs = 0;
  if (pipe)
    pclose(pipe);
  return gfs;
}

void chooseOpenBlasCore(char **arguments) {
  if (std::getenv(probeVariable)) {
    std::printf("%f\n", multiplyGFs());
    std::exit(0);
  }
  if (std::getenv(coreVariable))
    return;
  std::string fastest;
  double best = 0;
  for (const char *core :
       {"Haswell", "Zen", "SkylakeX", "Cooperlake", "SapphireRapids"})
    if (double gfs = probe(core); gfs > best) {
      best = gfs;
      fastest = core;
    }
  if (fastest.empty())
    return;
  setenv(coreVariable, fastest.c_str(), 1);
  execv("/proc/self/exe", arguments);
}

} // namespace bench::peers
