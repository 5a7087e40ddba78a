// Who wrote and read a byte before, and what orders the accesses.
#include "emulator/Machine.h"

using namespace ferro;
using namespace ferro::emulator;

static std::string lineOf(const Grid &grid, std::uint32_t pc) {
  const Statement &statement = *grid.program.instructions[pc].statement;
  return "line " + std::to_string(statement.line) + " `" + statement.text + "`";
}

static std::string threadName(unsigned thread) {
  return "thread " + std::to_string(thread);
}

void Warp::acquire(std::uint64_t address) {
  if (!checking)
    return;
  if (auto found = cta.released.find(std::uint32_t(address));
      found != cta.released.end()) {
    clock.join(found->second.first);
    fenced.join(found->second.second);
  }
}

void Warp::release(std::uint64_t address) {
  if (!checking)
    return;
  // Global addresses share the table: what they order is ordered here too.
  auto &entry = cta.released[std::uint32_t(address)];
  entry.first.join(clock);
  entry.second.join(fenced);
  ++clock.at[index];
}

void Warp::checkStillRead(const Instruction &i, unsigned lane, SharedCell &cell,
                          std::uint64_t address) {
  if (cell.storeAgent == 0xff || clock.at[cell.storeAgent] >= cell.storeTime)
    return;
  report(i, FindingKind::OverwriteBeforeWait, lane, address,
         "shared memory at " + std::to_string(address) +
             " is overwritten while an asynchronous copy still reads it: " +
             lineOf(cta.grid, cell.storePc));
  cell.storeAgent = 0xff;
}

void Warp::checkShared(const Instruction &i, unsigned lane, Cta &owner,
                       std::uint32_t offset, unsigned bytes, AccessKind kind) {
  auto thread = std::uint16_t(laneThread(lane));
  bool atomic = kind == AccessKind::Atomic || atomicAccess;
  std::uint32_t now = clock.at[index];
  for (unsigned k = 0; k < bytes; ++k) {
    SharedCell &cell = owner.shadow.cells[offset + k];
    if (kind != AccessKind::Write && !cell.written) {
      report(i, FindingKind::UninitializedMemory, lane, offset + k,
             threadName(thread) + " reads shared memory at " +
                 std::to_string(offset + k) + " that was not written");
      cell.written = true;
    }
    // Clocks are a CTA's own: accesses of its peers are ordered by the
    // cluster's barriers, which are not followed here.
    if (&owner != &cta || cell.foreign) {
      cell.foreign |= &owner != &cta;
      cell.written |= kind != AccessKind::Read;
      continue;
    }
    auto conflict = [&](std::uint16_t otherThread, std::uint32_t time,
                        std::uint32_t epoch, unsigned agent) {
      if (otherThread == thread && agent == index)
        return false;
      if (agent == index)
        return epoch == syncEpoch;
      return clock.at[agent] < time;
    };
    if (cell.writeAgent != 0xff &&
        conflict(cell.writeThread, cell.writeTime, cell.writeEpoch,
                 cell.writeAgent) &&
        !(atomic && cell.writeAtomic) &&
        !(cell.writePc == i.pc && cell.writeAgent == index)) {
      bool asynchronous = cell.writeAgent >= copyAgents;
      report(
          i,
          asynchronous ? FindingKind::ReadBeforeWait : FindingKind::SharedRace,
          lane, offset + k,
          threadName(thread) +
              (kind == AccessKind::Read ? " reads" : " writes") +
              " shared memory at " + std::to_string(offset + k) +
              (asynchronous
                   ? std::string(", which an asynchronous copy still writes: ")
                   : ", written by " + threadName(cell.writeThread) +
                         " with nothing between: ") +
              lineOf(cta.grid, cell.writePc));
    }
    if (kind != AccessKind::Read)
      checkStillRead(i, lane, cell, offset + k);
    if (kind != AccessKind::Read)
      for (unsigned r = 0; r < 2; ++r)
        if (cell.readThread[r] != 0xffff &&
            conflict(cell.readThread[r], cell.readTime[r], cell.readEpoch[r],
                     cell.readThread[r] / lanes) &&
            !(atomic && cell.readAtomic) && !(cell.readPc[r] == i.pc)) {
          report(
              i, FindingKind::SharedRace, lane, offset + k,
              threadName(thread) + " writes shared memory at " +
                  std::to_string(offset + k) + ", read by " +
                  threadName(cell.readThread[r]) +
                  " with nothing between: " + lineOf(cta.grid, cell.readPc[r]));
          cell.readThread[r] = 0xffff;
        }
    if (kind == AccessKind::Read) {
      unsigned r =
          cell.readThread[0] == 0xffff || cell.readThread[0] == thread ||
                  cell.readThread[0] / lanes == index ||
                  clock.at[cell.readThread[0] / lanes] >= cell.readTime[0]
              ? 0
              : 1;
      // A different lane of this warp may have read in the same epoch: either
      // shows a later write of the other warps.
      cell.readThread[r] = thread;
      cell.readTime[r] = now;
      cell.readEpoch[r] = syncEpoch;
      cell.readPc[r] = i.pc;
      cell.readAtomic = atomic;
    } else {
      cell.written = true;
      cell.writeThread = thread;
      cell.writeTime = now;
      cell.writeEpoch = syncEpoch;
      cell.writePc = i.pc;
      cell.writeAgent = std::uint8_t(index);
      cell.writeAtomic = atomic;
      cell.readThread[0] = cell.readThread[1] = 0xffff;
    }
  }
}

