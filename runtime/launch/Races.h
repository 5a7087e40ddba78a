// Finds accesses of different blocks to one element that nothing orders.
//
// An element remembers its last accesses; a block knows which accesses of other
// blocks happened before its own, by the epochs that its acquires brought, as
// FastTrack does for threads (Flanagan and Freund, PLDI 2009).
#pragma once

#include "cutile/reference/Execution.h"

#include <cstdint>
#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

namespace cutile::reference {

class Races {
public:
  /// The accesses that follow are those of \p block.
  void enter(std::int64_t block);

  /// Notes an access of \p bytes at \p address, a power of two.
  /// \returns a block whose access to it races with this one; -1 if there is
  ///          none. Accesses of different sizes to one place are not compared.
  std::int64_t touch(const void *address, int bytes, Touch touch,
                     MemoryOrder order);

private:
  /// An access: its block, and how often the block had released before.
  struct Stamp {
    std::int64_t block = -1;
    std::int64_t epoch = 0;
  };
  /// The last accesses to an element. Of plain reads two are kept, by different
  /// blocks if there are any: a write races with one of them.
  struct Cell {
    Stamp write, atomicWrite, atomicRead, reads[2];
  };
  /// Of other blocks: the epochs that happened before now.
  using Clock = std::map<std::int64_t, std::int64_t>;

  Cell &cellAt(std::uintptr_t address, int bytes);
  bool isBefore(const Stamp &stamp) const;
  void acquire(const void *address);
  void release(const void *address);

  std::int64_t current = -1;
  Clock known; // of the current block; its own entry is its epoch
  std::unordered_map<const void *, Clock> released;
  // Cells of 4096 bytes of memory each, by address and size of the access.
  std::unordered_map<std::uintptr_t, std::unique_ptr<Cell[]>> pages;
  std::uintptr_t lastPage = 0;
  Cell *lastCells = nullptr;
};

} // namespace cutile::reference
