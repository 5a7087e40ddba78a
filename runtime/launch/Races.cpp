#include "launch/Races.h"

#include <algorithm>
#include <bit>

namespace cutile::reference {

void Races::enter(std::int64_t block) {
  current = block;
  known.clear();
}

static constexpr std::uintptr_t pageBytes = 4096;

Races::Cell &Races::cellAt(std::uintptr_t address, int bytes) {
  // Pages of different cell sizes have different keys: the low bits are free.
  std::uintptr_t page =
      address / pageBytes * pageBytes + std::countr_zero(unsigned(bytes));
  if (page != lastPage) {
    auto &cells = pages[page];
    if (!cells)
      cells = std::make_unique<Cell[]>(pageBytes / bytes);
    lastPage = page;
    lastCells = cells.get();
  }
  return lastCells[address % pageBytes / bytes];
}

bool Races::isBefore(const Stamp &stamp) const {
  if (stamp.block < 0 || stamp.block == current)
    return true;
  auto epoch = known.find(stamp.block);
  return epoch != known.end() && stamp.epoch < epoch->second;
}

void Races::acquire(const void *address) {
  auto clock = released.find(address);
  if (clock == released.end())
    return;
  for (auto [block, epoch] : clock->second)
    if (block != current)
      known[block] = std::max(known[block], epoch);
}

void Races::release(const void *address) {
  ++known[current];
  Clock &clock = released[address];
  for (auto [block, epoch] : known)
    clock[block] = std::max(clock[block], epoch);
}

std::int64_t Races::touch(const void *address, int bytes, Touch touch,
                          MemoryOrder order) {
  Cell &cell = cellAt(reinterpret_cast<std::uintptr_t>(address), bytes);
  bool isWeak = order == MemoryOrder::Weak;
  bool reads = touch != Touch::Write, writes = touch != Touch::Read;
  bool acquires = order == MemoryOrder::Acquire || order == MemoryOrder::AcqRel;
  bool releases = order == MemoryOrder::Release || order == MemoryOrder::AcqRel;
  if (acquires && reads)
    acquire(address);

  auto races = [&](const Stamp &stamp, bool matters) {
    return matters && !isBefore(stamp);
  };
  for (const auto &[stamp, matters] :
       {std::pair(&cell.write, true), std::pair(&cell.atomicWrite, isWeak),
        std::pair(&cell.reads[0], writes), std::pair(&cell.reads[1], writes),
        std::pair(&cell.atomicRead, writes && isWeak)})
    if (races(*stamp, matters))
      return stamp->block;

  auto own = known.find(current);
  Stamp now{current, own == known.end() ? 0 : own->second};
  if (writes)
    (isWeak ? cell.write : cell.atomicWrite) = now;
  if (reads && !isWeak)
    cell.atomicRead = now;
  if (reads && isWeak && cell.reads[0].block != current) {
    cell.reads[1] = cell.reads[0];
    cell.reads[0] = now;
  } else if (reads && isWeak) {
    cell.reads[0] = now;
  }
  if (releases && writes)
    release(address);
  return -1;
}

} // namespace cutile::reference
