#include "device/NativeLibrary.h"

#include "artifact/Cache.h"
#include "support/Files.h"
#include "support/Log.h"

#include "ferro/Error.h"

#include <cerrno>
#include <cstring>
#include <dlfcn.h>
#include <elf.h>
#include <sys/mman.h>
#include <unistd.h>

namespace ferro::device {

[[noreturn]] static void fail(const std::string &text) {
  throw Error(Code::CompilationFailed, "native object", text);
}

// The loader trusts what an object says of itself and dies of a short one, so
// its segments are checked first.
static void requireWhole(std::span<const std::byte> object) {
  Elf64_Ehdr header;
  if (object.size() < sizeof header)
    fail("found " + std::to_string(object.size()) +
         " bytes; an ELF header is longer");
  std::memcpy(&header, object.data(), sizeof header);
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
      header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_type != ET_DYN ||
      header.e_phentsize != sizeof(Elf64_Phdr))
    fail("the bytes are no 64-bit ELF shared object");
  std::size_t tableSize = std::size_t(header.e_phnum) * sizeof(Elf64_Phdr);
  if (header.e_phoff > object.size() ||
      tableSize > object.size() - header.e_phoff)
    fail("the program headers reach beyond the end");
  for (unsigned i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment;
    std::memcpy(&segment, object.data() + header.e_phoff + i * sizeof segment,
                sizeof segment);
    if (segment.p_offset > object.size() ||
        segment.p_filesz > object.size() - segment.p_offset)
      fail("a segment reaches beyond the end");
  }
}

static void *openLibrary(const std::string &path) {
  void *handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle)
    support::log(support::Topic::Load, ::dlerror());
  return handle;
}

NativeLibrary::~NativeLibrary() {
  ::dlclose(handle);
  if (memory >= 0)
    ::close(memory);
}

FerroKernel *NativeLibrary::kernel(const std::string &symbol) const {
  void *address = ::dlsym(handle, symbol.c_str());
  if (!address)
    fail("there is no symbol " + symbol);
  return reinterpret_cast<FerroKernel *>(address);
}

static support::Descriptor copyToMemory(std::span<const std::byte> object) {
  support::Descriptor memory(::memfd_create("ferro-kernels", MFD_CLOEXEC));
  if (!memory)
    fail(std::string("no memory file for it: ") + std::strerror(errno));
  if (std::error_code error = support::writeAll(memory.get(), object))
    fail("its memory file cannot be written: " + error.message());
  return memory;
}

std::unique_ptr<NativeLibrary> loadNative(std::span<const std::byte> object) {
  requireWhole(object);
  std::string path = artifact::cachedObjectPath(object);
  if (void *handle = path.empty() ? nullptr : openLibrary(path))
    return std::unique_ptr<NativeLibrary>(new NativeLibrary(handle, -1));

  ++artifact::cacheCounters().fallbacks;
  support::Descriptor memory = copyToMemory(object);
  void *handle =
      ::dlopen(("/proc/self/fd/" + std::to_string(memory.get())).c_str(),
               RTLD_NOW | RTLD_LOCAL);
  if (!handle)
    fail(::dlerror());
  return std::unique_ptr<NativeLibrary>(
      new NativeLibrary(handle, memory.release()));
}

} // namespace ferro::device
