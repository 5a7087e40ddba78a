#include "support/Hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace ferro::support {

Digest digest(std::span<const std::byte> bytes) {
  XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  return {hash.high64, hash.low64};
}

Digest digest(std::string_view text) {
  return digest(std::as_bytes(std::span(text.data(), text.size())));
}

static void appendHex(std::string &text, std::uint64_t word) {
  for (int shift = 60; shift >= 0; shift -= 4)
    text += "0123456789abcdef"[(word >> shift) & 15];
}

std::string toHex(const Digest &digest) {
  std::string text;
  appendHex(text, digest.high);
  appendHex(text, digest.low);
  return text;
}

std::string hashHex(std::span<const std::byte> bytes) {
  return toHex(digest(bytes));
}

} // namespace ferro::support
