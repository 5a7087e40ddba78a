#include "compiler/importer/Importer.h"

#include "compiler/fromSource/Attributes.h"

#include "clang/AST/ASTLambda.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace clang;
using namespace ferro::importer;
using mlir::Value;
namespace arith = mlir::arith;

// An array indexed by what is known at run time only is chosen from, element by
// element.
static constexpr std::size_t largestChoice = 64;

//===----------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------===//

static bool isFloat(mlir::Type type) { return isa<mlir::FloatType>(type); }

Value Importer::arithmetic(BinaryOperatorKind kind, QualType type, Value a,
                           Value b, SourceLocation at) {
  if (isFloat(a.getType())) {
    switch (kind) {
    case BO_Add:
      return emit<arith::AddFOp>(a, b);
    case BO_Sub:
      return emit<arith::SubFOp>(a, b);
    case BO_Mul:
      return emit<arith::MulFOp>(a, b);
    case BO_Div:
      return emit<arith::DivFOp>(a, b);
    default:
      refuse(at, "floats have no such operation");
    }
  }
  bool isSigned = type->isSignedIntegerOrEnumerationType();
  switch (kind) {
  case BO_Add:
    return emit<arith::AddIOp>(a, b);
  case BO_Sub:
    return emit<arith::SubIOp>(a, b);
  case BO_Mul:
    return emit<arith::MulIOp>(a, b);
  case BO_Div:
  case BO_Rem:
    return divide(kind == BO_Rem, isSigned, a, b);
  case BO_And:
    return emit<arith::AndIOp>(a, b);
  case BO_Or:
    return emit<arith::OrIOp>(a, b);
  case BO_Xor:
    return emit<arith::XOrIOp>(a, b);
  case BO_Shl:
  case BO_Shr: {
    // The amount may have a type of its own.
    unsigned width = a.getType().getIntOrFloatBitWidth();
    if (b.getType() != a.getType())
      b = b.getType().getIntOrFloatBitWidth() > width
              ? emit<arith::TruncIOp>(a.getType(), b)
              : emit<arith::ExtUIOp>(a.getType(), b);
    // Beyond the width C++ leaves it open; here it is what the low bits say.
    b = emit<arith::AndIOp>(b, integer(a.getType(), width - 1));
    if (kind == BO_Shl)
      return emit<arith::ShLIOp>(a, b);
    return isSigned ? emit<arith::ShRSIOp>(a, b) : emit<arith::ShRUIOp>(a, b);
  }
  default:
    refuse(at, "numbers have no such operation");
  }
}

// Without a trap: 0 and the dividend where the divisor is 0, as operations on
// tiles have it, and the least integer over -1 wraps.
Value Importer::divide(bool isRemainder, bool isSigned, Value a, Value b) {
  mlir::Type type = a.getType();
  auto plain = [&](Value divisor) -> Value {
    if (isRemainder)
      return isSigned ? emit<arith::RemSIOp>(a, divisor)
                      : emit<arith::RemUIOp>(a, divisor);
    return isSigned ? emit<arith::DivSIOp>(a, divisor)
                    : emit<arith::DivUIOp>(a, divisor);
  };
  if (auto divisor = known(b); divisor && *divisor != 0 && *divisor != -1)
    return plain(b);
  auto equals = [&](std::int64_t value) {
    return emit<arith::CmpIOp>(arith::CmpIPredicate::eq, b,
                               integer(type, value));
  };
  Value byZero = equals(0), unsafe = byZero, byMinusOne;
  if (isSigned) {
    byMinusOne = equals(-1);
    unsafe = emit<arith::OrIOp>(byZero, byMinusOne);
  }
  Value zero = integer(type, 0);
  Value safe = plain(emit<arith::SelectOp>(unsafe, integer(type, 1), b));
  if (isSigned)
    safe = emit<arith::SelectOp>(
        byMinusOne, isRemainder ? zero : emit<arith::SubIOp>(zero, a), safe);
  return emit<arith::SelectOp>(byZero, isRemainder ? a : zero, safe);
}

