#include "ForkedDiscovery.h"

#include "Attributes.h"
#include "Nested.h"
#include "Prescan.h"
#include "ScriptDiscovery.h"
#include "SourceText.h"

#include "clang/AST/ASTConsumer.h"
#include "clang/AST/ASTContext.h"
#include "clang/Basic/FileManager.h"
#include "clang/Basic/SourceManager.h"
#include "clang/Frontend/CompilerInstance.h"
#include "clang/Lex/Lexer.h"
#include "clang/Lex/PPCallbacks.h"
#include "clang/Lex/Preprocessor.h"
#include "clang/Lex/PreprocessorOptions.h"
#include "clang/Sema/Sema.h"
#include "llvm/Support/ErrorHandling.h"

#include <csignal>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace clang;
using namespace ferro::plugin;
using llvm::StringRef;

// ---------------------------------------------------------------- the seam

// Of `module;` and `import name;`.
static bool isModuleWord(const Token &token) {
  if (token.isNot(tok::raw_identifier) || !token.isAtStartOfLine())
    return false;
  StringRef word = token.getRawIdentifier();
  return word == "module" || word == "import" || word == "export";
}

// Where the main file can be cut: behind the last #include that stands before
// every script and that no #if encloses.
static std::optional<ForkedDiscovery::Seam>
findSeam(const SourceManager &sources, FileID file, unsigned firstScript,
         const LangOptions &language) {
  StringRef text = sources.getBufferData(file);
  Lexer lexer(sources.getLocForStartOfFile(file), language, text.begin(),
              text.begin(), text.end());
  auto offset = [&](const Token &token) {
    return sources.getFileOffset(token.getLocation());
  };
  std::optional<ForkedDiscovery::Seam> seam;
  int depth = 0;
  Token token;
  lexer.LexFromRawLexer(token);
  while (token.isNot(tok::eof) && offset(token) <= firstScript) {
    bool isDirective = token.is(tok::hash) && token.isAtStartOfLine();
    if (isModuleWord(token))
      return std::nullopt;
    unsigned begin = offset(token);
    lexer.LexFromRawLexer(token);
    if (!isDirective || token.isAtStartOfLine() ||
        token.isNot(tok::raw_identifier))
      continue;
    StringRef name = token.getRawIdentifier();
    depth += name.starts_with("if");
    depth -= name == "endif";
    while (token.isNot(tok::eof) && !token.isAtStartOfLine())
      lexer.LexFromRawLexer(token);
    if (name == "include" && depth == 0 && offset(token) <= firstScript)
      seam = {begin, offset(token)};
  }
  return seam;
}

// The text goes into a buffer with room behind it: the copy's edits make it
// longer, and a file cannot grow once Clang has entered it.
void ForkedDiscovery::layOut(std::size_t scripts) {
  constexpr std::size_t perScript = 1 << 14, perFile = 1 << 16;
  SourceManager &sources = outer.getSourceManager();
  FileID main = sources.getMainFileID();
  original = sources.getBufferData(main).str();
  room = perFile + perScript * scripts + 4 * original.size();
  auto buffer = llvm::WritableMemoryBuffer::getNewUninitMemBuffer(
      seam.rest + room, sources.getBufferOrFake(main).getBufferIdentifier());
  rest = std::copy_n(original.begin(), seam.rest, buffer->getBufferStart());

  FileEntryRef file = *sources.getFileEntryRefForID(main);
  SrcMgr::CharacteristicKind kind =
      sources.getFileCharacteristic(sources.getLocForStartOfFile(main));
  sources.overrideFileContents(file, std::move(buffer));
  sources.setMainFileID(sources.createFileID(file, SourceLocation(), kind));
  replaceRest(original);
}

void ForkedDiscovery::replaceRest(StringRef rewritten) {
  StringRef text = rewritten.substr(seam.rest);
  if (text.size() + 1 > room)
    llvm::report_fatal_error("no room for the rewritten scripts: compile with "
                             "-fplugin-arg-ferroscript-parse-twice");
  char *end = std::copy(text.begin(), text.end(), rest);
  std::fill(end, rest + room, ' ');
  if (text.ends_with("\n")) // -Wnewline-eof
    rest[room - 1] = '\n';
  // Clang remembers where the lines of the text before began.
  SourceManager &sources = outer.getSourceManager();
  FileID main = sources.getMainFileID();
  sources.getSLocEntry(main).getFile().getContentCache().SourceLineCache = {};
  sources.getLineNumber(main, 0);
}

// ---------------------------------------------------------------- where to
// fork

