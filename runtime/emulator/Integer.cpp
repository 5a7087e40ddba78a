// Integer arithmetic, bits and the old video instructions.
#include "emulator/Arithmetic.h"
#include "emulator/Lanes.h"

#include <algorithm>
#include <limits>

using namespace ferro::emulator;

namespace {

__extension__ typedef __int128 Int128;
__extension__ typedef unsigned __int128 UInt128;

template <typename T> using Unsigned = std::make_unsigned_t<T>;
template <typename T>
using Wide = std::conditional_t<
    sizeof(T) == 8, std::conditional_t<std::is_signed_v<T>, Int128, UInt128>,
    std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t>>;

struct Add {
  template <typename T> T operator()(T a, T b) const {
    return T(Unsigned<T>(a) + Unsigned<T>(b));
  }
};
struct Sub {
  template <typename T> T operator()(T a, T b) const {
    return T(Unsigned<T>(a) - Unsigned<T>(b));
  }
};
struct MulLo {
  template <typename T> T operator()(T a, T b) const {
    return T(std::uint64_t(a) * std::uint64_t(b));
  }
};
struct MulHi {
  template <typename T> T operator()(T a, T b) const {
    return T((Wide<T>(a) * Wide<T>(b)) >> (8 * sizeof(T)));
  }
};
struct Div {
  template <typename T> T operator()(T a, T b) const {
    if (b == 0)
      return T(-1);
    if (std::is_signed_v<T> && b == T(-1))
      return Sub()(T(0), a);
    return T(a / b);
  }
};
struct Rem {
  template <typename T> T operator()(T a, T b) const {
    if (b == 0)
      return a;
    if (std::is_signed_v<T> && b == T(-1))
      return T(0);
    return T(a % b);
  }
};
struct Min {
  template <typename T> T operator()(T a, T b) const { return std::min(a, b); }
};
struct Max {
  template <typename T> T operator()(T a, T b) const { return std::max(a, b); }
};
struct And {
  template <typename T> T operator()(T a, T b) const { return T(a & b); }
};
struct Or {
  template <typename T> T operator()(T a, T b) const { return T(a | b); }
};
struct Xor {
  template <typename T> T operator()(T a, T b) const { return T(a ^ b); }
};
struct AddSat {
  template <typename T> T operator()(T a, T b) const {
    Int128 sum = Int128(a) + b;
    return T(std::clamp<Int128>(sum, std::numeric_limits<T>::min(),
                                std::numeric_limits<T>::max()));
  }
};
struct SubSat {
  template <typename T> T operator()(T a, T b) const {
    Int128 sum = Int128(a) - b;
    return T(std::clamp<Int128>(sum, std::numeric_limits<T>::min(),
                                std::numeric_limits<T>::max()));
  }
};
struct MinRelu {
  template <typename T> T operator()(T a, T b) const {
    return std::max(std::min(a, b), T(0));
  }
};
struct MaxRelu {
  template <typename T> T operator()(T a, T b) const {
    return std::max(std::max(a, b), T(0));
  }
};
struct MadLo {
  template <typename T> T operator()(T a, T b, T c) const {
    return Add()(MulLo()(a, b), c);
  }
};
struct MadHi {
  template <typename T> T operator()(T a, T b, T c) const {
    return Add()(MulHi()(a, b), c);
  }
};
struct MadHiSat {
  template <typename T> T operator()(T a, T b, T c) const {
    return AddSat()(MulHi()(a, b), c);
  }
};
template <typename T> T low24(T a) {
  auto shifted = std::uint32_t(a) << 8;
  return std::is_signed_v<T> ? T(std::int32_t(shifted) >> 8) : T(shifted >> 8);
}
struct Mul24Lo {
  template <typename T> T operator()(T a, T b) const {
    return T(std::int64_t(low24(a)) * low24(b));
  }
};
struct Mul24Hi {
  template <typename T> T operator()(T a, T b) const {
    return T((std::int64_t(low24(a)) * low24(b)) >> 16);
  }
};
struct Mad24Lo {
  template <typename T> T operator()(T a, T b, T c) const {
    return Add()(Mul24Lo()(a, b), c);
  }
};
struct Mad24Hi {
  template <typename T> T operator()(T a, T b, T c) const {
    return Add()(Mul24Hi()(a, b), c);
  }
};
struct Mad24HiSat {
  template <typename T> T operator()(T a, T b, T c) const {
    return AddSat()(Mul24Hi()(a, b), c);
  }
};
struct Sad {
  template <typename T> T operator()(T a, T b, T c) const {
    return Add()(c, a < b ? Sub()(b, a) : Sub()(a, b));
  }
};
struct Abs {
  template <typename T> T operator()(T a) const {
    return a < 0 ? Sub()(T(0), a) : a;
  }
};
struct Neg {
  template <typename T> T operator()(T a) const { return Sub()(T(0), a); }
};
struct Not {
  template <typename T> T operator()(T a) const { return T(~a); }
};
struct Cnot {
  template <typename T> T operator()(T a) const { return T(a == 0); }
};
struct Brev {
  template <typename T> T operator()(T a) const {
    T result = 0;
    for (unsigned i = 0; i < 8 * sizeof(T); ++i)
      result = T(result << 1 | (a >> i & 1));
    return result;
  }
};
struct Popc {
  template <typename T> T operator()(T a) const { return T(std::popcount(a)); }
};
struct Clz {
  template <typename T> T operator()(T a) const {
    return T(std::countl_zero(a));
  }
};

template <typename Op> Handler binaryOf(Tag tag) {
  return forInteger(
      tag, [](auto zero) -> Handler { return binary<decltype(zero), Op>; });
}
template <typename Op> Handler unaryOf(Tag tag) {
  return forInteger(
      tag, [](auto zero) -> Handler { return unary<decltype(zero), Op>; });
}
template <typename Op> Handler ternaryOf(Tag tag) {
  return forInteger(
      tag, [](auto zero) -> Handler { return ternary<decltype(zero), Op>; });
}

// d = a * b, of twice the width; with a third operand, plus c.
template <typename T> void wide(Warp &w, const Instruction &i) {
  std::uint64_t *d = w.out(i);
  const std::uint64_t *a = w.in(i, 0), *b = w.in(i, 1);
  const std::uint64_t *c = i.sources > 2 ? w.in(i, 2) : nullptr;
  constexpr std::uint64_t keep = sizeof(T) == 2 ? 0xffffffff : ~0ull;
  w.each([&](unsigned lane) {
    std::uint64_t product = std::uint64_t(std::int64_t(unpack<T>(a[lane]))) *
                            std::uint64_t(std::int64_t(unpack<T>(b[lane])));
    d[lane] = (product + (c ? c[lane] : 0)) & keep;
  });
}

Handler wideOf(Tag tag) {
  switch (tag) {
  case Tag::U16:
    return wide<std::uint16_t>;
  case Tag::S16:
    return wide<std::int16_t>;
  case Tag::U32:
    return wide<std::uint32_t>;
  case Tag::S32:
    return wide<std::int32_t>;
  default:
    return nullptr;
  }
}

// Two halves of a word; a is the operation.
enum class Packed : std::uint8_t { Add, Min, Max, MinRelu, MaxRelu };

template <typename T> void packedHalves(Warp &w, const Instruction &i) {
  std::uint64_t *d = w.out(i);
  const std::uint64_t *a = w.in(i, 0), *b = w.in(i, 1);
  w.each([&](unsigned lane) {
    std::uint64_t word = 0;
    for (unsigned part = 0; part < 32; part += 16) {
      T x = T(a[lane] >> part), y = T(b[lane] >> part), z = 0;
      switch (Packed(i.a)) {
      case Packed::Add:
        z = Add()(x, y);
        break;
      case Packed::Min:
        z = std::min(x, y);
        break;
      case Packed::Max:
        z = std::max(x, y);
        break;
      case Packed::MinRelu:
        z = MinRelu()(x, y);
        break;
      case Packed::MaxRelu:
        z = MaxRelu()(x, y);
        break;
      }
      word |= std::uint64_t(std::uint16_t(z)) << part;
    }
    d[lane] = word;
  });
}

void decodePackedHalves(Decoding &d, Packed operation, Tag type) {
  d.instruction.a = std::uint8_t(operation);
  decodePlain(d,
              isSigned(type) ? packedHalves<std::int16_t>
                             : packedHalves<std::uint16_t>,
              2, Tag::B32, OpClass::Integer);
}

// Add and subtract with carry: a says subtract, b reads the carry, c sets it.
template <typename T> void carryAdd(Warp &w, const Instruction &i) {
  std::uint64_t *d = w.out(i);
  const std::uint64_t *a = w.in(i, 0), *b = w.in(i, 1);
  LaneMask carries = w.carries;
  w.each([&](unsigned lane) {
    UInt128 x = T(a[lane]), y = T(b[lane]);
    unsigned carry = i.b ? w.carries >> lane & 1 : 0;
    UInt128 sum;
    bool out;
    if (i.a) { // the carry flag holds a borrow
      sum = x - y - carry;
      out = x < y + carry;
    } else {
      sum = x + y + carry;
      out = sum >> (8 * sizeof(T)) & 1;
    }
    d[lane] = T(sum);
    if (i.c)
      carries = (carries & ~(1u << lane)) | LaneMask(out) << lane;
  });
  w.carries = carries;
}

// Multiply and add with carry: d says the high half.
template <typename T> void carryMad(Warp &w, const Instruction &i) {
  std::uint64_t *d = w.out(i);
  const std::uint64_t *a = w.in(i, 0), *b = w.in(i, 1), *c = w.in(i, 2);
  LaneMask carries = w.carries;
  w.each([&](unsigned lane) {
    T x = T(a[lane]), y = T(b[lane]);
    using U = Unsigned<T>;
    UInt128 part = i.d ? U(MulHi()(x, y)) : U(MulLo()(x, y));
    UInt128 sum = part + U(c[lane]) + (i.b ? w.carries >> lane & 1 : 0);
    d[lane] = U(sum);
    if (i.c)
      carries = (carries & ~(1u << lane)) | LaneMask(sum >> (8 * sizeof(T)) & 1)
                                                << lane;
  });
  w.carries = carries;
}

Handler carryHandler(Tag tag, bool multiplies) {
  switch (tag) {
  case Tag::U32:
    return multiplies ? carryMad<std::uint32_t> : carryAdd<std::uint32_t>;
  case Tag::S32:
    return multiplies ? carryMad<std::int32_t> : carryAdd<std::uint32_t>;
  case Tag::U64:
    return multiplies ? carryMad<std::uint64_t> : carryAdd<std::uint64_t>;
  case Tag::S64:
    return multiplies ? carryMad<std::int64_t> : carryAdd<std::uint64_t>;
  default:
    return nullptr;
  }
}

void decodeCarry(Decoding &d, bool subtracts, bool reads) {
  d.instruction.a = subtracts;
  d.instruction.b = reads;
  d.instruction.c = d.take("cc");
  Tag type = d.type();
  decodePlain(d, carryHandler(type, false), 2, type, OpClass::Integer);
}

// The 32-bit results of 64-bit sources.
template <typename T, typename Op> void count(Warp &w, const Instruction &i) {
  std::uint64_t *d = w.out(i);
  const std::uint64_t *a = w.in(i, 0);
  w.each([&](unsigned lane) { d[lane] = std::uint32_t(Op()(T(a[lane]))); });
}

template <typename T> void bfind(Warp &w, const Instruction &i) {
  std::uint64_t *d = w.out(i);
  const std::uint64_t *a = w.in(i, 0);
  w.each([&](unsigned lane) {
    T x = T(a[lane]);
    using U = Unsigned<T>;
    U y = x < 0 ? U(~x) : U(x);
    constexpr unsigned bits = 8 * sizeof(T);
    std::uint32_t at = y ? bits - 1 - unsigned(std::countl_zero(y)) : ~0u;
    d[lane] = i.a && y ? bits - 1 - at : at;
  });
}

template <typename T> void bfe(Warp &w, const Instruction &i) {
  std::uint64_t *d = w.out(i);
  const std::uint64_t *a = w.in(i, 0), *b = w.in(i, 1), *c = w.in(i, 2);
  constexpr unsigned bits = 8 * sizeof(T);
  using U = Unsigned<T>;
  w.each([&](unsigned lane) {
    U x = U(a[lane]);
    // Wide ones look at all bits of the position.
    auto at = std::uint32_t(b[lane]);
    unsigned length = c[lane] & 255;
    if (sizeof(T) == 4)
      at &= 255;
    bool sign =
        std::is_signed_v<T> && length &&
        (x >> (at >= bits ? bits - 1 : std::min(at + length - 1, bits - 1)) &
         1);
    U field = at < bits ? U(x >> at) : U(0);
    U kept = 0;
    unsigned valid = at < bits ? std::min(length, bits - at) : 0;
    U mask = valid >= bits ? U(~U(0)) : U((U(1) << valid) - 1);
    kept = field & mask;
    if (sign)
      kept |= U(~mask);
    d[lane] = kept;
  });
}

template <typename T> void bfi(Warp &w, const Instruction &i) {
  std::uint64_t *d = w.out(i);
  const std::uint64_t *a = w.in(i, 0), *b = w.in(i, 1), *c = w.in(i, 2),
                      *e = w.in(i, 3);
  constexpr unsigned bits = 8 * sizeof(T);
  w.each([&](unsigned lane) {
    auto at = std::uint32_t(c[lane]);
    unsigned length = e[lane] & 255;
    if (sizeof(T) == 4)
      at &= 255;
    T mask = 0;
    if (at < bits && length) {
      unsigned valid = std::min(length, bits - at);
      mask = T((valid >= bits ? T(~T(0)) : T((T(1) << valid) - 1)) << at);
    }
    T placed = at < bits ? T(T(a[lane]) << at) : T(0);
    d[lane] = T((placed & mask) | (T(b[lane]) & ~mask));
  });
}

template <typename T, bool left> void shift(Warp &w, const Instruction &i) {
  std::uint64_t *d = w.out(i);
  const std::uint64_t *a = w.in(i, 0), *b = w.in(i, 1);
  constexpr unsigned bits = 8 * sizeof(T);
  using U = Unsigned<T>;
  w.each([&](unsigned lane) {
    auto by = std::uint32_t(b[lane]);
    T x = T(a[lane]);
    if constexpr (left)
      d[lane] = by >= bits ? U(0) : U(U(x) << by);
    else
      d[lane] = U(T(x >> std::min<std::uint32_t>(by, bits - 1))) &
                (std::is_signed_v<T> || by < bits ? U(~U(0)) : U(0));
  });
}

// a: to the right. b: wrap.
void funnel(Warp &w, const Instruction &i) {
  std::uint64_t *d = w.out(i);
  const std::uint64_t *a = w.in(i, 0), *b = w.in(i, 1), *c = w.in(i, 2);
  w.each([&](unsigned lane) {
    auto by = std::uint32_t(c[lane]);
    by = i.b ? by & 31 : std::min(by, 32u);
    std::uint64_t word = (b[lane] & 0xffffffff) << 32 | (a[lane] & 0xffffffff);
    d[lane] = std::uint32_t(i.a ? word >> by : word << by >> 32);
  });
}

void lop3(Warp &w, const Instruction &i) {
  std::uint64_t *d = w.out(i);
  const std::uint64_t *a = w.in(i, 0), *b = w.in(i, 1), *c = w.in(i, 2);
  w.each([&](unsigned lane) {
    std::uint32_t result = 0, x = std::uint32_t(a[lane]),
                  y = std::uint32_t(b[lane]), z = std::uint32_t(c[lane]);
    for (unsigned k = 0; k < 8; ++k)
      if (i.immediate >> k & 1)
        result |= (k & 4 ? x : ~x) & (k & 2 ? y : ~y) & (k & 1 ? z : ~z);
    d[lane] = result;
  });
}

// a: 0 for a selection by nibbles, else the mode's number.
void prmt(Warp &w, const Instruction &i) {
  std::uint64_t *d = w.out(i);
  const std::uint64_t *a = w.in(i, 0), *b = w.in(i, 1), *c = w.in(i, 2);
  w.each([&](unsigned lane) {
    std::uint64_t word = (b[lane] & 0xffffffff) << 32 | (a[lane] & 0xffffffff);
    std::uint32_t result = 0;
    unsigned s = c[lane] & 3;
    static constexpr std::uint16_t orders[7][4] = {
        {},
        {0x3210, 0x4321, 0x5432, 0x6543},
        {0x5670, 0x6701, 0x7012, 0x0123},
        {0x0000, 0x1111, 0x2222, 0x3333},
        {0x3210, 0x3211, 0x3222, 0x3333},
        {0x0000, 0x1110, 0x2210, 0x3210},
        {0x1010, 0x3232, 0x1010, 0x3232}};
    std::uint32_t order = i.a ? orders[i.a][s] : std::uint32_t(c[lane]);
    for (unsigned k = 0; k < 4; ++k) {
      unsigned pick = order >> (4 * k);
      auto byte = std::uint8_t(word >> (8 * (pick & 7)));
      if (pick & 8)
        byte = byte & 0x80 ? 0xff : 0;
      result |= std::uint32_t(byte) << (8 * k);
    }
    d[lane] = result;
  });
}

void fns(Warp &w, const Instruction &i) {
  std::uint64_t *d = w.out(i);
  const std::uint64_t *a = w.in(i, 0), *b = w.in(i, 1), *c = w.in(i, 2);
  w.each([&](unsigned lane) {
    auto mask = std::uint32_t(a[lane]);
    int at = int(b[lane] & 31), offset = std::int32_t(c[lane]);
    std::uint32_t result = ~0u;
    if (offset == 0) {
      if (mask >> at & 1)
        result = std::uint32_t(at);
    } else {
      int step = offset > 0 ? 1 : -1, wanted = std::abs(offset);
      for (int k = at; k >= 0 && k < 32; k += step)
        if ((mask >> k & 1) && --wanted == 0) {
          result = std::uint32_t(k);
          break;
        }
    }
    d[lane] = result;
  });
}

void bmsk(Warp &w, const Instruction &i) {
  std::uint64_t *d = w.out(i);
  const std::uint64_t *a = w.in(i, 0), *b = w.in(i, 1);
  w.each([&](unsigned lane) {
    auto at = std::uint32_t(a[lane]), length = std::uint32_t(b[lane]);
    if (i.a)
      at &= 31, length &= 31;
    std::uint64_t ones = length >= 32 ? 0xffffffffull : (1ull << length) - 1;
    d[lane] = at >= 32 ? 0 : (ones << at) & 0xffffffff;
  });
}

void szext(Warp &w, const Instruction &i) {
  std::uint64_t *d = w.out(i);
  const std::uint64_t *a = w.in(i, 0), *b = w.in(i, 1);
  w.each([&](unsigned lane) {
    auto x = std::uint32_t(a[lane]), width = std::uint32_t(b[lane]);
    if (i.a)
      width &= 31;
    if (width >= 32) {
      d[lane] = x;
      return;
    }
    std::uint32_t mask = (1u << width) - 1;
    bool sign = i.b && width && (x >> (width - 1) & 1);
    d[lane] = sign ? (x | ~mask) : (x & mask);
  });
}

// a, b: signedness of the factors. c: bytes by halves, d: the high bytes.
void dotProduct(Warp &w, const Instruction &i) {
  std::uint64_t *d = w.out(i);
  const std::uint64_t *a = w.in(i, 0), *b = w.in(i, 1), *c = w.in(i, 2);
  w.each([&](unsigned lane) {
    std::int64_t sum = 0;
    for (unsigned k = 0; k < (i.c ? 2u : 4u); ++k) {
      unsigned at = 8 * (i.c ? k + (i.d ? 2 : 0) : k);
      std::int64_t y = i.b ? std::int64_t(std::int8_t(b[lane] >> at))
                           : std::int64_t(std::uint8_t(b[lane] >> at));
      std::int64_t x;
      if (i.c)
        x = i.a ? std::int64_t(std::int16_t(a[lane] >> (16 * k)))
                : std::int64_t(std::uint16_t(a[lane] >> (16 * k)));
      else
        x = i.a ? std::int64_t(std::int8_t(a[lane] >> at))
                : std::int64_t(std::uint8_t(a[lane] >> at));
      sum += x * y;
    }
    d[lane] = std::uint32_t(std::uint32_t(c[lane]) + std::uint32_t(sum));
  });
}

// Video instructions of words, halves and bytes, all signed and without masks:
// a: the operation, b: parts of a word. The third operand stands in where a
// part is not computed.
enum class Video : std::uint8_t { Add, Sub, AbsDiff, Min, Max };

void video(Warp &w, const Instruction &i) {
  std::uint64_t *d = w.out(i);
  const std::uint64_t *a = w.in(i, 0), *b = w.in(i, 1), *c = w.in(i, 2);
  unsigned bits = 32 / i.b;
  w.each([&](unsigned lane) {
    std::uint32_t result = 0;
    for (unsigned k = 0; k < i.b; ++k) {
      auto part = [&](std::uint64_t word) {
        return std::int64_t(std::uint32_t(word) << (32 - bits * (k + 1)))
                   << 32 >>
               (64 - bits);
      };
      std::int64_t x = part(a[lane]), y = part(b[lane]), z = 0;
      switch (Video(i.a)) {
      case Video::Add:
        z = x + y;
        break;
      case Video::Sub:
        z = x - y;
        break;
      case Video::AbsDiff:
        z = std::abs(x - y);
        break;
      case Video::Min:
        z = std::min(x, y);
        break;
      case Video::Max:
        z = std::max(x, y);
        break;
      }
      std::uint64_t mask = bits == 32 ? 0xffffffffull : (1ull << bits) - 1;
      result |= std::uint32_t((std::uint64_t(z) & mask) << (bits * k));
    }
    (void)c;
    d[lane] = result;
  });
}

void decodeVideo(Decoding &d, Video operation, unsigned parts) {
  for (unsigned k = 0; k < 3; ++k)
    if (d.type() != Tag::S32)
      d.fail("is supported for .s32 only");
  d.instruction.a = std::uint8_t(operation);
  d.instruction.b = std::uint8_t(parts);
  decodePlain(d, video, 3, Tag::S32, OpClass::Integer);
}

template <typename Op> void decodeLogic(Decoding &d) {
  Tag type = d.type();
  Handler handler = type == Tag::Pred ? Handler(binary<std::uint8_t, Op>)
                                      : binaryOf<Op>(type);
  decodePlain(d, handler, 2, type, OpClass::Integer);
}

struct NotPredicate {
  template <typename T> T operator()(T a) const { return T(!a); }
};

} // namespace

