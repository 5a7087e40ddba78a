#include "compiler/cpu/ScalarFunctions.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Intrinsics.h"
#include "llvm/IR/Module.h"

using namespace llvm;

namespace {
/// FLT_ROUNDS' numbers of the directions, and the constrained intrinsics'.
struct Mode {
  StringLiteral name;
  unsigned number;
  RoundingMode rounding;
};
} // namespace

static constexpr Mode modes[] = {{"up", 2, RoundingMode::TowardPositive},
                                 {"down", 3, RoundingMode::TowardNegative},
                                 {"toward_zero", 0, RoundingMode::TowardZero}};

// The operation alone, in the mode that the machine is in.
static Value *emitOperation(IRBuilder<> &builder, Function &function,
                            StringRef kind, const Mode &mode) {
  Value *a = function.getArg(0);
  Value *b = function.arg_size() > 1 ? function.getArg(1) : nullptr;
  Type *type = function.getReturnType();
  if (kind == "add")
    return builder.CreateFAdd(a, b);
  if (kind == "sub")
    return builder.CreateFSub(a, b);
  if (kind == "mul")
    return builder.CreateFMul(a, b);
  if (kind == "div")
    return builder.CreateFDiv(a, b);
  if (kind == "convert")
    return a->getType()->isIntegerTy() ? builder.CreateSIToFP(a, type)
                                       : builder.CreateFPTrunc(a, type);
  if (kind == "uconvert")
    return builder.CreateUIToFP(a, type);
  LLVMContext &context = function.getContext();
  auto text = [&](StringRef name) {
    return MetadataAsValue::get(context, MDString::get(context, name));
  };
  Value *rounding = text(*convertRoundingModeToStr(mode.rounding));
  Value *exceptions = text(*convertExceptionBehaviorToStr(fp::ebStrict));
  if (kind == "sqrt")
    return builder.CreateIntrinsic(Intrinsic::experimental_constrained_sqrt,
                                   {type}, {a, rounding, exceptions});
  return builder.CreateIntrinsic(
      Intrinsic::experimental_constrained_fma, {type},
      {a, b, function.getArg(2), rounding, exceptions});
}

// Sets the machine's rounding mode for the one operation.
static void defineDirected(Function &function, StringRef kind,
                           const Mode &mode) {
  function.addFnAttr(Attribute::StrictFP);
  IRBuilder<> builder(BasicBlock::Create(function.getContext(), "", &function));
  builder.setIsFPConstrained(true);
  builder.setDefaultConstrainedRounding(mode.rounding);
  builder.setDefaultConstrainedExcept(fp::ebStrict);
  Value *before = builder.CreateIntrinsic(
      Intrinsic::get_rounding, ArrayRef<Type *>(), ArrayRef<Value *>());
  auto setRounding = [&](Value *number) {
    builder.CreateIntrinsic(Intrinsic::set_rounding, ArrayRef<Type *>(),
                            {number});
  };
  setRounding(builder.getInt32(mode.number));
  Value *result = emitOperation(builder, function, kind, mode);
  setRounding(before);
  builder.CreateRet(result);
}

// Long division in base 2, where every step is exact: doubles |b| while it is
// at most |a|, then takes the multiples from |a|, the largest first.
static void defineRemainder(Function &function) {
  LLVMContext &context = function.getContext();
  auto block = [&](const char *name) {
    return BasicBlock::Create(context, name, &function);
  };
  BasicBlock *entry = block("entry"), *check = block("check"),
             *grow = block("grow"), *grown = block("grown"),
             *shrink = block("shrink"), *halve = block("halve"),
             *done = block("done"), *same = block("same"),
             *none = block("none");
  Value *a = function.getArg(0), *b = function.getArg(1);
  Type *type = a->getType();
  Value *infinity = ConstantFP::getInfinity(type);
  IRBuilder<> builder(entry);
  Value *size = builder.CreateUnaryIntrinsic(Intrinsic::fabs, a);
  Value *by = builder.CreateUnaryIntrinsic(Intrinsic::fabs, b);
  Value *isGood =
      builder.CreateAnd(builder.CreateFCmpOLT(size, infinity),
                        builder.CreateFCmpOGT(by, ConstantFP::get(type, 0)));
  builder.CreateCondBr(isGood, check, none);

  builder.SetInsertPoint(check); // also where b is infinite
  builder.CreateCondBr(builder.CreateFCmpOLT(size, by), same, grow);

  builder.SetInsertPoint(grow);
  PHINode *multiple = builder.CreatePHI(type, 2);
  multiple->addIncoming(by, check);
  Value *twice = builder.CreateFAdd(multiple, multiple);
  multiple->addIncoming(twice, grow);
  builder.CreateCondBr(builder.CreateFCmpOLE(twice, size), grow, grown);

  builder.SetInsertPoint(grown);
  builder.CreateBr(shrink);
  builder.SetInsertPoint(shrink);
  PHINode *taken = builder.CreatePHI(type, 2);
  PHINode *left = builder.CreatePHI(type, 2);
  Value *fits = builder.CreateFCmpOGE(left, taken);
  Value *next =
      builder.CreateSelect(fits, builder.CreateFSub(left, taken), left);
  builder.CreateCondBr(builder.CreateFCmpOGT(taken, by), halve, done);
  builder.SetInsertPoint(halve);
  Value *half = builder.CreateFMul(taken, ConstantFP::get(type, 0.5));
  taken->addIncoming(multiple, grown);
  taken->addIncoming(half, halve);
  left->addIncoming(size, grown);
  left->addIncoming(next, halve);
  builder.CreateBr(shrink);

  builder.SetInsertPoint(done);
  builder.CreateRet(
      builder.CreateBinaryIntrinsic(Intrinsic::copysign, next, a));
  builder.SetInsertPoint(same);
  builder.CreateRet(a);
  builder.SetInsertPoint(none);
  builder.CreateRet(ConstantFP::getQNaN(type));
}

void ferro::cpu::defineScalarFunctions(Module &module) {
  for (Function &function : make_early_inc_range(module)) {
    StringRef name = function.getName();
    if (!function.isDeclaration() || !name.consume_front(scalarPrefix))
      continue;
    function.setLinkage(GlobalValue::InternalLinkage);
    function.addFnAttr(Attribute::NoInline);
    auto [kind, rest] = name.split('.');
    if (kind == "view") {
      IRBuilder<> builder(
          BasicBlock::Create(function.getContext(), "", &function));
      builder.CreateRet(
          builder.CreateIntToPtr(function.getArg(0), function.getReturnType()));
      continue;
    }
    if (kind == "rem") {
      defineRemainder(function);
      continue;
    }
    StringRef direction = rest.split('.').first;
    defineDirected(function, kind, *find_if(modes, [&](const Mode &mode) {
                     return mode.name == direction;
                   }));
  }
}
