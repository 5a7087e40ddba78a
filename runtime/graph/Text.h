// The graph's text form.
//
//   graph @weighted_sum(%a: f32[3], %w: f32[3, 4]{1, 3}) -> (f32[]) {
//     %0 = mul %a, %w : f32[3, 4]
//     %1 = sum %0 {axes = [], keepdim = false} : f32[]
//     %2, %3 = fused %1, %a {kind = "elementwise"} : f32[3], f32[3] {
//       graph @region(...) -> (...) { ... }
//     }
//     return %2
//   }
//
// Braces after a shape give strides that are not row-major.
#pragma once

#include "graph/Graph.h"

#include <string>
#include <string_view>

namespace ferro::graph {

std::string print(const Graph &graph);
/// \throws Error ParseError with line and column.
Graph parse(std::string_view text);

} // namespace ferro::graph
