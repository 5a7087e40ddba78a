#include "compiler/importer/Importer.h"

#include "compiler/fromSource/Attributes.h"

#include "clang/AST/ASTLambda.h"

using namespace clang;
using namespace ferro::importer;

// Calls within calls; more than this is recursion that no bound was found for.
static constexpr std::size_t deepest = 200;

bool Importer::isOperation(const CallExpr *call) const {
  const FunctionDecl *callee = call->getDirectCallee();
  return callee && !fromSource::operationOf(callee).empty();
}

Object *Importer::argument(const ParmVarDecl *parameter, const Expr *expr) {
  Object *object = make(parameter->getType(), expr->getExprLoc());
  initialize(expr, object);
  return object;
}

// f16 and bf16 are numbers here, and their members what numbers do.
static bool isNumberClass(const CXXRecordDecl *record) {
  std::string name = record->getQualifiedNameAsString();
  return name == "ferro::f16" || name == "ferro::bf16"; // convert to float
}

void Importer::call(const CallExpr *call, Object *to) {
  const FunctionDecl *callee = call->getDirectCallee();
  SourceLocation at = call->getExprLoc();
  if (!callee) {
    Object *pointer = make(call->getCallee()->getType(), at);
    if (pointer->kind == ObjectKind::Function)
      evaluate(call->getCallee(), pointer);
    callee = pointer->function;
  }
  if (!callee)
    refuse(at, "which function this calls must be known when the kernel is "
               "compiled");
  const auto *method = dyn_cast<CXXMethodDecl>(callee);
  llvm::ArrayRef<const Expr *> given(call->getArgs(), call->getNumArgs());
  Object *self = nullptr;
  if (method && method->isImplicitObjectMemberFunction()) {
    const Expr *object = nullptr;
    if (const auto *member = dyn_cast<CXXMemberCallExpr>(call)) {
      object = member->getImplicitObjectArgument();
    } else { // an operator
      object = given.front();
      given = given.drop_front();
    }
    if (isNumberClass(method->getParent()) && to &&
        isa<CXXConversionDecl>(method)) {
      // The conversion to float.
      to->value = convert(scalar(object), object->getType(), to->type, at);
      return;
    }
    if (object->getType()->isPointerType()) {
      Object *pointer = make(object->getType(), at);
      evaluate(object, pointer);
      self = pointer->target;
    } else {
      self = objectOf(object);
    }
    // Assignments that copy.
    if ((method->isCopyAssignmentOperator() ||
         method->isMoveAssignmentOperator()) &&
        (method->isTrivial() || method->isDefaulted())) {
      Object *from = objectOf(given.front());
      if (self->isCopy)
        refuse(at, "which element this is must be known when the kernel is "
                   "compiled");
      copy(from, self, at);
      if (to)
        to->target = self;
      return;
    }
  }
  llvm::SmallVector<Object *> arguments;
  for (unsigned i = 0; i < callee->getNumParams(); ++i)
    arguments.push_back(argument(callee->getParamDecl(i), given[i]));
  if (given.size() > callee->getNumParams())
    refuse(at, "a kernel calls no function with '...'");
  here = location(at);
  invoke(callee, self, arguments, to, at);
}

Object *Importer::callReference(const CallExpr *expr) {
  Object *result =
      make(expr->getDirectCallee() ? expr->getDirectCallee()->getReturnType()
                                   : expr->getType(),
           expr->getExprLoc());
  call(expr, result);
  return target(result);
}

void Importer::invoke(const FunctionDecl *function, Object *self,
                      llvm::ArrayRef<Object *> arguments, Object *to,
                      SourceLocation at) {
  std::string name = fromSource::operationOf(function);
  if (!name.empty()) {
    llvm::SmallVector<Object *> all;
    if (isa<CXXConversionDecl>(function) && self)
      all.push_back(self);
    llvm::append_range(all, arguments);
    for (Object *&each : all)
      each = target(each);
    return operation({name, function, all, to, at});
  }
  inlineFunction(function, self, arguments, to, at);
}

void Importer::inlineFunction(const FunctionDecl *function, Object *self,
                              llvm::ArrayRef<Object *> arguments,
                              Object *result, SourceLocation at) {
  const FunctionDecl *definition = parsed.define(function);
  auto name = [&] { return "'" + function->getQualifiedNameAsString() + "'"; };
  if (const auto *method = dyn_cast<CXXMethodDecl>(function);
      method && method->isVirtual())
    refuse(at, name() + " is virtual; a kernel calls functions that are known "
                        "when it is compiled");
  if (!definition || !definition->hasBody())
    refuse(at, name() +
                   " has no body that the module knows; what a kernel "
                   "calls is defined in a module or an op of the language");
  for (const auto &each : frames)
    if (each->function == definition)
      refuse(at, name() + " calls itself; a kernel has no recursion");
  if (frames.size() > deepest)
    refuse(at, name() + " is called too deeply");
  std::size_t outer = live.size();
  auto entered = std::make_unique<Frame>();
  entered->function = definition;
  entered->call = at;
  entered->self = self;
  entered->result = result;
  for (unsigned i = 0; i < arguments.size(); ++i)
    entered->variables[definition->getParamDecl(i)] = arguments[i];
  if (const auto *method = dyn_cast<CXXMethodDecl>(definition))
    bindCaptures(method, *entered);
  frames.push_back(std::move(entered));
  frame().returned = makeFlag();
  if (const auto *constructor = dyn_cast<CXXConstructorDecl>(definition))
    for (const CXXCtorInitializer *each : constructor->inits()) {
      if (each->isDelegatingInitializer())
        initialize(each->getInit(), self);
      else if (each->isBaseInitializer())
        initialize(each->getInit(),
                   base(self, QualType(each->getBaseClass(), 0)));
      else
        initialize(each->getInit(), field(self, each->getAnyMember()));
    }
  statement(definition->getBody());
  frames.pop_back();
  live.resize(outer);
  here = location(at);
}
