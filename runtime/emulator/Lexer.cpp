#include "emulator/Lexer.h"

#include "ferro/Error.h"

#include <cctype>

using namespace ferro;
using namespace ferro::emulator;

static bool isWordCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '$' ||
         c == '%' || c == '.';
}

void Lexer::skipSpace() {
  while (at < text.size()) {
    char c = text[at];
    if (c == '\n') {
      ++lineNumber;
      ++at;
    } else if (c == ' ' || c == '\t' || c == '\r' || c == '\0') {
      ++at;
    } else if (text.substr(at).starts_with("//")) {
      at = std::min(text.find('\n', at), text.size());
    } else if (text.substr(at).starts_with("/*")) {
      std::size_t end = text.find("*/", at);
      if (end == text.npos)
        fail("a comment has no end");
      for (; at < end + 2; ++at)
        lineNumber += text[at] == '\n';
    } else {
      return;
    }
  }
}

bool Lexer::take(char symbol) {
  if (peek() != symbol)
    return false;
  ++at;
  return true;
}

void Lexer::expect(char symbol) {
  if (!take(symbol))
    fail(std::string("expected '") + symbol + "'");
}

std::string Lexer::word() {
  skipSpace();
  std::size_t begin = at;
  while (at < text.size() &&
         (isWordCharacter(text[at]) ||
          (text.substr(at).starts_with("::") && at > begin &&
           at + 2 < text.size() && isWordCharacter(text[at + 2]))))
    at += text[at] == ':' ? 2 : 1;
  if (at == begin)
    fail("expected a name or a number");
  return std::string(text.substr(begin, at - begin));
}

std::string Lexer::restOfLine() {
  std::size_t end = std::min(text.find('\n', at), text.size());
  std::string rest(text.substr(at, end - at));
  at = end;
  return rest;
}

void Lexer::skipBraces() {
  expect('{');
  for (unsigned depth = 1; depth;) {
    char c = peek();
    if (c == '\0')
      fail("a '{' has no '}'");
    depth += c == '{';
    depth -= c == '}';
    if (c == '"')
      quoted();
    else
      ++at;
  }
}

std::string Lexer::quoted() {
  expect('"');
  std::size_t end = text.find('"', at);
  if (end == text.npos)
    fail("a string has no end");
  std::string result(text.substr(at, end - at));
  at = end + 1;
  return result;
}

std::string Lexer::since(std::size_t from) const {
  std::string result;
  for (char c : text.substr(from, at - from)) {
    bool space = std::isspace(static_cast<unsigned char>(c));
    if (!space)
      result += c;
    else if (!result.empty() && result.back() != ' ')
      result += ' ';
  }
  return result;
}

std::string Lexer::currentLine() const {
  std::size_t where = std::min(at, text.size());
  std::size_t begin = text.rfind('\n', where ? where - 1 : 0);
  begin = begin == text.npos ? 0 : begin + 1;
  std::size_t end = std::min(text.find('\n', begin), text.size());
  std::size_t first = text.find_first_not_of(" \t", begin);
  if (first < end)
    begin = first;
  return std::string(
      text.substr(begin, std::min(end - begin, std::size_t(160))));
}

void Lexer::fail(const std::string &what) {
  throw Error(Code::ParseError, "ptx",
              "line " + std::to_string(lineNumber) + ": " + what + " in `" +
                  currentLine() + "`");
}
