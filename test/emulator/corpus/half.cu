// The 16-bit and 8-bit floats.
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_fp8.h>

extern "C" __global__ void half_arithmetic(const __half *a, const __half *b, __half *out) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  __half x = a[i], y = b[i], *to = out + i * 8;
  to[0] = __hadd(x, y);
  to[1] = __hsub(x, y);
  to[2] = __hmul(x, y);
  to[3] = __hfma(x, y, x);
  to[4] = __hmin(x, y);
  to[5] = __hmax(x, y);
  to[6] = __habs(x);
  to[7] = __hneg(y);
}

extern "C" __global__ void half2_dot(const __half2 *a, const __half2 *b, float *out, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  __half2 sum = __float2half2_rn(0);
  for (int k = 0; k < n; ++k)
    sum = __hfma2(a[i * n + k], b[i * n + k], sum);
  out[i] = __low2float(sum) + __high2float(sum);
}

extern "C" __global__ void half_conversions(const float *in, unsigned short *out, float *back) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  float x = in[i];
  out[6 * i] = __half_as_ushort(__float2half_rn(x));
  out[6 * i + 1] = __half_as_ushort(__float2half_rz(x));
  out[6 * i + 2] = __half_as_ushort(__float2half_ru(x));
  out[6 * i + 3] = __half_as_ushort(__float2half_rd(x));
  out[6 * i + 4] = __bfloat16_as_ushort(__float2bfloat16_rn(x));
  out[6 * i + 5] = __bfloat16_as_ushort(__float2bfloat16_rz(x));
  back[2 * i] = __half2float(__float2half_rn(x));
  back[2 * i + 1] = __bfloat162float(__float2bfloat16_rn(x));
}

extern "C" __global__ void bf16_arithmetic(const __nv_bfloat16 *a, const __nv_bfloat16 *b, __nv_bfloat16 *out) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  __nv_bfloat16 x = a[i], y = b[i], *to = out + i * 4;
  to[0] = __hadd(x, y);
  to[1] = __hmul(x, y);
  to[2] = __hfma(x, y, x);
  to[3] = __hmax(x, y);
}

extern "C" __global__ void half_comparisons(const __half *a, const __half *b, int *out) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  out[i] = __hlt(a[i], b[i]) + 2 * __heq(a[i], b[i]) + 4 * __hgtu(a[i], b[i]) + 8 * __hisnan(a[i]);
}

extern "C" __global__ void half_integers(const __half *in, int *out, __half *back) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  out[2 * i] = __half2int_rn(in[i]);
  out[2 * i + 1] = __half2short_rz(in[i]);
  back[2 * i] = __int2half_rn(i * 37 - 2000);
  back[2 * i + 1] = hrint(in[i]);
}

extern "C" __global__ void fp8_round_trip(const float *in, unsigned char *out, float *back) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  __nv_fp8_storage_t e4m3 = __nv_cvt_float_to_fp8(in[i], __NV_SATFINITE, __NV_E4M3);
  __nv_fp8_storage_t e5m2 = __nv_cvt_float_to_fp8(in[i], __NV_SATFINITE, __NV_E5M2);
  out[2 * i] = e4m3;
  out[2 * i + 1] = e5m2;
  back[2 * i] = __half2float(__half(__nv_cvt_fp8_to_halfraw(e4m3, __NV_E4M3)));
  back[2 * i + 1] = __half2float(__half(__nv_cvt_fp8_to_halfraw(e5m2, __NV_E5M2)));
}

extern "C" __global__ void half_atomics(const __half2 *in, __half2 *sum, __nv_bfloat16 *low) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  atomicAdd(&sum[i % 4], in[i]);
  atomicAdd(&low[i % 3], __float2bfloat16(float(i % 2)));
}