static bool concernsOthers(const SpottedAttribute &attribute) {
  return concernsUs(attribute) && !concernsScripts(attribute);
}

struct ForkedDiscovery::Watch : PPCallbacks {
  explicit Watch(ForkedDiscovery &discovery) : discovery(discovery) {}

  void FileChanged(SourceLocation loc, FileChangeReason why,
                   SrcMgr::CharacteristicKind, FileID) override {
    if (why == ExitFile)
      included(loc);
  }
  void FileSkipped(const FileEntryRef &, const Token &name,
                   SrcMgr::CharacteristicKind) override {
    included(name.getLocation());
  }

  void included(SourceLocation loc) {
    auto [file, offset] = sources().getDecomposedLoc(loc);
    if (discovery.isMain(file) && offset > discovery.seam.lastInclude)
      discovery.fork(/*onlyScripts=*/true);
  }

  // A header with scripts or modules comes before the seam.
  void InclusionDirective(SourceLocation, const Token &, StringRef, bool,
                          CharSourceRange, OptionalFileEntryRef file, StringRef,
                          StringRef, const Module *, bool,
                          SrcMgr::CharacteristicKind) override {
    if (discovery.isPast || !file)
      return;
    auto text = sources().getMemoryBufferForFileOrNone(*file);
    if (!text || !mayConcernUs(text->getBuffer()))
      return;
    FileID id = sources().createFileID(*text);
    const LangOptions &language = discovery.outer.getLangOpts();
    if (fileHas(sources(), id, language, concernsUs))
      discovery.fork(!fileHas(sources(), id, language, concernsOthers));
  }

  // What the bodies of headers instantiate is no matter of the copy's.
  void EndOfMainFile() override {
    if (discovery.copy)
      discovery.outer.getSema().PendingInstantiations.clear();
  }

  SourceManager &sources() const { return discovery.outer.getSourceManager(); }

  ForkedDiscovery &discovery;
};

ForkedDiscovery::ForkedDiscovery(CompilerInstance &outer,
                                 const FrontendInputFile &input,
                                 Receiver receiver)
    : outer(outer), input(input), receiver(std::move(receiver)) {}

static bool makesCode(frontend::ActionKind action) {
  switch (action) {
  case frontend::EmitAssembly:
  case frontend::EmitBC:
  case frontend::EmitCodeGenOnly:
  case frontend::EmitLLVM:
  case frontend::EmitLLVMOnly:
  case frontend::EmitObj:
  case frontend::ParseSyntaxOnly:
    return true;
  default:
    return false;
  }
}

static bool readsOnlyText(const CompilerInstance &outer) {
  const FrontendOptions &frontend = outer.getFrontendOpts();
  const HeaderSearchOptions &search = outer.getHeaderSearchOpts();
  const LangOptions &language = outer.getLangOpts();
  return frontend.ModuleFiles.empty() && search.PrebuiltModuleFiles.empty() &&
         search.PrebuiltModulePaths.empty() && !search.ImplicitModuleMaps &&
         !language.isCompilingModule() &&
         outer.getPreprocessorOpts().ImplicitPCHInclude.empty();
}

std::unique_ptr<ForkedDiscovery>
ForkedDiscovery::prepare(CompilerInstance &outer,
                         const FrontendInputFile &input, Receiver receiver) {
  const FrontendOptions &frontend = outer.getFrontendOpts();
  if (!makesCode(frontend.ProgramAction) || !readsOnlyText(outer) ||
      outer.getCodeGenOpts().EmbedSource || input.getFile() == "-" ||
      outer.getDiagnosticOpts().VerifyDiagnostics)
    return nullptr;
  SourceManager &sources = outer.getSourceManager();
  FileID main = sources.getMainFileID();
  std::size_t count = 0;
  std::optional<unsigned> first;
  for (const AttributeList &list :
       spotAttributes(sources, main, outer.getLangOpts())) {
    if (llvm::any_of(list.attributes, concernsOthers))
      return nullptr;
    if (llvm::any_of(list.attributes, concernsScripts)) {
      ++count;
      if (!first)
        first = sources.getFileOffset(list.begin);
    }
  }
  if (!first)
    return nullptr;
  std::optional<Seam> seam =
      findSeam(sources, main, *first, outer.getLangOpts());
  if (!seam)
    return nullptr;
  std::unique_ptr<ForkedDiscovery> discovery(
      new ForkedDiscovery(outer, input, std::move(receiver)));
  discovery->seam = *seam;
  discovery->layOut(count);
  outer.getPreprocessor().addPPCallbacks(std::make_unique<Watch>(*discovery));
  // The copy skips bodies; shouldSkipFunctionBody says which.
  outer.getFrontendOpts().SkipFunctionBodies = true;
  return discovery;
}

