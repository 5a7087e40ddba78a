// The form in which the plugin stores a module in a program. Lines, each ended
// by a line feed:
//
//   cutile-module 1
//   name NAME
//   hash HASH
//   language STANDARD signed-char|unsigned-char
//   import NAME                      any number
//   entry LINE NAME                  any number
//   piece LINE BYTES OWNER FILE      any number; OWNER is - outside of modules
//   ...BYTES of text...
//
// The texts lie in the section `cutile_sources`, ended by a zero each, where
// `ferro-compile --list` finds them in a file; the section `cutile_modules` has
// a pointer to each.
#pragma once

#include "ferro/Registry.h"

#include <string_view>

namespace ferro::launch {

/// NAME and HASH of a module's text.
struct ModuleName {
  std::string_view name, hash;
};
ModuleName moduleName(std::string_view text);

/// Reads a module's text.
/// \throws Error SerializationError if it does not follow the form.
registry::Module parseModule(std::string_view text);

/// The pieces with #line directives between them.
std::string sourceOf(const registry::Module &module);

/// The modules in an executable, library, object or archive, as they lie there.
std::vector<registry::Module> modulesInFile(std::string_view bytes);

} // namespace ferro::launch
