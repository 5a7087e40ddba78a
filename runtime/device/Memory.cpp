#include "device/Memory.h"

#include "support/Pages.h"

#include <cstdio>
#include <cstdlib>

namespace ferro::device {

AlignedBuffer::~AlignedBuffer() { std::free(memory); }

void *AlignedBuffer::grow(std::size_t bytes, bool orAbort) noexcept {
  std::free(memory);
  // The tiles of a kernel deserve a huge page of their own.
  std::size_t unit = bytes > support::hugePage / 4 ? support::hugePage : 64;
  capacity = bytes > ~(unit - 1) ? 0 : (bytes + unit - 1) / unit * unit;
  if (capacity == 0 && bytes == 0)
    capacity = 64;
  memory = capacity ? support::allocateBlock(capacity) : nullptr;
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
