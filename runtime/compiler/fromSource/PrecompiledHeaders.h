// The language headers as Clang keeps them when it has read them: reading them
// anew takes several times as long as a kernel.
#pragma once

#include "compiler/fromSource/Language.h"

#include "llvm/Support/Error.h"

#include <string>

namespace ferro::fromSource {

/// The headers for \p language. In memory: no file is written.
llvm::Expected<std::string> precompileHeaders(const Language &language);

/// Those that were made when this library was built, for the default language;
/// else those that this process made before; empty if they have yet to be
/// made, which a second request for a language does. Stays valid.
llvm::StringRef precompiledHeaders(const Language &language);

} // namespace ferro::fromSource
