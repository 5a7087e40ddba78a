#include "compiler/gpu/Layout.h"

#include <algorithm>
#include <bit>

namespace ferro::gpu {

std::uint32_t LinearMap::operator()(std::uint32_t index) const {
  std::uint32_t result = 0;
  for (std::size_t bit = 0; bit < images.size(); ++bit)
    if (index >> bit & 1)
      result ^= images[bit];
  return result;
}

// Gauss: each image that the ones before it do not make adds one.
unsigned LinearMap::rank() const {
  std::vector<std::uint32_t> pivots;
  for (std::uint32_t image : images) {
    for (std::uint32_t pivot : pivots)
      image = std::min(image, image ^ pivot);
    if (image)
      pivots.push_back(image);
  }
  return static_cast<unsigned>(pivots.size());
}

LinearMap LinearMap::after(const LinearMap &first) const {
  LinearMap result;
  for (std::uint32_t image : first.images)
    result.images.push_back((*this)(image));
  return result;
}

std::optional<LinearMap> LinearMap::inverse() const {
  std::vector<std::uint32_t> rows = images, made(images.size());
  for (std::size_t bit = 0; bit < rows.size(); ++bit) {
    made[bit] = 1u << bit;
    if (rows[bit] >= size())
      return std::nullopt;
  }
  // What bits combine to `made[k]` has the image `rows[k]`; in the end that is
  // bit k.
  for (std::size_t bit = 0; bit < rows.size(); ++bit) {
    std::size_t pivot = bit;
    while (pivot < rows.size() && !(rows[pivot] >> bit & 1))
      ++pivot;
    if (pivot == rows.size())
      return std::nullopt;
    std::swap(rows[bit], rows[pivot]);
    std::swap(made[bit], made[pivot]);
    for (std::size_t other = 0; other < rows.size(); ++other)
      if (other != bit && rows[other] >> bit & 1) {
        rows[other] ^= rows[bit];
        made[other] ^= made[bit];
      }
  }
  return LinearMap{made};
}

LinearMap LinearMap::identity(unsigned bits) {
  LinearMap result;
  for (unsigned bit = 0; bit < bits; ++bit)
    result.images.push_back(1u << bit);
  return result;
}

LinearMap LinearMap::swizzled(unsigned rowBits, unsigned columnBits,
                              unsigned chunkBits, unsigned swizzleBits) {
  LinearMap result = identity(rowBits + columnBits);
  for (unsigned bit = 0; bit < std::min(swizzleBits, rowBits); ++bit)
    result.images[columnBits + bit] ^= 1u << (chunkBits + bit);
  return result;
}

static LinearMap joined(const Layout &layout) {
  LinearMap both = layout.registers;
  both.images.insert(both.images.end(), layout.threads.images.begin(),
                     layout.threads.images.end());
  return both;
}

std::uint32_t Layout::numElements() const { return 1u << joined(*this).rank(); }

std::uint32_t Layout::numOwners() const {
  return 1u << (joined(*this).rank() - registers.rank());
}

bool Layout::isComplete() const {
  std::uint32_t all = 0;
  for (std::uint32_t image : joined(*this).images)
    all |= image;
  return all < numElements();
}

Layout Layout::blocked(std::uint32_t elements, std::uint32_t threads,
                       std::uint32_t width) {
  width = std::min(width, std::max(elements / threads, 1u));
  Layout result;
  std::uint32_t next = 1;
  for (; next < width; next *= 2)
    result.registers.images.push_back(next);
  for (std::uint32_t thread = 1; thread < threads; thread *= 2) {
    result.threads.images.push_back(next < elements ? next : 0);
    next *= 2;
  }
  for (; next < elements; next *= 2)
    result.registers.images.push_back(next);
  return result;
}

// Lane 4g + t holds columns 2t and 2t + 1 of row g and of row g + 8.
Layout Layout::mmaAccumulator() { return {{{1, 8 * 8}}, {{2, 4, 8, 16, 32}}}; }

// Columns 2t and 2t + 1 of rows g and g + 8, then the same 8 columns on.
Layout Layout::mmaLhs() { return {{{1, 8 * 16, 8}}, {{2, 4, 16, 32, 64}}}; }

// Rows 2t, 2t + 1, 2t + 8 and 2t + 9 of column g.
Layout Layout::mmaRhs() { return {{{8, 8 * 8}}, {{2 * 8, 4 * 8, 1, 2, 4}}}; }

} // namespace ferro::gpu
