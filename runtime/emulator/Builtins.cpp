// Functions that the system gives to kernels, and fences.
#include "emulator/Lanes.h"

#include <cstdio>
#include <cstring>

using namespace ferro::emulator;

namespace {

/// Parameter \p n of the call, as the caller wrote it.
std::uint64_t argument(Warp &w, const Instruction &i, unsigned lane,
                       unsigned n) {
  const auto &site = *static_cast<const CallSite *>(i.extra);
  std::uint64_t value = 0;
  if (n < site.arguments.size())
    std::memcpy(&value,
                &w.local[lane][w.frame->localStart + site.arguments[n].offset],
                std::min<std::uint64_t>(site.arguments[n].bytes, 8));
  return value;
}

void setResult(Warp &w, const Instruction &i, unsigned lane,
               std::uint64_t value) {
  const auto &site = *static_cast<const CallSite *>(i.extra);
  if (site.results.empty())
    return;
  std::uint64_t at = w.frame->localStart + site.results[0].offset;
  std::memcpy(&w.local[lane][at], &value,
              std::min<std::uint64_t>(site.results[0].bytes, 8));
  std::fill_n(w.localWritten[lane].begin() + std::ptrdiff_t(at),
              site.results[0].bytes, std::byte(1));
}

std::string readString(Warp &w, const Instruction &i, unsigned lane,
                       std::uint64_t address) {
  std::string text;
  while (address && text.size() < 65536) {
    const std::byte *at =
        w.resolve(i, lane, address++, 1, Space::Generic, AccessKind::Read);
    if (!at || *at == std::byte(0))
      break;
    text += char(*at);
  }
  return text;
}

/// One conversion of a printf format with its argument.
std::string formatOne(Warp &w, const Instruction &i, unsigned lane,
                      std::string specification, std::uint64_t &at) {
  char kind = specification.back();
  bool wide = specification.find('l') != specification.npos ||
              std::strchr("fFeEgGaAsp", kind) ||
              specification.find('z') != specification.npos ||
              specification.find('j') != specification.npos;
  unsigned bytes = wide ? 8 : 4;
  at = (at + bytes - 1) / bytes * bytes;
  std::uint64_t value = 0;
  if (const std::byte *from =
          w.resolve(i, lane, at, bytes, Space::Generic, AccessKind::Read))
    std::memcpy(&value, from, bytes);
  at += bytes;
  // Lengths are the host's own.
  std::string plain;
  for (char c : specification)
    if (!std::strchr("lhzjtL", c))
      plain += c;
  std::string text(256, '\0');
  int length = 0;
  if (std::strchr("fFeEgGaA", kind)) {
    length =
        std::snprintf(text.data(), text.size(), plain.c_str(), real(value));
  } else if (kind == 's') {
    std::string string = readString(w, i, lane, value);
    text.resize(string.size() + 256);
    length =
        std::snprintf(text.data(), text.size(), plain.c_str(), string.c_str());
  } else if (kind == 'c') {
    length = std::snprintf(text.data(), text.size(), plain.c_str(), int(value));
  } else if (kind == 'p') {
    length = std::snprintf(text.data(), text.size(), "0x%llx",
                           static_cast<unsigned long long>(value));
  } else if (std::strchr("diouxX", kind)) {
    plain.insert(plain.size() - 1, "ll");
    bool isSigned = kind == 'd' || kind == 'i';
    long long number = wide       ? static_cast<long long>(value)
                       : isSigned ? std::int32_t(value)
                                  : static_cast<long long>(value);
    length = std::snprintf(text.data(), text.size(), plain.c_str(), number);
  }
  text.resize(std::size_t(std::max(length, 0)));
  return text;
}

void print(Warp &w, const Instruction &i) {
  std::string output;
  w.each([&](unsigned lane) {
    std::string format = readString(w, i, lane, argument(w, i, lane, 0));
    std::uint64_t at = argument(w, i, lane, 1);
    int count = 0;
    for (std::size_t k = 0; k < format.size(); ++k) {
      if (format[k] != '%') {
        output += format[k];
        continue;
      }
      std::size_t end = format.find_first_of("diouxXfFeEgGaAcsp%", k + 1);
      if (end == format.npos) {
        output += format.substr(k);
        break;
      }
      if (format[end] == '%')
        output += '%';
      else
        output += formatOne(w, i, lane, format.substr(k, end - k + 1), at),
            ++count;
      k = end;
    }
    setResult(w, i, lane, std::uint64_t(count));
  });
  std::lock_guard lock(w.cta.grid.printing);
  w.cta.grid.printed += output;
}

void assertFail(Warp &w, const Instruction &i) {
  unsigned lane = unsigned(std::countr_zero(w.active));
  std::string text =
      readString(w, i, lane, argument(w, i, lane, 1)) + ":" +
      std::to_string(std::uint32_t(argument(w, i, lane, 2))) + ": " +
      readString(w, i, lane, argument(w, i, lane, 3)) + ": assertion `" +
      readString(w, i, lane, argument(w, i, lane, 0)) + "` does not hold";
  w.report(i, FindingKind::AssertFailed, lane, 0, text);
  w.cta.grid.stopped = true;
  w.stop = true;
}

void fence(Warp &, const Instruction &) {}

// All that the warp knows of is now visible to the async proxy.
void proxyFence(Warp &w, const Instruction &) { w.fenced = w.clock; }

} // namespace

namespace ferro::emulator {

Handler builtinFunction(const std::string &name) {
  if (name == "vprintf")
    return print;
  if (name == "__assertfail")
    return assertFail;
  return nullptr;
}

void decodeFence(Decoding &d) {
  if (d.takeOne({"gl", "cta", "sys"}) && d.statement.opcode == "membar")
    return d.emit(fence, OpClass::Synchronize);
  bool proxy = d.take("proxy");
  bool async = proxy && d.takeOne({"async", "async::generic"}).has_value();
  d.takeOne({"alias", "tensormap::generic"});
  d.takeOne({"sc", "acq_rel", "acquire", "release"});
  d.take("mbarrier_init");
  d.takeOne({"release", "acquire"});
  d.takeOne({"sync_restrict::shared::cta", "sync_restrict::shared::cluster"});
  d.takeOne({"global", "shared::cta", "shared::cluster"});
  d.takeOne({"cta", "cluster", "gpu", "sys"});
  if (d.statement.opcode == "membar" && proxy)
    d.take("async");
  d.emit(async ? proxyFence : fence, OpClass::Synchronize);
}

} // namespace ferro::emulator
