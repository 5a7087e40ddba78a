// Matrix products of compiler/cpu/Matmul.h, compiled and run over guarded
// memory.
#pragma once

#include "NativeModule.h"

#include "ferro/DType.h"
#include "ferro/Shape.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace ferro::test {

/// Bytes that end where a page begins that may not be touched.
class GuardedBytes {
public:
  explicit GuardedBytes(std::size_t size);
  ~GuardedBytes();
  GuardedBytes(const GuardedBytes &) = delete;
  std::byte *begin() const { return first; }
  std::size_t size() const { return bytes; }

private:
  std::size_t bytes, mapped;
  void *pages;
  std::byte *first;
};

/// An operand's layout, in elements; batch strides of 0 broadcast.
struct Layout {
  std::vector<std::int64_t> batch;
  std::int64_t alongK, alongOther;
};

/// What happens to every element before it is stored.
enum class Finish { Store, AddRow, AddRowTanh };

struct ProductCase {
  std::vector<std::int64_t> batch;
  std::int64_t m, n, k;
  Layout lhs, rhs;
  DType dtype = DType::F32;
  Finish finish = Finish::Store;
};

/// lhs [batch..., m, k] and rhs [batch..., k, n] in row-major order, or as
/// [batch..., k, m] and [batch..., n, k] read through their transposes.
ProductCase rowMajorCase(std::vector<std::int64_t> batch, std::int64_t m,
                         std::int64_t n, std::int64_t k,
                         bool lhsTransposed = false,
                         bool rhsTransposed = false);

/// A compiled product. The result is row-major [batch..., m, n] in the dtype
/// in which the product is computed.
class CompiledProduct {
public:
  CompiledProduct(const Machine &machine, const ProductCase &product);
  /// Runs every stage's blocks, backwards on request. \p row has n elements.
  void run(const void *lhs, const void *rhs, const void *row, void *result,
           bool backwards = false) const;
  std::size_t stages() const { return blocks.size(); }

private:
  using Stage = void (*)(std::int64_t block, const void *lhs, const void *rhs,
                         const void *row, void *result, void *workspace);
  std::unique_ptr<NativeModule> code;
  std::vector<Stage> entries;
  std::vector<std::int64_t> blocks;
  std::size_t workspaceBytes = 0;
};

/// The dtype of sums: f32 for the halves.
inline DType computeType(DType dtype) {
  return isFloat(dtype) && byteSize(dtype) == 2 ? DType::F32 : dtype;
}

} // namespace ferro::test
