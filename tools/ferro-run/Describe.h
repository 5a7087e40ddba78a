// An artifact and its results as text.
#pragma once

#include "artifact/Artifact.h"

#include "ferro/Npy.h"

#include <string>

namespace ferro::run {

/// What an artifact holds, one fact a line.
std::string describe(const artifact::Artifact &artifact);

/// "f32[3] 1 2 3", with the first elements of a long array.
std::string describe(const npy::Array &array);

} // namespace ferro::run