Value Importer::compare(BinaryOperatorKind kind, QualType type, Value a,
                        Value b, SourceLocation at) {
  if (isFloat(a.getType())) {
    auto predicate = kind == BO_EQ   ? arith::CmpFPredicate::OEQ
                     : kind == BO_NE ? arith::CmpFPredicate::UNE
                     : kind == BO_LT ? arith::CmpFPredicate::OLT
                     : kind == BO_LE ? arith::CmpFPredicate::OLE
                     : kind == BO_GT ? arith::CmpFPredicate::OGT
                                     : arith::CmpFPredicate::OGE;
    return emit<arith::CmpFOp>(predicate, a, b);
  }
  bool isSigned = type->isSignedIntegerOrEnumerationType();
  using P = arith::CmpIPredicate;
  P predicate = kind == BO_EQ   ? P::eq
                : kind == BO_NE ? P::ne
                : kind == BO_LT ? (isSigned ? P::slt : P::ult)
                : kind == BO_LE ? (isSigned ? P::sle : P::ule)
                : kind == BO_GT ? (isSigned ? P::sgt : P::ugt)
                                : (isSigned ? P::sge : P::uge);
  if (kind == BO_Cmp)
    refuse(at, "a kernel has no <=> of numbers");
  return emit<arith::CmpIOp>(predicate, a, b);
}

Value Importer::toBool(Value value) {
  mlir::Type type = value.getType();
  if (type.isInteger(1))
    return value;
  if (isFloat(type))
    return emit<arith::CmpFOp>(arith::CmpFPredicate::UNE, value,
                               number(type, 0));
  return emit<arith::CmpIOp>(arith::CmpIPredicate::ne, value, integer(type, 0));
}

// As C++ converts, and as tiles convert where C++ leaves it open.
Value Importer::convert(Value value, QualType from, QualType to,
                        SourceLocation at) {
  mlir::Type source = value.getType(), result = types.leafOf(to);
  if (!result || isa<mlir::RankedTensorType>(source) ||
      isa<mlir::RankedTensorType>(result))
    refuse(at, "'" + from.getAsString() + "' does not become '" +
                   to.getAsString() + "' in a kernel");
  if (source == result)
    return value;
  if (result.isInteger(1))
    return toBool(value);
  bool isUnsigned =
      from->isBooleanType() || from->isUnsignedIntegerOrEnumerationType();
  bool toUnsigned = to->isUnsignedIntegerOrEnumerationType();
  unsigned before = source.getIntOrFloatBitWidth(),
           after = result.getIntOrFloatBitWidth();
  bool isNarrow = before == 16 || after == 16;
  if (isFloat(source) && isFloat(result) && !isNarrow)
    return before < after ? emit<arith::ExtFOp>(result, value)
                          : emit<arith::TruncFOp>(result, value);
  if (isFloat(source) || isFloat(result)) {
    // By way of a tile: its conversions are defined for every value.
    Value tile = emit<tile::ScalarToTileOp>(
        mlir::RankedTensorType::get({}, source), value);
    tile =
        emit<tile::ConvertOp>(mlir::RankedTensorType::get({}, result), tile,
                              isFloat(source) ? toUnsigned : isUnsigned, false);
    return emit<tile::TileToScalarOp>(result, tile);
  }
  if (before == after)
    return value;
  if (before > after)
    return emit<arith::TruncIOp>(result, value);
  return isUnsigned ? emit<arith::ExtUIOp>(result, value)
                    : emit<arith::ExtSIOp>(result, value);
}

//===----------------------------------------------------------------------===//
// Scalars: everything that is one value
//===----------------------------------------------------------------------===//

