// The paths of a warp: how they part, meet, wait and end.
#include "emulator/Machine.h"

#include <algorithm>

using namespace ferro;
using namespace ferro::emulator;

// So many backward branches may a path take while others could run.
static constexpr std::uint32_t backEdgesPerTurn = 64;
static constexpr unsigned maximalDepth = 256;
static constexpr std::uint64_t maximalLocalBytes = 512 * 1024;

Warp::Warp(Cta &cta, unsigned index, LaneMask live, const Code &code)
    : cta(cta), index(index), live(live), checking(cta.grid.options.checks) {
  for (unsigned i = 0; i < agents; ++i)
    clock.at[i] =
        i == index || i == index + copyAgents || i == index + storeAgents;
  local.resize(lanes);
  localWritten.resize(lanes);
  Frame *first = newFrame(code);
  first->alive = live;
  paths.push_back({code.firstPc, live, first});
  load(0);
}

Frame *Warp::newFrame(const Code &code) {
  Frame *result = nullptr;
  for (Frame *&free : freeFrames)
    if (free->code == &code) {
      result = free;
      std::swap(free, freeFrames.back());
      freeFrames.pop_back();
      break;
    }
  if (!result) {
    frames.push_back(std::make_unique<Frame>());
    result = frames.back().get();
    std::size_t words = std::size_t(code.slots) * lanes;
    result->storage.reset(new std::uint64_t[words + 8]());
    auto start = reinterpret_cast<std::uintptr_t>(result->storage.get());
    result->registers =
        reinterpret_cast<std::uint64_t *>((start + 63) / 64 * 64);
    result->code = &code;
    for (const ConstantSlot &constant : code.constants)
      std::fill_n(result->registers + constant.slot * lanes, lanes,
                  constant.value);
  }
  result->written.assign(code.slots, 0);
  result->pending.assign(code.slots, 0);
  result->stamps.assign(code.slots, 0);
  for (const ConstantSlot &constant : code.constants)
    result->written[constant.slot] = allLanes;
  for (const SpecialSlot &special : code.specials)
    result->written[special.slot] = allLanes;
  fillSpecials(*result);
  return result;
}

static Extent lowerIndex(std::uint64_t linear, const Extent &extent) {
  return {std::uint32_t(linear % extent.x),
          std::uint32_t(linear / extent.x % extent.y),
          std::uint32_t(linear / extent.x / extent.y)};
}

static std::uint64_t special(const Warp &warp, const Frame &frame,
                             SpecialKind kind, unsigned lane) {
  const Cta &cta = warp.cta;
  const Grid &grid = cta.grid;
  const Extent &shape = grid.clusterShape;
  Extent thread = lowerIndex(warp.laneThread(lane), grid.block);
  Extent nclusters{grid.grid.x / shape.x, grid.grid.y / shape.y,
                   grid.grid.z / shape.z};
  LaneMask bit = 1u << lane;
  using enum SpecialKind;
  switch (kind) {
  case TidX:
    return thread.x;
  case TidY:
    return thread.y;
  case TidZ:
    return thread.z;
  case NtidX:
    return grid.block.x;
  case NtidY:
    return grid.block.y;
  case NtidZ:
    return grid.block.z;
  case CtaidX:
    return cta.id.x;
  case CtaidY:
    return cta.id.y;
  case CtaidZ:
    return cta.id.z;
  case NctaidX:
    return grid.grid.x;
  case NctaidY:
    return grid.grid.y;
  case NctaidZ:
    return grid.grid.z;
  case Laneid:
    return lane;
  case Warpid:
    return warp.index;
  case Nwarpid:
    return (cta.threads + lanes - 1) / lanes;
  case Smid:
    return (cta.id.x + grid.grid.x * cta.id.y) % 132;
  case Nsmid:
    return 132;
  case Gridid:
    return 1;
  case LanemaskEq:
    return bit;
  case LanemaskLt:
    return bit - 1;
  case LanemaskLe:
    return bit | (bit - 1);
  case LanemaskGt:
    return ~(bit | (bit - 1)) & allLanes;
  case LanemaskGe:
    return ~(bit - 1) & allLanes;
  case ClusteridX:
    return cta.id.x / shape.x;
  case ClusteridY:
    return cta.id.y / shape.y;
  case ClusteridZ:
    return cta.id.z / shape.z;
  case NclusteridX:
    return nclusters.x;
  case NclusteridY:
    return nclusters.y;
  case NclusteridZ:
    return nclusters.z;
  case ClusterCtaidX:
    return cta.id.x % shape.x;
  case ClusterCtaidY:
    return cta.id.y % shape.y;
  case ClusterCtaidZ:
    return cta.id.z % shape.z;
  case ClusterNctaidX:
    return shape.x;
  case ClusterNctaidY:
    return shape.y;
  case ClusterNctaidZ:
    return shape.z;
  case ClusterCtarank:
    return cta.rank;
  case ClusterNctarank:
    return shape.count();
  case IsExplicitCluster:
    return shape.count() > 1;
  case DynamicSmemSize:
    return grid.dynamicShared;
  case TotalSmemSize:
  case AggrSmemSize:
    return cta.shared.size();
  case DynamicShared:
    return grid.code.dynamicSharedStart;
  case LocalStart:
    return frame.localStart;
  }
  return 0;
}

