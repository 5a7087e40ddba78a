// wgmma: products of a group of four warps. Each warp makes its own 16 rows
// when it comes to the instruction.
#include "emulator/Lanes.h"
#include "emulator/Matrix.h"
#include "emulator/TensorMap.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

using namespace ferro::emulator;

namespace {

struct GroupProduct {
  unsigned n = 8, k = 16;
  Tag d = Tag::F32, a = Tag::F16, b = Tag::F16;
  bool registers = false, saturates = false;
  bool negateA = false, negateB = false;
  bool transposeA = false, transposeB = false;
  bool popcount = false;
};

/// A matrix in shared memory, as its 64-bit descriptor tells.
struct Descriptor {
  std::uint32_t start, leading, stride;
  unsigned swizzle; ///< 0 none, 1 of 32 bytes, 2 of 64, 3 of 128
  unsigned baseOffset;
};

Descriptor readDescriptor(std::uint64_t bits) {
  static constexpr unsigned swizzles[] = {0, 3, 2, 1};
  return {std::uint32_t(bits & 0x3fff) << 4,
          std::uint32_t(bits >> 16 & 0x3fff) << 4,
          std::uint32_t(bits >> 32 & 0x3fff) << 4, swizzles[bits >> 62],
          unsigned(bits >> 49 & 7)};
}

/// Where byte \p at of line \p line lies. Lines are rows of A and columns of B;
/// a line's bytes run along the depth.
std::uint32_t alongDepth(const Descriptor &m, unsigned line, unsigned at) {
  if (m.swizzle == 0)
    return m.start + line / 8 * m.stride + line % 8 * 16 + at / 16 * m.leading +
           at % 16;
  unsigned pitch = 16u << m.swizzle;
  return swizzled(m.start + line / 8 * m.stride + line % 8 * pitch + at,
                  m.swizzle);
}

/// The transposed layouts, of 16-bit elements: neighbours in a row of memory
/// are lines, and rows follow the depth.
std::uint32_t acrossDepth(const Descriptor &m, unsigned line, unsigned depth) {
  if (m.swizzle == 0)
    return m.start + line / 8 * m.stride + line % 8 * 2 + depth % 8 * 16 +
           depth / 8 * m.leading;
  unsigned span = 16u << m.swizzle, elements = span / 2;
  return swizzled(m.start + line / elements * m.leading + line % elements * 2 +
                      depth % 8 * span + depth / 8 * m.stride,
                  m.swizzle);
}

bool inShared(Warp &w, const Instruction &i, std::uint32_t first,
              std::uint32_t last, std::uint64_t bits) {
  if (first >= sharedStart && last < w.cta.shared.size())
    return true;
  w.report(i, FindingKind::BadDescriptor, unsigned(std::countr_zero(w.active)),
           bits,
           "the descriptor names shared memory from " + std::to_string(first) +
               " to " + std::to_string(last) + "; the block has " +
               std::to_string(sharedStart) + " to " +
               std::to_string(w.cta.shared.size()));
  return false;
}

/// Reads \p lines lines from line \p first on, elements in order of the depth.
bool readMatrix(Warp &w, const Instruction &i, std::uint64_t bits,
                unsigned first, unsigned lines, unsigned k, Tag type,
                bool transposed, std::vector<std::uint64_t> &out) {
  Descriptor m = readDescriptor(bits);
  unsigned size = type == Tag::TF32 ? 32 : bitsOf(type);
  out.resize(std::size_t(lines) * k);
  if (m.baseOffset) {
    w.report(i, FindingKind::BadDescriptor,
             unsigned(std::countr_zero(w.active)), bits,
             "base offset " + std::to_string(m.baseOffset) +
                 " is not emulated");
    return false;
  }
  for (unsigned line = 0; line < lines; ++line) {
    unsigned step = transposed ? 1 : 16 * 8 / size; // elements read at once
    for (unsigned at = 0; at < k; at += step) {
      std::uint32_t place = transposed
                                ? acrossDepth(m, first + line, at)
                                : alongDepth(m, first + line, at * size / 8);
      unsigned bytes = transposed ? size / 8 : 16;
      if (!inShared(w, i, place, place + bytes - 1, bits))
        return false;
      w.checkAsyncRead(i, w.cta, place, bytes, true);
      const std::byte *from = &w.cta.shared[place];
      for (unsigned n = 0; n < step && at + n < k; ++n) {
        std::uint64_t value = 0;
        if (size == 1)
          value = std::uint64_t(from[n / 8]) >> (n % 8) & 1;
        else
          std::memcpy(&value, from + n * size / 8, size / 8);
        out[line * k + at + n] = value;
      }
    }
  }
  return true;
}

/// The fragment of A in registers, as mma.sync has it.
void readFragment(Warp &w, const Instruction &i, const GroupProduct &p,
                  std::vector<std::uint64_t> &out) {
  unsigned size = p.a == Tag::TF32 ? 32 : bitsOf(p.a), e = 32 / size;
  out.assign(16 * p.k, 0);
  for (unsigned lane = 0; lane < lanes; ++lane)
    for (unsigned r = 0; r < 4; ++r)
      for (unsigned n = 0; n < e; ++n) {
        unsigned row = lane / 4 + 8 * (r % 2),
                 at = lane % 4 * e + n + 4 * e * (r / 2);
        std::uint64_t word = w.in(i, r)[lane];
        out[row * p.k + at] =
            size == 32 ? word : word >> (n * size) & ((1ull << size) - 1);
      }
}

std::uint64_t integerSum(const GroupProduct &p, const std::uint64_t *a,
                         const std::uint64_t *b, std::uint32_t c) {
  std::int64_t sum = std::int32_t(c);
  unsigned shift = 64 - bitsOf(p.a);
  for (unsigned k = 0; k < p.k; ++k) {
    if (p.popcount) {
      sum += a[k] & b[k];
      continue;
    }
    std::int64_t x = isSigned(p.a) ? std::int64_t(a[k] << shift) >> shift
                                   : std::int64_t(a[k]);
    std::int64_t y = isSigned(p.b) ? std::int64_t(b[k] << shift) >> shift
                                   : std::int64_t(b[k]);
    sum += x * y;
  }
  if (p.saturates)
    sum = std::clamp<std::int64_t>(sum, INT32_MIN, INT32_MAX);
  return std::uint32_t(sum);
}

bool wholeGroup(Warp &w, const Instruction &i) {
  if (w.cta.threads % 128 == 0 && w.active == allLanes)
    return true;
  w.report(i, FindingKind::WarpgroupShape, unsigned(std::countr_zero(w.active)),
           0,
           w.active == allLanes
               ? "the block has " + std::to_string(w.cta.threads) +
                     " threads, which are no whole groups of four warps"
               : "part of a warp executes wgmma");
  return false;
}

/// A sum needs a value, and a fence after whoever wrote it last.
void checkSum(Warp &w, const Instruction &i, unsigned r) {
  std::uint32_t slot = i.operands[r];
  std::string name = "`" + w.frame->code->function->registers[slot].name + "`";
  LaneMask missing = w.active & ~w.frame->written[slot];
  if (missing)
    w.report(i, FindingKind::UninitializedRegister,
             unsigned(std::countr_zero(missing)), 0,
             name + " is added to before it has a value");
  else if (w.frame->stamps[slot] == w.productFence)
    w.report(i, FindingKind::ProductFence, 0, 0,
             name + " was written since the last wgmma.fence");
}

void multiply(Warp &w, const Instruction &i) {
  if (!w.aligned(i) || !wholeGroup(w, i))
    return;
  const auto &p = *static_cast<const GroupProduct *>(i.extra);
  static thread_local std::vector<std::uint64_t> a, b;
  static thread_local std::vector<Term> termsA, termsB;
  unsigned firstB = p.registers ? 4 : 1;
  if (p.registers)
    readFragment(w, i, p, a);
  else if (!readMatrix(w, i, w.in(i, 0)[0], w.index % 4 * 16, 16, p.k, p.a,
                       p.transposeA, a))
    return;
  if (!readMatrix(w, i, w.in(i, firstB)[0], 0, p.n, p.k, p.b, p.transposeB, b))
    return;
  bool accumulates = w.in(i, firstB + 1)[0] & 1;
  bool floats = isFloat(p.a), halves = p.d == Tag::F16;
  if (floats) {
    unsigned drop = p.a == Tag::TF32 ? 13 : 0;
    Format formatA = formatOf(p.a), formatB = formatOf(p.b);
    termsA.resize(a.size());
    termsB.resize(b.size());
    for (std::size_t n = 0; n < a.size(); ++n)
      termsA[n] = termOf(formatA, a[n] >> drop);
    for (std::size_t n = 0; n < b.size(); ++n)
      termsB[n] = termOf(formatB, b[n] >> drop);
  }
  DotModel model = modelOf(p.a, p.b, p.d, true);
  bool negated = p.negateA != p.negateB;
  for (unsigned r = 0; r < i.results; ++r) {
    std::uint64_t *d = w.out(i, r);
    if (accumulates && w.checking)
      checkSum(w, i, r);
    w.frame->pending[i.operands[r]] = w.productGroup;
    for (unsigned lane = 0; lane < lanes; ++lane) {
      std::uint64_t old = accumulates ? d[lane] : 0, result = 0;
      for (unsigned half = 0; half < (halves ? 2u : 1u); ++half) {
        unsigned row = lane / 4 + 8 * (halves ? r % 2 : r / 2 % 2);
        unsigned column =
            lane % 4 * 2 + (halves ? half + 8 * (r / 2) : r % 2 + 8 * (r / 4));
        std::size_t atA = row * p.k, atB = column * p.k;
        if (!floats)
          result = integerSum(p, &a[atA], &b[atB], std::uint32_t(old));
        else if (halves)
          result |=
              std::uint64_t(dotHalf(model, &termsA[atA], &termsB[atB], p.k,
                                    std::uint16_t(old >> (16 * half)), negated))
              << (16 * half);
        else
          result = dotSingle(model, &termsA[atA], &termsB[atB], p.k,
                             std::uint32_t(old), negated);
      }
      d[lane] = result;
    }
  }
}

void commit(Warp &w, const Instruction &i) {
  if (w.aligned(i))
    ++w.productGroup;
}
void wait(Warp &w, const Instruction &i) {
  if (!w.aligned(i))
    return;
  std::int64_t done = std::int64_t(w.productGroup) - 1 - i.immediate;
  w.productsDone =
      std::max(w.productsDone, std::uint32_t(std::max<std::int64_t>(done, 0)));
}
void fence(Warp &w, const Instruction &i) {
  if (w.aligned(i))
    ++w.productFence;
}

} // namespace

