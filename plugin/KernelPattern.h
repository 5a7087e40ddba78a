// What the parameters of a kernel say about its template arguments.
#pragma once

#include <string>
#include <vector>

namespace clang {
class ParmVarDecl;
} // namespace clang

namespace ferro::plugin {

/// A parameter of a kernel; each string is the template parameter that stands
/// there, empty where something else does.
struct ParameterPattern {
  std::string kind; // of cutile::ParameterKind
  std::string element;
  std::vector<std::string> extents, map;
};

ParameterPattern patternOf(const clang::ParmVarDecl *parameter);

} // namespace ferro::plugin
