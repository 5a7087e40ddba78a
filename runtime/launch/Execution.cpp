// Runs the blocks of a kernel one after another.
#include "launch/Races.h"

#include "cutile/Binding.h"
#include "cutile/reference/Execution.h"
#include "cutile/reference/Pointer.h"

#include <algorithm>
#include <numeric>
#include <random>

namespace cutile::reference {

namespace {

/// The running kernel of a thread.
struct Execution {
  std::string_view kernel;
  const Binding &binding;
  std::array<int, 3> grid{}, block{};
  Races races;
};

} // namespace

static thread_local Execution *execution = nullptr;

static std::string placeOf(const std::array<int, 3> &block) {
  return "block (" + std::to_string(block[0]) + ", " +
         std::to_string(block[1]) + ", " + std::to_string(block[2]) + ")";
}

static const Execution &running(const char *operation) {
  if (!execution)
    throw ferro::Error(ferro::Code::InvalidArgument, operation,
                       "no kernel is running on this thread");
  return *execution;
}

std::array<int, 3> blockId() { return running("tile_block_id").block; }
std::array<int, 3> gridSize() { return running("num_tile_blocks").grid; }

void fail(ferro::Code code, const std::string &subject,
          const std::string &text) {
  if (!execution)
    throw ferro::Error(code, subject, text);
  throw ferro::Error(code, std::string(execution->kernel),
                     subject + " in " + placeOf(execution->block) + ": " +
                         text);
}

// --- memory by address

static std::uintptr_t addressOf(const void *pointer) {
  return reinterpret_cast<std::uintptr_t>(pointer);
}

/// The addresses between the memory's least and greatest element.
static Bounds boundsOf(const BoundMemory &memory) {
  std::int64_t low = 0, high = 1;
  for (int axis = 0; axis < memory.rank; ++axis) {
    if (memory.extents[axis] == 0)
      return {addressOf(memory.first), addressOf(memory.first)};
    std::int64_t reach = (memory.extents[axis] - 1) * memory.strides[axis];
    (reach < 0 ? low : high) += reach;
  }
  std::uintptr_t first = addressOf(memory.first);
  return {first + low * memory.elementBytes,
          first + high * memory.elementBytes};
}

static const BoundMemory *memoryAt(const void *pointer) {
  if (execution)
    for (const BoundMemory &memory : execution->binding.memory) {
      Bounds bounds = boundsOf(memory);
      if (memory.hasBounds && bounds.first <= addressOf(pointer) &&
          addressOf(pointer) < bounds.last)
        return &memory;
    }
  return nullptr;
}

Bounds boundsOf(const void *pointer) {
  const BoundMemory *memory = memoryAt(pointer);
  return memory ? boundsOf(*memory) : Bounds{};
}

void checkPointer(const char *access, const void *pointer, int bytes,
                  int alignment, const Bounds &bounds, int element) {
  std::uintptr_t address = addressOf(pointer);
  std::string subject =
      std::string(access) + " by pointer " + std::to_string(element);
  if (address == 0)
    fail(ferro::Code::InvalidArgument, subject, "the pointer is null");
  if (address % alignment)
    fail(ferro::Code::InvalidArgument, subject,
         "the address is no multiple of " + std::to_string(alignment) +
             " bytes, as the element's");
  if (address < bounds.first || address > bounds.last - bytes)
    fail(ferro::Code::IndexOutOfBounds, subject,
         "it lies " +
             (address < bounds.first
                  ? std::to_string(bounds.first - address) + " bytes before"
                  : std::to_string(address - bounds.first) +
                        " bytes after the first element of") +
             " memory of " + std::to_string(bounds.last - bounds.first) +
             " bytes");
}

/// "element [3, 5] of parameter 1" as far as that is known.
static std::string nameOf(const void *address) {
  const BoundMemory *memory = memoryAt(address);
  if (!memory)
    return "an element of memory that is no tensor's";
  std::array<int, ferro::maxRank> axes{};
  std::iota(axes.begin(), axes.begin() + memory->rank, 0);
  std::sort(axes.begin(), axes.begin() + memory->rank, [&](int a, int b) {
    return memory->strides[a] > memory->strides[b];
  });
  std::int64_t offset =
      static_cast<std::int64_t>(addressOf(address) - addressOf(memory->first)) /
      memory->elementBytes;
  ferro::Dims index = ferro::Dims::filled(memory->rank, 0);
  for (int i = 0; i < memory->rank && offset > 0; ++i)
    if (std::int64_t stride = memory->strides[axes[i]]; stride > 0) {
      index[axes[i]] = std::min(offset / stride, memory->extents[axes[i]] - 1);
      offset -= index[axes[i]] * stride;
    }
  return "element " + ferro::toString(index) + " of " + memory->name;
}

// --- races

void touch(const void *address, int bytes, Touch touch, MemoryOrder order) {
  if (!execution)
    return;
  std::int64_t other = execution->races.touch(address, bytes, touch, order);
  if (other < 0)
    return;
  std::array<int, 3> grid = execution->grid;
  std::array<int, 3> block{static_cast<int>(other % grid[0]),
                           static_cast<int>(other / grid[0] % grid[1]),
                           static_cast<int>(other / grid[0] / grid[1])};
  fail(ferro::Code::RaceDetected,
       (touch == Touch::Read ? "load of " : "store to ") + nameOf(address),
       placeOf(block) + " touches it too, and nothing orders the two");
}

// --- blocks

static std::vector<std::int64_t> blocksInOrder(std::int64_t count,
                                               BlockOrder order) {
  std::vector<std::int64_t> blocks(static_cast<std::size_t>(count));
  std::iota(blocks.begin(), blocks.end(), std::int64_t{0});
  if (order.seed) {
    // std::shuffle may differ between libraries.
    std::mt19937_64 random(*order.seed);
    for (std::size_t i = blocks.size(); i > 1; --i)
      std::swap(blocks[i - 1], blocks[random() % i]);
  }
  return blocks;
}

namespace {

/// Makes an execution the thread's, until it goes.
class Running {
public:
  explicit Running(Execution &entered)
      : outer(std::exchange(execution, &entered)) {}
  ~Running() { execution = outer; }

private:
  Execution *outer;
};

} // namespace

void run(std::string_view kernel, const Binding &binding, BlockOrder order,
         void (*body)(void *context), void *context) {
  const Grid &grid = binding.grid;
  Execution entered{kernel,
                    binding,
                    {static_cast<int>(grid.x), static_cast<int>(grid.y),
                     static_cast<int>(grid.z)},
                    {},
                    {}};
  Running running(entered);
  for (std::int64_t block : blocksInOrder(grid.x * grid.y * grid.z, order)) {
    entered.block = {static_cast<int>(block % grid.x),
                     static_cast<int>(block / grid.x % grid.y),
                     static_cast<int>(block / grid.x / grid.y)};
    entered.races.enter(block);
    body(context);
  }
}

} // namespace cutile::reference
