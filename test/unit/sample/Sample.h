// A fused graph with hand-made kernels: y = a * b + w + 0.5, where w is
// captured.
#pragma once

#include "artifact/Artifact.h"

#include "kernels.h"

#include <memory>
#include <string>
#include <vector>

namespace ferro::sample {

inline constexpr std::size_t size = SAMPLE_SIZE;

graph::Graph graph();
artifact::Plan plan();
std::vector<artifact::Kernel> kernels();
/// The bytes of the shared object that holds them.
std::vector<std::byte> object();
artifact::Artifact artifact(std::string key = "sample");
/// The graph as a script would have captured it; w is detached.
graph::Graph captured();
/// The artifact with the captured graph, as save writes it.
artifact::Artifact savedArtifact(std::string key = "sample");

/// What the graph computes.
std::vector<float> expected(const std::vector<float> &a,
                            const std::vector<float> &b,
                            const std::vector<float> &w);
std::vector<float> random(unsigned seed);

/// A directory that is removed at the end.
struct TemporaryFolder {
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder &) = delete;
  TemporaryFolder &operator=(const TemporaryFolder &) = delete;
  std::string path;
};

} // namespace ferro::sample
