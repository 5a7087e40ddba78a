#include "launch/ModuleText.h"

#include "ferro/Error.h"

#include <charconv>

using namespace ferro;
using namespace ferro::launch;

static constexpr std::string_view magic = "cutile-module 1\n";

namespace {
// Words and lines from the front of a text.
struct Reader {
  std::string_view rest;

  std::string_view upTo(char end) {
    std::size_t length = rest.find(end);
    if (length == std::string_view::npos)
      refuse("ends within a line");
    return take(length, 1);
  }
  std::string_view take(std::size_t length, std::size_t separator) {
    if (length + separator > rest.size())
      refuse("ends within a piece");
    std::string_view taken = rest.substr(0, length);
    rest.remove_prefix(length + separator);
    return taken;
  }
  template <typename T> T number(char end) {
    std::string_view digits = upTo(end);
    T value = 0;
    auto [last, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || last != digits.data() + digits.size())
      refuse("has \"" + std::string(digits) + "\" for a number");
    return value;
  }
  bool startsWith(std::string_view word) {
    if (!rest.starts_with(word))
      return false;
    rest.remove_prefix(word.size());
    return true;
  }
  std::string field(std::string_view word) {
    if (!startsWith(word))
      refuse("lacks the line \"" + std::string(word) + "\"");
    return std::string(upTo('\n'));
  }
  [[noreturn]] void refuse(const std::string &why) const {
    throw Error(Code::SerializationError, "registry",
                "the text of a module " + why +
                    "; it was written by another version of the plugin");
  }
};
} // namespace

ModuleName launch::moduleName(std::string_view text) {
  Reader reader{text};
  if (!reader.startsWith(magic))
    reader.refuse("does not begin with \"cutile-module 1\"");
  ModuleName result;
  if (reader.startsWith("name "))
    result.name = reader.upTo('\n');
  if (reader.startsWith("hash "))
    result.hash = reader.upTo('\n');
  return result;
}

registry::Module launch::parseModule(std::string_view text) {
  Reader reader{text};
  if (!reader.startsWith(magic))
    reader.refuse("does not begin with \"cutile-module 1\"");
  registry::Module module;
  module.name = reader.field("name ");
  module.hash = reader.field("hash ");
  if (!reader.startsWith("language "))
    reader.refuse("lacks the line \"language\"");
  module.standard = reader.upTo(' ');
  module.signedChar = reader.upTo('\n') == "signed-char";
  while (reader.startsWith("import "))
    module.imports.emplace_back(reader.upTo('\n'));
  while (reader.startsWith("entry ")) {
    int line = reader.number<int>(' ');
    module.entries.push_back({std::string(reader.upTo('\n')), line});
  }
  while (reader.startsWith("piece ")) {
    registry::Piece piece;
    piece.line = reader.number<int>(' ');
    std::size_t size = reader.number<std::size_t>(' ');
    std::string_view owner = reader.upTo(' ');
    piece.module = owner == "-" ? "" : owner;
    piece.file = reader.upTo('\n');
    piece.text = reader.take(size, 1);
    module.pieces.push_back(std::move(piece));
  }
  if (!reader.rest.empty())
    reader.refuse("goes on after its pieces");
  return module;
}

static std::string quotedFile(std::string_view file) {
  std::string quoted = "\"";
  for (char c : file) {
    if (c == '"' || c == '\\')
      quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

std::string launch::sourceOf(const registry::Module &module) {
  std::string source;
  for (const registry::Piece &piece : module.pieces)
    source += "#line " + std::to_string(piece.line) + " " +
              quotedFile(piece.file) + "\n" + piece.text + "\n";
  return source;
}

std::vector<registry::Module> launch::modulesInFile(std::string_view bytes) {
  std::vector<registry::Module> modules;
  // A text begins its string; the line that says so stands in ours as well.
  for (std::size_t at = bytes.find(magic); at != std::string_view::npos;
       at = bytes.find(magic, at + 1)) {
    std::string_view text = bytes.substr(at, bytes.find('\0', at) - at);
    if (text.size() > magic.size() &&
        text.substr(magic.size()).starts_with("name "))
      modules.push_back(parseModule(text));
  }
  return modules;
}
