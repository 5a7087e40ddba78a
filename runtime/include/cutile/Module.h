// What the plugin's text about modules needs: a shared library or program makes
// its modules known when it is loaded and takes them back when it is unloaded.
#pragma once

#include "ferro/Export.h"

namespace cutile::detail {
/// A cutile::Global of a module's namespace: "kernels::counter".
struct GlobalEntry {
  const char *name;
  void *address;
};
} // namespace cutile::detail

extern "C" {
/// Adds the modules of one loaded object. Only remembers the range.
FERRO_API void ferro_register_modules(const char *const *begin,
                                      const char *const *end);
/// Forgets the range that starts at \p begin.
FERRO_API void ferro_unregister_modules(const char *const *begin);
/// Adds the Globals of one loaded object.
FERRO_API void ferro_register_globals(const cutile::detail::GlobalEntry *begin,
                                      const cutile::detail::GlobalEntry *end);
/// Forgets the range that starts at \p begin.
FERRO_API void
ferro_unregister_globals(const cutile::detail::GlobalEntry *begin);
}

namespace cutile::detail {

/// The modules of one loaded object: its section `cutile_modules`, which has a
/// pointer to the text of each (runtime/launch/ModuleText.h).
class ModuleRange {
public:
  ModuleRange(const char *const *first, const char *const *end) : begin(first) {
    ferro_register_modules(first, end);
  }
  ~ModuleRange() { ferro_unregister_modules(begin); }
  ModuleRange(const ModuleRange &) = delete;

private:
  const char *const *begin;
};

/// The Globals of one loaded object: its section `cutile_globals`.
class GlobalRange {
public:
  GlobalRange(const GlobalEntry *first, const GlobalEntry *end) : begin(first) {
    ferro_register_globals(first, end);
  }
  ~GlobalRange() { ferro_unregister_globals(begin); }
  GlobalRange(const GlobalRange &) = delete;

private:
  const GlobalEntry *begin;
};

} // namespace cutile::detail
