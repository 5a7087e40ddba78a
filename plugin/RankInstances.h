// From a template with shape packs to its rank instances.
#pragma once

#include "RankChecker.h"
#include "ScriptRewriter.h"

#include <set>

namespace ferro::plugin {

/// Writes the edits that give every template of \p uses its rank instances:
///
///   template <ElementType E, int... D>
///   [[cutile::variadic_op(N = 2)]] Tile<E, D...> twice(Tile<E, D...> a) {
///   BODY }
///
/// becomes a constrained wrapper of the same name and signature, the overloads
/// it chooses from, one for each rank, and the function as it was, which they
/// share:
///
///   template <ElementType E, int... D>
///     requires ::cutile::TakesRanksUpTo<"twice", 2, sizeof...(D)>
///   Tile<E, D...> twice(Tile<E, D...> a);
///   template <ElementType E, int... D>
///   Tile<E, D...> twice_for_any_rank(Tile<E, D...> a) { BODY }
///   namespace twice_ranks {
///   template <ElementType E> Tile<E> twice(Rank<0>, Tile<E> a) { ... }
///   template <ElementType E, int D0>
///   Tile<E, D0> twice(Rank<1>, Tile<E, D0> a) { ... }
///   ...
///   }
///   ... twice(Tile<E, D...> a) {
///     return twice_ranks::twice(Rank<sizeof...(D)>{}, a);
///   }
///
/// The wrapper is declared before the body, which may call it. \p errors are
/// the places of Clang's errors: a signature that has one is left alone.
void rewriteRanks(llvm::ArrayRef<RankUse> uses, Style style, clang::Sema &sema,
                  const std::set<clang::SourceLocation> &errors,
                  FileEdits &edits, Findings &findings);

} // namespace ferro::plugin
