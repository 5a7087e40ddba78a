// Streams, futures and what becomes of work that nobody waits for.
#include "Waiting.h"

#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>

using namespace ferro;
using ferro::test::call;
using ferro::test::Gate;
using ferro::test::Job;

// [H34]
TEST(Stream, DoesItsWorkInOrder) {
  Stream stream(cpu);
  std::vector<int> order; // guarded by the stream
  std::vector<Future<Unit>> futures;
  for (int i = 0; i < 200; ++i)
    futures.push_back(call([&order, i] { order.push_back(i); }).on(stream));
  stream.synchronize();
  ASSERT_EQ(order.size(), 200u);
  for (int i = 0; i < 200; ++i)
    EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
  EXPECT_TRUE(futures.back().is_ready());
  EXPECT_TRUE(stream.is_idle());
}

// [H34] [H38]
TEST(Stream, StreamsRunBesideOneAnother) {
  Gate first, second;
  Stream a(cpu), b(cpu);
  auto left = call([&] {
                first.open();
                second.wait();
                return 1;
              }).on(a);
  auto right = call([&] {
                 first.wait();
                 second.open();
                 return 2;
               }).on(b);
  EXPECT_EQ(left.get() + right.get(), 3);
}

TEST(Stream, SyncOnWaitsForWhatWasGivenBefore) {
  Stream stream(cpu);
  Gate gate;
  int value = 0; // guarded by the stream
  auto before = call([&] {
                  gate.wait();
                  value = 5;
                }).on(stream);
  std::thread opener([&] { gate.open(); });
  EXPECT_EQ(call([&] { return value; }).sync_on(stream), 5);
  opener.join();
  EXPECT_TRUE(before.is_ready());
  // An idle stream's work is done by the thread that waits.
  EXPECT_EQ(call([] { return std::this_thread::get_id(); }).sync_on(stream),
            std::this_thread::get_id());
}

// [H34]
TEST(Stream, ErrorsArriveWhereTheResultIsAskedFor) {
  Stream stream(cpu);
  auto failing = call([]() -> int {
                   throw Error(Code::ShapeMismatch, "work", "found [2]");
                 }).on(stream);
  auto foreign =
      call([]() -> int { throw std::domain_error("foreign"); }).on(stream);
  auto fine = value(4).on(stream);
  EXPECT_EQ(fine.get(), 4); // work behind it goes on
  EXPECT_FERRO_ERROR(failing.get(), Code::ShapeMismatch, "work: found [2]");
  EXPECT_THROW(foreign.get(), std::domain_error);
  stream.synchronize(); // both were told
  EXPECT_FERRO_ERROR(fine.get(), Code::InvalidArgument,
                     "future: its result was handed out, or it was moved from");
}

TEST(Stream, SynchronizeTellsWhatNobodyWaitedFor) {
  Stream stream(cpu);
  {
    auto dropped = call([] {
                     throw Error(Code::OutOfMemory, "work", "found no room");
                   }).on(stream);
  }
  EXPECT_FERRO_CODE(stream.synchronize(), Code::OutOfMemory);
  stream.synchronize(); // once
}

// [H43]
TEST(Stream, DroppedFuturesTakeNothingFromRunningWork) {
  Stream stream(cpu);
  Gate running, dropped;
  std::atomic<int> seen{0};
  auto memory = std::make_shared<std::vector<int>>(1000, 7);
  std::weak_ptr<std::vector<int>> watched = memory;
  {
    auto future = value(std::move(memory))
                      .map([&](const std::shared_ptr<std::vector<int>> &held) {
                        std::weak_ptr<std::vector<int>> own = held;
                        running.open();
                        dropped.wait();
                        seen = own.expired() ? -1 : (*held)[999];
                      })
                      .on(stream);
    running.wait();
  }
  EXPECT_FALSE(watched.expired());
  dropped.open();
  stream.synchronize();
  EXPECT_EQ(seen, 7);
  EXPECT_TRUE(watched.expired()); // and afterwards it is gone
}

// [H43]
TEST(Stream, DroppedFuturesOfWaitingWorkKeepItsTensors) {
  Stream stream(cpu);
  Gate gate;
  auto blocker = call([&] { gate.wait(); }).on(stream);
  auto sum = std::make_shared<std::atomic<float>>(0.0f);
  {
    auto x = test::random({64}, 3);
    auto future = value(x)
                      .map([sum](const Tensor<float> &held) {
                        float total = 0;
                        for (float element : held.data())
                          total += element;
                        *sum = total;
                      })
                      .on(stream);
    // The caller's handle and the future go; new tensors want the memory.
  }
  std::vector<Tensor<float>> others;
  for (int i = 0; i < 32; ++i)
    others.push_back(full<float>({64}, 1e9f));
  gate.open();
  stream.synchronize();
  float expected = 0;
  auto again = test::random({64}, 3);
  for (float element : again.data())
    expected += element;
  EXPECT_EQ(sum->load(), expected);
}

