#include "support/Files.h"

#include "ferro/Error.h"

#include <atomic>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace ferro::support {

static std::error_code lastError() { return {errno, std::generic_category()}; }

void Descriptor::close() {
  if (fd >= 0)
    ::close(fd);
  fd = -1;
}

std::error_code readAll(int fd, std::vector<std::byte> &bytes,
                        std::size_t sizeHint) {
  std::size_t used = 0;
  bytes.resize(sizeHint +
               1); // one more, so that a right hint meets the end at once
  for (;;) {
    if (used == bytes.size())
      bytes.resize(2 * bytes.size());
    ssize_t got = ::read(fd, bytes.data() + used, bytes.size() - used);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return lastError();
    if (got == 0)
      break;
    used += static_cast<std::size_t>(got);
  }
  bytes.resize(used);
  return {};
}

std::error_code writeAll(int fd, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    ssize_t put = ::write(fd, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR)
      continue;
    if (put < 0)
      return lastError();
    bytes = bytes.subspan(static_cast<std::size_t>(put));
  }
  return {};
}

static std::string temporaryName() {
  static std::atomic<unsigned> counter{0};
  timespec now{};
  ::clock_gettime(
      CLOCK_REALTIME,
      &now); // a process id may come again after a reboot or on another machine
  return temporaryPrefix + std::to_string(::getpid()) + "-" +
         std::to_string(counter++) + "-" + std::to_string(now.tv_sec) +
         std::to_string(now.tv_nsec);
}

static std::error_code writeAndSync(int fd, std::span<const std::byte> bytes) {
  if (std::error_code error = writeAll(fd, bytes))
    return error;
  return ::fsync(fd) == 0 ? std::error_code() : lastError();
}

std::error_code writeAtomically(int directory, const std::string &name,
                                std::span<const std::byte> bytes,
                                unsigned mode) {
  std::string temporary = temporaryName();
  Descriptor file(::openat(directory, temporary.c_str(),
                           O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
                           mode));
  if (!file)
    return lastError();
  std::error_code error = writeAndSync(file.get(), bytes);
  if (!error &&
      ::renameat(directory, temporary.c_str(), directory, name.c_str()) != 0)
    error = lastError();
  if (error)
    ::unlinkat(directory, temporary.c_str(), 0);
  return error;
}

[[noreturn]] static void fail(const std::string &path, std::error_code error) {
  throw Error(Code::IoError, path, error.message());
}

std::vector<std::byte> readFile(const std::string &path) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file)
    fail(path, lastError());
  struct stat status{};
  if (::fstat(file.get(), &status) != 0)
    fail(path, lastError());
  std::vector<std::byte> bytes;
  if (std::error_code error =
          readAll(file.get(), bytes, static_cast<std::size_t>(status.st_size)))
    fail(path, error);
  return bytes;
}

void writeFile(const std::string &path, std::span<const std::byte> bytes) {
  std::string folder = folderOf(path);
  Descriptor directory(
      ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory)
    fail(folder, lastError());
  std::string name = path.substr(path.rfind('/') + 1);
  if (std::error_code error =
          writeAtomically(directory.get(), name, bytes, 0666))
    fail(path, error);
}

std::string folderOf(const std::string &path) {
  std::size_t slash = path.rfind('/');
  if (slash == std::string::npos)
    return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

bool isReadable(const std::string &path) {
  return ::access(path.c_str(), R_OK) == 0;
}

} // namespace ferro::support
