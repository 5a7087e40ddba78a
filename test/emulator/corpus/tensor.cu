// Matrix products of a warp, and the copies that feed them.
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_pipeline.h>
#include <mma.h>

__device__ unsigned sharedAddress(const void *pointer) {
  return unsigned(__cvta_generic_to_shared(pointer));
}

// C[64x64] = A[64xK] * B[64xK]^T for each block, four warps of 32x32 each, two
// stages of cp.async, ldmatrix from rows padded to 40 halves.
extern "C" __global__ void gemm_f16(const __half *a, const __half *b, float *c, int depth, int columns) {
  __shared__ __half as[2][64][40], bs[2][64][40];
  int t = threadIdx.x, warp = t / 32, lane = t % 32;
  int row = warp / 2 * 32, column = warp % 2 * 32;
  a += blockIdx.y * 64 * depth;
  b += blockIdx.x * 64 * depth;
  float sum[2][4][4] = {};
  auto load = [&](int stage, int k) {
    for (int i = t; i < 256; i += 128) {
      int r = i / 4, s = i % 4 * 8;
      __pipeline_memcpy_async(&as[stage][r][s], a + r * depth + k + s, 16);
      __pipeline_memcpy_async(&bs[stage][r][s], b + r * depth + k + s, 16);
    }
    __pipeline_commit();
  };
  load(0, 0);
  for (int k = 0; k < depth; k += 32) {
    int stage = k / 32 % 2;
    if (k + 32 < depth)
      load(1 - stage, k + 32);
    else
      __pipeline_commit();
    __pipeline_wait_prior(1);
    __syncthreads();
    for (int kk = 0; kk < 32; kk += 16) {
      unsigned x[2][4], y[4][2];
      for (int m = 0; m < 2; ++m)
        asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                     : "=r"(x[m][0]), "=r"(x[m][1]), "=r"(x[m][2]), "=r"(x[m][3])
                     : "r"(sharedAddress(&as[stage][row + m * 16 + lane % 16][kk + lane / 16 * 8])));
      for (int n = 0; n < 4; ++n)
        asm volatile("ldmatrix.sync.aligned.m8n8.x2.shared.b16 {%0, %1}, [%2];"
                     : "=r"(y[n][0]), "=r"(y[n][1])
                     : "r"(sharedAddress(&bs[stage][column + n * 8 + lane % 8][kk + lane / 8 % 2 * 8])));
      for (int m = 0; m < 2; ++m)
        for (int n = 0; n < 4; ++n)
          asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, "
                       "{%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
                       : "+f"(sum[m][n][0]), "+f"(sum[m][n][1]), "+f"(sum[m][n][2]), "+f"(sum[m][n][3])
                       : "r"(x[m][0]), "r"(x[m][1]), "r"(x[m][2]), "r"(x[m][3]), "r"(y[n][0]), "r"(y[n][1]));
    }
    __syncthreads();
  }
  for (int m = 0; m < 2; ++m)
    for (int n = 0; n < 4; ++n)
      for (int i = 0; i < 4; ++i) {
        int r = blockIdx.y * 64 + row + m * 16 + lane / 4 + i / 2 * 8;
        int s = blockIdx.x * 64 + column + n * 8 + lane % 4 * 2 + i % 2;
        c[r * columns + s] = sum[m][n][i];
      }
}

// One warp a block: C[16x8] = A[16xK] * B[8xK]^T.
extern "C" __global__ void mma_bf16(const unsigned *a, const unsigned *b, float *c, int depth) {
  int lane = threadIdx.x, g = lane / 4, q = lane % 4, words = depth / 2;
  a += blockIdx.x * 16 * words;
  b += blockIdx.x * 8 * words;
  c += blockIdx.x * 128;
  float sum[4] = {};
  for (int k = 0; k < words; k += 8)
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, "
                 "{%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
                 : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])
                 : "r"(a[g * words + k + q]), "r"(a[(g + 8) * words + k + q]),
                   "r"(a[g * words + k + q + 4]), "r"(a[(g + 8) * words + k + q + 4]),
                   "r"(b[g * words + k + q]), "r"(b[g * words + k + q + 4]));
  for (int i = 0; i < 4; ++i)
    c[(g + i / 2 * 8) * 8 + q * 2 + i % 2] = sum[i];
}

extern "C" __global__ void mma_tf32(const unsigned *a, const unsigned *b, float *c, int depth) {
  int lane = threadIdx.x, g = lane / 4, q = lane % 4;
  a += blockIdx.x * 16 * depth;
  b += blockIdx.x * 8 * depth;
  c += blockIdx.x * 128;
  float sum[4] = {};
  for (int k = 0; k < depth; k += 8)
    asm volatile("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0, %1, %2, %3}, "
                 "{%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
                 : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])
                 : "r"(a[g * depth + k + q]), "r"(a[(g + 8) * depth + k + q]),
                   "r"(a[g * depth + k + q + 4]), "r"(a[(g + 8) * depth + k + q + 4]),
                   "r"(b[g * depth + k + q]), "r"(b[g * depth + k + q + 4]));
  for (int i = 0; i < 4; ++i)
    c[(g + i / 2 * 8) * 8 + q * 2 + i % 2] = sum[i];
}

