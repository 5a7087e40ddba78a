// What the text of the plugin calls, written by hand.
#include "Kernels.h"

#include <gtest/gtest.h>

#include <functional>

using namespace cutile;
using namespace cutile::detail;

static constexpr GenericName generics[] = {{"N"}};
static constexpr GenericParameter parameters[] = {
    {"y", ParameterKind::Output, nullptr, {"N"}}, {"x", ParameterKind::Input}};
static constexpr GenericKernel kernel{"copy", generics, parameters};
static constexpr const char *four[] = {"4"};
static constexpr Instantiation rows[] = {
    {"copy", four, runInstantiation<kernels::copy<4>>}};

static std::string errorOf(const std::function<void()> &run) {
  try {
    run();
  } catch (const ferro::Error &error) {
    return std::string(ferro::toString(error.code())) + " " + error.what();
  }
  return "accepted";
}

TEST(Launcher, NamesParameters) {
  InstantiationTable table(rows);
  auto x = test::random({8}, 1);
  EXPECT_NE(
      errorOf([&] {
        GenericLaunch(kernel, x.partition({4}), test::random({8, 1}, 2)).sync();
      }).find("ShapeMismatch copy: parameter 2 (x) is a view [dyn]"),
      std::string::npos);
}

TEST(Launcher, RunsWhatATableHasWhileItLives) {
  auto x = test::random({8}, 3), y = ferro::zeros<float>({8});
  {
    InstantiationTable table(rows), again(rows);
    GenericLaunch(kernel, y.partition({4}), x).sync();
    EXPECT_EQ(y.data()[7], x.data()[7]);
    EXPECT_NE(errorOf([&] {
                GenericLaunch(kernel, y.partition({2}), x).sync();
              }).find("with N = 2; it has <4>; add one"),
              std::string::npos);
  }
  EXPECT_NE(errorOf([&] { GenericLaunch(kernel, y.partition({4}), x).sync(); })
                .find("NotInstantiated copy: the program has no instantiation "
                      "with N = 4; it has none"),
            std::string::npos);
}
