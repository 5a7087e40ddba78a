// The classes of input values. Half of them are the values that implementations
// get wrong: zeros, denormals, infinities, NaNs with payloads, ties, extremes.
#pragma once

#include <cstdint>
#include <string_view>

namespace ferro::gpucheck {

/// How the values of a class are drawn.
enum class Purpose {
  /// Each for itself, for one operation.
  Operand,
  /// By tile of 32 threads, to show how sums of products are aligned,
  /// truncated and rounded.
  Product
};

/// The bytes of one value of \p valueClass.
/// \throws std::invalid_argument for an unknown class.
unsigned valueBytes(std::string_view valueClass);

/// Element \p index of the sequence named by \p seed; \p tile picks the
/// distribution of a \c Product.
std::uint64_t makeValue(std::string_view valueClass, Purpose purpose,
                        std::uint64_t seed, std::uint64_t index,
                        std::uint64_t tile);

} // namespace ferro::gpucheck
