#include "SourceText.h"

#include "clang/Basic/SourceManager.h"
#include "clang/Lex/Lexer.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <map>

using namespace clang;
using namespace ferro::plugin;
using llvm::StringRef;

static constexpr StringRef attributeNames[] = {
#define FERRO_ATTR(Id, spelling, summary) spelling,
#include "Attributes.def"
};
static constexpr StringRef ourScope = "ferro";

// ---------------------------------------------------------------- attributes

static StringRef wordOf(const Token &token) {
  if (token.is(tok::raw_identifier))
    return token.getRawIdentifier();
  if (token.isAnnotation())
    return {};
  const IdentifierInfo *identifier = token.getIdentifierInfo();
  return identifier ? identifier->getName() : StringRef();
}

void AttributeSpotter::seeElement(const Token &token, StringRef word) {
  if (token.is(tok::r_square)) {
    state = State::Closing;
    return;
  }
  if (token.is(tok::comma))
    return;
  if (word == "using" && list.attributes.empty()) {
    state = State::UsingScope;
    return;
  }
  if (word.empty()) {
    state = State::Outside;
    return;
  }
  attribute = {usingScope,          word.str(),          token.getLocation(),
               token.getLocation(), token.getLocation(), {}};
  state = State::Named;
}

void AttributeSpotter::seeNamed(const Token &token) {
  if (token.is(tok::coloncolon)) {
    attribute.scope = attribute.name;
    state = State::Scoped;
    return;
  }
  if (token.is(tok::l_paren)) {
    depth = 1;
    state = State::Arguments;
    return;
  }
  if (token.is(tok::ellipsis))
    return;
  if (!token.isOneOf(tok::comma, tok::r_square)) {
    state = State::Outside;
    return;
  }
  list.attributes.push_back(attribute);
  state = token.is(tok::comma) ? State::Element : State::Closing;
}

void AttributeSpotter::seeArgument(const Token &token, StringRef word) {
  attribute.end = token.getLocation();
  if (token.is(tok::l_paren))
    ++depth;
  if (token.is(tok::r_paren) && --depth == 0) {
    state = State::Named;
    return;
  }
  std::string text =
      word.empty()
          ? std::string(tok::getPunctuatorSpelling(token.getKind())
                            ? tok::getPunctuatorSpelling(token.getKind())
                            : tok::getTokenName(token.getKind()))
          : word.str();
  attribute.arguments.push_back({std::move(text), token.getLocation()});
}

void AttributeSpotter::see(const Token &token) {
  if (state == State::Outside && token.isNot(tok::l_square))
    return;
  StringRef word = wordOf(token);
  switch (state) {
  case State::Outside:
    list = {token.getLocation(), {}, {}};
    usingScope.clear();
    state = State::Opened;
    return;
  case State::Opened:
    state = token.is(tok::l_square) ? State::Element : State::Outside;
    return;
  case State::Element:
    return seeElement(token, word);
  case State::UsingScope:
    usingScope = word.str();
    state = State::UsingColon;
    return;
  case State::UsingColon:
    state = token.is(tok::colon) ? State::Element : State::Outside;
    return;
  case State::Named:
    return seeNamed(token);
  case State::Scoped:
    attribute.name = word.str();
    attribute.nameLoc = attribute.end = token.getLocation();
    state = word.empty() ? State::Outside : State::Named;
    return;
  case State::Arguments:
    if (token.is(tok::eof))
      state = State::Outside;
    else
      seeArgument(token, word);
    return;
  case State::Closing:
    state = State::Outside;
    if (token.isNot(tok::r_square))
      return;
    list.end = token.getLocation();
    found(list);
    return;
  }
}

std::optional<std::string>
ferro::plugin::nearest(StringRef word, llvm::ArrayRef<StringRef> words) {
  std::optional<std::string> best;
  unsigned bestDistance = std::max<unsigned>(1, word.size() / 3) + 1;
  for (StringRef candidate : words) {
    unsigned distance = word.edit_distance_insensitive(candidate);
    if (distance >= bestDistance)
      continue;
    bestDistance = distance;
    best = candidate.str();
  }
  return best;
}

