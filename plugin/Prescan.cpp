#include "Prescan.h"

#include "Nested.h"
#include "RankChecker.h"
#include "SourceText.h"

#include "clang/Basic/FileManager.h"
#include "clang/Basic/SourceManager.h"
#include "clang/Frontend/CompilerInstance.h"
#include "clang/Frontend/FrontendActions.h"
#include "clang/Lex/DependencyDirectivesScanner.h"
#include "clang/Lex/PPCallbacks.h"
#include "clang/Lex/Preprocessor.h"
#include "clang/Lex/PreprocessorOptions.h"

#include <map>

using namespace clang;
using namespace ferro::plugin;
using llvm::StringRef;

bool ferro::plugin::fileHas(const SourceManager &sources, FileID file,
                            const LangOptions &language,
                            bool (*concerns)(const SpottedAttribute &)) {
  if (!mayConcernUs(sources.getBufferData(file)))
    return false;
  for (const AttributeList &list : spotAttributes(sources, file, language))
    if (llvm::any_of(list.attributes, concerns))
      return true;
  return false;
}

bool ferro::plugin::concernsUs(const SpottedAttribute &attribute) {
  return concernsScripts(attribute) || concernsModules(attribute) ||
         concernsRanks(attribute);
}

namespace {

// Only directives decide which files are included, so only they are lexed.
class Directives : public DependencyDirectivesGetter {
public:
  explicit Directives(FileManager &files) : files(files) {}

  std::unique_ptr<DependencyDirectivesGetter>
  cloneFor(FileManager &other) override {
    return std::make_unique<Directives>(other);
  }

  std::optional<llvm::ArrayRef<dependency_directives_scan::Directive>>
  operator()(FileEntryRef file) override {
    auto [found, isNew] = scans.try_emplace(&file.getFileEntry());
    if (isNew)
      found->second = scan(file);
    if (!found->second)
      return std::nullopt;
    return found->second->directives;
  }

private:
  struct Scan {
    llvm::SmallVector<dependency_directives_scan::Token, 0> tokens;
    llvm::SmallVector<dependency_directives_scan::Directive, 0> directives;
    std::unique_ptr<llvm::MemoryBuffer> buffer;
  };

  std::unique_ptr<Scan> scan(FileEntryRef file) {
    auto buffer = files.getBufferForFile(file);
    if (!buffer)
      return nullptr;
    auto result = std::make_unique<Scan>();
    result->buffer = std::move(*buffer);
    if (scanSourceForDependencyDirectives(result->buffer->getBuffer(),
                                          result->tokens, result->directives))
      return nullptr; // lex it in full
    return result;
  }

  FileManager &files;
  std::map<const FileEntry *, std::unique_ptr<Scan>> scans;
};

struct EnteredFiles : PPCallbacks {
  EnteredFiles(Preprocessor &preprocessor, bool &found)
      : preprocessor(preprocessor), found(found) {}

  void FileChanged(SourceLocation loc, FileChangeReason why,
                   SrcMgr::CharacteristicKind kind, FileID) override {
    if (found || why != EnterFile || SrcMgr::isSystem(kind))
      return;
    const SourceManager &sources = preprocessor.getSourceManager();
    found = fileHas(sources, sources.getFileID(loc), preprocessor.getLangOpts(),
                    concernsUs);
  }

  Preprocessor &preprocessor;
  bool &found;
};

class PrescanAction : public PreprocessorFrontendAction {
public:
  bool found = false;

  void ExecuteAction() override {
    Preprocessor &preprocessor = getCompilerInstance().getPreprocessor();
    Directives directives(getCompilerInstance().getFileManager());
    preprocessor.setDependencyDirectivesGetter(directives);
    preprocessor.addPPCallbacks(
        std::make_unique<EnteredFiles>(preprocessor, found));
    preprocessor.IgnorePragmas();
    preprocessor.EnterMainSourceFile();
    Token token;
    do
      preprocessor.Lex(token);
    while (token.isNot(tok::eof) && !found);
  }
};

} // namespace

bool ferro::plugin::mentionsOurs(CompilerInstance &outer,
                                 const FrontendInputFile &input) {
  SourceManager &sources = outer.getSourceManager();
  if (fileHas(sources, sources.getMainFileID(), outer.getLangOpts(),
              concernsUs))
    return true;
  // What a precompiled header defines decides what is included, and skipping
  // its headers makes the discovery parse cheap.
  if (!outer.getPreprocessorOpts().ImplicitPCHInclude.empty())
    return true;
  std::unique_ptr<CompilerInstance> nested = makeNested(outer, input);
  PrescanAction action;
  nested->ExecuteAction(action);
  return action.found;
}

bool ferro::plugin::mentionsModules(CompilerInstance &outer,
                                    const FrontendInputFile &input) {
  if (!input.isFile() || input.getFile() == "-")
    return false;
  auto buffer = outer.getFileManager().getBufferForFile(input.getFile());
  if (!buffer)
    return false;
  StringRef text = (*buffer)->getBuffer();
  return text.contains("cutile::module") || text.contains("cutile::entry");
}
