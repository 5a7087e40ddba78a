// The polynomials behind the transcendental operations, written once over a
// generic vector of numbers: Math.cpp instantiates them with values that emit
// IR, the accuracy search with plain vectors.
//
// A number type F offers: arithmetic and comparisons with F and with literals,
// like(c) (a literal of its shape), bits() (its words; asNumber() goes back,
// toNumber() converts), widened() and narrowed() between f32 and f64,
// canScale() (whether scaledBy(n), times 2^n rounded once for an integer n, is
// one instruction), and the functions fma, select, roundEven, floor, abs,
// copysign and whereAny(rare, usual, f), which is select(rare, f(), usual) and
// evaluates f only if rare holds somewhere; accumulate(table, f) carries three
// numbers from 0 through f(entry, a, b, c) for every entry. fma must be one
// rounding: the argument reductions and the stated bounds depend on it.
//
// The coefficients are our own: scripts/fit-polynomials.py prints them. The
// bounds are measured by test/unit/math.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <limits>

namespace ferro::cpu::formulas {

inline constexpr double infinity = std::numeric_limits<double>::infinity();
inline constexpr double notANumber = std::numeric_limits<double>::quiet_NaN();

/// c[0] + c[1] x + ... by Horner's rule.
template <typename F>
F polynomial(F x, std::initializer_list<double> coefficients) {
  const double *c = coefficients.end() - 1;
  F sum = x.like(*c);
  while (c != coefficients.begin())
    sum = fma(sum, x, x.like(*--c));
  return sum;
}

/// What the bit tricks need to know of a format.
struct Binary32 {
  static constexpr int fractionBits = 23;
  static constexpr std::int64_t bias = 127;
  static constexpr double roundingShift = 0x1.8p23;
  static constexpr double smallestNormal = 0x1p-126;
  static constexpr std::int64_t halfRootBits = 0x3f3504f3; // of sqrt(1/2)
  static constexpr std::int64_t fractionMask = 0x007fffff;
  static constexpr int signBit = 31;
};
struct Binary64 {
  static constexpr int fractionBits = 52;
  static constexpr std::int64_t bias = 1023;
  static constexpr double roundingShift = 0x1.8p52;
  static constexpr double smallestNormal = 0x1p-1022;
  static constexpr std::int64_t halfRootBits = 0x3fe6a09e667f3bcd;
  static constexpr std::int64_t fractionMask = 0x000fffffffffffff;
  static constexpr int signBit = 63;
};

/// x limited to [low, high]; NaN stays.
template <typename F> F clampKeepingNan(F x, double low, double high) {
  x = select(x < low, x.like(low), x);
  return select(x > high, x.like(high), x);
}

/// x as an integer n: adding 1.5 * 2^fractionBits rounds x * factor to n and
/// leaves n + offset in the low bits of `shifted`.
template <typename F> struct Rounded {
  F shifted;
  F n;
};
template <typename Format, typename F>
Rounded<F> roundShifted(F x, double factor, std::int64_t offset) {
  double shift = Format::roundingShift + static_cast<double>(offset);
  F shifted = fma(x, x.like(factor), x.like(shift));
  return {shifted, shifted - shift};
}

/// value * 2^n in two steps, so that results below the normal range round once;
/// `shifted` is n + 2 bias.
template <typename Format, typename F, typename W> F scale(F value, W shifted) {
  W half = shifted >> 1;
  W rest = shifted - half;
  return (value * (half << Format::fractionBits).asNumber()) *
         (rest << Format::fractionBits).asNumber();
}

/// e^(x - n log 2), for x close to n log 2.
template <typename F> F expRemainder32(F x, F n) {
  F r = fma(n, x.like(-0x1.62e430p-1), x);
  r = fma(n, x.like(0x1.05c610p-29), r);
  return polynomial(r, {1.0, 1.0, 0.49999994, 0.166665211, 0.0416682661,
                        0.00836867373, 0.00138207106});
}

/// e^x with the machine's own scaling, for x within bounds.
template <typename F> F expScaled32(F x) {
  F n = roundShifted<Binary32>(x, 0x1.715476p0, 0).n;
  return expRemainder32(x, n).scaledBy(n);
}

template <typename F> F exp32(F x) {
  x = clampKeepingNan(x, -104.0, 89.0);
  if (x.canScale())
    return expScaled32(x);
  auto [shifted, n] =
      roundShifted<Binary32>(x, 0x1.715476p0, 2 * Binary32::bias);
  return scale<Binary32>(expRemainder32(x, n), shifted.bits());
}

/// exp32's very bits, for x <= 0 or NaN: 2^n is made 2^32 times too large,
/// where it is a normal number, so that one step does.
template <typename F> F expNonPositive32(F x) {
  x = select(x < -104.0, x.like(-104.0), x);
  if (x.canScale())
    return expScaled32(x);
  auto [shifted, n] =
      roundShifted<Binary32>(x, 0x1.715476p0, Binary32::bias + 32);
  F power = (shifted.bits() << Binary32::fractionBits).asNumber();
  return expRemainder32(x, n) * power * 0x1p-32;
}

/// x = 2^exponent (1 + fraction) with 1 + fraction in [sqrt(1/2), sqrt(2)), x >
/// 0.
template <typename F> struct Split {
  F exponent;
  F fraction;
};
template <typename Format, typename F> Split<F> split(F x) {
  constexpr double up = Format::fractionBits + 2;
  auto tiny = x < Format::smallestNormal;
  F normal = select(
      tiny,
      x * (4.0 * static_cast<double>(std::int64_t(1) << Format::fractionBits)),
      x);
  auto offset = normal.bits() - Format::halfRootBits;
  F exponent = (offset >> Format::fractionBits).toNumber() -
               select(tiny, x.like(up), x.like(0));
  F mantissa =
      ((offset & Format::fractionMask) + Format::halfRootBits).asNumber();
  return {exponent, mantissa - 1};
}

/// log's values outside the positive finite numbers.
template <typename F> F logSpecials(F x, F result) {
  result = select(x < infinity, result, x);
  return select(x > 0, result,
                select(x == 0, x.like(-infinity), x.like(notANumber)));
}

template <typename F> F log32(F x) {
  auto [e, f] = split<Binary32>(x);
  F p = polynomial(f, {0.333333313, -0.250008225, 0.200012311, -0.166233078,
                       0.142018422, -0.131608278, 0.127606079, -0.0763113052});
  F square = f * f;
  F tail = fma(e, x.like(-0x1.05c610p-29), f * square * p);
  return logSpecials(
      x, fma(e, x.like(0x1.62e430p-1), f + fma(square, x.like(-0.5), tail)));
}

template <typename F> F tanh32(F x) {
  F z = x * x;
  F small = fma(x * z,
                polynomial(z, {-0.333333313, 0.133332625, -0.0539594516,
                               0.0218152683, -0.00867309608, 0.00318749668,
                               -0.000919670623, 0.000144347199}),
                x);
  F magnitude = abs(x);
  F large = 1 - 2 / (exp32(magnitude + magnitude) + 1);
  return copysign(select(magnitude < 0.9, small, large), x); // -0 for -0
}

template <typename F> F erf32(F x) {
  F t = abs(x);
  F z = x * x;
  F small =
      fma(polynomial(z, {0.128379166, -0.376126289, 0.112836264, -0.0268558059,
                         0.00519264955, -0.000805304619, 8.01213464e-5}),
          x, x);
  F capped = select(t > 3.93, x.like(3.93), t);
  F q =
      polynomial(capped, {0.128648654, 0.635150611, 0.106238119, -0.0237632059,
                          0.00364303938, -0.000322958047, 1.12480366e-5});
  F large = 1 - exp32(-fma(q, capped, capped));
  F result = select(t < 0.925, small, copysign(large, x));
  return select(x == x, result, x);
}

/// x - count pi/2 as the sum of two numbers; only count mod 4 matters.
template <typename F> struct Quadrant {
  F remainder;
  F low;
  F count;
};

/// Cody and Waite with three parts of pi/2; the first step is exact for
/// |x| < 2^16 pi/2. What the second loses is recovered, except near 0, where
/// first - second would not be exact and the loss is half an ulp of sin x.
template <typename F> Quadrant<F> reduceNear32(F x) {
  F n = roundEven(x * 0x1.45f306p-1);
  F first = fma(n, x.like(-0x1.921fb6p0), x);
  F second = fma(n, x.like(0x1.777a5cp-25), first);
  F lost = fma(n, x.like(0x1.777a5cp-25), first - second);
  F low = select(abs(second) < 0x1p-7, x.like(0), lost);
  return {second, fma(n, x.like(0x1.ee59dap-50), low), n};
}

/// Any finite f32, in f64. x times each 28-bit piece of 2/pi is exact, and so
/// is dropping its whole quadrants; the sum of what remains keeps 53 bits,
/// however small it is (no f32 comes closer than 2^-31 to a multiple of pi/2).
template <typename F> Quadrant<F> reduceFar32(F x) {
  auto wide = x.widened();
  auto count = wide.like(0), sum = wide.like(0);
  for (double piece : {0x1.45f306cp-1, 0x1.c9c882ap-29, 0x1.4fe13a8p-59,
                       0x1.f47d4d0p-86, 0x1.bb81b6cp-113, 0x1.4acc9e0p-143,
                       0x1.0e4107cp-170, 0x1.ca2c756p-197}) {
    auto product = wide * piece;
    auto whole = roundEven(product);
    auto fraction = sum + (product - whole);
    auto carry = roundEven(fraction);
    sum = fraction - carry;
    count = count + fma(roundEven(whole * 0.25), wide.like(-4), whole) + carry;
  }
  auto remainder = sum * 0x1.921fb54442d18p0;
  F high = remainder.narrowed();
  return {high, (remainder - high.widened()).narrowed(), count.narrowed()};
}

/// The sine of x + shift pi/2. The polynomials are (sin r - r) / r^3 and
/// (cos r - 1 + r^2/2) / r^4 in r^2.
template <typename Format, typename F>
F sineOfQuadrant(Quadrant<F> q, double shift,
                 std::initializer_list<double> sineTail,
                 std::initializer_list<double> cosineTail) {
  F r = q.remainder;
  F z = r * r;
  F sine = r + fma(r * z, polynomial(z, sineTail), q.low);
  F half = z * 0.5;
  F one = 1 - half;
  F cosine = one + (((1 - one) - half) +
                    fma(z * z, polynomial(z, cosineTail), -(r * q.low)));
  auto quarter = (q.count + (Format::roundingShift + shift)).bits();
  F result = select((quarter & 1) == 0, sine, cosine);
  return result ^ ((quarter & 2) << (Format::signBit - 1));
}

template <typename F> F sineOfQuadrant32(Quadrant<F> q, double shift) {
  return sineOfQuadrant<Binary32>(
      q, shift, {-0.166666538, 0.00833210442, -0.000195074477},
      {0.0416666456, -0.00138872943, 2.44294151e-5});
}

template <typename F> F circular32(F x, double shift) {
  F near = sineOfQuadrant32(reduceNear32(x), shift);
  // Below 2^16 pi/2; false for NaN and infinities, which give NaN.
  auto far = !(abs(x) < 0x1.921fb6p16);
  return whereAny(far, near, [&] {
    F finite = select(abs(x) < infinity, x, x.like(notANumber));
    return sineOfQuadrant32(reduceFar32(finite), shift);
  });
}

template <typename F> F sin32(F x) {
  return select(x == 0, x,
                circular32(x, 0)); // the reduction drops the sign of -0
}
template <typename F> F cos32(F x) { return circular32(x, 1); }

/// log2 of positive normal f64 numbers, to 2^-50 of its value.
template <typename F> F log2Wide(F x) {
  auto offset = x.bits() - Binary64::halfRootBits;
  F e = (offset >> Binary64::fractionBits).toNumber();
  F m = ((offset & Binary64::fractionMask) + Binary64::halfRootBits).asNumber();
  F s = (m - 1) / (m + 1);
  return fma(s,
             polynomial(s * s, {2.8853900817779272, 0.96179669392441081,
                                0.57707801722753138, 0.41219840406494546,
                                0.32061628167348466, 0.26144697259263588,
                                0.24288908917204141}),
             e);
}

/// 2^x for |x| <= 1000 in f64, to 2^-34 of its value.
template <typename F> F exp2Wide(F x) {
  F n = roundEven(x);
  F p = polynomial(x - n, {0.9999999999616247, 0.69314718072883341,
                           0.2402265119873089, 0.055504103524562143,
                           0.0096180271763806648, 0.0013333923355164762,
                           0.00015469315847288894, 1.5201739455013516e-5});
  auto power = (n + (Binary64::roundingShift + Binary64::bias)).bits()
               << Binary64::fractionBits;
  return p * power.asNumber();
}

/// The cases of IEEE 754 pow around |x|^y; `magnitude` is |x|^y for positive
/// finite x. x^0 and 1^y are 1, even for NaN.
template <typename F> F powSpecials(F x, F y, F magnitude) {
  F ax = abs(x);
  auto whole = floor(y) == y;
  F half = y * 0.5;
  auto odd = whole & !(floor(half) == half) & (abs(y) < infinity);
  F edge =
      select(y < 0, x.like(infinity), x.like(0)); // of 0^y; inf^y is 1/edge
  F result = select(ax == 0, edge, magnitude);
  result = select(ax == infinity, select(y < 0, x.like(0), x.like(infinity)),
                  result);
  result = select((abs(y) == infinity) & (ax == 1), x.like(1), result);
  result = select(odd, copysign(result, x), result);
  auto negative = (x < 0) & !whole & (ax < infinity);
  result = select(negative, x.like(notANumber), result);
  result = select((x == x) & (y == y), result, x.like(notANumber));
  return select((x == 1) | (y == 0), x.like(1), result);
}

/// Through f64, so that the only rounding that counts is the last.
template <typename F> F pow32(F x, F y) {
  auto wide = log2Wide(abs(x).widened()) * y.widened();
  F power = exp2Wide(clampKeepingNan(wide, -200, 200)).narrowed();
  return powSpecials(x, y, power);
}

/// e^(x + low) for low far below an ulp of x.
template <typename F> F expSum64(F x, F low) {
  x = clampKeepingNan(x, -746.0, 710.0);
  auto [shifted, n] =
      roundShifted<Binary64>(x, 0x1.71547652b82fep0, 2 * Binary64::bias);
  F r = fma(n, x.like(-0x1.62e42fefa39efp-1), x);
  r = fma(n, x.like(-0x1.abc9e3b39803fp-56), r) + low;
  F p = polynomial(r, {1.0, 1.0, 0.5, 0.1666666666666668, 0.041666666666666408,
                       0.0083333333333192663, 0.001388888888903638,
                       0.0001984126989184939, 2.4801587017596047e-5,
                       2.7557238715329616e-6, 2.7557533938853276e-7,
                       2.5110865411081463e-8, 2.0835888942973671e-9});
  return scale<Binary64>(p, shifted.bits());
}

template <typename F> F exp64(F x) { return expSum64(x, x.like(0)); }

/// The series of 2 atanh(s) with s = f / (2 + f), arranged as in FDLIBM's
/// e_log.c.
template <typename F> F log64(F x) {
  auto [e, f] = split<Binary64>(x);
  F s = f / (f + 2);
  F z = s * s;
  F tail = z * polynomial(z, {0.66666666666666663, 0.40000000000004926,
                              0.28571428569410123, 0.22222222607134523,
                              0.18181778341739294, 0.15386989441233867,
                              0.13252135245338573, 0.13234888073980547});
  F half = f * f * 0.5;
  F low = fma(s, half + tail, e * 0x1.ef35793c76730p-45);
  return logSpecials(x, fma(e, x.like(0x1.62e42fefa3800p-1), f - (half - low)));
}

template <typename F> F tanh64(F x) {
  F z = x * x;
  F small = fma(x * z,
                polynomial(z, {-0.33333333333332771, 0.13333333333250769,
                               -0.053968253926059764, 0.021869487458229551,
                               -0.0088632194774686084, 0.0035919770175969461,
                               -0.0014548971612725762, 0.00058611647323357854,
                               -0.00022816339709536069, 7.6692331089929931e-5,
                               -1.5853132870630255e-5}),
                x);
  F magnitude = abs(x);
  F large = 1 - 2 / (exp64(magnitude + magnitude) + 1);
  return copysign(select(magnitude < 0.63, small, large), x); // -0 for -0
}

template <typename F> F erf64(F x) {
  F t = abs(x);
  F small =
      fma(polynomial(x * x, {0.12837916709551259, -0.37612638903184081,
                             0.11283791670970009, -0.026866170647806838,
                             0.0052239776504272133, -0.00085483284037264368,
                             0.00012055381375229124, -1.4926766823743259e-5,
                             1.6479252287900153e-6, -1.6538435309831009e-7,
                             1.5891156977237141e-8, -1.6008790451212274e-9,
                             1.3601311296094742e-10}),
          x, x);
  F capped = select(t > 5.95, x.like(5.95), t);
  F q = polynomial(capped, {0.1283791900186371,      0.63661949988764188,
                            0.10277413162204915,     -0.019133825292187687,
                            -0.00019587922535591802, 0.001671565252572362,
                            -0.00055479738412773038, -1.4219194060864914e-5,
                            0.00010093653137200362,  -5.6301651602701384e-5,
                            1.8794549075556191e-5,   -3.9925431221172902e-6,
                            3.3606084445428251e-7,   1.2141979925086209e-7,
                            -6.4403614784184798e-8,  1.6990489687183582e-8,
                            -3.0719564406536642e-9,  4.0238285991596898e-10,
                            -3.7951920692755658e-11, 2.4608534394230171e-12,
                            -9.8588857978699017e-14, 1.8437819601848559e-15});
  F large = 1 - exp64(-fma(q, capped, capped));
  F result = select(t < 1, small, copysign(large, x));
  return select(x == x, result, x);
}

/// As reduceNear32, exact for |x| < 2^28 pi/2.
template <typename F> Quadrant<F> reduceNear64(F x) {
  F n = roundEven(x * 0x1.45f306dc9c883p-1);
  F first = fma(n, x.like(-0x1.921fb54442d18p0), x);
  F second = fma(n, x.like(-0x1.1a62633145c07p-54), first);
  F lost = fma(n, x.like(-0x1.1a62633145c07p-54), first - second);
  F low = select(abs(second) < 0x1p-20, x.like(0), lost);
  return {second, fma(n, x.like(0x1.f1976b7ed8fbcp-110), low), n};
}

/// sum + next, with what the rounding loses added to lost.
template <typename F> F addExactly(F sum, F next, F &lost) {
  F total = sum + next;
  F kept = total - sum;
  lost = lost + ((sum - (total - kept)) + (next - kept));
  return total;
}

/// n mod 4 for whole n, exactly, as a number in [-2, 2].
template <typename F> F modulo4(F n) {
  return fma(roundEven(n * 0.25), n.like(-4), n);
}

/// Any finite f64, after Payne and Hanek: 2/pi in pieces of 53 bits (times
/// 2^200, so that the last ones stay normal), whole quadrants dropped at once,
/// the rest summed in two numbers. 1166 bits reach 2^-126 for the largest x.
template <typename F> Quadrant<F> reduceFar64(F x) {
  F scaled = x * 0x1p-200;
  auto [sum, lost, count] = x.accumulate(
      {0x1.45f306dc9c882p+199, 0x1.4a7f09d5f47d4p+146, 0x1.a6ee06db14accp+93,
       0x1.3c439041fe516p+40,  0x1.d5ef5de2b0db8p-15,  0x1.2371d2126e970p-67,
       0x1.924bba8274600p-126, 0x1.21cfe1deb1cb1p-172, 0x1.4d39f74411af8p-227,
       0x1.4baed1213a671p-278, 0x1.8135a2fbf209cp-331, 0x1.91d639835339fp-384,
       0x1.272117e2ef7e4p-438, 0x1.41d8ffc4bffeep-491, 0x1.02cc07f79788cp-543,
       0x1.6b414da3eda6cp-597, 0x1.fb3c9f2c26dd2p-650, 0x1.d18fd9a797fa8p-702,
       0x1.6ba93dd63f5f2p-755, 0x1.f17b3d0739f78p-808, 0x1.4a525d4d7f6bfp-861,
       0x1.88fc6ae842b00p-915},
      [&](F piece, F sum, F lost, F count) {
        F high = scaled * piece;
        F low = fma(scaled, piece, -high);
        F wholeHigh = roundEven(high), wholeLow = roundEven(low);
        sum = addExactly(sum, high - wholeHigh, lost);
        F carry = roundEven(sum);
        sum = addExactly(sum - carry, low - wholeLow, lost);
        count = count + modulo4(wholeHigh) + modulo4(wholeLow) + carry;
        return std::array{sum, lost, count};
      });
  F high = sum + lost;
  F low = lost - (high - sum);
  F remainder = high * 0x1.921fb54442d18p0;
  F rest = fma(high, x.like(0x1.921fb54442d18p0), -remainder);
  rest = fma(high, x.like(0x1.1a62633145c07p-54),
             fma(low, x.like(0x1.921fb54442d18p0), rest));
  return {remainder, rest, count};
}

template <typename F> F sineOfQuadrant64(Quadrant<F> q, double shift) {
  return sineOfQuadrant<Binary64>(
      q, shift,
      {-0.16666666666666666, 0.0083333333333330487, -0.00019841269840976573,
       2.7557319083860161e-6, -2.5052074040278315e-8, 1.6054766536253733e-10,
       -7.414441790176326e-13},
      {0.041666666666666664, -0.0013888888888888402, 2.4801587301201332e-5,
       -2.7557319072613324e-7, 2.087672526849458e-9, -1.1467285402548083e-11,
       4.6138208278033793e-14});
}

template <typename F> F circular64(F x, double shift) {
  F near = sineOfQuadrant64(reduceNear64(x), shift);
  auto far = !(abs(x) < 0x1.921fb6p28);
  return whereAny(far, near, [&] {
    F finite = select(abs(x) < infinity, x, x.like(notANumber));
    return sineOfQuadrant64(reduceFar64(finite), shift);
  });
}

template <typename F> F sin64(F x) {
  return select(x == 0, x, circular64(x, 0));
}
template <typename F> F cos64(F x) { return circular64(x, 1); }

/// log x as two numbers, to 2^-65 of its value: 2 atanh(s) with s, s^2 and the
/// two leading coefficients carried in pairs.
template <typename F> struct Pair {
  F high;
  F low;
};
template <typename F> Pair<F> logPair64(F x) {
  auto [e, f] = split<Binary64>(x);
  F mantissa = f + 1;
  F denominator = mantissa + 1;
  F denominatorLow = mantissa - (denominator - 1);
  F s = f / denominator;
  F sLow = (fma(-s, denominator, f) - s * denominatorLow) / denominator;
  F z = s * s;
  F zLow = fma(s, s, -z) + 2 * (s * sLow);
  F tail = z * polynomial(z, {0.40000000000000002, 0.28571428571426888,
                              0.22222222222716473, 0.18181818106025144,
                              0.15384622185634664, 0.13332959856551607,
                              0.11777271210848199, 0.10278860168404469,
                              0.12029966347368905});
  F q = tail + 0x1.5555555555555p-1;
  F qLow = (tail - (q - 0x1.5555555555555p-1)) + 0x1.5555555555555p-55;
  F cube = s * z;
  F cubeLow = fma(s, z, -cube) + (s * zLow + sLow * z);
  F third = cube * q;
  F thirdLow = fma(cube, q, -third) + (cube * qLow + cubeLow * q);
  F base = e * 0x1.62e42fefa3800p-1; // exact: the constant has 42 bits
  F twice = 2 * s;
  F first = base + twice;
  F second = first + third;
  F lost = (twice - (first - base)) + (third - (second - first));
  F low = lost + (2 * sLow + (thirdLow + e * 0x1.ef35793c76730p-45));
  F high = second + low;
  return {high, low - (high - second)};
}

template <typename F> F pow64(F x, F y) {
  auto [high, low] = logPair64(abs(x));
  F product = high * y;
  F rest = fma(high, y, -product) + low * y;
  rest = select(abs(product) < 1000, rest, x.like(0));
  return powSpecials(x, y, expSum64(product, rest));
}

} // namespace ferro::cpu::formulas
