#include "cutile/Integer.h"

#include "../graph/ExpectError.h"
#include "RandomTile.h"

using namespace cutile;
using namespace cutile::testing;

namespace {

__extension__ using Wide = __int128;
__extension__ using UWide = unsigned __int128;

template <typename E> class Integer : public ::testing::Test {
protected:
  static constexpr int count = 4096;
  Tile<E, count> a = randomTile<E, count>(1), b = randomTile<E, count>(2);

  /// Compares with \p expected, which computes without overflow.
  template <typename F> void expect(const Tile<E, count> &result, F expected) {
    for (int i = 0; i < count; ++i) {
      Wide x = a.storage()[i], y = b.storage()[i];
      ASSERT_EQ(result.storage()[i], static_cast<E>(expected(x, y)))
          << +a.storage()[i] << " and " << +b.storage()[i];
    }
  }
};
TYPED_TEST_SUITE(Integer, AllIntegers);

Wide floorOf(Wide x, Wide y) {
  Wide down = x / y;
  return down * y != x && (x < 0) != (y < 0) ? down - 1 : down;
}

} // namespace

// [D114]
TYPED_TEST(Integer, AddSubtractAndMultiplyModuloThePowerOfTwo) {
  this->expect(addi(this->a, this->b), [](Wide x, Wide y) { return x + y; });
  this->expect(subi(this->a, this->b), [](Wide x, Wide y) { return x - y; });
  this->expect(muli(this->a, this->b), [](Wide x, Wide y) {
    return static_cast<UWide>(x) * static_cast<UWide>(y);
  });
}

// [D114] [D117]
TEST(IntegerOverflow, ABrokenPromiseIsAnError) {
  Tile<i8> most = 127, least = -128, one = 1;
  Tile<u8> all = 255, small = 1;
  EXPECT_EQ(addi(most, one), -128);
  EXPECT_EQ(addi(least, one, overflow::nsw), -127);
  EXPECT_FERRO_ERROR(addi(most, one, overflow::nsw), InvalidArgument,
                     "addi: 127 + 1 overflows i8 as a signed integer, which "
                     "the program promised not to happen");
  EXPECT_FERRO_ERROR(subi(least, one, overflow::nw), InvalidArgument,
                     "subi: -128 - 1 overflows i8 as a signed integer, which "
                     "the program promised not to happen");
  EXPECT_FERRO_ERROR(muli(all, all, overflow::nuw), InvalidArgument,
                     "muli: 255 * 255 overflows u8 as an unsigned integer, "
                     "which the program promised not to happen");
  EXPECT_EQ(addi(all, small, overflow::nsw), 0);   // -1 + 1
  EXPECT_EQ(addi(most, one, overflow::nuw), -128); // 127 + 1 = 128
  EXPECT_FERRO_ERROR(negi(least, overflow::nsw), InvalidArgument,
                     "negi: -(-128) overflows i8 as a signed integer, which "
                     "the program promised not to happen");
  EXPECT_FERRO_ERROR(shli(most, one, overflow::nsw), InvalidArgument,
                     "shli: 127 << 1 overflows i8 as a signed integer, which "
                     "the program promised not to happen");
  EXPECT_EQ(shli(most, one, overflow::nuw), -2);
}

// [D115]
TYPED_TEST(Integer, QuotientsRoundTowardZeroDownAndUp) {
  auto by = [](auto quotient) {
    return [quotient](Wide x, Wide y) { return y == 0 ? 0 : quotient(x, y); };
  };
  this->expect(divi(this->a, this->b),
               by([](Wide x, Wide y) { return x / y; }));
  this->expect(divi(this->a, this->b, quotient::floor), by(floorOf));
  this->expect(divi(this->a, this->b, quotient::ceil),
               by([](Wide x, Wide y) { return -floorOf(-x, y); }));
}

