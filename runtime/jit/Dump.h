// The stages of what is compiled, for those who ask (FERRO_DUMP).
#pragma once

#include "jit/Compile.h"

namespace ferro::jit {

/// Shows the stages of \p source that FERRO_DUMP names, compiled as code for
/// this machine is, if FERRO_DUMP_ONLY does not leave it out. Stages behind one
/// that the compiler refuses are left out: compiling tells why.
/// \throws Error InvalidArgument if FERRO_DUMP names what is no stage, IoError.
void dumpStages(const Source &source);

/// What the compiler is asked for \p source.
std::vector<std::byte> requestFor(const Source &source, artifact::Stage stage);

} // namespace ferro::jit
