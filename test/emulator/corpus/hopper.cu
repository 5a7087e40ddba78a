// What came with sm_90: mbarriers, bulk and tensor copies, clusters, wgmma.
#include <cuda_fp16.h>

struct alignas(64) TensorMap {
  char bytes[128];
};

__device__ unsigned sharedAddress(const void *pointer) {
  return unsigned(__cvta_generic_to_shared(pointer));
}

// The first multiple of 1024 bytes in dynamic shared memory: swizzles repeat there.
template <typename T> __device__ T *aligned(char *memory) {
  return reinterpret_cast<T *>(memory + (1024 - sharedAddress(memory) % 1024) % 1024);
}

__device__ void initialise(unsigned long long *barrier, unsigned count) {
  asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(sharedAddress(barrier)), "r"(count) : "memory");
}

__device__ void fenceInitialised() {
  asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
}

__device__ void fenceAsync() { asm volatile("fence.proxy.async.shared::cta;" ::: "memory"); }

__device__ void expectBytes(unsigned long long *barrier, unsigned bytes) {
  asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(sharedAddress(barrier)), "r"(bytes)
               : "memory");
}

__device__ void arrive(unsigned long long *barrier) {
  asm volatile("{\n.reg .b64 state;\nmbarrier.arrive.shared::cta.b64 state, [%0];\n}" ::"r"(sharedAddress(barrier))
               : "memory");
}

__device__ void wait(unsigned long long *barrier, unsigned parity) {
  unsigned done = 0;
  while (!done)
    asm volatile("{\n.reg .pred p;\nmbarrier.try_wait.parity.shared::cta.b64 p, [%1], %2;\nselp.b32 %0, 1, 0, p;\n}"
                 : "=r"(done)
                 : "r"(sharedAddress(barrier)), "r"(parity)
                 : "memory");
}

__device__ void clusterSync() {
  asm volatile("barrier.cluster.arrive.release.aligned;\nbarrier.cluster.wait.acquire.aligned;" ::: "memory");
}

__device__ unsigned clusterRank() {
  unsigned rank;
  asm volatile("mov.u32 %0, %%cluster_ctarank;" : "=r"(rank));
  return rank;
}

__device__ void loadTile(void *to, const TensorMap *map, unsigned long long *barrier, int x, int y) {
  asm volatile("cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier::complete_tx::bytes [%0], [%1, {%2, %3}], [%4];" ::
                   "r"(sharedAddress(to)), "l"(map), "r"(x), "r"(y), "r"(sharedAddress(barrier))
               : "memory");
}

// A warp fills a ring of four slots, another one empties it.
extern "C" __global__ void mbarrier_ring(const int *in, int *out, int rounds) {
  __shared__ unsigned long long full[4], empty[4];
  __shared__ int slots[4][32];
  int lane = threadIdx.x % 32;
  if (threadIdx.x == 0)
    for (int i = 0; i < 4; ++i) {
      initialise(&full[i], 32);
      initialise(&empty[i], 32);
    }
  __syncthreads();
  if (threadIdx.x < 32) {
    for (int i = 0; i < rounds; ++i) {
      if (i >= 4)
        wait(&empty[i % 4], (i / 4 - 1) & 1);
      slots[i % 4][lane] = in[i * 32 + lane];
      arrive(&full[i % 4]);
    }
  } else {
    int sum = 0;
    for (int i = 0; i < rounds; ++i) {
      wait(&full[i % 4], i / 4 & 1);
      sum = sum * 5 + slots[i % 4][31 - lane];
      arrive(&empty[i % 4]);
    }
    out[lane] = sum;
  }
}

extern "C" __global__ void bulk_copy(const int *in, int *out, int n) {
  extern __shared__ __align__(128) char memory[];
  int *data = aligned<int>(memory);
  __shared__ unsigned long long barrier;
  in += blockIdx.x * n;
  out += blockIdx.x * n;
  if (threadIdx.x == 0) {
    initialise(&barrier, 1);
    fenceInitialised();
  }
  __syncthreads();
  if (threadIdx.x == 0) {
    expectBytes(&barrier, n * 4);
    asm volatile("cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1], %2, [%3];" ::"r"(
                     sharedAddress(data)),
                 "l"(in), "r"(n * 4), "r"(sharedAddress(&barrier))
                 : "memory");
  }
  wait(&barrier, 0);
  for (int i = threadIdx.x; i < n; i += blockDim.x)
    data[i] = data[i] * 2 + 1;
  fenceAsync();
  __syncthreads();
  if (threadIdx.x == 0) {
    asm volatile("cp.async.bulk.global.shared::cta.bulk_group [%0], [%1], %2;" ::"l"(out), "r"(sharedAddress(data)),
                 "r"(n * 4)
                 : "memory");
    asm volatile("cp.async.bulk.commit_group;\ncp.async.bulk.wait_group 0;" ::: "memory");
  }
}

