#include "cutile/Foreign.h"

#include "device/ThreadPool.h"
#include "tensor/Record.h"

#include <climits>
#include <exception>
#include <mutex>
#include <string>

namespace cutile::detail {

using ferro::Code;
using ferro::Error;

static std::string textOf(const Grid &grid) {
  return std::to_string(grid.x) + " x " + std::to_string(grid.y) + " x " +
         std::to_string(grid.z);
}

void refuseGrid(const Grid &grid) {
  throw Error(Code::InvalidArgument, "foreign launch",
              "the grid is " + textOf(grid) +
                  ", and the function's first parameter is no const Block &");
}

namespace {
struct Blocks {
  Grid grid;
  void (*body)(void *, const Block &);
  void *context;
  std::mutex mutex;
  std::exception_ptr failure;
  std::int64_t failed = 0;
};
} // namespace

static void runRange(void *context, std::int64_t begin, std::int64_t end) {
  Blocks &blocks = *static_cast<Blocks *>(context);
  const Grid &grid = blocks.grid;
  for (std::int64_t i = begin; i < end; ++i)
    try {
      blocks.body(blocks.context,
                  {i % grid.x, i / grid.x % grid.y, i / grid.x / grid.y, grid});
    } catch (...) {
      std::lock_guard lock(blocks.mutex);
      if (!blocks.failure || i < blocks.failed) {
        blocks.failure = std::current_exception();
        blocks.failed = i;
      }
      return;
    }
}

void runBlocks(const char *name, const Grid &grid,
               void (*body)(void *, const Block &), void *context) {
  std::int64_t count = 1;
  for (std::int64_t extent : {grid.x, grid.y, grid.z})
    if (extent < 0 || extent > INT_MAX ||
        __builtin_mul_overflow(count, extent, &count))
      throw Error(Code::InvalidArgument, name,
                  "the grid is " + textOf(grid) +
                      "; extents are from 0 to 2^31 - 1, and there are fewer "
                      "than 2^63 blocks");
  Blocks blocks{grid, body, context, {}, {}, 0};
  ferro::device::parallelFor(count, 1, runRange, &blocks);
  if (blocks.failure)
    std::rethrow_exception(blocks.failure);
}

void *foreignMemory(const ferro::detail::Handle &tensor, std::size_t argument,
                    bool isWritten) {
  auto refuse = [&](Code code, const std::string &text) {
    throw Error(code, "foreign launch",
                "argument " + std::to_string(argument + 1) + ": " + text);
  };
  if (!tensor.get())
    refuse(Code::InvalidArgument, "the tensor is empty");
  const ferro::detail::Record &record = *tensor.get();
  if (record.isTraced())
    refuse(Code::TracingError, "the tensor is traced and has no elements");
  if (record.device != ferro::cpu)
    refuse(Code::DeviceMismatch, "the tensor is on " +
                                     ferro::toString(record.device) +
                                     "; the function runs on the cpu");
  if (!record.isContiguous())
    refuse(Code::InvalidArgument,
           "the tensor is " + ferro::toString(record.shape) + " with strides " +
               ferro::toString(record.strides) +
               "; the function gets the address of row-major elements");
  if (isWritten)
    record.storage->version.fetch_add(1);
  return record.bytes();
}

} // namespace cutile::detail
