// Memory that a thread keeps for its next use.
#pragma once

#include <cstddef>

namespace ferro::device {

/// A buffer that grows and is kept; aligned to 64 bytes.
class AlignedBuffer {
public:
  AlignedBuffer() = default;
  AlignedBuffer(const AlignedBuffer &) = delete;
  AlignedBuffer &operator=(const AlignedBuffer &) = delete;
  ~AlignedBuffer();

  /// At least \p bytes, whose content is lost when it grows. Never null: ends
  /// the process if there is no memory, since kernels have no way to say so.
  void *atLeast(std::size_t bytes) noexcept {
    return bytes <= capacity && memory ? memory : grow(bytes, true);
  }
  /// The same, null if there is no memory.
  void *tryAtLeast(std::size_t bytes) noexcept {
    return bytes <= capacity && memory ? memory : grow(bytes, false);
  }

private:
  void *grow(std::size_t bytes, bool orAbort) noexcept;

  void *memory = nullptr;
  std::size_t capacity = 0;
};

} // namespace ferro::device
