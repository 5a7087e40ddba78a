// The running kernel, as the bodies of operations see it: which block it is,
// and who has touched which element.
#pragma once

#include "cutile/Modes.h"
#include "ferro/Error.h"

#include <array>
#include <string>

namespace cutile::reference {

/// \throws Error InvalidArgument outside of a kernel.
FERRO_API std::array<int, 3> blockId();
FERRO_API std::array<int, 3> gridSize();

/// Throws an Error that names the running kernel and its block, if any.
/// \param code the kind of failure.
/// \param subject what failed: "load of a".
/// \param text what was found, then the rule.
[[noreturn]] FERRO_API void fail(ferro::Code code, const std::string &subject,
                                 const std::string &text);

enum class Touch : u8 { Read, Write, ReadWrite };

/// Notes that the running block touches \p bytes at \p address.
/// \throws Error RaceDetected if another block did so without an order between
/// the two, one of them writes, and one of them is weak.
FERRO_API void touch(const void *address, int bytes, Touch touch,
                     MemoryOrder order);

/// Memory that a pointer may reach: [first, last).
struct Bounds {
  std::uintptr_t first = 0;
  std::uintptr_t last = ~std::uintptr_t{0};
};
/// The memory of the kernel's parameter that \p pointer points into; without
/// bounds if it is unknown.
FERRO_API Bounds boundsOf(const void *pointer);

} // namespace cutile::reference
