// ferroscript.so: rewrites scripts before Clang parses a file.
#include "Attributes.h"
#include "ForkedDiscovery.h"
#include "Frontend.h"
#include "Prescan.h"

#include "clang/AST/ASTConsumer.h"
#include "clang/Basic/FileManager.h"
#include "clang/Basic/SourceManager.h"
#include "clang/Frontend/CompilerInstance.h"
#include "clang/Frontend/FrontendPluginRegistry.h"
#include "clang/Frontend/Utils.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdlib>

using namespace clang;
using namespace ferro::plugin;
using llvm::StringRef;

namespace {

// Closes the door behind the final parse: an attribute that it met was not
// rewritten, and the function would silently run eagerly.
class FinalParse : public ASTConsumer {
public:
  explicit FinalParse(DiagnosticsEngine &diagnostics)
      : diagnostics(diagnostics) {
    unrewritten().clear();
  }

  bool shouldSkipFunctionBody(Decl *decl) override {
    return !forked || forked->shouldSkipFunctionBody(decl);
  }

  void HandleTranslationUnit(ASTContext &context) override {
    if (forked)
      forked->HandleTranslationUnit(context);
    if (!diagnostics.hasErrorOccurred())
      for (const Finding &finding : unrewritten())
        report(diagnostics, finding);
    unrewritten().clear();
  }

  std::unique_ptr<ForkedDiscovery> forked;

private:
  DiagnosticsEngine &diagnostics;
};

class FerroAction : public PluginASTAction {
  bool ParseArgs(const CompilerInstance &instance,
                 const std::vector<std::string> &arguments) override;
  ActionType getActionType() override { return AddBeforeMainAction; }
  std::unique_ptr<ASTConsumer> CreateASTConsumer(CompilerInstance &instance,
                                                 StringRef) override;

  std::string dumpFolder;
  bool withRemarks = false;
  bool parsesTwice = false;
};

} // namespace

bool FerroAction::ParseArgs(const CompilerInstance &instance,
                            const std::vector<std::string> &arguments) {
  if (AttributeRecorder::current())
    return false; // a discovery parse starts no other
  if (const char *folder = std::getenv("FERRO_DUMP_REWRITTEN"))
    dumpFolder = folder;
  for (StringRef argument : arguments) {
    if (argument.consume_front("dump=")) {
      dumpFolder = argument.str();
      continue;
    }
    if (argument == "remarks") {
      withRemarks = true;
      continue;
    }
    if (argument == "parse-twice") {
      parsesTwice = true;
      continue;
    }
    DiagnosticsEngine &diagnostics = instance.getDiagnostics();
    diagnostics.Report(diagnostics.getCustomDiagID(
        DiagnosticsEngine::Error, "unknown argument '%0' of the plugin "
                                  "ferroscript; it takes dump=FOLDER, "
                                  "parse-twice and remarks"))
        << argument;
    return false;
  }
  return true;
}

// The input as it was given to Clang: "-" stays "-".
static FrontendInputFile inputOf(const CompilerInstance &instance,
                                 FileEntryRef mainFile) {
  const FrontendOptions &options = instance.getFrontendOpts();
  for (const FrontendInputFile &input : options.Inputs)
    if (input.isFile() &&
        (input.getFile() == mainFile.getName() || input.getFile() == "-"))
      return FrontendInputFile(input.getFile(), input.getKind());
  return FrontendInputFile(mainFile.getName(), options.DashX);
}

// A build system compiles again when the plugin changes.
static void dependOnPlugins(CompilerInstance &instance) {
  for (const std::shared_ptr<DependencyCollector> &collector :
       instance.getDependencyCollectors())
    for (const std::string &plugin : instance.getFrontendOpts().Plugins)
      collector->maybeAddDependency(plugin, /*FromModule=*/false,
                                    /*IsSystem=*/false, /*IsModuleFile=*/false,
                                    /*IsMissing=*/false);
}

static void dump(StringRef folder, StringRef name, StringRef text) {
  llvm::SmallString<128> path(folder);
  llvm::sys::path::append(path, llvm::sys::path::filename(name));
  std::error_code error = llvm::sys::fs::create_directories(folder);
  llvm::raw_fd_ostream stream(path, error);
  if (!error)
    stream << text;
}

