// Loads, stores and atomics.
#include "emulator/Half.h"
#include "emulator/Lanes.h"

#include <algorithm>
#include <cstring>

using namespace ferro::emulator;

namespace {

// An access' a is the bytes of an element, b the elements, c the signed flag
// (loads), d the space plus 16 for volatile and relaxed ones.
constexpr std::uint8_t strong = 16;
Space spaceOf(const Instruction &i) { return Space(i.d & 15); }

// Other CTAs may be at the same bytes at the same time: words are accessed
// whole.
template <typename T> std::uint64_t loadWord(const std::byte *at) {
  return __atomic_load_n(reinterpret_cast<const T *>(at), __ATOMIC_RELAXED);
}
std::uint64_t loadBytes(const std::byte *at, unsigned bytes) {
  switch (bytes) {
  case 1:
    return loadWord<std::uint8_t>(at);
  case 2:
    return loadWord<std::uint16_t>(at);
  case 4:
    return loadWord<std::uint32_t>(at);
  default:
    return loadWord<std::uint64_t>(at);
  }
}
void storeBytes(std::byte *at, std::uint64_t value, unsigned bytes) {
  switch (bytes) {
  case 1:
    return __atomic_store_n(reinterpret_cast<std::uint8_t *>(at),
                            std::uint8_t(value), __ATOMIC_RELAXED);
  case 2:
    return __atomic_store_n(reinterpret_cast<std::uint16_t *>(at),
                            std::uint16_t(value), __ATOMIC_RELAXED);
  case 4:
    return __atomic_store_n(reinterpret_cast<std::uint32_t *>(at),
                            std::uint32_t(value), __ATOMIC_RELAXED);
  default:
    return __atomic_store_n(reinterpret_cast<std::uint64_t *>(at), value,
                            __ATOMIC_RELAXED);
  }
}

std::uint64_t extended(std::uint64_t value, const Instruction &i) {
  if (!i.c || i.a == 8)
    return value;
  unsigned shift = 64 - 8 * i.a;
  return std::uint64_t(std::int64_t(value << shift) >> shift) &
         std::uint64_t(i.extra ? ~0ull : 0xffffffff);
}

void countAccess(Warp &w, const Instruction &i, const std::uint64_t *addresses,
                 unsigned bytes, bool stores) {
  Statistics &statistics = w.cta.cluster.statistics;
  Space space = spaceOf(i);
  std::uint64_t first =
      addresses[std::countr_zero(w.active)] + std::uint64_t(i.immediate);
  bool shared = space == Space::Shared ||
                (space == Space::Generic && first >= sharedWindow);
  if (!shared &&
      (space == Space::Local || space == Space::Param || space == Space::Const))
    return;
  std::uint64_t seen[lanes];
  unsigned count = 0;
  if (!shared) {
    w.each([&](unsigned lane) {
      std::uint64_t sector =
          (addresses[lane] + std::uint64_t(i.immediate)) / 32;
      if (std::find(seen, seen + count, sector) == seen + count)
        seen[count++] = sector;
    });
    ++(stores ? statistics.globalStores : statistics.globalLoads);
    (stores ? statistics.storeSectors : statistics.loadSectors) += count;
    return;
  }
  // Words of different addresses in one bank are passes of their own; wide
  // accesses go by halves and quarters of a warp.
  std::uint8_t banks[32] = {};
  unsigned passes = 1;
  unsigned atOnce = bytes > 4 ? 128 / bytes : 32, part = ~0u;
  w.each([&](unsigned lane) {
    if (lane / atOnce != part)
      part = lane / atOnce, count = 0, std::fill_n(banks, 32, std::uint8_t(0));
    std::uint64_t word = (addresses[lane] + std::uint64_t(i.immediate)) / 4;
    if (std::find(seen, seen + count, word) != seen + count)
      return;
    seen[count++] = word;
    passes = std::max<unsigned>(passes, ++banks[word % 32]);
  });
  ++statistics.sharedAccesses;
  statistics.bankConflicts += passes - 1;
}

void load(Warp &w, const Instruction &i) {
  const std::uint64_t *addresses = w.in(i, 0);
  unsigned total = unsigned(i.a) * i.b;
  w.atomicAccess = i.d & strong;
  if (w.checking)
    countAccess(w, i, addresses, total, false);
  w.each([&](unsigned lane) {
    std::uint64_t address = addresses[lane] + std::uint64_t(i.immediate);
    const std::byte *at =
        w.resolve(i, lane, address, total, spaceOf(i), AccessKind::Read);
    for (unsigned n = 0; n < i.b; ++n)
      w.out(i, n)[lane] = at ? extended(loadBytes(at + n * i.a, i.a), i) : 0;
    if (w.atomicAccess)
      w.acquire(address);
  });
  if (w.atomicAccess)
    w.ask(false); // what it waits for may come from others
  w.atomicAccess = false;
}

void store(Warp &w, const Instruction &i) {
  const std::uint64_t *addresses = w.in(i, 0);
  unsigned total = unsigned(i.a) * i.b;
  w.atomicAccess = i.d & strong;
  if (w.checking)
    countAccess(w, i, addresses, total, true);
  w.each([&](unsigned lane) {
    std::uint64_t address = addresses[lane] + std::uint64_t(i.immediate);
    std::byte *at =
        w.resolve(i, lane, address, total, spaceOf(i), AccessKind::Write);
    for (unsigned n = 0; at && n < i.b; ++n)
      storeBytes(at + n * i.a, w.in(i, 1 + n)[lane], i.a);
    if (w.atomicAccess)
      w.release(address);
  });
  ++w.cta.cluster.progress;
  w.atomicAccess = false;
}

enum class AtomicOp : std::uint8_t {
  And,
  Or,
  Xor,
  Cas,
  Exch,
  Add,
  Inc,
  Dec,
  Min,
  Max
};

/// Beside the instruction: what an atomic does.
struct Atomic {
  AtomicOp op;
  Tag type;
  unsigned elements = 1;
  Space space = Space::Generic;
};

std::uint64_t combineHalves(const Atomic &atomic, std::uint64_t old,
                            std::uint64_t b) {
  Format format = formatOf(atomic.type);
  HalfOp op = atomic.op == AtomicOp::Add   ? HalfOp::Add
              : atomic.op == AtomicOp::Min ? HalfOp::Min
                                           : HalfOp::Max;
  std::uint64_t result = 0;
  for (unsigned at = 0; at < bitsOf(atomic.type); at += 16)
    result |=
        evaluateHalf(op, format, 0, old >> at & 0xffff, b >> at & 0xffff, 0)
        << at;
  return result;
}

std::uint64_t combine(const Atomic &atomic, std::uint64_t old, std::uint64_t b,
                      std::uint64_t c, bool ftz) {
  unsigned bits = bitsOf(atomic.type);
  unsigned shift = 64 - bits;
  auto asSigned = [&](std::uint64_t x) {
    return std::int64_t(x << shift) >> shift;
  };
  std::uint64_t mask = ~0ull >> shift;
  old &= mask;
  b &= mask;
  switch (atomic.op) {
  case AtomicOp::And:
    return old & b;
  case AtomicOp::Or:
    return old | b;
  case AtomicOp::Xor:
    return old ^ b;
  case AtomicOp::Cas:
    return old == b ? c & mask : old;
  case AtomicOp::Exch:
    return b;
  case AtomicOp::Inc:
    return old >= b ? 0 : old + 1;
  case AtomicOp::Dec:
    return old == 0 || old > b ? b : old - 1;
  case AtomicOp::Add:
    if (atomic.type == Tag::F32) {
      float x = single(old), y = single(b);
      if (ftz)
        x = flushed(x), y = flushed(y);
      float sum = x + y;
      if (ftz)
        sum = flushed(sum);
      return std::isnan(sum) ? 0x7fffffff : bitsOf(sum);
    }
    if (atomic.type == Tag::F64) {
      double x = real(old), y = real(b);
      if (std::isnan(x) || std::isnan(y))
        return std::isnan(x) ? old : b;
      double sum = x + y;
      return std::isnan(sum) ? 0xfff8000000000000 : bitsOf(sum);
    }
    return isFloat(atomic.type) ? combineHalves(atomic, old, b)
                                : (old + b) & mask;
  case AtomicOp::Min:
  case AtomicOp::Max: {
    if (isFloat(atomic.type))
      return combineHalves(atomic, old, b);
    bool less = isSigned(atomic.type) ? asSigned(old) < asSigned(b) : old < b;
    return less == (atomic.op == AtomicOp::Min) ? old : b;
  }
  }
  return 0;
}

// Results: the old values, if any. Sources: address, elements, of cas also what
// replaces them.
void atomic(Warp &w, const Instruction &i) {
  const auto &atomic = *static_cast<const Atomic *>(i.extra);
  const std::uint64_t *addresses = w.in(i, 0);
  unsigned bytes = bitsOf(atomic.type) / 8;
  w.each([&](unsigned lane) {
    std::uint64_t address = addresses[lane] + std::uint64_t(i.immediate);
    std::byte *at = w.resolve(i, lane, address, bytes * atomic.elements,
                              atomic.space, AccessKind::Atomic);
    if (!at) {
      for (unsigned n = 0; n < i.results; ++n)
        w.out(i, n)[lane] = 0;
      return;
    }
    bool shared = atomic.space == Space::Shared ||
                  (atomic.space == Space::Generic && address >= sharedWindow);
    std::unique_lock lock(w.cta.grid.memory.stripe(shared ? 0 : address),
                          std::defer_lock);
    if (!shared)
      lock.lock();
    for (unsigned n = 0; n < atomic.elements; ++n) {
      std::byte *word = at + n * bytes;
      std::uint64_t old = loadBytes(word, bytes);
      std::uint64_t c = atomic.op == AtomicOp::Cas ? w.in(i, 2)[lane] : 0;
      storeBytes(word,
                 combine(atomic, old, w.in(i, 1 + n)[lane], c,
                         !shared && atomic.type == Tag::F32),
                 bytes);
      if (i.results)
        w.out(i, n)[lane] = old;
    }
    w.acquire(address);
    w.release(address);
  });
  // A failed comparison is no progress, and what it waits for may come.
  if (atomic.op != AtomicOp::Cas && atomic.op != AtomicOp::Exch)
    ++w.cta.cluster.progress;
  else
    w.ask(false);
}

void ignoreCaching(Decoding &d) {
  d.ignore({"ca", "cg", "cs", "lu", "cv", "wb", "wt", "nc", "weak", "unified"});
  for (const std::string &modifier : d.statement.modifiers)
    if (modifier.starts_with("L1::") || modifier.starts_with("L2::"))
      d.take(modifier);
}

bool takeStrength(Decoding &d) {
  bool isStrong = d.takeOne({"volatile", "relaxed", "acquire", "release",
                             "acq_rel", "mmio"})
                      .has_value();
  d.takeOne({"cta", "cluster", "gpu", "sys"});
  return isStrong;
}

void describeAccess(Decoding &d, Tag &type) {
  Instruction &i = d.instruction;
  bool isStrong = takeStrength(d);
  ignoreCaching(d);
  Space space = d.takeSpace();
  i.b = d.take("v2") ? 2 : d.take("v4") ? 4 : d.take("v8") ? 8 : 1;
  type = d.type();
  unsigned bytes = std::max(bitsOf(type) / 8, 1u);
  i.a = std::uint8_t(bytes);
  if (bytes == 16) {
    i.a = 8;
    i.b = std::uint8_t(i.b * 2);
    d.fail("of 128-bit registers is not supported");
  }
  i.d = std::uint8_t(unsigned(space) | (isStrong ? strong : 0));
}

} // namespace

