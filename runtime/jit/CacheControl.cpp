// The bodies of ferro/Cache.h.
#include "ferro/Cache.h"

#include "artifact/Cache.h"
#include "jit/Compile.h"

namespace ferro::cache {

using artifact::CacheCounters;
using artifact::cacheCounters;

Stats stats() {
  const CacheCounters &counters = cacheCounters();
  return {.memoryHits = counters.memoryHits,
          .diskHits = counters.diskHits,
          .misses = counters.misses,
          .compiles = counters.compiles,
          .writes = counters.writes,
          .writeFailures = counters.writeFailures,
          .rejected = counters.rejected,
          .evictions = counters.evictions,
          .fallbacks = counters.fallbacks};
}

void reset_stats() {
  CacheCounters &counters = cacheCounters();
  for (auto *counter :
       {&counters.memoryHits, &counters.diskHits, &counters.misses,
        &counters.compiles, &counters.writes, &counters.writeFailures,
        &counters.rejected, &counters.evictions, &counters.fallbacks})
    counter->store(0);
}

std::string directory() { return artifact::cacheDirectory(); }
void set_directory(const std::string &path) {
  artifact::setCacheDirectory(path);
}
void disable() { artifact::disableCache(); }

Store::~Store() = default;
void set_store(std::shared_ptr<Store> store) {
  artifact::setCacheStore(std::move(store));
}

std::uint64_t clear() {
  jit::forgetCode();
  return artifact::clearCache();
}

std::uint64_t prune(std::uint64_t bytes) { return artifact::pruneCache(bytes); }

} // namespace ferro::cache