Value Importer::scalar(const Expr *expr) {
  expr = expr->IgnoreParens();
  SourceLocation at = expr->getExprLoc();
  here = location(at);
  if (const auto *literal = dyn_cast<IntegerLiteral>(expr)) {
    mlir::Type type = types.leafOf(literal->getType());
    return arith::ConstantOp::create(
        builder, here, builder.getIntegerAttr(type, literal->getValue()));
  }
  if (const auto *literal = dyn_cast<FloatingLiteral>(expr))
    if (mlir::Type type = types.leafOf(literal->getType()))
      return arith::ConstantOp::create(
          builder, here, builder.getFloatAttr(type, literal->getValue()));
  if (const auto *literal = dyn_cast<CXXBoolLiteralExpr>(expr))
    return integer(builder.getI1Type(), literal->getValue());
  if (const auto *literal = dyn_cast<CharacterLiteral>(expr))
    return integer(types.leafOf(literal->getType()), literal->getValue());
  if (const auto *inner = dyn_cast<ExprWithCleanups>(expr))
    return scalar(inner->getSubExpr());
  if (const auto *inner = dyn_cast<ConstantExpr>(expr))
    return scalar(inner->getSubExpr());
  if (const auto *inner = dyn_cast<SubstNonTypeTemplateParmExpr>(expr))
    return scalar(inner->getReplacement());
  if (const auto *inner = dyn_cast<CXXDefaultArgExpr>(expr))
    return scalar(inner->getExpr());
  if (const auto *inner = dyn_cast<CXXDefaultInitExpr>(expr))
    return scalar(inner->getExpr());
  if (const auto *inner = dyn_cast<CXXBindTemporaryExpr>(expr))
    return scalar(inner->getSubExpr());
  if (const auto *inner = dyn_cast<CXXRewrittenBinaryOperator>(expr))
    return scalar(inner->getSemanticForm());
  if (const auto *inner = dyn_cast<MaterializeTemporaryExpr>(expr))
    return scalar(inner->getSubExpr());
  if (const auto *cast = dyn_cast<CastExpr>(expr))
    return castScalar(cast);
  if (const auto *op = dyn_cast<CompoundAssignOperator>(expr))
    return compound(op);
  if (const auto *op = dyn_cast<BinaryOperator>(expr))
    return binary(op);
  if (const auto *op = dyn_cast<UnaryOperator>(expr))
    return unary(op);
  if (expr->isGLValue())
    return read(lvalue(expr), at);
  // A constant that Clang knows: sizeof, traits, concepts, calls of constexpr
  // functions.
  Object *result = make(expr->getType(), at);
  if (result->kind != ObjectKind::Leaf)
    refuse(at, "a kernel has no values of type '" +
                   expr->getType().getAsString() + "' here");
  evaluate(expr, result);
  return read(result, at);
}

// Whether Clang can tell the value; if so \p to has it.
bool Importer::constant(const Expr *expr, Object *to) {
  if (expr->isValueDependent() || isa<CXXConstructExpr>(expr) ||
      expr->getType()->isVoidType())
    return false;
  Expr::EvalResult result;
  if (!expr->EvaluateAsRValue(result, ast) || result.HasSideEffects)
    return false;
  if (result.Val.isLValue() && to->kind != ObjectKind::Text)
    return false;
  fromConstant(result.Val, to, expr->getExprLoc());
  return true;
}

Value Importer::castScalar(const CastExpr *cast) {
  const Expr *operand = cast->getSubExpr();
  SourceLocation at = cast->getExprLoc();
  QualType from = operand->getType(), to = cast->getType();
  switch (cast->getCastKind()) {
  case CK_LValueToRValue:
    return read(lvalue(operand), at);
  case CK_NoOp:
  case CK_UserDefinedConversion:
    return scalar(operand);
  case CK_ConstructorConversion: {
    Object *result = make(to, at);
    evaluate(operand, result);
    return read(result, at);
  }
  case CK_IntegralCast:
  case CK_IntegralToBoolean:
  case CK_IntegralToFloating:
  case CK_FloatingToIntegral:
  case CK_FloatingToBoolean:
  case CK_FloatingCast:
  case CK_BooleanToSignedIntegral:
    return convert(scalar(operand), from, to, at);
  case CK_BitCast: // of pointers
  case CK_PointerToIntegral:
  case CK_IntegralToPointer:
    return scalar(operand);
  default: {
    Object *result = make(to, at);
    if (result->kind == ObjectKind::Leaf && constant(cast, result))
      return read(result, at);
    refuse(at, std::string("a kernel has no conversion of this kind (") +
                   cast->getCastKindName() + ") from '" + from.getAsString() +
                   "' to '" + to.getAsString() + "'");
  }
  }
}

