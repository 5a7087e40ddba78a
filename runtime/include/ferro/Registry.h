// The tile modules of the running process, with the source they were compiled
// from. Libraries that are loaded later appear, and disappear when unloaded.
#pragma once

#include "ferro/Export.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ferro::registry {

/// A stretch of a source file.
struct Piece {
  std::string module; // whose it is; empty for what stands outside of modules
  std::string file;
  int line; // of its first character; counts from 1
  std::string text;
};

/// A kernel.
struct Entry {
  std::string name; // "kernels::gemm"
  int line;         // of its declaration, in the file of its piece
};

/// A namespace [[cutile::module]] as one translation unit saw it.
struct Module {
  std::string name; // "app::kernels"
  /// 32 hexadecimal digits over the pieces, the places and the language; equal
  /// hashes mean equal kernels.
  std::string hash;
  std::string standard;             // of the language, as for -std: "c++20"
  bool signedChar = true;           // whether char is signed
  std::vector<std::string> imports; // modules that this one uses, all depths
  std::vector<Entry> entries;       // in the order of their first declarations
  /// Everything the module needs, in the order of the translation unit: its own
  /// pieces, those of its imports, and the macros, constants and types from
  /// outside of modules.
  std::vector<Piece> pieces;
};

/// All modules, by name; the same module from several objects stands there
/// once, different modules of one name follow each other.
FERRO_API std::vector<Module> list();

/// The module that \p path leads to: its name, or the name of something in it;
/// the longest name of a module that begins \p path. Of several that have this
/// name, the one that was registered first.
FERRO_API std::optional<Module> find(std::string_view path);

/// The pieces of a module as one C++ text with #line directives, to be compiled
/// after `#include <cutile/cutile.h>`.
/// \throws Error ModuleNotFound if \p path leads to no module.
FERRO_API std::string text(std::string_view path);
/// Module::hash.
/// \throws Error ModuleNotFound if \p path leads to no module.
FERRO_API std::string hash(std::string_view path);
/// Module::imports.
/// \throws Error ModuleNotFound if \p path leads to no module.
FERRO_API std::vector<std::string> imports(std::string_view path);

} // namespace ferro::registry
