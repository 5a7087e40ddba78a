#include "launch/Globals.h"

#include "cutile/Module.h"

#include <algorithm>
#include <mutex>
#include <vector>

using cutile::detail::GlobalEntry;

namespace {

// As the registry of modules: ranges come before main and go after it.
struct Globals {
  struct Range {
    const GlobalEntry *begin;
    const GlobalEntry *end;
  };
  std::mutex mutex;
  std::vector<Range> ranges;

  static Globals &instance() {
    static auto *globals = new Globals;
    return *globals;
  }
};

} // namespace

void ferro_register_globals(const GlobalEntry *begin, const GlobalEntry *end) {
  if (begin == end)
    return;
  Globals &globals = Globals::instance();
  std::lock_guard lock(globals.mutex);
  globals.ranges.push_back({begin, end});
}

void ferro_unregister_globals(const GlobalEntry *begin) {
  Globals &globals = Globals::instance();
  std::lock_guard lock(globals.mutex);
  std::erase_if(globals.ranges, [&](const Globals::Range &range) {
    return range.begin == begin;
  });
}

void *ferro::launch::globalNamed(std::string_view name) {
  Globals &globals = Globals::instance();
  std::lock_guard lock(globals.mutex);
  for (const Globals::Range &range : globals.ranges) {
    const GlobalEntry *found =
        std::find_if(range.begin, range.end, [&](const GlobalEntry &each) {
          return each.name == name;
        });
    if (found != range.end)
      return found->address;
  }
  return nullptr;
}
