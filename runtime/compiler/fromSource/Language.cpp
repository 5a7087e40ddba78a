#include "compiler/fromSource/Language.h"

#include "compiler/fromSource/Attributes.h"
#include "compiler/fromSource/EmbeddedHeaders.h"

#include "clang/AST/ASTConsumer.h"
#include "clang/AST/Decl.h"
#include "clang/Frontend/CompilerInvocation.h"

using namespace clang;
using namespace ferro;
using llvm::StringRef;

void fromSource::addFile(FileSystem &files, StringRef name, StringRef text) {
  files.addFile(name, 0,
                llvm::MemoryBuffer::getMemBuffer(
                    text, name, /*RequiresNullTerminator=*/false));
}

llvm::IntrusiveRefCntPtr<fromSource::FileSystem> fromSource::headerFiles() {
  auto files = llvm::makeIntrusiveRefCnt<FileSystem>();
  files->setCurrentWorkingDirectory("/ferro");
  for (const EmbeddedHeader &header : embeddedHeaders())
    addFile(*files, headerFolder + std::string(header.name), header.text);
  return files;
}

std::shared_ptr<CompilerInvocation>
fromSource::invocationFor(const Language &language,
                          llvm::ArrayRef<const char *> arguments,
                          DiagnosticsEngine &diagnostics) {
  std::string standard = "-std=" + language.standard;
  std::string include = "-I" + std::string(headerFolder);
  llvm::SmallVector<const char *> all = {"-triple",
                                         "x86_64-unknown-linux-gnu",
                                         "-w",
                                         "-nostdsysteminc",
                                         "-nobuiltininc",
                                         "-ffp-contract=off",
                                         "-D__FERRO_JIT__",
                                         standard.c_str(),
                                         include.c_str()};
  if (!language.signedChar)
    all.push_back("-fno-signed-char");
  llvm::append_range(all, arguments);
  auto invocation = std::make_shared<CompilerInvocation>();
  if (!CompilerInvocation::CreateFromArgs(*invocation, all, diagnostics))
    return nullptr;
  invocation->getFrontendOpts().SkipFunctionBodies = true;
  return invocation;
}

namespace {
struct BodySkipper : ASTConsumer {
  bool shouldSkipFunctionBody(Decl *decl) override {
    const FunctionDecl *function = decl->getAsFunction();
    return function && !fromSource::operationOf(function).empty() &&
           !function->getReturnType()->getContainedAutoType();
  }
};
} // namespace

std::unique_ptr<ASTConsumer> fromSource::makeBodySkipper() {
  return std::make_unique<BodySkipper>();
}
