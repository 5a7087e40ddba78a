// Rows of a matrix, one block each: softmax, normalisations, attention scores.
__device__ float blockSum(float x) {
  __shared__ float warps[32];
  __syncthreads();
  for (int step = 16; step > 0; step /= 2)
    x += __shfl_xor_sync(0xffffffffu, x, step);
  if (threadIdx.x % 32 == 0)
    warps[threadIdx.x / 32] = x;
  __syncthreads();
  float sum = 0;
  for (int i = 0; i < blockDim.x / 32; ++i)
    sum += warps[i];
  return sum;
}

__device__ float blockMax(float x) {
  __shared__ float warps[32];
  __syncthreads();
  for (int step = 16; step > 0; step /= 2)
    x = fmaxf(x, __shfl_xor_sync(0xffffffffu, x, step));
  if (threadIdx.x % 32 == 0)
    warps[threadIdx.x / 32] = x;
  __syncthreads();
  float most = warps[0];
  for (int i = 1; i < blockDim.x / 32; ++i)
    most = fmaxf(most, warps[i]);
  return most;
}

extern "C" __global__ void softmax(const float *in, float *out, int n) {
  in += blockIdx.x * n;
  out += blockIdx.x * n;
  float most = -INFINITY;
  for (int i = threadIdx.x; i < n; i += blockDim.x)
    most = fmaxf(most, in[i]);
  most = blockMax(most);
  float sum = 0;
  for (int i = threadIdx.x; i < n; i += blockDim.x)
    sum += expf(in[i] - most);
  sum = blockSum(sum);
  for (int i = threadIdx.x; i < n; i += blockDim.x)
    out[i] = expf(in[i] - most) / sum;
}

extern "C" __global__ void layer_norm(const float *in, const float *scale, const float *shift,
                                      float *out, int n, float epsilon) {
  in += blockIdx.x * n;
  out += blockIdx.x * n;
  float sum = 0;
  for (int i = threadIdx.x; i < n; i += blockDim.x)
    sum += in[i];
  float mean = blockSum(sum) / n;
  float squares = 0;
  for (int i = threadIdx.x; i < n; i += blockDim.x)
    squares += (in[i] - mean) * (in[i] - mean);
  float inverse = rsqrtf(blockSum(squares) / n + epsilon);
  for (int i = threadIdx.x; i < n; i += blockDim.x)
    out[i] = (in[i] - mean) * inverse * scale[i] + shift[i];
}

extern "C" __global__ void rms_norm(const float4 *in, float4 *out, int n) {
  in += blockIdx.x * n;
  out += blockIdx.x * n;
  float sum = 0;
  for (int i = threadIdx.x; i < n; i += blockDim.x) {
    float4 v = in[i];
    sum += v.x * v.x + v.y * v.y + v.z * v.z + v.w * v.w;
  }
  float inverse = 1 / sqrtf(blockSum(sum) / (4 * n) + 1e-5f);
  for (int i = threadIdx.x; i < n; i += blockDim.x) {
    float4 v = in[i];
    out[i] = make_float4(v.x * inverse, v.y * inverse, v.z * inverse, v.w * inverse);
  }
}

extern "C" __global__ void gelu(const float *in, float *out, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n)
    out[i] = 0.5f * in[i] * (1 + tanhf(0.7978845608f * (in[i] + 0.044715f * in[i] * in[i] * in[i])));
}

// One pass over the row that keeps a running maximum and a running sum.
extern "C" __global__ void online_softmax_sum(const float *in, float *out, int n) {
  in += (blockIdx.x * 32 + threadIdx.x) * n;
  float most = -INFINITY, sum = 0;
  for (int i = 0; i < n; ++i) {
    float next = fmaxf(most, in[i]);
    sum = sum * __expf(most - next) + __expf(in[i] - next);
    most = next;
  }
  out[blockIdx.x * 32 + threadIdx.x] = most + __logf(sum);
}
