// What is known of shared memory beside its bytes: who wrote and read each byte
// when, by vector clocks over warps and asynchronous units.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace ferro::emulator {

/// Agents: the 32 warps of a CTA, the copies that each of them started
/// (cp.async), the bulk copies out of shared memory that each of them started,
/// and the unit of bulk copies into it.
inline constexpr unsigned copyAgents = 32, storeAgents = 64, bulkAgent = 96,
                          agents = 97;

struct Clock {
  std::array<std::uint32_t, agents> at{};
  void join(const Clock &other) {
    for (unsigned i = 0; i < agents; ++i)
      at[i] = at[i] < other.at[i] ? other.at[i] : at[i];
  }
};

struct SharedCell {
  std::uint32_t writeTime = 0;
  std::uint32_t readTime[2] = {0, 0};
  std::uint16_t writeThread = 0xffff, readThread[2] = {0xffff, 0xffff};
  std::uint32_t writeEpoch = 0, readEpoch[2] = {0, 0};
  std::uint32_t writePc = 0, readPc[2] = {0, 0};
  std::uint32_t storeTime = 0, storePc = 0;
  std::uint8_t writeAgent = 0xff, storeAgent = 0xff;
  bool written = false, writeAtomic = false, readAtomic = false;
  /// Other CTAs of the cluster use it.
  bool foreign = false;
};

/// Of a byte of global memory: blocks plus one, 0 for none.
struct GlobalCell {
  std::uint32_t writer = 0, reader = 0, pc = 0;
  bool atomic = false;
};

struct SharedShadow {
  std::vector<SharedCell> cells;
};

} // namespace ferro::emulator