namespace ferro::emulator {

void decodeWgmma(Decoding &d) {
  unsigned kind = d.one({"mma_async", "fence", "commit_group", "wait_group"});
  if (d.takeOne({"sp"}))
    d.fail("of sparse matrices is not supported");
  d.one({"sync"});
  d.take("aligned");
  if (kind == 1)
    return d.emit(fence, OpClass::Synchronize);
  if (kind == 2)
    return d.emit(commit, OpClass::Synchronize);
  if (kind == 3) {
    d.instruction.immediate = d.number(0);
    return d.emit(wait, OpClass::Synchronize);
  }
  GroupProduct p;
  unsigned m = 0;
  for (const std::string &modifier : d.statement.modifiers)
    if (std::sscanf(modifier.c_str(), "m%un%uk%u", &m, &p.n, &p.k) == 3)
      d.take(modifier);
  if (m != 64 || p.n % 8 || p.n < 8 || p.n > 256)
    d.fail("has a shape that does not exist");
  p.saturates = d.take("satfinite");
  p.d = d.type();
  p.a = d.type();
  p.b = d.type();
  p.popcount = d.take("and") && d.take("popc");
  const Operand &first = d.operand(1);
  p.registers = first.kind == Operand::Kind::Vector;
  d.results(d.operand(0));
  unsigned expected = p.n / (p.d == Tag::F16 ? 4 : 2);
  if (d.operand(0).elements.size() != expected ||
      (p.registers && first.elements.size() != 4))
    d.fail("has registers that do not fit its shape");
  d.sources(first, p.registers ? Tag::B32 : Tag::B64);
  d.source(2, Tag::B64);
  d.source(3, Tag::Pred);
  if (isFloat(p.a)) {
    p.negateA = d.number(4) == -1;
    p.negateB = d.number(5) == -1;
    std::size_t next = 6;
    if (!p.registers && d.operandCount() == 8)
      p.transposeA = d.number(next++);
    if (d.operandCount() > next)
      p.transposeB = d.number(next);
  }
  if ((p.transposeA || p.transposeB) && bitsOf(p.a) != 16)
    d.fail("transposes matrices of 16-bit elements only");
  auto kept = std::make_shared<GroupProduct>(p);
  d.instruction.extra = kept.get();
  d.builder.program.extras.push_back(kept);
  d.emit(multiply, OpClass::Matrix);
}

} // namespace ferro::emulator
