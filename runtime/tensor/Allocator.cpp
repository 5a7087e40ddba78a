// The caching allocator of the CPU. Freed blocks are kept by size class,
// because a program asks for the same sizes again and again, and because fresh
// pages cost more than the kernels that fill them.
#include "support/Environment.h"
#include "support/Pages.h"
#include "tensor/Record.h"

#include "ferro/Error.h"

#include <array>
#include <bit>
#include <cstdlib>
#include <mutex>
#include <new>
#include <string>
#include <vector>

namespace ferro::storage {

static constexpr std::size_t alignment = 64;
// Four classes for each power of two: at most a quarter of a block is unused.
static constexpr std::size_t classesPerPower = 4;
static constexpr std::size_t numClasses = 64 * classesPerPower;

namespace {

struct SizeClass {
  std::mutex mutex;
  std::vector<std::byte *> blocks;
};

struct Cache {
  std::array<SizeClass, numClasses> classes;
  std::atomic<std::size_t> cached{0};
  std::size_t limit;
};

} // namespace

// Never destroyed: tensors in static variables outlive any order we could pick.
static Cache &cache() {
  static Cache *instance = [] {
    auto *made = new Cache();
    made->limit = static_cast<std::size_t>(
        support::environmentBytes(support::Variable::AllocatorLimit));
    return made;
  }();
  return *instance;
}

static std::size_t classOf(std::size_t bytes) {
  std::size_t size = bytes < alignment ? alignment : bytes;
  auto power = static_cast<std::size_t>(std::bit_width(size - 1)) - 1;
  std::size_t quarter = (std::size_t(1) << power) / classesPerPower;
  std::size_t steps =
      (size - (std::size_t(1) << power) + quarter - 1) / quarter;
  return power * classesPerPower + steps;
}

static std::size_t sizeOfClass(std::size_t index) {
  std::size_t power = std::size_t(1) << index / classesPerPower;
  return power + index % classesPerPower * (power / classesPerPower);
}

static std::byte *takeCached(std::size_t index) {
  SizeClass &sizes = cache().classes[index];
  std::lock_guard lock(sizes.mutex);
  if (sizes.blocks.empty())
    return nullptr;
  std::byte *block = sizes.blocks.back();
  sizes.blocks.pop_back();
  cache().cached.fetch_sub(sizeOfClass(index), std::memory_order_relaxed);
  return block;
}

static void release(Storage &storage) {
  std::size_t index = classOf(storage.size), size = sizeOfClass(index);
  Cache &all = cache();
  if (all.cached.fetch_add(size, std::memory_order_relaxed) + size >
      all.limit) {
    all.cached.fetch_sub(size, std::memory_order_relaxed);
    std::free(storage.bytes);
    return;
  }
  std::lock_guard lock(all.classes[index].mutex);
  all.classes[index].blocks.push_back(storage.bytes);
}

static std::byte *fromSystem(std::size_t size) {
  return static_cast<std::byte *>(support::allocateBlock(size));
}

[[noreturn]] static void throwOutOfMemory(std::size_t bytes) {
  throw Error(Code::OutOfMemory, "tensor",
              "found no room for " + std::to_string(bytes) + " bytes");
}

std::shared_ptr<Storage> allocate(std::size_t bytes, Device device) {
  if (device.kind != DeviceKind::Cpu)
    throw Error(Code::DeviceUnavailable, "tensor",
                "device is " + toString(device) +
                    "; this build has the devices cpu and meta");
  if (bytes > std::size_t(1) << 62)
    throwOutOfMemory(bytes);
  auto storage = std::make_shared<Storage>();
  std::size_t index = classOf(bytes);
  storage->bytes = takeCached(index);
  if (!storage->bytes)
    storage->bytes = fromSystem(sizeOfClass(index));
  if (!storage->bytes) {
    emptyAllocatorCache();
    storage->bytes = fromSystem(sizeOfClass(index));
  }
  if (!storage->bytes)
    throwOutOfMemory(bytes);
  storage->size = bytes;
  storage->device = device;
  storage->release = release;
  return storage;
}

AllocatorStats allocatorStats() {
  return {cache().cached.load(std::memory_order_relaxed), cache().limit};
}

void emptyAllocatorCache() {
  for (std::size_t index = 0; index < numClasses; ++index) {
    std::vector<std::byte *> blocks;
    {
      std::lock_guard lock(cache().classes[index].mutex);
      blocks.swap(cache().classes[index].blocks);
    }
    cache().cached.fetch_sub(blocks.size() * sizeOfClass(index),
                             std::memory_order_relaxed);
    for (std::byte *block : blocks)
      std::free(block);
  }
}

} // namespace ferro::storage