Value Importer::unary(const UnaryOperator *op) {
  SourceLocation at = op->getOperatorLoc();
  const Expr *operand = op->getSubExpr();
  if (op->isIncrementDecrementOp()) {
    Object *object = lvalue(operand);
    Value before = read(object, at);
    Value one = isFloat(before.getType()) ? number(before.getType(), 1)
                                          : integer(before.getType(), 1);
    if (operand->getType()->isPointerType())
      one = integer(before.getType(),
                    ast.getTypeSizeInChars(operand->getType()->getPointeeType())
                        .getQuantity());
    Value after = assigned(object,
                           arithmetic(op->isIncrementOp() ? BO_Add : BO_Sub,
                                      operand->getType(), before, one, at),
                           at);
    return op->isPrefix() ? after : before;
  }
  switch (op->getOpcode()) {
  case UO_Plus:
    return scalar(operand);
  case UO_Minus: {
    Value value = scalar(operand);
    if (isFloat(value.getType()))
      return emit<arith::NegFOp>(value);
    return emit<arith::SubIOp>(integer(value.getType(), 0), value);
  }
  case UO_Not: {
    Value value = scalar(operand);
    return emit<arith::XOrIOp>(value, integer(value.getType(), -1));
  }
  case UO_LNot:
    return negated(toBool(scalar(operand)));
  case UO_AddrOf:
    if (Object *object = lvalue(operand); object->address)
      return object->address;
    refuse(at, "a kernel has no pointers to its own numbers and tiles");
  default:
    if (op->isGLValue())
      return read(lvalue(op), at);
    refuse(at, "a kernel has no operator of this kind here (" +
                   UnaryOperator::getOpcodeStr(op->getOpcode()).str() + ")");
  }
}

Value Importer::binary(const BinaryOperator *op) {
  SourceLocation at = op->getOperatorLoc();
  const Expr *left = op->getLHS(), *right = op->getRHS();
  switch (op->getOpcode()) {
  case BO_Assign:
    return read(assign(op), at);
  case BO_Comma:
    discard(left);
    return scalar(right);
  case BO_LAnd:
  case BO_LOr: {
    Value first = toBool(scalar(left));
    bool isAnd = op->getOpcode() == BO_LAnd;
    Object *result = make(ast.BoolTy, at);
    result->value = first;
    auto second = [&] { result->value = toBool(scalar(right)); };
    auto keep = [] {};
    isAnd ? branch(first, at, second, keep) : branch(first, at, keep, second);
    return result->value;
  }
  default:
    break;
  }
  if (left->getType()->isPointerType() && right->getType()->isIntegerType() &&
      op->isAdditiveOp()) {
    Value base = scalar(left), count = scalar(right);
    count = convert(count, right->getType(), ast.LongTy, at);
    std::int64_t size =
        ast.getTypeSizeInChars(left->getType()->getPointeeType()).getQuantity();
    count = emit<arith::MulIOp>(count, integer(count.getType(), size));
    return arithmetic(op->getOpcode(), ast.LongTy, base, count, at);
  }
  Value a = scalar(left), b = scalar(right);
  here = location(at);
  if (isa<mlir::RankedTensorType>(a.getType()))
    refuse(at, "tiles have no built-in operators here");
  if (op->isComparisonOp())
    return compare(op->getOpcode(), left->getType(), a, b, at);
  return arithmetic(op->getOpcode(), op->getType(), a, b, at);
}

Object *Importer::assign(const BinaryOperator *op) {
  SourceLocation at = op->getOperatorLoc();
  if (types.leafOf(op->getLHS()->getType())) {
    Value value = scalar(op->getRHS());
    Object *object = lvalue(op->getLHS());
    assigned(object, value, at);
    return object;
  }
  Object *object = lvalue(op->getLHS());
  evaluate(op->getRHS(), object);
  return object;
}

Value Importer::assigned(Object *to, Value value, SourceLocation at) {
  if (to->isCopy)
    refuse(at, "which element this is must be known when the kernel is "
               "compiled");
  if (to->address) {
    here = location(at);
    tile::StorePtrOp::create(builder, here, tileOf(value), tileOf(to->address),
                             Value());
    return value;
  }
  return to->value = value;
}

Value Importer::compound(const CompoundAssignOperator *op) {
  SourceLocation at = op->getOperatorLoc();
  Value right = scalar(op->getRHS());
  Object *object = lvalue(op->getLHS());
  Value left = read(object, at);
  auto kind = BinaryOperator::getOpForCompoundAssignment(op->getOpcode());
  if (op->getLHS()->getType()->isPointerType()) {
    std::int64_t size =
        ast.getTypeSizeInChars(op->getLHS()->getType()->getPointeeType())
            .getQuantity();
    right = convert(right, op->getRHS()->getType(), ast.LongTy, at);
    right = emit<arith::MulIOp>(right, integer(right.getType(), size));
    return assigned(object, arithmetic(kind, ast.LongTy, left, right, at), at);
  }
  left =
      convert(left, op->getLHS()->getType(), op->getComputationLHSType(), at);
  Value result =
      arithmetic(kind, op->getComputationResultType(), left, right, at);
  result = convert(result, op->getComputationResultType(),
                   op->getLHS()->getType(), at);
  return assigned(object, result, at);
}

