// The integer halves of instructions that floats have too: each returns false
// if the type is not an integer's.
#pragma once

#include "emulator/Decoder.h"

namespace ferro::emulator {

bool decodeIntegerAdd(Decoding &d, Tag type, bool subtracts);
bool decodeIntegerMul(Decoding &d, Tag type);
bool decodeIntegerMad(Decoding &d, Tag type);
bool decodeIntegerDiv(Decoding &d, Tag type);
bool decodeIntegerMinMax(Decoding &d, Tag type, bool isMax);
bool decodeIntegerSign(Decoding &d, Tag type, bool negates);

} // namespace ferro::emulator
