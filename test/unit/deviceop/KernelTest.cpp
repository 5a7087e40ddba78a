// Tile kernels as operations: in streams, in graphs, with lazy arguments.
#include "Waiting.h"

#include "cutile/cutile.h"
#include "ferro/Adoption.h"
#include "ferro/Copies.h"

#include <cstdlib>

using namespace ferro;
using cutile::dyn;
using cutile::launch;
using cutile::TensorView;
using ferro::test::Gate;

namespace kernels {
using namespace cutile;

/// y = a * x, tile by tile.
template <int N>
void scale(TensorView<f32, N> &y, const TensorView<f32, dyn> &x, float a) {
  auto tile = load_tile_like(x, y);
  y.store(tile * full<f32, N>(a));
}

/// The tile at an index beyond the 32 bits of an element's place.
template <int N>
void far(TensorView<u8, N> &y, const TensorView<u8, dyn> &x, i64 index) {
  y.store(x.partition<N>().load(index));
}
} // namespace kernels

static std::vector<float> scaled(const Tensor<float> &x, float a) {
  std::vector<float> result;
  for (float element : x.to_vector())
    result.push_back(a * element);
  return result;
}

// [H23] [H27]
TEST(Kernel, ArgumentsMayBeOperations) {
  auto x = test::random({37}, 1);
  auto made = launch<kernels::scale<16>>(
                  device_op::empty({37}).map(
                      [](Tensor<float> y) { return y.partition({16}); }),
                  device_op::duplicate(x), value(3.0f))
                  .on(Stream(cpu));
  auto [y, input, factor] = made.get();
  static_assert(std::is_same_v<decltype(y), TensorPartition<float>>);
  EXPECT_EQ(y.unpartition().to_vector(), scaled(x, 3));
  EXPECT_EQ(input.to_vector(), x.to_vector());
  EXPECT_EQ(factor, 3);
}

// [H19]
TEST(Kernel, SharedTensorsAreInputsAndComeBack) {
  auto x = std::make_shared<const Tensor<float>>(test::random({20}, 2));
  auto y = zeros<float>({20});
  auto [partition, back, a] =
      launch<kernels::scale<8>>(y.partition({8}), x, 2.0f).sync();
  EXPECT_EQ(back, x);
  EXPECT_EQ(y.to_vector(), scaled(*x, 2));
  auto once = device_op::randn({20}).shared();
  auto z = zeros<float>({20});
  auto left = launch<kernels::scale<8>>(y.partition({8}), once, 1.0f).on(cpu);
  auto right = launch<kernels::scale<8>>(z.partition({8}), once, 1.0f).on(cpu);
  left.get();
  right.get();
  EXPECT_EQ(y.to_vector(), z.to_vector());
  std::shared_ptr<Tensor<float>> none;
  EXPECT_FERRO_CODE(
      launch<kernels::scale<8>>(y.partition({8}), none, 1.0f).sync(),
      Code::SignatureMismatch);
}

// [H28] [H17]
TEST(Kernel, StepsFollowOneAnother) {
  auto x = test::random({50}, 3), y = zeros<float>({50});
  auto values =
      launch<kernels::scale<16>>(y.partition({16}), x, 2.0f)
          .then([](TensorPartition<float> first, Tensor<float>, float) {
            auto z = zeros<float>({50});
            return launch<kernels::scale<32>>(z.partition({32}),
                                              first.unpartition(), 0.25f);
          })
          .first()
          .map([](TensorPartition<float> z) {
            return z.unpartition().to_vector();
          })
          .sync();
  EXPECT_EQ(values, scaled(x, 0.5));
}

// [H34]
TEST(Kernel, BadArgumentsArriveWithTheResult) {
  auto x = test::random({8}, 4), y = zeros<float>({8});
  auto future =
      launch<kernels::scale<4>>(y.partition({8}), x, 1.0f).on(Stream(cpu));
  EXPECT_FERRO_ERROR(future.get(), Code::ShapeMismatch,
                     "kernels::scale: parameter 1 has tiles [4], the partition "
                     "has [8]");
}

// [H43]
TEST(Kernel, ALaunchThatNobodyWaitsForKeepsItsMemory) {
  Stream stream(cpu);
  Gate gate;
  int gone = 0;
  auto y = zeros<float>({64});
  auto blocker = test::call([&] { gate.wait(); }).on(stream);
  {
    auto x = adopt(new float[64], {64}, [&](float *first) {
      ++gone;
      delete[] first;
    });
    device_op::copy(x, test::random({64}, 5)).sync();
    auto future =
        launch<kernels::scale<16>>(y.partition({16}), x, 2.0f).on(stream);
  }
  EXPECT_EQ(gone, 0);
  gate.open();
  stream.synchronize();
  EXPECT_EQ(gone, 1);
  EXPECT_EQ(y.to_vector(), scaled(test::random({64}, 5), 2));
}

