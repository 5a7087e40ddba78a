// Which optimisations the graphs of scripts go through.
#pragma once

#include "ferro/Export.h"

namespace ferro {

/// The groups of passes, all on by default. None changes what a script
/// computes; without fuseGroups every operation is a kernel of its own.
struct CompileOptions {
  bool foldConstants = true;
  bool simplify = true; ///< algebraic identities and common subexpressions
  bool eliminateDeadOps = true;
  bool fuseGroups = true;
  bool planMemory = true; ///< reuse of temporary memory

  friend bool operator==(const CompileOptions &,
                         const CompileOptions &) = default;
};

/// The options of this thread.
FERRO_API CompileOptions compile_options();

/// Sets this thread's options for a scope. They are part of a script's
/// signature: code made with others is neither used nor lost.
class FERRO_API WithCompileOptions {
public:
  explicit WithCompileOptions(CompileOptions options);
  ~WithCompileOptions();
  WithCompileOptions(const WithCompileOptions &) = delete;
  WithCompileOptions &operator=(const WithCompileOptions &) = delete;

private:
  CompileOptions previous;
};

} // namespace ferro
