// C++ objects while a kernel is imported: a tree whose leaves are values.
#pragma once

#include "compiler/tile/Tile.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/Type.h"

#include <deque>
#include <optional>

namespace ferro::importer {

/// Memory that a view or partition stands for.
struct ViewInfo {
  mlir::Value elements;                   ///< a memref of those that exist
  mlir::Value tensor;                     ///< a memref of the whole tensor
  llvm::SmallVector<mlir::Value> extents; ///< i64; may reach beyond `elements`
  std::string name;
};

enum class ObjectKind {
  Leaf,      ///< a number, a tile, a tile of pointers, a pointer to elements
  Record,    ///< parts: bases, then fields
  Array,     ///< parts: elements
  Reference, ///< another object
  View,      ///< a TensorView, a Partition
  Text,      ///< a pointer to a string literal
  Function   ///< a function, or a pointer to it
};

struct Object {
  ObjectKind kind = ObjectKind::Record;
  clang::QualType type;
  mlir::Value value;   ///< of a leaf; null before it has one
  mlir::Value address; ///< of a number in memory, which has no value here
  llvm::SmallVector<Object *, 0> parts;
  Object *target = nullptr;
  std::optional<ViewInfo> view;
  std::string text;
  const clang::FunctionDecl *function = nullptr;
  bool isCopy = false; ///< of an element that an unknown index chose
};

/// A class template's instance, by the name of the template:
/// isInstance(type, "cutile::Tile").
const clang::ClassTemplateSpecializationDecl *instanceOf(clang::QualType type,
                                                         llvm::StringRef name);

/// Template arguments as numbers, packs taken apart: the extents of a Tile or
/// TileShape from argument \p first on.
llvm::SmallVector<std::int64_t>
integersOf(const clang::ClassTemplateSpecializationDecl *instance,
           unsigned first = 0);

/// One value for each row of cutile/Elements.def.
enum class ElementRow {
#define CUTILE_ELEMENT(Id, name, CppType, kind, bits) Id,
#include "cutile/Elements.def"
};

/// Types of C++ as the dialect has them.
class TypeMap {
public:
  TypeMap(clang::ASTContext &ast, mlir::MLIRContext *context)
      : ast(ast), context(context) {}

  /// Which element \p type is; none if it is no element.
  std::optional<ElementRow> rowOf(clang::QualType type) const;
  /// The element type of tiles of \p type; null if there is none.
  mlir::Type elementOf(clang::QualType type) const;
  /// The type of a leaf; null if \p type is none.
  mlir::Type leafOf(clang::QualType type) const;
  ObjectKind kindOf(clang::QualType type) const;

private:
  clang::ASTContext &ast;
  mlir::MLIRContext *context;
};

} // namespace ferro::importer