//===----------------------------------------------------------------------===//
// Objects
//===----------------------------------------------------------------------===//

Object *Importer::lvalue(const Expr *expr) {
  expr = expr->IgnoreParens();
  SourceLocation at = expr->getExprLoc();
  if (const auto *name = dyn_cast<DeclRefExpr>(expr)) {
    if (const auto *binding = dyn_cast<BindingDecl>(name->getDecl()))
      if (!frame().variables.contains(binding))
        return lvalue(binding->getBinding());
    return variable(name->getDecl(), at);
  }
  if (const auto *member = dyn_cast<MemberExpr>(expr)) {
    const auto *decl = dyn_cast<FieldDecl>(member->getMemberDecl());
    if (!decl)
      return variable(member->getMemberDecl(), at);
    Object *record = nullptr;
    if (member->isArrow()) {
      Object *pointer = make(member->getBase()->getType(), at);
      evaluate(member->getBase(), pointer);
      record = pointer->target;
    } else {
      record = objectOf(member->getBase());
    }
    if (!record || record->kind != ObjectKind::Record)
      refuse(at, "'" + decl->getNameAsString() +
                     "' is no member that a kernel can read");
    return target(field(record, decl));
  }
  if (isa<CXXThisExpr>(expr) && frame().self)
    return frame().self;
  if (const auto *subscript = dyn_cast<ArraySubscriptExpr>(expr))
    return element(subscript);
  if (const auto *inner = dyn_cast<ExprWithCleanups>(expr))
    return lvalue(inner->getSubExpr());
  if (const auto *inner = dyn_cast<ConstantExpr>(expr))
    return lvalue(inner->getSubExpr());
  if (const auto *inner = dyn_cast<SubstNonTypeTemplateParmExpr>(expr))
    return lvalue(inner->getReplacement());
  if (const auto *inner = dyn_cast<CXXDefaultArgExpr>(expr))
    return lvalue(inner->getExpr());
  if (const auto *inner = dyn_cast<CXXDefaultInitExpr>(expr))
    return lvalue(inner->getExpr());
  if (const auto *temporary = dyn_cast<MaterializeTemporaryExpr>(expr)) {
    Object *object = make(temporary->getSubExpr()->getType(), at);
    initialize(temporary->getSubExpr(), object);
    return object;
  }
  if (const auto *cast = dyn_cast<CastExpr>(expr)) {
    if (cast->getCastKind() == CK_NoOp)
      return objectOf(cast->getSubExpr());
    if (cast->getCastKind() == CK_DerivedToBase ||
        cast->getCastKind() == CK_UncheckedDerivedToBase) {
      Object *object = objectOf(cast->getSubExpr());
      for (const CXXBaseSpecifier *step : cast->path())
        object = base(object, step->getType());
      return object;
    }
  }
  if (const auto *op = dyn_cast<CompoundAssignOperator>(expr)) {
    compound(op);
    return lvalue(op->getLHS());
  }
  if (const auto *op = dyn_cast<BinaryOperator>(expr)) {
    if (op->getOpcode() == BO_Comma) {
      discard(op->getLHS());
      return lvalue(op->getRHS());
    }
    if (op->getOpcode() == BO_Assign)
      return assign(op);
  }
  if (const auto *op = dyn_cast<UnaryOperator>(expr)) {
    if (op->getOpcode() == UO_Deref) {
      if (isa<CXXThisExpr>(op->getSubExpr()->IgnoreParenImpCasts()))
        return frame().self;
      QualType type = op->getSubExpr()->getType();
      if (types.leafOf(type))
        return inMemory(scalar(op->getSubExpr()), type->getPointeeType());
      Object *pointer = make(type, at);
      if (pointer->kind != ObjectKind::Reference)
        refuse(at, "a kernel has no pointers of this kind");
      evaluate(op->getSubExpr(), pointer);
      return pointer->target;
    }
    if (op->isIncrementDecrementOp()) {
      unary(op);
      return lvalue(op->getSubExpr());
    }
  }
  if (const auto *call = dyn_cast<CallExpr>(expr))
    return callReference(call);
  if (const auto *choice = dyn_cast<AbstractConditionalOperator>(expr)) {
    auto condition = known(toBool(scalar(choice->getCond())));
    if (condition)
      return lvalue(*condition ? choice->getTrueExpr()
                               : choice->getFalseExpr());
    // Which object it is is not known, but its value can be.
    Object *object = make(expr->getType(), at);
    conditional(choice, object);
    object->isCopy = true;
    return object;
  }
  if (isa<StringLiteral>(expr)) {
    Object *object = make(ast.getPointerType(ast.getConstType(ast.CharTy)), at);
    object->text = cast<StringLiteral>(expr)->getString().str();
    return object;
  }
  refuse(at, std::string("a kernel has no objects of this kind (") +
                 expr->getStmtClassName() + ")");
}

