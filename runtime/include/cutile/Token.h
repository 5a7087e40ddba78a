// Tokens order memory accesses explicitly.
//
// A program's accesses to one tensor happen in program order, and nobody needs
// a token for that. The primitives whose names end in _tko take one and return
// one: an access with a token happens after what the token stands for, and is
// otherwise unordered.
#pragma once

#include "cutile/Std.h"

namespace cutile {

/// Stands for memory accesses that have happened. The default is program
/// order: after the earlier accesses to the same tensor.
class Token {};

/// A value and the token of the access that gave it.
template <typename T> struct Tokened {
  T value;
  Token token;
};

/// A token that stands for nothing: an access with it waits for no other.
[[cutile::op("new_token_unordered")]] inline Token new_token_unordered() {
  return {};
}

/// A token that stands for what all of \p tokens stand for, two or more.
template <typename... Tokens>
  requires(sizeof...(Tokens) >= 2 && (std::same_as<Tokens, Token> && ...))
[[cutile::op("join_tokens")]] Token
join_tokens([[maybe_unused]] Tokens... tokens) {
  return {};
}

} // namespace cutile
