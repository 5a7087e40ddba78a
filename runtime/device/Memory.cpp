#include "device/Memory.h"

#include <cstdio>
#include <cstdlib>

namespace ferro::device {

AlignedBuffer::~AlignedBuffer() { std::free(memory); }

void *AlignedBuffer::grow(std::size_t bytes, bool orAbort) noexcept {
  std::free(memory);
  capacity = bytes > ~std::size_t(63) ? 0 : (bytes + 63) / 64 * 64;
  if (capacity == 0 && bytes == 0)
    capacity = 64;
  memory = capacity ? std::aligned_alloc(64, capacity) : nullptr;
  if (memory)
    return memory;
  capacity = 0;
  if (!orAbort)
    return nullptr;
  std::fprintf(stderr, "ferro: no memory for %zu bytes of a kernel's scratch\n",
               bytes);
  std::abort();
}

} // namespace ferro::device
