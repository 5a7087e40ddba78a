#include "ferro/Npy.h"

#include "support/Bytes.h"
#include "support/Files.h"

#include "ferro/Error.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>
#include <string_view>

namespace ferro::npy {

static constexpr const char *subject = "npy";
static constexpr std::string_view magic = "\x93NUMPY";

[[noreturn]] static void fail(const std::string &found) {
  throw Error(Code::SerializationError, subject, found);
}

// --- the header: a Python dictionary of three entries, as text

namespace {
struct Header {
  std::string descr;
  std::optional<bool> isFortranOrder;
  std::optional<Shape> shape;
};

/// Reads just the literals that NumPy writes.
struct HeaderParser {
  std::string_view text;

  void skipSpaces() {
    while (!text.empty() &&
           std::isspace(static_cast<unsigned char>(text.front())))
      text.remove_prefix(1);
  }
  bool take(std::string_view token) {
    skipSpaces();
    if (!text.starts_with(token))
      return false;
    text.remove_prefix(token.size());
    return true;
  }
  void expect(std::string_view token) {
    if (!take(token))
      fail("found \"" + std::string(text.substr(0, 20)) + "\" in the header; " +
           std::string(token) + " is expected");
  }
  std::string string() {
    skipSpaces();
    char quote = text.empty() ? '\0' : text.front();
    if (quote != '\'' && quote != '"')
      fail("found \"" + std::string(text.substr(0, 20)) +
           "\" in the header; a string is expected (structured element types "
           "are not supported)");
    std::size_t end = text.find(quote, 1);
    if (end == std::string_view::npos)
      fail("a string in the header does not end");
    std::string value(text.substr(1, end - 1));
    text.remove_prefix(end + 1);
    return value;
  }
  bool boolean() {
    if (take("True"))
      return true;
    expect("False");
    return false;
  }
  std::int64_t extent() {
    skipSpaces();
    std::int64_t value = 0;
    auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || value < 0)
      fail("found \"" + std::string(text.substr(0, 20)) +
           "\" in the header; an extent is expected");
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    take("L"); // Python 2
    return value;
  }
  Shape tuple() {
    Shape shape;
    expect("(");
    while (!take(")")) {
      if (shape.size() == maxRank)
        fail("found more than " + std::to_string(maxRank) +
             " axes; a tensor has at most that many");
      shape.push_back(extent());
      if (!take(",")) {
        expect(")");
        break;
      }
    }
    return shape;
  }
  Header dictionary() {
    Header header;
    expect("{");
    while (!take("}")) {
      std::string key = string();
      expect(":");
      if (key == "descr")
        header.descr = string();
      else if (key == "fortran_order")
        header.isFortranOrder = boolean();
      else if (key == "shape")
        header.shape = tuple();
      else
        fail("found the key \"" + key +
             "\" in the header; descr, fortran_order and shape are known");
      if (!take(",")) {
        expect("}");
        break;
      }
    }
    skipSpaces();
    if (!text.empty())
      fail("text follows the header's dictionary");
    if (header.descr.empty() || !header.isFortranOrder || !header.shape)
      fail("the header lacks descr, fortran_order or shape");
    return header;
  }
};
} // namespace

static Header readHeader(support::ByteReader &in) {
  std::span<const std::byte> start = in.raw(magic.size());
  in.require(std::equal(start.begin(), start.end(),
                        std::as_bytes(std::span(magic)).begin()),
             "the magic string is another one");
  unsigned major = in.read<std::uint8_t>(), minor = in.read<std::uint8_t>();
  if (major < 1 || major > 3 || minor != 0)
    fail("found version " + std::to_string(major) + "." +
         std::to_string(minor) + "; 1.0, 2.0 and 3.0 are known");
  std::size_t length =
      major == 1 ? in.read<std::uint16_t>() : in.read<std::uint32_t>();
  std::span<const std::byte> text = in.raw(length);
  return HeaderParser{
      {reinterpret_cast<const char *>(text.data()), text.size()}}
      .dictionary();
}

// --- element types

/// NumPy's letter and size for a dtype; empty for bf16.
static std::string codeOf(DType dtype) {
  switch (dtype) {
  case DType::Bool:
    return "b1";
  case DType::U8:
    return "u1";
  case DType::BF16:
    return "";
  case DType::I8:
  case DType::I16:
  case DType::I32:
  case DType::I64:
    return "i" + std::to_string(byteSize(dtype));
  case DType::F16:
  case DType::F32:
  case DType::F64:
    return "f" + std::to_string(byteSize(dtype));
  }
  __builtin_unreachable();
}

static DType dtypeNamed(std::string_view code, const std::string &descr) {
  for (std::size_t i = 0; i < numDTypes; ++i)
    if (auto dtype = static_cast<DType>(i);
        !code.empty() && codeOf(dtype) == code)
      return dtype;
  std::string known;
  for (std::size_t i = 0; i < numDTypes; ++i)
    if (std::string name = codeOf(static_cast<DType>(i)); !name.empty())
      known += (known.empty() ? "" : ", ") + name;
  throw Error(Code::UnsupportedOp, subject,
              "found element type \"" + descr + "\"; " + known +
                  " are supported");
}

