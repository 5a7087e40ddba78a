// Copies between strided and row-major elements.
#pragma once

#include "tensor/Record.h"

namespace ferro::storage {

/// Writes the elements of a concrete \p record, row-major, to \p to.
void copyToContiguous(const detail::Record &record, std::byte *to);

/// Copies the elements of \p from to \p to, which has the same shape and dtype
/// and shares no memory with it.
void copyStrided(const detail::Record &from, const detail::Record &to);

/// Sets every element of \p record to the one at \p element.
void fillStrided(const detail::Record &record, const std::byte *element);

} // namespace ferro::storage
