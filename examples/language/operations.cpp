// Launches as operations: put together, given to streams, waited for.
#include <cutile/cutile.h>
#include <ferro/Copies.h>
#include <ferro/Event.h>
#include <ferro/ferro.h>

#include <coroutine>
#include <future>
#include <iostream>

namespace [[cutile::module]] kernels {
using namespace cutile;

/// y = a x, tile by tile.
template <int N>
[[cutile::entry]] void scale(TensorView<f32, N> &y,
                             const TensorView<f32, dyn> &x, f32 a) {
  y.store(load_tile_like(x, y) * a);
}
} // namespace kernels

using ferro::Tensor;
using ferro::TensorPartition;

/// An operation that makes a x in memory of its own.
static auto scaled(Tensor<float> x, float a) {
  auto y = ferro::device_op::empty(x.shape()).map(
      [](Tensor<float> made) { return made.partition({4}); });
  return cutile::launch<kernels::scale<4>>(std::move(y), std::move(x), a)
      .first()
      .map([](TensorPartition<float> made) { return made.unpartition(); });
}

/// An operation of one's own: what it needs it holds by value.
struct Total : ferro::Lazy<Total> {
  using value_type = float;
  explicit Total(Tensor<float> of) : x(std::move(of)) {}
  float execute(ferro::ExecutionContext &) {
    float total = 0;
    for (float element : x.data())
      total += element;
    return total;
  }
  Tensor<float> x;
};

/// The least that a coroutine needs: it begins at once, and a std::future has
/// its result.
struct Job {
  struct promise_type : std::promise<float> {
    Job get_return_object() { return {get_future()}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_value(float result) { set_value(result); }
    void unhandled_exception() { set_exception(std::current_exception()); }
  };
  std::future<float> result;
};

static Job totalOfTwice(Tensor<float> x) {
  Tensor<float> twice = co_await scaled(x, 2);
  co_return co_await Total(twice);
}

static void combine(const Tensor<float> &x) {
  auto total = scaled(x, 2)
                   .then([](Tensor<float> y) { return scaled(y, 10); })
                   .inspect([](const Tensor<float> &y) {
                     std::cout << "times 20: " << y << '\n';
                   })
                   .then([](Tensor<float> y) { return Total(y); });
  float result = total.sync(); // nothing happened before
  std::cout << "total: " << result << '\n';

  auto both = ferro::zip(scaled(x, 3), ferro::value(7));
  auto [tripled, seven] = both.sync();
  std::cout << tripled << ' ' << seven << '\n';

  auto once = scaled(x, -1).shared(); // computed by whoever comes first
  auto left = once.then([](auto y) { return Total(*y); }).schedule();
  auto right = once.then([](auto y) { return Total(*y); }).schedule();
  std::cout << left.get() + right.get() << '\n';
}

static void useStreams(const Tensor<float> &x) {
  ferro::Stream stream(ferro::cpu);
  auto y = ferro::zeros<float>({5});
  auto first =
      cutile::launch<kernels::scale<4>>(y.partition({4}), x, 5.0f).on(stream);
  auto second = Total(y).on(stream); // behind the launch
  std::cout << "in order: " << second.get() << '\n';

  ferro::PolicyScope scope(std::make_shared<ferro::SingleStream>(stream));
  std::cout << "same stream: "
            << ferro::with_context([](ferro::ExecutionContext &context) {
                 return ferro::value(context.stream().id());
               })
                       .schedule()
                       .get() -
                   stream.id()
            << '\n';
}

static void waitForEachOther(const Tensor<float> &x) {
  ferro::Stream producer(ferro::cpu), consumer(ferro::cpu);
  auto y = ferro::zeros<float>({5});
  ferro::Event begin = producer.record();
  auto made =
      cutile::launch<kernels::scale<4>>(y.partition({4}), x, 4.0f).on(producer);
  ferro::Event end = producer.record();
  consumer.wait(end);
  std::cout << "behind the event: " << Total(y).on(consumer).get() << '\n';
  std::cout << "took time: " << (ferro::elapsed(begin, end).count() > 0)
            << '\n';
}

static void meetErrors(const Tensor<float> &x) {
  auto y = ferro::zeros<float>({5});
  auto wrong = cutile::launch<kernels::scale<4>>(y.partition({5}), x, 1.0f)
                   .on(ferro::cpu);
  try {
    wrong.get();
  } catch (const ferro::Error &error) {
    std::cout << error.what() << '\n';
  }
}

int main() {
  auto x = ferro::tensor<float>({1, 2, 3, 4, 5});
  combine(x);
  useStreams(x);
  waitForEachOther(x);
  std::cout << "awaited: " << totalOfTwice(x).result.get() << '\n';
  meetErrors(x);
}
