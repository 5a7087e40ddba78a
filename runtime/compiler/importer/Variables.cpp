#include "compiler/importer/Importer.h"

#include "clang/AST/ASTLambda.h"
#include "clang/AST/DeclTemplate.h"

using namespace clang;
using namespace ferro::importer;
using mlir::Value;

// Arrays beyond this are no set of variables any more.
static constexpr std::uint64_t largestArray = 1024;

//===----------------------------------------------------------------------===//
// Objects
//===----------------------------------------------------------------------===//

Object *Importer::make(QualType type, SourceLocation at) {
  type = type.getCanonicalType().getUnqualifiedType();
  Object &object = objects.emplace_back();
  object.type = type;
  object.kind = types.kindOf(type);
  if (object.kind == ObjectKind::Leaf)
    live.push_back(&object);
  else if (object.kind == ObjectKind::Record ||
           object.kind == ObjectKind::Array)
    addParts(&object, at);
  else
    handles.push_back(&object);
  return &object;
}

void Importer::addParts(Object *object, SourceLocation at) {
  if (const auto *array = ast.getAsConstantArrayType(object->type)) {
    std::uint64_t size = array->getSize().getZExtValue();
    if (size > largestArray)
      refuse(at,
             "an array of " + std::to_string(size) +
                 " elements is too large for a kernel's variable; at most " +
                 std::to_string(largestArray) + " are possible");
    for (std::uint64_t i = 0; i < size; ++i)
      object->parts.push_back(make(array->getElementType(), at));
    return;
  }
  const auto *record = object->type->getAsCXXRecordDecl();
  if (!record || !record->hasDefinition())
    refuse(at, "a kernel has no variables of type '" +
                   object->type.getAsString() + "'");
  record = record->getDefinition();
  if (record->isUnion() || record->isDynamicClass())
    refuse(at, "'" + record->getQualifiedNameAsString() +
                   (record->isUnion() ? "' is a union"
                                      : "' has virtual functions or bases") +
                   "; a kernel has no such variables");
  for (const CXXBaseSpecifier &each : record->bases())
    object->parts.push_back(make(each.getType(), at));
  for (const FieldDecl *each : record->fields())
    object->parts.push_back(make(each->getType(), at));
}

Object *Importer::makeFlag() {
  Object *flag = make(ast.BoolTy, {});
  flag->value = integer(builder.getI1Type(), 0);
  return flag;
}

Object *Importer::target(Object *object) const {
  while (object->kind == ObjectKind::Reference && object->target &&
         !object->type->isPointerType())
    object = object->target;
  return object;
}

Object *Importer::base(Object *record, QualType type) const {
  const auto *decl = record->type->getAsCXXRecordDecl();
  for (const auto &[i, each] : llvm::enumerate(decl->bases()))
    if (ast.hasSameUnqualifiedType(each.getType(), type))
      return record->parts[i];
  return nullptr;
}

Object *Importer::field(Object *record, const FieldDecl *field) const {
  const auto *decl = record->type->getAsCXXRecordDecl();
  return record
      ->parts[decl->getDefinition()->getNumBases() + field->getFieldIndex()];
}

void Importer::copy(const Object *from, Object *to, SourceLocation at) {
  switch (to->kind) {
  case ObjectKind::Leaf:
    if (from->address || to->address)
      assigned(to, read(from, at), at);
    else
      to->value = from->value;
    return;
  case ObjectKind::Reference:
    to->target = from->target;
    return;
  case ObjectKind::Text:
    to->text = from->text;
    return;
  case ObjectKind::Function:
    to->function = from->function;
    return;
  case ObjectKind::View:
    to->view = from->view;
    return;
  case ObjectKind::Record:
  case ObjectKind::Array:
    for (auto [source, destination] : llvm::zip_equal(from->parts, to->parts))
      copy(source, destination, at);
  }
}

void Importer::leavesOf(Object *object,
                        llvm::SmallVectorImpl<Object *> &leaves) const {
  if (object->kind == ObjectKind::Leaf)
    leaves.push_back(object);
  for (Object *part : object->parts)
    leavesOf(part, leaves);
}

Value Importer::tileOf(Value number) {
  return emit<tile::ScalarToTileOp>(
      mlir::RankedTensorType::get({}, number.getType()), number);
}

// A number behind a pointer.
Object *Importer::inMemory(Value address, QualType type) {
  Object &object = objects.emplace_back();
  object.kind = ObjectKind::Leaf;
  object.type = type.getCanonicalType().getUnqualifiedType();
  object.address = address;
  return &object;
}

Value Importer::read(const Object *leaf, SourceLocation at) {
  if (leaf->address) {
    here = location(at);
    mlir::Type type = types.leafOf(leaf->type);
    Value tile = tile::LoadPtrOp::create(
        builder, here, mlir::RankedTensorType::get({}, type),
        tileOf(leaf->address), Value(), Value());
    return emit<tile::TileToScalarOp>(type, tile);
  }
  if (!leaf->value)
    refuse(at, "this variable may have no value here");
  return leaf->value;
}

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

