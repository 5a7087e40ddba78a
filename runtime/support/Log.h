// Lines on standard error for those who ask (FERRO_LOG).
#pragma once

#include <cstdint>
#include <string_view>

namespace ferro::support {

enum class Topic : std::uint8_t { Cache, Compile, Load };

/// Whether FERRO_LOG names \p topic; cheap enough to ask before making a text.
bool isLogged(Topic topic);
/// Writes "ferro cache: <text>" as one line.
void log(Topic topic, std::string_view text);

} // namespace ferro::support
