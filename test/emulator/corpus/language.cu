// What compilers make of C++: calls, tables, local arrays, constants, structs.
#include <cassert>
#include <cstdio>

__constant__ float weights[16] = {1, 2, 3, 4, 5, 6, 7, 8, -1, -2, -3, -4, -5, -6, -7, -8};
__constant__ int offsets[4] = {3, 1, 4, 1};
__device__ int counter = 5;
__device__ const short table[8] = {-7, 11, -13, 17, -19, 23, -29, 31};

__device__ __noinline__ int collatz(unsigned n) {
  int steps = 0;
  while (n != 1) {
    n = n % 2 ? 3 * n + 1 : n / 2;
    ++steps;
  }
  return steps;
}

extern "C" __global__ void divergent_loops(const unsigned *in, int *out) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  out[i] = collatz(in[i] % 1000 + 1);
}

struct Pair {
  float x;
  int n;
  double y;
};

__device__ __noinline__ Pair combine(Pair a, Pair b) {
  return {a.x + b.x, a.n * b.n, a.y - b.y};
}

extern "C" __global__ void struct_calls(const float *x, const int *n, float *outX, int *outN,
                                        double *outY, Pair start) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  Pair pair = {x[i], n[i], double(x[i]) * n[i]};
  pair = combine(start, combine(pair, start));
  outX[i] = pair.x;
  outN[i] = pair.n;
  outY[i] = pair.y;
}

extern "C" __global__ void switch_table(const unsigned *in, int *out) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  unsigned x = in[i];
  int result;
  switch (x % 12) {
  case 0: result = int(x) * 7; break;
  case 1: result = int(x >> 3); break;
  case 2: result = -int(x); break;
  case 3: result = int(x ^ 0x55aa55aa);
  case 4: result = int(x) + 40; break;
  case 5: result = int(x * x); break;
  case 6: result = int(~x); break;
  case 7: result = int(x % 1023); break;
  case 8: result = int(x << 5); break;
  case 9: result = int(x & 0xf0f0f0f0); break;
  case 10: result = int(x | 0x0f0f0f0f); break;
  default: result = 99;
  }
  out[i] = result;
}

__device__ int twice(int x) { return 2 * x; }
__device__ int square(int x) { return x * x; }
__device__ int negate(int x) { return -x; }
__device__ int increment(int x) { return x + 1; }
typedef int (*Unary)(int);
__device__ Unary functions[4] = {twice, square, negate, increment};

extern "C" __global__ void function_pointers(const unsigned *in, int *out) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  out[i] = functions[in[i] & 3](int(in[i] >> 8));
}

extern "C" __global__ void local_array(const unsigned *in, unsigned *out) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  unsigned stack[24];
  for (int k = 0; k < 24; ++k)
    stack[k] = in[i] * (k + 1);
  unsigned at = in[i] % 24, sum = 0;
  for (int k = 0; k < 24; ++k) {
    sum += stack[at] ^ k;
    stack[(at + 5) % 24] += sum;
    at = (at + stack[at] % 7) % 24;
  }
  out[i] = sum;
}

extern "C" __global__ void constant_memory(const float *in, const unsigned *index, float *out) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  float sum = 0;
  for (int k = 0; k < 4; ++k)
    sum += weights[(index[i] + offsets[k]) % 16] * in[i] + table[(index[i] + k) % 8];
  out[i] = sum;
}

extern "C" __global__ void device_variable(int *out) {
  int old = atomicAdd(&counter, 3);
  if (threadIdx.x == 31)
    out[0] = counter > 5;
  out[1 + threadIdx.x] = old % 3;
}

extern "C" __global__ void grid_indices(unsigned *out) {
  unsigned block = blockIdx.x + gridDim.x * (blockIdx.y + gridDim.y * blockIdx.z);
  unsigned thread = threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z);
  unsigned lane, warp;
  asm("mov.u32 %0, %%laneid;" : "=r"(lane));
  asm volatile("mov.u32 %0, %%lanemask_lt;" : "=r"(warp));
  out[block * blockDim.x * blockDim.y * blockDim.z + thread] =
      threadIdx.x + 10 * threadIdx.y + 100 * threadIdx.z + 1000 * blockIdx.x +
      10000 * blockIdx.y + 100000 * blockIdx.z + 1000000 * lane + (warp << 20);
}

extern "C" __global__ void early_exit(const int *in, int *out, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n || in[i] < 0)
    return;
  int sum = 0;
  for (int k = 0; k < 100; ++k) {
    if (k * k > in[i])
      break;
    if (k % 3 == 1)
      continue;
    sum += k;
  }
  out[i] = sum;
}

extern "C" __global__ void division64(const long long *a, const long long *b, long long *quotient,
                                      unsigned long long *remainder) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  quotient[i] = a[i] / (b[i] >> 20 | 1);
  remainder[i] = (unsigned long long)a[i] % ((unsigned long long)b[i] >> 33 | 1);
}

extern "C" __global__ void dynamic_shared(const int *in, int *out, int n) {
  extern __shared__ char bytes[];
  int *ints = reinterpret_cast<int *>(bytes);
  short *shorts = reinterpret_cast<short *>(ints + n);
  int t = threadIdx.x;
  ints[t] = in[blockIdx.x * n + t];
  shorts[t] = short(in[blockIdx.x * n + t] >> 16);
  __syncthreads();
  out[blockIdx.x * n + t] = ints[n - 1 - t] + shorts[(t + 1) % n];
}

extern "C" __global__ void generic_pointers(const int *in, int *out) {
  __shared__ int shared[64];
  int local[4];
  int t = threadIdx.x;
  int *places[3] = {&shared[t], &local[t % 4], &out[64 + t]};
  for (int k = 0; k < 4; ++k)
    local[k] = k;
  shared[t] = -1;
  out[64 + t] = 0;
  int *place = places[unsigned(in[t]) % 3];
  *place = in[t];
  out[t] = shared[t] + 2 * local[t % 4] + 3 * out[64 + t];
}

extern "C" __global__ void prints(const int *in) {
  if (threadIdx.x < 3)
    printf("thread %d of %s: %d %u %x %5.2f %c %lld %%\n", threadIdx.x, "block", in[threadIdx.x],
           unsigned(in[threadIdx.x]), in[threadIdx.x], in[threadIdx.x] * 0.25, 'a' + threadIdx.x,
           in[threadIdx.x] * 10000000000ll);
}

extern "C" __global__ void asserts(const int *in, int *out) {
  assert(in[threadIdx.x] >= -8 && "in range");
  out[threadIdx.x] = in[threadIdx.x] + 8;
}
