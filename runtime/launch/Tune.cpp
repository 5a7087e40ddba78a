#include "ferro/Tune.h"

#include "device/CpuFeatures.h"
#include "support/Files.h"
#include "support/Hash.h"
#include "support/Json.h"

#include "ferro/Error.h"
#include "ferro/Registry.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <exception>
#include <fcntl.h>
#include <span>
#include <sys/stat.h>
#include <unistd.h>

namespace ferro {

using support::FlatJson;

// --- configurations

const TuneValue &TuneConfig::at(std::string_view parameter) const {
  for (const auto &[name, value] : values)
    if (name == parameter)
      return value;
  throw Error(Code::InvalidArgument, "TuneConfig",
              id() + " has no parameter " + std::string(parameter));
}

std::int64_t TuneConfig::integer(std::string_view parameter) const {
  const TuneValue &value = at(parameter);
  if (const auto *number = std::get_if<std::int64_t>(&value))
    return *number;
  throw Error(Code::InvalidArgument, "TuneConfig",
              std::string(parameter) + " is the word " +
                  std::get<std::string>(value) + ", no integer");
}

const std::string &TuneConfig::text(std::string_view parameter) const {
  const TuneValue &value = at(parameter);
  if (const auto *word = std::get_if<std::string>(&value))
    return *word;
  throw Error(Code::InvalidArgument, "TuneConfig",
              std::string(parameter) + " is the integer " +
                  std::to_string(std::get<std::int64_t>(value)) + ", no word");
}

std::string TuneConfig::id() const {
  std::string result;
  for (const auto &[name, value] : values) {
    result += (result.empty() ? "" : ",") + name + "=";
    if (const auto *number = std::get_if<std::int64_t>(&value))
      result += std::to_string(*number);
    else
      result += std::get<std::string>(value);
  }
  return result;
}

// --- spaces

static bool isNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9') || c == '_';
}

static bool isWord(const std::string &text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) >= 0x20 && c != ',' && c != '=';
  });
}

TuneSpace &TuneSpace::axis(std::string parameter,
                           std::vector<TuneValue> values) {
  auto refuse = [&](const std::string &text) {
    throw Error(Code::InvalidArgument, "TuneSpace",
                "parameter " + parameter + " " + text);
  };
  if (parameter.empty() ||
      !std::all_of(parameter.begin(), parameter.end(), isNameCharacter))
    refuse("has another name than letters, digits and '_'");
  for (const auto &[name, _] : axes)
    if (name == parameter)
      refuse("is there already");
  if (values.empty())
    refuse("has no values");
  for (const TuneValue &value : values)
    if (const auto *word = std::get_if<std::string>(&value);
        word && !isWord(*word))
      refuse("has the value " + *word +
             "; words have no ',', no '=' and no control characters");
  axes.emplace_back(std::move(parameter), std::move(values));
  return *this;
}

TuneSpace &TuneSpace::prune(std::function<bool(const TuneConfig &)> isUseless) {
  predicates.push_back(std::move(isUseless));
  return *this;
}

TuneSpace &TuneSpace::budget(std::size_t count) {
  limit = count;
  return *this;
}

std::vector<TuneConfig> TuneSpace::configs() const {
  std::vector<TuneConfig> result;
  if (axes.empty())
    return result;
  std::vector<std::size_t> digits(axes.size(), 0);
  while (result.size() < limit) {
    std::vector<std::pair<std::string, TuneValue>> values;
    for (std::size_t i = 0; i < axes.size(); ++i)
      values.emplace_back(axes[i].first, axes[i].second[digits[i]]);
    TuneConfig config(std::move(values));
    if (std::none_of(predicates.begin(), predicates.end(),
                     [&](const auto &isUseless) { return isUseless(config); }))
      result.push_back(std::move(config));
    std::size_t axis = axes.size();
    while (axis > 0 && ++digits[axis - 1] == axes[axis - 1].second.size())
      digits[--axis] = 0;
    if (axis == 0)
      break;
  }
  return result;
}

std::string TuneSpace::hash() const {
  std::string ids;
  for (const TuneConfig &config : configs())
    ids += config.id() + "\n";
  return support::toHex(support::digest(ids));
}

// --- search

Searcher::~Searcher() = default;

GridSearch::GridSearch(const TuneSpace &space) : configs(space.configs()) {}

std::optional<TuneConfig> GridSearch::next() {
  while (at < configs.size()) {
    const TuneConfig &config = configs[at++];
    if (std::find(known.begin(), known.end(), config.id()) == known.end())
      return config;
  }
  return std::nullopt;
}

