// The machine's state: clusters of CTAs, their warps, and the paths on which a
// warp's threads go.
#pragma once

#include "emulator/Finding.h"
#include "emulator/Memory.h"
#include "emulator/Program.h"
#include "emulator/Shadow.h"

#include <bit>
#include <memory>
#include <unordered_map>
#include <vector>

namespace ferro::emulator {

class Cta;
struct Grid;

using LaneMask = std::uint32_t;
inline constexpr unsigned lanes = 32;
inline constexpr LaneMask allLanes = 0xffffffff;

/// The registers of one call of a function, for the 32 lanes.
struct Frame {
  const Code *code = nullptr;
  std::unique_ptr<std::uint64_t[]> storage;
  std::uint64_t *registers = nullptr;
  /// Which lanes have written each slot.
  std::vector<LaneMask> written;
  /// The group of asynchronous products that writes a slot, 0 for none.
  std::vector<std::uint32_t> pending;
  /// The product fence after which a slot was written, 0 by a product.
  std::vector<std::uint32_t> stamps;
  Frame *caller = nullptr;
  const CallSite *call = nullptr;
  std::uint32_t returnPc = 0;
  unsigned depth = 0;
  LaneMask alive = 0;
  std::uint64_t localStart = 16;
};

/// Threads of a warp that stand at the same place.
struct Path {
  enum class State : std::uint8_t { Ready, AtWarpSync, AtBarrier, Cluster };
  std::uint32_t pc = 0;
  LaneMask mask = 0;
  Frame *frame = nullptr;
  State state = State::Ready;
  /// Let others go first until they have all been here.
  bool deferred = false;
  std::uint8_t barrier = 0;
  std::uint32_t backEdges = 0;
  /// What it asked for last.
  std::uint32_t askedPc = 0;
};

struct Barrier {
  unsigned arrived = 0, expected = 0;
  std::uint64_t generation = 0;
  unsigned popcount = 0;
  bool all = true, any = false;
  Clock clock, fenced;
};

struct Mbarrier {
  unsigned expected = 0;
  bool invalid = false;
  std::int64_t pending = 0, transactions = 0;
  std::uint64_t phase = 0;
  Clock gathering, released, gatheringFenced, releasedFenced;
};

class Warp {
public:
  Cta &cta;
  unsigned index;
  /// The path that executes.
  LaneMask active = 0, pathMask = 0;
  Frame *frame = nullptr;
  std::uint64_t *registers = nullptr;
  std::uint32_t pc = 0, next = 0;
  LaneMask live = 0;
  bool checking = false;
  bool asked = false, askedCertain = false;
  bool stop = false; ///< leave the inner loop after this instruction
  std::uint8_t carry = 0;
  LaneMask carries = 0;
  std::vector<Path> paths;
  std::size_t current = 0;
  std::vector<std::vector<std::byte>> local, localWritten;
  /// Asynchronous copies and products that were committed and not waited for.
  std::uint32_t copyGroup = 1, productGroup = 1, productsDone = 0;
  std::uint64_t copyEvents = 1;
  std::vector<std::uint64_t> copyGroups;
  /// Likewise of bulk copies out of shared memory.
  std::uint64_t storeEvents = 1;
  std::vector<std::uint64_t> storeGroups;
  /// Rises with every wgmma.fence.
  std::uint32_t productFence = 1;
  Clock clock, fenced;
  std::uint32_t syncEpoch = 1;
  std::array<std::uint64_t, lanes> clusterPhase{};

  Warp(Cta &cta, unsigned index, LaneMask live, const Code &code);

  std::uint64_t *reg(std::uint32_t slot) { return registers + slot * lanes; }
  const std::uint64_t *in(const Instruction &i, unsigned n) {
    return registers + i.operands[i.results + n] * lanes;
  }
  std::uint64_t *out(const Instruction &i, unsigned n = 0) {
    return registers + i.operands[n] * lanes;
  }
  template <typename F> void each(F f) const { eachOf(active, f); }
  template <typename F> static void eachOf(LaneMask mask, F f) {
    if (mask == allLanes) {
      for (unsigned lane = 0; lane < lanes; ++lane)
        f(lane);
      return;
    }
    for (; mask; mask &= mask - 1)
      f(unsigned(std::countr_zero(mask)));
  }

  /// Runs up to \p quantum instructions. \returns how many it ran.
  unsigned run(unsigned quantum);
  bool finished() const { return paths.empty(); }
  bool hasReady() const;

  /// The threads of \p mask go to \p target, the rest of the path goes on.
  void split(LaneMask mask, std::uint32_t target);
  void exit(LaneMask mask);
  void call(const Code &code, const CallSite &site);
  void ret();
  /// The lanes stay at this instruction.
  void block(LaneMask mask, Path::State state, unsigned barrier = 0);
  /// Calls \p f for each group of lanes whose member mask is complete.
  template <typename F>
  void collective(const Instruction &i, const std::uint64_t *masks, F f);
  /// All live threads of the warp are here. Otherwise they wait.
  bool aligned(const Instruction &i);
  void yield();
  /// The instruction asked for something that did not happen yet; others may
  /// have to run. \p certain says that only another thread can make it happen.
  void ask(bool certain);

  const Instruction &instruction() const;
  /// The bytes behind an address, or null after a finding.
  std::byte *resolve(const Instruction &i, unsigned lane, std::uint64_t address,
                     unsigned bytes, Space space, AccessKind kind);
  void report(const Instruction &i, FindingKind kind, unsigned lane,
              std::uint64_t address, std::string text);
  std::uint32_t laneThread(unsigned lane) const { return index * lanes + lane; }

