// Tensor maps whose bytes the driver tells: each row encodes one, and together
// they show what every parameter does to the 128 bytes.
#pragma once

#include "../Backend.h"

#include <cstdint>
#include <string>
#include <vector>

namespace ferro::gpucheck {

struct MapRow {
  std::string name;
  TensorMap map;
  std::uint64_t address = 0;
  /// The documented rules allow it. Of the others it is the answer that tells
  /// whether the driver refuses.
  bool legal = true;
};

/// One parameter at a time away from a plain map, then the edges of the rules,
/// then random combinations.
std::vector<MapRow> makeMapRows();

/// The names of the columns of \c describe, separated by tabs.
extern const char *const mapColumns;

/// All parameters of a row, as numbers of cuda.h; lists have commas.
std::string describe(const MapRow &row);

} // namespace ferro::gpucheck
