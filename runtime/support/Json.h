// JSON objects of words and numbers: what logs and records consist of.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace ferro::support {

/// The members of an object, in order; no nesting.
class FlatJson {
public:
  using Value = std::variant<double, std::string>;

  void add(std::string name, Value value) {
    members.emplace_back(std::move(name), std::move(value));
  }
  /// Null if there is none.
  const std::string *text(std::string_view name) const;
  const double *number(std::string_view name) const;

  /// One line, without its end.
  std::string print() const;
  /// \throws Error SerializationError for anything but such an object.
  static FlatJson parse(std::string_view text);

private:
  const Value *find(std::string_view name) const;
  std::vector<std::pair<std::string, Value>> members;
};

} // namespace ferro::support
