#include "artifact/KernelFacts.h"

#include "support/Bytes.h"

#include "ferro/Error.h"
#include "ferro/Shape.h"

namespace ferro::artifact {

using support::ByteReader;

static Log2 readDivisor(std::uint8_t byte) {
  if (byte > 10)
    throw Error(Code::SerializationError, "facts of a kernel",
                "a divisor is 2^" + std::to_string(byte) +
                    "; it is 2^10 at most");
  return byte;
}

static ArgumentFacts readTensor(ByteReader &reader) {
  ArgumentFacts facts{.kind = ArgumentFacts::Kind::Tensor};
  auto rank = reader.read<std::uint8_t>();
  if (rank > maxRank)
    throw Error(Code::SerializationError, "facts of a kernel",
                "a tensor has " + std::to_string(rank) + " axes; it has " +
                    std::to_string(maxRank) + " at most");
  auto flags = reader.read<std::uint8_t>();
  facts.isContiguous = flags & 1;
  facts.isDistinct = flags & 2;
  facts.unitStrides = reader.read<std::uint8_t>();
  facts.divisor = readDivisor(reader.read<std::uint8_t>());
  for (int axis = 0; axis < rank; ++axis) {
    auto both = reader.read<std::uint8_t>();
    facts.extents.push_back(readDivisor(both & 15));
    facts.strides.push_back(readDivisor(both >> 4));
  }
  return facts;
}

static ArgumentFacts readArgument(ByteReader &reader) {
  switch (reader.readEnum<FactsTag>(4)) {
  case FactsTag::Other:
    return {};
  case FactsTag::Brief:
    return {.kind = ArgumentFacts::Kind::Tensor,
            .isContiguous = reader.read<std::uint8_t>() != 0};
  case FactsTag::Full:
    return readTensor(reader);
  case FactsTag::Number:
    return {.kind = ArgumentFacts::Kind::Number,
            .divisor = readDivisor(reader.read<std::uint8_t>())};
  }
  __builtin_unreachable();
}

KernelFacts factsOf(std::span<const std::uint8_t> bytes) {
  KernelFacts facts;
  if (bytes.empty())
    return facts;
  ByteReader reader(std::as_bytes(bytes), "facts of a kernel");
  facts.occupancy = reader.read<std::uint8_t>();
  facts.ctasPerCluster = reader.read<std::uint8_t>();
  facts.warps = reader.read<std::uint8_t>();
  if (reader.read<std::uint8_t>() != 0) {
    facts.grid.emplace();
    for (std::int64_t &extent : *facts.grid)
      extent = reader.read<std::int32_t>();
  }
  while (reader.remaining() != 0)
    facts.arguments.push_back(readArgument(reader));
  return facts;
}

} // namespace ferro::artifact