static bool isMainFile(const CompilerInstance &instance, FileEntryRef file) {
  const SourceManager &sources = instance.getSourceManager();
  return sources.getFileEntryForID(sources.getMainFileID()) ==
         &file.getFileEntry();
}

static void overrideFile(CompilerInstance &instance, FileEntryRef file,
                         StringRef text) {
  SourceManager &sources = instance.getSourceManager();
  sources.overrideFileContents(
      file, llvm::MemoryBuffer::getMemBufferCopy(text, file.getName()));
  if (!isMainFile(instance, file))
    return;
  // The old id has the old size.
  SrcMgr::CharacteristicKind kind = sources.getFileCharacteristic(
      sources.getLocForStartOfFile(sources.getMainFileID()));
  sources.setMainFileID(sources.createFileID(file, SourceLocation(), kind));
}

// Says what was found. After errors the rest of the file would be judged with
// the wrong types.
static bool accept(CompilerInstance &instance, const Findings &findings) {
  for (const Finding &finding : findings)
    if (!isRemark(finding))
      report(instance.getDiagnostics(), finding);
  if (!hasErrors(findings))
    return true;
  instance.getDiagnostics().setSuppressAllDiagnostics(true);
  return false;
}

static void apply(CompilerInstance &instance, const Discovery &discovery,
                  StringRef dumpFolder, ForkedDiscovery *forked = nullptr) {
  for (const auto &[name, text] : discovery.rewritten) {
    if (!dumpFolder.empty())
      dump(dumpFolder, name, text);
    OptionalFileEntryRef file =
        instance.getFileManager().getOptionalFileRef(name);
    if (forked && file && isMainFile(instance, *file))
      forked->replaceRest(text);
    else if (file)
      overrideFile(instance, *file, text);
  }
}

// Said of the discovery parse's files: \p engine's own are about to hold other
// text, and would keep the lines of this one.
static void reportRemarks(const Discovery &discovery,
                          DiagnosticsEngine &engine) {
  DiagnosticsEngine asWritten(engine.getDiagnosticIDs(),
                              engine.getDiagnosticOptions(), engine.getClient(),
                              /*ShouldOwnClient=*/false);
  asWritten.setSourceManager(&discovery.instance->getSourceManager());
  for (const Finding &finding : discovery.findings)
    if (isRemark(finding))
      report(asWritten, finding);
}

std::unique_ptr<ASTConsumer>
FerroAction::CreateASTConsumer(CompilerInstance &instance, StringRef) {
  auto finalParse = std::make_unique<FinalParse>(instance.getDiagnostics());
  // -fixit would write generated text into the user's file.
  if (instance.getFrontendOpts().ProgramAction == frontend::FixIt)
    return finalParse;
  dependOnPlugins(instance);
  SourceManager &sources = instance.getSourceManager();
  OptionalFileEntryRef mainFile =
      sources.getFileEntryRefForID(sources.getMainFileID());
  if (!mainFile)
    return finalParse;
  FrontendInputFile input = inputOf(instance, *mainFile);
  if (!mentionsOurs(instance, input))
    return finalParse;

  if (!parsesTwice && !withRemarks)
    finalParse->forked = ForkedDiscovery::prepare(
        instance, input,
        [&instance, folder = dumpFolder](ForkedDiscovery &forked,
                                         const Discovery &discovery) {
          if (accept(instance, discovery.findings))
            apply(instance, discovery, folder, &forked);
        });
  if (finalParse->forked)
    return finalParse;

  Discovery discovery = discover(instance, input, Style::Exact);
  if (withRemarks)
    reportRemarks(discovery, instance.getDiagnostics());
  Findings findings;
  for (const Finding &finding : discovery.findings)
    findings.push_back(
        transfer(finding, discovery.instance->getSourceManager(), sources));
  if (!accept(instance, findings))
    return finalParse;
  apply(instance, discovery, dumpFolder);
  return finalParse;
}

static FrontendPluginRegistry::Add<FerroAction>
    registered("ferroscript", "compile [[ferro::script]] functions");
