#include "Mirror.h"

#include <filesystem>
#include <set>

using namespace ferro;
using namespace ferro::rewrite;
namespace fs = std::filesystem;

// The files to mirror: what changes, and what includes something that changes.
static std::set<std::string>
mirroredFiles(const std::vector<ParsedUnit> &units) {
  std::set<std::string> mirrored;
  for (const ParsedUnit &unit : units) {
    mirrored.insert(unit.mainFile);
    for (const auto &[path, file] : unit.files)
      if (!file.edits.empty())
        mirrored.insert(path);
  }
  for (size_t before = 0; before != mirrored.size();) {
    before = mirrored.size();
    for (const ParsedUnit &unit : units)
      for (const auto &[path, file] : unit.files)
        for (const Include &include : file.includes)
          if (mirrored.count(include.file))
            mirrored.insert(path);
  }
  return mirrored;
}

static fs::path sharedFolder(const std::set<std::string> &paths) {
  fs::path shared = fs::path(*paths.begin()).parent_path();
  for (const std::string &path : paths)
    while (!shared.empty() &&
           fs::path(path).lexically_relative(shared).native().starts_with(".."))
      shared = shared.parent_path();
  return shared;
}

std::map<std::string, std::string>
rewrite::mirror(const std::vector<ParsedUnit> &units, const std::string &folder,
                const std::string &output) {
  const std::set<std::string> mirrored = mirroredFiles(units);
  const fs::path root = sharedFolder(mirrored);
  auto placeOf = [&](const std::string &file) {
    bool isMoved = !output.empty() && file == units.front().mainFile;
    fs::path place = isMoved ? fs::absolute(output)
                             : fs::absolute(folder) /
                                   fs::path(file).lexically_relative(root);
    return place.lexically_normal();
  };

  std::map<std::string, std::string> result;
  for (const ParsedUnit &unit : units)
    for (const auto &[path, file] : unit.files) {
      if (!mirrored.count(path))
        continue;
      const fs::path here = placeOf(path).parent_path();
      std::vector<plugin::Edit> edits = file.edits;
      for (const Include &include : file.includes) {
        std::string written =
            file.text.substr(include.offset + 1, include.length - 2);
        bool isMirrored = mirrored.count(include.file) != 0;
        fs::path target =
            isMirrored ? placeOf(include.file) : fs::path(include.file);
        bool isBeside =
            !include.isAngled &&
            (fs::path(path).parent_path() / written).lexically_normal() ==
                include.file;
        bool stillLeadsThere =
            !include.isAngled && (here / written).lexically_normal() == target;
        // Found along -I, it still is.
        if (stillLeadsThere || (!isMirrored && !isBeside))
          continue;
        edits.push_back(
            {include.offset, include.length,
             "\"" + target.lexically_relative(here).string() + "\""});
      }
      result[placeOf(path).string()] = plugin::applyEdits(file.text, edits);
    }
  return result;
}
