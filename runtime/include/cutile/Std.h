// The part of the standard library that the language headers use in
// declarations: the real one, or, inside the JIT, cutile/jit/Std.h. No other
// file of cutile includes a standard header outside of the reference bodies.
#pragma once

#include "ferro/Attributes.h"

#ifdef __FERRO_JIT__
#include "cutile/jit/Std.h"
#else
#include <array>
#include <atomic>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <tuple>
#include <type_traits>
#include <utility>
#endif
