// Captured work: done by the capture, done again by replays, alive as long.
#include "Waiting.h"

#include "cutile/Foreign.h"
#include "ferro/Copies.h"
#include "ferro/DeviceGraph.h"

#include "Allocations.h"

using namespace ferro;
using cutile::Block;
using cutile::Grid;
using cutile::launch;

/// y = a * x + y, a block for each 16 elements.
static void axpy(const Block &block, float *y, const float *x, float a,
                 std::int64_t n) {
  for (std::int64_t i = block.x * 16; i < n && i < (block.x + 1) * 16; ++i)
    y[i] += a * x[i];
}

static std::vector<float> sums(const std::vector<float> &y, float a,
                               const std::vector<float> &x) {
  std::vector<float> result;
  for (std::size_t i = 0; i < y.size(); ++i)
    result.push_back(y[i] + a * x[i]);
  return result;
}

// [H35] [H45]
TEST(Graph, TheCaptureHasComputedItsOutput) {
  auto x = test::random({100}, 1), y = test::random({100}, 2);
  auto before = y.to_vector();
  auto graph =
      launch(axpy, Grid{7}, y, x, 0.5f, std::int64_t{100}).first().graph();
  Tensor<float> output = graph.take_output();
  EXPECT_EQ(output.to_vector(), sums(before, 0.5f, x.to_vector()));
  EXPECT_FERRO_CODE(graph.take_output(), Code::InvalidArgument);
  EXPECT_EQ(graph.size(), 1u);

  auto once = y.to_vector();
  graph.replay().sync();
  EXPECT_EQ(output.to_vector(), sums(once, 0.5f, x.to_vector()));
}

// [H35]
TEST(Graph, OfAStreamIsCapturedInItsOrder) {
  Stream stream(cpu);
  auto x = test::random({16}, 3), y = zeros<float>({16});
  test::Gate gate;
  auto before = test::call([&] {
                  gate.wait();
                  x.fill_(2);
                }).on(stream);
  std::thread opener([&] { gate.open(); });
  auto graph =
      launch(axpy, Grid{1}, y, x, 3.0f, std::int64_t{16}).graph_on(stream);
  opener.join();
  EXPECT_EQ(y.to_vector(), std::vector<float>(16, 6));
}

// [H46]
TEST(Graph, ScopesRecordStepsAndUpdatesChangeElements) {
  auto x = test::random({33}, 4), y = zeros<float>({33});
  Parameter<float> a(2);
  auto graph = capture([&](GraphScope &scope) {
    scope.record(device_op::fill(y, 1));
    scope.record(launch(axpy, Grid{3}, y, x, a, std::int64_t{33}));
    return y;
  });
  std::vector<float> ones(33, 1);
  EXPECT_EQ(graph.size(), 2u);
  EXPECT_EQ(y.to_vector(), sums(ones, 2, x.to_vector()));

  auto fresh = test::random({33}, 5);
  a.set(-3);
  graph.update(x, fresh).sync();
  EXPECT_EQ(y.to_vector(), sums(ones, 2, test::random({33}, 4).to_vector()));
  graph.replay().sync();
  EXPECT_EQ(y.to_vector(), sums(ones, -3, fresh.to_vector()));
}

static_assert(GraphNode<CopyOp<float>> && GraphNode<FillOp<float>> &&
              GraphNode<ValueOp<int>> && GraphNode<ReplayOp>);
static_assert(!GraphNode<decltype(device_op::zeros({2}))> &&
                  !GraphNode<decltype(device_op::zeros({2}).map([](auto x) {
                    return x;
                  }))> &&
                  !GraphNode<decltype(zip(value(1), device_op::randn({2})))> &&
                  !GraphNode<decltype(value(1).then([](int) {
                    return device_op::zeros({2});
                  }))> &&
                  !GraphNode<AnyOp<int>>,
              "what allocates, or may, is no node");

TEST(Graph, UpdatesAreOfMemoryThatTheGraphUses) {
  auto x = test::random({8}, 6), y = zeros<float>({8});
  auto graph = device_op::copy(y, x).graph();
  EXPECT_FERRO_ERROR(graph.update(zeros<float>({8}), x), Code::InvalidArgument,
                     "update: no step of the graph uses the memory of the "
                     "target [8]");
  EXPECT_FERRO_CODE(graph.update(x, zeros<float>({9})), Code::ShapeMismatch);
  graph.update(narrow(x, 0, 2, 3), full<float>({3}, 7)).sync(); // a part
  graph.replay().sync();
  EXPECT_EQ(y.data()[4], 7);
  EXPECT_EQ(y.data()[5], x.data()[5]);
}

// [H47]
TEST(Graph, KeepsTheMemoryOfItsSteps) {
  std::weak_ptr<std::vector<float>> watched;
  auto y = zeros<float>({4});
  {
    auto graph = [&] {
      auto memory = std::make_shared<std::vector<float>>(4, 1.5f);
      watched = memory;
      std::shared_ptr<float> first(memory, memory->data());
      auto add = +[](float *to, const float *from) {
        for (int i = 0; i < 4; ++i)
          to[i] += from[i];
      };
      return launch(add, {}, y, std::move(first)).graph();
    }();
    EXPECT_FALSE(watched.expired());
    graph.replay().sync();
    EXPECT_EQ(y.to_vector(), std::vector<float>(4, 3));
  }
  EXPECT_TRUE(watched.expired());
}

