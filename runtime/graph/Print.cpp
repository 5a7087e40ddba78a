#include "graph/Text.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstring>
#include <limits>
#include <set>

namespace ferro::graph {

static constexpr std::size_t listedElements =
    64; // above, a literal is hexadecimal

static bool isIdentifier(std::string_view name) {
  auto isWord = [](unsigned char c) {
    return std::isalnum(c) || c == '_' || c == '.';
  };
  return !name.empty() && !std::isdigit(static_cast<unsigned char>(name[0])) &&
         std::all_of(name.begin(), name.end(), isWord);
}

static std::string hex(const std::byte *bytes, std::size_t size) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < size; ++i) {
    text += digits[std::to_integer<unsigned>(bytes[i]) >> 4];
    text += digits[std::to_integer<unsigned>(bytes[i]) & 15];
  }
  return text;
}

static std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (char c : text) {
    auto byte = static_cast<std::byte>(c);
    if (c == '"' || c == '\\')
      result += std::string("\\") + c;
    else if (static_cast<unsigned char>(c) < ' ')
      result += "\\x" + hex(&byte, 1);
    else
      result += c;
  }
  return result + '"';
}

static std::string name(std::string_view text) {
  return isIdentifier(text) ? std::string(text) : quoted(text);
}

template <typename T> static std::string number(T value) {
  char buffer[64];
  auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  return {buffer, end};
}

template <typename T> static T load(const std::byte *bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

/// Whether text cannot tell this element's bits: a NaN other than the one that
/// the word "nan" stands for, or a bool that is neither 0 nor 1.
static bool needsBytes(DType dtype, const std::byte *bytes) {
  if (dtype == DType::Bool)
    return load<std::uint8_t>(bytes) > 1;
  if (!isFloat(dtype))
    return false;
  return visit(dtype, [&]<typename T>(T) {
    if constexpr (std::is_same_v<T, bool>)
      return false;
    else {
      double value = static_cast<double>(load<T>(bytes));
      T usual = static_cast<T>(std::numeric_limits<float>::quiet_NaN());
      return value != value && std::memcmp(bytes, &usual, sizeof usual) != 0;
    }
  });
}

static std::string element(DType dtype, const std::byte *bytes) {
  return visit(dtype, [&]<typename T>(T) -> std::string {
    if constexpr (std::is_same_v<T, bool>)
      return load<bool>(bytes) ? "true" : "false";
    else if constexpr (std::is_same_v<T, f16> || std::is_same_v<T, bf16>)
      return number(static_cast<float>(load<T>(bytes)));
    else if constexpr (std::is_integral_v<T>)
      return number(static_cast<std::int64_t>(load<T>(bytes)));
    else
      return number(load<T>(bytes));
  });
}

static std::string literalText(const Literal &literal) {
  std::string text =
      std::string(toString(literal.dtype)) + toString(literal.shape) + "(";
  std::size_t width = byteSize(literal.dtype),
              count = literal.bytes.size() / width;
  bool asBytes = count > listedElements;
  for (std::size_t i = 0; i < count && !asBytes; ++i)
    asBytes = needsBytes(literal.dtype, &literal.bytes[i * width]);
  if (asBytes)
    return text + "0x\"" + hex(literal.bytes.data(), literal.bytes.size()) +
           "\")";
  for (std::size_t i = 0; i < count; ++i)
    text += (i ? ", " : "") + element(literal.dtype, &literal.bytes[i * width]);
  return text + ")";
}

static std::string doubleText(double value) {
  std::string text = number(value);
  bool isIntegral = text.find_first_not_of("-0123456789") == std::string::npos;
  return isIntegral ? text + ".0" : text;
}

static std::string attributeText(const Attribute &attribute) {
  return std::visit(
      []<typename T>(const T &value) -> std::string {
        if constexpr (std::is_same_v<T, bool>)
          return value ? "true" : "false";
        else if constexpr (std::is_same_v<T, double>)
          return doubleText(value);
        else if constexpr (std::is_same_v<T, std::int64_t>)
          return number(value);
        else if constexpr (std::is_same_v<T, std::string>)
          return quoted(value);
        else if constexpr (std::is_same_v<T, Literal>)
          return literalText(value);
        else
          return std::string(toString(value));
      },
      attribute);
}

std::string toString(const Type &type) {
  std::string text = std::string(toString(type.dtype)) + toString(type.shape);
  if (type.strides.empty())
    return text;
  std::string strides = toString(type.strides);
  return text + "{" + strides.substr(1, strides.size() - 2) + "}";
}

struct Printer {
  const Graph &graph;
  std::string indent;
  std::string text;
  std::vector<std::string> names;

  template <typename List, typename F> void list(const List &items, F &&print) {
    bool first = true;
    for (const auto &item : items) {
      if (!first)
        text += ", ";
      first = false;
      print(item);
    }
  }

  void values(const std::vector<ValueId> &ids) {
    list(ids, [&](ValueId id) { text += names[id.index]; });
  }

  void types(const std::vector<ValueId> &ids) {
    list(ids, [&](ValueId id) { text += toString(graph.type(id)); });
  }

  /// The second of two inputs of one name goes by its number.
  void nameValues() {
    names.resize(graph.values.size(), "%?");
    std::set<std::string> taken;
    std::size_t next = 0;
    for (ValueId input : graph.inputs) {
      const std::string &given = graph.values[input.index].name;
      bool isNamed = !given.empty() && taken.insert(given).second;
      names[input.index] =
          "%" + (isNamed ? name(given) : std::to_string(next++));
    }
    for (const Node &node : graph.nodes)
      for (ValueId result : node.results)
        names[result.index] = "%" + std::to_string(next++);
  }

  void node(const Node &node) {
    text += indent + "  ";
    values(node.results);
    text += " = " + std::string(info(node.op).name);
    if (!node.operands.empty())
      text += ' ';
    values(node.operands);
    if (!node.attributes.empty()) {
      text += " {";
      list(node.attributes, [&](const auto &entry) {
        text += name(entry.first) + " = " + attributeText(entry.second);
      });
      text += "}";
    }
    text += " : ";
    types(node.results);
    if (node.region)
      text += " {\n" + Printer{*node.region, indent + "    ", {}, {}}.run() +
              indent + "  }";
    text += '\n';
  }

  std::string run() {
    nameValues();
    text = indent + "graph @" + name(graph.name) + "(";
    list(graph.inputs, [&](ValueId id) {
      text += names[id.index] + ": " + toString(graph.type(id));
    });
    text += ") -> (";
    types(graph.outputs);
    text += ") {\n";
    for (const Node &each : graph.nodes)
      node(each);
    text += indent + "  return";
    if (!graph.outputs.empty())
      text += ' ';
    values(graph.outputs);
    return text + "\n" + indent + "}\n";
  }
};

std::string print(const Graph &graph) {
  return Printer{graph, {}, {}, {}}.run();
}

} // namespace ferro::graph
