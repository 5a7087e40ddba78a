#include "graph/Infer.h"
#include "graph/Text.h"
#include "graph/Verify.h"

#include "ferro/Error.h"

#include <cctype>
#include <charconv>
#include <cstring>
#include <limits>
#include <map>
#include <optional>
#include <tuple>

namespace ferro::graph {

// The text and a position in it. Every eat and expect skips blanks and comments
// before the token, never after, so the position stays at what was just read.
struct Cursor {
  std::string_view text;
  std::size_t at = 0;

  [[noreturn]] void fail(const std::string &found, std::size_t position) const {
    std::size_t line = 1, column = 1;
    for (std::size_t i = 0; i < position && i < text.size(); ++i) {
      column = text[i] == '\n' ? 1 : column + 1;
      line += text[i] == '\n';
    }
    throw Error(Code::ParseError, "graph text",
                "line " + std::to_string(line) + ", column " +
                    std::to_string(column) + ": " + found);
  }
  [[noreturn]] void fail(const std::string &found) const { fail(found, at); }

  char peek(std::size_t ahead = 0) const {
    return at + ahead < text.size() ? text[at + ahead] : '\0';
  }

  void skip() {
    while (at < text.size()) {
      if (std::isspace(static_cast<unsigned char>(peek())))
        ++at;
      else if (peek() == '/' && peek(1) == '/')
        at = std::min(text.find('\n', at), text.size());
      else
        return;
    }
  }

  bool eat(std::string_view token) {
    skip();
    if (!text.substr(at).starts_with(token))
      return false;
    at += token.size();
    return true;
  }

  void expect(std::string_view token) {
    if (!eat(token))
      fail("expected '" + std::string(token) + "'");
  }

  static bool isWord(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.';
  }

  /// Letters, digits, '_' and '.'; may be empty.
  std::string_view word() {
    skip();
    std::size_t begin = at;
    while (isWord(peek()))
      ++at;
    return text.substr(begin, at - begin);
  }

  bool eatWord(std::string_view expected) {
    std::size_t begin = (skip(), at);
    if (word() == expected)
      return true;
    at = begin;
    return false;
  }

  int hexDigit() {
    char c = peek();
    if (!std::isxdigit(static_cast<unsigned char>(c)))
      fail("expected a hexadecimal digit");
    ++at;
    return std::isdigit(static_cast<unsigned char>(c)) ? c - '0'
                                                       : (c | 32) - 'a' + 10;
  }

  std::string quoted() {
    expect("\"");
    std::string result;
    while (peek() != '"') {
      if (at >= text.size() || peek() == '\n')
        fail("expected '\"' before the end of the line");
      if (peek() != '\\') {
        result += text[at++];
        continue;
      }
      ++at;
      if (peek() == 'x') {
        ++at;
        int high = hexDigit();
        result += static_cast<char>(high * 16 + hexDigit());
      } else if (peek() == '"' || peek() == '\\') {
        result += text[at++];
      } else {
        fail("expected '\"', '\\' or 'x' after '\\'");
      }
    }
    ++at;
    return result;
  }

  std::string name() {
    skip();
    if (peek() == '"')
      return quoted();
    std::string_view found = word();
    if (found.empty())
      fail("expected a name");
    return std::string(found);
  }

  /// The characters of a number, nan and inf among them.
  std::string_view numberToken() {
    skip();
    std::size_t begin = at;
    if (peek() == '-')
      ++at;
    while (isWord(peek()) || ((peek() == '-' || peek() == '+') &&
                              (text[at - 1] | 32) == 'e' && at > begin + 1))
      ++at;
    return text.substr(begin, at - begin);
  }

  template <typename T> T number(const char *what) {
    std::size_t begin = (skip(), at);
    std::string_view token = numberToken();
    T value{};
    auto [end, status] =
        std::from_chars(token.data(), token.data() + token.size(), value);
    if (token.empty() || status != std::errc() ||
        end != token.data() + token.size())
      fail(std::string("expected ") + what, begin);
    return value;
  }

  std::int64_t integer() {
    return number<std::int64_t>("an integer of 64 bits");
  }

