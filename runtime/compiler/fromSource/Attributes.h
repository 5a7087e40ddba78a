// What the attributes of the tile language mean to the importer.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace clang {
class Decl;
class FunctionDecl;
} // namespace clang

namespace ferro::fromSource {

/// The operation that \p function declares, "addf" of [[cutile::op("addf")]];
/// empty if it is none. An instance is what its pattern is.
std::string operationOf(const clang::FunctionDecl *function);

/// Whether [[cutile::entry]] stands on \p function, or on its pattern.
bool isEntry(const clang::FunctionDecl *function);

/// `dim(a, 1)` in a precondition.
struct Dimension {
  std::string parameter;
  std::int64_t axis = 0;
};

/// `dim(a, 1) == dim(b, 0)`, or with a divisor `dim(a, 0) % 8 == 0`.
struct Precondition {
  Dimension left, right;
  std::int64_t divisor = 0; ///< 0: none
};

/// What [[cutile::entry(...)]] says, as far as native code heeds it.
struct EntryOptions {
  bool denyChecks = false;  ///< deny_in_kernel_checks
  bool isUnchecked = false; ///< unchecked_accesses
  std::vector<Precondition> preconditions;
};

EntryOptions optionsOf(const clang::FunctionDecl *kernel);

} // namespace ferro::fromSource
