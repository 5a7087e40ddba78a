// Global memory: allocations with gaps between them, which remember which bytes
// were written and that they were released.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace ferro::emulator {

enum class AccessKind : std::uint8_t { Read, Write, Atomic };

struct Allocation {
  std::uint64_t address = 0;
  std::size_t bytes = 0;
  std::unique_ptr<std::byte[]> memory;
  /// One for each byte that has a value.
  std::unique_ptr<std::uint8_t[]> written;
  bool live = true, readOnly = false;
  /// Of a variable of the module.
  std::string name;
};

class GlobalMemory {
  std::vector<std::unique_ptr<Allocation>> allocations; // by address
  std::uint64_t nextAddress = 0x0000700000000000;
  std::mutex stripes[64];

public:
  Allocation &allocate(std::size_t bytes, std::size_t alignment = 256);
  /// The last one that starts at or below \p address, or null.
  Allocation *at(std::uint64_t address) const;
  /// Forgets the allocation and its address.
  void remove(const Allocation &allocation);
  /// Serialises atomic operations on an address.
  std::mutex &stripe(std::uint64_t address) {
    return stripes[(address >> 3) % 64];
  }
};

} // namespace ferro::emulator
