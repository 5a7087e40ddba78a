#include "Themes.h"

#include <algorithm>
#include <cmath>

namespace ferro::gpucheck {
using enum Element;
using enum Generator;

void addRows(std::vector<Case> &cases) {
  cases.push_back({"rows",
                   "softmax",
                   on({5}, {128}),
                   {in(F32, 5 * 300, Integers), out(F32, 5 * 300), u32(300)},
                   [](Memory &m) {
                     for (int r = 0; r < 5; ++r) {
                       auto x =
                           m.at<float>(0).subspan(std::size_t(r) * 300, 300);
                       double most = *std::ranges::max_element(x), sum = 0;
                       for (float v : x)
                         sum += std::exp(v - most);
                       for (int i = 0; i < 300; ++i)
                         m.at<float>(1)[r * 300 + i] =
                             float(std::exp(x[i] - most) / sum);
                     }
                   },
                   {0, 1e-5}});
  cases.push_back(
      {"rows",
       "layer_norm",
       on({4}, {64}),
       {in(F32, 4 * 200, Unit), in(F32, 200, Unit), in(F32, 200, Unit),
        out(F32, 4 * 200), u32(200), f32(1e-5f)},
       [](Memory &m) {
         for (int r = 0; r < 4; ++r) {
           auto x = m.at<float>(0).subspan(std::size_t(r) * 200, 200);
           double mean = 0, squares = 0;
           for (float v : x)
             mean += v / 200.0;
           for (float v : x)
             squares += (v - mean) * (v - mean) / 200;
           for (int i = 0; i < 200; ++i)
             m.at<float>(3)[r * 200 + i] =
                 float((x[i] - mean) / std::sqrt(squares + 1e-5f) *
                           m.at<float>(1)[i] +
                       m.at<float>(2)[i]);
         }
       },
       {1e-5, 1e-5}});
  cases.push_back({"rows",
                   "rms_norm",
                   on({3}, {96}),
                   {in(F32, 3 * 400, Unit), out(F32, 3 * 400), u32(100)},
                   [](Memory &m) {
                     for (int r = 0; r < 3; ++r) {
                       auto x =
                           m.at<float>(0).subspan(std::size_t(r) * 400, 400);
                       double squares = 0;
                       for (float v : x)
                         squares += double(v) * v / 400;
                       for (int i = 0; i < 400; ++i)
                         m.at<float>(1)[r * 400 + i] =
                             float(x[i] / std::sqrt(squares + 1e-5f));
                     }
                   },
                   {1e-6, 1e-5}});
  cases.push_back({"rows",
                   "gelu",
                   on({3}, {128}),
                   {in(F32, 300, Integers), out(F32, 300), u32(300)},
                   [](Memory &m) {
                     for (int i = 0; i < 300; ++i) {
                       double x = m.at<float>(0)[i];
                       m.at<float>(1)[i] =
                           float(0.5 * x *
                                 (1 + std::tanh(0.7978845608 *
                                                (x + 0.044715 * x * x * x))));
                     }
                   },
                   {1e-6, 1e-5}});
  cases.push_back({"rows",
                   "online_softmax_sum",
                   on({2}, {32}),
                   {in(F32, 64 * 50, Integers), out(F32, 64), u32(50)},
                   [](Memory &m) {
                     for (int r = 0; r < 64; ++r) {
                       double sum = 0;
                       for (int i = 0; i < 50; ++i)
                         sum += std::exp(double(m.at<float>(0)[r * 50 + i]));
                       m.at<float>(1)[r] = float(std::log(sum));
                     }
                   },
                   {1e-4, 1e-5}});
}

} // namespace ferro::gpucheck
