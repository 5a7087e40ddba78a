#include "Parse.h"

#include "Frontend.h"

#include "clang/Basic/DiagnosticIDs.h"
#include "clang/Basic/SourceManager.h"
#include "clang/Driver/CreateInvocationFromArgs.h"
#include "clang/Frontend/CompilerInstance.h"
#include "clang/Frontend/CompilerInvocation.h"
#include "clang/Frontend/TextDiagnosticPrinter.h"
#include "clang/Tooling/JSONCompilationDatabase.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/VirtualFileSystem.h"
#include "llvm/Support/raw_ostream.h"

#include <filesystem>

using namespace clang;
using namespace ferro;
using namespace ferro::rewrite;
using llvm::StringRef;
namespace fs = std::filesystem;

static std::string absolute(const std::string &path,
                            const std::string &directory) {
  return (fs::path(directory.empty() ? fs::current_path()
                                     : fs::path(directory)) /
          path)
      .lexically_normal()
      .string();
}

// What a command says about its output, not about its input.
static std::vector<std::string> inputFlags(llvm::ArrayRef<std::string> command,
                                           StringRef file) {
  static const llvm::StringSet<> alone = {"-c",   "-S",  "-E", "-MD",
                                          "-MMD", "-MP", "--"};
  static const llvm::StringSet<> withValue = {"-o", "-MF", "-MT", "-MQ"};
  std::vector<std::string> flags;
  for (size_t i = 1; i < command.size(); ++i) {
    StringRef flag = command[i];
    if (withValue.contains(flag))
      ++i;
    else if (!alone.contains(flag) && !flag.starts_with("-fplugin") &&
             flag != file)
      flags.push_back(flag.str());
  }
  return flags;
}

std::optional<CompileCommand> rewrite::findCommand(const std::string &folder,
                                                   const std::string &file) {
  std::string error;
  auto database = tooling::JSONCompilationDatabase::loadFromFile(
      (fs::path(folder) / "compile_commands.json").string(), error,
      tooling::JSONCommandLineSyntax::AutoDetect);
  if (!database) {
    llvm::errs() << "ferro-rewrite: " << folder << ": " << error << "\n";
    return std::nullopt;
  }
  std::vector<tooling::CompileCommand> commands =
      database->getCompileCommands(absolute(file, ""));
  if (commands.empty()) {
    llvm::errs() << "ferro-rewrite: " << folder
                 << "/compile_commands.json has no command for " << file
                 << "\n";
    return std::nullopt;
  }
  const tooling::CompileCommand &command = commands.front();
  return CompileCommand{absolute(file, ""), command.Directory,
                        inputFlags(command.CommandLine, command.Filename)};
}

// A compiler that would compile the file, kept from doing so.
static std::unique_ptr<CompilerInstance>
makeCompiler(const CompileCommand &command) {
  IntrusiveRefCntPtr<llvm::vfs::FileSystem> files =
      llvm::vfs::createPhysicalFileSystem();
  if (!command.directory.empty())
    files->setCurrentWorkingDirectory(command.directory);

  std::vector<const char *> arguments = {FERRO_CLANG, "-fsyntax-only"};
  for (const std::string &flag : command.flags)
    arguments.push_back(flag.c_str());
  arguments.push_back(command.file.c_str());
  CreateInvocationOptions options;
  options.VFS = files;
  std::shared_ptr<CompilerInvocation> invocation =
      createInvocation(arguments, options);
  if (!invocation || invocation->getFrontendOpts().Inputs.empty())
    return nullptr;

  auto compiler = std::make_unique<CompilerInstance>(invocation);
  compiler->setVirtualFileSystem(files);
  compiler->createDiagnostics();
  compiler->createFileManager();
  return compiler;
}

static void reportAll(const plugin::Discovery &discovery, bool withRemarks) {
  CompilerInstance &instance = *discovery.instance;
  DiagnosticOptions options;
  auto *printer = new TextDiagnosticPrinter(llvm::errs(), options);
  DiagnosticsEngine engine(DiagnosticIDs::create(), options, printer);
  engine.setSourceManager(&instance.getSourceManager());
  printer->BeginSourceFile(instance.getLangOpts(), nullptr);
  for (const plugin::Finding &finding : discovery.findings)
    if (withRemarks || !isRemark(finding))
      report(engine, finding);
  printer->EndSourceFile();
}

static ParsedUnit unitOf(plugin::Discovery &discovery,
                         const std::string &directory) {
  ParsedUnit unit{absolute(discovery.mainFile, directory), {}};
  for (auto &[name, file] : discovery.userFiles) {
    ParsedFile &parsed = unit.files[absolute(name, directory)];
    parsed.text = std::move(file.text);
    parsed.edits = std::move(discovery.edits[name]);
    for (const plugin::Inclusion &each : file.inclusions)
      parsed.includes.push_back({each.offset, each.length,
                                 absolute(each.file, directory),
                                 each.isAngled});
  }
  return unit;
}

std::optional<ParsedUnit> rewrite::parse(const CompileCommand &command,
                                         plugin::Style style,
                                         bool withRemarks) {
  std::unique_ptr<CompilerInstance> compiler = makeCompiler(command);
  if (!compiler) {
    llvm::errs() << "ferro-rewrite: " << command.file
                 << ": clang does not accept the flags behind --\n";
    return std::nullopt;
  }
  plugin::Discovery discovery =
      discover(*compiler, compiler->getFrontendOpts().Inputs.front(), style,
               /*listUserFiles=*/true);
  if (!discovery.fatalError.empty()) {
    llvm::errs() << "ferro-rewrite: " << discovery.fatalError << "\n";
    return std::nullopt;
  }
  reportAll(discovery, withRemarks);
  if (hasErrors(discovery.findings))
    return std::nullopt;
  ParsedUnit unit = unitOf(discovery, command.directory);
  if (!unit.files.count(unit.mainFile)) {
    llvm::errs() << "ferro-rewrite: " << command.file << ": cannot be read\n";
    return std::nullopt;
  }
  return unit;
}
