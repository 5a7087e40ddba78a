// Matrix products of a warp: mma.sync, wmma, and the moves of fragments.
#include "emulator/Matrix.h"
#include "emulator/Lanes.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>

using namespace ferro::emulator;

namespace {

/// What an mma is, beside the instruction.
struct Product {
  unsigned m, n, k;
  Tag d, a, b, c;
  bool aByColumn = false, bByRow = false; ///< of m8n8k4
  bool saturates = false, xors = false;
  unsigned aRegisters, bRegisters, cRegisters;
};

/// The element at (row, k) of a fragment's register: PTX's figures in one
/// formula, e elements of a register.
struct Place {
  unsigned row, column;
};
Place placeOfA(unsigned lane, unsigned reg, unsigned element, unsigned e) {
  return {lane / 4 + 8 * (reg % 2), lane % 4 * e + element + 4 * e * (reg / 2)};
}

std::uint64_t elementOf(std::uint64_t word, unsigned index, unsigned bits) {
  return bits >= 64 ? word : word >> (index * bits) & ((1ull << bits) - 1);
}

unsigned storageBits(Tag tag) { return tag == Tag::TF32 ? 32 : bitsOf(tag); }

/// Fills a[row][k] and b[column][k] with the bits of elements.
void gather(Warp &w, const Instruction &i, const Product &p,
            std::vector<std::uint64_t> &a, std::vector<std::uint64_t> &b) {
  a.assign(p.m * p.k, 0);
  b.assign(p.n * p.k, 0);
  unsigned bits = storageBits(p.a), e = bits >= 32 ? 1 : 32 / bits;
  unsigned bitsB = storageBits(p.b);
  for (unsigned lane = 0; lane < lanes; ++lane) {
    for (unsigned r = 0; r < p.aRegisters; ++r)
      for (unsigned n = 0; n < e; ++n) {
        Place at = p.m == 8 ? Place{lane / 4, lane % 4 * e + n}
                            : placeOfA(lane, r, n, e);
        a[at.row * p.k + at.column] = elementOf(w.in(i, r)[lane], n, bits);
      }
    for (unsigned r = 0; r < p.bRegisters; ++r)
      for (unsigned n = 0; n < e; ++n)
        b[lane / 4 * p.k + lane % 4 * e + n + 4 * e * r] =
            elementOf(w.in(i, p.aRegisters + r)[lane], n, bitsB);
  }
}

std::uint64_t dotIntegers(const Product &p, const std::uint64_t *a,
                          const std::uint64_t *b, std::uint64_t c) {
  std::int64_t sum = std::int32_t(c);
  if (p.a == Tag::B1) {
    for (unsigned k = 0; k < p.k; ++k)
      sum += p.xors ? a[k] ^ b[k] : a[k] & b[k];
    return std::uint32_t(sum);
  }
  unsigned shiftA = 64 - bitsOf(p.a), shiftB = 64 - bitsOf(p.b);
  for (unsigned k = 0; k < p.k; ++k) {
    std::int64_t x = isSigned(p.a) ? std::int64_t(a[k] << shiftA) >> shiftA
                                   : std::int64_t(a[k]);
    std::int64_t y = isSigned(p.b) ? std::int64_t(b[k] << shiftB) >> shiftB
                                   : std::int64_t(b[k]);
    sum += x * y;
  }
  if (p.saturates)
    sum = std::clamp<std::int64_t>(sum, INT32_MIN, INT32_MAX);
  return std::uint32_t(sum);
}

std::uint64_t dotDoubles(const std::uint64_t *a, const std::uint64_t *b,
                         unsigned count, std::uint64_t c) {
  double sum = real(c);
  for (unsigned k = 0; k < count; ++k)
    sum = std::fma(real(a[k]), real(b[k]), sum);
  return std::isnan(sum) ? 0xfff8000000000000 : bitsOf(sum);
}

// The elements of the sum that a lane has: two neighbours in a row.
template <typename F> void eachSum(const Product &p, unsigned lane, F f) {
  bool halves = p.c == Tag::F16;
  unsigned perRegister = halves ? 2 : 1;
  for (unsigned n = 0; n < p.cRegisters * perRegister; ++n)
    f(n / perRegister, n % perRegister, lane / 4 + 8 * (n / 2),
      lane % 4 * 2 + n % 2);
}

std::uint64_t finishSingle(float value) {
  return std::isnan(value) ? 0x7fffffff : bitsOf(value);
}

/// An 8-bit float's f16, by which the hardware multiplies it.
std::uint64_t asHalf(Tag tag, std::uint64_t bits) {
  return roundTo(halfFormat, widen(formatOf(tag), bits), Rounding::Nearest);
}

// mma.sync of 8-bit floats is two of f16: the first has the lower two elements
// of each register.
void makeTerms(const Product &p, Tag tag,
               const std::vector<std::uint64_t> &bits,
               std::vector<Term> &terms) {
  terms.resize(bits.size());
  bool bytes = bitsOf(tag) == 8;
  unsigned drop = tag == Tag::TF32 ? 13 : 0;
  for (std::size_t n = 0; n < bits.size(); ++n) {
    if (!bytes) {
      terms[n] = termOf(formatOf(tag), bits[n] >> drop);
      continue;
    }
    std::size_t k = n % p.k, row = n - k;
    std::size_t moved = k / 2 % 2 * (p.k / 2) + k / 4 * 2 + k % 2;
    terms[row + moved] = termOf(halfFormat, asHalf(tag, bits[n]));
  }
}

void product(Warp &w, const Instruction &i) {
  if (!w.aligned(i))
    return;
  const auto &p = *static_cast<const Product *>(i.extra);
  static thread_local std::vector<std::uint64_t> a, b;
  static thread_local std::vector<Term> termsA, termsB;
  gather(w, i, p, a, b);
  bool floats = isFloat(p.a) && p.a != Tag::F64;
  DotModel model = modelOf(p.a, p.b, p.d, false);
  if (bitsOf(p.a) == 8)
    model.chunk = p.k / 2;
  if (floats) {
    makeTerms(p, p.a, a, termsA);
    makeTerms(p, p.b, b, termsB);
  }
  unsigned firstC = p.aRegisters + p.bRegisters;
  std::uint64_t results[8][lanes] = {};
  for (unsigned lane = 0; lane < lanes; ++lane)
    eachSum(
        p, lane,
        [&](unsigned reg, unsigned half, unsigned row, unsigned column) {
          std::uint64_t c = w.in(i, firstC + reg)[lane], value;
          if (p.a == Tag::F64)
            value = dotDoubles(&a[row * p.k], &b[column * p.k], p.k, c);
          else if (!floats)
            value = dotIntegers(p, &a[row * p.k], &b[column * p.k], c);
          else if (bitsOf(p.a) == 8) {
            // The products alone, then one addition.
            const Term *x = &termsA[row * p.k], *y = &termsB[column * p.k];
            if (p.d == Tag::F16) {
              double sum = widen(halfFormat, dotHalf(model, x, y, p.k, 0));
              double with = widen(halfFormat, c >> (16 * half) & 0xffff);
              value =
                  roundTo(halfFormat, addToOdd(sum, with), Rounding::Nearest)
                  << (16 * half);
            } else {
              value = finishSingle(single(dotSingle(model, x, y, p.k, 0)) +
                                   single(std::uint32_t(c)));
            }
          } else if (p.d == Tag::F16)
            value = std::uint64_t(dotHalf(model, &termsA[row * p.k],
                                          &termsB[column * p.k], p.k,
                                          std::uint16_t(c >> (16 * half))))
                    << (16 * half);
          else
            value = dotSingle(model, &termsA[row * p.k], &termsB[column * p.k],
                              p.k, std::uint32_t(c));
          results[reg][lane] |= value;
        });
  for (unsigned r = 0; r < i.results; ++r)
    std::copy_n(results[r], lanes, w.out(i, r));
}

// Newer hardware makes this product of f32 operations.
float chain(const float *a, const float *b) {
  float sum = 0;
  for (unsigned k = 0; k < 4; ++k)
    sum = std::fma(a[k], b[k], sum);
  return sum;
}

// mma.m8n8k4 of f16: four products, each of a quad and the one 16 lanes on.
void productOfQuads(Warp &w, const Instruction &i) {
  if (!w.aligned(i))
    return;
  const auto &p = *static_cast<const Product *>(i.extra);
  float a[4][8][4], b[4][8][4];
  for (unsigned lane = 0; lane < lanes; ++lane) {
    unsigned quad = lane / 4 % 4, high = lane < 16 ? 0 : 4;
    for (unsigned n = 0; n < 4; ++n) {
      auto x =
          float(widen(halfFormat, elementOf(w.in(i, n / 2)[lane], n % 2, 16)));
      auto y = float(
          widen(halfFormat, elementOf(w.in(i, 2 + n / 2)[lane], n % 2, 16)));
      (p.aByColumn ? a[quad][n + high][lane % 4]
                   : a[quad][lane % 4 + high][n]) = x;
      (p.bByRow ? b[quad][n + high][lane % 4] : b[quad][lane % 4 + high][n]) =
          y;
    }
  }
  bool halves = p.d == Tag::F16;
  std::uint64_t results[8][lanes] = {};
  for (unsigned lane = 0; lane < lanes; ++lane) {
    unsigned quad = lane / 4 % 4, high = lane < 16 ? 0 : 4;
    for (unsigned n = 0; n < 8; ++n) {
      unsigned row = halves ? lane % 4 + high : (lane & 1) + (n & 2) + high;
      unsigned column = halves ? n : (n & 4) + (lane & 2) + (n & 1);
      const float *x = a[quad][row], *y = b[quad][column];
      if (halves) {
        auto c = std::uint16_t(w.in(i, 4 + n / 2)[lane] >> (16 * (n % 2)));
        auto sum = addToOdd(chain(x, y), widen(halfFormat, c));
        results[n / 2][lane] |= roundTo(halfFormat, sum, Rounding::Nearest)
                                << (16 * (n % 2));
      } else {
        results[n][lane] =
            finishSingle(chain(x, y) + single(w.in(i, 4 + n)[lane]));
      }
    }
  }
  for (unsigned r = 0; r < i.results; ++r)
    std::copy_n(results[r], lanes, w.out(i, r));
}

// ldmatrix: a is the matrices, b says transposed.
void loadMatrix(Warp &w, const Instruction &i) {
  if (!w.aligned(i))
    return;
  const std::uint64_t *addresses = w.in(i, 0);
  std::uint16_t elements[4][8][8] = {};
  for (unsigned lane = 0; lane < 8u * i.a; ++lane)
    if (const std::byte *at =
            w.resolve(i, lane, addresses[lane] + std::uint64_t(i.immediate), 16,
                      Space(i.d), AccessKind::Read))
      std::memcpy(elements[lane / 8][lane % 8], at, 16);
  for (unsigned m = 0; m < i.a; ++m)
    for (unsigned lane = 0; lane < lanes; ++lane) {
      auto at = [&](unsigned half) -> std::uint64_t {
        unsigned row = lane / 4, column = lane % 4 * 2 + half;
        return i.b ? elements[m][column][row] : elements[m][row][column];
      };
      w.out(i, m)[lane] = at(0) | at(1) << 16;
    }
}

void storeMatrix(Warp &w, const Instruction &i) {
  if (!w.aligned(i))
    return;
  const std::uint64_t *addresses = w.in(i, 0);
  std::uint16_t elements[4][8][8];
  for (unsigned m = 0; m < i.a; ++m)
    for (unsigned lane = 0; lane < lanes; ++lane)
      for (unsigned half = 0; half < 2; ++half) {
        unsigned row = lane / 4, column = lane % 4 * 2 + half;
        auto value = std::uint16_t(w.in(i, 1 + m)[lane] >> (16 * half));
        (i.b ? elements[m][column][row] : elements[m][row][column]) = value;
      }
  for (unsigned lane = 0; lane < 8u * i.a; ++lane)
    if (std::byte *at =
            w.resolve(i, lane, addresses[lane] + std::uint64_t(i.immediate), 16,
                      Space(i.d), AccessKind::Write))
      std::memcpy(at, elements[lane / 8][lane % 8], 16);
}

void moveMatrix(Warp &w, const Instruction &i) {
  if (!w.aligned(i))
    return;
  std::uint64_t from[lanes];
  std::copy_n(w.in(i, 0), lanes, from);
  std::uint64_t *d = w.out(i);
  for (unsigned lane = 0; lane < lanes; ++lane) {
    std::uint64_t word = 0;
    for (unsigned half = 0; half < 2; ++half) {
      unsigned row = lane % 4 * 2 + half, column = lane / 4;
      word |= (from[row * 4 + column / 2] >> (16 * (column % 2)) & 0xffff)
              << (16 * half);
    }
    d[lane] = word;
  }
}

// wmma of m16n16k16: a fragment of A is mma's, twice; one of B has the two
// halves of eight columns, twice; sums have the two halves.
enum class Fragment : std::uint8_t { A, B, Half, Single };

struct Fragments {
  Fragment fragment;
  bool byColumn = false;
  Space space = Space::Generic;
  Tag d = Tag::F32, c = Tag::F32;
};

/// Where a lane's element of a fragment lies in its matrix.
Place placeIn(Fragment fragment, unsigned lane, unsigned reg, unsigned half) {
  switch (fragment) {
  case Fragment::A:
    return placeOfA(lane, reg % 4, half, 2);
  case Fragment::B:
    return {lane % 4 * 2 + half + 8 * (reg % 2), lane / 4 + 8 * (reg / 2 % 2)};
  case Fragment::Half:
    return {lane / 4 + 8 * (reg % 2), lane % 4 * 2 + half + 8 * (reg / 2)};
  case Fragment::Single:
    return {lane / 4 + 8 * (reg / 2 % 2),
            lane % 4 * 2 + reg % 2 + 8 * (reg / 4)};
  }
  return {0, 0};
}

template <typename F>
void eachElement(Warp &w, const Instruction &i, const Fragments &f,
                 unsigned registers, F visit) {
  unsigned stride = unsigned(w.in(i, 1)[0]);
  unsigned halves = f.fragment == Fragment::Single ? 1 : 2,
           bytes = halves == 1 ? 4 : 2;
  for (unsigned lane = 0; lane < lanes; ++lane)
    for (unsigned reg = 0; reg < registers; ++reg)
      for (unsigned half = 0; half < halves; ++half) {
        Place at = placeIn(f.fragment, lane, reg, half);
        std::uint64_t offset = f.byColumn ? at.column * stride + at.row
                                          : at.row * stride + at.column;
        visit(lane, reg, half,
              w.in(i, 0)[lane] + std::uint64_t(i.immediate) + offset * bytes,
              bytes);
      }
}

void loadFragment(Warp &w, const Instruction &i) {
  if (!w.aligned(i))
    return;
  const auto &f = *static_cast<const Fragments *>(i.extra);
  std::uint64_t results[8][lanes] = {};
  eachElement(w, i, f, i.results,
              [&](unsigned lane, unsigned reg, unsigned half,
                  std::uint64_t address, unsigned bytes) {
                std::uint64_t value = 0;
                if (const std::byte *at = w.resolve(i, lane, address, bytes,
                                                    f.space, AccessKind::Read))
                  std::memcpy(&value, at, bytes);
                results[reg][lane] |= value << (16 * half);
              });
  for (unsigned r = 0; r < i.results; ++r)
    std::copy_n(results[r], lanes, w.out(i, r));
}

void storeFragment(Warp &w, const Instruction &i) {
  if (!w.aligned(i))
    return;
  const auto &f = *static_cast<const Fragments *>(i.extra);
  eachElement(w, i, f, i.sources - 2u,
              [&](unsigned lane, unsigned reg, unsigned half,
                  std::uint64_t address, unsigned bytes) {
                std::uint64_t value = w.in(i, 2 + reg)[lane] >> (16 * half);
                if (std::byte *at = w.resolve(i, lane, address, bytes, f.space,
                                              AccessKind::Write))
                  std::memcpy(at, &value, bytes);
              });
}

void fragmentProduct(Warp &w, const Instruction &i) {
  if (!w.aligned(i))
    return;
  const auto &f = *static_cast<const Fragments *>(i.extra);
  Term a[16][16], b[16][16];
  for (unsigned lane = 0; lane < lanes; ++lane)
    for (unsigned reg = 0; reg < 4; ++reg)
      for (unsigned half = 0; half < 2; ++half) {
        Place x = placeIn(Fragment::A, lane, reg, half),
              y = placeIn(Fragment::B, lane, reg, half);
        a[x.row][x.column] =
            termOf(halfFormat, elementOf(w.in(i, reg)[lane], half, 16));
        b[y.column][y.row] =
            termOf(halfFormat, elementOf(w.in(i, 8 + reg)[lane], half, 16));
      }
  DotModel model = modelOf(Tag::F16, Tag::F16, f.d, false);
  bool halves = f.d == Tag::F16;
  std::uint64_t results[8][lanes] = {};
  for (unsigned lane = 0; lane < lanes; ++lane)
    for (unsigned reg = 0; reg < i.results; ++reg)
      for (unsigned half = 0; half < (halves ? 2u : 1u); ++half) {
        Place at = placeIn(halves ? Fragment::Half : Fragment::Single, lane,
                           reg, half);
        std::uint64_t c = w.in(i, 16 + reg)[lane] >> (16 * half);
        results[reg][lane] |=
            halves ? std::uint64_t(dotHalf(model, a[at.row], b[at.column], 16,
                                           std::uint16_t(c)))
                         << (16 * half)
                   : dotSingle(model, a[at.row], b[at.column], 16,
                               std::uint32_t(c));
      }
  for (unsigned r = 0; r < i.results; ++r)
    std::copy_n(results[r], lanes, w.out(i, r));
}

template <typename T> T *keep(Decoding &d, T value) {
  auto kept = std::make_shared<T>(value);
  d.instruction.extra = kept.get();
  d.builder.program.extras.push_back(kept);
  return kept.get();
}

/// Splits m16n8k16 into its numbers.
bool takeShape(Decoding &d, unsigned &m, unsigned &n, unsigned &k) {
  for (const std::string &modifier : d.statement.modifiers)
    if (std::sscanf(modifier.c_str(), "m%un%uk%u", &m, &n, &k) == 3)
      return d.take(modifier);
  return false;
}

} // namespace

