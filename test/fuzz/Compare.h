// What generated programs are made of: a kernel runs as reference and as native
// code on equal data, and what the two left behind is compared.
#pragma once

#include <cutile/cutile.h>
#include <ferro/Shape.h>
#include <ferro/ferro.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <random>
#include <string>
#include <tuple>
#include <vector>

namespace fuzz {

using Extents = ferro::Dims;

/// The numbers a tensor is filled with.
enum class Fill { Patterns, Small, Finite };
/// How an input lies in memory.
enum class Layout { Plain, Turned, Shifted };

// Tensors have no elements of u16 to u64; views of them are of signed ones.
template <typename E> struct Held {
  using type = E;
};
template <> struct Held<std::uint16_t> {
  using type = std::int16_t;
};
template <> struct Held<std::uint32_t> {
  using type = std::int32_t;
};
template <> struct Held<std::uint64_t> {
  using type = std::int64_t;
};
template <typename E> using Tensor = ferro::Tensor<typename Held<E>::type>;

template <typename E> E number(double value) {
  if constexpr (std::is_integral_v<E>)
    return static_cast<E>(static_cast<std::int64_t>(value));
  else
    return static_cast<E>(static_cast<float>(value));
}

/// Small integers meet each other often; patterns are everything else.
template <typename E> E element(std::mt19937_64 &random, Fill fill) {
  std::uint64_t bits = random();
  if constexpr (std::is_same_v<E, bool>)
    return bits % 2;
  else if (fill == Fill::Finite && !std::is_integral_v<E>)
    return number<E>(static_cast<double>(bits % 4097) / 256 - 8);
  else if (fill == Fill::Small || random() % 2)
    return number<E>(static_cast<double>(bits % 9) - 4);
  E value;
  std::memcpy(static_cast<void *>(&value), &bits, sizeof value);
  return value;
}

template <typename E>
Tensor<E> filled(const Extents &extents, std::uint64_t seed, Fill fill) {
  auto tensor = ferro::zeros<typename Held<E>::type>(extents);
  std::mt19937_64 random(seed);
  for (auto &each : tensor.mutable_data())
    each = element<typename Held<E>::type>(random, fill);
  return tensor;
}

template <typename E> bool isNan(E x) {
  if constexpr (std::is_integral_v<E>)
    return false;
  else
    return x != x;
}

/// How far apart two values are, in units of the last place of E, where 0
/// stands for equal bits or two NaNs.
template <typename E> double distance(E a, E b) {
  if (std::memcmp(&a, &b, sizeof a) == 0 || (isNan(a) && isNan(b)))
    return 0;
  if constexpr (std::is_integral_v<E>) {
    return HUGE_VAL;
  } else {
    double x = static_cast<double>(a), y = static_cast<double>(b);
    if (!std::isfinite(x) || !std::isfinite(y))
      return HUGE_VAL;
    constexpr int digits = sizeof(E) == 8                  ? 53
                           : sizeof(E) == 4                ? 24
                           : std::is_same_v<E, ferro::f16> ? 11
                                                           : 8;
    int exponent = 0;
    std::frexp(std::fmax(std::fabs(x), std::fabs(y)), &exponent);
    // Zeros of different sign are one apart.
    return std::fmax(1, std::fabs(x - y) / std::ldexp(1, exponent - digits));
  }
}

inline std::string shown(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.17g", value);
  return text;
}

/// Where two tensors differ by more than \p ulps; empty if nowhere.
template <typename T>
std::string difference(const T &plain, const T &native, double ulps) {
  auto a = plain.to_vector(), b = native.to_vector();
  std::string first;
  int count = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    typename decltype(a)::value_type x = a[i], y = b[i];
    if (distance(x, y) <= ulps)
      continue;
    if (count++ == 0)
      first = "element " + std::to_string(i) + " is " +
              shown(static_cast<double>(y)) + ", not " +
              shown(static_cast<double>(x));
  }
  return count == 0 ? first
                    : first + " (" + std::to_string(count) + " of " +
                          std::to_string(a.size()) + " differ)";
}

/// An argument that both runs may write: what each left in it is compared.
template <typename E> struct Written {
  Tensor<E> tensor;
  Extents tile;
  double ulps = 0;
  auto argument() const { return tensor.partition(tile); }
  std::string differs(const Written &other) const {
    return difference(tensor, other.tensor, ulps);
  }
};
template <typename E> struct Mapped {
  Tensor<E> tensor;
  Extents tile, map;
  int blocks = 1;
  double ulps = 0;
  auto argument() const { return tensor.partition(tile).map(map, blocks); }
  std::string differs(const Mapped &other) const {
    return difference(tensor, other.tensor, ulps);
  }
};
/// An input, or memory by address.
template <typename E> struct Whole {
  Tensor<E> tensor;
  double ulps = 0;
  auto argument() const { return tensor; }
  std::string differs(const Whole &other) const {
    return difference(tensor, other.tensor, ulps);
  }
};
template <typename E> struct Number {
  E value;
  E argument() const { return value; }
  std::string differs(const Number &) const { return ""; }
};

