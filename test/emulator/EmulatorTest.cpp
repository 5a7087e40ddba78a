// The emulator against the references and against what an H100 gave.
#include "EmulatorBackend.h"
#include "TruthArchive.h"
#include "corpus/Case.h"
#include "corpus/Numbers.h"
#include "fidelity/Forms.h"
#include "fidelity/TensorMaps.h"

#include "ferro/Error.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <fstream>
#include <regex>
#include <sstream>

namespace ferro::gpucheck {
namespace {

const char *corpus = FERRO_CORPUS;
const std::string truth = FERRO_TRUTH;

/// ptxas waits for this kernel's products where clang spills their registers;
/// by the letter of PTX it reads them too early.
bool readsEarly(const Case &row) {
  return row.name() == "clang/hopper/wgmma_gemm";
}

void runCorpus(const emulator::LaunchOptions &options) {
  const TruthArchive archive = TruthArchive::read(truth + "/h100-corpus");
  for (const Case &row : makeCases()) {
    emulator::LaunchOptions own = options;
    if (readsEarly(row))
      own.checks = false;
    auto gpu = makeEmulatorBackend(own);
    CaseResult result;
    ASSERT_NO_THROW(result = runCase(*gpu, row, corpus)) << row.name();
    EXPECT_EQ(result.mismatch, "") << row.name();
    auto hardware = archive.cases.find(row.name());
    bool exact = row.tolerance.absolute == 0 && row.tolerance.relative == 0;
    if (hardware != archive.cases.end() && exact && !row.unordered) {
      std::vector<std::byte> bits = result.bits;
      bits.resize(std::min(bits.size(), hardware->second.bits.size()));
      EXPECT_EQ(bits, hardware->second.bits) << row.name();
    }
  }
}

TEST(Corpus, KernelsDoWhatTheirReferencesSay) { runCorpus({}); }

TEST(Corpus, KernelsDoTheSameUnderShuffledSchedules) {
  for (std::uint64_t seed : {1, 2}) {
    emulator::LaunchOptions options;
    options.seed = seed;
    runCorpus(options);
  }
}

TEST(Corpus, KernelsDoTheSameWithoutChecks) {
  emulator::LaunchOptions options;
  options.checks = false;
  options.workers = 2;
  runCorpus(options);
}

/// How far an approximation may be from the hardware's, which has its own error
/// (docs/emulator.md).
struct Approximation {
  const char *pattern;
  double relative, absolute;
};
constexpr Approximation approximations[] = {
    {"^(div|rcp|sqrt|rsqrt)\\.(approx|full).*f32", 0x1p-22, 0},
    {"^(rcp|rsqrt)\\.approx.*f64", 0x1p-20, 0},
    {"^ex2\\.approx.*f32", 0x1p-21, 0},
    {"^lg2\\.approx.*f32", 0x1p-21, 0x1p-22},
    {"^(sin|cos)\\.approx.*f32", 0x1p-20, 0x1p-19},
    {"^tanh\\.approx\\.f32", 0x1p-10, 0},
    {"^(ex2|tanh)\\.approx.*bf16", 0x1p-6, 0},
    {"^(ex2|tanh)\\.approx.*f16", 0x1p-9, 0x1p-24},
    {"^mma\\.sync\\.aligned\\.m8n8k4\\.row\\.col\\.f16", 0x1p-9, 0}};

const Approximation *approximationOf(const std::string &name) {
  for (const Approximation &row : approximations)
    if (std::regex_search(name, std::regex(row.pattern)))
      return &row;
  return nullptr;
}

/// The values in a result's element: halves come in pairs.
std::vector<double> valuesOf(const Form &form, const std::byte *at) {
  bool bfloat = form.name.find("bf16") != std::string::npos;
  bool half = form.name.find("f16") != std::string::npos;
  std::vector<double> values;
  if (half) {
    for (unsigned k = 0; k < form.outputBytes; k += 2) {
      std::uint16_t bits;
      std::memcpy(&bits, at + k, 2);
      values.push_back(toDouble(bfloat ? Element::BF16 : Element::F16, bits));
    }
  } else if (form.outputBytes == 4) {
    float value;
    std::memcpy(&value, at, 4);
    values.push_back(value);
  } else {
    double value;
    std::memcpy(&value, at, 8);
    values.push_back(value);
  }
  return values;
}

bool isNear(const Approximation &row, double value, double wanted) {
  if (std::isnan(wanted) || std::isinf(wanted))
    return std::isnan(wanted) == std::isnan(value);
  double error = std::fabs(value - wanted);
  return error <= row.absolute || error <= row.relative * std::fabs(wanted) ||
         (std::fabs(wanted) < 0x1p-126 && error < 0x1p-126);
}

std::vector<std::byte> runForm(GpuBackend &gpu, const Form &form) {
  gpu.load(form.ptx);
  std::vector<std::uint64_t> addresses;
  auto upload = [&](const std::vector<std::byte> &bytes) {
    addresses.push_back(gpu.allocate(bytes.size()));
    gpu.write(addresses.back(), bytes.data(), bytes.size());
  };
  upload(form.initialResult());
  for (std::size_t i = 0; i < form.inputs.size(); ++i)
    upload(form.makeInput(i));
  Parameters parameters;
  for (const std::uint64_t &address : addresses)
    parameters.add(&address, sizeof address, alignof(std::uint64_t));
  gpu.launch({formKernel, {form.blocks}, {form.threads}, {}, 0}, parameters);
  std::vector<std::byte> bits(form.resultBytes());
  gpu.read(bits.data(), addresses[0], bits.size());
  for (std::uint64_t address : addresses)
    gpu.release(address);
  return form.sample(bits);
}

/// How many elements differ from the hardware's.
std::size_t differences(const Form &form, const std::vector<std::byte> &bits,
                        const std::vector<std::byte> &wanted) {
  const Approximation *row = approximationOf(form.name);
  std::size_t count = 0, bytes = form.outputBytes;
  for (std::size_t at = 0; at + bytes <= wanted.size(); at += bytes) {
    bool same = std::memcmp(&bits[at], &wanted[at], bytes) == 0;
    if (!same && row) {
      std::vector<double> x = valuesOf(form, &bits[at]),
                          y = valuesOf(form, &wanted[at]);
      same = true;
      for (std::size_t i = 0; i < x.size(); ++i)
        same &= isNear(*row, x[i], y[i]);
    }
    count += !same;
  }
  return count;
}

TEST(Fidelity, FormsGiveTheBitsOfAnH100) {
  const TruthArchive archive = TruthArchive::read(truth + "/h100-fidelity");
  auto gpu = makeEmulatorBackend();
  unsigned compared = 0;
  for (const Form &form : makeForms()) {
    auto hardware = archive.cases.find(form.name);
    std::vector<std::byte> bits;
    ASSERT_NO_THROW(bits = runForm(*gpu, form)) << form.name;
    if (hardware == archive.cases.end() || hardware->second.bits.empty())
      continue;
    ASSERT_EQ(bits.size(), hardware->second.bits.size()) << form.name;
    EXPECT_EQ(differences(form, bits, hardware->second.bits), 0u) << form.name;
    ++compared;
  }
  EXPECT_GE(compared, 1480u);
}

/// Every row of the table: what the driver said, and what the emulator says.
TEST(TensorMaps, AreEncodedAsTheDriverEncodesThem) {
  std::map<std::string, MapRow> rows;
  for (const MapRow &row : makeMapRows())
    rows[row.name] = row;
  std::ifstream table(truth + "/h100-tensormaps.tsv");
  auto gpu = makeEmulatorBackend();
  unsigned encoded = 0;
  for (std::string line; std::getline(table, line);) {
    if (line.empty() || line[0] == '#')
      continue;
    std::vector<std::string> fields;
    std::istringstream parts(line);
    for (std::string field; std::getline(parts, field, '\t');)
      fields.push_back(field);
    const MapRow &row = rows.at(fields[0]);
    // The driver was given no strides for these, and refused them for that.
    if (row.map.sizes.size() == 1)
      continue;
    std::string bytes = "-";
    try {
      static constexpr char digits[] = "0123456789abcdef";
      bytes.clear();
      for (std::byte byte : gpu->encode(row.map, row.address)) {
        bytes += digits[unsigned(byte) >> 4];
        bytes += digits[unsigned(byte) & 15];
      }
      ++encoded;
    } catch (const ferro::Error &) {
      bytes = "-";
    }
    EXPECT_EQ(bytes, fields.back()) << fields[0];
  }
  EXPECT_GE(encoded, 200u);
}

} // namespace
} // namespace ferro::gpucheck