bool ferro::emulator::decodeIntegerAdd(Decoding &d, Tag type, bool subtracts) {
  if (isFloat(type))
    return false;
  if (type == Tag::S16x2 || type == Tag::U16x2) {
    if (subtracts)
      d.fail("is not defined for this type");
    decodePackedHalves(d, Packed::Add, type);
  } else if (d.take("cc")) {
    d.instruction.a = subtracts;
    d.instruction.c = 1;
    decodePlain(d, carryHandler(type, false), 2, type, OpClass::Integer);
  } else if (d.take("sat")) {
    if (type != Tag::S32)
      d.fail("saturates .s32 only");
    decodePlain(d, subtracts ? binaryOf<SubSat>(type) : binaryOf<AddSat>(type),
                2, type, OpClass::Integer);
  } else {
    decodePlain(d, subtracts ? binaryOf<Sub>(type) : binaryOf<Add>(type), 2,
                type, OpClass::Integer);
  }
  return true;
}

bool ferro::emulator::decodeIntegerMul(Decoding &d, Tag type) {
  if (isFloat(type))
    return false;
  Handler handler = d.take("wide") ? wideOf(type)
                    : d.take("hi") ? binaryOf<MulHi>(type)
                                   : nullptr;
  if (!handler) {
    d.one({"lo"});
    handler = binaryOf<MulLo>(type);
  }
  decodePlain(d, handler, 2, type, OpClass::Integer);
  return true;
}

