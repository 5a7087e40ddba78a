// The bytes of a Target, shared by requests and artifacts.
#pragma once

#include "artifact/Request.h"
#include "support/Bytes.h"

namespace ferro::artifact {

void write(support::ByteWriter &writer, const Target &target);
/// \throws Error SerializationError.
Target readTarget(support::ByteReader &reader);
void write(support::ByteWriter &writer, std::span<const Kernel> kernels);
/// \throws Error SerializationError.
std::vector<Kernel> readKernels(support::ByteReader &reader);

} // namespace ferro::artifact