std::optional<Misspelling> ferro::plugin::misspelling(StringRef scope,
                                                      StringRef name) {
  std::string full = (scope + "::" + name).str();
  if (llvm::is_contained(attributeNames, full))
    return std::nullopt;
  if (scope.empty())
    return name == "script" ? std::optional(Misspelling{"ferro::script"})
                            : std::nullopt;

  std::vector<StringRef> names;
  for (StringRef attribute : attributeNames)
    names.push_back(attribute.split("::").second);
  std::optional<std::string> meant = nearest(name, names);
  std::string suggestion = meant ? (ourScope + "::" + *meant).str() : "";
  if (scope == ourScope)
    return Misspelling{suggestion};
  bool nearScope = scope.edit_distance_insensitive(ourScope) <= 2;
  return nearScope && meant ? std::optional(Misspelling{suggestion})
                            : std::nullopt;
}

bool ferro::plugin::concernsScripts(const SpottedAttribute &attribute) {
  return attribute.fullName() == "ferro::script" ||
         misspelling(attribute.scope, attribute.name);
}

// A word inside `[[ ... ]]` that could be ours: near the scope, or the bare
// name.
static bool hasNearWord(StringRef text) {
  while (!text.empty()) {
    StringRef word =
        text.take_while([](char c) { return llvm::isAlnum(c) || c == '_'; });
    bool near = word.size() >= 3 && word.size() <= 7 &&
                word.edit_distance_insensitive(ourScope) <= 2;
    if (near || word == "script")
      return true;
    text = text.drop_front(std::max<size_t>(1, word.size()));
  }
  return false;
}

bool ferro::plugin::mayConcernScripts(StringRef text) {
  for (size_t at = text.find('['); at != StringRef::npos;
       at = text.find('[', at + 1)) {
    StringRef rest = text.substr(at + 1).ltrim();
    // Between the brackets may stand a comment or a line splice: rare, so look
    // closer.
    if (!rest.starts_with('[') && !rest.starts_with('/') &&
        !rest.starts_with('\\'))
      continue;
    StringRef inside = rest.drop_front().take_front(400);
    if (hasNearWord(inside.take_front(inside.find(']'))))
      return true;
  }
  // Digraphs.
  return text.contains("<:") && text.contains(ourScope);
}

std::vector<AttributeList>
ferro::plugin::spotAttributes(const SourceManager &sources, FileID file,
                              const LangOptions &language) {
  std::vector<AttributeList> lists;
  std::optional<llvm::MemoryBufferRef> buffer = sources.getBufferOrNone(file);
  if (!buffer)
    return lists;
  AttributeSpotter spotter(
      [&](const AttributeList &list) { lists.push_back(list); });
  Lexer lexer(file, *buffer, sources, language);
  Token token;
  do {
    lexer.LexFromRawLexer(token);
    spotter.see(token);
  } while (token.isNot(tok::eof));
  return lists;
}

// ---------------------------------------------------------------- text

std::string ferro::plugin::applyEdits(StringRef text,
                                      const std::vector<Edit> &edits) {
  std::multimap<unsigned, const Edit *> ordered; // equal offsets stay in order
  for (const Edit &edit : edits)
    ordered.emplace(edit.offset, &edit);
  std::string result;
  unsigned done = 0;
  for (const auto &[offset, edit] : ordered) {
    result += text.slice(done, offset);
    result += edit->text;
    done = offset + edit->length;
  }
  result += text.substr(done);
  return result;
}

std::string ferro::plugin::stringLiteral(StringRef text) {
  std::string literal = "\"";
  for (unsigned char c : text) {
    if (c == '"' || c == '\\' || c == '?') // '?' against trigraphs
      literal += '\\';
    if (c >= 0x20) {
      literal += static_cast<char>(c);
      continue;
    }
    literal += '\\';
    for (int shift : {6, 3, 0})
      literal += static_cast<char>('0' + ((c >> shift) & 7));
  }
  return literal + '"';
}

std::string ferro::plugin::onOneLine(StringRef text,
                                     const LangOptions &language) {
  std::string copy = text.str(), result; // the lexer wants a terminating zero
  Lexer lexer(SourceLocation(), language, copy.data(), copy.data(),
              copy.data() + copy.size());
  Token token;
  for (lexer.LexFromRawLexer(token); token.isNot(tok::eof);
       lexer.LexFromRawLexer(token)) {
    if (!result.empty() && (token.hasLeadingSpace() || token.isAtStartOfLine()))
      result += ' ';
    const char *end = lexer.getBufferLocation();
    result.append(end - token.getLength(), end);
  }
  return result;
}
