#include "Prescan.h"

#include "Nested.h"
#include "RankChecker.h"
#include "SourceText.h"

#include "clang/Basic/FileManager.h"
#include "clang/Basic/SourceManager.h"
#include "clang/Frontend/CompilerInstance.h"
#include "clang/Frontend/FrontendActions.h"
#include "clang/Frontend/Utils.h"
#include "clang/Lex/DependencyDirectivesScanner.h"
#include "clang/Lex/HeaderSearch.h"
#include "clang/Lex/HeaderSearchOptions.h"
#include "clang/Lex/PPCallbacks.h"
#include "clang/Lex/Preprocessor.h"
#include "clang/Lex/PreprocessorOptions.h"

#include <map>
#include <set>

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

// What a file's directives are.
struct Scan {
  llvm::SmallVector<dependency_directives_scan::Token, 0> tokens;
  llvm::SmallVector<dependency_directives_scan::Directive, 0> directives;

  /// \returns whether they can be told without lexing the file in full.
  bool read(StringRef text) {
    // The scan does not know the other spellings of `#`.
    return !text.contains("%:") && !text.contains("?\?=") &&
           !scanSourceForDependencyDirectives(text, tokens, directives);
  }
};

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
  struct FileScan : Scan {
    std::unique_ptr<llvm::MemoryBuffer> buffer;
  };

  std::unique_ptr<FileScan> scan(FileEntryRef file) {
    auto buffer = files.getBufferForFile(file);
    if (!buffer)
      return nullptr;
    auto result = std::make_unique<FileScan>();
    result->buffer = std::move(*buffer);
    if (!result->read(result->buffer->getBuffer()))
      return nullptr;
    return result;
  }

  FileManager &files;
  std::map<const FileEntry *, std::unique_ptr<FileScan>> scans;
};

// Follows the include directives of the user's files, whichever branch they
// stand in: a superset of the files that the preprocessor enters, without
// preprocessing. What a system header includes counts as a system header.
class Inclusions {
public:
  explicit Inclusions(CompilerInstance &nested)
      : sources(nested.getSourceManager()), language(nested.getLangOpts()),
        headers(nested.getHeaderSearchOpts(), sources, nested.getDiagnostics(),
                language, &nested.getTarget()) {
    ApplyHeaderSearchOptions(headers, nested.getHeaderSearchOpts(), language,
                             nested.getTarget().getTriple());
  }

  /// Whether it is certain that no user file that \p main includes concerns
  /// us; \p text is what \p main holds.
  bool areNotOurs(FileEntryRef main, StringRef text) {
    if (!follow(main, text))
      return false;
    while (!pending.empty()) {
      FileEntryRef file = pending.pop_back_val();
      FileID id = sources.createFileID(file, SourceLocation(), SrcMgr::C_User);
      std::optional<StringRef> text = sources.getBufferDataOrNone(id);
      if (!text || fileHas(sources, id, language, concernsUs) ||
          !follow(file, *text))
        return false;
    }
    return true;
  }

private:
  bool follow(FileEntryRef includer, StringRef text) {
    Scan scan;
    if (!scan.read(text))
      return false;
    for (const auto &directive : scan.directives)
      switch (directive.Kind) {
      case dependency_directives_scan::pp_include:
      case dependency_directives_scan::pp_import:
        if (!include(includer, text, directive.Tokens))
          return false;
        break;
      case dependency_directives_scan::pp_include_next:
      case dependency_directives_scan::pp___include_macros:
      case dependency_directives_scan::pp_pragma_include_alias:
      case dependency_directives_scan::pp_pragma_import:
      case dependency_directives_scan::decl_at_import:
      case dependency_directives_scan::cxx_import_decl:
      case dependency_directives_scan::cxx_export_import_decl:
        return false;
      default:
        break;
      }
    return true;
  }

  // \p tokens are `#`, `include` and what it includes.
  bool include(FileEntryRef includer, StringRef text,
               llvm::ArrayRef<dependency_directives_scan::Token> tokens) {
    if (tokens.size() < 3)
      return false;
    StringRef name = text.substr(tokens[2].Offset);
    bool isAngled = name.starts_with('<');
    if (!isAngled && !name.starts_with('"'))
      return false; // a macro
    name = name.drop_front().take_until(
        [&](char c) { return c == (isAngled ? '>' : '"') || c == '\n'; });
    if (name.contains('\\'))
      return false; // perhaps a line splice
    std::pair<OptionalFileEntryRef, DirectoryEntryRef> from{includer,
                                                            includer.getDir()};
    headers.getFileInfo(includer); // LookupFile expects it to be known
    bool isMapped, isFramework;
    OptionalFileEntryRef file = headers.LookupFile(
        name, SourceLocation(), isAngled, nullptr, nullptr, from, nullptr,
        nullptr, nullptr, nullptr, &isMapped, &isFramework);
    if (file && !SrcMgr::isSystem(headers.getFileDirFlavor(*file)) &&
        seen.insert(&file->getFileEntry()).second)
      pending.push_back(*file);
    return true;
  }

  SourceManager &sources;
  const LangOptions &language;
  HeaderSearch headers;
  llvm::SmallVector<FileEntryRef> pending;
  std::set<const FileEntry *> seen;
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

static bool areCertainlyNotOurs(CompilerInstance &outer,
                                const FrontendInputFile &input) {
  const PreprocessorOptions &options = outer.getPreprocessorOpts();
  SourceManager &sources = outer.getSourceManager();
  OptionalFileEntryRef main =
      sources.getFileEntryRefForID(sources.getMainFileID());
  // These include, or replace, files that no directive names.
  bool isPlain = options.Includes.empty() && options.MacroIncludes.empty() &&
                 options.ChainedIncludes.empty() &&
                 options.RemappedFiles.empty() &&
                 options.RemappedFileBuffers.empty() &&
                 !outer.getHeaderSearchOpts().ImplicitModuleMaps &&
                 outer.getFrontendOpts().ModuleMapFiles.empty() &&
                 outer.getFrontendOpts().ModuleFiles.empty() &&
                 !outer.getLangOpts().MSVCCompat;
  if (!isPlain || !main)
    return false;
  std::unique_ptr<CompilerInstance> nested = makeNested(outer, input);
  nested->createSourceManager();
  return nested->createTarget() &&
         Inclusions(*nested).areNotOurs(
             *main, sources.getBufferData(sources.getMainFileID()));
}

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
  if (areCertainlyNotOurs(outer, input))
    return false;
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