void Warp::checkAsyncRead(const Instruction &i, Cta &owner,
                          std::uint32_t offset, unsigned bytes, bool proxy) {
  if (!checking)
    return;
  for (unsigned k = 0; k < bytes && offset + k < owner.shadow.cells.size();
       ++k) {
    SharedCell &cell = owner.shadow.cells[offset + k];
    unsigned lane = unsigned(std::countr_zero(active));
    if (!cell.written) {
      report(i, FindingKind::UninitializedMemory, lane, offset + k,
             "shared memory at " + std::to_string(offset + k) +
                 " is read and was not written");
      cell.written = true;
    }
    if (cell.writeAgent == 0xff || cell.foreign || &owner != &cta)
      continue;
    if (cell.writeAgent >= copyAgents) {
      if (clock.at[cell.writeAgent] < cell.writeTime)
        report(i, FindingKind::ReadBeforeWait, lane, offset + k,
               "shared memory at " + std::to_string(offset + k) +
                   " is read while an asynchronous copy still writes it: " +
                   lineOf(cta.grid, cell.writePc));
    } else if (cell.writeAgent != index &&
               clock.at[cell.writeAgent] < cell.writeTime) {
      report(i, FindingKind::SharedRace, lane, offset + k,
             "shared memory at " + std::to_string(offset + k) +
                 " is read, written by " + threadName(cell.writeThread) +
                 " with nothing between: " + lineOf(cta.grid, cell.writePc));
    } else if (proxy && fenced.at[cell.writeAgent] < cell.writeTime) {
      report(i, FindingKind::AsyncProxy, lane, offset + k,
             "shared memory at " + std::to_string(offset + k) +
                 " is read through the async proxy, written by " +
                 threadName(cell.writeThread) +
                 " without a proxy fence after it: " +
                 lineOf(cta.grid, cell.writePc));
    }
  }
}

void Warp::markAsyncRead(const Instruction &i, Cta &owner, std::uint32_t offset,
                         unsigned bytes) {
  if (!checking || &owner != &cta)
    return;
  for (unsigned k = 0; k < bytes && offset + k < owner.shadow.cells.size();
       ++k) {
    SharedCell &cell = owner.shadow.cells[offset + k];
    cell.storeAgent = std::uint8_t(storeAgents + index);
    cell.storeTime = std::uint32_t(storeEvents);
    cell.storePc = i.pc;
  }
}

void Warp::markAsyncWrite(const Instruction &i, Cta &owner,
                          std::uint32_t offset, unsigned bytes, unsigned agent,
                          std::uint32_t time) {
  if (!checking)
    return;
  for (unsigned k = 0; k < bytes && offset + k < owner.shadow.cells.size();
       ++k) {
    SharedCell &cell = owner.shadow.cells[offset + k];
    unsigned lane = unsigned(std::countr_zero(active));
    bool own = &owner == &cta && !cell.foreign;
    if (own)
      checkStillRead(i, lane, cell, offset + k);
    for (unsigned r = 0; own && r < 2; ++r)
      if (unsigned reader = cell.readThread[r] / lanes;
          cell.readThread[r] != 0xffff && reader != index &&
          clock.at[reader] < cell.readTime[r])
        report(i, FindingKind::SharedRace, lane, offset + k,
               "an asynchronous copy overwrites shared memory at " +
                   std::to_string(offset + k) + ", read by " +
                   threadName(cell.readThread[r]) + " with nothing between: " +
                   lineOf(cta.grid, cell.readPc[r]));
    cell.written = true;
    cell.writeThread =
        std::uint16_t(laneThread(unsigned(std::countr_zero(active))));
    cell.writeAgent = std::uint8_t(agent);
    cell.writeTime = time;
    cell.writePc = i.pc;
    cell.writeAtomic = false;
    cell.readThread[0] = cell.readThread[1] = 0xffff;
    cell.foreign = &owner != &cta || cell.foreign;
  }
}

void Warp::checkGlobalRace(const Instruction &i, unsigned lane,
                           Allocation &allocation, std::uint64_t offset,
                           unsigned bytes, AccessKind kind) {
  std::vector<GlobalCell> &cells = (*cta.grid.raceShadow)[&allocation];
  if (cells.empty())
    cells.resize(allocation.bytes + 16);
  const Extent &shape = cta.grid.grid;
  std::uint32_t block =
      1 + cta.id.x + shape.x * (cta.id.y + shape.y * cta.id.z);
  bool atomic = kind == AccessKind::Atomic || atomicAccess;
  if (atomic)
    sawGlobalAtomic = true;
  for (unsigned k = 0; k < bytes; ++k) {
    GlobalCell &cell = cells[offset + k];
    bool writes = kind != AccessKind::Read;
    bool other =
        cell.writer && cell.writer != block && !(atomic && cell.atomic);
    bool readByOther = writes && cell.reader && cell.reader != block &&
                       !(atomic && cell.atomic);
    // Atomics may order what follows them: blocks that use them are believed.
    if ((other || readByOther) && !sawGlobalAtomic)
      report(i, FindingKind::GlobalRace, lane, allocation.address + offset + k,
             "block " + std::to_string(block - 1) +
                 (writes ? " writes" : " reads") + " what block " +
                 std::to_string((other ? cell.writer : cell.reader) - 1) +
                 (other ? " writes: " : " reads: ") +
                 lineOf(cta.grid, cell.pc));
    if (writes)
      cell.writer = block;
    else
      cell.reader = block;
    cell.atomic = atomic;
    cell.pc = i.pc;
  }
}