// [H47]
TEST(Graph, KeepsTheTensorsOfItsSteps) {
  auto y = zeros<float>({64});
  auto graph = device_op::copy(y, test::random({64}, 7)).graph();
  // Without the graph's hold on it the source's memory would be used again.
  std::vector<Tensor<float>> others;
  for (int i = 0; i < 32; ++i)
    others.push_back(full<float>({64}, 9));
  y.fill_(0);
  graph.replay().sync();
  EXPECT_EQ(y.to_vector(), test::random({64}, 7).to_vector());
}

TEST(Graph, ReplaysThatAreUnderWayKeepTheirGraph) {
  Stream stream(cpu);
  test::Gate gate;
  auto x = test::random({16}, 8), y = zeros<float>({16});
  auto before = test::call([&] { gate.wait(); }).on(stream);
  {
    auto graph = device_op::copy(y, x.clone()).graph();
    y.fill_(0);
    auto replay = graph.replay().on(stream);
  }
  gate.open();
  stream.synchronize();
  EXPECT_EQ(y.to_vector(), x.to_vector());
}

// [H45]
TEST(Graph, ReplaysAllocateNothing) {
  auto x = test::random({64}, 9), y = zeros<float>({64});
  Parameter<float> a(2);
  auto graph = capture([&](GraphScope &scope) {
    for (int i = 0; i < 3; ++i) {
      scope.record(device_op::copy(y, x));
      scope.record(launch(axpy, Grid{4}, y, x, a, std::int64_t{64}));
    }
  });
  auto fresh = test::random({64}, 10);
  auto replay = graph.replay();
  auto update = graph.update(x, fresh);
  std::size_t allocations = test::allocationsOf([&] {
    a.set(4);
    ExecutionContext context;
    update.execute(context);
    replay.execute(context);
    graph.replay().sync();
  });
  EXPECT_EQ(allocations, 0u);
  EXPECT_GT(test::allocationsOf([] { zeros<float>({64}); }), 0u); // it counts
  EXPECT_EQ(y.to_vector(), sums(fresh.to_vector(), 4, fresh.to_vector()));
}

TEST(Graph, GraphsAreStepsOfGraphs) {
  auto y = full<float>({2}, 1);
  auto x = full<float>({2}, 1);
  auto inner = launch(axpy, Grid{1}, y, x, 1.0f, std::int64_t{2}).graph(); // 2
  auto outer = capture([&](GraphScope &scope) {
    scope.record(inner.replay()); // 3
    scope.record(inner.replay()); // 4
  });
  outer.replay().sync(); // 6
  EXPECT_EQ(y.to_vector(), std::vector<float>(2, 6));
  outer.update(x, full<float>({2}, 10)).sync(); // the inner graph's memory
  outer.replay().sync();
  EXPECT_EQ(y.to_vector(), std::vector<float>(2, 26));
}

TEST(Graph, ErrorsOfACaptureAndOfAReplayAreThrown) {
  auto y = zeros<float>({2});
  EXPECT_FERRO_CODE(capture([&](GraphScope &) { value(1).sync(); }),
                    Code::NestedExecution);
  EXPECT_FERRO_CODE(device_op::copy(y, zeros<float>({3})).graph(),
                    Code::ShapeMismatch);
  Parameter<int> fails(0);
  auto check = +[](int bad) {
    if (bad)
      throw Error(Code::InvalidArgument, "check", "found bad");
  };
  auto graph = launch(check, {}, fails).graph();
  graph.replay().sync();
  fails.set(1);
  EXPECT_FERRO_CODE(graph.replay().on(Stream(cpu)).get(),
                    Code::InvalidArgument);
}

// [H55]
TEST(Graph, OtherThreadsGoOnWhileOneCaptures) {
  test::Gate capturing, done;
  auto y = zeros<float>({16});
  std::thread other([&] {
    capturing.wait();
    EXPECT_EQ(value(3).schedule().get(), 3);
    auto z = zeros<float>({16});
    auto graph = device_op::fill(z, 2).graph();
    EXPECT_EQ(graph.size(), 1u);
    done.open();
  });
  auto graph = capture([&](GraphScope &scope) {
    capturing.open();
    done.wait();
    scope.record(device_op::fill(y, 1));
  });
  other.join();
  EXPECT_EQ(graph.size(), 1u); // nothing of the other thread's
}

TEST(Graph, SixteenThreadsReplayAndUpdate) {
  auto x = test::random({64}, 11), y = zeros<float>({64});
  auto graph = capture([&](GraphScope &scope) {
    scope.record(device_op::fill(y, 0));
    scope.record(launch(axpy, Grid{4}, y, x, 1.0f, std::int64_t{64}));
  });
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < 16; ++t)
    threads.emplace_back([&, t] {
      Stream stream(cpu);
      for (unsigned i = 0; i < 40; ++i) {
        graph.update(x, test::random({64}, 100 * t + i)).on(stream).wait();
        graph.replay().on(stream).wait();
      }
    });
  for (std::thread &thread : threads)
    thread.join();
  graph.replay().sync();
  EXPECT_EQ(y.to_vector(), x.to_vector());
}
