// Spaces, searches, logs and records.
#include "../Expect.h"

#include "ferro/Tune.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

using namespace ferro;
namespace fs = std::filesystem;

namespace {

/// A folder of the test's own.
class Tune : public testing::Test {
protected:
  Tune() {
    std::string pattern = fs::temp_directory_path() / "ferro-tune-XXXXXX";
    folder = ::mkdtemp(pattern.data());
    space.axis("BM", {32, 64, 128}).axis("order", {"row", "column"});
    options.bench.clock = [this] { return now; };
  }
  ~Tune() override { fs::remove_all(folder); }

  /// Work that takes as long as `cost` says, by the test's clock.
  std::function<void(const TuneConfig &)> work() {
    return [this](const TuneConfig &config) {
      ++runs[config.id()];
      now += Seconds(cost(config));
    };
  }
  static double cost(const TuneConfig &config) {
    double cost = 1e-3 * std::abs(double(config.integer("BM")) - 60) + 1e-3;
    return config.text("order") == "row" ? cost : 2 * cost;
  }

  fs::path folder;
  TuneSpace space;
  TuneOptions options;
  Seconds now{0};
  std::map<std::string, int> runs;
};

std::string contentOf(const fs::path &path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

} // namespace

// [H59]
TEST_F(Tune, SpacesAreProductsWithStableIds) {
  std::vector<std::string> ids;
  for (const TuneConfig &config : space.configs())
    ids.push_back(config.id());
  EXPECT_EQ(ids, (std::vector<std::string>{
                     "BM=32,order=row", "BM=32,order=column", "BM=64,order=row",
                     "BM=64,order=column", "BM=128,order=row",
                     "BM=128,order=column"}));
  TuneSpace same;
  same.axis("BM", {32, 64, 128}).axis("order", {"row", "column"});
  EXPECT_EQ(space.hash(), same.hash());
  EXPECT_EQ(space.hash(),
            "6b15baaca11be41105d10912f141e53d"); // of every process
  same.axis("more", {1});
  EXPECT_NE(space.hash(), same.hash());
}

// [H59]
TEST_F(Tune, PredicatesAndBudgetsLeaveConfigurationsOut) {
  std::string all = space.hash();
  space.prune([](const TuneConfig &config) {
    return config.integer("BM") > 64 && config.text("order") == "column";
  });
  EXPECT_EQ(space.configs().size(), 5u);
  EXPECT_NE(space.hash(), all);
  space.budget(2);
  EXPECT_EQ(space.configs().back().id(), "BM=32,order=column");
  EXPECT_TRUE(TuneSpace().configs().empty());
}

TEST_F(Tune, SpacesRefuseWhatIdsCannotSay) {
  EXPECT_FERRO_ERROR(space.axis("BM", {1}), Code::InvalidArgument,
                     "TuneSpace: parameter BM is there already");
  EXPECT_FERRO_CODE(space.axis("B M", {1}), Code::InvalidArgument);
  EXPECT_FERRO_CODE(space.axis("", {1}), Code::InvalidArgument);
  EXPECT_FERRO_CODE(space.axis("x", {}), Code::InvalidArgument);
  EXPECT_FERRO_CODE(space.axis("x", {"a,b"}), Code::InvalidArgument);
  EXPECT_FERRO_CODE(space.axis("x", {"a=b"}), Code::InvalidArgument);
  TuneConfig config = space.configs()[0];
  EXPECT_FERRO_ERROR(config.integer("BN"), Code::InvalidArgument,
                     "TuneConfig: BM=32,order=row has no parameter BN");
  EXPECT_FERRO_CODE(config.integer("order"), Code::InvalidArgument);
  EXPECT_FERRO_CODE(config.text("BM"), Code::InvalidArgument);
}

// [H60] [H61]
TEST_F(Tune, TheFastestConfigurationIsFound) {
  auto found = tune(space, work(), options);
  EXPECT_EQ(found.best.id(), "BM=64,order=row");
  EXPECT_NEAR(found.time.count(), 5e-3, 1e-9);
  EXPECT_EQ(found.trials.size(), 6u);
  for (const Trial &trial : found.trials)
    EXPECT_NEAR(trial.time.count(), cost(trial.config), 1e-9);
}

// [H61] [G69]
TEST_F(Tune, InvalidConfigurationsAreRecordedAndNotFatal) {
  auto found = tune(
      space,
      [&](const TuneConfig &config) {
        if (config.integer("BM") == 64)
          throw Error(Code::ShapeMismatch, "kernel", "64 is \"too\"\nlarge");
        work()(config);
      },
      options);
  EXPECT_EQ(found.best.id(), "BM=32,order=row");
  EXPECT_EQ(found.trials[2].state, Trial::State::Invalid);
  EXPECT_EQ(found.trials[2].reason, "kernel: 64 is \"too\"\nlarge");
  auto all = [](const TuneConfig &) {
    throw Error(Code::ShapeMismatch, "kernel", "found none");
  };
  EXPECT_FERRO_ERROR(tune(space, all, options), Code::InvalidArgument,
                     "tune: none of 6 configurations ran; BM=32,order=row: "
                     "kernel: found none");
  EXPECT_FERRO_CODE(tune(TuneSpace(), all, options), Code::InvalidArgument);
}

// [H61]
TEST_F(Tune, TheTwoFastestRunOffInTurns) {
  // BM=32 was lucky: fast while it was measured alone.
  bool isAlone = true;
  std::string last;
  auto found = tune(
      space,
      [&](const TuneConfig &config) {
        if (last == "BM=64,order=row" && config.id() == "BM=32,order=row")
          isAlone = false;
        last = config.id();
        now +=
            Seconds(config.id() == "BM=32,order=row" ? (isAlone ? 1e-3 : 9e-3)
                                                     : cost(config));
      },
      options);
  EXPECT_EQ(found.best.id(), "BM=64,order=row");
  EXPECT_NEAR(found.time.count(), 5e-3, 1e-9);
}

// [H62]
TEST_F(Tune, ALogLetsASearchGoOnWhereItStopped) {
  options.log = folder / "log.jsonl";
  EXPECT_THROW(tune(
                   space,
                   [&](const TuneConfig &config) {
                     if (runs.size() == 3 && !runs.count(config.id()))
                       throw 1; // no std::exception: the search ends
                     work()(config);
                   },
                   options),
               int);
  std::ofstream(options.log, std::ios::app) << "{\"space\": \"cut";
  runs.clear();
  options.runOff = false;
  auto found = tune(space, work(), options);
  EXPECT_EQ(runs.size(), 3u); // the other three
  EXPECT_FALSE(runs.count("BM=32,order=row"));
  EXPECT_EQ(found.trials.size(), 6u);
  EXPECT_EQ(found.best.id(), "BM=64,order=row");

  runs.clear();
  EXPECT_EQ(tune(space, work(), options).best, found.best);
  EXPECT_TRUE(runs.empty());
  space.budget(4); // another space: nothing is known of it
  tune(space, work(), options);
  EXPECT_EQ(runs.size(), 4u);
}

// [H62]
TEST_F(Tune, LogsAreJsonLines) {
  options.log = folder / "log.jsonl";
  options.runOff = false;
  space.budget(2);
  tune(
      space,
      [&](const TuneConfig &config) {
        if (config.text("order") == "column")
          throw Error(Code::Internal, "k", "a \"quote\"\n");
        now += Seconds(0.25);
      },
      options);
  std::string hash = space.hash();
  EXPECT_EQ(contentOf(options.log),
            "{\"space\": \"" + hash +
                "\", \"config\": \"BM=32,order=row\", \"state\": \"ok\", "
                "\"seconds\": 0.25}\n{\"space\": \"" +
                hash +
                "\", \"config\": \"BM=32,order=column\", \"state\": "
                "\"invalid\", \"reason\": \"k: a \\\"quote\\\"\\u000a\"}\n");
  options.log = folder / "none" / "log.jsonl";
  EXPECT_FERRO_CODE(tune(space, work(), options), Code::IoError);
}

namespace {
/// Tries only what it was made for, and remembers what it was told.
struct OnlyOne : Searcher {
  explicit OnlyOne(TuneConfig only) : config(std::move(only)) {}
  std::optional<TuneConfig> next() override {
    return std::exchange(config, std::nullopt);
  }
  void tell(const Trial &trial) override { told.push_back(trial); }
  std::optional<TuneConfig> config;
  std::vector<Trial> told;
};
} // namespace

// [H60]
TEST_F(Tune, ASearcherOfTheUsersMaySearch) {
  OnlyOne searcher(space.configs()[5]);
  options.searcher = &searcher;
  EXPECT_EQ(tune(space, work(), options).best.id(), "BM=128,order=column");
  ASSERT_EQ(searcher.told.size(), 1u);
  EXPECT_NEAR(searcher.told[0].time.count(), 0.138, 1e-9);
}

// [H63]
TEST_F(Tune, RecordsAreFoundAgain) {
  TuneWorkspace workspace(folder / "records");
  TuneKey key = tune_key("kernels::gemm", space, "512x512 f32");
  EXPECT_EQ(workspace.load(key, space).refusal, "there is no record");
  auto found = tune(space, work(), options);
  workspace.save(key, found);
  auto record = TuneWorkspace(folder / "records").load(key, space);
  ASSERT_TRUE(record.config) << record.refusal;
  EXPECT_EQ(*record.config, found.best);
  EXPECT_EQ(record.time, found.time);
  EXPECT_TRUE(record.warnings.empty());
  TuneKey other = tune_key("kernels::gemm", space, "64x64 f32");
  EXPECT_EQ(workspace.load(other, space).refusal, "there is no record");
}

// [H63]
TEST_F(Tune, RecordsOfAnythingElseAreRefused) {
  TuneWorkspace workspace(folder);
  TuneKey key = tune_key("kernels::gemm", space, "b");
  key.source = "aaaa";
  workspace.save(key, {space.configs()[1], Seconds(0.5), {}});
  TuneKey changed = key;
  changed.source = "bbbb";
  EXPECT_EQ(workspace.load(changed, space).refusal,
            "source is bbbb, that of the record aaaa");
  changed = key;
  changed.arch += " +avx1024";
  EXPECT_NE(workspace.load(changed, space).refusal.find("arch is "),
            std::string::npos);
  changed = key;
  changed.space = "another";
  EXPECT_FALSE(workspace.load(changed, space).config);
  TuneSpace smaller = space;
  smaller.budget(1); // its hash is the key's: the configuration decides
  EXPECT_EQ(workspace.load(key, smaller).refusal,
            "the record has no configuration of the space, or no time");
}

// [H63]
TEST_F(Tune, OtherVersionsAreWarningsAndDamageIsRefused) {
  TuneWorkspace workspace(folder);
  TuneKey key = tune_key("kernels::gemm", space, "");
  workspace.save(key, {space.configs()[1], Seconds(0.5), {}});
  fs::path file = fs::directory_iterator(folder)->path();
  std::string text = contentOf(file);
  std::string version = "\"version\": \"";
  std::size_t at = text.find(version) + version.size();
  std::ofstream(file) << text.substr(0, at) << "0.0.9"
                      << text.substr(text.find('"', at));
  auto record = workspace.load(key, space);
  EXPECT_EQ(record.config, space.configs()[1]);
  ASSERT_EQ(record.warnings.size(), 1u);
  EXPECT_NE(record.warnings[0].find("version 0.0.9"), std::string::npos);

  for (std::size_t length = 0; length < text.size() - 2; ++length) {
    std::ofstream(file) << text.substr(0, length);
    EXPECT_FALSE(workspace.load(key, space).config) << length;
  }
}