// The number that a pattern in memory is; tf32 lies in 32 bits.
static llvm::APFloat patternOf(mlir::FloatType format,
                               const llvm::APInt &bits) {
  unsigned width = format.getWidth();
  llvm::APInt pattern = bits.getBitWidth() == 32 && width == 19
                            ? bits.lshr(13).trunc(19)
                            : bits.zextOrTrunc(width);
  return llvm::APFloat(format.getFloatSemantics(), pattern);
}

void Importer::fromConstant(const APValue &value, Object *to,
                            SourceLocation at) {
  mlir::OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(kernelBlock);
  auto constant = [&](mlir::TypedAttr attr) {
    to->value = mlir::arith::ConstantOp::create(builder, here, attr);
  };
  switch (value.getKind()) {
  case APValue::Int: {
    mlir::Type type = types.leafOf(to->type);
    constant(builder.getIntegerAttr(
        type, value.getInt().extOrTrunc(type.getIntOrFloatBitWidth())));
    return;
  }
  case APValue::Float:
    constant(builder.getFloatAttr(types.leafOf(to->type), value.getFloat()));
    return;
  case APValue::Struct: {
    if (to->kind == ObjectKind::Leaf && value.getStructNumFields() == 1) {
      // An element that is a pattern of bits.
      mlir::Type type = types.leafOf(to->type);
      llvm::APInt bits = value.getStructField(0).getInt();
      if (auto format = dyn_cast<mlir::FloatType>(type))
        constant(builder.getFloatAttr(type, patternOf(format, bits)));
      else
        constant(builder.getIntegerAttr(
            type, bits.zextOrTrunc(type.getIntOrFloatBitWidth())));
      return;
    }
    if (to->kind != ObjectKind::Record)
      break;
    unsigned bases = value.getStructNumBases();
    for (unsigned i = 0; i < bases; ++i)
      fromConstant(value.getStructBase(i), to->parts[i], at);
    for (unsigned i = 0; i < value.getStructNumFields(); ++i)
      fromConstant(value.getStructField(i), to->parts[bases + i], at);
    return;
  }
  case APValue::Array:
    for (unsigned i = 0; i < value.getArraySize(); ++i)
      fromConstant(i < value.getArrayInitializedElts()
                       ? value.getArrayInitializedElt(i)
                       : value.getArrayFiller(),
                   to->parts[i], at);
    return;
  case APValue::LValue:
    if (const auto *expr =
            value.getLValueBase().dyn_cast<const clang::Expr *>())
      if (const auto *text = dyn_cast<StringLiteral>(expr);
          text && to->kind == ObjectKind::Text) {
        to->text = text->getString().str();
        return;
      }
    break;
  default:
    break;
  }
  refuse(at, "a constant of type '" + to->type.getAsString() +
                 "' has no form in a kernel");
}

// As the program registers it: its namespaces that have names, and its own.
static std::string nameOfGlobal(const VarDecl *variable) {
  std::string name = variable->getNameAsString();
  for (const DeclContext *outer = variable->getDeclContext(); outer;
       outer = outer->getParent())
    if (const auto *named = dyn_cast<NamedDecl>(outer);
        named && !named->getName().empty())
      name = named->getNameAsString() + "::" + name;
  return name;
}

Object *Importer::variable(const ValueDecl *declaration, SourceLocation at) {
  if (auto found = frame().variables.find(declaration);
      found != frame().variables.end())
    return target(found->second);
  if (const auto *function = dyn_cast<FunctionDecl>(declaration)) {
    Object *object = make(function->getType(), at);
    object->function = function;
    return object;
  }
  if (const auto *parameter = dyn_cast<TemplateParamObjectDecl>(declaration)) {
    Object *object = make(parameter->getType(), at);
    fromConstant(parameter->getValue(), object, at);
    return object;
  }
  const auto *outer = dyn_cast<VarDecl>(declaration);
  if (outer && outer->getType().isConstQualified())
    if (const APValue *value = outer->evaluateValue()) {
      Object *object = make(outer->getType(), at);
      fromConstant(*value, object, at);
      return object;
    }
  if (outer && instanceOf(outer->getType(), "cutile::Global")) {
    Object *object = make(outer->getType(), at);
    object->text = nameOfGlobal(outer);
    return object;
  }
  refuse(at, "'" + declaration->getNameAsString() +
                 "' is no constant and no variable of this kernel; a kernel "
                 "reads its parameters and constants");
}

// A lambda's body names the variables that it captured.
void Importer::bindCaptures(const CXXMethodDecl *method, Frame &frame) const {
  const CXXRecordDecl *closure = method->getParent();
  if (!closure->isLambda() || !frame.self)
    return;
  llvm::DenseMap<const ValueDecl *, FieldDecl *> captures;
  FieldDecl *capturedThis = nullptr;
  closure->getCaptureFields(captures, capturedThis);
  for (auto [variable, member] : captures)
    frame.variables[variable] = field(frame.self, member);
  if (capturedThis)
    frame.self = field(frame.self, capturedThis)->target;
}