extern "C" __global__ void bulk_reduce(const int *in, int *out) {
  __shared__ __align__(128) int data[256];
  data[threadIdx.x] = in[blockIdx.x * 256 + threadIdx.x];
  fenceAsync();
  __syncthreads();
  if (threadIdx.x == 0) {
    asm volatile("cp.reduce.async.bulk.global.shared::cta.bulk_group.add.s32 [%0], [%1], %2;" ::"l"(out),
                 "r"(sharedAddress(data)), "r"(1024)
                 : "memory");
    asm volatile("cp.async.bulk.commit_group;\ncp.async.bulk.wait_group 0;" ::: "memory");
  }
}

// Loads a tile of 32-bit elements, whatever its swizzle, and shows shared memory.
extern "C" __global__ void tma_load(const __grid_constant__ TensorMap map, unsigned *out, int words, int stepX,
                                    int stepY, int startX, int startY) {
  extern __shared__ __align__(128) char memory[];
  unsigned *tile = aligned<unsigned>(memory);
  __shared__ unsigned long long barrier;
  if (threadIdx.x == 0) {
    initialise(&barrier, 1);
    fenceInitialised();
    expectBytes(&barrier, words * 4);
    loadTile(tile, &map, &barrier, int(blockIdx.x) * stepX + startX, int(blockIdx.y) * stepY + startY);
  }
  __syncthreads();
  wait(&barrier, 0);
  out += (blockIdx.y * gridDim.x + blockIdx.x) * words;
  for (int i = threadIdx.x; i < words; i += blockDim.x)
    out[i] = tile[i];
}

// Stores each block's tile through a map, or adds it.
template <bool add> __device__ void storeTile(const TensorMap *map, const float *in, int words, int stepX, int stepY) {
  extern __shared__ __align__(128) char boxes[];
  float *tile = aligned<float>(boxes);
  int block = blockIdx.y * gridDim.x + blockIdx.x;
  for (int i = threadIdx.x; i < words; i += blockDim.x)
    tile[i] = in[block * words + i];
  fenceAsync();
  __syncthreads();
  if (threadIdx.x == 0) {
    int x = int(blockIdx.x) * stepX, y = int(blockIdx.y) * stepY;
    if (add)
      asm volatile("cp.reduce.async.bulk.tensor.2d.global.shared::cta.add.tile.bulk_group [%0, {%1, %2}], [%3];" ::"l"(map),
                   "r"(x), "r"(y), "r"(sharedAddress(tile))
                   : "memory");
    else
      asm volatile("cp.async.bulk.tensor.2d.global.shared::cta.tile.bulk_group [%0, {%1, %2}], [%3];" ::"l"(map), "r"(x),
                   "r"(y), "r"(sharedAddress(tile))
                   : "memory");
    asm volatile("cp.async.bulk.commit_group;\ncp.async.bulk.wait_group 0;" ::: "memory");
  }
}

extern "C" __global__ void tma_store(const __grid_constant__ TensorMap map, const float *in, int words, int stepX,
                                     int stepY) {
  storeTile<false>(&map, in, words, stepX, stepY);
}
extern "C" __global__ void tma_reduce(const __grid_constant__ TensorMap map, const float *in, int words, int stepX,
                                      int stepY) {
  storeTile<true>(&map, in, words, stepX, stepY);
}

extern "C" __global__ void tma_load_3d(const __grid_constant__ TensorMap map, unsigned short *out, int count) {
  extern __shared__ __align__(128) char memory[];
  unsigned short *box = aligned<unsigned short>(memory);
  __shared__ unsigned long long barrier;
  if (threadIdx.x == 0) {
    initialise(&barrier, 1);
    fenceInitialised();
    expectBytes(&barrier, count * 2);
    asm volatile(
        "cp.async.bulk.tensor.3d.shared::cluster.global.tile.mbarrier::complete_tx::bytes [%0], [%1, {%2, %3, %4}], [%5];" ::
            "r"(sharedAddress(box)),
        "l"(&map), "r"(int(blockIdx.x) * 8 - 3), "r"(int(blockIdx.y) * 3), "r"(int(blockIdx.z) * 2 - 1),
        "r"(sharedAddress(&barrier))
        : "memory");
  }
  __syncthreads();
  wait(&barrier, 0);
  out += ((blockIdx.z * gridDim.y + blockIdx.y) * gridDim.x + blockIdx.x) * count;
  for (int i = threadIdx.x; i < count; i += blockDim.x)
    out[i] = box[i];
}

