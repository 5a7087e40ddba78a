#include "KernelPattern.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclTemplate.h"

using namespace clang;
using namespace ferro::plugin;
using llvm::StringRef;

// The class template of the language that \p type names, dependent or not.
static const TemplateSpecializationType *languageType(QualType type) {
  const auto *use =
      type.getNonReferenceType()->getAs<TemplateSpecializationType>();
  while (use && use->isTypeAlias())
    use = use->getAliasedType()->getAs<TemplateSpecializationType>();
  return use;
}

static StringRef templateName(QualType type) {
  const TemplateSpecializationType *use = languageType(type);
  const TemplateDecl *pattern =
      use ? use->getTemplateName().getAsTemplateDecl() : nullptr;
  return pattern && pattern->getIdentifier() ? pattern->getName() : "";
}

static const char *kindOf(QualType type) {
  StringRef name = templateName(type);
  if (name == "TensorView")
    return type.getNonReferenceType().isConstQualified() ? "Input" : "Output";
  if (name.contains("Partition"))
    return "Mapped";
  return type->isPointerType() ? "Pointer" : "Value";
}

// The template parameter that \p argument is; empty if it is not just one.
static std::string genericOf(const TemplateArgument &argument) {
  if (argument.getKind() == TemplateArgument::Type) {
    if (const auto *type = argument.getAsType()->getAs<TemplateTypeParmType>();
        type && type->getDecl())
      return type->getDecl()->getName().str();
  } else if (argument.getKind() == TemplateArgument::Expression) {
    const auto *use =
        dyn_cast<DeclRefExpr>(argument.getAsExpr()->IgnoreParenImpCasts());
    if (use && isa<NonTypeTemplateParmDecl>(use->getDecl()))
      return use->getDecl()->getName().str();
  }
  return "";
}

static std::vector<std::string>
genericsOf(llvm::ArrayRef<TemplateArgument> arguments) {
  std::vector<std::string> names;
  for (const TemplateArgument &argument : arguments)
    names.push_back(genericOf(argument));
  return names;
}

// Of TileShape<...> or TileMap<...>.
static std::vector<std::string>
nestedGenerics(const TemplateArgument &argument) {
  const TemplateSpecializationType *use =
      argument.getKind() == TemplateArgument::Type
          ? languageType(argument.getAsType())
          : nullptr;
  return use ? genericsOf(use->template_arguments())
             : std::vector<std::string>();
}

ParameterPattern ferro::plugin::patternOf(const ParmVarDecl *parameter) {
  QualType type = parameter->getType();
  ParameterPattern pattern{kindOf(type), {}, {}, {}};
  if (pattern.kind == "Pointer" || pattern.kind == "Value") {
    QualType element = type->isPointerType() ? type->getPointeeType() : type;
    pattern.element = genericOf(TemplateArgument(element.getUnqualifiedType()));
    return pattern;
  }
  auto arguments = languageType(type)->template_arguments();
  pattern.element = genericOf(arguments[0]);
  if (pattern.kind == "Mapped" && arguments.size() == 3) {
    pattern.extents = nestedGenerics(arguments[1]);
    pattern.map = nestedGenerics(arguments[2]);
  } else {
    pattern.extents = genericsOf(arguments.drop_front());
  }
  return pattern;
}