// [D115] [D116]
TEST(IntegerDivision, ByZeroIsADocumentedValue) {
  Tile<i32> x = -7, zero = 0;
  EXPECT_EQ(divi(x, zero), 0);
  EXPECT_EQ(divi(x, zero, quotient::floor), 0);
  EXPECT_EQ(remi(x, zero), -7);
  Tile<i32> least = std::numeric_limits<i32>::min(), minusOne = -1;
  EXPECT_EQ(divi(least, minusOne), least);
  EXPECT_EQ(remi(least, minusOne), 0);
}

// [D116]
TYPED_TEST(Integer, RemaindersHaveTheSignOfTheDividend) {
  this->expect(remi(this->a, this->b),
               [](Wide x, Wide y) { return y == 0 ? x : x - y * (x / y); });
}

// [D117] [D118]
TEST(IntegerSign, NegiAndAbsiWrapAtTheLeastInteger) {
  auto x = tileOf<i16, 4>({5, -7, -32768, 0});
  EXPECT_EQ(valuesOf(negi(x)), (std::vector<i16>{-5, 7, -32768, 0}));
  EXPECT_EQ(valuesOf(absi(x)), (std::vector<i16>{5, 7, -32768, 0}));
  EXPECT_EQ(negi(Tile<u32>(1)), 0xffffffffu);
}

// [D119]
TYPED_TEST(Integer, MulhiiIsTheHighHalfOfTheUnsignedProduct) {
  constexpr int bits = 8 * sizeof(TypeParam);
  using U = std::make_unsigned_t<TypeParam>;
  this->expect(mulhii(this->a, this->b), [](Wide x, Wide y) {
    return static_cast<UWide>(U(x)) * static_cast<UWide>(U(y)) >> bits;
  });
}

// [D120]
TYPED_TEST(Integer, MaxiAndMiniCompareByTheSignednessOfTheType) {
  this->expect(maxi(this->a, this->b),
               [](Wide x, Wide y) { return x > y ? x : y; });
  this->expect(mini(this->a, this->b),
               [](Wide x, Wide y) { return x < y ? x : y; });
}

// [D124]
TYPED_TEST(Integer, BitwiseOperationsSeeEveryBit) {
  this->expect(andi(this->a, this->b), [](Wide x, Wide y) { return x & y; });
  this->expect(ori(this->a, this->b), [](Wide x, Wide y) { return x | y; });
  this->expect(xori(this->a, this->b), [](Wide x, Wide y) { return x ^ y; });
  this->expect(noti(this->a), [](Wide x, Wide) { return -1 - x; });
}

// [D124]
TEST(IntegerBits, BitwiseOperationsOnBoolAreLogic) {
  auto a = tileOf<bool, 4>({false, false, true, true});
  auto b = tileOf<bool, 4>({false, true, false, true});
  EXPECT_EQ(valuesOf(andi(a, b)), (std::vector<bool>{0, 0, 0, 1}));
  EXPECT_EQ(valuesOf(ori(a, b)), (std::vector<bool>{0, 1, 1, 1}));
  EXPECT_EQ(valuesOf(xori(a, b)), (std::vector<bool>{0, 1, 1, 0}));
  EXPECT_EQ(valuesOf(noti(a)), (std::vector<bool>{1, 1, 0, 0}));
}

// [D125]
TYPED_TEST(Integer, ShiftsMultiplyAndDivideByPowersOfTwo) {
  using E = TypeParam;
  constexpr int bits = 8 * sizeof(E);
  this->b = reference::generate<Tile<E, TestFixture::count>>(
      [](int i) { return static_cast<E>(i % (bits + 3)); });
  this->expect(shli(this->a, this->b), [](Wide x, Wide y) {
    return y >= bits ? 0 : x * (Wide{1} << y);
  });
  this->expect(shri(this->a, this->b),
               [](Wide x, Wide y) { return floorOf(x, Wide{1} << y); });
}

// [D125]
TEST(IntegerShift, NegativeAmountsAreBeyondTheWidth) {
  Tile<i32> x = -5, amount = -1;
  EXPECT_EQ(shli(x, amount), 0);
  EXPECT_EQ(shri(x, amount), -1);
}
