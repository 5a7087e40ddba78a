// A relocatable object to a shared object, without files or processes.
#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"

#include <cstddef>
#include <vector>

namespace ferro::cpu {

/// Links \p object with lld as a library. It may define any symbols and must
/// import none.
/// \returns an error with lld's messages.
llvm::Expected<std::vector<std::byte>> linkShared(llvm::ArrayRef<char> object);

} // namespace ferro::cpu
