// The 1797 handwritten digits of examples/data, as tensors.
#pragma once

#include <ferro/ferro.h>

#include <cstdint>
#include <iosfwd>
#include <span>
#include <string>
#include <vector>

inline constexpr std::int64_t pixelsPerDigit = 64, numClasses = 10;
/// The first digits are for training; the other 360 are held out.
inline constexpr std::int64_t numTraining = 1437;

struct Digits {
  std::vector<float> pixels; ///< 64 a digit, row by row, in 0..1
  std::vector<int> classes;  ///< 0..9
};

/// One digit a line: 64 pixels in 0..16, then the class. The digits come in an
/// order of their own, the same each time.
Digits readDigits(const std::string &path);

/// What a step of training sees.
struct Batch {
  ferro::Tensor<float> images;  ///< [size, 64]
  ferro::Tensor<float> targets; ///< [size, 10], 1 at the class
};

/// The digits with these numbers.
Batch makeBatch(const Digits &digits, std::span<const std::int64_t> numbers);
/// The digits that training does not see.
Batch heldOutBatch(const Digits &digits);

/// The class with the highest score in each row of \p scores.
std::vector<int> predictedClasses(const ferro::Tensor<float> &scores);
/// The share of the held-out digits that \p predictions has right.
double heldOutAccuracy(const Digits &digits,
                       const std::vector<int> &predictions);
/// The predictions, 60 a line, and their accuracy.
void print(std::ostream &stream, const Digits &digits,
           const std::vector<int> &predictions);
