// Little-endian bytes, written and read with every bound checked.
#pragma once

#include "ferro/Error.h"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace ferro::support {

static_assert(
    std::endian::native == std::endian::little,
    "serialised forms are little-endian and written as they lie in memory");

/// A number that is written as it lies in memory; bool is written as one byte.
template <typename T>
concept ByteScalar = std::is_arithmetic_v<T> || std::is_enum_v<T>;

/// Appends values to a growing buffer.
class ByteWriter {
public:
  /// An integer, float or enum in its own width.
  template <ByteScalar T> void write(T value) {
    raw(std::as_bytes(std::span(&value, 1)));
  }
  /// A 64-bit length; the counterpart of ByteReader::count.
  void count(std::size_t value) { write<std::uint64_t>(value); }
  /// A length and the text.
  void string(std::string_view text) {
    count(text.size());
    raw(std::as_bytes(std::span(text.data(), text.size())));
  }
  /// A length and the bytes.
  void bytes(std::span<const std::byte> block) {
    count(block.size());
    raw(block);
  }
  /// The bytes alone.
  void raw(std::span<const std::byte> block) {
    buffer.insert(buffer.end(), block.begin(), block.end());
  }

  std::size_t size() const { return buffer.size(); }
  std::span<const std::byte> view() const { return buffer; }
  std::vector<std::byte> take() { return std::move(buffer); }

private:
  std::vector<std::byte> buffer;
};

/// Reads what ByteWriter wrote. Every member throws Error SerializationError,
/// naming \p subject and the position, rather than read past the end.
class ByteReader {
public:
  /// \param subject what the bytes should be ("artifact"), for messages.
  ByteReader(std::span<const std::byte> bytes, std::string subject)
      : input(bytes), subject(std::move(subject)) {}

  template <ByteScalar T> T read() {
    if constexpr (std::is_same_v<T, bool>) {
      auto value = read<std::uint8_t>();
      require(value <= 1, "a flag is neither 0 nor 1");
      return value == 1;
    } else {
      T value;
      std::memcpy(&value, raw(sizeof(T)).data(), sizeof(T));
      return value;
    }
  }
  /// An enum whose enumerators are 0 .. \p size - 1.
  template <typename T>
    requires std::is_enum_v<T>
  T readEnum(std::size_t size) {
    auto value = read<std::underlying_type_t<T>>();
    require(static_cast<std::size_t>(value) < size,
            "an enumerator is out of range");
    return static_cast<T>(value);
  }
  /// A length of items that take at least \p itemBytes each, so that a broken
  /// length cannot ask for more memory than the input has bytes.
  std::size_t count(std::size_t itemBytes = 1) {
    auto value = read<std::uint64_t>();
    require(value <= remaining() / (itemBytes ? itemBytes : 1),
            "a length exceeds the bytes that follow");
    return static_cast<std::size_t>(value);
  }
  std::string string() {
    std::span<const std::byte> block = bytes();
    return {reinterpret_cast<const char *>(block.data()), block.size()};
  }
  /// A view into the input.
  std::span<const std::byte> bytes() { return raw(count()); }
  std::span<const std::byte> raw(std::size_t size) {
    require(size <= remaining(), "the bytes end early");
    std::span<const std::byte> block = input.subspan(at, size);
    at += size;
    return block;
  }

  std::size_t position() const { return at; }
  std::size_t remaining() const { return input.size() - at; }
  /// Nothing may follow the last value.
  void finish() const { require(remaining() == 0, "bytes follow the end"); }
  void require(bool condition, const char *otherwise) const {
    if (!condition)
      fail(otherwise);
  }
  [[noreturn]] void fail(const std::string &found) const {
    throw Error(Code::SerializationError, subject,
                found + " at byte " + std::to_string(at));
  }

private:
  std::span<const std::byte> input;
  std::size_t at = 0;
  std::string subject;
};

} // namespace ferro::support
