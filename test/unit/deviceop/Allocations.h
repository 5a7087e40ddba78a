// How often a function allocates.
#pragma once

#include <cstddef>

namespace ferro::test {

/// Allocations by operator new on this thread so far.
std::size_t allocations();

template <typename F> std::size_t allocationsOf(F f) {
  std::size_t before = allocations();
  f();
  return allocations() - before;
}

} // namespace ferro::test
