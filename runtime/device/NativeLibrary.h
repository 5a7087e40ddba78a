// A shared object that the compiler made, mapped into the process.
#pragma once

#include "compiler/Abi.h"

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace ferro::device {

/// Unmapped when destroyed.
class NativeLibrary {
public:
  NativeLibrary(const NativeLibrary &) = delete;
  NativeLibrary &operator=(const NativeLibrary &) = delete;
  ~NativeLibrary();

  /// \throws Error CompilationFailed if there is no such symbol.
  FerroKernel *kernel(const std::string &symbol) const;
  /// Mapped from anonymous memory, since no file could be used.
  bool isInMemory() const { return memory >= 0; }

private:
  friend std::unique_ptr<NativeLibrary>
  loadNative(std::span<const std::byte> object);
  NativeLibrary(void *handle, int memory) : handle(handle), memory(memory) {}

  void *handle;
  // A memfd stays open as long as its library is loaded: the loader knows
  // libraries by path, and /proc/self/fd/N names the next file that gets N.
  int memory;
};

/// Loads \p object from the disk cache's file of that content, which is made if
/// it is missing, or from memory where there is no cache or its file system
/// forbids execution.
/// \throws Error CompilationFailed if \p object is no whole shared object.
std::unique_ptr<NativeLibrary> loadNative(std::span<const std::byte> object);

} // namespace ferro::device
