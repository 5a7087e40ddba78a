// What operations made of operations do, and when.
#include "Waiting.h"

#include "ferro/Copies.h"

#include <string>

using namespace ferro;
using ferro::test::call;

static_assert(DeviceOp<ValueOp<int>>);
static_assert(!DeviceOp<Tensor<float>> && !DeviceOp<int>);

// [H28]
TEST(Combinators, NothingHappensBeforeATerminalCall) {
  std::vector<std::string> log;
  auto op =
      value(20)
          .inspect([&](int x) { log.push_back("saw " + std::to_string(x)); })
          .map([&](int x) { return x + 1; })
          .then([&](int x) {
            log.push_back("then " + std::to_string(x));
            return value(std::to_string(2 * x));
          });
  EXPECT_TRUE(log.empty());
  EXPECT_EQ(op.sync(), "42");
  EXPECT_EQ(log, (std::vector<std::string>{"saw 20", "then 21"}));
  EXPECT_EQ(op.sync(), "42"); // a named operation is used on a copy
  EXPECT_EQ(log.size(), 4u);
}

// [H28]
TEST(Combinators, TuplesAreHandedOverWholeOrInParts) {
  auto parts = zip(value(3), value(std::string("x")))
                   .map([](int count, const std::string &of) {
                     return std::string(static_cast<std::size_t>(count), of[0]);
                   })
                   .sync();
  EXPECT_EQ(parts, "xxx");
  auto whole = zip(value(3), value(4)).map([](std::tuple<int, int> both) {
    return std::get<0>(both) * std::get<1>(both);
  });
  EXPECT_EQ(whole.sync(), 12);
  auto nothing = value(1).map([](int) {}).sync();
  static_assert(std::is_same_v<decltype(nothing), Unit>);
}

// [H29]
TEST(Combinators, AStepSeesTheStreamItRunsIn) {
  Stream stream(cpu);
  auto op = with_context([](ExecutionContext &context) {
              return value(context.stream());
            }).then_with_context([](ExecutionContext &context, Stream first) {
    return value(std::pair(first, context.device()));
  });
  auto [seen, device] = op.sync_on(stream);
  EXPECT_EQ(seen, stream);
  EXPECT_EQ(device, cpu);
  EXPECT_FALSE(op.sync().first.defined());
}

// [H30]
TEST(Combinators, ValuesNothingAndAnyOperation) {
  EXPECT_EQ(empty_op().sync(), Unit());
  std::vector<AnyOp<int>> ops;
  ops.push_back(value(1).boxed());
  ops.push_back(value(2).map([](int x) { return x * 10; }).boxed());
  ops.push_back(
      zip(value(3), value(4)).map([](int a, int b) { return a + b; }).boxed());
  std::vector<int> values;
  for (AnyOp<int> &op : ops)
    values.push_back(std::move(op).sync());
  EXPECT_EQ(values, (std::vector<int>{1, 20, 7}));
}

// [H31]
TEST(Combinators, ZipTakesAnyNumberInOrder) {
  std::string order;
  auto step = [&](char name) {
    return call([&order, name] {
      order += name;
      return name;
    });
  };
  auto [a, b, c, d, e, f] =
      zip(step('a'), step('b'), step('c'), step('d'), step('e'), step('f'))
          .sync();
  EXPECT_EQ(order, "abcdef");
  EXPECT_EQ((std::string{a, b, c, d, e, f}), order);
  EXPECT_EQ(std::get<1>(step('x').zip(step('y')).sync()), 'y');
}

// [H31]
TEST(Combinators, UnzippedPartsExecuteTheirOperationOnce) {
  int runs = 0;
  auto [number, text] = call([&] {
                          ++runs;
                          return std::tuple(7, std::string("seven"));
                        }).unzip();
  EXPECT_EQ(runs, 0);
  EXPECT_EQ(std::move(text).sync(), "seven");
  EXPECT_EQ(std::move(number).sync(), 7);
  EXPECT_EQ(runs, 1);
}

