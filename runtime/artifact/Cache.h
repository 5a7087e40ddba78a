// The disk cache: one immutable file an entry, named by the key's digest.
//
//   <directory>/v<format>/<digest of the key>.ferro     an artifact
//   <directory>/v<format>/<digest of the content>.so    its object, for dlopen
//
// A file is used only if it is a regular file (no link followed) of our own
// that no other can write, in a directory that is ours alone, and its content
// has the right digest and the full key. Anything else is a miss, never an
// error.
#pragma once

#include "artifact/Artifact.h"

#include "ferro/Cache.h"

#include <atomic>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace ferro::artifact {

/// The numbers behind ferro::cache::stats(), whose fields say what they count.
struct CacheCounters {
  std::atomic<std::uint64_t> memoryHits{0}, diskHits{0}, misses{0}, compiles{0},
      writes{0}, writeFailures{0}, rejected{0}, evictions{0}, fallbacks{0};
};
CacheCounters &cacheCounters();

/// The artifact stored under exactly \p key in the directory or a read-only
/// one.
std::optional<Artifact> findCached(std::string_view key);
/// Stores under artifact.manifest.key; a disk that is full or read-only is
/// counted and otherwise ignored.
void storeCached(const Artifact &artifact);
/// The path of a cache file that holds exactly \p object, made if need be;
/// empty if there can be none.
std::string cachedObjectPath(std::span<const std::byte> object);

/// Empty if the cache is off.
std::string cacheDirectory();
void setCacheDirectory(std::string path);
void disableCache();
/// Instead of a directory.
void setCacheStore(std::shared_ptr<cache::Store> store);
/// Removes every entry. Returns how many there were.
std::uint64_t clearCache();
/// Removes the files unused longest until at most \p bytes are left, and what
/// interrupted writers left behind. Returns the number of files removed.
std::uint64_t pruneCache(std::uint64_t bytes);

} // namespace ferro::artifact
