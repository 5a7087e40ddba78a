// Comparisons and what depends on them.
#include "emulator/Half.h"
#include "emulator/Lanes.h"

#include <algorithm>

using namespace ferro::emulator;

namespace {

/// In the order of the list in \c takeComparison.
enum class Relation : std::uint8_t {
  Eq,
  Ne,
  Lt,
  Le,
  Gt,
  Ge,
  Equ,
  Neu,
  Ltu,
  Leu,
  Gtu,
  Geu,
  Num,
  Nan
};

/// Of what is compared.
enum class Compared : std::uint8_t {
  Signed,
  Unsigned,
  Single,
  Double,
  Half,
  Bfloat
};

// An instruction's a is the relation, b flags, c what is compared, d its bits,
// 16 twice for pairs.
constexpr unsigned flagFtz = 1, flagAnd = 2, flagOr = 4, flagXor = 8,
                   flagNegated = 16, flagPair = 32;

bool holds(Relation relation, bool less, bool equal, bool unordered) {
  switch (relation) {
  case Relation::Eq:
    return !unordered && equal;
  case Relation::Ne:
    return !unordered && !equal;
  case Relation::Lt:
    return !unordered && less;
  case Relation::Le:
    return !unordered && (less || equal);
  case Relation::Gt:
    return !unordered && !less && !equal;
  case Relation::Ge:
    return !unordered && !less;
  case Relation::Equ:
    return unordered || equal;
  case Relation::Neu:
    return unordered || !equal;
  case Relation::Ltu:
    return unordered || less;
  case Relation::Leu:
    return unordered || less || equal;
  case Relation::Gtu:
    return unordered || (!less && !equal);
  case Relation::Geu:
    return unordered || !less;
  case Relation::Num:
    return !unordered;
  case Relation::Nan:
    return unordered;
  }
  return false;
}

template <typename T> bool compareAs(Relation relation, T a, T b) {
  if constexpr (std::is_floating_point_v<T>)
    return holds(relation, a < b, a == b, std::isnan(a) || std::isnan(b));
  else
    return holds(relation, a < b, a == b, false);
}

double halfValue(const Instruction &i, std::uint64_t bits) {
  const Format &format =
      Compared(i.c) == Compared::Bfloat ? bfloatFormat : halfFormat;
  bits &= 0xffff;
  if (i.b & flagFtz && (bits & format.infinity()) == 0)
    bits &= format.sign();
  return widen(format, bits);
}

bool compareBits(const Instruction &i, std::uint64_t a, std::uint64_t b) {
  auto relation = Relation(i.a);
  unsigned shift = 64 - std::min<unsigned>(i.d, 64);
  switch (Compared(i.c)) {
  case Compared::Signed:
    return compareAs(relation, std::int64_t(a << shift) >> shift,
                     std::int64_t(b << shift) >> shift);
  case Compared::Unsigned:
    return compareAs(relation, a << shift, b << shift);
  case Compared::Single: {
    float x = single(a), y = single(b);
    if (i.b & flagFtz)
      x = flushed(x), y = flushed(y);
    return compareAs(relation, x, y);
  }
  case Compared::Double:
    return compareAs(relation, real(a), real(b));
  case Compared::Half:
  case Compared::Bfloat:
    return compareAs(relation, halfValue(i, a), halfValue(i, b));
  }
  return false;
}

bool combined(const Instruction &i, bool value, bool other) {
  if (i.b & flagNegated)
    other = !other;
  if (i.b & flagAnd)
    return value && other;
  if (i.b & flagOr)
    return value || other;
  if (i.b & flagXor)
    return value != other;
  return value;
}

void setp(Warp &w, const Instruction &i) {
  const std::uint64_t *a = w.in(i, 0), *b = w.in(i, 1);
  const std::uint64_t *other = i.sources > 2 ? w.in(i, 2) : nullptr;
  std::uint64_t *p = w.out(i), *q = i.results > 1 ? w.out(i, 1) : nullptr;
  w.each([&](unsigned lane) {
    bool with = other && other[lane] & 1;
    bool value = compareBits(i, a[lane], b[lane]);
    if (i.b & flagPair) {
      bool second = compareBits(i, a[lane] >> 16, b[lane] >> 16);
      p[lane] = combined(i, value, with);
      q[lane] = combined(i, second, with);
      return;
    }
    if (q)
      q[lane] = combined(i, !value, with);
    p[lane] = combined(i, value, with);
  });
}

/// The plain comparisons that most kernels have.
template <typename T, typename Op>
void setpFast(Warp &w, const Instruction &i) {
  const std::uint64_t *a = w.in(i, 0), *b = w.in(i, 1);
  std::uint64_t *p = w.out(i);
  w.each([&](unsigned lane) {
    p[lane] = Op()(unpack<T>(a[lane]), unpack<T>(b[lane]));
  });
}

template <typename T> Handler fastHandler(Relation relation) {
  switch (relation) {
  case Relation::Eq:
    return setpFast<T, std::equal_to<>>;
  case Relation::Ne:
    return setpFast<T, std::not_equal_to<>>;
  case Relation::Lt:
    return setpFast<T, std::less<>>;
  case Relation::Le:
    return setpFast<T, std::less_equal<>>;
  case Relation::Gt:
    return setpFast<T, std::greater<>>;
  case Relation::Ge:
    return setpFast<T, std::greater_equal<>>;
  default:
    return nullptr;
  }
}

// The results of set: immediate is what stands for true.
void setValue(Warp &w, const Instruction &i) {
  const std::uint64_t *a = w.in(i, 0), *b = w.in(i, 1);
  std::uint64_t *d = w.out(i);
  w.each([&](unsigned lane) {
    std::uint64_t result =
        compareBits(i, a[lane], b[lane]) ? std::uint64_t(i.immediate) : 0;
    if (i.b & flagPair && compareBits(i, a[lane] >> 16, b[lane] >> 16))
      result |= std::uint64_t(i.immediate) << 16;
    d[lane] = result;
  });
}

void select(Warp &w, const Instruction &i) {
  const std::uint64_t *a = w.in(i, 0), *b = w.in(i, 1), *p = w.in(i, 2);
  std::uint64_t *d = w.out(i);
  w.each([&](unsigned lane) {
    d[lane] = (p[lane] & 1) != i.a ? a[lane] : b[lane];
  });
}

// a: the condition is an f32, else an s32; b: ftz.
void slct(Warp &w, const Instruction &i) {
  const std::uint64_t *a = w.in(i, 0), *b = w.in(i, 1), *c = w.in(i, 2);
  std::uint64_t *d = w.out(i);
  w.each([&](unsigned lane) {
    float x = single(c[lane]);
    if (i.b)
      x = flushed(x);
    bool first = i.a ? x >= 0 : std::int32_t(c[lane]) >= 0;
    d[lane] = first ? a[lane] : b[lane];
  });
}

Relation takeRelation(Decoding &d) {
  unsigned index =
      d.one({"eq", "ne", "lt", "le", "gt", "ge", "equ", "neu", "ltu", "leu",
             "gtu", "geu", "num", "nan", "lo", "ls", "hi", "hs"});
  static constexpr Relation unsignedNames[] = {Relation::Lt, Relation::Le,
                                               Relation::Gt, Relation::Ge};
  return index < 14 ? Relation(index) : unsignedNames[index - 14];
}

void describe(Decoding &d, Tag type) {
  Instruction &i = d.instruction;
  i.d = std::uint8_t(bitsOf(type));
  i.c = std::uint8_t(isSigned(type) ? Compared::Signed : Compared::Unsigned);
  if (type == Tag::F32)
    i.c = std::uint8_t(Compared::Single);
  if (type == Tag::F64)
    i.c = std::uint8_t(Compared::Double);
  if (type == Tag::F16 || type == Tag::F16x2)
    i.c = std::uint8_t(Compared::Half);
  if (type == Tag::BF16 || type == Tag::BF16x2)
    i.c = std::uint8_t(Compared::Bfloat);
  if (type == Tag::F16x2 || type == Tag::BF16x2)
    i.b |= flagPair;
}

} // namespace

