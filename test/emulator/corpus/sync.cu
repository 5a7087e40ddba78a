// Threads that wait for each other: locks, last blocks, barriers with numbers.
extern "C" __global__ void spin_lock(int *lock, int *counter, int *log) {
  bool done = false;
  while (!done) {
    if (atomicCAS(lock, 0, 1) == 0) {
      __threadfence();
      int seen = *(volatile int *)counter;
      log[seen] = 1;
      *(volatile int *)counter = seen + 1;
      __threadfence();
      atomicExch(lock, 0);
      done = true;
    }
  }
}

extern "C" __global__ void ticket_lock(unsigned *next, unsigned *serving, unsigned *sum) {
  if (threadIdx.x % 32 == 0) {
    unsigned ticket = atomicAdd(next, 1u);
    while (*(volatile unsigned *)serving != ticket)
      __nanosleep(20);
    __threadfence();
    *(volatile unsigned *)sum = *(volatile unsigned *)sum * 3 + 1;
    __threadfence();
    *(volatile unsigned *)serving = ticket + 1;
  }
}

extern "C" __global__ void last_block(const float *in, volatile float *partial, unsigned *done,
                                      float *out) {
  __shared__ float sums[128];
  __shared__ bool last;
  int t = threadIdx.x;
  sums[t] = in[blockIdx.x * 128 + t];
  __syncthreads();
  for (int step = 64; step > 0; step /= 2) {
    if (t < step)
      sums[t] += sums[t + step];
    __syncthreads();
  }
  if (t == 0) {
    partial[blockIdx.x] = sums[0];
    __threadfence();
    last = atomicInc(done, gridDim.x) == gridDim.x - 1;
  }
  __syncthreads();
  if (last && t == 0) {
    float sum = 0;
    for (int i = 0; i < gridDim.x; ++i)
      sum += partial[i];
    *out = sum;
  }
}

// Half of the block produces, half consumes, in rounds of two numbered barriers.
extern "C" __global__ void named_barriers(const int *in, int *out) {
  __shared__ int box[64];
  int t = threadIdx.x % 64;
  int sum = 0;
  for (int round = 0; round < 4; ++round) {
    if (threadIdx.x < 64) {
      box[t] = in[round * 64 + t];
      asm volatile("bar.arrive 1, 128;" ::: "memory");
      asm volatile("bar.sync 2, 128;" ::: "memory");
    } else {
      asm volatile("bar.sync 1, 128;" ::: "memory");
      sum += box[63 - t] * (round + 1);
      asm volatile("bar.arrive 2, 128;" ::: "memory");
    }
  }
  if (threadIdx.x >= 64)
    out[t] = sum;
}

extern "C" __global__ void barrier_reductions(const int *in, int *out) {
  int x = in[blockIdx.x * blockDim.x + threadIdx.x];
  int count = __syncthreads_count(x > 0);
  int all = __syncthreads_and(x > -8);
  int any = __syncthreads_or(x == 7);
  if (threadIdx.x == 0) {
    out[blockIdx.x * 3] = count;
    out[blockIdx.x * 3 + 1] = all != 0;
    out[blockIdx.x * 3 + 2] = any != 0;
  }
}

// Lanes of one warp hand a value round: needs independent progress.
extern "C" __global__ void lane_ring(const int *in, volatile int *mail, int *out) {
  int lane = threadIdx.x;
  if (lane > 0)
    while (mail[lane] == 0)
      ;
  int received = lane > 0 ? mail[lane] : 1;
  int sum = received + in[lane];
  out[lane] = sum;
  if (lane < 31) {
    __threadfence();
    mail[lane + 1] = sum;
  }
}
