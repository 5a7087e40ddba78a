#include "Sample.h"

#include "compiler/Abi.h"
#include "device/CpuFeatures.h"
#include "graph/Text.h"
#include "support/Files.h"

#include <cstdlib>
#include <filesystem>
#include <random>

// Forked children of these tests start threads, which ThreadSanitizer allows on
// request.
extern "C" const char *__tsan_default_options();
extern "C" const char *__tsan_default_options() { return "die_after_fork=0"; }

namespace ferro::sample {

graph::Graph graph() {
  return graph::parse(
      R"(graph @sample(%a: f32[1000], %b: f32[1000], %w: f32[1000]) -> (f32[1000]) {
  %0 = constant {value = f32[](0.5)} : f32[]
  %1 = fused %a, %b {kind = "elementwise"} : f32[1000] {
    graph @product(%0: f32[1000], %1: f32[1000]) -> (f32[1000]) {
      %2 = mul %0, %1 : f32[1000]
      return %2
    }
  }
  %2 = fused %1, %w, %0 {kind = "elementwise"} : f32[1000] {
    graph @shift(%0: f32[1000], %1: f32[1000], %2: f32[]) -> (f32[1000]) {
      %3 = add %0, %1 : f32[1000]
      %4 = add %3, %2 : f32[1000]
      return %4
    }
  }
  return %2
}
)");
}

graph::Graph captured() {
  return graph::parse(
      R"(graph @sample(%a: f32[1000], %b: f32[1000], %w: f32[1000]) -> (f32[1000]) {
  %0 = constant {value = f32[](0.5)} : f32[]
  %1 = mul %a, %b : f32[1000]
  %2 = detach %w : f32[1000]
  %3 = add %1, %2 : f32[1000]
  %4 = add %3, %0 : f32[1000]
  return %4
}
)");
}

artifact::Plan plan() {
  using artifact::Place;
  artifact::Plan plan;
  plan.steps = {
      {0, {{Place::Input, 0, 0}, {Place::Input, 1, 0}, {Place::Arena, 0, 64}}},
      {1,
       {{Place::Arena, 0, 64},
        {Place::Input, 2, 0},
        {Place::Constant, 0, 0},
        {Place::Output, 0, 0}}}};
  plan.outputBytes = {size * sizeof(float)};
  plan.outputs = {{{Place::Output, 0, 0}, {DType::F32, {size}, {}}}};
  float half = 0.5f;
  auto bytes = std::as_bytes(std::span(&half, 1));
  plan.constants = {{DType::F32, {}, {bytes.begin(), bytes.end()}}};
  plan.arenaBytes = plan.naiveBytes = 64 + size * sizeof(float);
  return plan;
}

std::vector<artifact::Kernel> kernels() {
  return {{"sample_product", 0}, {"sample_shift", size * sizeof(float)}};
}

std::vector<std::byte> object() { return support::readFile(SAMPLE_KERNELS); }

artifact::Artifact artifact(std::string key) {
  artifact::Artifact artifact;
  artifact.graph = graph();
  artifact.plan = plan();
  artifact.kernels = kernels();
  artifact.object = object();
  artifact.manifest = {.function = "sample",
                       .libraryVersion = "test",
                       .compilerVersion = "by hand",
                       .kernelAbi = FERRO_COMPILER_ABI,
                       .key = std::move(key),
                       .target = device::hostTarget(),
                       .inputs = artifact::describeInputs(artifact.graph, 2),
                       .statics = {{"n", 2, "2"}}};
  artifact.manifest.target.features = {};
  return artifact;
}

artifact::Artifact savedArtifact(std::string key) {
  artifact::Artifact saved = artifact(std::move(key));
  saved.captured = captured();
  return saved;
}

std::vector<float> expected(const std::vector<float> &a,
                            const std::vector<float> &b,
                            const std::vector<float> &w) {
  std::vector<float> y(size);
  for (std::size_t i = 0; i < size; ++i)
    y[i] = a[i] * b[i] + w[i] + 0.5f;
  return y;
}

std::vector<float> random(unsigned seed) {
  std::mt19937 engine(seed);
  std::normal_distribution<float> normal;
  std::vector<float> values(size);
  for (float &value : values)
    value = normal(engine);
  return values;
}

TemporaryFolder::TemporaryFolder() {
  path = std::filesystem::temp_directory_path() / "ferro-test-XXXXXX";
  path = ::mkdtemp(path.data());
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path, ignored);
}

} // namespace ferro::sample
