// Moving data: transposes, histograms, stencils, vectors.
extern "C" __global__ void transpose_tiled(const float *in, float *out, int width, int height) {
  __shared__ float tile[32][33];
  int x = blockIdx.x * 32 + threadIdx.x, y = blockIdx.y * 32 + threadIdx.y;
  for (int j = 0; j < 32; j += 8)
    if (x < width && y + j < height)
      tile[threadIdx.y + j][threadIdx.x] = in[(y + j) * width + x];
  __syncthreads();
  x = blockIdx.y * 32 + threadIdx.x;
  y = blockIdx.x * 32 + threadIdx.y;
  for (int j = 0; j < 32; j += 8)
    if (x < height && y + j < width)
      out[(y + j) * height + x] = tile[threadIdx.x][threadIdx.y + j];
}

extern "C" __global__ void transpose_bytes(const uchar4 *in, uchar4 *out) {
  __shared__ unsigned char tile[32][36];
  int t = threadIdx.x, row = t / 8, column = t % 8 * 4;
  uchar4 four = in[blockIdx.x * 256 + t];
  tile[row][column] = four.x;
  tile[row][column + 1] = four.y;
  tile[row][column + 2] = four.z;
  tile[row][column + 3] = four.w;
  __syncthreads();
  out[blockIdx.x * 256 + t] = make_uchar4(tile[column][row], tile[column + 1][row],
                                          tile[column + 2][row], tile[column + 3][row]);
}

extern "C" __global__ void copy_vectors(const float4 *in, float4 *out, const double2 *in2,
                                        double2 *out2, const short3 *in3, short3 *out3) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  float4 v = in[i];
  out[i] = make_float4(v.w, v.z, v.y, v.x);
  double2 d = in2[i];
  out2[i] = make_double2(d.y, d.x);
  short3 s = in3[i];
  out3[i] = make_short3(s.z, s.x, s.y);
}

extern "C" __global__ void histogram_shared(const unsigned char *in, unsigned *bins, int n) {
  __shared__ unsigned local[256];
  for (int i = threadIdx.x; i < 256; i += blockDim.x)
    local[i] = 0;
  __syncthreads();
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x)
    atomicAdd(&local[in[i]], 1u);
  __syncthreads();
  for (int i = threadIdx.x; i < 256; i += blockDim.x)
    atomicAdd(&bins[i], local[i]);
}

extern "C" __global__ void histogram_global(const unsigned *in, unsigned *bins, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n)
    atomicInc(&bins[in[i] % 64], 0xffffffffu);
}

extern "C" __global__ void histogram_match(const unsigned *in, unsigned *bins) {
  unsigned bin = in[blockIdx.x * blockDim.x + threadIdx.x] % 16;
  unsigned peers = __match_any_sync(0xffffffffu, bin);
  if (threadIdx.x % 32 == __ffs(peers) - 1)
    atomicAdd(&bins[bin], unsigned(__popc(peers)));
}

extern "C" __global__ void stencil_line(const float *in, float *out, int n) {
  __shared__ float line[128 + 6];
  int i = blockIdx.x * 128 + threadIdx.x, t = threadIdx.x + 3;
  line[t] = in[i];
  if (threadIdx.x < 3) {
    line[t - 3] = i >= 3 ? in[i - 3] : 0;
    line[t + 128] = i + 128 < n ? in[i + 128] : 0;
  }
  __syncthreads();
  float sum = 0;
  for (int k = -3; k <= 3; ++k)
    sum += line[t + k];
  out[i] = sum;
}

extern "C" __global__ void stencil_plane(const double *in, double *out, int width, int height) {
  int x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y * blockDim.y + threadIdx.y;
  if (x >= width || y >= height)
    return;
  int at = y * width + x;
  if (x == 0 || y == 0 || x == width - 1 || y == height - 1) {
    out[at] = in[at];
    return;
  }
  out[at] = 0.25 * (in[at - 1] + in[at + 1] + in[at - width] + in[at + width]) - in[at];
}

extern "C" __global__ void gather_scatter(const float *in, const unsigned *index, float *out) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  out[index[i]] = __ldg(&in[index[index[i]]]);
}
