// XXH3-128, for cache keys and integrity. It finds accidents, not attacks: what
// keeps others out is the mode of the cache directory.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace ferro::support {

struct Digest {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  friend bool operator==(const Digest &, const Digest &) = default;
  friend auto operator<=>(const Digest &, const Digest &) = default;
};

Digest digest(std::span<const std::byte> bytes);
Digest digest(std::string_view text);
/// 32 lower-case hexadecimal digits, high half first.
std::string toHex(const Digest &digest);
/// toHex(digest(bytes)).
std::string hashHex(std::span<const std::byte> bytes);

} // namespace ferro::support