  Dims dims(std::string_view open, std::string_view close) {
    expect(open);
    Dims result;
    if (eat(close))
      return result;
    do {
      if (result.size() == maxRank)
        fail("found more than 8 extents; a tensor has at most 8 axes");
      result.push_back(integer());
    } while (eat(","));
    expect(close);
    return result;
  }
};

static std::optional<DType> findDType(std::string_view name) {
#define FERRO_DTYPE(Id, dtypeName, CppType, kind, bits)                        \
  if (name == dtypeName)                                                       \
    return DType::Id;
#include "ferro/DTypes.def"
  return std::nullopt;
}

// --- attributes

template <typename T> static T elementValue(Cursor &in) {
  if constexpr (std::is_same_v<T, bool>) {
    if (in.eatWord("true"))
      return true;
    if (!in.eatWord("false"))
      in.fail("expected true or false");
    return false;
  } else if constexpr (std::is_integral_v<T>) {
    return in.number<T>("an integer within the dtype's range");
  } else if constexpr (std::is_same_v<T, double>) {
    return in.number<double>("a number");
  } else {
    return static_cast<T>(in.number<float>("a number"));
  }
}

static void appendElement(Cursor &in, Literal &literal) {
  visit(literal.dtype, [&]<typename T>(T) {
    T value = elementValue<T>(in);
    auto *bytes = reinterpret_cast<const std::byte *>(&value);
    literal.bytes.insert(literal.bytes.end(), bytes, bytes + sizeof value);
  });
}

static Literal literalValue(Cursor &in, DType dtype) {
  Literal literal{dtype, in.dims("[", "]"), {}};
  in.expect("(");
  if (in.eat("0x\"")) {
    while (!in.eat("\"")) {
      int high = in.hexDigit();
      literal.bytes.push_back(
          static_cast<std::byte>(high * 16 + in.hexDigit()));
    }
    in.expect(")");
    return literal;
  }
  if (in.eat(")"))
    return literal;
  do
    appendElement(in, literal);
  while (in.eat(","));
  in.expect(")");
  return literal;
}

static Attribute attributeValue(Cursor &in) {
  in.skip();
  std::size_t begin = in.at;
  if (in.peek() == '"')
    return in.quoted();
  if (in.peek() == '[')
    return in.dims("[", "]");
  if (in.eatWord("true"))
    return true;
  if (in.eatWord("false"))
    return false;
  std::string_view word = in.word();
  if (std::optional<DType> dtype = findDType(word)) {
    if (in.peek() == '[')
      return literalValue(in, *dtype);
    return *dtype;
  }
  in.at = begin;
  std::string_view token = in.numberToken();
  in.at = begin;
  if (token.find_first_not_of("-0123456789") == std::string_view::npos)
    return in.number<std::int64_t>(
        "a value: true, 7, 0.5, \"text\", [0, 1], f32 or f32[2](0, 1)");
  return in.number<double>(
      "a value: true, 7, 0.5, \"text\", [0, 1], f32 or f32[2](0, 1)");
}

static Attributes attributeList(Cursor &in) {
  Attributes result;
  if (!in.eat("{"))
    return result;
  if (in.eat("}"))
    return result;
  do {
    std::size_t begin = (in.skip(), in.at);
    std::string name = in.name();
    if (result.find(name))
      in.fail("attribute " + name + " stands twice", begin);
    in.expect("=");
    result.set(name, attributeValue(in));
  } while (in.eat(","));
  in.expect("}");
  return result;
}

// --- graphs

struct GraphParser {
  Cursor &in;
  bool isRegion;
  Graph graph;

  /// Digits number an unnamed value; anything else, and all in quotes, names
  /// one.
  struct ValueName {
    std::string text;
    bool isNumber;
    std::size_t position;
    bool operator<(const ValueName &other) const {
      return std::tie(isNumber, text) < std::tie(other.isNumber, other.text);
    }
  };

  std::map<ValueName, ValueId> values;

  Type type() {
    std::size_t begin = (in.skip(), in.at);
    std::optional<DType> dtype = findDType(in.word());
    if (!dtype)
      in.fail("expected a type such as f32[2, 3]", begin);
    Type result{*dtype, in.dims("[", "]"), {}};
    // A brace after a blank opens a region instead.
    if (in.peek() == '{')
      result.strides = in.dims("{", "}");
    return result;
  }

  std::vector<Type> typeList() {
    std::vector<Type> types;
    do
      types.push_back(type());
    while (in.eat(","));
    return types;
  }

  ValueName valueName() {
    std::size_t begin = (in.skip(), in.at);
    in.expect("%");
    in.skip();
    bool isQuoted = in.peek() == '"';
    std::string text = in.name();
    bool isNumber =
        !isQuoted && text.find_first_not_of("0123456789") == std::string::npos;
    return {text, isNumber, begin};
  }

  ValueId use() {
    ValueName name = valueName();
    auto found = values.find(name);
    if (found == values.end())
      in.fail("%" + name.text + " is not defined before this use",
              name.position);
    return found->second;
  }

  void define(const ValueName &name, ValueId id) {
    if (!values.emplace(name, id).second)
      in.fail("%" + name.text + " is defined twice", name.position);
  }

