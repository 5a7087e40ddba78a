#include "support/Json.h"

#include "ferro/Error.h"

#include <charconv>
#include <cmath>
#include <cstdio>

namespace ferro::support {

const FlatJson::Value *FlatJson::find(std::string_view name) const {
  for (const auto &[key, value] : members)
    if (key == name)
      return &value;
  return nullptr;
}
const std::string *FlatJson::text(std::string_view name) const {
  const Value *value = find(name);
  return value ? std::get_if<std::string>(value) : nullptr;
}
const double *FlatJson::number(std::string_view name) const {
  const Value *value = find(name);
  return value ? std::get_if<double>(value) : nullptr;
}

static std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (char c : text) {
    auto code = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      result += {'\\', c};
    } else if (code < 0x20) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", code);
      result += escape;
    } else {
      result += c;
    }
  }
  return result + '"';
}

std::string FlatJson::print() const {
  std::string line = "{";
  for (const auto &[name, value] : members) {
    line += (line.size() > 1 ? ", " : "") + quoted(name) + ": ";
    if (const auto *text = std::get_if<std::string>(&value)) {
      line += quoted(*text);
    } else {
      char digits[32];
      auto end = std::to_chars(digits, digits + sizeof digits,
                               std::get<double>(value));
      line.append(digits, end.ptr);
    }
  }
  return line + "}";
}

namespace {

class Parser {
public:
  explicit Parser(std::string_view read) : text(read) {}

  FlatJson object() {
    FlatJson result;
    expect('{');
    for (bool isFirst = true; !accept('}'); isFirst = false) {
      if (!isFirst)
        expect(',');
      std::string name = word();
      expect(':');
      if (peek() == '"')
        result.add(std::move(name), word());
      else
        result.add(std::move(name), number());
    }
    if (peek() != '\0')
      fail("more behind the object");
    return result;
  }

private:
  [[noreturn]] void fail(const std::string &found) const {
    throw Error(Code::SerializationError, "json",
                "found " + found + " at byte " + std::to_string(at));
  }
  /// The next character that is no space; 0 at the end.
  char peek() {
    while (at < text.size() &&
           std::string_view(" \t\r\n").find(text[at]) != std::string_view::npos)
      ++at;
    return at < text.size() ? text[at] : '\0';
  }
  bool accept(char wanted) {
    bool isThere = peek() == wanted;
    at += isThere;
    return isThere;
  }
  void expect(char wanted) {
    if (!accept(wanted))
      fail(std::string("no '") + wanted + "'");
  }

  double number() {
    peek();
    double value = 0;
    auto [end, error] =
        std::from_chars(text.data() + at, text.data() + text.size(), value);
    if (error != std::errc() || !std::isfinite(value))
      fail("no word and no finite number");
    at = static_cast<std::size_t>(end - text.data());
    return value;
  }

  std::string word() {
    expect('"');
    std::string result;
    while (at < text.size() && text[at] != '"')
      if (text[at++] != '\\')
        result += text[at - 1];
      else
        result += escape();
    if (at == text.size())
      fail("no end of a word");
    ++at;
    return result;
  }

  /// What stands behind a backslash: what print() writes, and JSON's letters.
  char escape() {
    if (at == text.size())
      fail("no end of a word");
    char c = text[at++];
    constexpr std::string_view letters = "\"\\/bfnrt",
                               meanings = "\"\\/\b\f\n\r\t";
    if (std::size_t which = letters.find(c); which != letters.npos)
      return meanings[which];
    unsigned code = 0;
    const char *first = text.data() + at;
    if (c != 'u' || text.size() - at < 4 ||
        std::from_chars(first, first + 4, code, 16).ptr != first + 4 ||
        code > 0x7f)
      fail("an escape that is not of ASCII");
    at += 4;
    return static_cast<char>(code);
  }

  std::string_view text;
  std::size_t at = 0;
};

} // namespace

FlatJson FlatJson::parse(std::string_view text) {
  return Parser(text).object();
}

} // namespace ferro::support
