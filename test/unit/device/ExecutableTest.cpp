#include "device/Executable.h"

#include "Sample.h"

#include "artifact/Cache.h"
#include "device/CpuFeatures.h"
#include "device/NativeLibrary.h"

#include "ferro/Error.h"
#include "ferro/Threads.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <thread>

using namespace ferro;
using namespace ferro::device;

namespace {
struct Execution : testing::Test {
  sample::TemporaryFolder folder;
  void SetUp() override { artifact::setCacheDirectory(folder.path); }
  void TearDown() override { artifact::disableCache(); }
};
} // namespace

static Error errorOf(const std::function<void()> &action) {
  try {
    action();
  } catch (const Error &error) {
    return error;
  }
  ADD_FAILURE() << "nothing was thrown";
  return Error(Code::Internal, "", "");
}

static void expectRight(const Executable &executable, unsigned seed) {
  std::vector<float> a = sample::random(seed), b = sample::random(seed + 1),
                     w = sample::random(seed + 2);
  std::vector<float> y(sample::size);
  void *const inputs[] = {a.data(), b.data(), w.data()};
  void *const outputs[] = {y.data()};
  executable.run(inputs, outputs);
  EXPECT_EQ(executable.outputPointer(0, inputs, outputs), y.data());
  EXPECT_EQ(y, sample::expected(a, b, w));
}

TEST_F(Execution, runsThePlan) {
  Executable executable(sample::artifact());
  for (unsigned seed = 0; seed < 10; ++seed)
    expectRight(executable, seed);
}

TEST_F(Execution, sameBitsWithAnyNumberOfThreads) {
  Executable executable(sample::artifact());
  for (int threads : {1, 2, 5}) {
    set_num_threads(threads);
    expectRight(executable, 3);
  }
  set_num_threads(0);
}

TEST_F(Execution, severalThreadsShareAnExecutable) {
  Executable executable(sample::artifact());
  std::vector<std::thread> threads;
  for (unsigned thread = 0; thread < 6; ++thread)
    threads.emplace_back([&, thread] {
      for (unsigned round = 0; round < 50; ++round)
        expectRight(executable, 100 * thread + round);
    });
  for (std::thread &thread : threads)
    thread.join();
}

TEST_F(Execution, loadsFromTheCacheFileOfItsContent) {
  EXPECT_FALSE(loadNative(sample::object())->isInMemory());
  std::string path = artifact::cachedObjectPath(sample::object());
  EXPECT_EQ(path.find(folder.path), 0u);
}

TEST_F(Execution, loadsFromMemoryWithoutACache) {
  artifact::disableCache();
  EXPECT_TRUE(loadNative(sample::object())->isInMemory());
  Executable executable(sample::artifact());
  expectRight(executable, 5);
}

// A name used again would give the old code: content names and open memfds.
TEST_F(Execution, twoObjectsInMemoryAreTwoLibraries) {
  artifact::disableCache();
  std::vector<std::byte> other = sample::object();
  other.push_back(std::byte{0});
  auto first = loadNative(sample::object()), second = loadNative(other);
  EXPECT_NE(first->kernel("sample_product"), second->kernel("sample_product"));
}

TEST_F(Execution, damagedObjectsAreErrors) {
  std::vector<std::byte> object = sample::object();
  for (std::size_t size : {std::size_t(0), std::size_t(10), std::size_t(64),
                           std::size_t(200), object.size() / 4}) {
    std::vector<std::byte> cut(
        object.begin(), object.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_EQ(errorOf([&] { loadNative(cut); }).code(), Code::CompilationFailed)
        << size;
  }
  std::vector<std::byte> text(500, std::byte{'x'});
  EXPECT_EQ(errorOf([&] { loadNative(text); }).code(), Code::CompilationFailed);
}

TEST_F(Execution, missingSymbolsAreErrors) {
  artifact::Artifact artifact = sample::artifact();
  artifact.kernels[1].symbol = "nowhere";
  EXPECT_EQ(errorOf([&] { Executable executable(artifact); }).code(),
            Code::CompilationFailed);
}

TEST_F(Execution, foreignFeaturesAreNamed) {
  artifact::Artifact artifact = sample::artifact();
  artifact.manifest.target.features = {"+amx-complex", "+avx10.2"};
  Error error = errorOf([&] { Executable executable(artifact); });
  EXPECT_EQ(error.code(), Code::CpuFeatureMissing);
  EXPECT_NE(error.text().find("amx-complex, avx10.2"), std::string::npos)
      << error.what();
}

TEST_F(Execution, foreignArchitecturesAndInterfacesAreRefused) {
  artifact::Artifact artifact = sample::artifact();
  artifact.manifest.target.triple = "riscv64-unknown-linux-gnu";
  EXPECT_EQ(errorOf([&] { Executable executable(artifact); }).code(),
            Code::ArtifactMismatch);
  artifact = sample::artifact();
  artifact.manifest.kernelAbi = 77;
  EXPECT_EQ(errorOf([&] { Executable executable(artifact); }).code(),
            Code::ArtifactMismatch);
}

TEST_F(Execution, wrongNumbersOfBuffersAreErrors) {
  Executable executable(sample::artifact());
  std::vector<float> a(sample::size);
  void *const buffers[] = {a.data(), a.data()};
  EXPECT_EQ(errorOf([&] { executable.run(buffers, buffers); }).code(),
            Code::SignatureMismatch);
}

TEST(HostTarget, isSortedAndSupported) {
  const artifact::Target &host = hostTarget();
  EXPECT_TRUE(std::ranges::is_sorted(host.features));
  EXPECT_TRUE(missingFeatures(host).empty());
  requireHost(host);
}

#if defined(__x86_64__)
TEST(HostTarget, agreesWithTheCompilersOwnTest) {
  auto has = [](const char *name) {
    return std::ranges::binary_search(hostTarget().features, std::string(name));
  };
  EXPECT_EQ(has("+avx2"), bool(__builtin_cpu_supports("avx2")));
  EXPECT_EQ(has("+fma"), bool(__builtin_cpu_supports("fma")));
  EXPECT_EQ(has("+avx512f"), bool(__builtin_cpu_supports("avx512f")));
  EXPECT_EQ(has("+avx512vl"), bool(__builtin_cpu_supports("avx512vl")));
  EXPECT_EQ(has("+avx512vnni"), bool(__builtin_cpu_supports("avx512vnni")));
  EXPECT_EQ(has("+bmi2"), bool(__builtin_cpu_supports("bmi2")));
  EXPECT_EQ(has("+popcnt"), bool(__builtin_cpu_supports("popcnt")));
}
#endif
