#include "LauncherCalls.h"

#include "KernelPattern.h"
#include "TileModule.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/AST/DynamicRecursiveASTVisitor.h"
#include "clang/AST/ExprCXX.h"
#include "clang/Basic/SourceManager.h"
#include "clang/Lex/Lexer.h"

using namespace clang;
using namespace ferro::plugin;
using llvm::StringRef;

// ---------------------------------------------------------------- spelling

static std::string spelled(QualType type, const ASTContext &context) {
  PrintingPolicy policy = context.getPrintingPolicy();
  policy.FullyQualifiedName = true;
  return type.getCanonicalType().getAsString(policy);
}

std::string ferro::plugin::genericName(QualType type,
                                       const ASTContext &context) {
  type = type.getCanonicalType().getUnqualifiedType();
  if (type->isBooleanType())
    return "bool";
  if (const auto *builtin = type->getAs<BuiltinType>();
      builtin && !type->isAnyCharacterType()) {
    const char *letter = builtin->isFloatingPoint()   ? "f"
                         : builtin->isSignedInteger() ? "i"
                                                      : "u";
    return letter + std::to_string(context.getTypeSize(type));
  }
  if (type == context.SignedCharTy || type == context.UnsignedCharTy)
    return type == context.SignedCharTy ? "i8" : "u8";
  const CXXRecordDecl *record = type->getAsCXXRecordDecl();
  const auto *space =
      record ? dyn_cast<NamespaceDecl>(record->getDeclContext()) : nullptr;
  bool isElement =
      space && record->getIdentifier() &&
      (space->getName() == "cutile" || space->getName() == "ferro");
  return isElement ? record->getNameAsString() : spelled(type, context);
}

// Adds \p argument to \p text; false if it has no spelling.
static bool addArgument(const TemplateArgument &argument,
                        const ASTContext &context, InstantiationText &text) {
  if (argument.getKind() == TemplateArgument::Type) {
    QualType type = argument.getAsType();
    if (type->isDependentType() || !isExternalFormalLinkage(type->getLinkage()))
      return false;
    text.spelled.push_back(spelled(type, context));
    text.values.push_back(genericName(type, context));
    return true;
  }
  if (argument.getKind() != TemplateArgument::Integral)
    return false;
  std::string value = llvm::toString(argument.getAsIntegral(), 10);
  text.spelled.push_back("static_cast<" +
                         spelled(argument.getIntegralType(), context) + ">(" +
                         value + ")");
  if (argument.getIntegralType()->isSpecificBuiltinType(BuiltinType::Int))
    text.spelled.back() = value;
  text.values.push_back(value);
  return true;
}

static void addUnique(std::vector<InstantiationText> &all,
                      InstantiationText text) {
  if (llvm::none_of(all, [&](const InstantiationText &each) {
        return each.values == text.values;
      }))
    all.push_back(std::move(text));
}

// ---------------------------------------------------------------- calls

// The user's declarations, with the bodies of their functions.
template <typename Visitor>
static void traverseUsers(Visitor &visitor, const ASTContext &context) {
  for (const Decl *decl : context.getTranslationUnitDecl()->decls())
    if (!isLanguage(decl, context.getSourceManager()))
      visitor.TraverseDecl(decl);
}

Instantiations ferro::plugin::findInstantiations(
    const std::vector<const FunctionDecl *> &kernels, ASTContext &context) {
  Instantiations all;
  for (const FunctionDecl *kernel : kernels)
    for (const FunctionDecl *each :
         kernel->getDescribedFunctionTemplate()->specializations()) {
      InstantiationText text;
      bool isSpelled = !each->isInvalidDecl();
      for (const TemplateArgument &argument :
           each->getTemplateSpecializationArgs()->asArray())
        isSpelled = isSpelled && addArgument(argument, context, text);
      if (isSpelled)
        addUnique(all[kernel->getQualifiedNameAsString()], std::move(text));
    }
  return all;
}

// ---------------------------------------------------------------- pointers

namespace {

// Uses of functions that are no calls.
class PointerUses : public ConstDynamicRecursiveASTVisitor {
public:
  PointerUses(const std::vector<const FunctionDecl *> &kernels,
              ASTContext &context, Style style, FileEdits &edits)
      : kernels(kernels), context(context), style(style), edits(edits) {}

  bool VisitCallExpr(const CallExpr *call) override {
    callees.insert(call->getCallee()->IgnoreParenImpCasts());
    return true;
  }
  // A launch, which is an error as long as there is no launcher.
  bool VisitRecoveryExpr(const RecoveryExpr *call) override {
    if (!call->subExpressions().empty())
      callees.insert(call->subExpressions()[0]->IgnoreParenImpCasts());
    return true;
  }
  bool VisitUnaryOperator(const UnaryOperator *address) override {
    if (const auto *use =
            dyn_cast<DeclRefExpr>(address->getSubExpr()->IgnoreParenImpCasts()))
      name(use, address);
    return true;
  }
  bool VisitDeclRefExpr(const DeclRefExpr *use) override {
    name(use, use);
    return true;
  }

private:
  void name(const DeclRefExpr *use, const Expr *whole);

  const std::vector<const FunctionDecl *> &kernels;
  ASTContext &context;
  Style style;
  FileEdits &edits;
  llvm::DenseSet<const Expr *> callees;
  llvm::DenseSet<SourceLocation> named;
};

} // namespace

// \p whole is the use with an operator & before it, if there is one.
void PointerUses::name(const DeclRefExpr *use, const Expr *whole) {
  const SourceManager &sources = context.getSourceManager();
  const auto *function = dyn_cast<FunctionDecl>(use->getDecl());
  bool isOurs =
      function && llvm::any_of(kernels, [&](const auto *kernel) {
        return kernel->getCanonicalDecl() == function->getCanonicalDecl();
      });
  if (!isOurs || callees.contains(use) || use->getBeginLoc().isMacroID() ||
      whole->getBeginLoc().isMacroID() ||
      !named.insert(use->getLocation()).second)
    return;
  std::string space =
      cast<NamedDecl>(function->getDeclContext())->getQualifiedNameAsString();
  SourceLocation end = Lexer::getLocForEndOfToken(
      whole->getEndLoc(), 0, sources, context.getLangOpts());
  auto [file, begin] = sources.getDecomposedLoc(whole->getBeginLoc());
  edits[file].push_back({begin, 0,
                         "static_cast<::" + space + "::ferro_type_" +
                             function->getNameAsString() + " *>("});
  edits[file].push_back(
      {sources.getFileOffset(end), 0,
       ")" + onPlace(end, style, sources) + backOnPlace(end, style, sources)});
}

void ferro::plugin::nameKernels(
    const std::vector<const FunctionDecl *> &kernels, ASTContext &context,
    Style style, FileEdits &edits) {
  if (kernels.empty())
    return;
  PointerUses uses(kernels, context, style, edits);
  traverseUsers(uses, context);
}
