// Moves, branches, calls, barriers, and what threads of a warp tell each other.
#include "emulator/Lanes.h"

#include <algorithm>
#include <chrono>
#include <set>
#include <string>

using namespace ferro::emulator;

namespace {

void move(Warp &w, const Instruction &i) {
  std::uint64_t *d = w.out(i);
  const std::uint64_t *a = w.in(i, 0);
  w.each([&](unsigned lane) { d[lane] = a[lane]; });
}
void moveNegated(Warp &w, const Instruction &i) {
  std::uint64_t *d = w.out(i);
  const std::uint64_t *a = w.in(i, 0);
  w.each([&](unsigned lane) { d[lane] = !(a[lane] & 1); });
}

// From parts to a whole and back; a is the bits of a part, immediate of the
// whole.
void packParts(Warp &w, const Instruction &i) {
  std::uint64_t *d = w.out(i);
  w.each([&](unsigned lane) {
    std::uint64_t word = 0;
    for (unsigned n = 0; n < i.sources; ++n)
      word |= (w.in(i, n)[lane] & (i.a >= 64 ? ~0ull : (1ull << i.a) - 1))
              << (n * i.a);
    d[lane] = word;
  });
}
void unpackParts(Warp &w, const Instruction &i) {
  const std::uint64_t *a = w.in(i, 0);
  w.each([&](unsigned lane) {
    std::uint64_t word = a[lane];
    for (unsigned n = 0; n < i.results; ++n)
      w.out(i, n)[lane] =
          word >> (n * i.a) & (i.a >= 64 ? ~0ull : (1ull << i.a) - 1);
  });
}

// a: 0 clock, 1 its upper half, 2 nanoseconds.
void readClock(Warp &w, const Instruction &i) {
  std::uint64_t *d = w.out(i);
  auto now = std::uint64_t(
      std::chrono::steady_clock::now().time_since_epoch().count());
  std::uint64_t value = i.a == 1 ? now >> 32 : now;
  if (i.b)
    value &= 0xffffffff;
  // Who looks at the clock waits for time to pass, or for others.
  w.yield();
  w.each([&](unsigned lane) { d[lane] = value; });
}

void activeMask(Warp &w, const Instruction &i) {
  std::uint64_t *d = w.out(i);
  w.each([&](unsigned lane) { d[lane] = w.active; });
}

void branch(Warp &w, const Instruction &i) { w.split(w.active, i.target); }

void branchIndexed(Warp &w, const Instruction &i) {
  const auto &targets =
      *static_cast<const std::vector<std::uint32_t> *>(i.extra);
  const std::uint64_t *a = w.in(i, 0);
  LaneMask remaining = w.active;
  while (remaining) {
    unsigned first = unsigned(std::countr_zero(remaining));
    auto index = std::uint32_t(a[first]);
    LaneMask group = 0;
    for (LaneMask rest = remaining; rest; rest &= rest - 1) {
      unsigned lane = unsigned(std::countr_zero(rest));
      group |= std::uint32_t(a[lane]) == index ? 1u << lane : 0;
    }
    remaining &= ~group;
    if (index >= targets.size()) {
      w.report(i, FindingKind::OutOfBounds, first, index,
               "brx.idx has " + std::to_string(targets.size()) +
                   " targets, the index is " + std::to_string(index));
      w.cta.grid.stopped = true;
      w.stop = true;
      return;
    }
    w.split(group, targets[index]);
  }
}

void callFunction(Warp &w, const Instruction &i) {
  const auto &site = *static_cast<const CallSite *>(i.extra);
  const auto &codes = w.cta.grid.program.codes;
  if (site.callee >= 0)
    return w.call(codes[std::size_t(site.callee)], site);
  const std::uint64_t *a = w.in(i, 0);
  LaneMask remaining = w.active;
  while (remaining) {
    unsigned first = unsigned(std::countr_zero(remaining));
    std::uint64_t address = a[first];
    LaneMask group = 0;
    for (LaneMask rest = remaining; rest; rest &= rest - 1) {
      unsigned lane = unsigned(std::countr_zero(rest));
      group |= a[lane] == address ? 1u << lane : 0;
    }
    remaining &= ~group;
    std::uint64_t index = (address - functionWindow) / 16;
    if (address < functionWindow || index >= codes.size() || address % 16 ||
        !codes[index].function->hasBody) {
      w.report(i, FindingKind::OutOfBounds, first, address,
               "calls what is no function");
      w.cta.grid.stopped = true;
      w.stop = true;
      return;
    }
    LaneMask all = w.active;
    w.active = group;
    w.call(codes[index], site);
    w.active = all;
    if (!w.pathMask || w.next != w.pc + 1)
      return; // the last group took the path with it
  }
}

void returnFrom(Warp &w, const Instruction &) { w.ret(); }
void exitThreads(Warp &w, const Instruction &) { w.exit(w.active); }

void trap(Warp &w, const Instruction &i) {
  w.report(i, FindingKind::Trap, unsigned(std::countr_zero(w.active)), 0,
           "the kernel executed " + i.statement->opcode);
  w.cta.grid.stopped = true;
  w.stop = true;
}
void nothing(Warp &, const Instruction &) {}
void nanosleep(Warp &w, const Instruction &) { w.yield(); }

// barrier: a is 0 to wait and 1 to go on; b says that all of a warp must come.
// c is the reduction: 1 popc, 2 and, 3 or. Sources: number, threads or 0, and
// the predicate of a reduction; d is 1 if that is negated.
void barrier(Warp &w, const Instruction &i) {
  unsigned first = unsigned(std::countr_zero(w.active));
  if (i.b && !w.aligned(i))
    return;
  std::uint64_t number = w.in(i, 0)[first];
  auto threads = unsigned(w.in(i, 1)[first]);
  if (number >= 16 || threads % lanes) {
    w.report(i, FindingKind::BarrierMismatch, first, number,
             "barrier " + std::to_string(number) + " of " +
                 std::to_string(threads) +
                 " threads; numbers are below 16, threads a multiple of 32");
    w.cta.grid.stopped = true;
    w.stop = true;
    return;
  }
  Cta &cta = w.cta;
  Barrier &barrier = cta.barriers[number];
  if (barrier.arrived && barrier.expected != threads) {
    w.report(i, FindingKind::BarrierMismatch, first, number,
             "barrier " + std::to_string(number) + " is entered for " +
                 std::to_string(threads) + " threads while others wait for " +
                 std::to_string(barrier.expected));
    w.cta.grid.stopped = true;
    w.stop = true;
    return;
  }
  barrier.expected = threads;
  unsigned count = threads ? (unsigned(std::popcount(w.active)) ==
                                      unsigned(std::popcount(w.live))
                                  ? lanes
                                  : unsigned(std::popcount(w.active)))
                           : unsigned(std::popcount(w.active));
  barrier.arrived += count;
  if (i.c)
    w.each([&](unsigned lane) {
      bool value = (w.in(i, 2)[lane] & 1) != i.d;
      barrier.popcount += value;
      barrier.all &= value;
      barrier.any |= value;
    });
  barrier.clock.join(w.clock);
  barrier.fenced.join(w.fenced);
  ++cta.cluster.statistics.barrierWaits;
  ++cta.cluster.progress;
  if (i.a == 0)
    w.block(w.active, Path::State::AtBarrier, unsigned(number));
  else
    ++w.clock.at[w.index];
  if (barrier.arrived > (threads ? threads : cta.liveThreads))
    w.report(i, FindingKind::BarrierMismatch, first, number,
             "more threads come to barrier " + std::to_string(number) +
                 " than the " + std::to_string(threads) + " it is for");
  if (barrier.arrived >= (threads ? threads : cta.liveThreads)) {
    // The path that brought the barrier to its end goes on with the others.
    if (i.a == 0 && w.pathMask == w.active)
      w.paths[w.current].pc = w.pc;
    cta.releaseBarrier(unsigned(number));
    if (i.a == 0 && w.paths[w.current].state == Path::State::Ready &&
        w.next == w.pc)
      w.next = w.paths[w.current].pc;
  }
}

void clusterArrive(Warp &w, const Instruction &i) {
  if (i.b && !w.aligned(i))
    return;
  Cluster &cluster = w.cta.cluster;
  cluster.arrived += unsigned(std::popcount(w.active));
  cluster.clock.join(w.clock);
  w.each([&](unsigned lane) { w.clusterPhase[lane] = cluster.phase + 1; });
  ++cluster.progress;
  cluster.releaseIfComplete();
}
void clusterWait(Warp &w, const Instruction &i) {
  if (i.b && !w.aligned(i))
    return;
  LaneMask waits = 0;
  w.each([&](unsigned lane) {
    if (w.clusterPhase[lane] > w.cta.cluster.phase)
      waits |= 1u << lane;
  });
  if (waits)
    return w.block(w.active, Path::State::Cluster);
  // All CTAs' clocks are apart: their accesses to each other are not checked.
  ++w.clock.at[w.index];
  for (auto &other : w.cta.warps)
    w.clock.join(other->clock), w.fenced.join(other->fenced);
  ++w.syncEpoch;
}

void warpBarrier(Warp &w, const Instruction &i) {
  // Any place of the text will do: threads meet here with those that wait at
  // another barrier of the warp.
  const std::uint64_t *masks = w.in(i, 0);
  unsigned first = unsigned(std::countr_zero(w.active));
  LaneMask needed = LaneMask(masks[first]) & w.live, here = w.active;
  for (const Path &path : w.paths)
    if (&path != &w.paths[w.current] && path.state == Path::State::AtWarpSync &&
        w.cta.grid.program.instructions[path.pc].run == i.run)
      here |= path.mask;
  if ((here & needed) == needed) {
    for (Path &path : w.paths)
      if (&path != &w.paths[w.current] &&
          path.state == Path::State::AtWarpSync && path.mask & needed &&
          w.cta.grid.program.instructions[path.pc].run == i.run) {
        path.state = Path::State::Ready;
        ++path.pc;
      }
    ++w.syncEpoch;
    return;
  }
  w.collective(i, masks, [&](LaneMask, LaneMask) { ++w.syncEpoch; });
}

// a: the mode. Results: value, predicate; sources: value, lane, clamp, members.
void shuffle(Warp &w, const Instruction &i) {
  const std::uint64_t *a = w.in(i, 0), *b = w.in(i, 1), *c = w.in(i, 2);
  std::uint64_t *d = w.out(i), *p = i.results > 1 ? w.out(i, 1) : nullptr;
  w.collective(i, w.in(i, 3), [&](LaneMask group, LaneMask) {
    std::uint64_t values[lanes];
    std::copy_n(a, lanes, values);
    Warp::eachOf(group, [&](unsigned lane) {
      unsigned by = b[lane] & 31, clamp = c[lane] & 31,
               segment = c[lane] >> 8 & 31;
      unsigned high = (lane & segment) | (clamp & ~segment),
               low = lane & segment;
      int from;
      bool inside;
      switch (i.a) {
      case 0:
        from = int(lane) - int(by);
        inside = from >= int(high);
        break;
      case 1:
        from = int(lane + by);
        inside = from <= int(high);
        break;
      case 2:
        from = int(lane ^ by);
        inside = from <= int(high);
        break;
      default:
        from = int(low | (by & ~segment));
        inside = from <= int(high);
        break;
      }
      if (!inside)
        from = int(lane);
      if (!(group >> from & 1) && inside)
        w.report(i, FindingKind::WarpMask, lane, 0,
                 "lane " + std::to_string(lane) + " reads lane " +
                     std::to_string(from) + ", which does not take part");
      d[lane] = values[from] & 0xffffffff;
      if (p)
        p[lane] = inside;
    });
  });
}

// a: all, any, uni, ballot; b: negated.
void vote(Warp &w, const Instruction &i) {
  const std::uint64_t *p = w.in(i, 0);
  std::uint64_t *d = w.out(i);
  w.collective(i, w.in(i, 1), [&](LaneMask group, LaneMask) {
    LaneMask holds = 0;
    Warp::eachOf(group, [&](unsigned lane) {
      holds |= LaneMask((p[lane] & 1) != i.b) << lane;
    });
    std::uint64_t value = i.a == 0   ? holds == group
                          : i.a == 1 ? holds != 0
                          : i.a == 2 ? holds == 0 || holds == group
                                     : holds;
    Warp::eachOf(group, [&](unsigned lane) { d[lane] = value; });
  });
}

// a: all. Results: mask, predicate.
void match(Warp &w, const Instruction &i) {
  const std::uint64_t *a = w.in(i, 0);
  std::uint64_t *d = w.out(i), *p = i.results > 1 ? w.out(i, 1) : nullptr;
  w.collective(i, w.in(i, 1), [&](LaneMask group, LaneMask) {
    std::uint64_t values[lanes];
    std::copy_n(a, lanes, values);
    Warp::eachOf(group, [&](unsigned lane) {
      LaneMask equal = 0;
      Warp::eachOf(group, [&](unsigned other) {
        equal |= LaneMask(values[other] == values[lane]) << other;
      });
      bool all = equal == group;
      d[lane] = i.a ? all ? group : 0 : equal;
      if (p)
        p[lane] = all;
    });
  });
}

// a: add, min, max, and, or, xor; b: signed.
void redux(Warp &w, const Instruction &i) {
  const std::uint64_t *a = w.in(i, 0);
  std::uint64_t *d = w.out(i);
  w.collective(i, w.in(i, 1), [&](LaneMask group, LaneMask) {
    bool first = true;
    std::uint32_t sum = 0;
    Warp::eachOf(group, [&](unsigned lane) {
      auto x = std::uint32_t(a[lane]);
      bool less = i.b ? std::int32_t(x) < std::int32_t(sum) : x < sum;
      if (first)
        sum = x;
      else
        switch (i.a) {
        case 0:
          sum += x;
          break;
        case 1:
          sum = less ? x : sum;
          break;
        case 2:
          sum = less ? sum : x;
          break;
        case 3:
          sum &= x;
          break;
        case 4:
          sum |= x;
          break;
        default:
          sum ^= x;
          break;
        }
      first = false;
    });
    Warp::eachOf(group, [&](unsigned lane) { d[lane] = sum; });
  });
}

void elect(Warp &w, const Instruction &i) {
  std::uint64_t *d = w.out(i), *p = w.out(i, 1);
  w.collective(i, w.in(i, 0), [&](LaneMask group, LaneMask) {
    auto leader = unsigned(std::countr_zero(group));
    Warp::eachOf(group, [&](unsigned lane) {
      d[lane] = leader;
      p[lane] = lane == leader;
    });
  });
}

std::uint32_t labelOf(Decoding &d, const std::string &label) {
  const Function &function = *d.code.function;
  for (unsigned scope = d.statement.scope;;
       scope = function.scopes[scope - 1]) {
    auto found = function.labels.find({scope, label});
    if (found != function.labels.end())
      return d.code.firstPc + std::uint32_t(found->second);
    if (scope == 0)
      d.fail("goes to `" + label + "`, which is no label");
  }
}

} // namespace

