// The threads that kernels run on.
#pragma once

#include <cstddef>
#include <cstdint>

struct FerroHost;

namespace ferro::device {

using LoopBody = void (*)(void *context, std::int64_t begin, std::int64_t end);

/// Calls \p body on consecutive ranges that together are [0, n) and begin at
/// multiples of \p grain, and returns when all are done. Which ranges depends
/// on the threads, so a body's results must not. The calling thread works too;
/// a call from inside a body, or while another thread's loop has the pool, runs
/// on the calling thread alone. \p body must not throw.
void parallelFor(std::int64_t n, std::int64_t grain, LoopBody body,
                 void *context) noexcept;

/// At least \p bytes of the calling thread's memory, aligned to 64 bytes, valid
/// until the thread asks again or ends.
void *scratch(std::size_t bytes) noexcept;

/// The table of both that native kernels get.
const FerroHost &kernelHost();

} // namespace ferro::device
