// The graph's text form.
//
//   // Comments run to the end of the line.
//   graph @weighted_sum(%a: f32[3], %w: f32[3, 4]{1, 3}) -> (f32[]) {
//     %0 = mul %a, %w : f32[3, 4]
//     %1 = sum %0 {axes = [], keepdim = false} : f32[]
//     %2, %3 = fused %1, %a {kind = "elementwise"} : f32[3], f32[3] {
//       graph @region(...) -> (...) { ... }
//     }
//     return %2
//   }
//
// Braces that touch a shape give strides that are not row-major. The types of
// results and of the graph may be left out, except a fused node's; where they
// stand they must be what inference gives.
// Attributes: true, 7, 0.5, "text", [0, 1], f32, and literals: f32[2](0.5, nan)
// lists the elements, f32[2](0x"0000003f0000c07f") their bytes. A NaN whose
// bits are not the usual ones is printed as bytes. Names in quotes may hold
// anything. Inputs without a name and results are numbered in order. Locations
// are not part of the text.
#pragma once

#include "graph/Graph.h"

#include <string>
#include <string_view>
#include <vector>

namespace ferro::graph {

std::string print(const Graph &graph);
/// "f32[2, 3]", strides added where they are not row-major: "f32[2, 3]{1, 2}".
std::string toString(const Type &type);
/// The verified graph. \throws Error ParseError with line and column.
Graph parse(std::string_view text);
/// Every graph of a text that may hold several.
std::vector<Graph> parseAll(std::string_view text);

} // namespace ferro::graph
