// Loops over the lanes of a warp, for the files of handlers.
#pragma once

#include "emulator/Decoder.h"
#include "emulator/Formats.h"
#include "emulator/Machine.h"

#include <type_traits>

namespace ferro::emulator {

/// Reads and writes values in 64-bit slots, narrow ones zero-extended.
template <typename T> T unpack(std::uint64_t bits) {
  if constexpr (std::is_same_v<T, float>)
    return single(bits);
  else if constexpr (std::is_same_v<T, double>)
    return real(bits);
  else
    return T(bits);
}
template <typename T> std::uint64_t packed(T value) {
  if constexpr (std::is_same_v<T, float> || std::is_same_v<T, double>)
    return bitsOf(value);
  else
    return std::uint64_t(std::make_unsigned_t<T>(value));
}

/// d = Op()(a) and so on; Op is a stateless function object.
template <typename T, typename Op> void unary(Warp &w, const Instruction &i) {
  std::uint64_t *d = w.out(i);
  const std::uint64_t *a = w.in(i, 0);
  w.each([&](unsigned lane) { d[lane] = packed(T(Op()(unpack<T>(a[lane])))); });
}
template <typename T, typename Op> void binary(Warp &w, const Instruction &i) {
  std::uint64_t *d = w.out(i);
  const std::uint64_t *a = w.in(i, 0), *b = w.in(i, 1);
  w.each([&](unsigned lane) {
    d[lane] = packed(T(Op()(unpack<T>(a[lane]), unpack<T>(b[lane]))));
  });
}
template <typename T, typename Op> void ternary(Warp &w, const Instruction &i) {
  std::uint64_t *d = w.out(i);
  const std::uint64_t *a = w.in(i, 0), *b = w.in(i, 1), *c = w.in(i, 2);
  w.each([&](unsigned lane) {
    d[lane] = packed(
        T(Op()(unpack<T>(a[lane]), unpack<T>(b[lane]), unpack<T>(c[lane]))));
  });
}

/// The handler of an integer type: forInteger(tag, [](auto zero) { return
/// handler<decltype(zero)>; }).
template <typename F> Handler forInteger(Tag tag, F f) {
  switch (tag) {
  case Tag::U8:
  case Tag::B8:
    return f(std::uint8_t());
  case Tag::S8:
    return f(std::int8_t());
  case Tag::U16:
  case Tag::B16:
    return f(std::uint16_t());
  case Tag::S16:
    return f(std::int16_t());
  case Tag::U32:
  case Tag::B32:
    return f(std::uint32_t());
  case Tag::S32:
    return f(std::int32_t());
  case Tag::U64:
  case Tag::B64:
    return f(std::uint64_t());
  case Tag::S64:
    return f(std::int64_t());
  default:
    return nullptr;
  }
}

/// A decoder of d = f(operands...), all of \p type.
inline void decodePlain(Decoding &d, Handler handler, unsigned sources,
                        Tag type, OpClass opClass) {
  if (!handler)
    d.fail("is not defined for this type");
  d.expectOperands(sources + 1);
  d.result(0);
  for (unsigned n = 0; n < sources; ++n)
    d.source(n + 1, type);
  d.emit(handler, opClass);
}

} // namespace ferro::emulator
