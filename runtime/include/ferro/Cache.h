// The cache of compiled code: what it did, where it is, how to empty it.
#pragma once

#include "ferro/Export.h"

#include <cstdint>
#include <string>

namespace ferro::cache {

/// Counts since the process started or reset_stats() was called.
struct Stats {
  std::uint64_t memoryHits = 0;    ///< code that this process had already
  std::uint64_t diskHits = 0;      ///< code read from the disk cache
  std::uint64_t misses = 0;        ///< keys that were in neither
  std::uint64_t compiles = 0;      ///< graphs that the compiler has compiled
  std::uint64_t writes = 0;        ///< entries stored on disk
  std::uint64_t writeFailures = 0; ///< entries that could not be stored
  std::uint64_t rejected =
      0; ///< entries that were damaged or not to be trusted
  std::uint64_t evictions = 0; ///< files removed to keep the size bound
  std::uint64_t fallbacks = 0; ///< objects mapped from memory, not from a file
};

FERRO_API Stats stats();
FERRO_API void reset_stats();

/// The disk cache's directory; empty if it is switched off.
FERRO_API std::string directory();
/// Uses \p path from now on; it is made when first written to. Switches a
/// disabled cache on again.
FERRO_API void set_directory(const std::string &path);
/// Neither reads nor writes the disk from now on.
FERRO_API void disable();

/// Removes every entry from the directory and forgets the code in memory;
/// modules that exist keep theirs. Returns the number of files removed.
FERRO_API std::uint64_t clear();
/// Removes the entries that were unused longest until at most \p bytes are
/// left. Returns the number of files removed.
FERRO_API std::uint64_t prune(std::uint64_t bytes);

} // namespace ferro::cache