// What a member belongs to: an object, or a value that becomes one.
Object *Importer::objectOf(const Expr *expr) {
  if (expr->isGLValue())
    return lvalue(expr);
  Object *object = make(expr->getType(), expr->getExprLoc());
  evaluate(expr, object);
  return object;
}

Object *Importer::element(const ArraySubscriptExpr *subscript) {
  SourceLocation at = subscript->getExprLoc();
  const Expr *base = subscript->getBase()->IgnoreImpCasts();
  if (types.leafOf(base->getType())) {
    Value address = scalar(subscript->getBase());
    Value index = convert(scalar(subscript->getIdx()),
                          subscript->getIdx()->getType(), ast.LongTy, at);
    std::int64_t size =
        ast.getTypeSizeInChars(subscript->getType()).getQuantity();
    Value bytes = emit<arith::MulIOp>(index, integer(index.getType(), size));
    return inMemory(emit<arith::AddIOp>(address, bytes), subscript->getType());
  }
  if (!base->getType()->isConstantArrayType())
    refuse(at, "a kernel has no pointers of this kind");
  Object *array = objectOf(base);
  Value index = scalar(subscript->getIdx());
  if (auto i = known(index)) {
    if (*i < 0 || std::size_t(*i) >= array->parts.size())
      refuse(at, "index " + std::to_string(*i) + " is outside of an array of " +
                     std::to_string(array->parts.size()));
    return target(array->parts[*i]);
  }
  // A copy of what the index chooses.
  if (array->parts.size() > largestChoice || array->parts.empty() ||
      array->parts[0]->kind != ObjectKind::Leaf)
    refuse(at,
           "the index of an array of '" + array->parts[0]->type.getAsString() +
               "' must be known when the kernel is compiled; of numbers and "
               "tiles at most " +
               std::to_string(largestChoice) + " may be chosen from");
  Object *chosen = make(array->parts[0]->type, at);
  chosen->value = read(array->parts[0], at);
  for (std::size_t i = 1; i < array->parts.size(); ++i) {
    Value isThis = emit<arith::CmpIOp>(arith::CmpIPredicate::eq, index,
                                       integer(index.getType(), i));
    chosen->value =
        emit<arith::SelectOp>(isThis, read(array->parts[i], at), chosen->value);
  }
  chosen->isCopy = true;
  return chosen;
}

void Importer::discard(const Expr *expr) {
  if (!expr)
    return;
  expr = expr->IgnoreParens();
  if (const auto *inner = dyn_cast<ExprWithCleanups>(expr))
    return discard(inner->getSubExpr());
  if (const auto *cast = dyn_cast<CastExpr>(expr);
      cast && cast->getCastKind() == CK_ToVoid)
    return discard(cast->getSubExpr());
  if (const auto *op = dyn_cast<BinaryOperator>(expr);
      op && op->getOpcode() == BO_Comma) {
    discard(op->getLHS());
    return discard(op->getRHS());
  }
  if (const auto *function = dyn_cast<CallExpr>(expr);
      function && expr->getType()->isVoidType())
    return call(function, nullptr);
  if (expr->getType()->isVoidType()) {
    if (const auto *choice = dyn_cast<ConditionalOperator>(expr))
      return branch(
          toBool(scalar(choice->getCond())), choice->getQuestionLoc(),
          [&] { discard(choice->getTrueExpr()); },
          [&] { discard(choice->getFalseExpr()); });
    refuse(expr->getExprLoc(), "a kernel has no expressions of this kind");
  }
  if (expr->isGLValue()) {
    lvalue(expr);
    return;
  }
  if (isa<UnaryOperator, BinaryOperator>(expr)) {
    scalar(expr);
    return;
  }
  evaluate(expr, make(expr->getType(), expr->getExprLoc()));
}

