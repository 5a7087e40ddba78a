// mbarriers, cp.async, bulk copies and tensor copies. Copies happen at once;
// the shadow of shared memory knows who has not waited for them.
#include "emulator/Half.h"
#include "emulator/Lanes.h"
#include "emulator/TensorMap.h"

#include <algorithm>
#include <cstring>

using namespace ferro::emulator;

namespace {

/// A place of shared memory in the cluster.
struct SharedPlace {
  Cta *cta = nullptr;
  std::uint32_t offset = 0;
};

SharedPlace placeOf(Warp &w, const Instruction &i, unsigned lane,
                    std::uint64_t address, unsigned bytes, const char *what) {
  if (address >= sharedWindow && address < sharedWindow + windowBytes)
    address -= sharedWindow;
  address &= 0xffffffff;
  unsigned rank = unsigned(address >> rankShift);
  SharedPlace place{&w.cta, std::uint32_t(address & ((1u << rankShift) - 1))};
  if (rank)
    place.cta = rank <= w.cta.cluster.ctas.size()
                    ? w.cta.cluster.ctas[rank - 1].get()
                    : nullptr;
  if (place.cta && place.offset >= sharedStart &&
      place.offset + std::uint64_t(bytes) <= place.cta->shared.size())
    return place;
  w.report(i, FindingKind::OutOfBounds, lane, address,
           std::string(what) + " of " + std::to_string(bytes) + " bytes at " +
               std::to_string(address) +
               " lies outside of the block's shared memory of " +
               std::to_string(w.cta.shared.size()) + " bytes");
  return {};
}

Mbarrier *mbarrierAt(Warp &w, const Instruction &i, unsigned lane,
                     std::uint64_t address, SharedPlace *where = nullptr) {
  SharedPlace place = placeOf(w, i, lane, address, 8, "an mbarrier");
  if (!place.cta)
    return nullptr;
  if (where)
    *where = place;
  if (place.offset % 8) {
    w.report(i, FindingKind::Misaligned, lane, address,
             "an mbarrier lies at " + std::to_string(place.offset) +
                 ", which is no multiple of 8");
    return nullptr;
  }
  auto found = place.cta->mbarriers.find(place.offset);
  if (found == place.cta->mbarriers.end()) {
    w.report(i, FindingKind::MbarrierMisuse, lane, address,
             "there is no mbarrier at " + std::to_string(place.offset) +
                 " that was initialised");
    return nullptr;
  }
  return &found->second;
}

void completeIfDone(Cta &cta, Mbarrier &barrier) {
  ++cta.cluster.progress;
  if (barrier.pending != 0 || barrier.transactions != 0)
    return;
  barrier.pending = barrier.expected;
  ++barrier.phase;
  barrier.released = barrier.gathering;
  barrier.releasedFenced = barrier.gatheringFenced;
}

void arrive(Warp &w, const Instruction &i, unsigned lane, std::uint64_t address,
            std::uint64_t count, std::int64_t transactions, bool drop,
            std::uint64_t *state) {
  SharedPlace where;
  Mbarrier *barrier = mbarrierAt(w, i, lane, address, &where);
  if (!barrier)
    return;
  if (state)
    *state = barrier->phase << 32 | std::uint64_t(barrier->pending);
  if (w.checking && where.cta == &w.cta) {
    barrier->gathering.join(w.clock);
    barrier->gatheringFenced.join(w.fenced);
    ++w.clock.at[w.index];
  }
  barrier->transactions += transactions;
  if (drop)
    barrier->expected -= unsigned(count);
  barrier->pending -= std::int64_t(count);
  if (barrier->pending < 0) {
    w.report(i, FindingKind::MbarrierMisuse, lane, address,
             std::to_string(count) + " more arrivals come to a phase of " +
                 std::to_string(barrier->expected) + " than it has");
    barrier->pending = 0;
  }
  completeIfDone(*where.cta, *barrier);
}

void completeTransactions(Warp &w, const Instruction &i, unsigned lane,
                          SharedPlace place, std::uint32_t bytes,
                          std::uint32_t time) {
  auto found = place.cta->mbarriers.find(place.offset);
  if (found == place.cta->mbarriers.end()) {
    w.report(i, FindingKind::MbarrierMisuse, lane, place.offset,
             "there is no mbarrier at " + std::to_string(place.offset) +
                 " that was initialised");
    return;
  }
  Mbarrier &barrier = found->second;
  barrier.transactions -= bytes;
  barrier.gathering.at[bulkAgent] =
      std::max(barrier.gathering.at[bulkAgent], time);
  completeIfDone(*place.cta, barrier);
}

// An instruction's a is an operation, b a flag.
void initMbarrier(Warp &w, const Instruction &i) {
  w.each([&](unsigned lane) {
    std::uint64_t address = w.in(i, 0)[lane] + std::uint64_t(i.immediate);
    auto count = std::uint32_t(w.in(i, 1)[lane]);
    SharedPlace place = placeOf(w, i, lane, address, 8, "an mbarrier");
    if (!place.cta)
      return;
    if (place.offset % 8 || count == 0 || count > (1u << 20) - 1) {
      w.report(
          i, FindingKind::MbarrierMisuse, lane, address,
          "an mbarrier at " + std::to_string(place.offset) + " for " +
              std::to_string(count) +
              " arrivals; it lies at a multiple of 8 and has 1 to 1048575");
      return;
    }
    w.resolve(i, lane, place.offset, 8, Space::Shared, AccessKind::Write);
    Mbarrier barrier;
    barrier.expected = count;
    barrier.pending = count;
    if (place.cta->mbarriers.contains(place.offset) &&
        !place.cta->mbarriers[place.offset].invalid)
      w.report(i, FindingKind::MbarrierMisuse, lane, address,
               "the mbarrier at " + std::to_string(place.offset) +
                   " is initialised once more without mbarrier.inval");
    place.cta->mbarriers[place.offset] = barrier;
  });
}

void invalidateMbarrier(Warp &w, const Instruction &i) {
  w.each([&](unsigned lane) {
    SharedPlace where;
    if (mbarrierAt(w, i, lane, w.in(i, 0)[lane] + std::uint64_t(i.immediate),
                   &where))
      where.cta->mbarriers.erase(where.offset);
  });
}

// Sources: address, count, transactions; b: drops.
void arriveMbarrier(Warp &w, const Instruction &i) {
  w.each([&](unsigned lane) {
    std::uint64_t state = 0;
    arrive(w, i, lane, w.in(i, 0)[lane] + std::uint64_t(i.immediate),
           std::uint32_t(w.in(i, 1)[lane]),
           std::int64_t(std::uint32_t(w.in(i, 2)[lane])), i.b, &state);
    if (i.results)
      w.out(i)[lane] = state;
  });
}

// a: complete_tx, not expect_tx.
void changeTransactions(Warp &w, const Instruction &i) {
  w.each([&](unsigned lane) {
    SharedPlace where;
    Mbarrier *barrier = mbarrierAt(
        w, i, lane, w.in(i, 0)[lane] + std::uint64_t(i.immediate), &where);
    if (!barrier)
      return;
    auto bytes = std::int64_t(std::uint32_t(w.in(i, 1)[lane]));
    barrier->transactions += i.a ? -bytes : bytes;
    completeIfDone(*where.cta, *barrier);
  });
}

// a: by parity.
void waitMbarrier(Warp &w, const Instruction &i) {
  std::uint64_t *p = w.out(i);
  LaneMask waits = 0;
  w.each([&](unsigned lane) {
    SharedPlace where;
    Mbarrier *barrier = mbarrierAt(
        w, i, lane, w.in(i, 0)[lane] + std::uint64_t(i.immediate), &where);
    if (!barrier) {
      p[lane] = 1;
      return;
    }
    std::uint64_t operand = w.in(i, 1)[lane];
    bool complete = i.a ? (barrier->phase & 1) != (operand & 1)
                        : barrier->phase > operand >> 32;
    p[lane] = complete;
    if (!complete) {
      waits |= 1u << lane;
    } else if (w.checking) {
      w.clock.join(barrier->released);
      w.fenced.join(barrier->releasedFenced);
      ++w.syncEpoch;
    }
  });
  if (!waits)
    return;
  ++w.cta.cluster.statistics.barrierWaits;
  w.ask(true);
}

void pendingCount(Warp &w, const Instruction &i) {
  w.each([&](unsigned lane) { w.out(i)[lane] = w.in(i, 0)[lane] & 0xfffff; });
}

// mapa: a says generic addresses.
void mapAddress(Warp &w, const Instruction &i) {
  w.each([&](unsigned lane) {
    std::uint64_t address = w.in(i, 0)[lane] + std::uint64_t(i.immediate),
                  rank = w.in(i, 1)[lane];
    std::uint64_t offset = (address & 0xffffffff) & ((1u << rankShift) - 1);
    if (rank >= w.cta.cluster.ctas.size())
      w.report(i, FindingKind::OutOfBounds, lane, address,
               "CTA " + std::to_string(rank) + " of a cluster of " +
                   std::to_string(w.cta.cluster.ctas.size()));
    w.out(i)[lane] =
        (i.a ? sharedWindow : 0) + ((rank + 1) << rankShift) + offset;
  });
}
void ctaRank(Warp &w, const Instruction &i) {
  w.each([&](unsigned lane) {
    std::uint64_t rank = (w.in(i, 0)[lane] & 0xffffffff) >> rankShift;
    w.out(i)[lane] = rank ? rank - 1 : w.cta.rank;
  });
}

// cp.async: immediate is added to the destination, and the extra's offset to
// the source; a is the bytes. Sources: destination, source, bytes to read.
struct CopyOffsets {
  std::int64_t source = 0, barrier = 0;
};

void copyAsync(Warp &w, const Instruction &i) {
  std::int64_t offset = static_cast<const CopyOffsets *>(i.extra)->source;
  std::uint64_t time = ++w.copyEvents;
  w.each([&](unsigned lane) {
    std::uint64_t to = w.in(i, 0)[lane] + std::uint64_t(i.immediate);
    std::uint64_t from = w.in(i, 1)[lane] + std::uint64_t(offset);
    auto size = std::uint32_t(w.in(i, 2)[lane]);
    if (i.b)
      size = w.in(i, 3)[lane] & 1 ? 0 : i.a; // ignore-src
    size = std::min<std::uint32_t>(size, i.a);
    SharedPlace place = placeOf(w, i, lane, to, i.a, "a copy's destination");
    if (!place.cta)
      return;
    if (place.offset % i.a) {
      w.report(i, FindingKind::Misaligned, lane, to,
               "copies " + std::to_string(i.a) + " bytes to " +
                   std::to_string(place.offset) +
                   ", which is no multiple of that");
      return;
    }
    std::byte *target = &place.cta->shared[place.offset];
    std::memset(target, 0, i.a);
    if (size) {
      // The source is aligned for all of the bytes, also where fewer are read.
      unsigned granule = size == i.a ? i.a : 1;
      for (unsigned at = 0; at < size; at += granule)
        if (const std::byte *source = w.resolve(
                i, lane, from + at, granule, Space::Global, AccessKind::Read))
          std::memcpy(target + at, source, granule);
    }
    w.markAsyncWrite(i, *place.cta, place.offset, i.a, copyAgents + w.index,
                     std::uint32_t(time));
  });
}

void commitCopies(Warp &w, const Instruction &) {
  w.copyGroups.push_back(w.copyEvents);
}
// immediate: groups that may be pending, or -1 for all copies.
void waitCopies(Warp &w, const Instruction &i) {
  std::uint64_t done = w.copyEvents;
  if (i.immediate >= 0) {
    auto pending = std::size_t(i.immediate);
    done = w.copyGroups.size() > pending
               ? w.copyGroups[w.copyGroups.size() - 1 - pending]
               : 0;
  }
  std::uint32_t &seen = w.clock.at[copyAgents + w.index];
  seen = std::max(seen, std::uint32_t(done));
}
// b: without increment.
void arriveAfterCopies(Warp &w, const Instruction &i) {
  w.each([&](unsigned lane) {
    std::uint64_t address = w.in(i, 0)[lane] + std::uint64_t(i.immediate);
    Mbarrier *barrier = mbarrierAt(w, i, lane, address);
    if (!barrier)
      return;
    std::uint32_t &copies = barrier->gathering.at[copyAgents + w.index];
    copies = std::max(copies, std::uint32_t(w.copyEvents));
    if (!i.b)
      ++barrier->pending;
    arrive(w, i, lane, address, 1, 0, false, nullptr);
  });
}

enum class ReduceOp : std::uint8_t {
  None,
  Add,
  Min,
  Max,
  Inc,
  Dec,
  And,
  Or,
  Xor
};

std::uint64_t reduced(ReduceOp op, Tag type, std::uint64_t old,
                      std::uint64_t value) {
  unsigned shift = 64 - bitsOf(type);
  auto asSigned = [&](std::uint64_t x) {
    return std::int64_t(x << shift) >> shift;
  };
  bool less = isSigned(type) ? asSigned(value) < asSigned(old) : value < old;
  switch (op) {
  case ReduceOp::None:
    return value;
  case ReduceOp::And:
    return old & value;
  case ReduceOp::Or:
    return old | value;
  case ReduceOp::Xor:
    return old ^ value;
  case ReduceOp::Inc:
    return old >= value ? 0 : old + 1;
  case ReduceOp::Dec:
    return old == 0 || old > value ? value : old - 1;
  default:
    break;
  }
  if (type == Tag::F32)
    return bitsOf(single(old) + single(value));
  if (type == Tag::F64)
    return bitsOf(real(old) + real(value));
  if (isFloat(type))
    return evaluateHalf(op == ReduceOp::Add   ? HalfOp::Add
                        : op == ReduceOp::Min ? HalfOp::Min
                                              : HalfOp::Max,
                        formatOf(type), 0, old, value, 0);
  if (op == ReduceOp::Add)
    return old + value;
  return less == (op == ReduceOp::Min) ? value : old;
}

/// A bulk or tensor copy, beside the instruction.
struct BulkCopy {
  enum class Direction : std::uint8_t {
    GlobalToShared,
    SharedToGlobal,
    SharedToShared
  } direction{};
  bool tensor = false, multicast = false;
  unsigned rank = 0;
  ReduceOp op = ReduceOp::None;
  Tag type = Tag::B8;
  std::int64_t toOffset = 0, fromOffset = 0, barrierOffset = 0;
  /// Where operands stand among the sources.
  unsigned to = 0, from = 0, size = 0, barrier = 0, coordinates = 0, mask = 0;
};

/// Bytes of global memory, checked as one access of the asynchronous unit.
std::byte *globalBytes(Warp &w, const Instruction &i, unsigned lane,
                       std::uint64_t address, unsigned bytes, AccessKind kind) {
  // Any alignment: the instruction's own was checked.
  std::byte *first = w.resolve(i, lane, address, 1, Space::Global, kind);
  std::byte *last = bytes > 1 ? w.resolve(i, lane, address + bytes - 1, 1,
                                          Space::Global, kind)
                              : first;
  if (!first || !last)
    return nullptr;
  if (last != first + (bytes - 1)) {
    w.report(i, FindingKind::OutOfBounds, lane, address,
             "an asynchronous copy of " + std::to_string(bytes) +
                 " bytes runs over the end of an allocation");
    return nullptr;
  }
  if (kind != AccessKind::Read)
    w.markGlobalWritten(address, bytes);
  return first;
}

void combineBytes(Warp &w, const BulkCopy &copy, std::byte *to,
                  const std::byte *from, std::uint32_t bytes) {
  if (copy.op == ReduceOp::None) {
    std::memcpy(to, from, bytes);
    return;
  }
  unsigned size = bitsOf(copy.type) / 8;
  std::lock_guard lock(w.cta.grid.memory.stripe(0));
  for (std::uint32_t at = 0; at + size <= bytes; at += size) {
    std::uint64_t old = 0, value = 0;
    std::memcpy(&old, to + at, size);
    std::memcpy(&value, from + at, size);
    std::uint64_t result = reduced(copy.op, copy.type, old, value);
    std::memcpy(to + at, &result, size);
  }
}

std::vector<SharedPlace> destinations(Warp &w, const Instruction &i,
                                      const BulkCopy &copy, unsigned lane,
                                      SharedPlace place) {
  if (!copy.multicast)
    return {place};
  std::vector<SharedPlace> all;
  auto mask = std::uint32_t(w.in(i, copy.mask)[lane] & 0xffff);
  for (unsigned rank = 0; rank < 16; ++rank)
    if (mask >> rank & 1) {
      if (rank >= w.cta.cluster.ctas.size()) {
        w.report(i, FindingKind::OutOfBounds, lane, rank,
                 "multicast to CTA " + std::to_string(rank) +
                     " of a cluster of " +
                     std::to_string(w.cta.cluster.ctas.size()));
        continue;
      }
      all.push_back({w.cta.cluster.ctas[rank].get(), place.offset});
    }
  return all;
}

void copyLinear(Warp &w, const Instruction &i, const BulkCopy &copy,
                unsigned lane) {
  std::uint64_t to = w.in(i, copy.to)[lane] + std::uint64_t(copy.toOffset);
  std::uint64_t from =
      w.in(i, copy.from)[lane] + std::uint64_t(copy.fromOffset);
  auto bytes = std::uint32_t(w.in(i, copy.size)[lane]);
  if ((to | from | bytes) & 15) {
    w.report(i, FindingKind::Misaligned, lane, to | from,
             "a bulk copy of " + std::to_string(bytes) +
                 " bytes whose size and addresses are not all multiples of 16");
    return;
  }
  if (!bytes)
    return;
  using enum BulkCopy::Direction;
  if (copy.direction == SharedToGlobal) {
    SharedPlace source =
        placeOf(w, i, lane, from, bytes, "a bulk copy's source");
    if (!source.cta)
      return;
    w.checkAsyncRead(i, *source.cta, source.offset, bytes, true);
    ++w.storeEvents;
    w.markAsyncRead(i, *source.cta, source.offset, bytes);
    std::byte *target = globalBytes(
        w, i, lane, to, bytes,
        copy.op == ReduceOp::None ? AccessKind::Write : AccessKind::Atomic);
    if (target)
      combineBytes(w, copy, target, &source.cta->shared[source.offset], bytes);
    return;
  }
  SharedPlace barrier =
      placeOf(w, i, lane,
              w.in(i, copy.barrier)[lane] + std::uint64_t(copy.barrierOffset),
              8, "an mbarrier");
  SharedPlace place =
      placeOf(w, i, lane, to, bytes, "a bulk copy's destination");
  if (!barrier.cta || !place.cta)
    return;
  const std::byte *source;
  if (copy.direction == SharedToShared) {
    SharedPlace shared =
        placeOf(w, i, lane, from, bytes, "a bulk copy's source");
    if (!shared.cta)
      return;
    w.checkAsyncRead(i, *shared.cta, shared.offset, bytes, true);
    source = &shared.cta->shared[shared.offset];
  } else {
    source = globalBytes(w, i, lane, from, bytes, AccessKind::Read);
    if (!source)
      return;
  }
  for (SharedPlace target : destinations(w, i, copy, lane, place)) {
    std::uint32_t time = ++target.cta->bulkTime;
    w.markAsyncWrite(i, *target.cta, target.offset, bytes, bulkAgent, time);
    combineBytes(w, copy, &target.cta->shared[target.offset], source, bytes);
    SharedPlace own =
        copy.multicast ? SharedPlace{target.cta, barrier.offset} : barrier;
    completeTransactions(w, i, lane, own, bytes, time);
  }
}

/// Visits a box' rows: the offset in the box, how many elements lie before the
/// tensor, how many inside, and where those are.
template <typename F>
void eachRow(const TensorMap &map, const std::int32_t *coordinates, F f) {
  unsigned bytes = tensorElementBytes(map.type);
  std::uint64_t rows = 1;
  for (unsigned n = 1; n < map.rank; ++n)
    rows *= map.box[n];
  std::int64_t first = coordinates[0], width = map.box[0];
  std::int64_t before = std::clamp<std::int64_t>(-first, 0, width);
  std::int64_t end = std::clamp<std::int64_t>(
      std::int64_t(map.sizes[0]) - first, before, width);
  for (std::uint64_t row = 0; row < rows; ++row) {
    std::uint64_t rest = row,
                  address = map.address + std::uint64_t(first + before) * bytes;
    bool inside = end > before;
    for (unsigned n = 1; n < map.rank; ++n) {
      std::int64_t at = coordinates[n] + std::int64_t(rest % map.box[n]);
      rest /= map.box[n];
      inside &= at >= 0 && at < std::int64_t(map.sizes[n]);
      address += std::uint64_t(at) * map.strides[n];
    }
    f(std::uint32_t(row * map.box[0] * bytes), std::uint32_t(before * bytes),
      inside ? std::uint32_t((end - before) * bytes) : 0, address);
  }
}

bool usable(Warp &w, const Instruction &i, const BulkCopy &copy, unsigned lane,
            const TensorMap &map, std::uint64_t address) {
  std::string why;
  if (!tensorElementBytes(map.type))
    why = "the bytes are no tensor map";
  else if (map.rank != copy.rank)
    why = "the map has rank " + std::to_string(map.rank) +
          ", the instruction " + std::to_string(copy.rank);
  else if (map.interleave)
    why = "interleaved maps are not emulated";
  else if (map.fill)
    why = "maps that fill with NaN are not emulated";
  else if (map.type == 10 || map.type == 12)
    why = "maps that flush subnormals are not emulated";
  for (unsigned n = 0; n < map.rank && why.empty(); ++n)
    if (map.elementStrides[n] != 1)
      why = "maps with element strides are not emulated";
  if (!why.empty())
    w.report(i, FindingKind::BadTensorMap, lane, address, why);
  return why.empty();
}

void copyTensor(Warp &w, const Instruction &i, const BulkCopy &copy,
                unsigned lane) {
  bool stores = copy.direction == BulkCopy::Direction::SharedToGlobal;
  std::uint64_t mapAt = w.in(i, stores ? copy.to : copy.from)[lane] +
                        std::uint64_t(stores ? copy.toOffset : copy.fromOffset);
  std::byte bytes[128];
  if (mapAt % 64) {
    w.report(i, FindingKind::BadTensorMap, lane, mapAt,
             "the tensor map does not lie at a multiple of 64");
    return;
  }
  for (unsigned at = 0; at < 128; at += 8) {
    const std::byte *part =
        w.resolve(i, lane, mapAt + at, 8, Space::Generic, AccessKind::Read);
    if (!part)
      return;
    std::memcpy(bytes + at, part, 8);
  }
  TensorMap map = readTensorMap(bytes);
  if (!usable(w, i, copy, lane, map, mapAt))
    return;
  std::int32_t coordinates[5] = {};
  for (unsigned n = 0; n < copy.rank; ++n)
    coordinates[n] = std::int32_t(w.in(i, copy.coordinates + n)[lane]);
  unsigned size = tensorElementBytes(map.type);
  for (unsigned n = 0; n < map.rank; ++n)
    size *= map.box[n];
  std::uint64_t shared =
      w.in(i, stores ? copy.from : copy.to)[lane] +
      std::uint64_t(stores ? copy.fromOffset : copy.toOffset);
  SharedPlace place = placeOf(w, i, lane, shared, size,
                              stores ? "a tensor copy's source"
                                     : "a tensor copy's destination");
  if (!place.cta)
    return;
  static constexpr unsigned alignments[] = {128, 128, 128, 128};
  if (place.offset % alignments[map.swizzle]) {
    w.report(i, FindingKind::Misaligned, lane, shared,
             "a tensor copy's shared memory at " +
                 std::to_string(place.offset) + " is not a multiple of 128");
    return;
  }
  if (stores) {
    BulkCopy own = copy;
    static constexpr Tag tags[] = {
        Tag::U8,  Tag::U16, Tag::U32,  Tag::S32, Tag::U64, Tag::S64, Tag::F16,
        Tag::F32, Tag::F64, Tag::BF16, Tag::F32, Tag::F32, Tag::F32};
    own.type = tags[map.type];
    w.checkAsyncRead(i, *place.cta, place.offset, size, true);
    ++w.storeEvents;
    w.markAsyncRead(i, *place.cta, place.offset, size);
    std::vector<std::byte> row(map.box[0] * tensorElementBytes(map.type));
    eachRow(map, coordinates,
            [&](std::uint32_t offset, std::uint32_t before,
                std::uint32_t inside, std::uint64_t address) {
              if (!inside)
                return;
              for (std::uint32_t at = 0; at < row.size(); ++at)
                row[at] = place.cta->shared[swizzled(place.offset + offset + at,
                                                     map.swizzle)];
              if (std::byte *to = globalBytes(w, i, lane, address, inside,
                                              copy.op == ReduceOp::None
                                                  ? AccessKind::Write
                                                  : AccessKind::Atomic))
                combineBytes(w, own, to, &row[before], inside);
            });
    return;
  }
  SharedPlace barrier =
      placeOf(w, i, lane,
              w.in(i, copy.barrier)[lane] + std::uint64_t(copy.barrierOffset),
              8, "an mbarrier");
  if (!barrier.cta)
    return;
  std::vector<std::byte> box(size);
  eachRow(map, coordinates,
          [&](std::uint32_t offset, std::uint32_t before, std::uint32_t inside,
              std::uint64_t address) {
            if (!inside)
              return;
            if (const std::byte *from =
                    globalBytes(w, i, lane, address, inside, AccessKind::Read))
              std::memcpy(&box[offset + before], from, inside);
          });
  for (SharedPlace target : destinations(w, i, copy, lane, place)) {
    std::uint32_t time = ++target.cta->bulkTime;
    w.markAsyncWrite(i, *target.cta, target.offset, size, bulkAgent, time);
    for (std::uint32_t at = 0; at < size; at += 16) {
      std::uint32_t to = swizzled(target.offset + at, map.swizzle);
      std::memcpy(&target.cta->shared[to], &box[at], 16);
    }
    SharedPlace own =
        copy.multicast ? SharedPlace{target.cta, barrier.offset} : barrier;
    completeTransactions(w, i, lane, own, size, time);
  }
}

void commitStores(Warp &w, const Instruction &) {
  w.storeGroups.push_back(w.storeEvents);
}
// immediate: groups that may be pending.
void waitStores(Warp &w, const Instruction &i) {
  auto pending = std::size_t(i.immediate);
  if (w.storeGroups.size() <= pending)
    return;
  std::uint32_t &seen = w.clock.at[storeAgents + w.index];
  seen = std::max(
      seen, std::uint32_t(w.storeGroups[w.storeGroups.size() - 1 - pending]));
}

void copyBulk(Warp &w, const Instruction &i) {
  const auto &copy = *static_cast<const BulkCopy *>(i.extra);
  w.each([&](unsigned lane) {
    copy.tensor ? copyTensor(w, i, copy, lane) : copyLinear(w, i, copy, lane);
  });
  ++w.cta.cluster.progress;
}

void nothing(Warp &, const Instruction &) {}

// st.async: sources: address, elements, mbarrier; a the bytes of an element.
void storeAsync(Warp &w, const Instruction &i) {
  const auto &offsets = *static_cast<const CopyOffsets *>(i.extra);
  unsigned count = i.sources - 2u, bytes = i.a * count;
  w.each([&](unsigned lane) {
    std::uint64_t to = w.in(i, 0)[lane] + std::uint64_t(i.immediate);
    SharedPlace place = placeOf(w, i, lane, to, bytes, "an asynchronous store");
    SharedPlace barrier =
        placeOf(w, i, lane,
                w.in(i, i.sources - 1u)[lane] + std::uint64_t(offsets.barrier),
                8, "an mbarrier");
    if (!place.cta || !barrier.cta)
      return;
    std::uint32_t time = ++place.cta->bulkTime;
    w.markAsyncWrite(i, *place.cta, place.offset, bytes, bulkAgent, time);
    for (unsigned n = 0; n < count; ++n)
      std::memcpy(&place.cta->shared[place.offset + n * i.a],
                  &w.in(i, 1 + n)[lane], i.a);
    completeTransactions(w, i, lane, barrier, bytes, time);
  });
}

template <typename T> T *keep(Decoding &d, T value) {
  auto kept = std::make_shared<T>(value);
  d.instruction.extra = kept.get();
  d.builder.program.extras.push_back(kept);
  return kept.get();
}

/// Adds [base + offset] to the sources. \returns the offset.
std::int64_t addressSource(Decoding &d, const Operand &operand) {
  Instruction &i = d.instruction;
  std::int64_t before = i.immediate;
  d.address(operand, Space::Generic);
  return std::exchange(i.immediate, before);
}

void ignoreHints(Decoding &d) {
  for (const std::string &modifier : d.statement.modifiers)
    if (modifier.starts_with("L2::") || modifier.starts_with("level::"))
      d.take(modifier);
}

void decodeCpAsync(Decoding &d) {
  Instruction &i = d.instruction;
  if (d.take("commit_group"))
    return d.emit(commitCopies, OpClass::AsyncCopy);
  if (d.take("wait_all")) {
    i.immediate = -1;
    return d.emit(waitCopies, OpClass::AsyncCopy);
  }
  if (d.take("wait_group")) {
    i.immediate = d.number(0);
    return d.emit(waitCopies, OpClass::AsyncCopy);
  }
  if (d.take("mbarrier")) {
    d.one({"arrive"});
    i.b = d.take("noinc");
    d.takeSpace();
    d.type();
    d.address(d.operand(0), Space::Shared);
    return d.emit(arriveAfterCopies, OpClass::AsyncCopy);
  }
  d.one({"ca", "cg"});
  d.one({"shared", "shared::cta"});
  d.one({"global"});
  bool hint = d.take("L2::cache_hint");
  ignoreHints(d);
  d.address(d.operand(0), Space::Shared);
  std::int64_t source = addressSource(d, d.operand(1));
  i.a = std::uint8_t(d.number(2));
  if (i.a != 4 && i.a != 8 && i.a != 16)
    d.fail("copies 4, 8 or 16 bytes");
  std::size_t count = d.operandCount() - hint;
  bool ignores = count > 3 && d.operand(3).kind == Operand::Kind::Register &&
                 d.registerType(d.operand(3)).kind == 'p';
  if (count > 3 && !ignores)
    d.source(3, Tag::U32);
  else
    d.constant(i.a);
  if (ignores) {
    i.b = 1;
    d.source(3, Tag::Pred);
  }
  keep(d, CopyOffsets{source, 0});
  d.emit(copyAsync, OpClass::AsyncCopy);
}

void takeReduction(Decoding &d, BulkCopy &copy) {
  copy.op = ReduceOp(
      1 + d.one({"add", "min", "max", "inc", "dec", "and", "or", "xor"}));
  d.take("noftz");
}

void decodeBulk(Decoding &d, bool reduces) {
  Instruction &i = d.instruction;
  BulkCopy copy;
  if (d.take("commit_group"))
    return d.emit(commitStores, OpClass::AsyncCopy);
  if (d.take("wait_group")) {
    d.take("read");
    i.immediate = d.number(0);
    return d.emit(waitStores, OpClass::AsyncCopy);
  }
  if (d.take("prefetch")) {
    for (const std::string &modifier : d.statement.modifiers)
      d.take(modifier);
    return d.emit(nothing, OpClass::AsyncCopy);
  }
  copy.tensor = d.take("tensor");
  if (copy.tensor)
    copy.rank = 1 + d.one({"1d", "2d", "3d", "4d", "5d"});
  if (d.takeOne({"im2col", "im2col_no_offs", "im2col::w", "im2col::w::128",
                 "tile::gather4", "tile::scatter4"}))
    d.fail("is supported for .tile only");
  d.take("tile");
  d.take("cp_mask");
  // The first space is the destination's.
  const auto &modifiers = d.statement.modifiers;
  auto at = [&](const char *name) {
    return std::size_t(std::find(modifiers.begin(), modifiers.end(), name) -
                       modifiers.begin());
  };
  bool toGlobal =
      at("global") < std::min(at("shared::cta"), at("shared::cluster"));
  bool global = d.take("global");
  d.takeOne({"shared::cluster"});
  d.takeOne({"shared::cta"});
  copy.direction = toGlobal ? BulkCopy::Direction::SharedToGlobal
                   : global ? BulkCopy::Direction::GlobalToShared
                            : BulkCopy::Direction::SharedToShared;
  if (reduces)
    takeReduction(d, copy);
  d.takeOne({"mbarrier::complete_tx::bytes", "bulk_group"});
  copy.multicast = d.take("multicast::cluster");
  bool hint = d.take("L2::cache_hint");
  ignoreHints(d);
  if (reduces && !copy.tensor)
    copy.type = d.type();
  (void)hint;
  unsigned sources = 0;
  auto address = [&](std::size_t n, unsigned &place) {
    place = sources++;
    return addressSource(d, d.operand(n));
  };
  copy.toOffset = address(0, copy.to);
  copy.fromOffset = address(1, copy.from);
  std::size_t next = 2;
  if (copy.tensor) {
    const Operand &map = d.operand(toGlobal ? 0 : 1);
    if (map.elements.size() != 2)
      d.fail("needs a map with coordinates");
    const Operand &list = map.elements[1];
    unsigned count =
        list.kind == Operand::Kind::Vector ? unsigned(list.elements.size()) : 1;
    if (count != copy.rank)
      d.fail("has another number of coordinates than its rank");
    copy.coordinates = sources;
    d.sources(list, Tag::B32);
    sources += count;
  } else {
    copy.size = sources++;
    d.source(next++, Tag::U32);
  }
  if (copy.direction != BulkCopy::Direction::SharedToGlobal)
    copy.barrierOffset = address(next++, copy.barrier);
  if (copy.multicast) {
    copy.mask = sources++;
    d.source(next++, Tag::U16);
  }
  keep(d, copy);
  i.immediate = 0;
  d.emit(copyBulk, OpClass::AsyncCopy);
}

} // namespace

