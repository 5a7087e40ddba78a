// Archives keep what they were given, and the ones in the repository are of the
// forms as they are now.
#include "Random.h"
#include "TruthArchive.h"
#include "fidelity/Forms.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace ferro::gpucheck {
namespace {

TEST(TruthArchive, KeepsNamesAndBits) {
  TruthArchive archive;
  archive.device = "a device, driver 1.2";
  for (std::uint64_t i = 0; i < 100; ++i) {
    Truth truth{random(1, i), {}};
    for (std::uint64_t k = 0; k < random(2, i) % 300; ++k)
      truth.bits.push_back(std::byte(random(i, k)));
    archive.cases["case." + std::to_string(i)] = truth;
  }
  std::string stem = testing::TempDir() + "truth-archive";
  archive.write(stem);
  TruthArchive back = TruthArchive::read(stem);
  EXPECT_EQ(back.device, archive.device);
  ASSERT_EQ(back.cases.size(), archive.cases.size());
  for (const auto &[name, truth] : archive.cases) {
    EXPECT_EQ(back.cases.at(name).ptx, truth.ptx) << name;
    EXPECT_EQ(back.cases.at(name).bits, truth.bits) << name;
  }
}

TEST(TruthArchive, NamesTheFileThatIsNotThere) {
  try {
    TruthArchive::read("/nowhere/archive");
    FAIL() << "read an archive that is not there";
  } catch (const std::runtime_error &error) {
    EXPECT_STREQ(error.what(), "cannot read /nowhere/archive.bin.zst");
  }
}

TEST(TruthArchive, RefusesBrokenBits) {
  std::string stem = testing::TempDir() + "truth-broken";
  std::ofstream(stem + ".bin.zst") << "no bits";
  EXPECT_THROW(TruthArchive::read(stem), std::runtime_error);
}

// A form that changes needs hardware again; its old bits would judge wrongly.
TEST(TruthArchive, OfTheRepositoryIsOfTheseForms) {
  std::map<std::string, std::uint64_t> forms;
  for (const Form &form : makeForms())
    forms[form.name] = fingerprint(form.ptx);
  for (const auto &entry : std::filesystem::directory_iterator(FERRO_TRUTH)) {
    if (!entry.path().filename().string().ends_with("fidelity.tsv"))
      continue;
    std::string stem = entry.path().string();
    for (const auto &[name, truth] :
         TruthArchive::read(stem.substr(0, stem.size() - 4)).cases) {
      ASSERT_TRUE(forms.contains(name))
          << stem << ": no form is called " << name;
      EXPECT_EQ(truth.ptx, forms[name])
          << stem << ": " << name << " has changed";
    }
  }
}

} // namespace
} // namespace ferro::gpucheck