  void input() {
    ValueName name = valueName();
    in.expect(":");
    Type inputType = type();
    define(name, graph.addInput(inputType, name.isNumber ? "" : name.text));
  }

  void region(Node &node) {
    if (isRegion)
      in.fail("a fused node stands in a region; groups do not nest");
    in.expect("{");
    node.region = std::make_shared<const Graph>(
        GraphParser{in, /*isRegion=*/true, {}, {}}.run());
    in.expect("}");
  }

  /// The types that the op gives; errors of inference get the op's position.
  std::vector<Type> resultTypes(const Node &node, std::size_t position) {
    std::vector<Type> operands;
    for (ValueId operand : node.operands)
      operands.push_back(graph.type(operand));
    try {
      return {inferType(node.op, operands, node.attributes)};
    } catch (const Error &error) {
      in.fail(error.what(), position);
    }
  }

  std::vector<Type> statedTypes() {
    return in.eat(":") ? typeList() : std::vector<Type>();
  }

  std::vector<Type> nodeTypes(Node &node, std::size_t position) {
    std::vector<Type> stated = statedTypes();
    if (node.op == OpKind::Fused) {
      region(node);
      return stated;
    }
    std::vector<Type> types = resultTypes(node, position);
    if (!stated.empty() && stated != types)
      in.fail("the type is " + toString(stated[0]) + "; the op gives " +
                  toString(types[0]),
              position);
    return types;
  }

  void node() {
    std::vector<ValueName> results;
    do
      results.push_back(valueName());
    while (in.eat(","));
    in.expect("=");
    std::size_t position = (in.skip(), in.at);
    std::string_view opName = in.word();
    std::optional<OpKind> op = findOp(opName);
    if (!op)
      in.fail("there is no op '" + std::string(opName) + "'", position);
    Node node{*op, {}, {}, {}, {}, nullptr};
    in.skip();
    if (in.peek() == '%')
      do
        node.operands.push_back(use());
      while (in.eat(","));
    node.attributes = attributeList(in);
    std::vector<Type> types = nodeTypes(node, position);
    if (types.size() != results.size())
      in.fail("found " + std::to_string(results.size()) + " results and " +
                  std::to_string(types.size()) + " types",
              position);
    for (std::size_t i = 0; i < results.size(); ++i) {
      graph.values.push_back({types[i], {}});
      ValueId id{static_cast<std::uint32_t>(graph.values.size() - 1)};
      node.results.push_back(id);
      define(results[i], id);
    }
    graph.nodes.push_back(std::move(node));
  }

  std::optional<std::vector<Type>> outputTypes() {
    if (!in.eat("->"))
      return std::nullopt;
    in.expect("(");
    if (in.eat(")"))
      return std::vector<Type>();
    std::vector<Type> types = typeList();
    in.expect(")");
    return types;
  }

  void outputs(const std::optional<std::vector<Type>> &stated,
               std::size_t position) {
    in.skip();
    if (in.peek() == '%')
      do
        graph.outputs.push_back(use());
      while (in.eat(","));
    std::vector<Type> found;
    for (ValueId output : graph.outputs)
      found.push_back(graph.type(output));
    if (stated && *stated != found)
      in.fail("the returned values have other types than the graph states",
              position);
  }

  Graph run() {
    std::size_t begin = (in.skip(), in.at);
    if (!in.eatWord("graph"))
      in.fail("expected 'graph'");
    in.expect("@");
    graph.name = in.name();
    in.expect("(");
    if (!in.eat(")")) {
      do
        input();
      while (in.eat(","));
      in.expect(")");
    }
    std::optional<std::vector<Type>> stated = outputTypes();
    in.expect("{");
    std::size_t position = (in.skip(), in.at);
    while (!in.eatWord("return")) {
      node();
      position = (in.skip(), in.at);
    }
    outputs(stated, position);
    in.expect("}");
    if (!isRegion)
      check(begin);
    return std::move(graph);
  }

  void check(std::size_t position) {
    try {
      verify(graph);
    } catch (const Error &error) {
      in.fail(error.what(), position);
    }
  }
};

std::vector<Graph> parseAll(std::string_view text) {
  Cursor in{text};
  std::vector<Graph> graphs;
  for (in.skip(); in.at < text.size(); in.skip())
    graphs.push_back(GraphParser{in, /*isRegion=*/false, {}, {}}.run());
  return graphs;
}

Graph parse(std::string_view text) {
  std::vector<Graph> graphs = parseAll(text);
  if (graphs.size() != 1)
    throw Error(Code::ParseError, "graph text",
                "found " + std::to_string(graphs.size()) +
                    " graphs; expected 1");
  return std::move(graphs.front());
}

} // namespace ferro::graph