// One load that every block of the cluster receives.
extern "C" __global__ void tma_multicast(const __grid_constant__ TensorMap map, unsigned *out, int words) {
  extern __shared__ __align__(128) char memory[];
  unsigned *tile = aligned<unsigned>(memory);
  __shared__ unsigned long long barrier;
  unsigned rank = clusterRank();
  if (threadIdx.x == 0) {
    initialise(&barrier, 1);
    fenceInitialised();
    expectBytes(&barrier, words * 4);
  }
  clusterSync();
  if (rank == 0 && threadIdx.x == 0)
    asm volatile("cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier::complete_tx::bytes.multicast::cluster "
                 "[%0], [%1, {%2, %3}], [%4], %5;" ::"r"(sharedAddress(tile)),
                 "l"(&map), "r"(int(blockIdx.x / 2) * 32), "r"(0), "r"(sharedAddress(&barrier)), "h"((unsigned short)3)
                 : "memory");
  wait(&barrier, 0);
  for (int i = threadIdx.x; i < words; i += blockDim.x)
    out[blockIdx.x * words + i] = tile[i] + rank;
  clusterSync();
}

// Each block reads its neighbour's shared memory and adds to it.
extern "C" __global__ void cluster_ring(const int *in, int *out) {
  __shared__ int mine[64], sum;
  unsigned rank = clusterRank(), size;
  asm volatile("mov.u32 %0, %%cluster_nctarank;" : "=r"(size));
  int t = threadIdx.x;
  mine[t] = in[blockIdx.x * 64 + t];
  if (t == 0)
    sum = 0;
  clusterSync();
  unsigned remote, remoteSum;
  asm volatile("mapa.shared::cluster.u32 %0, %1, %2;" : "=r"(remote) : "r"(sharedAddress(&mine[63 - t])), "r"((rank + 1) % size));
  asm volatile("mapa.shared::cluster.u32 %0, %1, %2;" : "=r"(remoteSum) : "r"(sharedAddress(&sum)), "r"((rank + 2) % size));
  int value;
  asm volatile("ld.shared::cluster.s32 %0, [%1];" : "=r"(value) : "r"(remote) : "memory");
  asm volatile("red.shared::cluster.add.s32 [%0], %1;" ::"r"(remoteSum), "r"(value) : "memory");
  clusterSync();
  out[blockIdx.x * 64 + t] = value * 1000 + sum;
}

// Arrives on another block's mbarrier and stores into its memory.
extern "C" __global__ void cluster_mailbox(const int *in, int *out) {
  __shared__ unsigned long long barrier;
  __shared__ int box[32];
  int t = threadIdx.x;
  unsigned other = clusterRank() ^ 1, remoteBarrier, remoteBox;
  if (t == 0) {
    initialise(&barrier, 1);
    fenceInitialised();
    expectBytes(&barrier, 128);
  }
  clusterSync();
  asm volatile("mapa.shared::cluster.u32 %0, %1, %2;" : "=r"(remoteBarrier) : "r"(sharedAddress(&barrier)), "r"(other));
  asm volatile("mapa.shared::cluster.u32 %0, %1, %2;" : "=r"(remoteBox) : "r"(sharedAddress(&box[t])), "r"(other));
  asm volatile("st.async.shared::cluster.mbarrier::complete_tx::bytes.b32 [%0], %1, [%2];" ::"r"(remoteBox),
               "r"(in[blockIdx.x * 32 + t]), "r"(remoteBarrier)
               : "memory");
  wait(&barrier, 0);
  out[blockIdx.x * 32 + t] = box[31 - t];
  clusterSync();
}

__device__ unsigned long long descriptor(const void *pointer, int leading, int stride, int swizzle) {
  return (unsigned long long)(sharedAddress(pointer) >> 4 & 0x3fff) | (unsigned long long)(leading >> 4) << 16 |
         (unsigned long long)(stride >> 4) << 32 | (unsigned long long)swizzle << 62;
}

