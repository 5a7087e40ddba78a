// Files as the cache and the artifacts need them: whole, and never half
// written.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace ferro::support {

/// Owns a file descriptor.
class Descriptor {
public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd(fd) {}
  Descriptor(Descriptor &&other) noexcept : fd(std::exchange(other.fd, -1)) {}
  Descriptor &operator=(Descriptor &&other) noexcept {
    std::swap(fd, other.fd);
    return *this;
  }
  ~Descriptor() { close(); }

  explicit operator bool() const { return fd >= 0; }
  int get() const { return fd; }
  int release() { return std::exchange(fd, -1); }
  void close();

private:
  int fd = -1;
};

/// Reads what \p fd still holds; \p sizeHint avoids growing.
std::error_code readAll(int fd, std::vector<std::byte> &bytes,
                        std::size_t sizeHint = 0);
std::error_code writeAll(int fd, std::span<const std::byte> bytes);

/// Writes \p name in the open directory \p directory: to a temporary name
/// there, fsync, rename. Readers see the old file, or none, or the whole new
/// one, and after an error nothing is left behind.
std::error_code writeAtomically(int directory, const std::string &name,
                                std::span<const std::byte> bytes,
                                unsigned mode);
/// The start of the temporary names that writeAtomically makes.
inline constexpr const char *temporaryPrefix = ".ferro-tmp-";

/// \throws Error IoError naming \p path.
std::vector<std::byte> readFile(const std::string &path);
/// Atomically, with the mode that the user's umask leaves of 0666.
/// \throws Error IoError naming \p path.
void writeFile(const std::string &path, std::span<const std::byte> bytes);

/// The folder of \p path; "." if it names none.
std::string folderOf(const std::string &path);
bool isReadable(const std::string &path);

} // namespace ferro::support
