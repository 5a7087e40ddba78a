// What others make of the same cases. Matrices are row-major f32.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

namespace bench::peers {

/// y = square(relu(x * w + x) * 0.5 - w): six element-wise operations, 12 bytes
/// an element.
void chainLoops(const float *x, const float *w, float *y, std::size_t n);
void chainEigen(const float *x, const float *w, float *y, std::size_t n);

/// Softmax of each row.
void softmaxLoops(const float *x, float *y, std::size_t rows,
                  std::size_t columns);
/// (x - mean) / sqrt(variance + 1e-5) * scale + shift of each row.
void layerNormLoops(const float *x, const float *scale, const float *shift,
                    float *y, std::size_t rows, std::size_t columns);

/// x / sqrt(mean(x^2) + 1e-5) * scale of each row.
void rmsNormLoops(const float *x, const float *scale, float *y,
                  std::size_t rows, std::size_t columns);

/// c = a b for n x n matrices.
void matmulOpenBlas(const float *a, const float *b, float *c, std::size_t n);
void matmulEigen(const float *a, const float *b, float *c, std::size_t n);

/// softmax(q k' / sqrt(dim)) v of each head: OpenBLAS for the products, loops
/// for the softmax. \p scores has heads * tokens * tokens elements.
struct AttentionShape {
  std::size_t heads, tokens, dim;
};
void attentionOpenBlas(const AttentionShape &shape, const float *q,
                       const float *k, const float *v, float *scores, float *y);

/// Two layers: y = relu(x w1' + b1) w2' + b2.
struct MlpShape {
  std::size_t batch, inputs, hidden, outputs;
};
struct MlpWeights {
  const float *w1, *b1, *w2, *b2;
};
/// OpenBLAS for the products, loops for bias and activation.
void mlpOpenBlas(const MlpShape &shape, const MlpWeights &weights,
                 const float *x, float *hidden, float *y);

/// A oneDNN primitive with its memories bound by pointer at each call.
class OneDnn {
public:
  static OneDnn softmax(std::size_t rows, std::size_t columns);
  static OneDnn layerNorm(std::size_t rows, std::size_t columns);
  static OneDnn matmul(std::size_t n);
  /// x [m, k] times w [n, k] transposed, plus bias, then relu if \p relu.
  static OneDnn linear(std::size_t m, std::size_t k, std::size_t n, bool relu);

  /// \p operands and then the result, in the order of the case's declaration.
  void run(std::initializer_list<float *> buffers) const;

private:
  struct State;
  std::shared_ptr<State> state;
};

/// "OpenBLAS 0.3.21 SkylakeX", "oneDNN 2.6.3", "Eigen 3.4.0", the compiler's.
std::string openBlasVersion();
std::string oneDnnVersion();
std::string eigenVersion();
std::string loopsVersion();

/// OpenBLAS picks its kernels by a CPU table that lags behind; this tries the
/// candidates in processes of their own and restarts the program with the
/// fastest. Returns in that program, or where the user chose.
void chooseOpenBlasCore(char **arguments);

} // namespace bench::peers
