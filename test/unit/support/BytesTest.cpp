#include "support/Bytes.h"
#include "support/Hash.h"

#include <gtest/gtest.h>

#include <random>

using namespace ferro;
using namespace ferro::support;

enum class Colour : std::uint8_t { Red, Green };

static std::vector<std::byte> writeSample() {
  ByteWriter writer;
  writer.write<std::uint8_t>(7);
  writer.write<std::int64_t>(-123456789012345);
  writer.write(2.5);
  writer.write(true);
  writer.write(Colour::Green);
  writer.string("matmul");
  writer.bytes(std::as_bytes(std::span("abc", 3)));
  return writer.take();
}

static void readSample(std::span<const std::byte> bytes) {
  ByteReader reader(bytes, "sample");
  EXPECT_EQ(reader.read<std::uint8_t>(), 7);
  EXPECT_EQ(reader.read<std::int64_t>(), -123456789012345);
  EXPECT_EQ(reader.read<double>(), 2.5);
  EXPECT_TRUE(reader.read<bool>());
  EXPECT_EQ(reader.readEnum<Colour>(2), Colour::Green);
  EXPECT_EQ(reader.string(), "matmul");
  EXPECT_EQ(reader.bytes().size(), 3u);
  reader.finish();
}

TEST(Bytes, roundTrip) { readSample(writeSample()); }

TEST(Bytes, everyTruncationIsAnError) {
  std::vector<std::byte> bytes = writeSample();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    std::vector<std::byte> cut(
        bytes.begin(),
        bytes.begin() + size); // its own allocation, so that ASan sees overruns
    try {
      readSample(cut);
      ADD_FAILURE() << "cut to " << size << " bytes and accepted";
    } catch (const Error &error) {
      EXPECT_EQ(error.code(), Code::SerializationError);
      EXPECT_EQ(error.op(), "sample");
    }
  }
}

TEST(Bytes, lengthsCannotExceedTheInput) {
  ByteWriter writer;
  writer.count(~std::size_t(0) / 2);
  ByteReader reader(writer.view(), "sample");
  EXPECT_THROW(reader.count(16), Error);
}

TEST(Bytes, flagsAndEnumeratorsAreChecked) {
  std::byte two{2};
  EXPECT_THROW(ByteReader(std::span(&two, 1), "sample").read<bool>(), Error);
  EXPECT_THROW(ByteReader(std::span(&two, 1), "sample").readEnum<Colour>(2),
               Error);
}

TEST(Hash, isXxh3Of128Bits) {
  EXPECT_EQ(
      hashHex({}),
      "99aa06d3014798d86001c324468d497f"); // the published digest of no bytes
  EXPECT_EQ(toHex({0x0123456789abcdef, 1}), "0123456789abcdef0000000000000001");
}

TEST(Hash, everyBitCounts) {
  std::mt19937_64 random(1);
  std::vector<std::byte> bytes(300);
  for (std::byte &byte : bytes)
    byte = static_cast<std::byte>(random());
  Digest original = digest(bytes);
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    bytes[bit / 8] ^= std::byte{1} << (bit % 8);
    EXPECT_NE(digest(bytes), original) << bit;
    bytes[bit / 8] ^= std::byte{1} << (bit % 8);
  }
}
