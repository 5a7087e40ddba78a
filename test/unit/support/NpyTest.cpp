#include "ferro/Npy.h"

#include "ferro/Error.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <string>

using namespace ferro;
using npy::Array;

/// A file as NumPy writes it, from its header's text and its elements.
static std::vector<std::byte> makeFile(const std::string &header,
                                       const std::string &elements,
                                       unsigned version = 1) {
  std::string file = "\x93NUMPY";
  file += static_cast<char>(version);
  file += '\0';
  for (std::size_t i = 0, length = header.size(); i < (version == 1 ? 2u : 4u);
       ++i, length >>= 8)
    file += static_cast<char>(length & 255);
  file += header + elements;
  auto bytes = std::as_bytes(std::span(file));
  return {bytes.begin(), bytes.end()};
}

template <typename T>
static std::string elementsOf(std::initializer_list<T> values) {
  return {reinterpret_cast<const char *>(values.begin()),
          values.size() * sizeof(T)};
}

template <typename T> static std::vector<T> valuesOf(const Array &array) {
  std::vector<T> values(array.bytes.size() / sizeof(T));
  std::memcpy(values.data(), array.bytes.data(), array.bytes.size());
  return values;
}

static Error errorOf(const std::vector<std::byte> &file) {
  try {
    npy::parse(file);
  } catch (const Error &error) {
    return error;
  }
  ADD_FAILURE() << "accepted";
  return Error(Code::Internal, "", "");
}

TEST(Npy, readsWhatItWrites) {
  std::mt19937 random(3);
  for (std::size_t i = 0; i < numDTypes; ++i)
    for (const Shape &shape : {Shape{}, Shape{5}, Shape{2, 3}, Shape{4, 0, 2},
                               Shape{1, 2, 3, 4, 5, 1, 2, 1}}) {
      Array array{static_cast<DType>(i), shape, {}};
      if (array.dtype == DType::BF16)
        continue;
      array.bytes.resize(static_cast<std::size_t>(numel(shape)) *
                         byteSize(array.dtype));
      for (std::byte &byte : array.bytes)
        byte = static_cast<std::byte>(array.dtype == DType::Bool ? random() % 2
                                                                 : random());
      EXPECT_EQ(npy::parse(npy::format(array)), array)
          << toString(array.dtype) << toString(shape);
    }
}

TEST(Npy, writesWhatNumPyWrites) {
  // np.save of np.array([1, 2], dtype=np.int16), numpy 1.26
  std::string header =
      "{'descr': '<i2', 'fortran_order': False, 'shape': (2,), }";
  header.append(117 - header.size(), ' ').append("\n");
  Array array{DType::I16,
              {2},
              {std::byte{1}, std::byte{0}, std::byte{2}, std::byte{0}}};
  EXPECT_EQ(npy::format(array),
            makeFile(header, elementsOf<std::int16_t>({1, 2})));
}

TEST(Npy, columnMajorBecomesRowMajor) {
  std::string header =
      "{'descr': '<i4', 'fortran_order': True, 'shape': (2, 3)}";
  Array array = npy::parse(
      makeFile(header, elementsOf<std::int32_t>({1, 4, 2, 5, 3, 6}), 2));
  EXPECT_EQ(array.shape, (Shape{2, 3}));
  EXPECT_EQ(valuesOf<std::int32_t>(array),
            (std::vector<std::int32_t>{1, 2, 3, 4, 5, 6}));
}

TEST(Npy, otherByteOrdersQuotesAndOrdersOfKeys) {
  std::string header =
      "{\"shape\": (2L,), 'fortran_order': False,\n 'descr': '>u1'}";
  EXPECT_EQ(npy::parse(makeFile(header, "ab", 3)).dtype, DType::U8);
  header = "{'descr': '>i2', 'fortran_order': False, 'shape': (1,)}";
  EXPECT_EQ(valuesOf<std::int16_t>(
                npy::parse(makeFile(header, std::string("\1\2", 2)))),
            std::vector<std::int16_t>{0x102});
}

TEST(Npy, boolsAreZeroOrOne) {
  std::string header =
      "{'descr': '|b1', 'fortran_order': False, 'shape': (3,)}";
  EXPECT_EQ(valuesOf<std::uint8_t>(
                npy::parse(makeFile(header, std::string("\0\7\1", 3)))),
            (std::vector<std::uint8_t>{0, 1, 1}));
}

TEST(Npy, elementTypesThatATensorCannotHaveAreNamed) {
  for (const char *descr : {"<c8", "<u4", "<U3", "|V2", "<f16", "|O", "<"}) {
    std::string header = "{'descr': '" + std::string(descr) +
                         "', 'fortran_order': False, 'shape': (1,)}";
    Error error = errorOf(makeFile(header, "12345678"));
    EXPECT_EQ(error.code(), Code::UnsupportedOp) << descr;
    EXPECT_NE(error.text().find(descr), std::string::npos);
  }
  EXPECT_THROW(npy::format({DType::BF16, {1}, std::vector<std::byte>(2)}),
               Error);
}

TEST(Npy, headersThatLieAreRefused) {
  const std::string good = "'descr': '<f4', 'fortran_order': False";
  for (const std::string &header : std::vector<std::string>{
           "{" + good + ", 'shape': (3,)}", "{" + good + ", 'shape': (1,)}",
           "{" + good + ", 'shape': (-2,)}",
           "{" + good +
               ", 'shape': (9223372036854775807, 9223372036854775807)}",
           "{" + good + ", 'shape': (2,)} x", "{" + good + "}",
           "{" + good + ", 'shape': (2)",
           "{" + good + ", 'shape': (2,), 'more': 1}", "{}",
           "{" + good + ", 'shape': (1,1,1,1,1,1,1,1,2)}",
           "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,)}"})
    EXPECT_EQ(errorOf(makeFile(header, "12345678")).code(),
              Code::SerializationError)
        << header;
}

TEST(Npy, damageNeverCrashes) {
  Array array{DType::F32, {3, 4}, std::vector<std::byte>(48)};
  const std::vector<std::byte> file = npy::format(array);
  for (std::size_t size = 0; size < file.size(); ++size)
    EXPECT_EQ(errorOf({file.begin(),
                       file.begin() + static_cast<std::ptrdiff_t>(size)})
                  .code(),
              Code::SerializationError);
  std::mt19937 random(5);
  for (int round = 0; round < 20000; ++round) {
    std::vector<std::byte> damaged = file;
    for (unsigned i = 0, count = 1 + random() % 3; i < count; ++i)
      damaged[random() % 80] = static_cast<std::byte>(random());
    try {
      Array read = npy::parse(damaged);
      EXPECT_EQ(read.bytes.size(), static_cast<std::size_t>(numel(read.shape)) *
                                       byteSize(read.dtype));
    } catch (const Error &) {
    }
  }
}

TEST(Npy, errorsOfFilesNameThem) {
  try {
    npy::read("/proc/self/cmdline");
    FAIL();
  } catch (const Error &error) {
    EXPECT_EQ(error.op(), "/proc/self/cmdline");
  }
}
