#include "artifact/Artifact.h"

#include "artifact/Target.h"
#include "graph/Serialize.h"
#include "support/Bytes.h"
#include "support/Files.h"
#include "support/Hash.h"

namespace ferro::artifact {

using graph::Literal;
using graph::Type;
using support::ByteReader;
using support::ByteWriter;

static constexpr std::uint64_t magic = 0x545241464f525246; // "FRROFART"
static constexpr const char *subject = "artifact";

// --- the parts

static void write(ByteWriter &out, const Dims &dims) {
  out.write(static_cast<std::uint8_t>(dims.size()));
  for (std::int64_t value : dims)
    out.write(value);
}

static Dims readDims(ByteReader &in) {
  std::size_t rank = in.read<std::uint8_t>();
  in.require(rank <= maxRank, "a rank is too large");
  Dims dims;
  for (std::size_t i = 0; i < rank; ++i)
    dims.push_back(in.read<std::int64_t>());
  return dims;
}

static void write(ByteWriter &out, const Type &type) {
  out.write(type.dtype);
  write(out, type.shape);
  write(out, type.strides);
}

static Type readType(ByteReader &in) {
  Type type;
  type.dtype = in.readEnum<DType>(numDTypes);
  type.shape = readDims(in);
  type.strides = readDims(in);
  in.require(type.strides.empty() || type.strides.size() == type.shape.size(),
             "strides do not fit their shape");
  return type;
}

static void write(ByteWriter &out, const Literal &literal) {
  out.write(literal.dtype);
  write(out, literal.shape);
  out.bytes(literal.bytes);
}

static Literal readLiteral(ByteReader &in) {
  Literal literal;
  literal.dtype = in.readEnum<DType>(numDTypes);
  literal.shape = readDims(in);
  std::span<const std::byte> bytes = in.bytes();
  literal.bytes.assign(bytes.begin(), bytes.end());
  return literal;
}

static void write(ByteWriter &out, const Slot &slot) {
  out.write(slot.place);
  out.write(slot.index);
  out.write(slot.byteOffset);
}

static Slot readSlot(ByteReader &in) {
  Slot slot;
  slot.place = in.readEnum<Place>(static_cast<std::size_t>(Place::Arena) + 1);
  slot.index = in.read<std::uint32_t>();
  slot.byteOffset = in.read<std::uint64_t>();
  return slot;
}

static constexpr std::size_t slotBytes = 13; // as written

static void write(ByteWriter &out, const Manifest &manifest) {
  out.string(manifest.function);
  out.string(manifest.libraryVersion);
  out.string(manifest.compilerVersion);
  out.write(manifest.kernelAbi);
  out.string(manifest.key);
  write(out, manifest.target);
  out.count(manifest.inputs.size());
  for (const Input &input : manifest.inputs) {
    out.string(input.name);
    write(out, input.type);
    out.write(input.hidden);
    out.write(input.frozen.has_value());
    if (input.frozen)
      write(out, *input.frozen);
  }
  out.count(manifest.statics.size());
  for (const StaticArgument &argument : manifest.statics) {
    out.string(argument.name);
    out.write(argument.position);
    out.string(argument.value);
  }
  out.write(manifest.isTileKernel);
}

static Manifest readManifest(ByteReader &in) {
  Manifest manifest;
  manifest.function = in.string();
  manifest.libraryVersion = in.string();
  manifest.compilerVersion = in.string();
  manifest.kernelAbi = in.read<std::uint32_t>();
  manifest.key = in.string();
  manifest.target = readTarget(in);
  manifest.inputs.resize(in.count(13));
  for (Input &input : manifest.inputs) {
    input.name = in.string();
    input.type = readType(in);
    input.hidden = in.read<bool>();
    if (in.read<bool>())
      input.frozen = readLiteral(in);
  }
  manifest.statics.resize(in.count(20));
  for (StaticArgument &argument : manifest.statics) {
    argument.name = in.string();
    argument.position = in.read<std::uint32_t>();
    argument.value = in.string();
  }
  manifest.isTileKernel = in.read<bool>();
  return manifest;
}

static void write(ByteWriter &out, const Plan &plan) {
  out.count(plan.steps.size());
  for (const Step &step : plan.steps) {
    out.write(step.kernel);
    out.count(step.buffers.size());
    for (const Slot &slot : step.buffers)
      write(out, slot);
  }
  out.count(plan.outputBytes.size());
  for (std::uint64_t bytes : plan.outputBytes)
    out.write(bytes);
  out.count(plan.outputs.size());
  for (const OutputView &output : plan.outputs) {
    write(out, output.slot);
    write(out, output.type);
  }
  out.count(plan.constants.size());
  for (const Literal &literal : plan.constants)
    write(out, literal);
  out.write(plan.arenaBytes);
  out.write(plan.naiveBytes);
}

static Plan readPlan(ByteReader &in) {
  Plan plan;
  plan.steps.resize(in.count(12));
  for (Step &step : plan.steps) {
    step.kernel = in.read<std::uint32_t>();
    step.buffers.resize(in.count(slotBytes));
    for (Slot &slot : step.buffers)
      slot = readSlot(in);
  }
  plan.outputBytes.resize(in.count(8));
  for (std::uint64_t &bytes : plan.outputBytes)
    bytes = in.read<std::uint64_t>();
  plan.outputs.resize(in.count(slotBytes + 3));
  for (OutputView &output : plan.outputs) {
    output.slot = readSlot(in);
    output.type = readType(in);
  }
  plan.constants.resize(in.count(10));
  for (Literal &literal : plan.constants)
    literal = readLiteral(in);
  plan.arenaBytes = in.read<std::uint64_t>();
  plan.naiveBytes = in.read<std::uint64_t>();
  return plan;
}

// --- the whole

std::vector<Input> describeInputs(const graph::Graph &graph,
                                  std::size_t numDeclared) {
  std::vector<Input> inputs;
  for (graph::ValueId id : graph.inputs) {
    const graph::Value &value = graph.values[id.index];
    inputs.push_back(
        {value.name, value.type, inputs.size() >= numDeclared, {}});
  }
  return inputs;
}

std::vector<std::byte> toBytes(const Artifact &artifact) {
  ByteWriter payload;
  write(payload, artifact.manifest);
  payload.bytes(graph::serialize(artifact.graph));
  payload.write(artifact.captured.has_value());
  if (artifact.captured)
    payload.bytes(graph::serialize(*artifact.captured));
  write(payload, artifact.plan);
  write(payload, artifact.kernels);
  payload.bytes(artifact.object);

  ByteWriter out;
  out.write(magic);
  out.write(formatVersion);
  out.count(payload.size());
  support::Digest digest = support::digest(payload.view());
  out.write(digest.high);
  out.write(digest.low);
  out.raw(payload.view());
  return out.take();
}

/// The payload, once its size and digest are known to be right.
static std::span<const std::byte>
readEnvelope(std::span<const std::byte> bytes) {
  ByteReader in(bytes, subject);
  in.require(in.read<std::uint64_t>() == magic,
             "the magic number is another one");
  auto version = in.read<std::uint32_t>();
  if (version != formatVersion)
    throw Error(Code::ArtifactMismatch, subject,
                "found format version " + std::to_string(version) +
                    "; this library reads version " +
                    std::to_string(formatVersion));
  auto size = in.read<std::uint64_t>();
  support::Digest expected;
  expected.high = in.read<std::uint64_t>();
  expected.low = in.read<std::uint64_t>();
  in.require(size == in.remaining(), "the size is another one");
  std::span<const std::byte> payload = in.raw(in.remaining());
  in.require(support::digest(payload) == expected, "the digest is another one");
  return payload;
}

Artifact fromBytes(std::span<const std::byte> bytes) {
  ByteReader in(readEnvelope(bytes), subject);
  Artifact artifact;
  artifact.manifest = readManifest(in);
  artifact.graph = graph::deserialize(in.bytes());
  if (in.read<bool>())
    artifact.captured = graph::deserialize(in.bytes());
  artifact.plan = readPlan(in);
  artifact.kernels = readKernels(in);
  std::span<const std::byte> object = in.bytes();
  artifact.object.assign(object.begin(), object.end());
  in.finish();
  verify(artifact);
  return artifact;
}

void save(const Artifact &artifact, const std::string &path) {
  support::writeFile(path, toBytes(artifact));
}

Artifact load(const std::string &path) {
  return fromBytes(support::readFile(path));
}

} // namespace ferro::artifact
