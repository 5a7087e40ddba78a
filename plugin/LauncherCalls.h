// What kernels say about their template arguments, which instantiations a file
// has, and which its launches ask for.
#pragma once

#include "ScriptRewriter.h"

#include <map>
#include <string>
#include <vector>

namespace ferro::plugin {

/// A parameter of a kernel; each string is the template parameter that stands
/// there, empty where something else does.
struct ParameterPattern {
  std::string kind; // of cutile::ParameterKind
  std::string element;
  std::vector<std::string> extents, map;
};

ParameterPattern patternOf(const clang::ParmVarDecl *parameter);

/// Template arguments of a kernel.
struct InstantiationText {
  std::vector<std::string> spelled; // as C++: "::kernels::Silu"
  std::vector<std::string> values;  // as a launch names them: "f32", "64"
};

/// By the kernel's qualified name.
using Instantiations = std::map<std::string, std::vector<InstantiationText>>;

/// A type as a launch names it: "f32" for elements, else its qualified name.
std::string genericName(clang::QualType type, const clang::ASTContext &context);

/// The instantiations of \p kernels, templates, that the file has itself, and
/// those that calls of their launchers ask for with constant tiles:
/// `gemm(c.partition({128, 256}), a, b).generics({{"BK", 64}})`.
Instantiations
findInstantiations(const std::vector<const clang::FunctionDecl *> &kernels,
                   clang::ASTContext &context);

/// Says which function each use of one of \p kernels means that is no call: the
/// launcher of that name is another one.
void nameKernels(const std::vector<const clang::FunctionDecl *> &kernels,
                 clang::ASTContext &context, Style style, FileEdits &edits);

} // namespace ferro::plugin
