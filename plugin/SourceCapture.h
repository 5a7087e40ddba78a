// The source of a tile module, with all that it needs, as the program keeps it.
#pragma once

#include "Diagnostics.h"
#include "PreprocessorNotes.h"
#include "TileModule.h"

#include <string>
#include <vector>

namespace ferro::plugin {

/// A stretch of a file; runtime/include/ferro/Registry.h has its meaning.
struct CapturedPiece {
  std::string module; // empty outside of modules
  std::string file;
  unsigned line;
  std::string text;
};

/// A module as it is registered.
struct CapturedModule {
  std::string name;
  std::string hash; // 32 hexadecimal digits: XXH3-128
  std::string standard;
  bool signedChar;
  std::vector<std::string> imports;
  std::vector<std::pair<std::string, unsigned>> entries; // name, line
  std::vector<CapturedPiece> pieces;
  std::vector<std::string> globals; // cutile::Global: "kernels::counter"
};

/// Captures every module of \p modules: its pieces, those of the modules it
/// reaches by Clang's own name lookup, and the macros, constants, types and
/// constexpr functions from outside that these need. Reports what is needed and
/// cannot travel.
std::vector<CapturedModule> captureSources(const TileModules &modules,
                                           const PreprocessorNotes &notes,
                                           clang::ASTContext &context,
                                           Findings &findings);

} // namespace ferro::plugin
