// f16 and bf16, one or two in a register.
#pragma once

#include "emulator/Formats.h"

namespace ferro::emulator {

enum class HalfOp : std::uint8_t {
  None,
  Add,
  Sub,
  Mul,
  Fma,
  Min,
  Max,
  Abs,
  Neg,
  Ex2,
  Tanh
};

/// Bits of a half operation's modifiers.
namespace half {
inline constexpr unsigned Ftz = 1, Sat = 2, Relu = 4, Oob = 8, NaN = 16,
                          XorSign = 32;
}

/// The operation on one element of \p format.
std::uint64_t evaluateHalf(HalfOp op, const Format &format, unsigned flags,
                           std::uint64_t a, std::uint64_t b, std::uint64_t c);
/// \returns false unless \p type is f16, bf16 or a pair of them.
bool decodeHalf(Decoding &d, Tag type, HalfOp op, unsigned sources);

} // namespace ferro::emulator
