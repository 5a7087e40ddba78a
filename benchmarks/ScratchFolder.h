#pragma once

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace bench {

/// A folder that disappears with its contents.
class ScratchFolder {
public:
  ScratchFolder() {
    std::string pattern =
        std::filesystem::temp_directory_path() / "ferro-bench-XXXXXX";
    if (!mkdtemp(pattern.data()))
      throw std::runtime_error(pattern + ": cannot be made");
    path = pattern;
  }
  ~ScratchFolder() { std::filesystem::remove_all(path); }
  ScratchFolder(const ScratchFolder &) = delete;
  ScratchFolder &operator=(const ScratchFolder &) = delete;

  std::filesystem::path path;
};

} // namespace bench
