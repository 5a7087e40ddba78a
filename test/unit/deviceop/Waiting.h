// Work that a test holds up and lets go.
#pragma once

#include "ferro/DeviceOp.h"
#include "ferro/ferro.h"

#include "../Expect.h"

#include <chrono>
#include <coroutine>
#include <exception>
#include <future>
#include <random>
#include <thread>
#include <vector>

namespace ferro::test {

/// Opens once; work waits for it.
class Gate {
public:
  void open() { promise.set_value(); }
  /// Fails, rather than hang, if nobody opens it for ten seconds.
  void wait() const {
    if (future.wait_for(std::chrono::seconds(10)) != std::future_status::ready)
      throw Error(Code::Internal, "Gate", "nobody opened it");
  }

private:
  std::promise<void> promise;
  std::shared_future<void> future = promise.get_future().share();
};

/// An operation that calls \p f.
template <typename F> auto call(F f) {
  return empty_op().map([f = std::move(f)](Unit) mutable { return f(); });
}

/// Random elements of a sequence that \p seed begins.
inline Tensor<float> random(const Shape &shape, unsigned seed) {
  std::mt19937 bits(seed);
  std::uniform_real_distribution<float> uniform(-1, 1);
  auto tensor = zeros<float>(shape);
  for (float &value : tensor.mutable_data())
    value = uniform(bits);
  return tensor;
}

/// A coroutine that begins at once and whose result a std::future has.
template <typename T> struct Job {
  struct promise_type {
    std::promise<T> promise;
    Job get_return_object() { return {promise.get_future()}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_value(T value) { promise.set_value(std::move(value)); }
    void unhandled_exception() {
      promise.set_exception(std::current_exception());
    }
  };
  std::future<T> result;
};

} // namespace ferro::test