// C[64x64] = A[64xK] * B[64xK]^T: TMA loads with a 128-byte swizzle, two
// stages, one warpgroup.
extern "C" __global__ void __launch_bounds__(128) wgmma_gemm(const __grid_constant__ TensorMap a,
                                                             const __grid_constant__ TensorMap b, float *c, int depth,
                                                             int columns) {
  extern __shared__ __align__(128) char memory[];
  __shared__ unsigned long long full[2];
  __half *as = aligned<__half>(memory), *bs = as + 2 * 64 * 64;
  if (threadIdx.x == 0) {
    initialise(&full[0], 1);
    initialise(&full[1], 1);
    fenceInitialised();
  }
  __syncthreads();
  auto load = [&](int stage, int k) {
    expectBytes(&full[stage], 2 * 64 * 128);
    loadTile(as + stage * 4096, &a, &full[stage], k, int(blockIdx.y) * 64);
    loadTile(bs + stage * 4096, &b, &full[stage], k, int(blockIdx.x) * 64);
  };
  if (threadIdx.x == 0)
    load(0, 0);
  float d[32];
  for (int i = 0; i < 32; ++i)
    d[i] = 0;
  for (int k = 0, round = 0; k < depth; k += 64, ++round) {
    int stage = round % 2;
    if (threadIdx.x == 0 && k + 64 < depth)
      load(1 - stage, k + 64);
    wait(&full[stage], round / 2 & 1);
    asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
#pragma unroll
    for (int kk = 0; kk < 4; ++kk) {
      unsigned long long x = descriptor(as + stage * 4096 + kk * 16, 16, 1024, 1);
      unsigned long long y = descriptor(bs + stage * 4096 + kk * 16, 16, 1024, 1);
      asm volatile("wgmma.mma_async.sync.aligned.m64n64k16.f32.f16.f16 {%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, "
                   "%11, %12, %13, %14, %15, %16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, "
                   "%31}, %32, %33, 1, 1, 1, 0, 0;"
                   : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3]), "+f"(d[4]), "+f"(d[5]), "+f"(d[6]), "+f"(d[7]),
                     "+f"(d[8]), "+f"(d[9]), "+f"(d[10]), "+f"(d[11]), "+f"(d[12]), "+f"(d[13]), "+f"(d[14]), "+f"(d[15]),
                     "+f"(d[16]), "+f"(d[17]), "+f"(d[18]), "+f"(d[19]), "+f"(d[20]), "+f"(d[21]), "+f"(d[22]),
                     "+f"(d[23]), "+f"(d[24]), "+f"(d[25]), "+f"(d[26]), "+f"(d[27]), "+f"(d[28]), "+f"(d[29]),
                     "+f"(d[30]), "+f"(d[31])
                   : "l"(x), "l"(y)
                   : "memory");
    }
    asm volatile("wgmma.commit_group.sync.aligned;\nwgmma.wait_group.sync.aligned 0;" ::: "memory");
    __syncthreads();
  }
  int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  for (int i = 0; i < 32; ++i) {
    int row = blockIdx.y * 64 + warp * 16 + lane / 4 + i / 2 % 2 * 8;
    int column = blockIdx.x * 64 + i / 4 * 8 + lane % 4 * 2 + i % 2;
    c[row * columns + column] = d[i];
  }
}

extern "C" __global__ void stmatrix_tile(const unsigned *in, unsigned short *out) {
  __shared__ __align__(16) unsigned short tile[32][8];
  int t = threadIdx.x;
  asm volatile("stmatrix.sync.aligned.m8n8.x4.shared.b16 [%0], {%1, %2, %3, %4};" ::"r"(sharedAddress(&tile[t][0])),
               "r"(in[t]), "r"(in[32 + t]), "r"(in[64 + t]), "r"(in[96 + t])
               : "memory");
  __syncwarp();
  for (int i = 0; i < 8; ++i)
    out[t * 8 + i] = tile[t][i];
}

extern "C" __global__ void elect_one(const int *in, int *out) {
  unsigned leader, chosen;
  asm volatile("{\n.reg .pred p;\nelect.sync %0|p, 0xffffffff;\nselp.b32 %1, 1, 0, p;\n}" : "=r"(leader), "=r"(chosen));
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  int sum = __reduce_add_sync(0xffffffffu, int(chosen));
  out[i] = in[i] + sum * 100 + (leader < 32 ? 0 : 1000);
}
