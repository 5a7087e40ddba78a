#include "Digits.h"

#include <algorithm>
#include <fstream>
#include <functional>
#include <iomanip>
#include <numeric>
#include <random>
#include <sstream>
#include <stdexcept>

using namespace ferro;

static std::vector<std::string> readLines(const std::string &path) {
  std::ifstream file(path);
  if (!file)
    throw std::runtime_error(path + ": cannot be read");
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);)
    lines.push_back(line);
  return lines;
}

Digits readDigits(const std::string &path) {
  std::vector<std::string> lines = readLines(path);
  // The file goes from writer to writer: shuffled, both parts know them all.
  std::ranges::shuffle(lines, std::mt19937(1998));

  Digits digits;
  for (const std::string &line : lines) {
    std::istringstream fields(line);
    std::string field;
    for (int i = 0; i < pixelsPerDigit && std::getline(fields, field, ','); ++i)
      digits.pixels.push_back(std::stof(field) / 16);
    std::getline(fields, field, ',');
    digits.classes.push_back(std::stoi(field));
  }
  return digits;
}

Batch makeBatch(const Digits &digits, std::span<const std::int64_t> numbers) {
  auto size = static_cast<std::int64_t>(numbers.size());
  std::vector<float> images, targets(size * numClasses);
  for (std::int64_t row = 0; row < size; ++row) {
    auto first = digits.pixels.begin() + numbers[row] * pixelsPerDigit;
    images.insert(images.end(), first, first + pixelsPerDigit);
    targets[row * numClasses + digits.classes[numbers[row]]] = 1;
  }
  return {from_vector(images, {size, pixelsPerDigit}),
          from_vector(targets, {size, numClasses})};
}

Batch heldOutBatch(const Digits &digits) {
  std::vector<std::int64_t> numbers(digits.classes.size() - numTraining);
  std::iota(numbers.begin(), numbers.end(), numTraining);
  return makeBatch(digits, numbers);
}

std::vector<int> predictedClasses(const Tensor<float> &scores) {
  std::vector<float> values = scores.to_vector();
  std::vector<int> classes;
  for (auto row = values.begin(); row != values.end(); row += numClasses)
    classes.push_back(
        static_cast<int>(std::max_element(row, row + numClasses) - row));
  return classes;
}

double heldOutAccuracy(const Digits &digits,
                       const std::vector<int> &predictions) {
  auto right = std::inner_product(predictions.begin(), predictions.end(),
                                  digits.classes.begin() + numTraining, 0,
                                  std::plus(), std::equal_to());
  return right / static_cast<double>(predictions.size());
}

void print(std::ostream &stream, const Digits &digits,
           const std::vector<int> &predictions) {
  for (std::size_t i = 0; i < predictions.size(); ++i)
    stream << predictions[i] << ((i + 1) % 60 == 0 ? "\n" : "");
  stream << "held-out accuracy " << std::fixed << std::setprecision(2)
         << 100 * heldOutAccuracy(digits, predictions) << " %\n";
}
