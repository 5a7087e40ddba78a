// Where a thread is, for people.
#pragma once

#include <string>

namespace ferro::support {

/// The calls that led here, innermost first, a line each; without those of
/// this function and its \p skipped callers. Functions that are not exported
/// are shown as an offset in their file, as addr2line takes it.
std::string backtrace(int skipped);

} // namespace ferro::support
