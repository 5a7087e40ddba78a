// Votes, shuffles, matches and groups of threads.
#include <cooperative_groups.h>
namespace cg = cooperative_groups;

extern "C" __global__ void votes(const int *in, unsigned *out) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  unsigned all = 0xffffffffu;
  out[5 * i] = __ballot_sync(all, in[i] > 0);
  out[5 * i + 1] = __any_sync(all, in[i] == 8 - int(blockIdx.x));
  out[5 * i + 2] = __all_sync(all, in[i] >= -7);
  int alike;
  out[5 * i + 3] = __match_any_sync(all, in[i]);
  unsigned mask = __match_all_sync(all, in[i] > -100, &alike);
  out[5 * i + 4] = mask + unsigned(alike);
}

extern "C" __global__ void partial_masks(const int *in, unsigned *out) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (threadIdx.x % 4 != 1) {
    unsigned mask = 0xddddddddu;
    out[i] = __ballot_sync(mask, in[i] > 0) ^ unsigned(__shfl_sync(mask, in[i], 4));
  } else {
    unsigned mask = 0x22222222u;
    out[i] = __reduce_add_sync(mask, unsigned(in[i])) + __popc(__match_any_sync(mask, in[i] & 1));
  }
}

extern "C" __global__ void shuffles(const int *in, int *out) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  unsigned all = 0xffffffffu;
  int x = in[i];
  out[6 * i] = __shfl_sync(all, x, threadIdx.x * 7);
  out[6 * i + 1] = __shfl_sync(all, x, 3, 8);
  out[6 * i + 2] = __shfl_up_sync(all, x, 3, 16);
  out[6 * i + 3] = __shfl_down_sync(all, x, 5, 8);
  out[6 * i + 4] = __shfl_xor_sync(all, x, 9);
  out[6 * i + 5] = int(__shfl_sync(all, 0x100000001ull * unsigned(x), 31 - threadIdx.x % 32) >> 16);
}

extern "C" __global__ void tiles(const int *in, int *out) {
  auto block = cg::this_thread_block();
  auto eight = cg::tiled_partition<8>(block);
  auto four = cg::tiled_partition<4>(eight);
  int x = in[block.group_index().x * blockDim.x + block.thread_rank()];
  int sum = x;
  for (int step = eight.size() / 2; step > 0; step /= 2)
    sum += eight.shfl_xor(sum, step);
  int last = four.shfl(x, 3);
  unsigned ballot = four.ballot(x > 0);
  block.sync();
  int *to = out + (block.group_index().x * blockDim.x + block.thread_rank()) * 4;
  to[0] = sum;
  to[1] = last;
  to[2] = int(ballot);
  to[3] = int(eight.meta_group_rank() * 100 + four.thread_rank());
}

extern "C" __global__ void coalesced(const int *in, int *out, int *total) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (in[i] > 0) {
    auto group = cg::coalesced_threads();
    int base = 0;
    if (group.thread_rank() == 0)
      base = atomicAdd(total, int(group.size()));
    base = group.shfl(base, 0);
    atomicAdd(&out[base + group.thread_rank()], in[i]);
  }
}

extern "C" __global__ void active_masks(const int *in, unsigned *out) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  unsigned mask = __ballot_sync(0xffffffffu, in[i] > 0);
  unsigned seen = 0;
  if (in[i] > 0) {
    __syncwarp(mask);
    seen = __activemask() & ~mask;
  }
  out[i] = seen;
}
