// ferro-run as its users call it, with the hand-made artifact.
#include "Sample.h"

#include "support/Files.h"

#include "ferro/Npy.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstring>
#include <string>
#include <sys/wait.h>

using namespace ferro;

namespace {
struct Finished {
  int status;
  std::string text; // both streams
};

struct FerroRun : testing::Test {
  sample::TemporaryFolder folder;
  std::vector<float> a = sample::random(1), b = sample::random(2),
                     w = sample::random(3);

  void SetUp() override {
    artifact::Artifact artifact = sample::artifact();
    auto bytes = std::as_bytes(std::span(w));
    artifact.manifest.inputs[2].frozen = graph::Literal{
        DType::F32, {sample::size}, {bytes.begin(), bytes.end()}};
    artifact::save(artifact, path("sample.ferro"));
    write("a.npy", a);
    write("b.npy", b);
  }
  std::string path(const std::string &name) const {
    return folder.path + "/" + name;
  }
  void write(const std::string &name, const std::vector<float> &values) const {
    auto bytes = std::as_bytes(std::span(values));
    npy::write(path(name), {DType::F32,
                            {static_cast<std::int64_t>(values.size())},
                            {bytes.begin(), bytes.end()}});
  }
  /// In the folder, with no compiler and no cache to be found.
  Finished run(const std::string &arguments) const {
    std::string command = "cd " + folder.path +
                          " && FERRO_CACHE=0 FERRO_COMPILER=/nowhere " FERRO_RUN
                          " " +
                          arguments + " 2>&1";
    std::FILE *pipe = ::popen(command.c_str(), "r");
    Finished result;
    char buffer[4096];
    while (std::size_t got = std::fread(buffer, 1, sizeof buffer, pipe))
      result.text.append(buffer, got);
    result.status = WEXITSTATUS(::pclose(pipe));
    return result;
  }
  void expectRightOutput() const {
    npy::Array y = npy::read(path("y.npy"));
    std::vector<float> values(sample::size);
    ASSERT_EQ(y.shape, Shape{sample::size});
    std::memcpy(values.data(), y.bytes.data(), y.bytes.size());
    EXPECT_EQ(values, sample::expected(a, b, w));
  }
};
} // namespace

// [B55]
TEST_F(FerroRun, runsASavedModuleWithoutACompiler) {
  Finished result =
      run("sample.ferro --input a.npy --input b.npy --output y.npy");
  EXPECT_EQ(result.status, 0) << result.text;
  expectRightOutput();
}

TEST_F(FerroRun, takesInputsByName) {
  Finished result =
      run("sample.ferro -i b=b.npy -i a.npy -o y.npy --threads 1");
  EXPECT_EQ(result.status, 0) << result.text;
  expectRightOutput();
}

TEST_F(FerroRun, printsOutputsThatNobodyAskedToWrite) {
  Finished result = run("sample.ferro -i a.npy -i b.npy");
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.text.find("output 0: f32[1000] "), 0u) << result.text;
  EXPECT_NE(result.text.find(" ...\n"), std::string::npos);
}

TEST_F(FerroRun, showsWhatAModuleHolds) {
  Finished result = run("sample.ferro --info");
  EXPECT_EQ(result.status, 0);
  for (const char *line :
       {"function   sample", "input      a: f32[1000]\n",
        "input      w: f32[1000], captured and frozen", "static     n = 2",
        "output     f32[1000]", "kernel     sample_shift", "graph @sample("})
    EXPECT_NE(result.text.find(line), std::string::npos) << line << "\nin\n"
                                                         << result.text;
}

TEST_F(FerroRun, timesCalls) {
  Finished result = run("sample.ferro --bench");
  EXPECT_EQ(result.status, 0) << result.text;
  EXPECT_NE(result.text.find("median"), std::string::npos);
}

TEST_F(FerroRun, errorsSayWhatIsWrong) {
  write("short.npy", {1, 2, 3});
  std::vector<std::byte> bytes = support::readFile(path("sample.ferro"));
  bytes[bytes.size() / 2] ^= std::byte{1};
  support::writeFile(path("damaged.ferro"), bytes);
  artifact::Artifact foreign = sample::artifact();
  foreign.manifest.target.features = {"+amx-complex"};
  artifact::save(foreign, path("foreign.ferro"));
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"none.ferro", "none.ferro: No such file"},
      {"a.npy", "magic number is another one"},
      {"damaged.ferro", "digest is another one"},
      {"foreign.ferro --bench", "amx-complex"},
      {"sample.ferro", "found 0 inputs; 2 are needed"},
      {"sample.ferro -i a.npy", "found 1 inputs; 2 are needed"},
      {"sample.ferro -i a.npy -i b.npy -i a.npy",
       "found 3 inputs; 2 are needed"},
      {"sample.ferro -i a.npy -i short.npy",
       "short.npy holds f32[3]; input b is f32[1000]"},
      {"sample.ferro -i a=a.npy -i a=b.npy", "input a is given twice"},
      {"sample.ferro -i a.npy -i w=b.npy", "input w is frozen"},
      {"sample.ferro -i a.npy -i none.npy", "none.npy: No such file"},
      {"sample.ferro -i a.npy -i b.npy -o x.npy -o y.npy",
       "found 2 files; there are 1 outputs"},
      {"sample.ferro -i a.npy -i b.npy -o no/such/y.npy", "no/such"},
  };
  for (const auto &[arguments, text] : cases) {
    Finished result = run(arguments);
    EXPECT_EQ(result.status, 1) << arguments;
    EXPECT_EQ(result.text.find("ferro-run: "), 0u) << result.text;
    EXPECT_NE(result.text.find(text), std::string::npos)
        << arguments << " gave " << result.text;
  }
}