// [H35] [H46] [H47]
TEST(Kernel, GraphsOfLaunchesReplayWithNewElementsAndNumbers) {
  auto y = zeros<float>({30}), z = zeros<float>({30});
  Parameter<float> a(2);
  auto x = test::random({30}, 6);
  auto graph = [&] {
    auto own = x.clone();
    auto captured = capture([&](GraphScope &scope) {
      scope.record(launch<kernels::scale<8>>(y.partition({8}), own, a));
      scope.record(launch<kernels::scale<16>>(z.partition({16}), y, 0.5f));
      return own;
    });
    EXPECT_EQ(z.to_vector(), x.to_vector());
    return captured;
  }();
  auto own = graph.take_output();
  auto fresh = test::random({30}, 7);
  a.set(-6);
  graph.update(own, fresh)
      .then([&](Unit) { return graph.replay(); })
      .on(Stream(cpu))
      .get();
  EXPECT_EQ(z.to_vector(), scaled(fresh, -3));
}

static constexpr cutile::detail::GenericName generics[] = {{"N"}};
static constexpr cutile::detail::GenericParameter parameters[] = {
    {"y", cutile::ParameterKind::Output, nullptr, {"N"}},
    {"x", cutile::ParameterKind::Input},
    {"a", cutile::ParameterKind::Value}};
static constexpr cutile::detail::GenericKernel kernel{"scale", generics,
                                                      parameters};
static constexpr const char *eight[] = {"8"};
static constexpr cutile::detail::Instantiation rows[] = {
    {"scale", eight, cutile::detail::runInstantiation<kernels::scale<8>>}};

// [H24] [H46]
TEST(Kernel, LaunchesByNameAreOperationsToo) {
  cutile::detail::InstantiationTable table(rows);
  auto x = test::random({30}, 8), y = zeros<float>({30});
  Parameter<float> a(2);
  auto graph = cutile::GenericLaunch(kernel, y.partition({8}), x, a)
                   .graph_on(Stream(cpu));
  EXPECT_EQ(y.to_vector(), scaled(x, 2));
  a.set(5);
  graph.replay().sync();
  EXPECT_EQ(y.to_vector(), scaled(x, 5));
  auto wrong = cutile::GenericLaunch(kernel, y.partition({4}), x, 1.0f).on(cpu);
  EXPECT_FERRO_CODE(wrong.get(), Code::NotInstantiated);
}

// [H22]
TEST(Kernel, TensorsMayHaveMoreElementsThan32BitsCount) {
  constexpr std::int64_t count = (std::int64_t{5} << 30) + 16;
  // Pages that nobody touches take no memory.
  auto *memory = static_cast<std::uint8_t *>(std::calloc(count, 1));
  ASSERT_TRUE(memory);
  auto x =
      adopt(memory, {count}, [](std::uint8_t *first) { std::free(first); });
  for (int i = 0; i < 16; ++i)
    memory[count - 16 + i] = static_cast<std::uint8_t>(17 * i + 3);
  auto y = zeros<std::uint8_t>({16});
  launch<kernels::far<16>>(y.partition({16}), x, count / 16 - 1).sync();
  for (int i = 0; i < 16; ++i)
    EXPECT_EQ(y.data()[static_cast<std::size_t>(i)], (17 * i + 3) % 256);
}

TEST(Kernel, SixteenThreadsLaunch) {
  auto x = test::random({200}, 9);
  std::vector<std::thread> threads;
  for (int t = 0; t < 16; ++t)
    threads.emplace_back([&x, t] {
      auto y = zeros<float>({200}), z = zeros<float>({200});
      Stream stream(cpu);
      for (int i = 0; i < 10; ++i) {
        float a = static_cast<float>(t + i);
        auto first =
            launch<kernels::scale<64>>(y.partition({64}), x, a).on(stream);
        launch<kernels::scale<64>>(z.partition({64}), y, 2.0f).sync_on(stream);
        EXPECT_EQ(z.to_vector(), scaled(x, 2 * a));
      }
    });
  for (std::thread &thread : threads)
    thread.join();
}
