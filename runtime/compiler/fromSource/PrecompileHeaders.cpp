#include "compiler/fromSource/PrecompiledHeaders.h"

#include "clang/Frontend/CompilerInstance.h"
#include "clang/Frontend/FrontendActions.h"
#include "clang/Frontend/MultiplexConsumer.h"
#include "clang/Frontend/TextDiagnosticPrinter.h"
#include "clang/Serialization/ASTWriter.h"

using namespace clang;
using namespace ferro;

namespace {
struct HeaderAction : ASTFrontendAction {
  std::shared_ptr<PCHBuffer> buffer = std::make_shared<PCHBuffer>();

  std::unique_ptr<ASTConsumer> CreateASTConsumer(CompilerInstance &instance,
                                                 llvm::StringRef) override {
    std::vector<std::unique_ptr<ASTConsumer>> consumers;
    consumers.push_back(fromSource::makeBodySkipper());
    consumers.push_back(std::make_unique<PCHGenerator>(
        instance.getPreprocessor(), instance.getModuleCache(),
        /*OutputFile=*/"",
        /*isysroot=*/"", buffer, instance.getCodeGenOpts(),
        instance.getFrontendOpts().ModuleFileExtensions,
        /*AllowASTWithErrors=*/false, /*IncludeTimestamps=*/false));
    return std::make_unique<MultiplexConsumer>(std::move(consumers));
  }
  TranslationUnitKind getTranslationUnitKind() override { return TU_Prefix; }
};
} // namespace

llvm::Expected<std::string>
fromSource::precompileHeaders(const Language &language) {
  std::string messages;
  llvm::raw_string_ostream stream(messages);
  DiagnosticOptions options;
  DiagnosticsEngine early(DiagnosticIDs::create(), options,
                          new TextDiagnosticPrinter(stream, options));
  std::shared_ptr<CompilerInvocation> invocation = invocationFor(
      language, {"-x", "c++-header", "-emit-pch", mainHeader}, early);
  if (!invocation)
    return llvm::createStringError(messages);
  CompilerInstance instance(invocation);
  instance.setVirtualFileSystem(headerFiles());
  instance.createDiagnostics(
      new TextDiagnosticPrinter(stream, instance.getDiagnosticOpts()));
  instance.createFileManager();
  HeaderAction action;
  if (!instance.ExecuteAction(action) || !action.buffer->IsComplete)
    return llvm::createStringError("the language headers: " + messages);
  return std::string(action.buffer->Data.begin(), action.buffer->Data.end());
}
