// The tables of cases and forms, and the cases on every device there is.
#include "Backend.h"
#include "Random.h"
#include "corpus/Case.h"
#include "corpus/Numbers.h"
#include "fidelity/Forms.h"

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <regex>
#include <set>
#include <stdexcept>
#include <utility>
#include <vector>

namespace ferro::gpucheck {
namespace {

const char *corpus = FERRO_CORPUS;

/// Has memory, but remembers launches instead of running them.
class RecordingBackend final : public GpuBackend {
public:
  std::string ptx;
  Launch launched;
  std::size_t parameterBytes = 0;
  std::vector<std::byte> memory = std::vector<std::byte>(1 << 20);
  std::uint64_t next = 0;

  std::string description() const override { return "recorder"; }
  std::uint64_t allocate(std::size_t bytes) override {
    return std::exchange(next, next + (bytes + 255) / 256 * 256);
  }
  void release(std::uint64_t) override {}
  void write(std::uint64_t to, const void *from, std::size_t bytes) override {
    std::memcpy(&memory.at(to), from, bytes);
  }
  void read(void *to, std::uint64_t from, std::size_t bytes) override {
    std::memcpy(to, &memory.at(from), bytes);
  }
  void load(const std::string &text) override { ptx = text; }
  std::string launch(const Launch &launch,
                     std::span<const std::byte> parameters) override {
    launched = launch;
    parameterBytes = parameters.size();
    return "";
  }
  std::array<std::byte, 128> encode(const TensorMap &, std::uint64_t) override {
    return {};
  }
};

/// The bytes of the parameters of kernel \p name, as its PTX declares them.
std::size_t declaredBytes(const std::string &ptx, const std::string &name) {
  std::smatch entry;
  if (!std::regex_search(
          ptx, entry, std::regex("\\.entry\\s+" + name + "\\s*\\(([^)]*)\\)")))
    return 0;
  std::string list = entry[1];
  std::size_t end = 0;
  std::regex parameter("\\.param\\s+(?:\\.align\\s+(\\d+)\\s+)?(?:\\.u64\\s+\\."
                       "ptr[^,)]*|\\.[usbf](\\d+)\\s+\\w+(?:\\[(\\d+)\\])?)");
  for (std::sregex_iterator at(list.begin(), list.end(), parameter), last;
       at != last; ++at) {
    const std::smatch &match = *at;
    std::size_t element = match[2].matched ? std::stoul(match[2]) / 8 : 8;
    std::size_t bytes =
        match[3].matched ? element * std::stoul(match[3]) : element;
    std::size_t alignment = match[1].matched ? std::stoul(match[1]) : element;
    end = (end + alignment - 1) / alignment * alignment + bytes;
  }
  return end;
}

TEST(CorpusTable, NamesAreUnique) {
  std::set<std::string> names;
  for (const Case &row : makeCases())
    EXPECT_TRUE(names.insert(row.name()).second)
        << row.name() << " has two rows";
  EXPECT_GE(names.size(), 120u);
}

TEST(CorpusTable, KernelsTakeTheArgumentsOfTheirRow) {
  for (const Case &row : makeCases()) {
    RecordingBackend recorder;
    runCase(recorder, row, corpus);
    EXPECT_EQ(recorder.launched.kernel, row.kernel);
    EXPECT_EQ(recorder.parameterBytes, declaredBytes(recorder.ptx, row.kernel))
        << row.name();
  }
}

// A launch that writes nothing must fail: no reference leaves memory as it was.
TEST(CorpusTable, ReferencesExpectWork) {
  for (const Case &row : makeCases()) {
    RecordingBackend recorder;
    EXPECT_NE(runCase(recorder, row, corpus).mismatch, "") << row.name();
  }
}

TEST(Numbers, EveryHalfSurvivesTheRoundTrip) {
  for (Element element : {Element::F16, Element::BF16})
    for (std::uint32_t bits = 0; bits < 0x10000; ++bits)
      if (double value = toDouble(element, bits); value == value)
        EXPECT_EQ(fromDouble(element, value), bits);
  for (Element element : {Element::E4M3, Element::E5M2})
    for (std::uint32_t bits = 0; bits < 0x100; ++bits)
      if (double value = toDouble(element, bits);
          value == value && value - value == 0)
        EXPECT_EQ(fromDouble(element, value), bits);
}

// The host's own conversion rounds to nearest even too.
TEST(Numbers, SinglesRoundAsTheHostRounds) {
  for (std::uint64_t i = 0; i < 100000; ++i) {
    double value;
    std::uint64_t bits = random(7, i);
    std::memcpy(&value, &bits, 8);
    auto expected = static_cast<float>(value);
    std::uint32_t expectedBits;
    std::memcpy(&expectedBits, &expected, 4);
    if (value == value) {
      EXPECT_EQ(fromDouble(Element::F32, value), expectedBits) << value;
    }
  }
}

TEST(Forms, NamesAndWorkAreUnique) {
  std::set<std::string> names, texts;
  for (const Form &form : makeForms()) {
    EXPECT_TRUE(names.insert(form.name).second) << form.name;
    EXPECT_TRUE(texts.insert(form.ptx + form.inputs[0].valueClass).second)
        << form.name;
  }
  EXPECT_GE(names.size(), 1000u);
}

TEST(Forms, InputsAreTheSameEveryTime) {
  const std::vector<Form> forms = makeForms();
  for (std::size_t i = 0; i < forms.size(); i += 50)
    for (std::size_t number = 0; number < forms[i].inputs.size(); ++number)
      EXPECT_EQ(forms[i].makeInput(number), forms[i].makeInput(number))
          << forms[i].name;
}

/// A device that the cases can run on.
struct Device {
  const char *name;
  std::unique_ptr<GpuBackend> (*make)();
};

/// The devices of this machine.
std::vector<Device> devices() {
  std::vector<Device> found;
  for (Device device : {Device{"Cuda", makeCudaBackend}})
    try {
      device.make();
      found.push_back(device);
    } catch (const std::runtime_error &) {
      // Not here.
    }
  return found;
}

class OnDevice : public testing::TestWithParam<Device> {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(OnDevice);

TEST_P(OnDevice, KernelsDoWhatTheirReferencesSay) {
  std::unique_ptr<GpuBackend> gpu = GetParam().make();
  for (const Case &row : makeCases())
    EXPECT_EQ(runCase(*gpu, row, corpus).mismatch, "") << row.name();
}

INSTANTIATE_TEST_SUITE_P(Machine, OnDevice, testing::ValuesIn(devices()),
                         [](const auto &row) { return row.param.name; });

} // namespace
} // namespace ferro::gpucheck