namespace ferro::emulator {

bool decodeStoreAsync(Decoding &d);

void decodeLd(Decoding &d) {
  Instruction &i = d.instruction;
  Tag type;
  describeAccess(d, type);
  const Operand &to = d.operand(0);
  d.results(to);
  i.c = isSigned(type);
  // Whether a signed value fills 64 bits.
  const Operand &first = to.kind == Operand::Kind::Vector ? to.elements[0] : to;
  static constexpr char wide = 0;
  i.extra = d.registerType(first).bits == 64 ? &wide : nullptr;
  d.address(d.operand(1), spaceOf(i));
  unsigned count =
      to.kind == Operand::Kind::Vector ? unsigned(to.elements.size()) : 1;
  if (count != i.b)
    d.fail("has another number of registers than its vector");
  d.emit(load, OpClass::Memory);
}

void decodeSt(Decoding &d) {
  if (decodeStoreAsync(d))
    return;
  Instruction &i = d.instruction;
  Tag type;
  describeAccess(d, type);
  d.address(d.operand(0), spaceOf(i));
  const Operand &from = d.operand(1);
  d.sources(from, type);
  unsigned count =
      from.kind == Operand::Kind::Vector ? unsigned(from.elements.size()) : 1;
  if (count != i.b)
    d.fail("has another number of registers than its vector");
  d.emit(store, OpClass::Memory);
}

static void decodeAtomic(Decoding &d, bool returns) {
  auto atomic = std::make_shared<Atomic>();
  takeStrength(d);
  ignoreCaching(d);
  atomic->space = d.takeSpace();
  atomic->op = AtomicOp(d.one(
      {"and", "or", "xor", "cas", "exch", "add", "inc", "dec", "min", "max"}));
  d.take("noftz");
  atomic->elements = d.take("v2") ? 2 : d.take("v4") ? 4 : d.take("v8") ? 8 : 1;
  atomic->type = d.type();
  if (atomic->type == Tag::B128)
    d.fail("of 128 bits is not supported");
  bool half = bitsOf(atomic->type) <= 32 && isFloat(atomic->type) &&
              atomic->type != Tag::F32;
  bool minMax = atomic->op == AtomicOp::Min || atomic->op == AtomicOp::Max;
  if (isFloat(atomic->type) && atomic->op != AtomicOp::Add && !(half && minMax))
    d.fail("is not defined for this type");
  std::size_t next = 0;
  if (returns)
    d.results(d.operand(next++));
  d.address(d.operand(next++), atomic->space);
  d.sources(d.operand(next++), atomic->type);
  if (atomic->op == AtomicOp::Cas)
    d.source(next++, atomic->type);
  d.instruction.extra = atomic.get();
  d.builder.program.extras.push_back(atomic);
  d.emit(::atomic, OpClass::Atomic);
}
void decodeAtom(Decoding &d) { decodeAtomic(d, true); }
void decodeRed(Decoding &d) {
  if (d.take("async"))
    d.fail("(red.async) is not supported");
  decodeAtomic(d, false);
}

} // namespace ferro::emulator