  /// Before an asynchronous operation reads shared memory; \p proxy says that
  /// it does so through the async proxy.
  void checkAsyncRead(const Instruction &i, Cta &owner, std::uint32_t offset,
                      unsigned bytes, bool proxy);
  void markAsyncRead(const Instruction &i, Cta &owner, std::uint32_t offset,
                     unsigned bytes);
  void markAsyncWrite(const Instruction &i, Cta &owner, std::uint32_t offset,
                      unsigned bytes, unsigned agent, std::uint32_t time);
  /// The bytes of global memory have a value now.
  void markGlobalWritten(std::uint64_t address, unsigned bytes);
  /// What atomic accesses to shared memory order.
  void acquire(std::uint64_t address);
  void release(std::uint64_t address);
  /// A volatile or relaxed access that is going on.
  bool atomicAccess = false;
  bool sawGlobalAtomic = false;
  Allocation *lastAllocation = nullptr;

private:
  friend class Cta;
  void load(std::size_t path);
  void store();
  void choose();
  void reconverge();
  void checkRegisters(const Instruction &i);
  Frame *newFrame(const Code &code);
  void fillSpecials(Frame &frame);
  std::byte *resolveLocal(const Instruction &i, unsigned lane,
                          std::uint64_t address, unsigned bytes,
                          AccessKind kind);
  std::byte *resolveShared(const Instruction &i, unsigned lane,
                           std::uint64_t address, unsigned bytes,
                           AccessKind kind);
  std::byte *resolveGlobal(const Instruction &i, unsigned lane,
                           std::uint64_t address, unsigned bytes,
                           AccessKind kind);
  void checkShared(const Instruction &i, unsigned lane, Cta &owner,
                   std::uint32_t offset, unsigned bytes, AccessKind kind);
  void checkStillRead(const Instruction &i, unsigned lane, SharedCell &cell,
                      std::uint64_t address);
  void checkGlobalRace(const Instruction &i, unsigned lane,
                       Allocation &allocation, std::uint64_t offset,
                       unsigned bytes, AccessKind kind);
  std::vector<std::unique_ptr<Frame>> frames;
  std::vector<Frame *> freeFrames;
};

struct Cluster;

class Cta {
public:
  Grid &grid;
  Cluster &cluster;
  Extent id;
  unsigned rank; ///< in its cluster
  unsigned threads;
  std::vector<std::byte> shared;
  SharedShadow shadow;
  std::vector<std::unique_ptr<Warp>> warps;
  Barrier barriers[16];
  std::unordered_map<std::uint32_t, Mbarrier> mbarriers;
  /// What atomic accesses to an address released.
  std::unordered_map<std::uint32_t, std::pair<Clock, Clock>> released;
  std::uint32_t bulkTime = 0;
  unsigned liveThreads;

  Cta(Grid &grid, Cluster &cluster, Extent id, unsigned rank);
  void releaseBarrier(unsigned number);
  void threadsExited(unsigned count);
  bool finished() const;
};

struct Cluster {
  Grid &grid;
  std::vector<std::unique_ptr<Cta>> ctas;
  unsigned arrived = 0;
  std::uint64_t phase = 0;
  Clock clock;
  std::uint64_t random = 0;
  /// Rises with everything that can let another thread go on.
  std::uint64_t progress = 0;
  /// Rounds in which everyone only asked, weighed by how certain that is.
  std::uint64_t seenProgress = 0, idleRounds = 0;
  Statistics statistics;

  explicit Cluster(Grid &grid) : grid(grid) {}
  bool finished() const;
  /// Runs every warp for a while. \returns the instructions.
  std::uint64_t step();
  void releaseIfComplete();
  void reportDeadlock();
  unsigned liveThreads() const;
};

/// Adds counts.
void add(Statistics &sum, const Statistics &part);

/// One launch.
struct Grid {
  const Program &program;
  GlobalMemory &memory;
  const Code &code;
  Grid(const Program &program, GlobalMemory &memory, const Code &code)
      : program(program), memory(memory), code(code) {}
  Extent grid, block, clusterShape;
  unsigned dynamicShared = 0;
  std::vector<std::byte> parameters;
  LaunchOptions options;
  Findings findings;
  std::atomic<bool> stopped{false};
  std::atomic<std::uint64_t> executed{0};
  /// With the check for races between blocks.
  std::unique_ptr<std::map<const Allocation *, std::vector<GlobalCell>>>
      raceShadow;
  std::mutex printing;
  std::string printed;
  unsigned threadsPerCta() const { return block.x * block.y * block.z; }
};

template <typename F>
void Warp::collective(const Instruction &i, const std::uint64_t *masks, F f) {
  LaneMask remaining = active, blocked = 0;
  while (remaining) {
    unsigned first = unsigned(std::countr_zero(remaining));
    LaneMask members = LaneMask(masks[first]);
    LaneMask group = 0;
    for (LaneMask rest = remaining; rest; rest &= rest - 1) {
      unsigned lane = unsigned(std::countr_zero(rest));
      if (LaneMask(masks[lane]) == members)
        group |= 1u << lane;
    }
    remaining &= ~group;
    if (!(members >> first & 1)) {
      report(i, FindingKind::WarpMask, first, 0,
             "lane " + std::to_string(first) +
                 " is not in its own member mask");
      f(group, members);
      continue;
    }
    LaneMask needed = members & live;
    if ((group & needed) == needed)
      f(group & members, members);
    else
      blocked |= group;
  }
  if (blocked)
    block(blocked, Path::State::AtWarpSync);
}

} // namespace ferro::emulator