namespace ferro::emulator {

void decodeSetp(Decoding &d) {
  Instruction &i = d.instruction;
  Relation relation = takeRelation(d);
  i.a = std::uint8_t(relation);
  if (auto combination = d.takeOne({"and", "or", "xor"}))
    i.b |= std::uint8_t(flagAnd << *combination);
  i.b |= d.take("ftz") ? flagFtz : 0;
  Tag type = d.type();
  describe(d, type);
  bool combines = i.b & (flagAnd | flagOr | flagXor);
  d.expectOperands(combines ? 4 : 3);
  const Operand &first = d.operand(0);
  bool pair = first.kind == Operand::Kind::Pair;
  d.result(pair ? first.elements[0] : first);
  if (pair)
    d.result(first.elements[1]);
  else if (i.b & flagPair)
    d.fail("needs two predicates for two elements");
  d.source(1, type);
  d.source(2, type);
  if (combines) {
    d.source(3, Tag::Pred);
    i.b |= d.operand(3).negated ? flagNegated : 0;
  }
  Handler handler = nullptr;
  if (!pair && !combines && !(i.b & flagFtz)) {
    if (type == Tag::F32)
      handler =
          relation == Relation::Ne ? nullptr : fastHandler<float>(relation);
    else if (type == Tag::F64)
      handler =
          relation == Relation::Ne ? nullptr : fastHandler<double>(relation);
    else if (!isFloat(type) && type != Tag::Pred)
      handler = forInteger(type, [&](auto zero) {
        return fastHandler<decltype(zero)>(relation);
      });
  }
  d.emit(handler ? handler : setp, OpClass::Integer);
}

void decodeSet(Decoding &d) {
  Instruction &i = d.instruction;
  i.a = std::uint8_t(takeRelation(d));
  i.b |= d.take("ftz") ? flagFtz : 0;
  Tag to = d.type(), type = d.type();
  describe(d, type);
  switch (to) {
  case Tag::U32:
  case Tag::S32:
    i.immediate = 0xffffffff;
    break;
  case Tag::F32:
    i.immediate = 0x3f800000;
    break;
  case Tag::U16:
  case Tag::S16:
    i.immediate = 0xffff;
    break;
  case Tag::F16:
  case Tag::F16x2:
    i.immediate = 0x3c00;
    break;
  case Tag::BF16:
  case Tag::BF16x2:
    i.immediate = 0x3f80;
    break;
  default:
    d.fail("has a result type that is not supported");
  }
  decodePlain(d, setValue, 2, type, OpClass::Integer);
}

void decodeSelp(Decoding &d) {
  Tag type = d.type();
  d.expectOperands(4);
  d.result(0);
  d.source(1, type);
  d.source(2, type);
  d.source(3, Tag::Pred);
  d.instruction.a = d.operand(3).negated;
  d.emit(select, OpClass::Integer);
}

void decodeSlct(Decoding &d) {
  d.instruction.b = d.take("ftz");
  Tag type = d.type(), condition = d.type();
  if (condition != Tag::F32 && condition != Tag::S32)
    d.fail("selects by .f32 or .s32");
  d.instruction.a = condition == Tag::F32;
  d.expectOperands(4);
  d.result(0);
  d.source(1, type);
  d.source(2, type);
  d.source(3, condition);
  d.emit(slct, OpClass::Integer);
}

} // namespace ferro::emulator
