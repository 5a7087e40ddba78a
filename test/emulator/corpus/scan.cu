// Prefix sums: of a warp, of a block twice, and of a whole array in one pass.
extern "C" __global__ void scan_warp(const int *in, int *out) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  int lane = threadIdx.x % 32;
  int sum = in[i];
  for (int step = 1; step < 32; step *= 2) {
    int other = __shfl_up_sync(0xffffffffu, sum, step);
    if (lane >= step)
      sum += other;
  }
  out[i] = sum;
}

extern "C" __global__ void scan_hillis(const unsigned *in, unsigned *out) {
  __shared__ unsigned buffers[2][512];
  int t = threadIdx.x, from = 0;
  buffers[0][t] = in[blockIdx.x * blockDim.x + t];
  __syncthreads();
  for (int step = 1; step < blockDim.x; step *= 2) {
    unsigned sum = buffers[from][t];
    if (t >= step)
      sum += buffers[from][t - step];
    from = 1 - from;
    buffers[from][t] = sum;
    __syncthreads();
  }
  out[blockIdx.x * blockDim.x + t] = buffers[from][t];
}

extern "C" __global__ void scan_blelloch(const float *in, float *out) {
  __shared__ float tree[512];
  int t = threadIdx.x, n = 2 * blockDim.x, offset = 1;
  in += blockIdx.x * n;
  out += blockIdx.x * n;
  tree[2 * t] = in[2 * t];
  tree[2 * t + 1] = in[2 * t + 1];
  for (int d = n / 2; d > 0; d /= 2, offset *= 2) {
    __syncthreads();
    if (t < d)
      tree[offset * (2 * t + 2) - 1] += tree[offset * (2 * t + 1) - 1];
  }
  if (t == 0)
    tree[n - 1] = 0;
  for (int d = 1; d < n; d *= 2) {
    offset /= 2;
    __syncthreads();
    if (t < d) {
      int low = offset * (2 * t + 1) - 1, high = offset * (2 * t + 2) - 1;
      float left = tree[low];
      tree[low] = tree[high];
      tree[high] += left;
    }
  }
  __syncthreads();
  out[2 * t] = tree[2 * t];
  out[2 * t + 1] = tree[2 * t + 1];
}

// Decoupled look-back: state holds 1 << 32 | sum of the block, or 2 << 32 | sum
// of all blocks up to it. Blocks take their numbers in the order they start.
// Source: Merrill and Garland, NVR-2016-002.
extern "C" __global__ void scan_lookback(const unsigned *in, unsigned *out,
                                         unsigned long long *state, unsigned *ticket) {
  __shared__ unsigned block, before, sums[256];
  int t = threadIdx.x;
  if (t == 0)
    block = atomicAdd(ticket, 1u);
  __syncthreads();
  unsigned at = block * blockDim.x + t;
  unsigned own = in[at];
  sums[t] = own;
  __syncthreads();
  for (int step = 1; step < blockDim.x; step *= 2) {
    unsigned other = t >= step ? sums[t - step] : 0;
    __syncthreads();
    sums[t] += other;
    __syncthreads();
  }
  if (t == 0) {
    unsigned total = sums[blockDim.x - 1], sum = 0;
    if (block > 0)
      atomicExch(&state[block], 1ull << 32 | total);
    for (int previous = int(block) - 1; previous >= 0;) {
      unsigned long long seen = atomicAdd(&state[previous], 0ull);
      if (seen == 0)
        continue;
      sum += unsigned(seen);
      if (seen >> 32 == 2)
        break;
      --previous;
    }
    atomicExch(&state[block], 2ull << 32 | (sum + total));
    before = sum;
  }
  __syncthreads();
  out[at] = before + sums[t];
}