ForkedDiscovery::~ForkedDiscovery() = default;

bool ForkedDiscovery::isMain(FileID file) const {
  return file == outer.getSourceManager().getMainFileID();
}

// ---------------------------------------------------------------- messages
//
// The copy and the compiler are one program, so numbers go as they lie in
// memory. Places go by file and offset.

namespace {

struct Writer {
  std::string message;

  void number(std::uint64_t value) {
    message.append(reinterpret_cast<const char *>(&value), sizeof value);
  }
  void text(StringRef value) {
    number(value.size());
    message += value;
  }
  template <typename List, typename Each>
  void list(const List &values, Each each) {
    number(values.size());
    for (const auto &value : values)
      each(value);
  }
};

struct Reader {
  StringRef message;

  std::uint64_t number() {
    std::uint64_t value;
    std::memcpy(&value, message.data(), sizeof value);
    message = message.drop_front(sizeof value);
    return value;
  }
  StringRef text() {
    std::size_t size = number();
    StringRef value = message.take_front(size);
    message = message.drop_front(size);
    return value;
  }
  template <typename Each> void list(Each each) {
    for (std::uint64_t count = number(); count; --count)
      each();
  }
};

} // namespace

// ---------------------------------------------------------------- the copy

struct ForkedDiscovery::Copy {
  explicit Copy(CompilerInstance &instance)
      : consumer(discoverScripts(instance, discovery, recorder, Style::Exact)) {
  }

  Discovery discovery;
  AttributeRecorder recorder;
  std::unique_ptr<ASTConsumer> consumer;
};

std::string ForkedDiscovery::encode(const Discovery &discovery) const {
  const SourceManager &sources =
      (discovery.instance ? *discovery.instance : outer).getSourceManager();
  Writer writer;
  auto writePlace = [&](SourceLocation loc) {
    auto [file, offset] = sources.getDecomposedLoc(sources.getFileLoc(loc));
    OptionalFileEntryRef entry = sources.getFileEntryRefForID(file);
    writer.text(entry ? entry->getName() : "");
    writer.number(offset);
  };
  auto writeRange = [&](const CharSourceRange &range) {
    writePlace(range.getBegin());
    writePlace(range.getEnd());
    writer.number(range.isTokenRange());
  };
  writer.list(discovery.findings, [&](const Finding &finding) {
    writer.number(static_cast<std::uint64_t>(finding.diag));
    writePlace(finding.loc);
    writer.list(finding.args, [&](StringRef arg) { writer.text(arg); });
    writer.list(finding.ranges, writeRange);
    writer.list(finding.fixIts, [&](const FixItHint &fixIt) {
      writeRange(fixIt.RemoveRange);
      writer.text(fixIt.CodeToInsert);
    });
  });
  writer.list(discovery.edits, [&](const auto &file) {
    const auto &[name, edits] = file;
    writer.text(name);
    writer.list(edits, [&](const Edit &edit) {
      writer.number(edit.offset);
      writer.number(edit.length);
      writer.text(edit.text);
    });
  });
  return std::move(writer.message);
}

// The place in what Clang reads.
SourceLocation ForkedDiscovery::placeOf(StringRef name, unsigned offset) const {
  SourceManager &sources = outer.getSourceManager();
  OptionalFileEntryRef entry =
      name.empty() ? std::nullopt
                   : outer.getFileManager().getOptionalFileRef(name);
  if (!entry)
    return {};
  FileID main = sources.getMainFileID();
  bool isMain = sources.getFileEntryForID(main) == &entry->getFileEntry();
  FileID file =
      isMain ? main : sources.getOrCreateFileID(*entry, SrcMgr::C_User);
  return sources.getLocForStartOfFile(file).getLocWithOffset(offset);
}

StringRef ForkedDiscovery::textOf(StringRef name) const {
  SourceManager &sources = outer.getSourceManager();
  OptionalFileEntryRef entry = outer.getFileManager().getOptionalFileRef(name);
  if (!entry)
    return "";
  if (sources.getFileEntryForID(sources.getMainFileID()) ==
      &entry->getFileEntry())
    return original;
  auto buffer = sources.getMemoryBufferForFileOrNone(*entry);
  return buffer ? buffer->getBuffer() : "";
}

