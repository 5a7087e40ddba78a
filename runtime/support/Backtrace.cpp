#include "support/Backtrace.h"

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cxxabi.h>
#include <dlfcn.h>
#include <execinfo.h>
#include <memory>

namespace ferro::support {

static std::string demangled(const char *symbol) {
  int status = 0;
  std::unique_ptr<char, decltype(&std::free)> name(
      abi::__cxa_demangle(symbol, nullptr, nullptr, &status), std::free);
  return status == 0 ? name.get() : symbol;
}

static std::string hexadecimal(std::uintptr_t value) {
  std::array<char, 2 + 16 + 1> text;
  std::snprintf(text.data(), text.size(), "0x%jx",
                static_cast<std::uintmax_t>(value));
  return text.data();
}

static std::string describe(void *address) {
  Dl_info info;
  // What is returned to may be the next function's: look at the call itself.
  auto place = reinterpret_cast<std::uintptr_t>(address) - 1;
  if (::dladdr(reinterpret_cast<void *>(place), &info) == 0)
    return hexadecimal(place);
  std::string where =
      std::string(info.dli_fname) + "+" +
      hexadecimal(place - reinterpret_cast<std::uintptr_t>(info.dli_fbase));
  return info.dli_sname ? demangled(info.dli_sname) + " in " + where : where;
}

std::string backtrace(int skipped) {
  std::array<void *, 64> frames;
  int count = ::backtrace(frames.data(), static_cast<int>(frames.size()));
  std::string text;
  for (int i = 1 + skipped; i < count; ++i)
    text += "\n  at " + describe(frames[static_cast<std::size_t>(i)]);
  return text;
}

} // namespace ferro::support
