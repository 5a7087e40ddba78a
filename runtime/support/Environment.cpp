#include "support/Environment.h"

#include "ferro/Error.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <limits>

namespace ferro::support {

static constexpr VariableInfo table[] = {
#define FERRO_VARIABLE(Id, name, initial, summary) {name, initial, summary},
#include "support/Environment.def"
};

std::span<const VariableInfo> variableTable() { return table; }

static const VariableInfo &info(Variable variable) {
  return table[static_cast<std::size_t>(variable)];
}

std::string environment(Variable variable) {
  const char *value = secure_getenv(info(variable).name.data());
  return value && *value ? std::string(value)
                         : std::string(info(variable).initial);
}

bool environmentFlag(Variable variable) {
  std::string value = environment(variable);
  return value != "0" && value != "off" && value != "false" && value != "no";
}

[[noreturn]] static void refuse(Variable variable, const std::string &value,
                                const char *rule) {
  throw Error(Code::InvalidArgument, std::string(info(variable).name),
              "found \"" + value + "\"; " + rule);
}

/// \p text as a number; what follows its digits goes to \p rest.
static bool parseNumber(std::string_view text, std::int64_t &number,
                        std::string_view &rest) {
  auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number);
  rest = text.substr(static_cast<std::size_t>(end - text.data()));
  return error == std::errc() && number >= 0;
}

std::int64_t environmentNumber(Variable variable) {
  std::string value = environment(variable);
  std::int64_t number = 0;
  std::string_view rest;
  if (!parseNumber(value, number, rest) || !rest.empty())
    refuse(variable, value, "a whole number of at least 0 is expected");
  return number;
}

std::vector<std::string> environmentList(Variable variable, char separator) {
  std::string list = environment(variable);
  std::vector<std::string> parts;
  for (std::size_t begin = 0, end; begin < list.size(); begin = end + 1) {
    end = std::min(list.find(separator, begin), list.size());
    if (end > begin)
      parts.push_back(list.substr(begin, end - begin));
  }
  return parts;
}

std::uint64_t environmentBytes(Variable variable) {
  constexpr const char *rule =
      "a number of bytes with an optional K, M or G is expected";
  std::string value = environment(variable);
  std::int64_t number = 0;
  std::string_view rest;
  if (!parseNumber(value, number, rest) || rest.size() > 1)
    refuse(variable, value, rule);
  unsigned shift = rest.empty()  ? 0
                   : rest == "K" ? 10
                   : rest == "M" ? 20
                   : rest == "G" ? 30
                                 : 64;
  if (shift == 64 || number > std::numeric_limits<std::int64_t>::max() >> shift)
    refuse(variable, value, rule);
  return static_cast<std::uint64_t>(number) << shift;
}

} // namespace ferro::support
