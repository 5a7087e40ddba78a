#include "artifact/Request.h"

#include "artifact/Target.h"
#include "graph/Serialize.h"

#include <cstring>

namespace ferro::artifact {

using support::ByteReader;
using support::ByteWriter;

// "FCRQ", "FCKQ" and "FCRS"; the number after it is raised with every change of
// layout.
static constexpr std::uint32_t requestMagic = 0x51524346;
static constexpr std::uint32_t kernelMagic = 0x514b4346;
static constexpr std::uint32_t responseMagic = 0x53524346;
static constexpr std::uint32_t layoutVersion = 2;
static constexpr std::size_t numStages =
    static_cast<std::size_t>(Stage::Checks) + 1;

static void writeHeader(ByteWriter &writer, std::uint32_t magic) {
  writer.write(magic);
  writer.write(layoutVersion);
}

static void readHeader(ByteReader &reader, std::uint32_t magic) {
  reader.require(reader.read<std::uint32_t>() == magic,
                 "the magic number is another one");
  reader.require(reader.read<std::uint32_t>() == layoutVersion,
                 "the layout version is another one");
}

void write(ByteWriter &writer, const Target &target) {
  writer.string(target.triple);
  writer.string(target.cpu);
  writer.count(target.features.size());
  for (const std::string &feature : target.features)
    writer.string(feature);
}

Target readTarget(ByteReader &reader) {
  Target target;
  target.triple = reader.string();
  target.cpu = reader.string();
  target.features.resize(reader.count(sizeof(std::uint64_t)));
  for (std::string &feature : target.features)
    feature = reader.string();
  return target;
}

void write(ByteWriter &writer, std::span<const Kernel> kernels) {
  writer.count(kernels.size());
  for (const Kernel &kernel : kernels) {
    writer.string(kernel.symbol);
    writer.write(kernel.workspace);
  }
}

std::vector<Kernel> readKernels(ByteReader &reader) {
  std::vector<Kernel> kernels(reader.count(2 * sizeof(std::uint64_t)));
  for (Kernel &kernel : kernels) {
    kernel.symbol = reader.string();
    kernel.workspace = reader.read<std::uint64_t>();
  }
  return kernels;
}

std::vector<std::byte> serialize(const CompileRequest &request) {
  ByteWriter writer;
  writeHeader(writer, requestMagic);
  write(writer, request.target);
  writer.write(request.stage);
  writer.bytes(graph::serialize(request.graph));
  return writer.take();
}

CompileRequest deserializeRequest(std::span<const std::byte> bytes) {
  ByteReader reader(bytes, "compile request");
  readHeader(reader, requestMagic);
  CompileRequest request;
  request.target = readTarget(reader);
  request.stage = reader.readEnum<Stage>(numStages);
  request.graph = graph::deserialize(reader.bytes());
  reader.finish();
  return request;
}

std::vector<std::byte> serialize(const KernelRequest &request) {
  ByteWriter writer;
  writeHeader(writer, kernelMagic);
  write(writer, request.target);
  writer.write(request.stage);
  writer.string(request.source);
  writer.string(request.kernel);
  writer.string(request.standard);
  writer.write<std::uint8_t>(request.signedChar);
  writer.bytes(std::as_bytes(std::span(request.facts)));
  writer.write(request.checks);
  return writer.take();
}

bool isKernelRequest(std::span<const std::byte> bytes) {
  std::uint32_t magic = 0;
  if (bytes.size() < sizeof magic)
    return false;
  std::memcpy(&magic, bytes.data(), sizeof magic);
  return magic == kernelMagic;
}

KernelRequest deserializeKernelRequest(std::span<const std::byte> bytes) {
  ByteReader reader(bytes, "compile request");
  readHeader(reader, kernelMagic);
  KernelRequest request;
  request.target = readTarget(reader);
  request.stage = reader.readEnum<Stage>(numStages);
  request.source = reader.string();
  request.kernel = reader.string();
  request.standard = reader.string();
  request.signedChar = reader.read<std::uint8_t>() != 0;
  for (std::byte each : reader.bytes())
    request.facts.push_back(static_cast<std::uint8_t>(each));
  request.checks = reader.readEnum<CheckPlaces>(
      static_cast<std::size_t>(CheckPlaces::NoHoist) + 1);
  reader.finish();
  return request;
}

std::vector<std::byte> serialize(const CompileResponse &response) {
  ByteWriter writer;
  writeHeader(writer, responseMagic);
  write(writer, response.kernels);
  writer.bytes(response.object);
  return writer.take();
}

CompileResponse deserializeResponse(std::span<const std::byte> bytes) {
  ByteReader reader(bytes, "compile response");
  readHeader(reader, responseMagic);
  CompileResponse response;
  response.kernels = readKernels(reader);
  std::span<const std::byte> object = reader.bytes();
  response.object.assign(object.begin(), object.end());
  reader.finish();
  return response;
}

} // namespace ferro::artifact