//===----------------------------------------------------------------------===//
// Initialization
//===----------------------------------------------------------------------===//

void Importer::initialize(const Expr *expr, Object *to) {
  if (to->kind == ObjectKind::Reference && !to->type->isPointerType()) {
    to->target = objectOf(expr);
    return;
  }
  evaluate(expr, to);
}

// Makes \p to what a prvalue is, or a copy of a glvalue.
void Importer::evaluate(const Expr *expr, Object *to) {
  expr = expr->IgnoreParens();
  SourceLocation at = expr->getExprLoc();
  here = location(at);
  if (const auto *inner = dyn_cast<ExprWithCleanups>(expr))
    return evaluate(inner->getSubExpr(), to);
  if (const auto *inner = dyn_cast<CXXBindTemporaryExpr>(expr))
    return evaluate(inner->getSubExpr(), to);
  if (const auto *inner = dyn_cast<MaterializeTemporaryExpr>(expr))
    return evaluate(inner->getSubExpr(), to);
  if (const auto *inner = dyn_cast<CXXDefaultArgExpr>(expr))
    return evaluate(inner->getExpr(), to);
  if (const auto *inner = dyn_cast<CXXDefaultInitExpr>(expr))
    return evaluate(inner->getExpr(), to);
  if (const auto *inner = dyn_cast<ConstantExpr>(expr)) {
    if (inner->hasAPValueResult()) // of a consteval function
      return fromConstant(inner->getAPValueResult(), to, at);
    return evaluate(inner->getSubExpr(), to);
  }
  if (const auto *inner = dyn_cast<SubstNonTypeTemplateParmExpr>(expr))
    return evaluate(inner->getReplacement(), to);
  if (const auto *list = dyn_cast<InitListExpr>(expr))
    return initializeList(list, to);
  if (const auto *list = dyn_cast<CXXParenListInitExpr>(expr)) {
    for (auto [part, init] : llvm::zip_first(list->getInitExprs(), to->parts))
      initialize(part, init);
    return;
  }
  if (const auto *lambda = dyn_cast<LambdaExpr>(expr))
    return initializeLambda(lambda, to);
  if (isa<CXXScalarValueInitExpr, ImplicitValueInitExpr>(expr))
    return zeroInitialize(to, at);
  if (const auto *made = dyn_cast<CXXConstructExpr>(expr))
    return construct(made, to);
  if (const auto *function = dyn_cast<CallExpr>(expr)) {
    if (expr->isGLValue())
      return copy(callReference(function), to, at);
    if (to->kind != ObjectKind::View && !isOperation(function) &&
        constant(expr, to))
      return;
    return call(function, to);
  }
  if (const auto *choice = dyn_cast<AbstractConditionalOperator>(expr);
      choice && !expr->isGLValue())
    return conditional(choice, to);
  if (to->kind == ObjectKind::Function) {
    const Expr *named = expr->IgnoreParenCasts();
    if (const auto *op = dyn_cast<UnaryOperator>(named))
      named = op->getSubExpr()->IgnoreParenCasts();
    if (named->isGLValue())
      return copy(lvalue(named), to, at);
    refuse(at, "which function this is must be known when the kernel is "
               "compiled");
  }
  if (to->kind == ObjectKind::Text || to->kind == ObjectKind::Reference) {
    if (const auto *cast = dyn_cast<CastExpr>(expr)) {
      if (cast->getCastKind() == CK_LValueToRValue)
        return copy(lvalue(cast->getSubExpr()), to, at);
      if (cast->getCastKind() == CK_ArrayToPointerDecay &&
          to->kind == ObjectKind::Text &&
          isa<StringLiteral>(cast->getSubExpr()->IgnoreParens()))
        return copy(lvalue(cast->getSubExpr()), to, at);
      if (cast->getCastKind() == CK_NoOp || cast->getCastKind() == CK_BitCast)
        return evaluate(cast->getSubExpr(), to);
      if (cast->getCastKind() == CK_NullToPointer) {
        to->target = nullptr;
        return;
      }
    }
    if (const auto *op = dyn_cast<UnaryOperator>(expr);
        op && op->getOpcode() == UO_AddrOf) {
      to->target = lvalue(op->getSubExpr());
      return;
    }
    if (isa<CXXThisExpr>(expr)) {
      to->target = frame().self;
      return;
    }
    if (constant(expr, to))
      return;
    refuse(at, "a kernel has no pointers of this kind");
  }
  if (expr->isGLValue())
    return copy(lvalue(expr), to, at);
  if (const auto *cast = dyn_cast<CastExpr>(expr)) {
    switch (cast->getCastKind()) {
    case CK_NoOp:
    case CK_UserDefinedConversion:
    case CK_ConstructorConversion:
      return evaluate(cast->getSubExpr(), to);
    case CK_LValueToRValue:
      return copy(lvalue(cast->getSubExpr()), to, at);
    default:
      break;
    }
  }
  if (to->kind == ObjectKind::Leaf) {
    if (isa<CastExpr, UnaryOperator, BinaryOperator, IntegerLiteral,
            FloatingLiteral, CXXBoolLiteralExpr, CharacterLiteral,
            CXXRewrittenBinaryOperator>(expr)) {
      to->value = scalar(expr);
      return;
    }
    if (constant(expr, to))
      return;
  }
  refuse(at, std::string("a kernel has no expressions of this kind (") +
                 expr->getStmtClassName() + ")");
}

