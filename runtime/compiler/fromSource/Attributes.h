// What the attributes of the tile language mean to the importer.
#pragma once

#include <string>

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

} // namespace ferro::fromSource
