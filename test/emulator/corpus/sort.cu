// Sorting: networks in registers and in shared memory, a radix pass, merging.
extern "C" __global__ void bitonic_shared(const unsigned *in, unsigned *out) {
  extern __shared__ unsigned keys[];
  int t = threadIdx.x, n = blockDim.x;
  keys[t] = in[blockIdx.x * n + t];
  __syncthreads();
  for (int size = 2; size <= n; size *= 2)
    for (int step = size / 2; step > 0; step /= 2) {
      int other = t ^ step;
      if (other > t) {
        bool up = (t & size) == 0;
        unsigned a = keys[t], b = keys[other];
        if ((a > b) == up) {
          keys[t] = b;
          keys[other] = a;
        }
      }
      __syncthreads();
    }
  out[blockIdx.x * n + t] = keys[t];
}

extern "C" __global__ void bitonic_warp(const float *in, float *out) {
  int lane = threadIdx.x, i = blockIdx.x * 32 + lane;
  float key = in[i];
  for (int size = 2; size <= 32; size *= 2)
    for (int step = size / 2; step > 0; step /= 2) {
      float other = __shfl_xor_sync(0xffffffffu, key, step);
      bool low = (lane & step) == 0, up = (lane & size) == 0;
      key = low == up ? fminf(key, other) : fmaxf(key, other);
    }
  out[i] = key;
}

// A network of eight keys a thread, all in registers.
extern "C" __global__ void network8(const int *in, int *out) {
  int keys[8], base = (blockIdx.x * blockDim.x + threadIdx.x) * 8;
#pragma unroll
  for (int i = 0; i < 8; ++i)
    keys[i] = in[base + i];
#pragma unroll
  for (int round = 0; round < 8; ++round)
#pragma unroll
    for (int i = round % 2; i + 1 < 8; i += 2) {
      int low = min(keys[i], keys[i + 1]);
      keys[i + 1] = max(keys[i], keys[i + 1]);
      keys[i] = low;
    }
#pragma unroll
  for (int i = 0; i < 8; ++i)
    out[base + i] = keys[i];
}

// Insertion into an array that registers cannot hold: local memory.
extern "C" __global__ void insertion_local(const short *in, short *out, int n) {
  short keys[40];
  int base = (blockIdx.x * blockDim.x + threadIdx.x) * n;
  for (int i = 0; i < n; ++i) {
    short key = in[base + i];
    int at = i;
    for (; at > 0 && keys[at - 1] > key; --at)
      keys[at] = keys[at - 1];
    keys[at] = key;
  }
  for (int i = 0; i < n; ++i)
    out[base + i] = keys[i];
}

// A stable split by one bit, eight times: a radix sort of bytes in a block.
extern "C" __global__ void radix_block(const unsigned *in, unsigned *out) {
  __shared__ unsigned keys[256], zeros[8];
  int t = threadIdx.x, lane = t % 32, warp = t / 32;
  unsigned key = in[blockIdx.x * 256 + t];
  for (int bit = 0; bit < 8; ++bit) {
    unsigned one = key >> bit & 1;
    unsigned ballot = __ballot_sync(0xffffffffu, !one);
    if (lane == 0)
      zeros[warp] = __popc(ballot);
    __syncthreads();
    unsigned before = __popc(ballot & ((1u << lane) - 1)), total = 0;
    for (int w = 0; w < 8; ++w) {
      before += w < warp ? zeros[w] : 0;
      total += zeros[w];
    }
    keys[one ? total + t - before : before] = key;
    __syncthreads();
    key = keys[t];
  }
  out[blockIdx.x * 256 + t] = key;
}

// Merges two sorted halves: each thread finds its key's rank in the other.
extern "C" __global__ void merge_ranks(const long long *in, long long *out, int half) {
  int t = threadIdx.x;
  in += blockIdx.x * 2 * half;
  out += blockIdx.x * 2 * half;
  bool second = t >= half;
  const long long *other = second ? in : in + half;
  long long key = in[t];
  int low = 0, high = half;
  while (low < high) {
    int middle = (low + high) / 2;
    if (other[middle] < key || (second && other[middle] == key))
      low = middle + 1;
    else
      high = middle;
  }
  out[(second ? t - half : t) + low] = key;
}
