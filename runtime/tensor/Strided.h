// Copies between strided and row-major elements.
#pragma once

#include "tensor/Record.h"

namespace ferro::storage {

/// Writes the elements of a concrete \p record, row-major, to \p to.
void copyToContiguous(const detail::Record &record, std::byte *to);

} // namespace ferro::storage
