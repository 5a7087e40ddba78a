// The environment variables that Environment.def lists.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ferro::support {

enum class Variable : std::uint8_t {
#define FERRO_VARIABLE(Id, name, initial, summary) Id,
#include "support/Environment.def"
};

struct VariableInfo {
  std::string_view name;
  std::string_view initial;
  std::string_view summary;
};

std::span<const VariableInfo> variableTable();

/// The variable's value, or its initial one if it is unset or empty. Programs
/// that run with another user's rights see the initial values only.
std::string environment(Variable variable);
/// What stands between the separators; empty parts are left out.
std::vector<std::string> environmentList(Variable variable, char separator);
/// Anything but 0, off, false and no.
bool environmentFlag(Variable variable);
/// A number of at least 0. \throws Error InvalidArgument naming the variable.
std::int64_t environmentNumber(Variable variable);
/// A number of bytes with an optional suffix K, M or G (powers of 1024).
/// \throws Error InvalidArgument naming the variable.
std::uint64_t environmentBytes(Variable variable);

} // namespace ferro::support
