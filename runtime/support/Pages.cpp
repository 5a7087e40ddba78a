#include "support/Pages.h"

#include <cstdlib>
#include <sys/mman.h>

namespace ferro::support {

static constexpr std::size_t alignment = 64;

void *allocateBlock(std::size_t bytes) {
  bool isLarge = bytes >= hugePage;
  std::size_t unit = isLarge ? hugePage : alignment;
  std::size_t size = (bytes + alignment - 1) & -alignment;
  void *block = std::aligned_alloc(unit, size);
  // Advice: nothing is lost where the system does not take it. The last page
  // may be of others too.
  if (block && isLarge)
    ::madvise(block, size, MADV_HUGEPAGE);
  return block;
}

} // namespace ferro::support
