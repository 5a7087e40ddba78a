// Fusion: which nodes become one kernel.
//
// Afterwards a graph holds constants, views and groups only. A group is a Fused
// node; its attribute `kind` says what its region holds, D being its domain:
//
//   elementwise  Element-wise ops and casts. D is the shape of every result.
//   reduction    The same with reductions of operands of shape D. Either all of
//                them, softmax and log_softmax among them, reduce the same
//                trailing axes of D: then results have shape D, or D with these
//                axes as 1, or dropped, and the reductions' values may be read
//                in the group. Or there is one reduction, over any axes, that
//                nothing in the group reads: then results are its own and
//                values of shape D.
//   matmul       One matrix product whose operands are operands of the group,
//                and element-wise ops. D, the product's shape, is the shape of
//                every result.
//   movement     One cat or contiguous.
//
// What holds in every region:
//   (C1) Views insert or drop axes of extent 1, or repeat them (expand).
//   (C2) Every value is walked by D in exactly one way: each of its axes that
//   is
//        not 1 follows one axis of D, the same for all readers. So a value is
//        loaded or computed once for each point of D (or of D's rows).
//   (C3) Constants have one element.
//   (C4) Inputs carry in their type the strides of their storage; no output is
//        an input; every node is needed.
//   (C5) Softmax and log_softmax work along the last axis.
//
// Nodes are joined if the group is legal, if no path leaves it and comes back,
// and if nothing dear (exp and the like) would be computed more often than
// before. Only constants and views of the kinds of (C1) are duplicated.
// Consumers join their producers first; then neighbours that read the same.
//
// A reshape that cannot be a view gets a `contiguous` in front, softmax along
// another axis becomes one along the last between two transposes.
#pragma once

#include "graph/Graph.h"

namespace ferro::passes {

enum class Fusion : bool { Single, Joined };

/// Single gives every node a group of its own.
void fuseGroups(graph::Graph &graph, Fusion fusion);

} // namespace ferro::passes