// What generated programs call: each gives a function that makes an argument
// anew, with the same elements each time.

template <typename E>
auto output(Extents extents, Extents tile, std::uint64_t seed, double ulps) {
  return [=] {
    return Written<E>{filled<E>(extents, seed, Fill::Small), tile, ulps};
  };
}
template <typename E>
auto mapped(Extents extents, Extents tile, Extents map, int blocks,
            std::uint64_t seed) {
  return [=] {
    return Mapped<E>{filled<E>(extents, seed, Fill::Small), tile, map, blocks};
  };
}
template <typename E>
auto input(Extents extents, std::uint64_t seed, Fill fill, Layout layout) {
  return [=] {
    Extents stored = extents;
    if (layout == Layout::Turned && stored.size() > 1) {
      std::swap(stored[0], stored[stored.size() - 1]);
      return Whole<E>{ferro::transpose(filled<E>(stored, seed, fill), 0,
                                       static_cast<int>(stored.size()) - 1)};
    }
    if (layout != Layout::Shifted)
      return Whole<E>{filled<E>(stored, seed, fill)};
    stored[stored.size() - 1] += 3;
    return Whole<E>{ferro::narrow(filled<E>(stored, seed, fill),
                                  static_cast<int>(stored.size()) - 1, 1,
                                  extents[extents.size() - 1])};
  };
}
template <typename E>
auto memory(std::int64_t count, std::uint64_t seed, Fill fill) {
  return [=] { return Whole<E>{filled<E>({count}, seed, fill)}; };
}
template <typename E> auto value(E x) {
  return [=] { return Number<E>{x}; };
}

struct Outcome {
  std::string code, text; // of an error; empty if the launch succeeded
};
template <typename Launch> Outcome outcomeOf(Launch launch) {
  try {
    launch();
    return {};
  } catch (const ferro::Error &error) {
    return {std::string(ferro::toString(error.code())), error.what()};
  } catch (const std::exception &error) {
    return {"exception", error.what()};
  }
}

inline std::string oneLine(std::string text) {
  for (char &c : text)
    c = c == '\n' ? ' ' : c;
  return text.substr(0, 600);
}

/// The verdict on one kernel, as one line: `same`, `threw` (both, the same
/// code), or `invalid`, `refused`, `fails`, `differs` and why.
template <auto kernel, typename... Make>
std::string verdict(const std::optional<cutile::Grid> &grid,
                    const Make &...make) {
  auto plain = std::tuple(make()...), native = std::tuple(make()...);
  Outcome asReference = outcomeOf([&] {
    std::apply(
        [&](const auto &...each) {
          cutile::reference::launch(grid, cutile::reference::inOrder, kernel,
                                    each.argument()...);
        },
        plain);
  });
  Outcome asNative = outcomeOf([&] {
    std::apply(
        [&](const auto &...each) {
          auto launch = cutile::launch<kernel>(each.argument()...);
          if (grid)
            launch.grid(*grid);
          std::move(launch).sync();
        },
        native);
  });
  if (asReference.code == "RaceDetected" ||
      asReference.code == "InvalidArgument" ||
      asReference.code == "ShapeMismatch")
    return "invalid: " + oneLine(asReference.text);
  if (asNative.code == "CompilationFailed")
    return "refused: " + oneLine(asNative.text);
  if (asReference.code != asNative.code)
    return "fails: reference: " +
           (asReference.code.empty() ? "nothing" : oneLine(asReference.text)) +
           "; native: " +
           (asNative.code.empty() ? "nothing" : oneLine(asNative.text));
  if (!asReference.code.empty())
    return "threw " + asReference.code;
  std::string text;
  [&]<std::size_t... i>(std::index_sequence<i...>) {
    auto compare = [&](std::size_t index, const std::string &difference) {
      if (text.empty() && !difference.empty())
        text = "differs: argument " + std::to_string(index) + ": " + difference;
    };
    (compare(i, std::get<i>(plain).differs(std::get<i>(native))), ...);
  }(std::index_sequence_for<Make...>());
  return text.empty() ? "same" : text;
}

/// One kernel of a generated program.
struct Case {
  const char *name;
  std::string (*run)();
};

/// Runs the cases from the one whose number is argv[1]. A line begins before
/// its kernel runs, so that it names the one that ends the program.
inline int runAll(const std::vector<Case> &cases, int argc, char **argv) {
  for (std::size_t i = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 0;
       i < cases.size(); ++i) {
    std::printf("%s ", cases[i].name);
    std::fflush(stdout);
    std::printf("%s\n", cases[i].run().c_str());
    std::fflush(stdout);
  }
  return 0;
}

} // namespace fuzz
