// A namespace [[cutile::module]] and what belongs to it.
#pragma once

#include "clang/Basic/SourceLocation.h"

#include "llvm/ADT/DenseMap.h"

#include <memory>
#include <string>
#include <vector>

namespace clang {
class ASTContext;
class Decl;
class FunctionDecl;
class NamespaceDecl;
class SourceManager;
} // namespace clang

namespace ferro::plugin {

struct SpottedAttribute;

/// A kernel; the declaration that carries the attribute.
struct Entry {
  clang::FunctionDecl *marked;
  clang::SourceLocation attribute;
  const SpottedAttribute *written; // null if it came out of a macro
};

/// A module: every piece of the outermost namespace with the attribute.
struct TileModule {
  std::string name; // "app::kernels"
  clang::SourceLocation attribute;
  std::vector<const clang::NamespaceDecl *> pieces; // as the file has them
  std::vector<Entry> entries;
};

/// The modules of a translation unit.
class TileModules {
public:
  /// Makes \p space a module, or adds nothing if it lies in one.
  void add(const clang::NamespaceDecl *space, clang::SourceLocation attribute);
  /// Looks up the pieces of every module; once the whole file is parsed.
  void collectPieces();

  /// The module that \p decl stands in; null outside of modules.
  TileModule *moduleOf(const clang::Decl *decl) const;
  const std::vector<std::unique_ptr<TileModule>> &all() const {
    return modules;
  }

private:
  std::vector<std::unique_ptr<TileModule>> modules;
  llvm::DenseMap<const clang::NamespaceDecl *, TileModule *> bySpace;
};

/// Whether \p decl is in namespace cutile or ferro, and in no tile module: the
/// library's kernels are modules like the user's.
bool isOurs(const clang::Decl *decl);

/// Whether \p decl is the language's or the standard library's: in namespace
/// cutile, ferro or std, or in a system header. Kernels are compiled against
/// the JIT's own view of these.
bool isLanguage(const clang::Decl *decl, const clang::SourceManager &sources);

} // namespace ferro::plugin