// [H43]
TEST(Stream, CancelledWorkNeverHappensAndReleasesWhatItUses) {
  Stream stream(cpu);
  Gate gate;
  auto blocker = call([&] { gate.wait(); }).on(stream);
  bool happened = false;
  auto owner = std::make_shared<int>(1);
  auto waiting =
      value(owner).map([&](const auto &) { happened = true; }).on(stream);
  EXPECT_EQ(owner.use_count(), 2);
  EXPECT_TRUE(waiting.cancel());
  EXPECT_EQ(owner.use_count(), 1); // at once
  EXPECT_FALSE(waiting.cancel());
  EXPECT_TRUE(waiting.is_ready());
  gate.open();
  stream.synchronize();
  EXPECT_FALSE(happened);
  EXPECT_FERRO_ERROR(waiting.get(), Code::Cancelled,
                     "future: the work was cancelled before it began");
  EXPECT_FALSE(blocker.cancel()); // it has ended
}

TEST(Stream, WorkOutlivesTheHandlesOfItsStream) {
  Future<int> future = [] {
    Stream stream(cpu);
    return call([] {
             std::this_thread::sleep_for(std::chrono::milliseconds(2));
             return 9;
           })
        .on(stream);
  }();
  EXPECT_EQ(future.get(), 9);
}

// [H37]
TEST(Stream, FuturesMoveToOtherThreads) {
  auto future = value(std::make_unique<int>(8)).on(Stream(cpu));
  int result = 0;
  std::thread taker([&result, taken = std::move(future)]() mutable {
    result = *taken.get();
  });
  taker.join();
  EXPECT_EQ(result, 8);
  static_assert(std::is_nothrow_move_constructible_v<Future<int>>);
  static_assert(!std::is_copy_constructible_v<Future<int>>);
}

// [H38]
TEST(Policy, RoundRobinTakesFourStreamsInTurn) {
  RoundRobin policy;
  std::vector<Stream> seen;
  for (int i = 0; i < 8; ++i)
    seen.push_back(policy.next());
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(seen[i], seen[i + 4]);
    EXPECT_NE(seen[i], seen[(i + 1) % 4]);
  }
  EXPECT_FERRO_CODE(RoundRobin{0}, Code::InvalidArgument);
}

static auto streamOfWork() {
  return with_context(
      [](ExecutionContext &context) { return value(context.stream()); });
}

namespace {
/// A policy of a user's own.
struct Alternating : SchedulingPolicy {
  Stream a{cpu}, b{cpu};
  int asked = 0;
  Stream next() override { return asked++ % 2 ? b : a; }
};
} // namespace

// [H38]
TEST(Policy, PoliciesChooseTheStream) {
  Stream own(cpu);
  SingleStream single(own);
  EXPECT_EQ(streamOfWork().on(single).get(), own);
  EXPECT_EQ(streamOfWork().on(single).get(), own);
  Alternating alternating;
  EXPECT_EQ(streamOfWork().on(alternating).get(), alternating.a);
  EXPECT_EQ(streamOfWork().on(alternating).get(), alternating.b);
  EXPECT_TRUE(streamOfWork().on(cpu).get().defined());
  EXPECT_FERRO_CODE(SingleStream{Stream()}, Code::InvalidArgument);
}

// [H39]
TEST(Policy, ThreadsMayHaveTheirOwn) {
  Stream own(cpu), global(cpu);
  set_scheduling_policy(cpu, std::make_shared<SingleStream>(global));
  {
    PolicyScope scope(std::make_shared<SingleStream>(own));
    EXPECT_EQ(streamOfWork().schedule().get(), own);
    Stream elsewhere;
    std::thread other([&] { elsewhere = streamOfWork().schedule().get(); });
    other.join();
    EXPECT_EQ(elsewhere, global);
  }
  EXPECT_EQ(streamOfWork().schedule().get(), global);
  set_scheduling_policy(cpu, nullptr);
  EXPECT_NE(streamOfWork().schedule().get(), global);
  EXPECT_FERRO_CODE(PolicyScope(nullptr), Code::InvalidArgument);
}

// [H39]
TEST(Policy, DevicesThatAreNotThereAreRefused) {
  Device cuda{DeviceKind::Cuda, 0};
  EXPECT_FERRO_ERROR(
      Stream{cuda}, Code::DeviceUnavailable,
      "stream: device is cuda:0; this build has streams of the cpu");
  EXPECT_FERRO_CODE(value(1).on(cuda).wait(), Code::DeviceUnavailable);
  EXPECT_FERRO_CODE(set_default_device(cuda), Code::DeviceUnavailable);
  EXPECT_EQ(default_device(), cpu);
  EXPECT_FERRO_ERROR(
      value(1).on(Stream()).wait(), Code::InvalidArgument,
      "stream: it is default-constructed; Stream(device) makes one");
}

static Job<int> twoSteps(Stream stream) {
  int a = co_await value(20).map([](int x) { return x + 1; }).on(stream);
  int b = co_await value(2);
  co_return a *b;
}

