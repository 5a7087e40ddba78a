// How fast the emulator executes: a loop of loads, multiply-adds, shared memory
// and integers, on one thread of the host.
#include "Harness.h"

#include <ferro/Emulator.h>

#include <cmath>
#include <cstring>
#include <stdexcept>

namespace bench {

static const char *const loop = R"(.version 8.0
.target sm_80
.address_size 64
.visible .entry loop(.param .u64 numbers, .param .u32 count)
{
  .reg .pred %p;
  .reg .b32 %r<8>;
  .reg .f32 %f<5>;
  .reg .b64 %d<2>;
  .shared .align 4 .b8 memory[1024];
  ld.param.u64 %d0, [numbers];
  ld.param.u32 %r0, [count];
  mov.u32 %r1, %ctaid.x;
  mov.u32 %r2, %ntid.x;
  mov.u32 %r5, %tid.x;
  mad.lo.u32 %r3, %r1, %r2, %r5;
  mad.wide.u32 %d1, %r3, 4, %d0;
  mov.u32 %r6, memory;
  mad.lo.u32 %r6, %r5, 4, %r6;
  mov.f32 %f0, 0f3f800000;
  mov.f32 %f1, 0f3e800000;
  mov.u32 %r4, 0;
again:
  ld.global.f32 %f2, [%d1];
  fma.rn.f32 %f0, %f0, %f1, %f2;
  mul.f32 %f3, %f0, %f1;
  add.f32 %f0, %f0, %f3;
  st.shared.f32 [%r6], %f0;
  ld.shared.f32 %f4, [%r6];
  max.f32 %f0, %f4, %f2;
  xor.b32 %r7, %r4, %r3;
  add.s32 %r4, %r4, 1;
  setp.lt.u32 %p, %r4, %r0;
  @%p bra again;
  st.global.f32 [%d1], %f0;
  ret;
}
)";

static constexpr unsigned threads = 256, steps = 4000;

/// What every thread computes from 1.
static float expected() {
  float sum = 1;
  for (unsigned i = 0; i < steps; ++i) {
    sum = std::fma(sum, 0.25f, 1.0f);
    sum += sum * 0.25f;
  }
  return sum;
}

/// Instructions of threads in a second, of the best of several launches.
static double rate(bool checks) {
  ferro::emulator::Emulator device;
  device.load(loop);
  std::uint64_t numbers = device.allocate(threads * 4);
  std::vector<std::byte> parameters(12);
  std::memcpy(&parameters[0], &numbers, 8);
  std::memcpy(&parameters[8], &steps, 4);
  ferro::emulator::LaunchOptions options;
  options.checks = checks;
  options.workers = 1;
  double best = 0;
  for (int i = 0; i < 5; ++i) {
    std::vector<float> values(threads, 1.0f);
    device.write(numbers, values.data(), threads * 4);
    auto report =
        device.launch("loop", {{1}, {threads}, {}, 0}, parameters, options);
    device.read(values.data(), numbers, threads * 4);
    if (!report.findings.empty() || values[17] != expected())
      throw std::runtime_error("emulator: the result differs");
    best = std::max(best, double(report.statistics.allThreadInstructions()) /
                              report.statistics.seconds);
  }
  return best;
}

/// Milliseconds for a million instructions.
static double perMillionMs(double instructionsPerSecond) {
  return 1e9 / instructionsPerSecond;
}

std::vector<Row> emulatorSpeed() {
  return {{"emulator-unchecked", perMillionMs(rate(false)),
           "budget of 100 M instructions/s", perMillionMs(100e6), 0},
          {"emulator-checked", perMillionMs(rate(true)),
           "budget of 20 M instructions/s", perMillionMs(20e6), 0}};
}

} // namespace bench