bool ferro::emulator::decodeIntegerMinMax(Decoding &d, Tag type, bool isMax) {
  if (isFloat(type))
    return false;
  bool relu = d.take("relu");
  if (type == Tag::S16x2 || type == Tag::U16x2) {
    decodePackedHalves(d, Packed(1 + isMax + 2 * relu), type);
    return true;
  }
  Handler handler =
      relu    ? isMax ? binaryOf<MaxRelu>(type) : binaryOf<MinRelu>(type)
      : isMax ? binaryOf<Max>(type)
              : binaryOf<Min>(type);
  decodePlain(d, handler, 2, type, OpClass::Integer);
  return true;
}

bool ferro::emulator::decodeIntegerSign(Decoding &d, Tag type, bool negates) {
  if (isFloat(type))
    return false;
  decodePlain(d, negates ? unaryOf<Neg>(type) : unaryOf<Abs>(type), 1, type,
              OpClass::Integer);
  return true;
}

bool ferro::emulator::decodeIntegerMad(Decoding &d, Tag type) {
  if (isFloat(type))
    return false;
  bool sets = d.take("cc");
  if (d.take("wide")) {
    Handler handler = wideOf(type);
    if (!handler)
      d.fail("is not defined for this type");
    d.expectOperands(4);
    d.result(0);
    d.source(1, type);
    d.source(2, type);
    d.source(3, bitsOf(type) == 16 ? Tag::B32 : Tag::B64);
    d.emit(handler, OpClass::Integer);
    return true;
  }
  bool high = d.one({"lo", "hi"});
  bool saturates = d.take("sat");
  Handler handler = saturates ? ternaryOf<MadHiSat>(type)
                    : high    ? ternaryOf<MadHi>(type)
                              : ternaryOf<MadLo>(type);
  if (sets) {
    d.instruction.c = 1;
    d.instruction.d = high;
    handler = carryHandler(type, true);
  }
  decodePlain(d, handler, 3, type, OpClass::Integer);
  return true;
}

