#include "compiler/fromSource/Frontend.h"

#include "compiler/fromSource/Attributes.h"
#include "compiler/fromSource/PrecompiledHeaders.h"

#include "clang/AST/ASTConsumer.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/ExprCXX.h"
#include "clang/Basic/SourceManager.h"
#include "clang/Frontend/CompilerInstance.h"
#include "clang/Frontend/FrontendActions.h"
#include "clang/Frontend/TextDiagnosticPrinter.h"
#include "clang/Sema/Sema.h"

using namespace clang;
using namespace ferro;
using namespace ferro::fromSource;
using llvm::StringRef;

ParsedKernel::~ParsedKernel() = default;

static constexpr const char *headersFile = "/ferro/headers.pch";
// The variable that asks for the kernel.
static constexpr const char *requestName = "ferro_requested_kernel";

static std::string requestText(const KernelSource &source) {
  return source.text + "\n#line 1 \"the request for a kernel\"\n" +
         "constexpr auto " + requestName + " = &" + source.kernel + ";\n";
}

namespace {

struct ParseAction : ASTFrontendAction {
  std::unique_ptr<ASTConsumer> CreateASTConsumer(CompilerInstance &,
                                                 StringRef) override {
    return makeBodySkipper();
  }
};

// Holds what Clang holds for as long as the tree is needed.
struct Parse final : ParsedKernel {
  std::string text;
  std::string messages;
  llvm::raw_string_ostream stream{messages};
  std::unique_ptr<CompilerInstance> instance;
  ParseAction action;
  bool isOpen = false;
  FunctionDecl *kernel = nullptr;

  ~Parse() override {
    if (isOpen)
      action.EndSourceFile();
  }
  ASTContext &context() override { return instance->getASTContext(); }
  FunctionDecl *function() override { return kernel; }

  const FunctionDecl *define(const FunctionDecl *function) override;

  bool run(const KernelSource &source);
  FunctionDecl *requested();
};

} // namespace

bool Parse::run(const KernelSource &source) {
  text = requestText(source);
  auto files = headerFiles();
  llvm::SmallVector<const char *> arguments = {"-x", "c++", "-fsyntax-only"};
  StringRef headers = precompiledHeaders(source.language);
  if (headers.empty()) {
    text = includeHeaders + text;
  } else {
    addFile(*files, headersFile, headers);
    arguments.append({"-include-pch", headersFile});
  }
  addFile(*files, mainFile, text);
  arguments.push_back(mainFile);
  DiagnosticOptions options;
  DiagnosticsEngine early(DiagnosticIDs::create(), options,
                          new TextDiagnosticPrinter(stream, options));
  std::shared_ptr<CompilerInvocation> invocation =
      invocationFor(source.language, arguments, early);
  if (!invocation)
    return false;
  instance = std::make_unique<CompilerInstance>(invocation);
  instance->setVirtualFileSystem(files);
  instance->createDiagnostics(
      new TextDiagnosticPrinter(stream, instance->getDiagnosticOpts()));
  instance->createFileManager();
  instance->createSourceManager();
  if (!instance->createTarget())
    return false;
  isOpen = action.BeginSourceFile(*instance,
                                  instance->getFrontendOpts().Inputs.front());
  if (!isOpen)
    return false;
  if (llvm::Error error = action.Execute()) {
    messages += llvm::toString(std::move(error));
    return false;
  }
  if (instance->getDiagnostics().hasErrorOccurred())
    return false;
  kernel = requested();
  return kernel != nullptr;
}

const FunctionDecl *Parse::define(const FunctionDecl *function) {
  if (!function->getDefinition() && function->isImplicitlyInstantiable())
    instance->getSema().InstantiateFunctionDefinition(
        function->getPointOfInstantiation(),
        const_cast<FunctionDecl *>(function), /*Recursive=*/true,
        /*DefinitionRequired=*/true, /*AtEndOfTU=*/true);
  return function->getDefinition();
}

FunctionDecl *Parse::requested() {
  auto found = context().getTranslationUnitDecl()->lookup(
      &context().Idents.get(requestName));
  auto *variable = found.empty() ? nullptr : dyn_cast<VarDecl>(found.front());
  const Expr *value =
      variable ? variable->getInit()->IgnoreImplicit() : nullptr;
  const auto *address = dyn_cast_or_null<UnaryOperator>(value);
  const auto *name =
      address ? dyn_cast<DeclRefExpr>(address->getSubExpr()->IgnoreParens())
              : nullptr;
  const auto *function =
      name ? dyn_cast<FunctionDecl>(name->getDecl()) : nullptr;
  return function && isEntry(function)
             ? const_cast<FunctionDecl *>(function->getDefinition())
             : nullptr;
}

// Captured text includes nothing: what is included are our own headers.
static std::string withoutIncludeStacks(StringRef messages) {
  std::string result;
  while (!messages.empty()) {
    auto [line, rest] = messages.split('\n');
    if (!line.starts_with("In file included from "))
      result += (line + "\n").str();
    messages = rest;
  }
  return result;
}

llvm::Expected<std::unique_ptr<ParsedKernel>>
fromSource::parseKernel(const KernelSource &source) {
  auto parse = std::make_unique<Parse>();
  if (parse->run(source))
    return parse;
  if (parse->messages.empty())
    parse->messages = source.kernel + " is no kernel: [[cutile::entry]] does "
                                      "not stand on it\n";
  return llvm::createStringError(withoutIncludeStacks(parse->messages));
}

std::string fromSource::printTree(ParsedKernel &kernel) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  kernel.function()->dump(stream);
  return text;
}
