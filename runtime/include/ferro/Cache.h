// The cache of compiled code: what it did, where it is, how to empty it.
#pragma once

#include "ferro/Export.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

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

/// A cache that is no directory: a database, or a server that machines share.
/// Names are file names; entries are checked when they are read, and a damaged
/// one is removed. Calls come from any thread. What a store throws costs a
/// compilation, and is counted, but fails no call.
class FERRO_API Store {
public:
  virtual ~Store();
  /// The entry of this name, or nothing.
  virtual std::optional<std::vector<std::byte>>
  get(const std::string &name) = 0;
  virtual void put(const std::string &name,
                   std::span<const std::byte> entry) = 0;
  virtual bool contains(const std::string &name) = 0;
  virtual void remove(const std::string &name) = 0;
  /// Removes all entries; returns how many there were.
  virtual std::uint64_t clear() = 0;
};

/// Uses \p store instead of the directory from now on, and no read-only
/// directories; a null pointer is as disable().
FERRO_API void set_store(std::shared_ptr<Store> store);

/// Removes every entry from the directory or the store and forgets the code in
/// memory; modules that exist keep theirs. Returns the number of files removed.
FERRO_API std::uint64_t clear();
/// Removes the entries that were unused longest until at most \p bytes are
/// left in the directory. Returns the number of files removed.
FERRO_API std::uint64_t prune(std::uint64_t bytes);

} // namespace ferro::cache
