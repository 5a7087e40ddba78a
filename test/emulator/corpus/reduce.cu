// Reductions: through shared memory, shuffles, atomics and redux.
extern "C" __global__ void sum_shared(const int *in, int *out) {
  __shared__ int partial[256];
  int t = threadIdx.x;
  partial[t] = in[blockIdx.x * blockDim.x + t];
  __syncthreads();
  for (int step = blockDim.x / 2; step > 0; step /= 2) {
    if (t < step)
      partial[t] += partial[t + step];
    __syncthreads();
  }
  if (t == 0)
    out[blockIdx.x] = partial[0];
}

extern "C" __global__ void sum_shuffle(const float *in, float *out, int n) {
  __shared__ float warps[32];
  float sum = 0;
  for (int i = threadIdx.x; i < n; i += blockDim.x)
    sum += in[blockIdx.x * n + i];
  for (int step = 16; step > 0; step /= 2)
    sum += __shfl_xor_sync(0xffffffffu, sum, step);
  if (threadIdx.x % 32 == 0)
    warps[threadIdx.x / 32] = sum;
  __syncthreads();
  if (threadIdx.x < 32) {
    sum = threadIdx.x < blockDim.x / 32 ? warps[threadIdx.x] : 0;
    for (int step = 16; step > 0; step /= 2)
      sum += __shfl_down_sync(0xffffffffu, sum, step);
    if (threadIdx.x == 0)
      out[blockIdx.x] = sum;
  }
}

extern "C" __global__ void sum_atomic(const int *in, int *sum, unsigned *most,
                                      unsigned long long *wide, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n)
    return;
  atomicAdd(sum, in[i]);
  atomicMax(most, unsigned(in[i]));
  atomicAdd(wide, (unsigned long long)in[i]);
}

extern "C" __global__ void sum_redux(const unsigned *in, unsigned *out) {
  unsigned x = in[blockIdx.x * 32 + threadIdx.x];
  unsigned all = 0xffffffffu;
  unsigned results[] = {__reduce_add_sync(all, x), __reduce_min_sync(all, x),
                        __reduce_max_sync(all, x), __reduce_and_sync(all, x),
                        __reduce_or_sync(all, x),  __reduce_xor_sync(all, x)};
  if (threadIdx.x == 0)
    for (int i = 0; i < 6; ++i)
      out[blockIdx.x * 6 + i] = results[i];
}

extern "C" __global__ void argmax_warp(const float *in, float *value, int *index) {
  int i = blockIdx.x * 32 + threadIdx.x;
  float best = in[i];
  int at = i;
  for (int step = 16; step > 0; step /= 2) {
    float other = __shfl_down_sync(0xffffffffu, best, step);
    int otherAt = __shfl_down_sync(0xffffffffu, at, step);
    if (other > best || (other == best && otherAt < at)) {
      best = other;
      at = otherAt;
    }
  }
  if (threadIdx.x == 0) {
    value[blockIdx.x] = best;
    index[blockIdx.x] = at;
  }
}

extern "C" __global__ void dot_double(const double *x, const double *y, double *out, int n) {
  extern __shared__ double partial[];
  double sum = 0;
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x)
    sum = fma(x[i], y[i], sum);
  partial[threadIdx.x] = sum;
  __syncthreads();
  for (int step = blockDim.x / 2; step > 0; step /= 2) {
    if (threadIdx.x < step)
      partial[threadIdx.x] += partial[threadIdx.x + step];
    __syncthreads();
  }
  if (threadIdx.x == 0)
    out[blockIdx.x] = partial[0];
}
