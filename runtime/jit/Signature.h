// The key under which a script's compiled code is found again.
#pragma once

#include "ferro/TracedModule.h"

#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace ferro::jit {

/// The signature of a call as bytes: for every tensor its dtype, device, shape,
/// strides if they are not row-major, and whether it requires a gradient; for
/// every static argument and outside scalar its value; for outside tensors also
/// which of them are the same tensor. Values of tensors are no part of it.
///
/// Kept in place up to a size that common calls stay below, so that a warm call
/// does not allocate.
class Signature {
public:
  Signature(std::span<const detail::Argument> arguments,
            std::span<const detail::Argument> outside);
  std::string_view bytes() const {
    return spilled.empty() ? std::string_view(inPlace.data(), used)
                           : std::string_view(spilled.data(), spilled.size());
  }

private:
  void append(const void *bytes, std::size_t size);
  template <typename T> void append(const T &value) {
    append(&value, sizeof value);
  }
  void addTensor(const detail::Record &record);
  void addStatic(const detail::Argument &argument);

  std::array<char, 1024> inPlace;
  std::size_t used = 0;
  std::vector<char> spilled;
};

} // namespace ferro::jit
