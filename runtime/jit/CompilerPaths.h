// Where the compiler is.
#pragma once

#include <string>

namespace ferro::jit {

/// libferro_compiler.so: FERRO_COMPILER, else beside libferro (or the program
/// that libferro is linked into), else in ../lib. Empty if there is none.
std::string compilerLibraryPath();

/// ferro-compilerd: FERRO_COMPILERD, else beside libferro, else in ../bin, else
/// beside the compiler library or in its ../bin. Empty if there is none.
std::string compilerdPath();

/// What tells compilers apart in a key: the library's build id, else its size
/// and time; "none" without one. Read from the file, which is not loaded for
/// it.
std::string compilerIdentity();

/// What tells builds of this library apart: its version and build id. The
/// passes and the memory plan are its work, so it is part of a key.
const std::string &libraryIdentity();

/// Where a compiler was looked for, for messages.
std::string describeSearch();

} // namespace ferro::jit
