#include "Products.h"
#include "Themes.h"

namespace ferro::gpucheck {
using enum Element;
using enum Generator;

void addFp8(std::vector<Case> &cases) {
  cases.push_back({"fp8",
                   "mma_e4m3",
                   on({3}, {32}),
                   {in(E4M3, 3 * 16 * 64, Integers),
                    in(E4M3, 3 * 8 * 64, Integers), out(F32, 384), u32(64)},
                   blockProducts<float, 3, 16, 8, 64, E4M3>});
  cases.push_back({"fp8",
                   "mma_e5m2",
                   on({3}, {32}),
                   {in(E5M2, 3 * 16 * 64, Integers),
                    in(E5M2, 3 * 8 * 64, Integers), out(F32, 384), u32(64)},
                   blockProducts<float, 3, 16, 8, 64, E5M2>});
}

} // namespace ferro::gpucheck
