// NumPy's .npy files.
#pragma once

#include "ferro/DType.h"
#include "ferro/Export.h"
#include "ferro/Shape.h"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace ferro::npy {

/// An array's elements, row-major, in the machine's byte order.
struct Array {
  DType dtype = DType::F32;
  Shape shape;
  std::vector<std::byte> bytes;
  friend bool operator==(const Array &, const Array &) = default;
};

/// Reads the bytes of a .npy file, versions 1 to 3: row- or column-major,
/// either byte order. Source: numpy/lib/format.py.
/// \throws Error SerializationError for bytes that are no .npy file,
/// UnsupportedOp
///         for an element type that a Tensor cannot have.
FERRO_API Array parse(std::span<const std::byte> bytes);

/// The bytes of a .npy file, version 1.
/// \throws Error UnsupportedOp for bf16, which NumPy does not know;
/// SerializationError
///         if the bytes do not fit the shape.
FERRO_API std::vector<std::byte> format(const Array &array);

/// \throws Error IoError, and as parse.
FERRO_API Array read(const std::string &path);
/// \throws Error IoError, and as format.
FERRO_API void write(const std::string &path, const Array &array);

} // namespace ferro::npy
