// What changes between two texts.
#pragma once

#include <string>
#include <string_view>

namespace ferro::rewrite {

/// The changes from \p before to \p after in the unified format, with three
/// lines of context; empty if there are none.
std::string unifiedDiff(std::string_view name, std::string_view before,
                        std::string_view after);

} // namespace ferro::rewrite
