// Pieces of the reference pages.
#pragma once

#include <string>
#include <string_view>

inline constexpr std::string_view notice =
    "<!-- Printed by ferro-tables; `ninja reference` writes it anew. -->\n\n";

/// Text for a Markdown cell.
inline std::string escaped(std::string_view text) {
  std::string result;
  for (char c : text)
    result += c == '|' ? std::string("\\|") : std::string(1, c);
  return result;
}

inline std::string code(std::string_view text) {
  return text.empty() ? "" : "`" + escaped(text) + "`";
}