namespace ferro::emulator {

void decodeCp(Decoding &d) {
  bool reduces = d.take("reduce");
  d.one({"async"});
  if (d.take("bulk"))
    return decodeBulk(d, reduces);
  decodeCpAsync(d);
}

bool decodeStoreAsync(Decoding &d) {
  if (!d.take("async"))
    return false;
  d.take("weak");
  d.takeSpace();
  d.one({"mbarrier::complete_tx::bytes"});
  d.takeOne({"v2", "v4"});
  Tag type = d.type();
  d.instruction.a = std::uint8_t(bitsOf(type) / 8);
  d.address(d.operand(0), Space::Shared);
  d.sources(d.operand(1), type);
  std::int64_t barrier = addressSource(d, d.operand(2));
  keep(d, CopyOffsets{0, barrier});
  d.emit(storeAsync, OpClass::AsyncCopy);
  return true;
}

void decodeMbarrier(Decoding &d) {
  Instruction &i = d.instruction;
  unsigned kind =
      d.one({"init", "inval", "arrive", "arrive_drop", "test_wait", "try_wait",
             "expect_tx", "complete_tx", "pending_count"});
  bool expects = kind >= 2 && kind <= 3 && d.take("expect_tx");
  d.take("noComplete");
  d.takeOne({"release", "acquire", "relaxed"});
  i.a = kind == 4 || kind == 5 ? d.take("parity") : kind == 7;
  d.takeSpace();
  d.takeOne({"cta", "cluster"});
  d.take("b64");
  switch (kind) {
  case 0:
    d.address(d.operand(0), Space::Shared);
    d.source(1, Tag::U32);
    return d.emit(initMbarrier, OpClass::Synchronize);
  case 1:
    d.address(d.operand(0), Space::Shared);
    return d.emit(invalidateMbarrier, OpClass::Synchronize);
  case 2:
  case 3: {
    std::size_t next = 0;
    if (d.operand(0).kind != Operand::Kind::Address)
      d.result(next++);
    d.address(d.operand(next++), Space::Shared);
    bool more = d.operandCount() > next;
    i.b = kind == 3;
    if (more && !expects)
      d.source(next, Tag::U32);
    else
      d.constant(1);
    if (more && expects)
      d.source(next, Tag::U32);
    else
      d.constant(0);
    return d.emit(arriveMbarrier, OpClass::Synchronize);
  }
  case 4:
  case 5:
    d.result(0);
    d.address(d.operand(1), Space::Shared);
    d.source(2, i.a ? Tag::U32 : Tag::U64);
    return d.emit(waitMbarrier, OpClass::Synchronize);
  case 6:
  case 7:
    d.address(d.operand(0), Space::Shared);
    d.source(1, Tag::U32);
    return d.emit(changeTransactions, OpClass::Synchronize);
  default:
    d.result(0);
    d.source(1, Tag::U64);
    return d.emit(pendingCount, OpClass::Synchronize);
  }
}

void decodeMapa(Decoding &d) {
  d.instruction.a = d.takeSpace() == Space::Generic;
  d.type();
  d.expectOperands(3);
  d.result(0);
  d.address(d.operand(1), Space::Shared);
  d.source(2, Tag::U32);
  d.emit(mapAddress, OpClass::Move);
}
void decodeGetctarank(Decoding &d) {
  d.takeSpace();
  d.type();
  d.result(0);
  d.source(1, Tag::U64);
  d.emit(ctaRank, OpClass::Move);
}

} // namespace ferro::emulator
