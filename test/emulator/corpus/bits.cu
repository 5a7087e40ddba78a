// Integers and their bits.
extern "C" __global__ void counts(const unsigned *in, const unsigned long long *wide, int *out) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  unsigned x = in[i];
  unsigned long long y = wide[i];
  int *to = out + i * 8;
  to[0] = __popc(x);
  to[1] = __clz(x);
  to[2] = __ffs(x);
  to[3] = int(__brev(x));
  to[4] = __popcll(y);
  to[5] = __clzll(y);
  to[6] = __ffsll(y);
  to[7] = int(__brevll(y) >> 7);
}

extern "C" __global__ void fields(const unsigned *in, const unsigned *where, unsigned *out) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  unsigned x = in[i], at = where[i] & 31, length = where[i] >> 8 & 15;
  unsigned inserted, extracted;
  int extended;
  asm("bfi.b32 %0, %1, %2, %3, %4;" : "=r"(inserted) : "r"(x), "r"(~x), "r"(at), "r"(length));
  asm("bfe.u32 %0, %1, %2, %3;" : "=r"(extracted) : "r"(x), "r"(at), "r"(length));
  asm("bfe.s32 %0, %1, %2, %3;" : "=r"(extended) : "r"(x), "r"(at), "r"(length));
  out[3 * i] = inserted;
  out[3 * i + 1] = extracted;
  out[3 * i + 2] = unsigned(extended);
}

extern "C" __global__ void bytes(const unsigned *a, const unsigned *b, unsigned *out) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  unsigned x = a[i], y = b[i], majority;
  asm("lop3.b32 %0, %1, %2, %3, 0xe8;" : "=r"(majority) : "r"(x), "r"(y), "r"(x * y));
  out[4 * i] = __byte_perm(x, y, 0x3715);
  out[4 * i + 1] = __byte_perm(x, y, y & 0x7777);
  out[4 * i + 2] = majority;
  out[4 * i + 3] = __funnelshift_l(x, y, x) ^ __funnelshift_rc(x, y, y & 63);
}

extern "C" __global__ void dot_products(const int *a, const int *b, int *out) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  out[3 * i] = __dp4a(a[i], b[i], 100);
  out[3 * i + 1] = int(__dp4a(unsigned(a[i]), unsigned(b[i]), 7u));
  out[3 * i + 2] = __dp2a_lo(a[i], b[i], -5);
}

extern "C" __global__ void products(const long long *a, const long long *b, long long *out) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  out[4 * i] = a[i] * b[i];
  out[4 * i + 1] = __mul64hi(a[i], b[i]);
  out[4 * i + 2] = (long long)__umul64hi(a[i], b[i]);
  out[4 * i + 3] = __mulhi(int(a[i]), int(b[i])) + (long long)__umulhi(unsigned(a[i]), unsigned(b[i]));
}

extern "C" __global__ void shifts(const long long *a, const unsigned *by, long long *out) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  unsigned n = by[i] % 64;
  out[4 * i] = a[i] << n;
  out[4 * i + 1] = a[i] >> n;
  out[4 * i + 2] = (long long)((unsigned long long)a[i] >> n);
  out[4 * i + 3] = int(a[i]) >> (n % 32);
}

extern "C" __global__ void wide_sum(const unsigned long long *a, const unsigned long long *b,
                                    unsigned long long *out) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  unsigned __int128 x = (unsigned __int128)a[2 * i + 1] << 64 | a[2 * i];
  unsigned __int128 y = (unsigned __int128)b[2 * i + 1] << 64 | b[2 * i];
  unsigned __int128 sum = x + y, product = x * y;
  out[4 * i] = (unsigned long long)sum;
  out[4 * i + 1] = (unsigned long long)(sum >> 64);
  out[4 * i + 2] = (unsigned long long)product;
  out[4 * i + 3] = (unsigned long long)(product >> 64);
}

extern "C" __global__ void narrow(const int *in, signed char *bytes, unsigned short *shorts,
                                  int *saturated) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  bytes[i] = (signed char)(in[i] / 3);
  shorts[i] = (unsigned short)(in[i] * 5 >> 2);
  asm("cvt.sat.s8.s32 %0, %1;" : "=r"(saturated[i]) : "r"(in[i] >> 20));
}

extern "C" __global__ void crc32(const unsigned char *in, unsigned *out, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  unsigned crc = 0xffffffffu;
  for (int k = 0; k < n; ++k) {
    crc ^= in[i * n + k];
    for (int bit = 0; bit < 8; ++bit)
      crc = crc >> 1 ^ (0xedb88320u & (0u - (crc & 1)));
  }
  out[i] = ~crc;
}

extern "C" __global__ void xorshift(const unsigned *seeds, unsigned *out, int steps) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  unsigned x = seeds[i] | 1;
  for (int k = 0; k < steps; ++k) {
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
  }
  out[i] = x;
}
