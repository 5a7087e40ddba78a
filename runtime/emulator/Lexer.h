// Characters of PTX to words, one at a time, with line numbers.
#pragma once

#include <string>
#include <string_view>

namespace ferro::emulator {

class Lexer {
  std::string_view text;
  std::size_t at = 0;
  unsigned lineNumber = 1;

public:
  explicit Lexer(std::string_view text) : text(text) {}

  unsigned line() {
    skipSpace();
    return lineNumber;
  }
  bool atEnd() {
    skipSpace();
    return at == text.size();
  }
  /// The next character, 0 at the end.
  char peek() {
    skipSpace();
    return at < text.size() ? text[at] : '\0';
  }
  bool startsWith(std::string_view word) {
    skipSpace();
    return text.substr(at).starts_with(word);
  }
  /// Takes \p symbol if it is next.
  bool take(char symbol);
  void expect(char symbol);
  /// A name, number, register or directive; dots and `::` belong to it.
  std::string word();
  /// Everything up to the line's end.
  std::string restOfLine();
  void skipBraces();
  /// A string in quotes, without them.
  std::string quoted();
  std::size_t position() {
    skipSpace();
    return at;
  }
  /// What was read since \p from, on one line.
  std::string since(std::size_t from) const;
  [[noreturn]] void fail(const std::string &what);

private:
  void skipSpace();
  std::string currentLine() const;
};

} // namespace ferro::emulator