void Importer::conditional(const AbstractConditionalOperator *choice,
                           Object *to) {
  Value condition = toBool(scalar(choice->getCond()));
  branch(
      condition, choice->getQuestionLoc(),
      [&] { evaluate(choice->getTrueExpr(), to); },
      [&] { evaluate(choice->getFalseExpr(), to); });
}

void Importer::zeroInitialize(Object *object, SourceLocation at) {
  switch (object->kind) {
  case ObjectKind::Leaf: {
    mlir::Type type = types.leafOf(object->type);
    if (isa<mlir::RankedTensorType>(type))
      refuse(at, "a tile has a value from its beginning");
    object->value = isFloat(type) ? number(type, 0) : integer(type, 0);
    return;
  }
  case ObjectKind::Record:
  case ObjectKind::Array:
    for (Object *part : object->parts)
      zeroInitialize(part, at);
    return;
  case ObjectKind::Text:
    object->text.clear();
    return;
  case ObjectKind::Function:
    object->function = nullptr;
    return;
  default:
    object->target = nullptr;
  }
}

void Importer::initializeList(const InitListExpr *list, Object *to) {
  if (list->isTransparent())
    return initialize(list->getInit(0), to);
  SourceLocation at = list->getBeginLoc();
  if (to->kind == ObjectKind::Leaf) {
    if (list->getNumInits() == 0)
      return zeroInitialize(to, at);
    return evaluate(list->getInit(0), to);
  }
  for (auto [i, part] : llvm::enumerate(to->parts)) {
    if (i < list->getNumInits())
      initialize(list->getInit(i), part);
    else if (const Expr *filler = list->getArrayFiller())
      initialize(filler, part);
    else
      zeroInitialize(part, at);
  }
}

void Importer::initializeLambda(const LambdaExpr *lambda, Object *to) {
  for (auto [part, init] : llvm::zip_equal(to->parts, lambda->capture_inits()))
    initialize(init, part);
}

// Whether a constructor or assignment does nothing but copy members.
static bool isMemberwise(const FunctionDecl *function) {
  return function->isTrivial() || function->isDefaulted();
}

void Importer::construct(const CXXConstructExpr *expr, Object *to) {
  const CXXConstructorDecl *constructor = expr->getConstructor();
  SourceLocation at = expr->getExprLoc();
  if (constructor->isCopyOrMoveConstructor() && isMemberwise(constructor) &&
      expr->getNumArgs() >= 1)
    return copy(objectOf(expr->getArg(0)), to, at);
  // f16(float) and bf16(float) round.
  if (to->kind == ObjectKind::Leaf && types.elementOf(to->type)) {
    if (expr->getNumArgs() == 0)
      return zeroInitialize(to, at);
    const Expr *number = expr->getArg(0);
    to->value = convert(scalar(number), number->getType(), to->type, at);
    return;
  }
  if (expr->requiresZeroInitialization())
    zeroInitialize(to, at);
  if (constructor->isDefaultConstructor() && constructor->isTrivial())
    return; // it does nothing, and has no body that would say so
  llvm::SmallVector<Object *> arguments;
  for (unsigned i = 0; i < constructor->getNumParams(); ++i)
    arguments.push_back(
        argument(constructor->getParamDecl(i), expr->getArg(i)));
  invoke(constructor, to, arguments, to, at);
}
