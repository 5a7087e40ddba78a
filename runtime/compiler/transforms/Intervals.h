// What the operations that made a number tell about its size.
#pragma once

#include "mlir/IR/Value.h"

#include <cstdint>
#include <optional>

namespace ferro::transforms {

/// The numbers from low to high, both among them, read with their sign.
struct Interval {
  std::int64_t low, high;
};

/// Numbers among which \p value is whenever it is computed: constants, counters
/// of loops between known ends, and sums, differences, products, remainders and
/// conversions of such that keep within their type. Nothing for what can wrap,
/// and for what is known at launch only.
std::optional<Interval> intervalOf(mlir::Value value, int depth = 12);

} // namespace ferro::transforms