Discovery ForkedDiscovery::receive(StringRef message) const {
  Discovery discovery;
  Reader reader{message};
  auto place = [&] {
    StringRef name = reader.text();
    return placeOf(name, reader.number());
  };
  auto range = [&] {
    SourceLocation begin = place(), end = place();
    return CharSourceRange(SourceRange(begin, end), reader.number());
  };
  reader.list([&] {
    Diag diag = static_cast<Diag>(reader.number());
    Finding &finding = discovery.findings.emplace_back(Finding{diag, place()});
    reader.list([&] { finding.args.push_back(reader.text().str()); });
    reader.list([&] { finding.ranges.push_back(range()); });
    reader.list([&] {
      CharSourceRange removed = range();
      finding.fixIts.push_back(
          FixItHint::CreateReplacement(removed, reader.text()));
    });
  });
  reader.list([&] {
    std::vector<Edit> &edits = discovery.edits[reader.text().str()];
    reader.list([&] {
      unsigned offset = reader.number(), length = reader.number();
      edits.push_back({offset, length, reader.text().str()});
    });
  });
  for (const auto &[name, edits] : discovery.edits)
    discovery.rewritten[name] = applyEdits(textOf(name), edits);
  return discovery;
}

// It must not write, nor remove a file that the compiler is writing, nor come
// back from a crash as if it were the compiler.
static void standAlone() {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (int signal :
       {SIGABRT, SIGBUS, SIGFPE, SIGHUP, SIGILL, SIGINT, SIGPIPE, SIGQUIT,
        SIGSEGV, SIGSYS, SIGTERM, SIGTRAP, SIGUSR1, SIGUSR2, SIGXCPU, SIGXFSZ})
    std::signal(signal, SIG_DFL);
  llvm::remove_fatal_error_handler();
  llvm::install_fatal_error_handler(
      [](void *, const char *, bool) { _exit(EXIT_FAILURE); });
}

// After an error Clang makes no code, and says no warnings that need analysis.
static void silence(DiagnosticsEngine &diagnostics) {
  bool hadErrors = diagnostics.hasErrorOccurred();
  (void)diagnostics.takeClient().release(); // its destructor might write
  auto *places = new ErrorPlaces();
  diagnostics.setClient(places);
  diagnostics.setIgnoreAllWarnings(true);
  diagnostics.setErrorLimit(0);
  diagnostics.Report(diagnostics.getCustomDiagID(DiagnosticsEngine::Error,
                                                 "a copy makes no code"));
  if (!hadErrors)
    places->places.clear();
}

void ForkedDiscovery::becomeCopy(int end, bool onlyScripts) {
  pipe = end;
  standAlone();
  if (!onlyScripts)
    send(discover(outer, input, Style::Exact));
  silence(outer.getDiagnostics());
  copy = std::make_unique<Copy>(outer);
}

bool ForkedDiscovery::shouldSkipFunctionBody(Decl *decl) {
  return copy && copy->consumer->shouldSkipFunctionBody(decl);
}

static void writeAll(int pipe, StringRef message) {
  while (!message.empty()) {
    ssize_t count = ::write(pipe, message.data(), message.size());
    if (count < 0 && errno != EINTR)
      _exit(EXIT_FAILURE);
    message = message.drop_front(std::max<ssize_t>(count, 0));
  }
}

static std::string readAll(int pipe) {
  std::string message;
  char buffer[1 << 14];
  for (ssize_t count = 1; count != 0;) {
    count = ::read(pipe, buffer, sizeof buffer);
    if (count < 0 && errno != EINTR)
      break;
    message.append(buffer, std::max<ssize_t>(count, 0));
  }
  return message;
}

void ForkedDiscovery::send(const Discovery &discovery) {
  writeAll(pipe, encode(discovery));
  _exit(EXIT_SUCCESS);
}

void ForkedDiscovery::HandleTranslationUnit(ASTContext &context) {
  if (!copy)
    return;
  copy->consumer->HandleTranslationUnit(context);
  if (copy->discovery.hasModules) // in a header behind the seam
    send(discover(outer, input, Style::Exact));
  send(copy->discovery);
}

void ForkedDiscovery::fork(bool onlyScripts) {
  if (std::exchange(isPast, true))
    return;
  int ends[2];
  pid_t pid = pipe2(ends, O_CLOEXEC) == 0 ? ::fork() : -1;
  if (pid < 0)
    llvm::report_fatal_error(llvm::Twine("cannot fork to find scripts: ") +
                             std::strerror(errno));
  if (pid == 0)
    return becomeCopy(ends[1], onlyScripts);
  close(ends[1]);
  std::string message = readAll(ends[0]);
  close(ends[0]);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
    ;
  if (status != 0)
    llvm::report_fatal_error("the search for scripts crashed");
  receiver(*this, receive(message));
}
