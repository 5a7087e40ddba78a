#include "artifact/Artifact.h"

#include "Sample.h"

#include "graph/Text.h"
#include "support/Hash.h"

#include "ferro/Error.h"

#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <random>

using namespace ferro;
using namespace ferro::artifact;

static Code codeOf(const std::function<void()> &action) {
  try {
    action();
  } catch (const Error &error) {
    return error.code();
  }
  ADD_FAILURE() << "nothing was thrown";
  return Code::Internal;
}

// [B55]
TEST(Artifact, bytesKeepEverything) {
  Artifact original = sample::savedArtifact("a key");
  std::vector<float> w = sample::random(1);
  auto frozen = std::as_bytes(std::span(w));
  original.manifest.inputs[2].frozen = graph::Literal{
      DType::F32, {sample::size}, {frozen.begin(), frozen.end()}};
  Artifact copy = fromBytes(toBytes(original));
  EXPECT_EQ(copy.manifest, original.manifest);
  ASSERT_TRUE(copy.captured);
  EXPECT_EQ(graph::print(*copy.captured), graph::print(sample::captured()));
  EXPECT_EQ(graph::print(copy.graph), graph::print(original.graph));
  EXPECT_EQ(copy.kernels, original.kernels);
  EXPECT_EQ(copy.object, original.object);
  EXPECT_EQ(copy.plan.constants, original.plan.constants);
  EXPECT_EQ(copy.plan.arenaBytes, original.plan.arenaBytes);
  ASSERT_EQ(copy.plan.steps.size(), original.plan.steps.size());
  EXPECT_EQ(copy.plan.steps[1].buffers, original.plan.steps[1].buffers);
  EXPECT_EQ(toBytes(copy), toBytes(original));
}

// [B55]
TEST(Artifact, saveAndLoad) {
  sample::TemporaryFolder folder;
  save(sample::artifact(), folder.path + "/x.ferro");
  EXPECT_EQ(toBytes(load(folder.path + "/x.ferro")),
            toBytes(sample::artifact()));
  EXPECT_EQ(codeOf([&] { load(folder.path + "/none.ferro"); }), Code::IoError);
}

TEST(Artifact, everyTruncationIsAnError) {
  Artifact artifact = sample::savedArtifact();
  artifact.object.resize(100);
  std::vector<std::byte> bytes = toBytes(artifact);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    std::vector<std::byte> cut(
        bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_EQ(codeOf([&] { fromBytes(cut); }), Code::SerializationError)
        << size;
  }
}

TEST(Artifact, everyFlippedBitIsAnError) {
  Artifact artifact = sample::savedArtifact();
  artifact.object.resize(100);
  std::vector<std::byte> bytes = toBytes(artifact);
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    bytes[bit / 8] ^= std::byte{1} << (bit % 8);
    EXPECT_THROW(fromBytes(bytes), Error) << bit;
    bytes[bit / 8] ^= std::byte{1} << (bit % 8);
  }
}

// The envelope: magic 8, version 4, size 8, digest 16.
static constexpr std::size_t digestAt = 20, payloadAt = 36;

static void repairDigest(std::vector<std::byte> &bytes) {
  support::Digest digest = support::digest(std::span(bytes).subspan(payloadAt));
  std::memcpy(&bytes[digestAt], &digest.high, 8);
  std::memcpy(&bytes[digestAt + 8], &digest.low, 8);
}

// Behind a right digest the reader stands alone: it may refuse or accept, but
// what it accepts is consistent and no read leaves the bytes.
TEST(Artifact, damageBehindARightDigestNeverCrashes) {
  Artifact artifact = sample::savedArtifact();
  artifact.object.resize(100);
  const std::vector<std::byte> bytes = toBytes(artifact);
  std::mt19937 random(7);
  int refused = 0;
  for (int round = 0; round < 20000; ++round) {
    std::vector<std::byte> damaged = bytes;
    for (unsigned i = 0, count = 1 + random() % 4; i < count; ++i)
      damaged[payloadAt + random() % (bytes.size() - payloadAt)] =
          static_cast<std::byte>(random() % 3 ? random() : 255);
    repairDigest(damaged);
    try {
      verify(fromBytes(damaged));
    } catch (const Error &error) {
      EXPECT_EQ(error.code(), Code::SerializationError) << error.what();
      ++refused;
    }
  }
  EXPECT_GT(refused, 10000);
}