void Warp::fillSpecials(Frame &frame) {
  for (const SpecialSlot &slot : frame.code->specials)
    for (unsigned lane = 0; lane < lanes; ++lane)
      frame.registers[slot.slot * lanes + lane] =
          special(*this, frame, slot.kind, lane) + std::uint64_t(slot.addend);
  if (frame.code->localBytes == 0)
    return;
  // Threads' local memory grows with their calls.
  std::size_t needed = frame.localStart + frame.code->localBytes;
  for (unsigned lane = 0; lane < lanes; ++lane)
    if (local[lane].size() < needed) {
      local[lane].resize(needed);
      localWritten[lane].resize(needed);
    }
}

void Warp::load(std::size_t path) {
  current = path;
  const Path &chosen = paths[path];
  pc = chosen.pc;
  pathMask = chosen.mask;
  frame = chosen.frame;
  registers = frame->registers;
}

void Warp::store() {
  Path &path = paths[current];
  path.pc = next;
  path.mask = pathMask;
  path.frame = frame;
}

const Instruction &Warp::instruction() const {
  return cta.grid.program.instructions[pc];
}

bool Warp::hasReady() const {
  return std::any_of(paths.begin(), paths.end(), [](const Path &path) {
    return path.state == Path::State::Ready;
  });
}

// Deeper calls go first, then what stands earlier in the text: so paths that
// parted meet again where the text joins them.
static bool goesFirst(const Path &path, const Path &other) {
  if (path.deferred != other.deferred)
    return !path.deferred;
  if (path.frame->depth != other.frame->depth)
    return path.frame->depth > other.frame->depth;
  return path.pc < other.pc;
}

void Warp::choose() {
  std::size_t best = paths.size();
  bool allDeferred = true;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    if (paths[i].state != Path::State::Ready)
      continue;
    allDeferred &= paths[i].deferred;
    if (best == paths.size() || goesFirst(paths[i], paths[best]))
      best = i;
  }
  if (best == paths.size())
    return;
  if (allDeferred)
    for (Path &path : paths)
      path.deferred = false, path.backEdges = 0;
  load(best);
}

static bool canMeet(const Path &path) {
  return path.state == Path::State::Ready ||
         path.state == Path::State::AtWarpSync;
}

