// Matrix products of 8-bit floats. One warp a block: C[16x8] = A[16xK] * B[8xK]^T.
template <bool wide> __device__ void product(const unsigned *a, const unsigned *b, float *c, int depth) {
  int lane = threadIdx.x, g = lane / 4, q = lane % 4, words = depth / 4;
  a += blockIdx.x * 16 * words;
  b += blockIdx.x * 8 * words;
  c += blockIdx.x * 128;
  float sum[4] = {};
  for (int k = 0; k < words; k += 8) {
    unsigned x0 = a[g * words + k + q], x1 = a[(g + 8) * words + k + q];
    unsigned x2 = a[g * words + k + q + 4], x3 = a[(g + 8) * words + k + q + 4];
    unsigned y0 = b[g * words + k + q], y1 = b[g * words + k + q + 4];
    if (wide)
      asm volatile("mma.sync.aligned.m16n8k32.row.col.f32.e5m2.e5m2.f32 {%0, %1, %2, %3}, "
                   "{%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
                   : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])
                   : "r"(x0), "r"(x1), "r"(x2), "r"(x3), "r"(y0), "r"(y1));
    else
      asm volatile("mma.sync.aligned.m16n8k32.row.col.f32.e4m3.e4m3.f32 {%0, %1, %2, %3}, "
                   "{%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
                   : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])
                   : "r"(x0), "r"(x1), "r"(x2), "r"(x3), "r"(y0), "r"(y1));
  }
  for (int i = 0; i < 4; ++i)
    c[(g + i / 2 * 8) * 8 + q * 2 + i % 2] = sum[i];
}

extern "C" __global__ void mma_e4m3(const unsigned *a, const unsigned *b, float *c, int depth) {
  product<false>(a, b, c, depth);
}
extern "C" __global__ void mma_e5m2(const unsigned *a, const unsigned *b, float *c, int depth) {
  product<true>(a, b, c, depth);
}
