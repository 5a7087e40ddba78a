// Finds the fastest of several configurations by measuring them, and remembers
// what was found.
//
//   ferro::TuneSpace space;
//   space.axis("BM", {32, 64, 128}).axis("order", {"row", "column"});
//   auto found = ferro::tune(space, [&](const ferro::TuneConfig &config) {
//     kernels::gemm(c.partition(...), a, b)
//         .generics({{"BK", config.integer("BM")}}).sync();
//   });
#pragma once

#include "ferro/Benchmark.h"
#include "ferro/Export.h"

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace ferro {

/// An integer or a word.
using TuneValue = std::variant<std::int64_t, std::string>;

/// A value for each parameter of a space.
class FERRO_API TuneConfig {
public:
  TuneConfig() = default;
  explicit TuneConfig(std::vector<std::pair<std::string, TuneValue>> of)
      : values(std::move(of)) {}

  /// \throws Error InvalidArgument if there is no such parameter, or if its
  ///         value is of the other kind.
  std::int64_t integer(std::string_view parameter) const;
  const std::string &text(std::string_view parameter) const;
  /// "BM=64,order=row", in the order of the space: the same in every process.
  std::string id() const;
  friend bool operator==(const TuneConfig &, const TuneConfig &) = default;

private:
  const TuneValue &at(std::string_view parameter) const;
  std::vector<std::pair<std::string, TuneValue>> values;
};

/// All configurations: the product of the axes without what is pruned.
class FERRO_API TuneSpace {
public:
  /// Adds a parameter; the last one varies fastest.
  /// \throws Error InvalidArgument for a name that is there already or has
  ///         characters other than letters, digits and '_', for no values, and
  ///         for words with ',' or '=' or control characters.
  TuneSpace &axis(std::string parameter, std::vector<TuneValue> values);
  /// Leaves out the configurations for which \p isUseless.
  TuneSpace &prune(std::function<bool(const TuneConfig &)> isUseless);
  /// Keeps the first \p count of those that are left.
  TuneSpace &budget(std::size_t count);

  /// \throws what the predicates throw.
  std::vector<TuneConfig> configs() const;
  /// 32 hexadecimal digits over the ids of configs(): equal hashes, equal
  /// configurations in the same order.
  std::string hash() const;

private:
  std::vector<std::pair<std::string, std::vector<TuneValue>>> axes;
  std::vector<std::function<bool(const TuneConfig &)>> predicates;
  std::size_t limit = std::numeric_limits<std::size_t>::max();
};

/// What became of a configuration.
struct Trial {
  enum class State : std::uint8_t { Ok, Invalid };
  TuneConfig config;
  State state = State::Ok;
  Seconds time{0};    // the median, if Ok
  std::string reason; // what it threw, if Invalid
};

/// Says which configuration to try next.
class FERRO_API Searcher {
public:
  virtual ~Searcher();
  /// Nothing when the search is over.
  virtual std::optional<TuneConfig> next() = 0;
  /// What became of a configuration, also of those that a log knows.
  virtual void tell(const Trial &trial) = 0;
};

/// Every configuration, in order, but those it was told of.
class FERRO_API GridSearch : public Searcher {
public:
  explicit GridSearch(const TuneSpace &space);
  std::optional<TuneConfig> next() override;
  void tell(const Trial &trial) override;

private:
  std::vector<TuneConfig> configs;
  std::vector<std::string> known;
  std::size_t at = 0;
};

struct TuneOptions {
  BenchOptions bench = {};
  /// A file of JSON lines, one for each trial, that is appended to. A search
  /// that was stopped goes on behind it: trials of the same space are not done
  /// again. Empty: no log.
  std::string log = {};
  Searcher *searcher = nullptr; // null: GridSearch
  bool runOff = true; // the two fastest are measured in turn, and decide
};

struct TuneResult {
  TuneConfig best;
  Seconds time{0};           // its median
  std::vector<Trial> trials; // those of the log first
};

/// Measures \p run with the configurations of \p space. One that throws a
/// std::exception is invalid, which is no failure of the search.
/// \throws Error InvalidArgument if no configuration ran, IoError if the log
///         cannot be read or written.
FERRO_API TuneResult tune(const TuneSpace &space,
                          const std::function<void(const TuneConfig &)> &run,
                          const TuneOptions &options = {});

/// What a result is true for.
struct TuneKey {
  std::string kernel; // its qualified name
  std::string arch;   // the processor and its features
  std::string source; // hash of the kernel's module
  std::string space;  // TuneSpace::hash
  std::string bucket; // what else the caller tells apart: extents, dtypes
  friend bool operator==(const TuneKey &, const TuneKey &) = default;
};
/// The key of \p kernel on this machine; source is empty if the program has not
/// the kernel's source (ferro/Registry.h).
FERRO_API TuneKey tune_key(std::string kernel, const TuneSpace &space,
                           std::string bucket = {});

/// A record that was found, or why it cannot be used.
struct TuneRecord {
  std::optional<TuneConfig> config;
  Seconds time{0};
  std::string refusal;               // why there is no config
  std::vector<std::string> warnings; // made by another version
};

/// A folder of results, one file for each kernel and bucket.
class FERRO_API TuneWorkspace {
public:
  explicit TuneWorkspace(std::string folder);

  /// Writes what \p result found, whole or not at all; makes the folder.
  /// \throws Error IoError.
  void save(const TuneKey &key, const TuneResult &result) const;
  /// The record of \p key's kernel and bucket, if all of the key is equal and
  /// its configuration is one of \p space. What cannot be read or is of another
  /// source, space or machine is refused, never used; another version of this
  /// library is a warning.
  TuneRecord load(const TuneKey &key, const TuneSpace &space) const;

private:
  std::string pathOf(const TuneKey &key) const;
  std::string folder;
};

} // namespace ferro