extern "C" __global__ void mma_s8(const unsigned *a, const unsigned *b, int *c, int depth) {
  int lane = threadIdx.x, g = lane / 4, q = lane % 4, words = depth / 4;
  a += blockIdx.x * 16 * words;
  b += blockIdx.x * 8 * words;
  c += blockIdx.x * 128;
  int sum[4] = {};
  for (int k = 0; k < words; k += 8)
    asm volatile("mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32 {%0, %1, %2, %3}, "
                 "{%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
                 : "+r"(sum[0]), "+r"(sum[1]), "+r"(sum[2]), "+r"(sum[3])
                 : "r"(a[g * words + k + q]), "r"(a[(g + 8) * words + k + q]),
                   "r"(a[g * words + k + q + 4]), "r"(a[(g + 8) * words + k + q + 4]),
                   "r"(b[g * words + k + q]), "r"(b[g * words + k + q + 4]));
  for (int i = 0; i < 4; ++i)
    c[(g + i / 2 * 8) * 8 + q * 2 + i % 2] = sum[i];
}

extern "C" __global__ void mma_f64(const double *a, const double *b, double *c, int depth) {
  int lane = threadIdx.x, g = lane / 4, q = lane % 4;
  a += blockIdx.x * 8 * depth;
  b += blockIdx.x * 8 * depth;
  c += blockIdx.x * 64;
  double sum[2] = {};
  for (int k = 0; k < depth; k += 4)
    asm volatile("mma.sync.aligned.m8n8k4.row.col.f64.f64.f64.f64 {%0, %1}, {%2}, {%3}, {%0, %1};"
                 : "+d"(sum[0]), "+d"(sum[1])
                 : "d"(a[g * depth + k + q]), "d"(b[g * depth + k + q]));
  c[g * 8 + q * 2] = sum[0];
  c[g * 8 + q * 2 + 1] = sum[1];
}

extern "C" __global__ void wmma_f16(const __half *a, const __half *b, float *c, int depth) {
  using namespace nvcuda::wmma;
  fragment<matrix_a, 16, 16, 16, __half, row_major> x;
  fragment<matrix_b, 16, 16, 16, __half, col_major> y;
  fragment<accumulator, 16, 16, 16, float> sum;
  fill_fragment(sum, 0);
  for (int k = 0; k < depth; k += 16) {
    load_matrix_sync(x, a + blockIdx.x * 16 * depth + k, depth);
    load_matrix_sync(y, b + blockIdx.x * 16 * depth + k, depth);
    mma_sync(sum, x, y, sum);
  }
  store_matrix_sync(c + blockIdx.x * 256, sum, 16, mem_row_major);
}

// Three stages of cp.async, also of 4 and 8 bytes and with zero fill.
extern "C" __global__ void cp_async_stages(const int *in, int *out, int rounds, int valid) {
  __shared__ __align__(16) int stages[3][128];
  int t = threadIdx.x;
  auto load = [&](int round) {
    int stage = round % 3;
    const int *from = in + round * 128;
    if (t < 16)
      __pipeline_memcpy_async(&stages[stage][t * 4], from + t * 4, 16);
    else if (t < 32)
      __pipeline_memcpy_async(&stages[stage][64 + (t - 16) * 2], from + 64 + (t - 16) * 2, 8);
    else if (t < 64)
      asm volatile("cp.async.ca.shared.global [%0], [%1], 4, %2;" ::"r"(sharedAddress(&stages[stage][t + 64])),
                   "l"(from + t + 64), "r"(t < valid ? 4 : 0));
    __pipeline_commit();
  };
  load(0);
  load(1);
  int sum = 0;
  for (int round = 0; round < rounds; ++round) {
    if (round + 2 < rounds)
      load(round + 2);
    else
      __pipeline_commit();
    __pipeline_wait_prior(2);
    __syncthreads();
    sum = sum * 3 + stages[round % 3][127 - t];
    __syncthreads();
  }
  out[t] = sum;
}

extern "C" __global__ void ldmatrix_transposed(const unsigned short *in, unsigned *out) {
  __shared__ __align__(16) unsigned short tile[32][8];
  int t = threadIdx.x;
  for (int i = 0; i < 8; ++i)
    tile[t][i] = in[t * 8 + i];
  __syncwarp();
  unsigned r[4], s[4];
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
               : "r"(sharedAddress(&tile[t][0])));
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(s[0]), "=r"(s[1]), "=r"(s[2]), "=r"(s[3])
               : "r"(sharedAddress(&tile[31 - t][0])));
  for (int i = 0; i < 4; ++i) {
    out[t * 8 + i] = r[i];
    out[t * 8 + 4 + i] = s[i];
  }
}