// --- elements

static std::size_t sizeOf(DType dtype, const Shape &shape) {
  std::int64_t size = static_cast<std::int64_t>(byteSize(dtype));
  for (std::int64_t extent : shape)
    if (__builtin_mul_overflow(size, extent, &size))
      fail("shape " + toString(shape) + " is too large");
  return static_cast<std::size_t>(size);
}

static void swapBytes(std::span<std::byte> bytes, std::size_t itemSize) {
  for (std::size_t at = 0; at < bytes.size(); at += itemSize)
    std::reverse(bytes.begin() + static_cast<std::ptrdiff_t>(at),
                 bytes.begin() + static_cast<std::ptrdiff_t>(at + itemSize));
}

/// \p bytes, whose first axis varies fastest, with the last varying fastest.
static std::vector<std::byte> toRowMajor(std::span<const std::byte> bytes,
                                         std::size_t itemSize,
                                         const Shape &shape) {
  std::vector<std::byte> result(bytes.size());
  Dims index = Dims::filled(shape.size(), 0);
  for (std::size_t to = 0; to < bytes.size(); to += itemSize) {
    std::size_t from = 0;
    for (std::size_t axis = shape.size(); axis-- > 0;)
      from = from * static_cast<std::size_t>(shape[axis]) +
             static_cast<std::size_t>(index[axis]);
    std::copy_n(&bytes[from * itemSize], itemSize, &result[to]);
    for (std::size_t axis = shape.size(); axis-- > 0;) {
      if (++index[axis] < shape[axis])
        break;
      index[axis] = 0;
    }
  }
  return result;
}

// --- the interface

Array parse(std::span<const std::byte> bytes) {
  support::ByteReader in(bytes, subject);
  Header header = readHeader(in);
  char order = header.descr[0];
  bool hasOrder = order == '<' || order == '>' || order == '|' || order == '=';
  Array array;
  array.dtype = dtypeNamed(
      std::string_view(header.descr).substr(hasOrder ? 1 : 0), header.descr);
  array.shape = *header.shape;
  std::size_t itemSize = byteSize(array.dtype),
              size = sizeOf(array.dtype, array.shape);
  if (in.remaining() != size)
    fail("found " + std::to_string(in.remaining()) +
         " bytes of elements; shape " + toString(array.shape) + " of " +
         std::string(toString(array.dtype)) + " has " + std::to_string(size));
  std::span<const std::byte> elements = in.raw(size);
  array.bytes = *header.isFortranOrder
                    ? toRowMajor(elements, itemSize, array.shape)
                    : std::vector<std::byte>(elements.begin(), elements.end());
  if (order == '>')
    swapBytes(array.bytes, itemSize);
  if (array.dtype == DType::Bool)
    std::ranges::for_each(array.bytes, [](std::byte &value) {
      value = std::byte{value != std::byte{0}};
    });
  return array;
}

std::vector<std::byte> format(const Array &array) {
  std::string code = codeOf(array.dtype);
  if (code.empty())
    throw Error(Code::UnsupportedOp, subject,
                "NumPy has no " + std::string(toString(array.dtype)) +
                    "; cast to f32 first");
  if (array.bytes.size() != sizeOf(array.dtype, array.shape))
    fail("found " + std::to_string(array.bytes.size()) + " bytes for shape " +
         toString(array.shape));
  std::string text = "{'descr': '" +
                     std::string(byteSize(array.dtype) == 1 ? "|" : "<") +
                     code + "', 'fortran_order': False, 'shape': (";
  for (std::int64_t extent : array.shape)
    text += std::to_string(extent) + (array.shape.size() == 1 ? "," : ", ");
  if (array.shape.size() > 1)
    text.resize(text.size() - 2);
  text += "), }";
  // The elements start at a multiple of 64 bytes.
  std::size_t start = magic.size() + 4 + text.size() + 1;
  text.append((64 - start % 64) % 64, ' ');
  text += '\n';

  support::ByteWriter out;
  out.raw(std::as_bytes(std::span(magic)));
  out.write<std::uint8_t>(1);
  out.write<std::uint8_t>(0);
  out.write(static_cast<std::uint16_t>(text.size()));
  out.raw(std::as_bytes(std::span(text)));
  out.raw(array.bytes);
  return out.take();
}

Array read(const std::string &path) {
  std::vector<std::byte> bytes = support::readFile(path);
  try {
    return parse(bytes);
  } catch (const Error &error) {
    throw Error(error.code(), path, error.text());
  }
}

void write(const std::string &path, const Array &array) {
  support::writeFile(path, format(array));
}

} // namespace ferro::npy
