// Kernels as the compiler makes them, by hand: for tests of what runs them.
#include "compiler/Abi.h"

#include "kernels.h"

#define EXPORT __attribute__((visibility("default")))

struct Product {
  const float *a, *b;
  float *result;
};

static void multiply(void *context, int64_t begin, int64_t end) {
  struct Product *product = context;
  for (int64_t i = begin; i < end; ++i)
    product->result[i] = product->a[i] * product->b[i];
}

EXPORT void sample_product(void *const *buffers, void *workspace,
                           const struct FerroHost *host) {
  (void)workspace;
  struct Product product = {buffers[0], buffers[1], buffers[2]};
  host->parallelFor(SAMPLE_SIZE, 128, multiply, &product);
}

// Goes through the workspace and the scratch memory, so that both are used.
EXPORT void sample_shift(void *const *buffers, void *workspace,
                         const struct FerroHost *host) {
  const float *x = buffers[0], *w = buffers[1], *c = buffers[2];
  float *y = buffers[3], *sum = workspace;
  float *shift = host->scratch(sizeof(float));
  *shift = *c;
  for (int64_t i = 0; i < SAMPLE_SIZE; ++i)
    sum[i] = x[i] + w[i];
  for (int64_t i = 0; i < SAMPLE_SIZE; ++i)
    y[i] = sum[i] + *shift;
}

EXPORT void sample_nothing(void *const *buffers, void *workspace,
                           const struct FerroHost *host) {
  (void)buffers, (void)workspace, (void)host;
}