// [H34] [H41]
TEST(Coroutine, AwaitsOperationsAndFutures) {
  EXPECT_EQ(twoSteps(Stream(cpu)).result.get(), 42);
}

static Job<int> waitsInside(Stream stream) {
  co_await value(1).on(stream);
  // On the stream's thread, but outside of its work: waiting is allowed.
  int again = value(2).sync_on(stream);
  co_return again + value(3).on(stream).get();
}

TEST(Coroutine, GoesOnOutsideOfTheStreamsWork) {
  EXPECT_EQ(waitsInside(Stream(cpu)).result.get(), 5);
}

static Job<int> failing() {
  co_await call([] { throw Error(Code::DTypeMismatch, "work", "found i8"); });
  co_return 1;
}

// [H34]
TEST(Coroutine, ErrorsArriveAtTheAwait) {
  auto result = failing().result;
  EXPECT_FERRO_ERROR(result.get(), Code::DTypeMismatch, "work: found i8");
}

namespace {
/// A coroutine whose frame its owner destroys.
struct Suspended {
  struct promise_type {
    Suspended get_return_object() {
      return {std::coroutine_handle<promise_type>::from_promise(*this)};
    }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
  std::coroutine_handle<promise_type> frame;
};
} // namespace

static Suspended waitsForever(Stream stream, Gate &gate, int &resumed,
                              std::shared_ptr<int> used) {
  // Not in the co_await: g++ 12 destroys such a lambda's captures twice.
  auto work = call([&gate, used] { gate.wait(); }).on(stream);
  co_await std::move(work);
  ++resumed;
}

// [H43]
TEST(Coroutine, DestroyedOnesAreNotResumedAndTheirWorkGoesOn) {
  Stream stream(cpu);
  Gate gate;
  int resumed = 0;
  auto used = std::make_shared<int>(1);
  Suspended waiting = waitsForever(stream, gate, resumed, used);
  waiting.frame.destroy();
  EXPECT_GE(used.use_count(), 2); // the work has it still
  gate.open();
  stream.synchronize();
  EXPECT_EQ(resumed, 0);
  EXPECT_EQ(used.use_count(), 1);
}

#if defined(__SANITIZE_THREAD__)
static constexpr bool isThreadSanitized = true;
#elif defined(__has_feature)
static constexpr bool isThreadSanitized = __has_feature(thread_sanitizer);
#else
static constexpr bool isThreadSanitized = false;
#endif

TEST(Stream, ForkedChildrenMakeTheirOwn) {
  Stream stream(cpu);
  value(1).on(stream).get();
  pid_t child = ::fork();
  if (child == 0) {
    auto error = test::errorOf([&] { value(1).on(stream).get(); });
    bool isRefused = error && error->code() == Code::InvalidArgument;
    // ThreadSanitizer lets no child of threads have threads.
    bool works = value(2).sync_on(Stream(cpu)) == 2;
    if (!isThreadSanitized)
      works &=
          value(3).on(Stream(cpu)).get() == 3 && value(4).schedule().get() == 4;
    ::_exit(isRefused && works ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  EXPECT_EQ(value(4).on(stream).get(), 4);
}

// [H41]
TEST(Stream, SixteenThreadsGiveWorkToFewStreams) {
  constexpr int numThreads = 16, perThread = 300;
  std::vector<Stream> streams;
  std::vector<std::int64_t> counts(5, 0); // each guarded by its stream
  for (int i = 0; i < 5; ++i)
    streams.emplace_back(cpu);
  std::atomic<int> cancelled{0}, failed{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < numThreads; ++t)
    threads.emplace_back([&, t] {
      std::mt19937 random(static_cast<unsigned>(t));
      for (int i = 0; i < perThread; ++i) {
        std::size_t which = random() % streams.size();
        auto work = value(std::make_shared<int>(1))
                        .map([&counts, which](const std::shared_ptr<int> &one) {
                          counts[which] += *one;
                        });
        switch (random() % 6) {
        case 0:
          work.sync_on(streams[which]);
          break;
        case 1:
          work.on(streams[which]).get();
          break;
        case 2: { // let go
          auto dropped = work.on(streams[which]);
          break;
        }
        case 3:
          if (work.on(streams[which]).cancel())
            ++cancelled;
          break;
        case 4:
          streams[which].synchronize();
          work.on(streams[which]).wait();
          break;
        default:
          try {
            work.then([](Unit) {
                  return call([]() -> int {
                    throw Error(Code::Internal, "stress", "expected");
                  });
                })
                .on(streams[which])
                .get();
          } catch (const Error &) {
            ++failed;
          }
        }
      }
    });
  for (std::thread &thread : threads)
    thread.join();
  std::int64_t total = 0;
  for (std::size_t i = 0; i < streams.size(); ++i) {
    streams[i].synchronize();
    total += counts[i];
  }
  EXPECT_EQ(total, numThreads * perThread - cancelled);
  EXPECT_GT(failed, 0);
}
