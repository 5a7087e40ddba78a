// What the plugin's text about modules needs: a shared library or program makes
// its modules known when it is loaded and takes them back when it is unloaded.
#pragma once

#include "ferro/Export.h"

extern "C" {
/// Adds the modules of one loaded object. Only remembers the range.
FERRO_API void ferro_register_modules(const char *const *begin,
                                      const char *const *end);
/// Forgets the range that starts at \p begin.
FERRO_API void ferro_unregister_modules(const char *const *begin);
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

} // namespace cutile::detail