// Joins the current path with those that stand where it stands, and lets the
// path run that is behind.
void Warp::reconverge() {
  for (std::size_t i = 0; i < paths.size(); ++i) {
    Path &mine = paths[current], &other = paths[i];
    if (i == current || other.pc != mine.pc || other.frame != mine.frame ||
        !canMeet(mine) || !canMeet(other))
      continue;
    mine.mask |= other.mask;
    mine.state = Path::State::Ready;
    std::size_t last = paths.size() - 1;
    if (i != last)
      std::swap(paths[i], paths[last]);
    if (current == last)
      current = i;
    paths.pop_back();
    --i;
  }
  choose();
}

void Warp::split(LaneMask mask, std::uint32_t target) {
  if (mask == pathMask) {
    if (target <= pc && paths.size() > 1 &&
        ++paths[current].backEdges >= backEdgesPerTurn)
      paths[current].deferred = true;
    next = target;
    return;
  }
  ++cta.cluster.statistics.divergentBranches;
  pathMask &= ~mask;
  Path taken{target, mask, frame};
  taken.backEdges = paths[current].backEdges + (target <= pc);
  taken.deferred = taken.backEdges >= backEdgesPerTurn;
  paths.push_back(taken);
}

void Warp::block(LaneMask mask, Path::State state, unsigned barrier) {
  stop = true;
  if (mask == pathMask) {
    next = pc;
    paths[current].state = state;
    paths[current].barrier = std::uint8_t(barrier);
    return;
  }
  pathMask &= ~mask;
  Path waiting{pc, mask, frame, state};
  waiting.barrier = std::uint8_t(barrier);
  paths.push_back(waiting);
}

void Warp::yield() {
  stop = true;
  if (paths.size() > 1)
    paths[current].deferred = true;
}

void Warp::ask(bool certain) {
  yield();
  asked = true;
  paths[current].askedPc = pc;
  askedCertain = certain;
}

bool Warp::aligned(const Instruction &) {
  if (active == live)
    return true;
  block(active, Path::State::AtWarpSync);
  return false;
}

void Warp::exit(LaneMask mask) {
  live &= ~mask;
  pathMask &= ~mask;
  ++cta.cluster.progress;
  // Who waits for these threads may now be complete.
  for (Path &path : paths)
    if (path.state == Path::State::AtWarpSync)
      path.state = Path::State::Ready;
  for (Frame *at = frame; at; at = at->caller)
    at->alive &= ~mask;
  cta.threadsExited(unsigned(std::popcount(mask)));
}

void Warp::call(const Code &code, const CallSite &site) {
  Frame *caller = frame;
  if (caller->depth + 1 >= maximalDepth ||
      caller->localStart + caller->code->localBytes > maximalLocalBytes) {
    report(instruction(), FindingKind::Trap, unsigned(std::countr_zero(active)),
           0, "calls nest too deep for the stack of a thread");
    cta.grid.stopped = true;
    return;
  }
  // The frame's place decides where its specials lie, so it is known first.
  std::uint64_t start =
      (caller->localStart + caller->code->localBytes + 15) / 16 * 16;
  Frame *callee = newFrame(code);
  callee->localStart = start;
  fillSpecials(*callee);
  callee->caller = caller;
  callee->call = &site;
  callee->returnPc = pc + 1;
  callee->depth = caller->depth + 1;
  callee->alive = active;
  for (std::size_t i = 0;
       i < std::min(site.arguments.size(), code.parameters.size()); ++i)
    each([&](unsigned lane) {
      std::uint64_t bytes =
          std::min(site.arguments[i].bytes, code.parameters[i].bytes);
      std::copy_n(
          local[lane].begin() +
              std::ptrdiff_t(caller->localStart + site.arguments[i].offset),
          bytes,
          local[lane].begin() +
              std::ptrdiff_t(start + code.parameters[i].offset));
      std::fill_n(localWritten[lane].begin() +
                      std::ptrdiff_t(start + code.parameters[i].offset),
                  bytes, std::byte(1));
    });
  if (active == pathMask) {
    frame = callee;
    registers = callee->registers;
    next = code.firstPc;
    return;
  }
  pathMask &= ~active;
  paths.push_back({code.firstPc, active, callee});
}

