// Layouts, against their definitions in words, on every small case.
#include "compiler/gpu/Layout.h"

#include <gtest/gtest.h>

#include <set>

using namespace ferro::gpu;

TEST(LinearMap, IsLinearAndComposes) {
  // Every map of 3 bits to 3 bits: 512 of them.
  for (std::uint32_t code = 0; code < 512; ++code) {
    LinearMap map{{code & 7, code >> 3 & 7, code >> 6}};
    std::set<std::uint32_t> images;
    for (std::uint32_t a = 0; a < 8; ++a) {
      images.insert(map(a));
      for (std::uint32_t b = 0; b < 8; ++b)
        ASSERT_EQ(map(a ^ b), map(a) ^ map(b));
    }
    ASSERT_EQ(1u << map.rank(), images.size());
    ASSERT_EQ(map.isInjective(), images.size() == 8);
    auto inverse = map.inverse();
    ASSERT_EQ(inverse.has_value(), images.size() == 8);
    LinearMap turned{{2, 4, 1}};
    LinearMap both = turned.after(map);
    for (std::uint32_t a = 0; a < 8; ++a) {
      ASSERT_EQ(both(a), turned(map(a)));
      if (inverse) {
        ASSERT_EQ((*inverse)(map(a)), a);
        ASSERT_EQ(map((*inverse)(a)), a);
      }
    }
  }
}

TEST(LinearMap, HasNoInverseBeyondItsBits) {
  EXPECT_FALSE((LinearMap{{1, 8}}).inverse());
}

// Eight lanes that read one chunk of eight rows find eight different chunks.
TEST(LinearMap, SwizzleSpreadsAColumnOverTheBanks) {
  for (unsigned chunkBits = 0; chunkBits < 4; ++chunkBits)
    for (unsigned swizzleBits = 1; swizzleBits < 4; ++swizzleBits) {
      unsigned columnBits = chunkBits + swizzleBits;
      LinearMap map =
          LinearMap::swizzled(4, columnBits, chunkBits, swizzleBits);
      ASSERT_TRUE(map.isInjective());
      std::uint32_t rows = 1u << swizzleBits, columns = 1u << columnBits;
      for (std::uint32_t column = 0; column < columns; ++column) {
        std::set<std::uint32_t> chunks;
        for (std::uint32_t row = 0; row < rows; ++row) {
          std::uint32_t place = map(row * columns + column);
          ASSERT_EQ(place / columns, row);
          ASSERT_EQ(place % (1u << chunkBits), column % (1u << chunkBits));
          chunks.insert(place % columns >> chunkBits);
        }
        ASSERT_EQ(chunks.size(), rows);
      }
    }
}

TEST(Layout, BlockedHoldsEveryElementInOrder) {
  for (std::uint32_t elements = 1; elements <= 256; elements *= 2)
    for (std::uint32_t threads = 1; threads <= 64; threads *= 2)
      for (std::uint32_t width = 1; width <= 8; width *= 2) {
        Layout layout = Layout::blocked(elements, threads, width);
        ASSERT_EQ(layout.numElements(), elements);
        ASSERT_TRUE(layout.isComplete());
        std::uint32_t run = std::min(width, std::max(elements / threads, 1u));
        std::uint32_t owners = std::min(threads, elements / run);
        ASSERT_EQ(layout.numOwners(), owners);
        for (std::uint32_t reg = 0; reg < layout.registers.size(); ++reg)
          for (std::uint32_t thread = 0; thread < threads; ++thread)
            ASSERT_EQ(layout.element(reg, thread),
                      reg % run + thread % owners * run +
                          reg / run * run * threads);
      }
}

// The figures of the PTX manual for mma.m16n8k16.
TEST(Layout, FragmentsOfMmaAreThoseOfTheManual) {
  Layout acc = Layout::mmaAccumulator(), lhs = Layout::mmaLhs(),
         rhs = Layout::mmaRhs();
  ASSERT_EQ(acc.numElements(), 128u);
  ASSERT_EQ(lhs.numElements(), 256u);
  ASSERT_EQ(rhs.numElements(), 128u);
  for (std::uint32_t lane = 0; lane < 32; ++lane) {
    std::uint32_t group = lane >> 2, inGroup = lane % 4;
    for (std::uint32_t i = 0; i < 4; ++i) {
      std::uint32_t row = i < 2 ? group : group + 8;
      ASSERT_EQ(acc.element(i, lane), row * 8 + inGroup * 2 + (i & 1));
      row = inGroup * 2 + (i & 1) + (i >= 2 ? 8 : 0);
      ASSERT_EQ(rhs.element(i, lane), row * 8 + group);
    }
    for (std::uint32_t i = 0; i < 8; ++i) {
      std::uint32_t row = i % 4 < 2 ? group : group + 8;
      std::uint32_t column = inGroup * 2 + (i & 1) + (i >= 4 ? 8 : 0);
      ASSERT_EQ(lhs.element(i, lane), row * 16 + column);
    }
  }
}
