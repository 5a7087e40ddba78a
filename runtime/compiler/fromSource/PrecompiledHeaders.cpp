#include "compiler/fromSource/PrecompiledHeaders.h"

#include <map>
#include <mutex>

using namespace ferro;

// FERRO_HEADERS_PCH: the file that ferro-precompile-headers wrote.
asm(".section .rodata\n"
    ".balign 64\n"
    "ferro_headers_begin:\n"
    ".incbin \"" FERRO_HEADERS_PCH "\"\n"
    "ferro_headers_end:\n"
    ".previous\n");
extern "C" {
extern const char ferro_headers_begin[], ferro_headers_end[];
}

llvm::StringRef fromSource::precompiledHeaders(const Language &language) {
  if (language == Language())
    return {ferro_headers_begin,
            static_cast<std::size_t>(ferro_headers_end - ferro_headers_begin)};
  static std::mutex mutex;
  static std::map<std::string, std::string> made; // "" at the first request
  std::lock_guard lock(mutex);
  std::string key = language.standard + (language.signedChar ? " s" : " u");
  auto [found, isFirst] = made.try_emplace(key);
  if (isFirst || !found->second.empty())
    return found->second;
  llvm::Expected<std::string> headers = precompileHeaders(language);
  if (!headers) {
    llvm::consumeError(headers.takeError()); // the parse will say it better
    return "";
  }
  return found->second = std::move(*headers);
}