void Warp::ret() {
  Frame *callee = frame;
  if (!callee->caller)
    return exit(active);
  Frame *caller = callee->caller;
  const CallSite &site = *callee->call;
  const Code &code = *callee->code;
  for (std::size_t i = 0;
       i < std::min(site.results.size(), code.results.size()); ++i)
    each([&](unsigned lane) {
      std::uint64_t bytes =
          std::min(site.results[i].bytes, code.results[i].bytes);
      std::copy_n(local[lane].begin() + std::ptrdiff_t(callee->localStart +
                                                       code.results[i].offset),
                  bytes,
                  local[lane].begin() + std::ptrdiff_t(caller->localStart +
                                                       site.results[i].offset));
      std::fill_n(
          localWritten[lane].begin() +
              std::ptrdiff_t(caller->localStart + site.results[i].offset),
          bytes, std::byte(1));
    });
  callee->alive &= ~active;
  if (active == pathMask) {
    frame = caller;
    registers = caller->registers;
    next = callee->returnPc;
  } else {
    pathMask &= ~active;
    paths.push_back({callee->returnPc, active, caller});
  }
  if (!callee->alive)
    freeFrames.push_back(callee);
}

void Warp::checkRegisters(const Instruction &i) {
  for (unsigned n = 0; n < i.sources; ++n) {
    std::uint32_t slot = i.source(n);
    LaneMask missing = active & ~frame->written[slot];
    bool early = frame->pending[slot] > productsDone;
    if (!missing && !early)
      continue;
    const auto &registers = frame->code->function->registers;
    std::string name = slot < registers.size()
                           ? "`" + registers[slot].name + "`"
                           : "a register";
    if (early) {
      report(i, FindingKind::ReadBeforeWait, unsigned(std::countr_zero(active)),
             0, name + " is read while wgmma.mma_async still writes it");
      frame->pending[slot] = 0;
    } else {
      report(i, FindingKind::UninitializedRegister,
             unsigned(std::countr_zero(missing)), 0,
             name + " is read before it has a value");
      frame->written[slot] |= missing;
    }
  }
}

unsigned Warp::run(unsigned quantum) {
  if (paths.empty() || !hasReady())
    return 0;
  choose(); // a barrier may have moved the paths
  const Instruction *code = cta.grid.program.instructions.data();
  Statistics &statistics = cta.cluster.statistics;
  stop = asked = false;
  unsigned count = 0;
  while (count < quantum && !stop) {
    const Instruction &i = code[pc];
    ++count;
    active = pathMask;
    next = pc + 1;
    if (i.guard >= 0) {
      const std::uint64_t *guard = registers + std::uint32_t(i.guard) * lanes;
      LaneMask holds = 0;
      for (unsigned lane = 0; lane < lanes; ++lane)
        holds |= LaneMask(guard[lane] & 1) << lane;
      active &= i.guardNegated ? ~holds : holds;
    }
    if (active) {
      if (checking) {
        checkRegisters(i);
        Frame *writes = frame;
        LaneMask mask = active;
        i.run(*this, i);
        for (unsigned n = 0; n < i.results; ++n) {
          writes->written[i.operands[n]] |= mask;
          writes->stamps[i.operands[n]] =
              i.opClass == OpClass::Matrix ? 0 : productFence;
        }
      } else {
        i.run(*this, i);
      }
      auto kind = unsigned(i.opClass);
      ++statistics.warpInstructions[kind];
      statistics.threadInstructions[kind] += unsigned(std::popcount(active));
    }
    if (!pathMask) { // exited, or all went elsewhere
      paths.erase(paths.begin() + std::ptrdiff_t(current));
      current = 0;
      if (!hasReady())
        return count;
      choose();
      continue;
    }
    store();
    pc = next;
    if (paths.size() > 1) {
      reconverge();
      if (paths[current].state != Path::State::Ready)
        return count;
    }
  }
  return count;
}