namespace ferro::emulator {

void decodeAddc(Decoding &d) { decodeCarry(d, false, true); }
void decodeSubc(Decoding &d) { decodeCarry(d, true, true); }
void decodeMadc(Decoding &d) {
  d.instruction.b = 1;
  d.instruction.c = d.take("cc");
  d.instruction.d = std::uint8_t(d.one({"lo", "hi"}));
  Tag type = d.type();
  decodePlain(d, carryHandler(type, true), 3, type, OpClass::Integer);
}
void decodeMul24(Decoding &d) {
  bool high = d.one({"lo", "hi"});
  Tag type = d.type();
  Handler handler = bitsOf(type) != 32 ? nullptr
                    : high             ? binaryOf<Mul24Hi>(type)
                                       : binaryOf<Mul24Lo>(type);
  decodePlain(d, handler, 2, type, OpClass::Integer);
}
void decodeMad24(Decoding &d) {
  bool high = d.one({"lo", "hi"}), saturates = d.take("sat");
  Tag type = d.type();
  Handler handler = bitsOf(type) != 32 ? nullptr
                    : saturates        ? ternaryOf<Mad24HiSat>(type)
                    : high             ? ternaryOf<Mad24Hi>(type)
                                       : ternaryOf<Mad24Lo>(type);
  decodePlain(d, handler, 3, type, OpClass::Integer);
}
void decodeRem(Decoding &d) {
  Tag type = d.type();
  decodePlain(d, binaryOf<Rem>(type), 2, type, OpClass::Integer);
}
bool decodeIntegerDiv(Decoding &d, Tag type) {
  if (isFloat(type))
    return false;
  decodePlain(d, binaryOf<Div>(type), 2, type, OpClass::Integer);
  return true;
}
void decodeSad(Decoding &d) {
  Tag type = d.type();
  decodePlain(d, ternaryOf<Sad>(type), 3, type, OpClass::Integer);
}
void decodeAnd(Decoding &d) { decodeLogic<And>(d); }
void decodeOr(Decoding &d) { decodeLogic<Or>(d); }
void decodeXor(Decoding &d) { decodeLogic<Xor>(d); }
void decodeNot(Decoding &d) {
  Tag type = d.type();
  decodePlain(d,
              type == Tag::Pred ? Handler(unary<std::uint8_t, NotPredicate>)
                                : unaryOf<Not>(type),
              1, type, OpClass::Integer);
}
void decodeCnot(Decoding &d) {
  Tag type = d.type();
  decodePlain(d, unaryOf<Cnot>(type), 1, type, OpClass::Integer);
}
void decodeBrev(Decoding &d) {
  Tag type = d.type();
  decodePlain(d, unaryOf<Brev>(type), 1, type, OpClass::Integer);
}
void decodePopc(Decoding &d) {
  Tag type = d.type();
  decodePlain(d,
              type == Tag::B32   ? count<std::uint32_t, Popc>
              : type == Tag::B64 ? count<std::uint64_t, Popc>
                                 : nullptr,
              1, type, OpClass::Integer);
}
void decodeClz(Decoding &d) {
  Tag type = d.type();
  decodePlain(d,
              type == Tag::B32   ? count<std::uint32_t, Clz>
              : type == Tag::B64 ? count<std::uint64_t, Clz>
                                 : nullptr,
              1, type, OpClass::Integer);
}
void decodeBfind(Decoding &d) {
  d.instruction.a = d.take("shiftamt");
  Tag type = d.type();
  decodePlain(
      d,
      forInteger(type,
                 [](auto zero) -> Handler { return bfind<decltype(zero)>; }),
      1, type, OpClass::Integer);
}
void decodeBfe(Decoding &d) {
  Tag type = d.type();
  decodePlain(
      d,
      forInteger(type,
                 [](auto zero) -> Handler { return bfe<decltype(zero)>; }),
      3, type, OpClass::Integer);
}
void decodeBfi(Decoding &d) {
  Tag type = d.type();
  decodePlain(d,
              type == Tag::B32   ? bfi<std::uint32_t>
              : type == Tag::B64 ? bfi<std::uint64_t>
                                 : nullptr,
              4, type, OpClass::Integer);
}
static void decodeShift(Decoding &d, bool left) {
  Tag type = d.type();
  Handler handler = forInteger(type, [&](auto zero) -> Handler {
    return left ? shift<decltype(zero), true> : shift<decltype(zero), false>;
  });
  if (!handler)
    d.fail("is not defined for this type");
  d.expectOperands(3);
  d.result(0);
  d.source(1, type);
  d.source(2, Tag::U32);
  d.emit(handler, OpClass::Integer);
}
void decodeShl(Decoding &d) { decodeShift(d, true); }
void decodeShr(Decoding &d) { decodeShift(d, false); }
void decodeShf(Decoding &d) {
  d.instruction.a = std::uint8_t(d.one({"l", "r"}));
  d.instruction.b = std::uint8_t(d.one({"clamp", "wrap"}));
  decodePlain(d, funnel, 3, d.type(), OpClass::Integer);
}
void decodeLop3(Decoding &d) {
  if (d.type() != Tag::B32)
    d.fail("is supported for .b32 only");
  d.expectOperands(5);
  d.instruction.immediate = d.number(4);
  d.result(0);
  for (unsigned n = 1; n < 4; ++n)
    d.source(n, Tag::B32);
  d.emit(lop3, OpClass::Integer);
}
void decodePrmt(Decoding &d) {
  Tag type = d.type();
  auto mode = d.takeOne({"f4e", "b4e", "rc8", "ecl", "ecr", "rc16"});
  d.instruction.a = std::uint8_t(mode ? *mode + 1 : 0);
  decodePlain(d, prmt, 3, type, OpClass::Integer);
}
void decodeFns(Decoding &d) {
  decodePlain(d, fns, 3, d.type(), OpClass::Integer);
}
void decodeBmsk(Decoding &d) {
  d.instruction.a = std::uint8_t(d.one({"clamp", "wrap"}));
  decodePlain(d, bmsk, 2, d.type(), OpClass::Integer);
}
void decodeSzext(Decoding &d) {
  d.instruction.a = std::uint8_t(d.one({"clamp", "wrap"}));
  Tag type = d.type();
  d.instruction.b = isSigned(type);
  decodePlain(d, szext, 2, type, OpClass::Integer);
}
static void decodeDotProduct(Decoding &d, bool halves) {
  d.instruction.c = halves;
  if (halves)
    d.instruction.d = std::uint8_t(d.one({"lo", "hi"}));
  d.instruction.a = isSigned(d.type());
  d.instruction.b = isSigned(d.type());
  decodePlain(d, dotProduct, 3, Tag::B32, OpClass::Integer);
}
void decodeDp4a(Decoding &d) { decodeDotProduct(d, false); }
void decodeDp2a(Decoding &d) { decodeDotProduct(d, true); }

#define FERRO_VIDEO(name, Name)                                                \
  void decodeV##name(Decoding &d) { decodeVideo(d, Video::Name, 1); }          \
  void decodeV##name##2(Decoding & d) { decodeVideo(d, Video::Name, 2); }      \
  void decodeV##name##4(Decoding & d) { decodeVideo(d, Video::Name, 4); }
FERRO_VIDEO(add, Add)
FERRO_VIDEO(sub, Sub)
FERRO_VIDEO(absdiff, AbsDiff)
FERRO_VIDEO(min, Min)
FERRO_VIDEO(max, Max)
#undef FERRO_VIDEO

} // namespace ferro::emulator