TEST(Combinators, UnzippedPartsThrowWhatTheirOperationThrows) {
  auto [a, b] = call([]() -> std::tuple<int, int> {
                  throw Error(Code::OutOfMemory, "part", "found no room");
                }).unzip();
  EXPECT_FERRO_ERROR(std::move(b).sync(), Code::OutOfMemory,
                     "part: found no room");
  EXPECT_FERRO_ERROR(std::move(a).sync(), Code::OutOfMemory,
                     "part: found no room");
}

// [H32]
TEST(Combinators, SharedOperationsExecuteOnceWhoeverAsks) {
  std::atomic<int> runs{0};
  auto shared = call([&] {
                  std::this_thread::sleep_for(std::chrono::milliseconds(5));
                  return ++runs;
                }).shared();
  std::vector<Future<std::shared_ptr<const int>>> futures;
  for (int i = 0; i < 16; ++i)
    futures.push_back(shared.on(Stream(cpu)));
  const int *first = futures[0].get().get();
  for (std::size_t i = 1; i < futures.size(); ++i)
    EXPECT_EQ(futures[i].get().get(), first);
  EXPECT_EQ(*first, 1);
  EXPECT_EQ(shared.unwrap().sync(), 1);
  EXPECT_EQ(runs, 1);
}

TEST(Combinators, SharedOperationsLetGoOfWhatTheyUsed) {
  auto owner = std::make_shared<int>(5);
  auto shared = value(owner).map([](const auto &p) { return *p + 1; }).shared();
  EXPECT_EQ(owner.use_count(), 2);
  EXPECT_EQ(*shared.sync(), 6);
  EXPECT_EQ(owner.use_count(), 1);
}

// [H05] [H33]
TEST(Combinators, ManyOfOneTypeAndEndsOfTuples) {
  std::vector<ValueOp<int>> ops;
  for (int i = 0; i < 9; ++i)
    ops.push_back(value(i * i));
  EXPECT_EQ(all(ops).sync(),
            (std::vector<int>{0, 1, 4, 9, 16, 25, 36, 49, 64}));
  auto three = zip(value(1), value(2.5), value(std::string("z")));
  EXPECT_EQ(three.first().sync(), 1);
  EXPECT_EQ(three.last().sync(), "z");
}

namespace {
/// An operation of a user's own: what a vendor's library would do.
class Axpy : public Lazy<Axpy> {
public:
  using value_type = Tensor<float>;
  Axpy(float a, Tensor<float> x, Tensor<float> y) : a(a), x(x), y(y) {}
  Tensor<float> execute(ExecutionContext &) {
    auto from = x.data();
    auto to = y.mutable_data();
    for (std::size_t i = 0; i < to.size(); ++i)
      to[i] += a * from[i];
    return y;
  }

private:
  float a;
  Tensor<float> x, y;
};
} // namespace

// [H50]
TEST(Combinators, AUsersOperationIsLikeAnyOther) {
  static_assert(DeviceOp<Axpy> && !GraphNode<Axpy>);
  auto x = test::random({40}, 1), y = test::random({40}, 2);
  auto before = y.to_vector();
  auto sums =
      Axpy(2, x, y)
          .then([](Tensor<float> sum) { return device_op::to_host(sum); })
          .on(Stream(cpu))
          .get();
  for (std::size_t i = 0; i < 40; ++i)
    EXPECT_EQ(sums[i], before[i] + 2 * x.data()[i]);
}

// [H36]
TEST(Combinators, NoOperationRunsInsideAnother) {
  const char *rule = "; return an operation from then() instead";
  auto nested = call([] { return value(1).sync(); });
  auto error = test::errorOf([&] { nested.sync(); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), Code::NestedExecution);
  EXPECT_NE(std::string(error->what()).find(rule), std::string::npos);
  Stream stream(cpu);
  EXPECT_FERRO_CODE(nested.on(stream).get(), Code::NestedExecution);
  EXPECT_FERRO_CODE(call([&] { stream.synchronize(); }).sync(),
                    Code::NestedExecution);
  EXPECT_FERRO_CODE(call([&] { return value(1).on(stream).get(); }).sync(),
                    Code::NestedExecution);
  EXPECT_EQ(value(2).sync(), 2); // the mark is gone after an error
  // Another thread may.
  EXPECT_EQ(call([] {
              return std::async(std::launch::async,
                                [] { return value(3).sync(); })
                  .get();
            }).sync(),
            3);
}
