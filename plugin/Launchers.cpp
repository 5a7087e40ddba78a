#include "Launchers.h"

#include "LauncherCalls.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/Basic/SourceManager.h"
#include "clang/Lex/Lexer.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdlib>

using namespace clang;
using namespace ferro::plugin;
using llvm::StringRef;

static std::string quoted(StringRef text) { return "\"" + text.str() + "\""; }

// ---------------------------------------------------------------- kernels

static bool takesTensors(const FunctionDecl *kernel) {
  return llvm::any_of(kernel->parameters(), [](const ParmVarDecl *each) {
    return patternOf(each).kind != "Value";
  });
}

static bool hasPack(const FunctionTemplateDecl *pattern) {
  return pattern->getTemplateParameters()->hasParameterPack() ||
         pattern->getTemplatedDecl()->isVariadic() ||
         llvm::any_of(
             pattern->getTemplatedDecl()->parameters(),
             [](const ParmVarDecl *each) { return each->isParameterPack(); });
}

// Whether the file includes cutile/Launcher.h, which launchers are made of.
static bool seesLaunchers(ASTContext &context) {
  const DeclContext *scope = context.getTranslationUnitDecl();
  for (StringRef name : {"cutile", "detail"}) {
    auto found = scope->lookup(&context.Idents.get(name));
    scope = found.empty() ? nullptr : dyn_cast<NamespaceDecl>(found.front());
    if (!scope)
      return false;
  }
  return !scope->lookup(&context.Idents.get("Generated")).empty();
}

// Whether a launcher can stand behind the kernel.
static bool hasLauncher(const TileModule &module, const Entry &entry) {
  const FunctionDecl *kernel = entry.marked;
  const FunctionTemplateDecl *pattern = kernel->getDescribedFunctionTemplate();
  bool isAlone = llvm::none_of(module.entries, [&](const Entry &other) {
    return other.marked != kernel && other.marked->getQualifiedNameAsString() ==
                                         kernel->getQualifiedNameAsString();
  });
  return isAlone && !kernel->isInvalidDecl() &&
         !kernel->getEndLoc().isMacroID() && !entry.attribute.isMacroID() &&
         takesTensors(kernel) && !(pattern && hasPack(pattern)) &&
         !isa<CXXMethodDecl>(kernel) && kernel->getIdentifier();
}

// ---------------------------------------------------------------- templates

static std::string quotedOrNull(StringRef name) {
  return name.empty() ? "nullptr" : quoted(name);
}

static std::string listed(const std::vector<std::string> &names) {
  std::string text;
  for (const std::string &name : names)
    text += (text.empty() ? "" : ", ") + quotedOrNull(name);
  return "{" + text + "}";
}

static std::string textOf(const ParmVarDecl *parameter) {
  ParameterPattern pattern = patternOf(parameter);
  return "{" + quoted(parameter->getName()) +
         ", ::cutile::ParameterKind::" + pattern.kind + ", " +
         quotedOrNull(pattern.element) + ", {" + listed(pattern.extents) +
         "}, {" + listed(pattern.map) + "}}";
}

static std::string initialOf(const NamedDecl *parameter, ASTContext &context) {
  if (const auto *constant = dyn_cast<NonTypeTemplateParmDecl>(parameter);
      constant && constant->hasDefaultArgument()) {
    const Expr *initial =
        constant->getDefaultArgument().getArgument().getAsExpr();
    if (!initial->isValueDependent())
      if (auto value = initial->getIntegerConstantExpr(context))
        return quoted(llvm::toString(*value, 10));
  }
  if (const auto *type = dyn_cast<TemplateTypeParmDecl>(parameter);
      type && type->hasDefaultArgument()) {
    QualType initial = type->getDefaultArgument().getArgument().getAsType();
    if (!initial->isDependentType())
      return quoted(genericName(initial, context));
  }
  return "nullptr";
}

static std::string templateLauncher(const FunctionDecl *kernel) {
  const FunctionTemplateDecl *pattern = kernel->getDescribedFunctionTemplate();
  std::string generics, parameters;
  for (const NamedDecl *each : *pattern->getTemplateParameters())
    generics += (generics.empty() ? "{" : ", {") + quoted(each->getName()) +
                ", " + initialOf(each, kernel->getASTContext()) + "}";
  for (const ParmVarDecl *each : kernel->parameters())
    parameters += (parameters.empty() ? "" : ", ") + textOf(each);
  const std::string type = "::cutile::detail::LaunchWith<FerroArguments...>";
  return " template <::cutile::detail::Generated = "
         "::cutile::detail::Generated{}, typename... FerroArguments> requires "
         "(sizeof...(FerroArguments) == " +
         std::to_string(kernel->getNumParams()) +
         ") && (::cutile::detail::LaunchArgument<FerroArguments> || ...) "
         "inline " +
         type + " " + kernel->getNameAsString() +
         "(FerroArguments &&...ferro_arguments) { "
         "static constexpr ::cutile::detail::GenericName ferro_generics[] = {" +
         generics +
         "}; static constexpr ::cutile::detail::GenericParameter "
         "ferro_parameters[] = {" +
         parameters +
         "}; static constexpr ::cutile::detail::GenericKernel ferro_kernel{" +
         quoted(kernel->getQualifiedNameAsString()) +
         ", ferro_generics, ferro_parameters}; return " + type +
         "(ferro_kernel, static_cast<FerroArguments "
         "&&>(ferro_arguments)...); }";
}

