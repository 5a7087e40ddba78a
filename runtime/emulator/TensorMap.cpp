// The 128 bytes of a tensor map.
#include "ferro/Emulator.h"
#include "ferro/Error.h"

using namespace ferro;
using namespace ferro::emulator;

std::array<std::byte, 128> Emulator::encode(const TensorMapShape &,
                                            std::uint64_t) {
  throw Error(ferro::Code::UnsupportedOp, "emulator",
              "tensor maps are not encoded yet");
}
