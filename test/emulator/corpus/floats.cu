// Rounding of floats, and the functions of libdevice.
extern "C" __global__ void rounded_single(const float *a, const float *b, const float *c, float *out) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  float x = a[i], y = b[i], z = c[i], *to = out + i * 16;
  to[0] = __fadd_rn(x, y);
  to[1] = __fadd_rz(x, y);
  to[2] = __fadd_ru(x, y);
  to[3] = __fadd_rd(x, y);
  to[4] = __fmul_rn(x, y);
  to[5] = __fmul_rz(x, y);
  to[6] = __fmul_ru(x, y);
  to[7] = __fmul_rd(x, y);
  to[8] = __fmaf_rn(x, y, z);
  to[9] = __fmaf_rz(x, y, z);
  to[10] = __fmaf_ru(x, y, z);
  to[11] = __fmaf_rd(x, y, z);
  to[12] = __fdiv_rn(x, y);
  to[13] = __fsqrt_rn(fabsf(x));
  to[14] = __frcp_rn(y);
  to[15] = x - y;
}

extern "C" __global__ void rounded_double(const double *a, const double *b, const double *c, double *out) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  double x = a[i], y = b[i], z = c[i], *to = out + i * 16;
  to[0] = __dadd_rn(x, y);
  to[1] = __dadd_rz(x, y);
  to[2] = __dadd_ru(x, y);
  to[3] = __dadd_rd(x, y);
  to[4] = __dmul_rn(x, y);
  to[5] = __dmul_rz(x, y);
  to[6] = __dmul_ru(x, y);
  to[7] = __dmul_rd(x, y);
  to[8] = __fma_rn(x, y, z);
  to[9] = __fma_rz(x, y, z);
  to[10] = __fma_ru(x, y, z);
  to[11] = __fma_rd(x, y, z);
  to[12] = x / y;
  to[13] = sqrt(fabs(x));
  to[14] = 1 / y;
  to[15] = x - y;
}

extern "C" __global__ void to_integers(const float *in, int *out, long long *wide) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  float x = in[i];
  out[6 * i] = __float2int_rn(x);
  out[6 * i + 1] = __float2int_rz(x);
  out[6 * i + 2] = __float2int_ru(x);
  out[6 * i + 3] = __float2int_rd(x);
  out[6 * i + 4] = int(__float2uint_rn(fabsf(x)));
  out[6 * i + 5] = int(rintf(x) - floorf(x) + ceilf(x) - truncf(x));
  wide[2 * i] = __float2ll_rn(x * 1000);
  wide[2 * i + 1] = __double2ll_rd(double(x) * -3.5);
}

extern "C" __global__ void from_integers(const int *in, const long long *wide, float *out, double *outWide) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  out[4 * i] = __int2float_rn(in[i]);
  out[4 * i + 1] = __int2float_rz(in[i]);
  out[4 * i + 2] = __uint2float_ru(unsigned(in[i]));
  out[4 * i + 3] = __ll2float_rd(wide[i]);
  outWide[2 * i] = __ll2double_rn(wide[i]);
  outWide[2 * i + 1] = __ull2double_rz((unsigned long long)wide[i]);
}

#define DOUBLE_FUNCTION(name, ...)                                             \
  extern "C" __global__ void double_##name(const double *a, const double *b, double *out) { \
    int i = blockIdx.x * blockDim.x + threadIdx.x;                             \
    double x = a[i], y = b[i];                                                 \
    out[i] = __VA_ARGS__ + 0 * y;                                              \
  }
DOUBLE_FUNCTION(sin, sin(x))
DOUBLE_FUNCTION(cos, cos(x * 1000))
DOUBLE_FUNCTION(exp, exp(x))
DOUBLE_FUNCTION(log, log(fabs(x) + 1e-3))
DOUBLE_FUNCTION(pow, pow(fabs(x), y))
DOUBLE_FUNCTION(erf, erf(x))
DOUBLE_FUNCTION(atan2, atan2(x, y))
DOUBLE_FUNCTION(cbrt, cbrt(x))
DOUBLE_FUNCTION(tgamma, tgamma(x))
DOUBLE_FUNCTION(fmod, fmod(x, y))
DOUBLE_FUNCTION(hypot, hypot(x, y))
DOUBLE_FUNCTION(ldexp, ldexp(x, int(y * 10)))

extern "C" __global__ void single_functions(const float *in, float *out) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  float x = in[i], *to = out + i * 12;
  to[0] = sinf(x);
  to[1] = cosf(x * 100);
  to[2] = expf(x);
  to[3] = logf(fabsf(x) + 0.01f);
  to[4] = powf(fabsf(x), 1.7f);
  to[5] = tanhf(x);
  to[6] = erff(x);
  to[7] = exp2f(x);
  to[8] = log1pf(fabsf(x));
  to[9] = atanf(x);
  to[10] = sqrtf(fabsf(x));
  to[11] = 1 / (1 + expf(-x));
}

extern "C" __global__ void fast_functions(const float *in, float *out) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  float x = in[i], *to = out + i * 6;
  to[0] = __sinf(x);
  to[1] = __cosf(x);
  to[2] = __expf(x);
  to[3] = __logf(fabsf(x) + 0.5f);
  to[4] = __fdividef(x, 3.0f + x * x);
  to[5] = rsqrtf(fabsf(x) + 0.25f);
}

extern "C" __global__ void mandelbrot(int *out, int width, int height, int limit) {
  int px = blockIdx.x * blockDim.x + threadIdx.x, py = blockIdx.y * blockDim.y + threadIdx.y;
  if (px >= width || py >= height)
    return;
  float cx = __fadd_rn(__fmul_rn(px, 3.0f / 64), -2.0f), cy = __fadd_rn(__fmul_rn(py, 2.0f / 64), -1.0f);
  float x = 0, y = 0;
  int n = 0;
  for (; n < limit; ++n) {
    float xx = __fmul_rn(x, x), yy = __fmul_rn(y, y);
    if (__fadd_rn(xx, yy) > 4)
      break;
    float xy = __fmul_rn(x, y);
    x = __fadd_rn(__fadd_rn(xx, -yy), cx);
    y = __fadd_rn(__fadd_rn(xy, xy), cy);
  }
  out[py * width + px] = n;
}

extern "C" __global__ void compensated_sum(const float *in, float *out, int n) {
  in += (blockIdx.x * blockDim.x + threadIdx.x) * n;
  float sum = 0, lost = 0;
  for (int i = 0; i < n; ++i) {
    float y = __fadd_rn(in[i], -lost);
    float next = __fadd_rn(sum, y);
    lost = __fadd_rn(__fadd_rn(next, -sum), -y);
    sum = next;
  }
  out[blockIdx.x * blockDim.x + threadIdx.x] = sum;
}
