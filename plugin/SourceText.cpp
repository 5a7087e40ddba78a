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
#define FERRO_ATTR(Id, spelling, places, summary) spelling,
#include "ferro/Attributes.def"
};
static constexpr StringRef ourScopes[] = {"ferro", "cutile"};
// Without a scope too they can mean nothing else.
static constexpr StringRef bareNames[] = {"script", "entry"};
// By themselves these make no work: our own headers are full of them.
static constexpr StringRef quietAttributes[] = {
    "cutile::hint", "cutile::op", "cutile::unsafe", "ferro::pure"};

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
  std::string text = word.str();
  if (token.isLiteral())
    text.assign(token.getLiteralData(), token.getLength());
  else if (const char *punctuator = tok::getPunctuatorSpelling(token.getKind()))
    text = punctuator;
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

// The attribute of ours whose scope is \p scope, or nearly, and whose name is
// nearest to \p name; one with the very name wins over the scope.
static std::optional<std::string> nearestAttribute(StringRef scope,
                                                   StringRef name) {
  std::vector<StringRef> names, all;
  for (StringRef attribute : attributeNames) {
    auto [ofScope, ofName] = attribute.split("::");
    if (ofName == name)
      return attribute.str();
    all.push_back(ofName);
    if (ofScope == scope)
      names.push_back(ofName);
  }
  std::optional<std::string> meant = nearest(name, names.empty() ? all : names);
  for (StringRef attribute : attributeNames)
    if (meant && attribute.split("::").second == *meant)
      return attribute.str();
  return std::nullopt;
}

std::optional<Misspelling> ferro::plugin::misspelling(StringRef scope,
                                                      StringRef name) {
  std::string full = (scope + "::" + name).str();
  if (llvm::is_contained(attributeNames, full))
    return std::nullopt;
  std::optional<std::string> meant = nearestAttribute(scope, name);
  if (scope.empty())
    return llvm::is_contained(bareNames, name)
               ? std::optional(Misspelling{meant.value_or("")})
               : std::nullopt;
  if (llvm::is_contained(ourScopes, scope))
    return Misspelling{meant.value_or("")};
  bool nearScope = llvm::any_of(ourScopes, [&](StringRef ours) {
    return scope.edit_distance_insensitive(ours) <= 2;
  });
  return nearScope && meant ? std::optional(Misspelling{*meant}) : std::nullopt;
}

bool ferro::plugin::concernsScripts(const SpottedAttribute &attribute) {
  return attribute.fullName() == "ferro::script" ||
         misspelling(attribute.scope, attribute.name);
}

bool ferro::plugin::concernsModules(const SpottedAttribute &attribute) {
  std::string name = attribute.fullName();
  return name == "cutile::module" || name == "cutile::entry";
}

static bool isWordCharacter(char c) { return llvm::isAlnum(c) || c == '_'; }

static bool isNearOurs(StringRef word) {
  return llvm::is_contained(bareNames, word) ||
         llvm::any_of(ourScopes, [&](StringRef ours) {
           return word.size() + 2 >= ours.size() &&
                  word.size() <= ours.size() + 2 &&
                  word.edit_distance_insensitive(ours) <= 2;
         });
}

// A word inside `[[ ... ]]` that could be ours: near a scope, or a bare name.
static bool hasNearWord(StringRef text) {
  while (!text.empty()) {
    StringRef word =
        text.take_while([](char c) { return isWordCharacter(c) || c == ':'; });
    if (!llvm::is_contained(quietAttributes, word) &&
        isNearOurs(word.take_while(isWordCharacter)))
      return true;
    text = text.drop_front(std::max<size_t>(1, word.size()));
  }
  return false;
}

bool ferro::plugin::mayConcernUs(StringRef text) {
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
  return text.contains("<:") && llvm::any_of(ourScopes, [&](StringRef scope) {
           return text.contains(scope);
         });
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

// Equal offsets stay in order.
static std::vector<Edit> inOrder(const std::vector<Edit> &edits) {
  std::multimap<unsigned, const Edit *> byOffset;
  for (const Edit &edit : edits)
    byOffset.emplace(edit.offset, &edit);
  std::vector<Edit> ordered;
  for (const auto &[offset, edit] : byOffset)
    ordered.push_back(*edit);
  return ordered;
}

std::string ferro::plugin::applyEdits(StringRef text,
                                      const std::vector<Edit> &edits) {
  std::string result;
  unsigned done = 0;
  for (const Edit &edit : inOrder(edits)) {
    result += text.slice(done, edit.offset);
    result += edit.text;
    done = edit.offset + edit.length;
  }
  result += text.substr(done);
  return result;
}

unsigned ferro::plugin::originalOffset(const std::vector<Edit> &edits,
                                       unsigned offset) {
  int growth = 0; // of the text before the offset
  for (const Edit &edit : inOrder(edits)) {
    unsigned begin = edit.offset + growth, end = begin + edit.text.size();
    if (offset <= begin)
      break;
    if (offset < end)
      return edit.offset;
    growth +=
        static_cast<int>(edit.text.size()) - static_cast<int>(edit.length);
  }
  return offset - growth;
}

std::vector<Edit> ferro::plugin::composeEdits(const std::vector<Edit> &first,
                                              const std::vector<Edit> &second) {
  std::vector<Edit> composed;
  std::vector<Edit> later = inOrder(second);
  auto next = later.begin();
  auto takeUntil = [&](unsigned offset) {
    for (; next != later.end() && next->offset <= offset; ++next)
      composed.push_back({originalOffset(first, next->offset), next->length,
                          std::move(next->text)});
  };
  int growth = 0;
  for (const Edit &edit : inOrder(first)) {
    takeUntil(edit.offset + growth);
    composed.push_back(edit);
    growth +=
        static_cast<int>(edit.text.size()) - static_cast<int>(edit.length);
  }
  takeUntil(~0u);
  return composed;
}

std::string ferro::plugin::stringLiteral(StringRef text) {
  std::string literal = "\"";
  for (unsigned char c : text) {
    if (c == '"' || c == '\\' || c == '?') // '?' against trigraphs
      literal += '\\';
    if (c == '\n') {
      literal += "\\n";
      continue;
    }
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
