#include "compiler/importer/Objects.h"

#include "clang/AST/DeclCXX.h"
#include "clang/AST/DeclTemplate.h"

using namespace clang;
using namespace ferro::importer;
using llvm::StringRef;

const ClassTemplateSpecializationDecl *
ferro::importer::instanceOf(QualType type, StringRef name) {
  if (type.isNull())
    return nullptr;
  auto *record = type.getNonReferenceType()->getAsCXXRecordDecl();
  auto *instance = dyn_cast_or_null<ClassTemplateSpecializationDecl>(record);
  return instance && instance->getQualifiedNameAsString() == name ? instance
                                                                  : nullptr;
}

static void addIntegers(const TemplateArgument &argument,
                        llvm::SmallVector<std::int64_t> &integers) {
  if (argument.getKind() == TemplateArgument::Integral)
    integers.push_back(argument.getAsIntegral().getExtValue());
  else if (argument.getKind() == TemplateArgument::Pack)
    for (const TemplateArgument &each : argument.pack_elements())
      addIntegers(each, integers);
}

llvm::SmallVector<std::int64_t>
ferro::importer::integersOf(const ClassTemplateSpecializationDecl *instance,
                            unsigned first) {
  llvm::SmallVector<std::int64_t> integers;
  for (const TemplateArgument &argument :
       instance->getTemplateArgs().asArray().drop_front(first))
    addIntegers(argument, integers);
  return integers;
}

static StringRef recordName(QualType type, std::string &storage) {
  const auto *record = type->getAsCXXRecordDecl();
  storage = record ? record->getQualifiedNameAsString() : "";
  return storage;
}

// char, as in texts; i8 and u8 are others.
static bool isText(QualType type) {
  if (!type->isPointerType())
    return false;
  QualType pointee = type->getPointeeType();
  return pointee->isSpecificBuiltinType(BuiltinType::Char_S) ||
         pointee->isSpecificBuiltinType(BuiltinType::Char_U);
}

mlir::Type TypeMap::elementOf(QualType type) const {
  type = type.getCanonicalType().getUnqualifiedType();
  if (const auto *of = type->getAs<EnumType>())
    type = of->getDecl()->getIntegerType();
  if (type->isBooleanType())
    return mlir::IntegerType::get(context, 1);
  if (type->isIntegerType())
    return mlir::IntegerType::get(context, ast.getIntWidth(type));
  if (type->isSpecificBuiltinType(BuiltinType::Float))
    return mlir::Float32Type::get(context);
  if (type->isSpecificBuiltinType(BuiltinType::Double))
    return mlir::Float64Type::get(context);
  std::string name;
  if (recordName(type, name) == "ferro::f16")
    return mlir::Float16Type::get(context);
  if (name == "ferro::bf16")
    return mlir::BFloat16Type::get(context);
  if (name == "cutile::tf32")
    return mlir::FloatTF32Type::get(context);
  if (name == "cutile::f8e4m3")
    return mlir::Float8E4M3FNType::get(context);
  if (name == "cutile::f8e5m2")
    return mlir::Float8E5M2Type::get(context);
  if (name == "cutile::f8e8m0")
    return mlir::Float8E8M0FNUType::get(context);
  if (name == "cutile::f4e2m1")
    return mlir::Float4E2M1FNType::get(context);
  if (name == "cutile::i4")
    return mlir::IntegerType::get(context, 4);
  if (name == "cutile::f4e2m1x2")
    return mlir::IntegerType::get(context, 8);
  return nullptr;
}

mlir::Type TypeMap::leafOf(QualType type) const {
  type = type.getCanonicalType().getUnqualifiedType();
  if (const auto *tile = instanceOf(type, "cutile::Tile")) {
    mlir::Type element = elementOf(tile->getTemplateArgs()[0].getAsType());
    return element ? mlir::RankedTensorType::get(integersOf(tile, 1), element)
                   : mlir::Type();
  }
  mlir::Type address = mlir::IntegerType::get(context, 64);
  if (const auto *tile = instanceOf(type, "cutile::PointerTile"))
    return mlir::RankedTensorType::get(integersOf(tile, 1), address);
  if (type->isPointerType())
    return elementOf(type->getPointeeType()) && !isText(type) ? address
                                                              : mlir::Type();
  return elementOf(type);
}

ObjectKind TypeMap::kindOf(QualType type) const {
  if (type->isReferenceType())
    return ObjectKind::Reference;
  if (leafOf(type))
    return ObjectKind::Leaf;
  if (type->isPointerType())
    return isText(type) ? ObjectKind::Text : ObjectKind::Reference;
  if (type->isConstantArrayType())
    return ObjectKind::Array;
  for (StringRef view : {"cutile::TensorView", "cutile::Partition",
                         "cutile::PartitionMut", "cutile::MappedPartitionMut"})
    if (instanceOf(type, view))
      return ObjectKind::View;
  return ObjectKind::Record;
}