// ---------------------------------------------------------------- plain
// kernels

// The overload hides which function a pointer to the kernel means, so the
// types are named before it.
static std::string plainLauncher(const FunctionDecl *kernel) {
  std::string name = kernel->getNameAsString(), parameters, arguments, names;
  for (unsigned i = 0; i < kernel->getNumParams(); ++i) {
    std::string number = std::to_string(i), comma = i ? ", " : "";
    parameters +=
        comma + "ferro_argument_" + name + "<" + number + "> ferro_" + number;
    arguments += comma + "static_cast<ferro_argument_" + name + "<" + number +
                 "> &&>(ferro_" + number + ")";
    names += comma + quoted(kernel->getParamDecl(i)->getName());
  }
  return " using ferro_launch_" + name + " = ::cutile::detail::LaunchOf<" +
         name + ">; using ferro_type_" + name + " = decltype(" + name +
         "); template <decltype(sizeof(0)) ferro_i> using ferro_argument_" +
         name + " = ::cutile::detail::ArgumentOf<" + name +
         ", ferro_i>; inline ferro_launch_" + name + " " + name + "(" +
         parameters + ") { static constexpr const char *ferro_names[] = {" +
         names + "}; return ferro_launch_" + name + "(" + arguments +
         ").named(ferro_names); }";
}

static void insertBehind(const FunctionDecl *kernel, const std::string &text,
                         Style style, FileEdits &edits) {
  const ASTContext &context = kernel->getASTContext();
  const SourceManager &sources = context.getSourceManager();
  SourceLocation end = kernel->getEndLoc();
  SourceLocation behind =
      kernel->isThisDeclarationADefinition()
          ? Lexer::getLocForEndOfToken(end, 0, sources, context.getLangOpts())
          : Lexer::findLocationAfterToken(end, tok::semi, sources,
                                          context.getLangOpts(), false);
  if (behind.isInvalid())
    return;
  auto [file, offset] = sources.getDecomposedLoc(behind);
  edits[file].push_back({offset, 0,
                         onPlace(behind, style, sources) + text +
                             backOnPlace(behind, style, sources)});
}

// ---------------------------------------------------------------- table

static std::string tableOf(const Instantiations &all) {
  if (all.empty())
    return "";
  std::string rows, names;
  unsigned number = 0;
  for (const auto &[kernel, sets] : all)
    for (const InstantiationText &each : sets) {
      std::string array = "ferro_generics_" + std::to_string(number++);
      names += "constexpr const char *" + array + "[] = {";
      std::string arguments;
      for (size_t i = 0; i < each.spelled.size(); ++i) {
        arguments += (i ? ", " : "") + each.spelled[i];
        names += (i ? ", " : "") + quoted(each.values[i]);
      }
      names += "};\n";
      rows += "    {" + quoted(kernel) + ", " + array +
              ", ::cutile::detail::runInstantiation<::" + kernel + "<" +
              arguments + ">>},\n";
    }
  return "\n#ifdef __clang__\n#pragma clang diagnostic push\n"
         "#pragma clang diagnostic ignored \"-Weverything\"\n#endif\n"
         "namespace {\nnamespace ferro_instantiations {\n" +
         names + "constexpr ::cutile::detail::Instantiation rows[] = {\n" +
         rows +
         "};\nconst ::cutile::detail::InstantiationTable table{rows};\n} // "
         "namespace ferro_instantiations\n} // namespace\n"
         "#ifdef __clang__\n#pragma clang diagnostic pop\n#endif\n";
}

// Into the folder that DUMP_KERNEL_LAUNCHER_DIR names, a file for each module.
static void dumpLaunchers(const std::map<std::string, std::string> &written) {
  const char *folder = std::getenv("DUMP_KERNEL_LAUNCHER_DIR");
  if (!folder || !*folder)
    return;
  std::error_code error = llvm::sys::fs::create_directories(folder);
  for (const auto &[module, text] : written) {
    llvm::SmallString<128> path(folder);
    llvm::sys::path::append(path, module + ".cpp");
    if (!error)
      llvm::raw_fd_ostream(path, error) << text;
    if (error)
      llvm::errs() << "DUMP_KERNEL_LAUNCHER_DIR: cannot write " << path << ": "
                   << error.message() << "\n";
  }
}

void ferro::plugin::writeLaunchers(const TileModules &modules, Style style,
                                   ASTContext &context, FileEdits &edits) {
  if (!seesLaunchers(context))
    return;
  std::map<std::string, std::string> written;
  std::vector<const FunctionDecl *> templates, plain;
  for (const auto &module : modules.all())
    for (const Entry &entry : module->entries) {
      if (!hasLauncher(*module, entry))
        continue;
      bool isTemplate = entry.marked->getDescribedFunctionTemplate();
      std::string text = isTemplate ? templateLauncher(entry.marked)
                                    : plainLauncher(entry.marked);
      (isTemplate ? templates : plain).push_back(entry.marked);
      insertBehind(entry.marked, text, style, edits);
      written[module->name] += text + "\n";
    }
  nameKernels(plain, context, style, edits);
  const SourceManager &sources = context.getSourceManager();
  FileID file = sources.getMainFileID();
  unsigned end = sources.getBufferData(file).size();
  std::string table = tableOf(findInstantiations(templates, context));
  if (!table.empty())
    edits[file].push_back({end, 0, table});
  dumpLaunchers(written);
}
