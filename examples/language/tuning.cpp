// Measuring launches, and finding the fastest of several.
#include <cutile/cutile.h>
#include <ferro/Tune.h>
#include <ferro/ferro.h>
#include <filesystem>
#include <iostream>
#include <unistd.h>

namespace [[cutile::module]] kernels {
using namespace cutile;

template <int N>
[[cutile::entry]] void scale(TensorView<f32, N> &y,
                             const TensorView<f32, dyn> &x, f32 a) {
  y.store(load_tile_like(x, y) * a);
}
} // namespace kernels

static ferro::Tensor<float> x, y;

static void scaleBy(std::int64_t block) {
  if (block == 64)
    cutile::launch<kernels::scale<64>>(y.partition({64}), x, 2.0f).sync();
  else if (block == 1024)
    cutile::launch<kernels::scale<1024>>(y.partition({1024}), x, 2.0f).sync();
  else
    throw ferro::Error(ferro::Code::InvalidArgument, "scaleBy",
                       "there is no kernel for " + std::to_string(block));
}

static void measure(const ferro::BenchOptions &options) {
  auto launch = cutile::launch<kernels::scale<64>>(y.partition({64}), x, 2.0f);
  ferro::Measurement time = ferro::do_bench(launch, options);
  std::cout << "measured: " << (time.min() <= time.median()) << ' '
            << (time.quantile(0.9) <= time.max()) << '\n';

  auto pair = ferro::do_bench_paired([] { scaleBy(64); }, [] { scaleBy(1024); },
                                     options);
  std::cout << "compared: " << (pair.ratio() > 0) << '\n';
}

static void search(const ferro::BenchOptions &options,
                   const std::filesystem::path &folder) {
  ferro::TuneSpace space;
  space.axis("block", {64, 256, 1024, 4096})
      .prune([](const ferro::TuneConfig &config) {
        return config.integer("block") > 2048;
      });
  ferro::TuneOptions how;
  how.bench = options;
  how.log = folder / "scale.jsonl";
  auto found = ferro::tune(
      space,
      [](const ferro::TuneConfig &config) { scaleBy(config.integer("block")); },
      how);
  for (const ferro::Trial &trial : found.trials)
    std::cout << trial.config.id()
              << (trial.state == ferro::Trial::State::Ok ? " ran\n"
                                                         : " is invalid\n");

  ferro::TuneWorkspace results(folder);
  auto key = ferro::tune_key("kernels::scale", space, "f32[100000]");
  results.save(key, found);
  ferro::TuneRecord record = results.load(key, space);
  std::cout << "kept: " << (record.config == found.best) << '\n';
}

int main() {
  x = ferro::rand<float>({100000});
  y = ferro::zeros<float>({100000});
  ferro::BenchOptions options;
  options.warmup = ferro::Seconds(0.001);
  options.measure = ferro::Seconds(0.005);
  measure(options);

  auto folder = std::filesystem::temp_directory_path() /
                ("ferro-tuning-" + std::to_string(::getpid()));
  std::filesystem::create_directory(folder);
  search(options, folder);
  std::filesystem::remove_all(folder);
}
