// CTAs and clusters: barriers, turns, deadlocks.
#include "emulator/Machine.h"

#include <algorithm>

using namespace ferro;
using namespace ferro::emulator;

Cta::Cta(Grid &grid, Cluster &cluster, Extent id, unsigned rank)
    : grid(grid), cluster(cluster), id(id), rank(rank),
      threads(grid.threadsPerCta()), liveThreads(threads) {
  shared.resize(grid.code.dynamicSharedStart + grid.dynamicShared);
  if (grid.options.checks)
    shadow.cells.resize(shared.size());
  for (unsigned first = 0; first < threads; first += lanes) {
    unsigned count = std::min(lanes, threads - first);
    LaneMask live = count == lanes ? allLanes : (1u << count) - 1;
    warps.push_back(
        std::make_unique<Warp>(*this, first / lanes, live, grid.code));
  }
}

bool Cta::finished() const { return liveThreads == 0; }

void Cta::threadsExited(unsigned count) {
  liveThreads -= count;
  // A barrier of all threads does not wait for those that have ended.
  for (unsigned number = 0; number < 16; ++number)
    if (Barrier &barrier = barriers[number]; barrier.arrived &&
                                             barrier.expected == 0 &&
                                             barrier.arrived >= liveThreads)
      releaseBarrier(number);
  cluster.releaseIfComplete();
}

void Cta::releaseBarrier(unsigned number) {
  Barrier &barrier = barriers[number];
  for (auto &warp : warps) {
    for (Path &path : warp->paths)
      if (path.state == Path::State::AtBarrier && path.barrier == number) {
        path.state = Path::State::Ready;
        const Instruction &i = grid.program.instructions[path.pc];
        // A reduction's result; its kind is the instruction's c.
        if (i.results) {
          std::uint64_t *out = path.frame->registers + i.operands[0] * lanes;
          std::uint64_t value = i.c == 1   ? barrier.popcount
                                : i.c == 2 ? barrier.all
                                           : barrier.any;
          Warp::eachOf(path.mask, [&](unsigned lane) { out[lane] = value; });
          path.frame->written[i.operands[0]] |= path.mask;
        }
        ++path.pc;
        warp->clock.join(barrier.clock);
        warp->fenced.join(barrier.fenced);
        ++warp->clock.at[warp->index];
        ++warp->syncEpoch;
      }
  }
  std::uint64_t generation = barrier.generation + 1;
  barrier = {};
  barrier.generation = generation;
  ++cluster.progress;
}

bool Cluster::finished() const {
  return std::all_of(ctas.begin(), ctas.end(),
                     [](const auto &cta) { return cta->finished(); });
}

unsigned Cluster::liveThreads() const {
  unsigned count = 0;
  for (const auto &cta : ctas)
    count += cta->liveThreads;
  return count;
}

void Cluster::releaseIfComplete() {
  if (!arrived || arrived < liveThreads())
    return;
  arrived = 0;
  ++phase;
  ++progress;
  for (auto &cta : ctas)
    for (auto &warp : cta->warps)
      for (Path &path : warp->paths)
        if (path.state == Path::State::Cluster)
          path.state = Path::State::Ready;
}

static std::uint64_t nextRandom(std::uint64_t &state) {
  std::uint64_t z = state += 0x9e3779b97f4a7c15;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
  z = (z ^ z >> 27) * 0x94d049bb133111eb;
  return z ^ z >> 31;
}

std::uint64_t Cluster::step() {
  constexpr unsigned turn = 2048;
  std::uint64_t executed = 0;
  std::vector<Warp *> order;
  for (auto &cta : ctas)
    for (auto &warp : cta->warps)
      if (!warp->finished())
        order.push_back(warp.get());
  bool shuffles = grid.options.seed != 0;
  if (shuffles)
    for (std::size_t i = order.size(); i > 1; --i)
      std::swap(order[i - 1], order[nextRandom(random) % i]);
  bool ready = false, allAsk = true, allCertain = true;
  for (Warp *warp : order) {
    if (grid.stopped)
      return executed;
    bool runs = warp->hasReady();
    ready |= runs;
    executed +=
        warp->run(shuffles ? unsigned(1 + nextRandom(random) % 64) : turn);
    allAsk &= !runs || warp->asked;
    allCertain &= !runs || warp->askedCertain;
  }
  if (!ready && !finished())
    reportDeadlock();
  // Threads that only ask and never get an answer are stuck as well. A loop
  // over volatile memory only looks like it, so it gets more time.
  bool idle = progress == seenProgress && allAsk;
  idleRounds = idle ? idleRounds + (allCertain ? 512 : 1) : 0;
  seenProgress = progress;
  return executed;
}

// Where a path waits: at a barrier, or where it asked in vain.
static std::uint32_t placeOf(const Path &path) {
  return path.state == Path::State::Ready && path.askedPc ? path.askedPc
                                                          : path.pc;
}

void Cluster::reportDeadlock() {
  std::string sites;
  const Path *first = nullptr;
  Warp *firstWarp = nullptr;
  std::map<std::uint32_t, unsigned> waiting;
  bool divergent = false;
  for (auto &cta : ctas)
    for (auto &warp : cta->warps)
      for (const Path &path : warp->paths) {
        waiting[placeOf(path)] += unsigned(std::popcount(path.mask));
        bool preferred = path.state == Path::State::AtWarpSync && !divergent;
        divergent |= path.state == Path::State::AtWarpSync;
        if (!first || preferred)
          first = &path, firstWarp = warp.get();
      }
  for (const auto &[pc, count] : waiting) {
    const Statement &statement = *grid.program.instructions[pc].statement;
    sites += (sites.empty() ? "" : ", ") + std::to_string(count) +
             " threads at line " + std::to_string(statement.line) + " `" +
             statement.text + "`";
  }
  const Instruction &i = grid.program.instructions[placeOf(*first)];
  firstWarp->report(
      i, divergent ? FindingKind::DivergentBarrier : FindingKind::Deadlock,
      unsigned(std::countr_zero(first->mask)), 0,
      (divergent ? "part of a warp waits for threads that are elsewhere: "
                 : "nobody can go on: ") +
          sites);
  grid.stopped = true;
}
