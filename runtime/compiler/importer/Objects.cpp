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

static unsigned bitsOf(ElementRow row) {
  static constexpr unsigned table[] = {
#define CUTILE_ELEMENT(Id, name, CppType, kind, bits) bits,
#include "cutile/Elements.def"
  };
  return table[static_cast<unsigned>(row)];
}

// char, as in texts; i8 and u8 are others.
static bool isText(QualType type) {
  if (!type->isPointerType())
    return false;
  QualType pointee = type->getPointeeType();
  return pointee->isSpecificBuiltinType(BuiltinType::Char_S) ||
         pointee->isSpecificBuiltinType(BuiltinType::Char_U);
}

std::optional<ElementRow> TypeMap::rowOf(QualType type) const {
  type = type.getCanonicalType().getUnqualifiedType();
  if (const auto *of = type->getAs<EnumType>())
    type = of->getDecl()->getIntegerType().getCanonicalType();
  std::string spelling, storage;
  if (type->isBooleanType())
    spelling = "bool";
  else if (type->isIntegerType())
    spelling = (type->isUnsignedIntegerType() ? "u" : "i") +
               std::to_string(ast.getIntWidth(type));
  else if (type->isSpecificBuiltinType(BuiltinType::Float) ||
           type->isSpecificBuiltinType(BuiltinType::Double))
    spelling = "f" + std::to_string(ast.getTypeSize(type));
  else if (type->isRecordType())
    spelling = "::" + recordName(type, storage).str();
#define CUTILE_ELEMENT(Id, name, CppType, kind, bits)                          \
  if (spelling == name || spelling == #CppType)                                \
    return ElementRow::Id;
#include "cutile/Elements.def"
  return std::nullopt;
}

mlir::Type TypeMap::elementOf(QualType type) const {
  auto row = rowOf(type);
  if (!row)
    return nullptr;
  switch (*row) {
  case ElementRow::F16:
    return mlir::Float16Type::get(context);
  case ElementRow::BF16:
    return mlir::BFloat16Type::get(context);
  case ElementRow::F32:
    return mlir::Float32Type::get(context);
  case ElementRow::F64:
    return mlir::Float64Type::get(context);
  case ElementRow::TF32:
    return mlir::FloatTF32Type::get(context);
  case ElementRow::F8E4M3:
    return mlir::Float8E4M3FNType::get(context);
  case ElementRow::F8E5M2:
    return mlir::Float8E5M2Type::get(context);
  case ElementRow::F8E8M0:
    return mlir::Float8E8M0FNUType::get(context);
  case ElementRow::F4E2M1:
    return mlir::Float4E2M1FNType::get(context);
  default: // integers, and two values in a byte
    return mlir::IntegerType::get(context, bitsOf(*row));
  }
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
  if (type->isFunctionType() || type->isFunctionPointerType())
    return ObjectKind::Function;
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
