#include "jit/CompilerPaths.h"

#include "support/Environment.h"
#include "support/Files.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <span>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace ferro::jit {

using support::Variable;

static constexpr const char *libraryName = "libferro_compiler.so";
static constexpr const char *daemonName = "ferro-compilerd";

/// The folder of the file that this code was loaded from.
static std::string ownFolder() {
  Dl_info info;
  static const char anchor = 0;
  if (!::dladdr(&anchor, &info) || !info.dli_fname)
    return ".";
  // The name of a program is what it was called by; /proc knows better.
  bool isProgram = info.dli_fname[0] != '/';
  char resolved[4096];
  ssize_t length =
      isProgram ? ::readlink("/proc/self/exe", resolved, sizeof resolved) : -1;
  return support::folderOf(
      length > 0 ? std::string(resolved, static_cast<std::size_t>(length))
                 : info.dli_fname);
}

static std::string firstReadable(const std::vector<std::string> &paths) {
  for (const std::string &path : paths)
    if (support::isReadable(path))
      return path;
  return {};
}

static std::vector<std::string> libraryPlaces() {
  std::string own = ownFolder();
  return {own + "/" + libraryName, own + "/../lib/" + libraryName};
}

std::string compilerLibraryPath() {
  std::string asked = support::environment(Variable::Compiler);
  return asked.empty() ? firstReadable(libraryPlaces())
                       : firstReadable({asked});
}

std::string compilerdPath() {
  std::string asked = support::environment(Variable::Compilerd);
  if (!asked.empty())
    return firstReadable({asked});
  std::string own = ownFolder(),
              library = support::folderOf(compilerLibraryPath());
  return firstReadable({own + "/" + daemonName, own + "/../bin/" + daemonName,
                        library + "/" + daemonName,
                        library + "/../bin/" + daemonName});
}

std::string describeSearch() {
  if (std::string asked = support::environment(Variable::Compiler);
      !asked.empty())
    return "FERRO_COMPILER is " + asked;
  std::string text = "looked for";
  for (const std::string &place : libraryPlaces())
    text += (text.ends_with("for") ? " " : " and ") + place;
  return text + "; FERRO_COMPILER names another place";
}

// --- identity

/// The GNU build id among the notes; empty if there is none.
static std::string findBuildId(std::span<const std::byte> notes) {
  while (notes.size() >= sizeof(Elf64_Nhdr)) {
    Elf64_Nhdr note;
    std::memcpy(&note, notes.data(), sizeof note);
    std::size_t nameAt = sizeof note,
                idAt = nameAt + (std::size_t(note.n_namesz) + 3) / 4 * 4;
    std::size_t end = idAt + (std::size_t(note.n_descsz) + 3) / 4 * 4;
    if (end > notes.size())
      return {};
    bool isGnu =
        note.n_namesz == 4 && std::memcmp(notes.data() + nameAt, "GNU", 4) == 0;
    if (note.n_type == NT_GNU_BUILD_ID && isGnu) {
      std::string text;
      for (std::byte byte : notes.subspan(idAt, note.n_descsz)) {
        text += "0123456789abcdef"[std::to_integer<unsigned>(byte) >> 4];
        text += "0123456789abcdef"[std::to_integer<unsigned>(byte) & 15];
      }
      return text;
    }
    notes = notes.subspan(end);
  }
  return {};
}

template <typename T>
static bool readAt(int fd, std::vector<T> &items, std::uint64_t offset) {
  std::size_t bytes = items.size() * sizeof(T);
  return ::pread(fd, items.data(), bytes, static_cast<off_t>(offset)) ==
         static_cast<ssize_t>(bytes);
}

static std::string readBuildId(int fd) {
  std::vector<Elf64_Ehdr> header(1);
  if (!readAt(fd, header, 0) ||
      std::memcmp(header[0].e_ident, ELFMAG, SELFMAG) != 0)
    return {};
  std::vector<Elf64_Phdr> segments(header[0].e_phnum);
  if (!readAt(fd, segments, header[0].e_phoff))
    return {};
  for (const Elf64_Phdr &segment : segments) {
    if (segment.p_type != PT_NOTE || segment.p_filesz > 65536)
      continue;
    std::vector<std::byte> notes(segment.p_filesz);
    if (!readAt(fd, notes, segment.p_offset))
      continue;
    if (std::string id = findBuildId(notes); !id.empty())
      return id;
  }
  return {};
}

static std::string readIdentity(const std::string &path) {
  support::Descriptor file(
      path.empty() ? -1 : ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status{};
  if (!file || ::fstat(file.get(), &status) != 0)
    return "none";
  if (std::string id = readBuildId(file.get()); !id.empty())
    return "build " + id;
  return "size " + std::to_string(status.st_size) + " time " +
         std::to_string(status.st_mtim.tv_sec) + "." +
         std::to_string(status.st_mtim.tv_nsec);
}

namespace {
struct LoadedObject {
  std::uintptr_t address; // somewhere in it
  std::string buildId;
};
} // namespace

/// Notes the build id of the object that holds the address; 1 ends the search.
static int inspectObject(dl_phdr_info *object, std::size_t, void *argument) {
  auto &wanted = *static_cast<LoadedObject *>(argument);
  std::span<const ElfW(Phdr)> segments(object->dlpi_phdr, object->dlpi_phnum);
  auto startOf = [&](const ElfW(Phdr) & segment) {
    return object->dlpi_addr + segment.p_vaddr;
  };
  bool isIt = std::ranges::any_of(segments, [&](const ElfW(Phdr) & segment) {
    return segment.p_type == PT_LOAD &&
           wanted.address - startOf(segment) < segment.p_memsz;
  });
  if (!isIt)
    return 0;
  for (const ElfW(Phdr) &segment : segments)
    if (segment.p_type == PT_NOTE && wanted.buildId.empty())
      wanted.buildId =
          findBuildId({reinterpret_cast<const std::byte *>(startOf(segment)),
                       segment.p_memsz});
  return 1;
}

const std::string &libraryIdentity() {
  static const std::string identity = [] {
    LoadedObject own{reinterpret_cast<std::uintptr_t>(&inspectObject), {}};
    ::dl_iterate_phdr(inspectObject, &own);
    return FERRO_VERSION " " + own.buildId;
  }();
  return identity;
}

// Read once a thread: a compiler that is replaced while the program runs is not
// the one that the program started.
std::string compilerIdentity() {
  static thread_local std::string asked = "?", identity;
  if (std::string now = support::environment(Variable::Compiler);
      now != asked) {
    identity = readIdentity(compilerLibraryPath());
    asked = now;
  }
  return identity;
}

} // namespace ferro::jit
