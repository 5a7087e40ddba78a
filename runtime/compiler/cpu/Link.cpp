#include "compiler/cpu/Link.h"

#include "compiler/Guard.h"

#include "lld/Common/CommonLinkerContext.h"
#include "lld/Common/Driver.h"
#include "llvm/Support/raw_ostream.h"

#include <fcntl.h>
#include <mutex>
#include <string>
#include <sys/mman.h>
#include <thread>
#include <unistd.h>

LLD_HAS_DRIVER(elf)

using namespace llvm;

namespace {

/// A file descriptor that closes itself.
struct Descriptor {
  int number = -1;
  ~Descriptor() { close(); }
  void close() {
    if (number >= 0)
      ::close(number);
    number = -1;
  }
  std::string path() const { return "/proc/self/fd/" + std::to_string(number); }
};

} // namespace

static bool writeAll(int file, ArrayRef<char> bytes) {
  while (!bytes.empty()) {
    ssize_t written = ::write(file, bytes.data(), bytes.size());
    if (written <= 0)
      return false;
    bytes = bytes.drop_front(static_cast<std::size_t>(written));
  }
  return true;
}

static std::vector<std::byte> readAll(int file) {
  std::vector<std::byte> bytes;
  std::byte block[65536];
  for (ssize_t got; (got = ::read(file, block, sizeof block)) > 0;)
    bytes.insert(bytes.end(), block, block + got);
  return bytes;
}

/// True if lld linked; its messages otherwise in \p messages.
static bool runLld(const std::string &input, const std::string &output,
                   std::string &messages) {
  const char *arguments[] = {"ld.lld",
                             "-shared",
                             "--hash-style=gnu",
                             "-z",
                             "now",
                             "-z",
                             "relro",
                             "--build-id=none",
                             "--eh-frame-hdr", // checks unwind
                             "--threads=1",
                             "--no-undefined",
                             "-o",
                             output.c_str(),
                             input.c_str()};
  raw_string_ostream stream(messages);
  bool linked = false;
  // lld ends the process on malformed input; Guard.h turns that into a throw.
  if (std::optional<std::string> fatal = ferro::guarded([&] {
        linked = lld::elf::link(arguments, stream, stream, /*exitEarly=*/false,
                                /*disableOutput=*/false);
      }))
    stream << *fatal;
  if (std::optional<std::string> fatal =
          ferro::guarded([] { lld::CommonLinkerContext::destroy(); }))
    stream << *fatal;
  return linked;
}

Expected<std::vector<std::byte>> ferro::cpu::linkShared(ArrayRef<char> object) {
  // lld keeps its state in globals.
  static std::mutex mutex;
  std::lock_guard lock(mutex);
  Descriptor input{memfd_create("ferro-object", MFD_CLOEXEC)};
  if (input.number < 0 || !writeAll(input.number, object))
    return createStringError("no memory for an object of " +
                             Twine(object.size()) + " bytes");
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0)
    return createStringError("no pipe for the linker's output");
  Descriptor reading{ends[0]}, writing{ends[1]};

  // A pipe as output: a file would make lld install signal handlers.
  bool linked = false;
  std::string messages;
  std::string inputPath = input.path(), outputPath = writing.path();
  std::thread linker([&] {
    linked = runLld(inputPath, outputPath, messages);
    writing.close();
  });
  std::vector<std::byte> bytes = readAll(reading.number);
  linker.join();
  if (!linked || bytes.empty())
    return createStringError("the linker says: " + messages);
  return bytes;
}
