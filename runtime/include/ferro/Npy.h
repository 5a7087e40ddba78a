// NumPy's .npy files.
#pragma once

#include "ferro/Creation.h"
#include "ferro/DType.h"
#include "ferro/Error.h"
#include "ferro/Export.h"
#include "ferro/Ops.h"
#include "ferro/Shape.h"
#include "ferro/Tensor.h"

#include <cstddef>
#include <cstring>
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

/// The tensor in a file.
/// \throws Error DTypeMismatch unless its elements are T, and as read.
template <typename T> Tensor<T> load(const std::string &path) {
  Array array = read(path);
  if (array.dtype != dtypeOf<T>)
    throw Error(Code::DTypeMismatch, "npy",
                path + " holds " + std::string(toString(array.dtype)) +
                    "; it is loaded as " + std::string(toString(dtypeOf<T>)));
  Tensor<T> tensor = empty<T>(array.shape);
  if (!array.bytes.empty())
    std::memcpy(tensor.mutable_data().data(), array.bytes.data(),
                array.bytes.size());
  return tensor;
}

/// Writes a tensor, row-major. \throws Error as write.
template <typename T>
void save(const std::string &path, const Tensor<T> &tensor) {
  Tensor<T> dense = contiguous(tensor);
  auto bytes = std::as_bytes(dense.data());
  write(path, {dtypeOf<T>, tensor.shape(), {bytes.begin(), bytes.end()}});
}

} // namespace ferro::npy