// Measured on an H100: products and sum are aligned to the largest and keep 25
// bits below it. Products of 8-bit floats by a warpgroup keep 13, all 32 at
// once, and of a single no more than that.
DotModel ferro::emulator::modelOf(Tag a, Tag b, Tag d, bool warpgroup) {
  DotModel model;
  bool bytes = bitsOf(a) == 8;
  if (bytes && !warpgroup)
    return model; // they are multiplied as f16
  model.aBits = formatOf(a).mantissaBits;
  model.bBits = formatOf(b).mantissaBits;
  if (bytes) {
    model.chunk = 32;
    model.fraction = 13;
    model.precision = d == Tag::F16 ? 64 : 14;
  }
  return model;
}

namespace ferro::emulator {

void decodeMma(Decoding &d) {
  Product p{};
  if (d.takeOne({"sp", "sp::ordered_metadata", "block_scale"}))
    d.fail("of sparse or scaled matrices is not supported");
  d.one({"sync"});
  d.take("aligned");
  if (!takeShape(d, p.m, p.n, p.k))
    d.fail("has no shape");
  // The layouts: the first is A's, the second B's.
  bool aRow =
      d.statement.modifiers.size() > 3 && d.statement.modifiers[3] == "row";
  p.aByColumn = !aRow;
  p.bByRow =
      d.statement.modifiers.size() > 4 && d.statement.modifiers[4] == "row";
  d.takeOne({"row", "col"});
  d.takeOne({"row", "col"});
  p.saturates = d.take("satfinite");
  p.d = d.type();
  p.a = d.type();
  p.b = d.type();
  p.c = d.type();
  if (d.take("popc"))
    p.xors = d.one({"and", "xor"});
  d.expectOperands(4);
  auto registers = [&](std::size_t n) {
    const Operand &operand = d.operand(n);
    return operand.kind == Operand::Kind::Vector
               ? unsigned(operand.elements.size())
               : 1u;
  };
  p.aRegisters = registers(1);
  p.bRegisters = registers(2);
  p.cRegisters = registers(3);
  d.results(d.operand(0));
  Tag word = p.a == Tag::F64 ? Tag::B64 : Tag::B32;
  d.sources(d.operand(1), word);
  d.sources(d.operand(2), word);
  d.sources(d.operand(3), word);
  bool quads = p.m == 8 && p.k == 4 && p.a == Tag::F16;
  if (!quads) {
    unsigned bits = p.a == Tag::F64 ? 64 : storageBits(p.a),
             sumBits = p.c == Tag::F64 ? 64 : bitsOf(p.c);
    bool fits =
        p.aRegisters * lanes * std::max(bits, 32u) == p.m * p.k * bits &&
        p.bRegisters * lanes * std::max(bits, 32u) == p.n * p.k * bits &&
        p.cRegisters * lanes * std::max(sumBits, 32u) == p.m * p.n * sumBits &&
        registers(0) == p.cRegisters;
    if (!fits || p.aByColumn || p.bByRow || bitsOf(p.a) != bitsOf(p.b))
      d.fail("has registers that do not fit its shape");
  }
  keep(d, p);
  d.emit(quads ? productOfQuads : product, OpClass::Matrix);
}

static void describeMatrices(Decoding &d) {
  d.one({"sync"});
  d.take("aligned");
  d.one({"m8n8"});
  d.instruction.a = std::uint8_t(1u << d.one({"x1", "x2", "x4"}));
  d.instruction.b = d.take("trans");
  d.instruction.d = std::uint8_t(d.takeSpace());
  if (d.type() != Tag::B16)
    d.fail("is supported for .b16 only");
}
void decodeLdmatrix(Decoding &d) {
  describeMatrices(d);
  d.results(d.operand(0));
  d.address(d.operand(1), Space::Shared);
  d.emit(loadMatrix, OpClass::Matrix);
}
void decodeStmatrix(Decoding &d) {
  describeMatrices(d);
  d.address(d.operand(0), Space::Shared);
  d.sources(d.operand(1), Tag::B32);
  d.emit(storeMatrix, OpClass::Matrix);
}
void decodeMovmatrix(Decoding &d) {
  d.one({"sync"});
  d.take("aligned");
  d.one({"m8n8"});
  d.one({"trans"});
  d.type();
  d.result(0);
  d.source(1, Tag::B32);
  d.emit(moveMatrix, OpClass::Matrix);
}

void decodeWmma(Decoding &d) {
  Fragments f{};
  unsigned kind = d.one({"load", "store", "mma"});
  unsigned m = 0, n = 0, k = 0;
  d.one({"sync"});
  d.take("aligned");
  if (!takeShape(d, m, n, k) || m != 16 || n != 16 || k != 16)
    d.fail("is supported for m16n16k16 of f16 only");
  if (kind == 2) {
    d.takeOne({"row", "col"});
    d.takeOne({"row", "col"});
    f.d = d.type();
    f.c = d.type();
    if (f.c != f.d)
      d.fail("is supported for sums of one type only");
    d.results(d.operand(0));
    for (unsigned o = 1; o < 4; ++o)
      d.sources(d.operand(o), Tag::B32);
    keep(d, f);
    return d.emit(fragmentProduct, OpClass::Matrix);
  }
  unsigned part = d.one({"a", "b", "c", "d"});
  f.byColumn = d.one({"row", "col"});
  f.space = d.takeSpace();
  Tag type = d.type();
  f.fragment = part == 0          ? Fragment::A
               : part == 1        ? Fragment::B
               : type == Tag::F16 ? Fragment::Half
                                  : Fragment::Single;
  if (type != Tag::F16 && type != Tag::F32)
    d.fail("is supported for m16n16k16 of f16 only");
  std::size_t address = kind == 0 ? 1 : 0;
  if (kind == 0)
    d.results(d.operand(0));
  d.address(d.operand(address), f.space);
  if (d.operandCount() > 2)
    d.source(2, Tag::U32);
  else
    d.constant(16);
  if (kind == 1)
    d.sources(d.operand(1), Tag::B32);
  keep(d, f);
  d.emit(kind == 0 ? loadFragment : storeFragment, OpClass::Matrix);
}

} // namespace ferro::emulator