namespace ferro::emulator {

void decodeMov(Decoding &d) {
  Tag type = d.type();
  d.expectOperands(2);
  const Operand &to = d.operand(0), &from = d.operand(1);
  if (to.kind == Operand::Kind::Vector) {
    d.results(to);
    d.source(from, type);
    d.instruction.a = std::uint8_t(bitsOf(type) / to.elements.size());
    return d.emit(unpackParts, OpClass::Move);
  }
  d.result(to);
  if (from.kind == Operand::Kind::Vector) {
    d.instruction.a = std::uint8_t(bitsOf(type) / from.elements.size());
    Tag part = d.instruction.a == 8    ? Tag::B8
               : d.instruction.a == 16 ? Tag::B16
               : d.instruction.a == 32 ? Tag::B32
                                       : Tag::B64;
    d.sources(from, part);
    return d.emit(packParts, OpClass::Move);
  }
  if (from.kind == Operand::Kind::Special) {
    bool nanoseconds = from.symbol.starts_with("%globaltimer");
    if (nanoseconds || from.symbol.starts_with("%clock")) {
      d.instruction.a = from.symbol.ends_with("_hi") ? 1 : 0;
      d.instruction.b = bitsOf(type) == 32;
      return d.emit(readClock, OpClass::Move);
    }
  }
  d.source(from, type);
  d.emit(from.negated ? moveNegated : move, OpClass::Move);
}

void decodeCvta(Decoding &d) {
  bool to = d.take("to");
  Space space = d.takeSpace();
  d.type();
  d.expectOperands(2);
  d.result(0);
  std::uint64_t window = space == Space::Shared  ? sharedWindow
                         : space == Space::Local ? localWindow
                                                 : 0;
  // A device function's parameters lie in local memory.
  if (space == Space::Param && !d.code.function->isEntry)
    window = localWindow;
  d.address(d.operand(1), space);
  d.instruction.immediate += std::int64_t(to ? 0 - window : window);
  d.emit(
      [](Warp &w, const Instruction &i) {
        std::uint64_t *d = w.out(i);
        const std::uint64_t *a = w.in(i, 0);
        w.each([&](unsigned lane) {
          d[lane] = a[lane] + std::uint64_t(i.immediate);
        });
      },
      OpClass::Move);
}

void decodeCreatepolicy(Decoding &d) {
  // Caches are not emulated: a policy is a number that nothing reads.
  for (const std::string &modifier : d.statement.modifiers)
    d.take(modifier);
  d.result(0);
  d.constant(0);
  d.emit(move, OpClass::Move);
}

void decodeIsspacep(Decoding &d) {
  Space space = d.takeSpace();
  d.expectOperands(2);
  d.result(0);
  d.source(1, Tag::U64);
  d.instruction.a = std::uint8_t(space);
  d.emit(
      [](Warp &w, const Instruction &i) {
        std::uint64_t *d = w.out(i);
        const std::uint64_t *a = w.in(i, 0);
        w.each([&](unsigned lane) {
          Space space = Space::Global;
          if (a[lane] >= sharedWindow && a[lane] < sharedWindow + windowBytes)
            space = Space::Shared;
          else if (a[lane] >= localWindow &&
                   a[lane] < localWindow + windowBytes)
            space = Space::Local;
          else if (a[lane] >= parameterWindow &&
                   a[lane] < parameterWindow + windowBytes)
            space = Space::Param;
          d[lane] = space == Space(i.a);
        });
      },
      OpClass::Move);
}

void decodeActivemask(Decoding &d) {
  d.type();
  d.expectOperands(1);
  d.result(0);
  d.emit(activeMask, OpClass::Exchange);
}

void decodeBra(Decoding &d) {
  d.take("uni");
  d.expectOperands(1);
  d.instruction.target = labelOf(d, d.operand(0).symbol);
  d.emit(branch, OpClass::Control);
}

void decodeBrx(Decoding &d) {
  d.one({"idx"});
  d.take("uni");
  d.expectOperands(2);
  d.source(0, Tag::U32);
  auto lists = d.code.function->branchTargets.find(d.operand(1).symbol);
  if (lists == d.code.function->branchTargets.end())
    d.fail("has no list of targets");
  auto targets = std::make_shared<std::vector<std::uint32_t>>();
  for (const std::string &label : lists->second)
    targets->push_back(labelOf(d, label));
  d.instruction.extra = targets.get();
  d.builder.program.extras.push_back(targets);
  d.emit(branchIndexed, OpClass::Control);
}

void decodeRet(Decoding &d) {
  d.take("uni");
  d.expectOperands(0);
  d.emit(returnFrom, OpClass::Control);
}
void decodeExit(Decoding &d) { d.emit(exitThreads, OpClass::Control); }
void decodeTrap(Decoding &d) { d.emit(trap, OpClass::Control); }
// Hints, and what one thread sees of other grids and caches.
void decodeNothing(Decoding &d) {
  static const std::set<std::string> known = {
      "global", "local",  "L1",      "L2",      "tensormap",
      "param",  "const",  "generic", "wait",    "launch_dependents",
      "inc",    "dec",    "sync",    "aligned", "u32",
      "mask",   "uniform"};
  for (const std::string &modifier : d.statement.modifiers)
    if (known.contains(modifier) || modifier.starts_with("L2::") ||
        modifier.starts_with("L1::"))
      d.take(modifier);
  d.emit(nothing, OpClass::Synchronize);
}
void decodeNanosleep(Decoding &d) {
  d.type();
  d.source(0, Tag::U32);
  d.emit(nanosleep, OpClass::Control);
}

Handler builtinFunction(const std::string &name);

void decodeCall(Decoding &d) {
  d.take("uni");
  const Operand &callee = d.operand(1);
  auto site = std::make_shared<CallSite>();
  auto place = [&](const Operand &operand) {
    if (operand.kind != Operand::Kind::Variable)
      d.fail("passes what is no .param variable");
    return FramePart{d.builder.offsetOf(d.code, operand.index),
                     d.code.function->variables[operand.index].bytes};
  };
  for (const Operand &operand : d.operand(0).elements)
    site->results.push_back(place(operand));
  for (const Operand &operand : d.operand(2).elements)
    site->arguments.push_back(place(operand));
  d.instruction.extra = site.get();
  d.builder.program.extras.push_back(site);
  if (callee.kind == Operand::Kind::Register) {
    d.source(callee, Tag::U64);
    return d.emit(callFunction, OpClass::Control);
  }
  site->callee = d.builder.functionIndex(callee.symbol);
  bool hasBody =
      site->callee >= 0 &&
      d.builder.program.codes[std::size_t(site->callee)].function->hasBody;
  if (hasBody)
    return d.emit(callFunction, OpClass::Control);
  Handler handler = builtinFunction(callee.symbol);
  if (!handler)
    d.fail("calls `" + callee.symbol +
           "`, which has no body here and is none of the system's");
  d.emit(handler, OpClass::Control);
}

void decodeBarrier(Decoding &d) {
  Instruction &i = d.instruction;
  if (d.take("warp")) {
    d.one({"sync"});
    d.source(0, Tag::B32);
    return d.emit(warpBarrier, OpClass::Synchronize);
  }
  if (d.take("cluster")) {
    bool waits = d.one({"arrive", "wait"});
    d.takeOne({"release", "relaxed", "acquire"});
    i.b = d.take("aligned");
    return d.emit(waits ? clusterWait : clusterArrive, OpClass::Synchronize);
  }
  d.take("cta");
  i.b = d.take("aligned") || d.statement.opcode == "bar";
  unsigned kind = d.one({"sync", "arrive", "red"});
  std::size_t next = 0;
  bool hasThreads;
  if (kind == 2) {
    i.c = std::uint8_t(1 + d.one({"popc", "and", "or"}));
    d.type();
    d.result(next++);
    hasThreads = d.operandCount() == 4;
  } else {
    i.a = kind == 1;
    hasThreads = d.operandCount() == 2;
  }
  d.source(next++, Tag::U32);
  if (hasThreads)
    d.source(next++, Tag::U32);
  else
    d.constant(0);
  if (kind == 2) {
    i.d = d.operand(next).negated;
    d.source(next, Tag::Pred);
  }
  d.emit(barrier, OpClass::Synchronize);
}

static void resultPair(Decoding &d) {
  const Operand &first = d.operand(0);
  bool pair = first.kind == Operand::Kind::Pair;
  d.result(pair ? first.elements[0] : first);
  if (pair)
    d.result(first.elements[1]);
}

void decodeShfl(Decoding &d) {
  d.one({"sync"});
  d.instruction.a = std::uint8_t(d.one({"up", "down", "bfly", "idx"}));
  d.type();
  d.expectOperands(5);
  resultPair(d);
  for (unsigned n = 1; n < 5; ++n)
    d.source(n, Tag::B32);
  d.emit(shuffle, OpClass::Exchange);
}
void decodeVote(Decoding &d) {
  d.one({"sync"});
  d.instruction.a = std::uint8_t(d.one({"all", "any", "uni", "ballot"}));
  d.type();
  d.expectOperands(3);
  d.result(0);
  d.instruction.b = d.operand(1).negated;
  d.source(1, Tag::Pred);
  d.source(2, Tag::B32);
  d.emit(vote, OpClass::Exchange);
}
void decodeMatch(Decoding &d) {
  d.instruction.a = std::uint8_t(d.one({"any", "all"}));
  d.one({"sync"});
  Tag type = d.type();
  d.expectOperands(3);
  resultPair(d);
  d.source(1, type);
  d.source(2, Tag::B32);
  d.emit(match, OpClass::Exchange);
}
void decodeRedux(Decoding &d) {
  d.one({"sync"});
  d.instruction.a =
      std::uint8_t(d.one({"add", "min", "max", "and", "or", "xor"}));
  Tag type = d.type();
  if (bitsOf(type) != 32 || isFloat(type))
    d.fail("reduces 32-bit integers only");
  d.instruction.b = isSigned(type);
  d.expectOperands(3);
  d.result(0);
  d.source(1, type);
  d.source(2, Tag::B32);
  d.emit(redux, OpClass::Exchange);
}
void decodeElect(Decoding &d) {
  d.one({"sync"});
  d.expectOperands(2);
  if (d.operand(0).kind != Operand::Kind::Pair)
    d.fail("needs a register and a predicate");
  resultPair(d);
  d.source(1, Tag::B32);
  d.emit(elect, OpClass::Exchange);
}

} // namespace ferro::emulator
