// Numbers in device memory that outlive a launch.
#pragma once

#include "cutile/Atomics.h"

namespace cutile {

/// A number that all blocks and all launches share:
/// `static cutile::Global<i32> counter{0};` in a module.
template <ElementType E> class Global {
public:
  using element_type = E;
  /// The value until someone stores another.
  constexpr explicit Global(E initial) : value(initial) {}
  Global(const Global &) = delete;

  /// The value. Tags are an order, acquire by default, and a scope.
  template <AccessTag... Tags> E load(Tags... tags) {
    return static_cast<E>(atomic_load(get_global(*this), tags...));
  }
  /// Tags are an order, release by default, and a scope.
  template <AccessTag... Tags> void store(E next, Tags... tags) {
    atomic_store(get_global(*this), Tile<E>(next), tags...);
  }
  /// Adds and gives the old value. Tags are an order, acq_rel by default, and a
  /// scope.
  template <AccessTag... Tags>
    requires AtomicFor<E, AtomicMode::Add>
  E atomic_add(E operand, Tags... tags) {
    return static_cast<E>(
        atomic_fetch_add(get_global(*this), Tile<E>(operand), tags...));
  }

#ifndef __FERRO_JIT__
  // Where the reference keeps it; kernels do not compile with this.
  E *address() { return &value; }
#endif

private:
  E value;
};

/// A pointer to the number.
template <ElementType E>
[[cutile::op("get_global")]] PointerTile<E *> get_global(Global<E> &global) {
  return pointer_to_tile(global.address());
}

} // namespace cutile
