// Captured kernels through the C ABI, many in one process.
#include "artifact/Request.h"
#include "compiler/Abi.h"
#include "device/CpuFeatures.h"

#include <gtest/gtest.h>

#include <atomic>
#include <dlfcn.h>
#include <fstream>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {
struct Result {
  FerroStatus status;
  std::string text;
};
} // namespace

static Result
stageOf(const std::string &source, const std::string &kernel,
        const char *standard = "c++20",
        ferro::artifact::Stage stage = ferro::artifact::Stage::Ast) {
  static void *library = dlopen(FERRO_COMPILER_LIBRARY, RTLD_NOW | RTLD_LOCAL);
  static auto *compile =
      reinterpret_cast<decltype(&fc_compile)>(dlsym(library, "fc_compile"));
  static auto *release =
      reinterpret_cast<decltype(&fc_release)>(dlsym(library, "fc_release"));
  auto request = ferro::artifact::serialize(ferro::artifact::KernelRequest{
      source, kernel, standard, true, {}, ferro::device::hostTarget(), stage});
  FerroResponse *response = compile(
      reinterpret_cast<const std::uint8_t *>(request.data()), request.size());
  Result result{
      response->status,
      response->status == FERRO_OK
          ? std::string(reinterpret_cast<const char *>(response->bytes),
                        response->size)
          : std::string(response->message)};
  release(response);
  return result;
}

// A kernel that multiplies by \p factor.
static std::string scaling(int factor) {
  return "#line 1 \"scale.cpp\"\nnamespace [[cutile::module]] kernels {\n"
         "using namespace cutile;\n"
         "template <int B> [[cutile::entry]] void scale(TensorView<f32, B> &y) "
         "{\n  y.store(y.load() * " +
         std::to_string(factor) + ".0f);\n}\n}\n";
}

static bool multipliesBy(const Result &result, int factor) {
  std::string literal = "'float' " + std::to_string(factor) + ".000000e+00";
  return result.status == FERRO_OK &&
         result.text.find(literal) != std::string::npos;
}

// In C++20 from the embedded headers; in others first from their text, then
// from what the process made of it.
TEST(Captured, EveryStandardReadsTheHeaders) {
  for (const char *standard : {"c++20", "c++23", "c++26", "gnu++20"})
    for (int turn : {2, 3, 4}) {
      Result result = stageOf(scaling(turn), "kernels::scale<8>", standard);
      EXPECT_TRUE(multipliesBy(result, turn)) << standard << "\n"
                                              << result.text;
    }
}

TEST(Captured, ThreadsCompileAtOnce) {
  std::vector<std::jthread> threads;
  std::atomic<int> right{0};
  for (int thread = 2; thread < 6; ++thread)
    threads.emplace_back([thread, &right] {
      for (int turn = 0; turn < 8; ++turn)
        right += multipliesBy(stageOf(scaling(thread), "kernels::scale<16>",
                                      turn % 2 ? "c++20" : "c++23"),
                              thread);
    });
  threads.clear();
  EXPECT_EQ(right, 32);
}

// [D186]
TEST(Captured, RefusalsNameWhatIsWrong) {
  Result broken = stageOf("#line 7 \"user.cpp\"\nint x = missing;\n", "x");
  EXPECT_EQ(broken.status, FERRO_REFUSED);
  EXPECT_EQ(broken.text.substr(0, 60),
            "user.cpp:7:9: error: use of undeclared identifier 'missing'\n");
  Result host = stageOf("void host() {}\n", "host");
  EXPECT_EQ(host.status, FERRO_REFUSED);
  EXPECT_EQ(host.text,
            "host is no kernel: [[cutile::entry]] does not stand on it\n");
  EXPECT_EQ(stageOf(scaling(2), "kernels::scale<8>", "c++7").status,
            FERRO_REFUSED);
}

// No file of ours or of the system is read: nothing is found there.
TEST(Captured, FilesAreOutOfReach) {
  for (const char *header :
       {"<vector>", "<stddef.h>", "\"/etc/passwd\"", "<ferro/ferro.h>"}) {
    Result result = stageOf("#include " + std::string(header) + "\n", "x");
    EXPECT_EQ(result.status, FERRO_REFUSED);
    EXPECT_NE(result.text.find("file not found"), std::string::npos)
        << header << "\n"
        << result.text;
  }
}

static long residentKilobytes() {
  std::ifstream file("/proc/self/statm");
  long size = 0, resident = 0;
  file >> size >> resident;
  return resident * (::sysconf(_SC_PAGESIZE) / 1024);
}

TEST(Captured, AHundredKernelsLeaveNoMemoryBehind) {
  auto compileTwenty = [] {
    for (int i = 0; i < 20; ++i)
      EXPECT_TRUE(multipliesBy(
          stageOf(scaling(i % 8 + 2), "kernels::scale<32>"), i % 8 + 2));
  };
  compileTwenty();
  long before = residentKilobytes();
  for (int round = 0; round < 5; ++round)
    compileTwenty();
  EXPECT_LT(residentKilobytes() - before, 4096);
}