TEST(Artifact, anotherVersionIsNamed) {
  std::vector<std::byte> bytes = toBytes(sample::artifact());
  for (std::uint32_t version : {formatVersion - 1, formatVersion + 1, 99u}) {
    std::memcpy(&bytes[8], &version, sizeof version);
    EXPECT_EQ(codeOf([&] { fromBytes(bytes); }), Code::ArtifactMismatch);
  }
}

TEST(Artifact, plansThatLeaveTheirBuffersAreRefused) {
  const std::vector<std::function<void(Artifact &)>> breaks = {
      [](Artifact &a) { a.plan.steps[0].kernel = 2; },
      [](Artifact &a) { a.plan.steps[0].buffers.pop_back(); },
      [](Artifact &a) { a.plan.steps[0].buffers[0].index = 3; },
      [](Artifact &a) { a.plan.steps[0].buffers[0].byteOffset = 4; },
      [](Artifact &a) { a.plan.steps[0].buffers[2].byteOffset = 128; },
      [](Artifact &a) { a.plan.steps[0].buffers[2] = {Place::Input, 0, 0}; },
      [](Artifact &a) { a.plan.steps[1].buffers[3] = {Place::Constant, 0, 0}; },
      [](Artifact &a) {
        a.plan.steps[1].buffers[3].byteOffset = ~std::uint64_t(0) - 3;
      },
      [](Artifact &a) { a.plan.arenaBytes = 64; },
      [](Artifact &a) { a.plan.outputBytes[0] -= 1; },
      [](Artifact &a) { a.plan.outputBytes.clear(); },
      [](Artifact &a) { a.plan.outputs.clear(); },
      [](Artifact &a) { a.plan.outputs[0].slot = {Place::Arena, 0, 0}; },
      [](Artifact &a) { a.plan.outputs[0].type.dtype = DType::F64; },
      [](Artifact &a) { a.plan.constants[0].bytes.pop_back(); },
      [](Artifact &a) { a.kernels.pop_back(); },
      [](Artifact &a) { a.kernels[0].symbol = "a b"; },
      [](Artifact &a) { a.manifest.inputs.pop_back(); },
      [](Artifact &a) { a.manifest.inputs[1].type.shape = {7}; },
      [](Artifact &a) { a.manifest.inputs[0].frozen = a.plan.constants[0]; },
      [](Artifact &a) { a.captured->inputs.pop_back(); },
      [](Artifact &a) { a.captured->outputs.clear(); },
      [](Artifact &a) { a.captured->values[0].type.shape = {7}; },
      [](Artifact &a) { a.captured->values[0].type.strides = {2}; },
      [](Artifact &a) { a.captured->values.back().type.dtype = DType::F64; },
  };
  const Artifact whole = sample::savedArtifact();
  verify(whole);
  for (std::size_t i = 0; i < breaks.size(); ++i) {
    Artifact artifact = whole;
    breaks[i](artifact);
    EXPECT_EQ(codeOf([&] { verify(artifact); }), Code::SerializationError)
        << "case " << i;
  }
}

TEST(Artifact, inputsAfterTheDeclaredOnesAreHidden) {
  std::vector<Input> inputs = describeInputs(sample::graph(), 2);
  ASSERT_EQ(inputs.size(), 3u);
  EXPECT_EQ(inputs[0].name, "a");
  EXPECT_FALSE(inputs[1].hidden);
  EXPECT_TRUE(inputs[2].hidden);
}
