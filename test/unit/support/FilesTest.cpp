#include "support/Files.h"
#include "support/Environment.h"

#include "ferro/Error.h"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <sys/resource.h>
#include <sys/stat.h>

using namespace ferro;
using namespace ferro::support;

namespace {
struct Files : testing::Test {
  std::string folder;
  void SetUp() override {
    std::string pattern = testing::TempDir() + "ferro-files-XXXXXX";
    folder = ::mkdtemp(pattern.data());
  }
  void TearDown() override { std::filesystem::remove_all(folder); }
};
} // namespace

static std::vector<std::byte> bytesOf(std::string_view text) {
  auto block = std::as_bytes(std::span(text));
  return {block.begin(), block.end()};
}

static std::size_t numFiles(const std::string &folder) {
  auto entries = std::filesystem::directory_iterator(folder);
  return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
}

TEST_F(Files, writeThenRead) {
  writeFile(folder + "/x", bytesOf("first"));
  writeFile(folder + "/x", bytesOf("second"));
  EXPECT_EQ(readFile(folder + "/x"), bytesOf("second"));
  EXPECT_EQ(numFiles(folder), 1u);
}

TEST_F(Files, errorsNameThePath) {
  try {
    readFile(folder + "/none");
    FAIL();
  } catch (const Error &error) {
    EXPECT_EQ(error.code(), Code::IoError);
    EXPECT_NE(std::string(error.what()).find("/none"), std::string::npos);
  }
  EXPECT_THROW(writeFile(folder + "/no/such/folder", bytesOf("x")), Error);
}

TEST_F(Files, failedWriteLeavesTheOldFileAlone) {
  writeFile(folder + "/x", bytesOf("old"));
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  rlimit small{10, before.rlim_max};
  auto handler = std::signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &small);
  EXPECT_THROW(
      writeFile(folder + "/x", std::vector<std::byte>(100, std::byte{1})),
      Error);
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(readFile(folder + "/x"), bytesOf("old"));
  EXPECT_EQ(numFiles(folder), 1u);
}

TEST(Environment, namesAreUniqueAndOurs) {
  for (const VariableInfo &row : variableTable()) {
    EXPECT_EQ(row.name.substr(0, 6), "FERRO_");
    EXPECT_FALSE(row.summary.empty());
  }
}

TEST(Environment, emptyMeansInitial) {
  ::setenv("FERRO_CACHE_LIMIT", "", 1);
  EXPECT_EQ(environmentBytes(Variable::CacheLimit), std::uint64_t(1) << 30);
  ::setenv("FERRO_CACHE_LIMIT", "12M", 1);
  EXPECT_EQ(environmentBytes(Variable::CacheLimit), std::uint64_t(12) << 20);
  ::unsetenv("FERRO_CACHE_LIMIT");
}

TEST(Environment, nonsenseIsAnErrorThatNamesTheVariable) {
  for (const char *value : {"12Q", "-1", "MB", "99999999999G", "1 K"}) {
    ::setenv("FERRO_CACHE_LIMIT", value, 1);
    try {
      environmentBytes(Variable::CacheLimit);
      ADD_FAILURE() << value;
    } catch (const Error &error) {
      EXPECT_EQ(error.code(), Code::InvalidArgument);
      EXPECT_EQ(error.op(), "FERRO_CACHE_LIMIT");
    }
  }
  ::unsetenv("FERRO_CACHE_LIMIT");
}

TEST(Environment, flags) {
  EXPECT_TRUE(environmentFlag(Variable::Cache));
  ::setenv("FERRO_CACHE", "0", 1);
  EXPECT_FALSE(environmentFlag(Variable::Cache));
  ::unsetenv("FERRO_CACHE");
}
