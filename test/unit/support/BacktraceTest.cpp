#include "support/Backtrace.h"
#include "ferro/Error.h"

#include <gtest/gtest.h>

#include <cstdlib>

using namespace ferro;

namespace {
struct BacktraceTest : testing::Test {
  void TearDown() override { ::unsetenv("FERRO_BACKTRACE"); }
};
} // namespace

static std::string whatOf(Code code) {
  return Error(code, "matmul", "found too much").what();
}

// [S28]
TEST_F(BacktraceTest, ErrorsTellTheCallsWhenAsked) {
  EXPECT_EQ(whatOf(Code::ShapeMismatch), "matmul: found too much");
  ::setenv("FERRO_BACKTRACE", "1", 1);
  std::string what = whatOf(Code::ShapeMismatch);
  EXPECT_EQ(what.substr(0, 22), "matmul: found too much");
  // This program, then what started it.
  std::size_t first = what.find("\n  at "), last = what.rfind("\n  at ");
  ASSERT_NE(first, std::string::npos);
  EXPECT_NE(what.find("support-tests+0x", first), std::string::npos) << what;
  EXPECT_NE(last, first);
  ::setenv("FERRO_BACKTRACE", "0", 1);
  EXPECT_EQ(whatOf(Code::ShapeMismatch), "matmul: found too much");
}

// [S28]
TEST_F(BacktraceTest, ExportedFunctionsHaveTheirNames) {
  // qsort is the C library's: its frame is named.
  static std::string seen;
  int values[] = {2, 1};
  std::qsort(values, 2, sizeof(int), [](const void *, const void *) {
    seen = support::backtrace(0);
    return 0;
  });
  EXPECT_NE(seen.find("qsort"), std::string::npos) << seen;
  EXPECT_NE(seen.find("libc.so"), std::string::npos) << seen;
}
