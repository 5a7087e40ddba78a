// What a kernel's parameters ask for and what a launch gives them, without
// types: launchers of every kind bind through here.
#pragma once

#include "cutile/Element.h"
#include "cutile/InlineVector.h"
#include "cutile/Shape.h"
#include "ferro/Partition.h"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cutile {

/// How many tile blocks a kernel runs with along each axis.
struct Grid {
  std::int64_t x = 1, y = 1, z = 1;
  friend bool operator==(const Grid &, const Grid &) = default;
};

/// What a kernel is compiled for; an empty member is chosen by the compiler.
/// Values change no result. Each combination is code of its own.
struct CompileOptions {
  std::optional<int> occupancy = std::nullopt;      // 1 to 32
  std::optional<int> num_cta_in_cga = std::nullopt; // a power of two to 16
  std::optional<int> num_worker_warps_per_cta =
      std::nullopt; // a power of two to 32
  /// Code may rely on the powers of two to this one, a power of two to 1024,
  /// that divide extents, strides, addresses (in bytes) and integers; arguments
  /// with other divisors get code of their own. Without it native code for the
  /// cpu relies on none: all shapes share one.
  std::optional<int> max_divisibility = std::nullopt;
};

/// What a launch was told before it happens.
struct LaunchRequest {
  LaunchRequest() = default;
  LaunchRequest(std::nullopt_t) {}
  LaunchRequest(Grid blocks) : grid(blocks) {}
  LaunchRequest(std::optional<Grid> blocks) : grid(blocks) {}

  std::optional<Grid> grid; // empty: the outputs say it
  bool isConstGrid = false; // code is compiled for this grid
  bool isOnlyCompiled = false;
  CompileOptions options;
};

/// What a parameter of a kernel is.
enum class ParameterKind : u8 {
  Output,  // TensorView<...> &
  Input,   // const TensorView<...> &
  Mapped,  // MappedPartitionMut<...>
  Pointer, // E *
  Value    // a number or an aggregate
};

/// A parameter as the kernel's type tells it.
struct ParameterDescription {
  ParameterKind kind = ParameterKind::Value;
  ElementId element = ElementId::Bool; // of views and pointers
  std::span<const int> extents = {};   // of views; the tile's if Mapped
  std::span<const int> map = {};       // if Mapped
  bool isConst = false;                // of pointers
  const char *name = nullptr;          // if the launcher knows it
  bool isInteger = false;              // of values; bool is none
};

/// An argument as the caller gave it.
struct ArgumentDescription {
  const ferro::detail::Handle *tensor = nullptr; // of all but plain values
  const ferro::detail::Tiling *tiling = nullptr; // of outputs
  void *pointer = nullptr;                       // of pointers
  bool isPointer = false;
};

/// Memory that a parameter is bound to. Extents and strides are in elements.
struct BoundMemory {
  const char *name = nullptr; // see Binding::nameParameters
  void *first = nullptr;
  int rank = 0;
  std::array<std::int64_t, ferro::maxRank> extents{}, strides{};
  std::array<std::int64_t, maxTileRank> tile{}; // of outputs
  int elementBytes = 0;
  bool hasBounds = false; // false for values and bare pointers
};

struct Binding {
  Grid grid;
  LaunchRequest asked;
  detail::InlineVector<BoundMemory, 20> memory; // one for each parameter
  std::vector<std::string> names;

  Binding() = default;
  Binding(Binding &&) = default;
  /// Gives the memories the names that messages of the reference use:
  /// "parameter 2", and what the launcher calls it.
  FERRO_API void
  nameParameters(std::span<const ParameterDescription> parameters);
};

/// Checks \p arguments against \p parameters and finds the grid.
///
/// Each output is divided into tiles of its parameter's extents, and overlaps
/// no other argument. Inputs have their parameter's rank, element type and
/// static extents. The grid is the number of tiles of the outputs, which all
/// have the same; the grid asked for must be that number, or at most that if
/// all outputs are prefix partitions. Without outputs it must be given.
/// Elements that no tensor has live in tensors of their size: u16, u32 and u64
/// in signed ones, tf32 in f32, the smaller storage elements in u8.
///
/// \throws Error SignatureMismatch, DTypeMismatch, ShapeMismatch,
///         InvalidArgument, DeviceMismatch, TracingError; it names the kernel
///         and the parameter.
/// A launch that is only compiled changes no version of a tensor.
FERRO_API Binding bind(std::string_view kernel,
                       std::span<const ParameterDescription> parameters,
                       std::span<const ArgumentDescription> arguments,
                       const LaunchRequest &asked);

namespace reference {

/// In which order blocks run: by ascending index, the last axis slowest, or
/// shuffled.
struct BlockOrder {
  std::optional<std::uint64_t> seed = std::nullopt;
};
inline constexpr BlockOrder inOrder{};
constexpr BlockOrder shuffled(std::uint64_t seed) { return {seed}; }

/// Runs \p body(\p context) once for each block of the grid, one after another.
/// Operations in it know their block, and races between blocks are found.
/// \throws Error RaceDetected, and what the body throws.
FERRO_API void run(std::string_view kernel, const Binding &binding,
                   BlockOrder order, void (*body)(void *context),
                   void *context);

} // namespace reference

} // namespace cutile