void GridSearch::tell(const Trial &trial) {
  known.push_back(trial.config.id());
}

static const TuneConfig *configWithId(const std::vector<TuneConfig> &configs,
                                      const std::string *id) {
  for (const TuneConfig &config : configs)
    if (id && config.id() == *id)
      return &config;
  return nullptr;
}

[[noreturn]] static void refuseFile(const std::string &path) {
  throw Error(Code::IoError, "tune", path + ": " + std::strerror(errno));
}

namespace {

/// The trials of a file.
class Log {
public:
  Log(const std::string &path, const TuneSpace &space)
      : file(path), hash(space.hash()), configs(space.configs()) {}

  /// The trials of this space. A line that was cut when the process ended, or
  /// that something else wrote, is none.
  std::vector<Trial> read() const {
    std::vector<Trial> trials;
    if (file.empty() || !support::isReadable(file))
      return trials;
    std::vector<std::byte> bytes = support::readFile(file);
    std::string_view text(reinterpret_cast<const char *>(bytes.data()),
                          bytes.size());
    while (!text.empty()) {
      std::size_t end = std::min(text.find('\n'), text.size());
      if (auto trial = trialOf(text.substr(0, end)))
        trials.push_back(std::move(*trial));
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    return trials;
  }

  void append(const Trial &trial) const {
    if (file.empty())
      return;
    FlatJson json;
    json.add("space", hash);
    json.add("config", trial.config.id());
    json.add("state", trial.state == Trial::State::Ok ? "ok" : "invalid");
    if (trial.state == Trial::State::Ok)
      json.add("seconds", trial.time.count());
    else
      json.add("reason", trial.reason);
    support::Descriptor descriptor(
        ::open(file.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666));
    if (!descriptor)
      refuseFile(file);
    // A line that was cut ends here.
    std::string line =
        (endsALine(descriptor.get()) ? "" : "\n") + json.print() + "\n";
    if (auto error = support::writeAll(descriptor.get(),
                                       std::as_bytes(std::span(line)))) {
      errno = error.value();
      refuseFile(file);
    }
  }

private:
  static bool endsALine(int descriptor) {
    struct stat status;
    char last = '\n';
    if (::fstat(descriptor, &status) == 0 && status.st_size > 0 &&
        ::pread(descriptor, &last, 1, status.st_size - 1) != 1)
      return true;
    return last == '\n';
  }

  std::optional<Trial> trialOf(std::string_view line) const {
    try {
      FlatJson json = FlatJson::parse(line);
      const std::string *space = json.text("space"),
                        *state = json.text("state"),
                        *reason = json.text("reason");
      const double *seconds = json.number("seconds");
      const TuneConfig *config = configWithId(configs, json.text("config"));
      if (!space || *space != hash || !config || !state)
        return std::nullopt;
      if (*state == "ok" && seconds && *seconds >= 0)
        return Trial{*config, Trial::State::Ok, Seconds(*seconds), {}};
      if (*state == "invalid")
        return Trial{*config, Trial::State::Invalid, Seconds(0),
                     reason ? *reason : std::string()};
    } catch (const Error &) {
    }
    return std::nullopt;
  }

  std::string file, hash;
  std::vector<TuneConfig> configs;
};

} // namespace

static Trial tryOut(const TuneConfig &config,
                    const std::function<void(const TuneConfig &)> &run,
                    const BenchOptions &bench) {
  try {
    Measurement time = do_bench([&] { run(config); }, bench);
    return {config, Trial::State::Ok, time.median(), {}};
  } catch (const std::exception &error) {
    return {config, Trial::State::Invalid, Seconds(0), error.what()};
  }
}

/// The indices of the valid trials, the fastest first.
static std::vector<std::size_t> ranking(const std::vector<Trial> &trials) {
  std::vector<std::size_t> valid;
  for (std::size_t i = 0; i < trials.size(); ++i)
    if (trials[i].state == Trial::State::Ok)
      valid.push_back(i);
  std::sort(valid.begin(), valid.end(), [&](std::size_t a, std::size_t b) {
    return std::pair(trials[a].time, a) < std::pair(trials[b].time, b);
  });
  return valid;
}

[[noreturn]] static void refuseAll(const std::vector<Trial> &trials) {
  throw Error(
      Code::InvalidArgument, "tune",
      "none of " + std::to_string(trials.size()) + " configurations ran" +
          (trials.empty()
               ? ""
               : "; " + trials[0].config.id() + ": " + trials[0].reason));
}

TuneResult tune(const TuneSpace &space,
                const std::function<void(const TuneConfig &)> &run,
                const TuneOptions &options) {
  Log log(options.log, space);
  GridSearch grid(space);
  Searcher &searcher = options.searcher ? *options.searcher : grid;
  TuneResult result;
  result.trials = log.read();
  for (const Trial &trial : result.trials)
    searcher.tell(trial);
  while (auto config = searcher.next()) {
    Trial trial = tryOut(*config, run, options.bench);
    log.append(trial);
    searcher.tell(trial);
    result.trials.push_back(std::move(trial));
  }

  std::vector<std::size_t> best = ranking(result.trials);
  if (best.empty())
    refuseAll(result.trials);
  if (options.runOff && best.size() > 1) {
    auto with = [&](std::size_t which) {
      return
          [&run, config = result.trials[best[which]].config] { run(config); };
    };
    PairedMeasurement both = do_bench_paired(with(0), with(1), options.bench);
    if (both.ratio() < 1)
      std::swap(best[0], best[1]);
    result.time = (both.ratio() < 1 ? both.second : both.first).median();
  } else {
    result.time = result.trials[best[0]].time;
  }
  result.best = result.trials[best[0]].config;
  return result;
}

// --- records

static std::string archOf(const artifact::Target &target) {
  std::string arch = target.triple + " " + target.cpu;
  for (const std::string &feature : target.features)
    arch += " " + feature;
  return arch;
}

TuneKey tune_key(std::string kernel, const TuneSpace &space,
                 std::string bucket) {
  auto module = registry::find(kernel);
  return {std::move(kernel), archOf(device::hostTarget()),
          module ? module->hash : std::string(), space.hash(),
          std::move(bucket)};
}

namespace {
/// A part of a key, and what it is called in a file and in a refusal.
struct KeyPart {
  const char *name;
  std::string TuneKey::*member;
};
} // namespace
static constexpr KeyPart keyParts[] = {{"kernel", &TuneKey::kernel},
                                       {"arch", &TuneKey::arch},
                                       {"source", &TuneKey::source},
                                       {"space", &TuneKey::space},
                                       {"bucket", &TuneKey::bucket}};

TuneWorkspace::TuneWorkspace(std::string place) : folder(std::move(place)) {}

std::string TuneWorkspace::pathOf(const TuneKey &key) const {
  std::string named = key.kernel + '\n' + key.bucket;
  return folder + "/" + support::toHex(support::digest(named)) + ".json";
}

void TuneWorkspace::save(const TuneKey &key, const TuneResult &result) const {
  FlatJson json;
  for (const KeyPart &part : keyParts)
    json.add(part.name, key.*part.member);
  json.add("config", result.best.id());
  json.add("seconds", result.time.count());
  json.add("version", FERRO_VERSION);
  if (::mkdir(folder.c_str(), 0777) != 0 && errno != EEXIST)
    refuseFile(folder);
  std::string text = json.print() + "\n";
  support::writeFile(pathOf(key), std::as_bytes(std::span(text)));
}

static void check(TuneRecord &record, const FlatJson &json, const TuneKey &key,
                  const TuneSpace &space) {
  for (const KeyPart &part : keyParts) {
    const std::string *found = json.text(part.name);
    if (!found || *found != key.*part.member) {
      record.refusal = std::string(part.name) + " is " + key.*part.member +
                       ", that of the record " + (found ? *found : "not there");
      return;
    }
  }
  const double *seconds = json.number("seconds");
  std::vector<TuneConfig> configs = space.configs();
  const TuneConfig *config = configWithId(configs, json.text("config"));
  if (!config || !seconds || !(*seconds >= 0)) {
    record.refusal = "the record has no configuration of the space, or no time";
    return;
  }
  const std::string *version = json.text("version");
  if (!version || *version != FERRO_VERSION)
    record.warnings.push_back("the record was made by version " +
                              (version ? *version : std::string("unknown")) +
                              ", this is " FERRO_VERSION);
  record.config = *config;
  record.time = Seconds(*seconds);
}

TuneRecord TuneWorkspace::load(const TuneKey &key,
                               const TuneSpace &space) const {
  TuneRecord record;
  std::string path = pathOf(key);
  if (!support::isReadable(path)) {
    record.refusal = "there is no record";
    return record;
  }
  try {
    std::vector<std::byte> bytes = support::readFile(path);
    check(record,
          FlatJson::parse(
              {reinterpret_cast<const char *>(bytes.data()), bytes.size()}),
          key, space);
  } catch (const Error &error) {
    record.refusal = error.what();
  }
  return record;
}

} // namespace ferro
