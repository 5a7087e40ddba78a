#include "emulator/Memory.h"

#include <algorithm>

using namespace ferro::emulator;

// Between any two allocations: an index that runs over the end by less than
// this is noticed, also where the next allocation is full.
static constexpr std::uint64_t redZone = 4096;

Allocation &GlobalMemory::allocate(std::size_t bytes, std::size_t alignment) {
  auto allocation = std::make_unique<Allocation>();
  nextAddress = (nextAddress + redZone + alignment - 1) / alignment * alignment;
  allocation->address = nextAddress;
  allocation->bytes = bytes;
  allocation->memory.reset(new std::byte[bytes + 16]());
  allocation->written.reset(new std::uint8_t[bytes + 16]());
  nextAddress += bytes;
  allocations.push_back(std::move(allocation));
  return *allocations.back();
}

Allocation *GlobalMemory::at(std::uint64_t address) const {
  auto above = std::upper_bound(
      allocations.begin(), allocations.end(), address,
      [](std::uint64_t wanted, const std::unique_ptr<Allocation> &allocation) {
        return wanted < allocation->address;
      });
  return above == allocations.begin() ? nullptr : std::prev(above)->get();
}

void GlobalMemory::remove(const Allocation &allocation) {
  std::erase_if(allocations, [&](const std::unique_ptr<Allocation> &other) {
    return other.get() == &allocation;
  });
}
