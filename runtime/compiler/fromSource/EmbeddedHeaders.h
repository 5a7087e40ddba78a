// The language headers as they were when this library was built: a captured
// module is compiled where none are installed.
#pragma once

#include <span>
#include <string_view>

namespace ferro::fromSource {

struct EmbeddedHeader {
  std::string_view name; ///< as in #include <...>
  std::string_view text;
};

/// cutile/*.h and what they include.
std::span<const EmbeddedHeader> embeddedHeaders();

} // namespace ferro::fromSource
