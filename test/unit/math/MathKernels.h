// The functions of compiler/cpu/Math.h, compiled into loops over arrays.
#pragma once

#include "NativeModule.h"

#include <cstdint>
#include <memory>
#include <string_view>

namespace ferro::test {

/// One function over f32 or f64 arrays whose length is a multiple of `lanes`.
struct MathKernel {
  std::unique_ptr<NativeModule> code;
  void (*run)(const void *x, const void *y, void *result, std::int64_t count);
};

/// \p name is one of exp, log, sin, cos, tanh, erf, pow. One lane: scalars.
MathKernel compileMath(const Machine &machine, std::string_view name, bool wide,
                       std::int64_t lanes);

} // namespace ferro::test
