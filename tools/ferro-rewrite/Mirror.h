// Rewritten files in a folder of their own, next to which the originals stay.
#pragma once

#include "Parse.h"

#include <map>
#include <string>
#include <vector>

namespace ferro::rewrite {

/// The files to write for \p units under \p folder, by absolute path: the main
/// files, every rewritten header, and every header that includes one of them,
/// in the tree that they have on disk. Includes among them are redirected to
/// the mirrored files, the others still lead to the originals.
/// \param output where the only main file goes instead; may be empty.
std::map<std::string, std::string> mirror(const std::vector<ParsedUnit> &units,
                                          const std::string &folder,
                                          const std::string &output);

} // namespace ferro::rewrite
