// Memory in blocks as the processor's page tables like them.
#pragma once

#include <cstddef>

namespace ferro::support {

inline constexpr std::size_t hugePage = std::size_t(2) << 20;

/// At least \p bytes of memory aligned to 64 bytes, for std::free; null if
/// there is none. Blocks of a huge page or more ask for such pages: walking
/// rows that are apart would else miss the TLB at each of them.
void *allocateBlock(std::size_t bytes);

} // namespace ferro::support
