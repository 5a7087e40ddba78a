// Events between streams, how threads wait, functions of the host.
#include "Waiting.h"

#include "ferro/Copies.h"
#include "ferro/Event.h"
#include "ferro/HostFunction.h"

#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

using namespace ferro;
using ferro::test::call;
using ferro::test::Gate;

// [H52]
TEST(Event, ComesWhenTheWorkBeforeItHasEnded) {
  Stream stream(cpu);
  Gate gate, later;
  int done = 0; // guarded by the stream
  auto before = call([&] {
                  gate.wait();
                  ++done;
                }).on(stream);
  Event event = stream.record();
  auto after = call([&] { later.wait(); }).on(stream);
  EXPECT_FALSE(event.query());
  gate.open();
  event.synchronize();
  EXPECT_TRUE(event.query());
  EXPECT_EQ(done, 1);
  EXPECT_FALSE(after.is_ready()); // what follows is not waited for
  later.open();
  after.get();
}

// [H52]
TEST(Event, StreamsWaitForEventsOfOthers) {
  Stream producer(cpu), consumer(cpu);
  Gate gate;
  auto x = zeros<float>({4});
  auto filled = call([&] {
                  gate.wait();
                  x.fill_(3);
                }).on(producer);
  consumer.wait(producer.record());
  auto copied = device_op::duplicate(x).on(consumer);
  auto independent = value(1).on(Stream(cpu));
  EXPECT_EQ(independent.get(), 1); // others go on
  EXPECT_FALSE(copied.is_ready());
  EXPECT_FALSE(consumer.is_idle());
  gate.open();
  EXPECT_EQ(copied.get().to_vector(), std::vector<float>(4, 3));
}

// [H52]
TEST(Event, ManyWaitsKeepNoThread) {
  // More streams wait than there are threads to serve them.
  Stream last(cpu);
  Gate gate;
  auto blocker = call([&] { gate.wait(); }).on(last);
  Event event = last.record();
  std::vector<Stream> streams;
  std::vector<Future<int>> futures;
  for (int i = 0; i < 200; ++i) {
    streams.emplace_back(cpu);
    streams.back().wait(event);
    futures.push_back(value(i).on(streams.back()));
  }
  EXPECT_EQ(value(7).on(Stream(cpu)).get(), 7);
  for (const Future<int> &future : futures)
    EXPECT_FALSE(future.is_ready());
  gate.open();
  for (int i = 0; i < 200; ++i)
    EXPECT_EQ(futures[static_cast<std::size_t>(i)].get(), i);
}

// [H52]
TEST(Event, WaitsAreForTheMomentThatWasRecordedThen) {
  Stream a(cpu), b(cpu);
  Event event = a.record();
  event.synchronize();
  Gate gate;
  auto blocker = call([&] { gate.wait(); }).on(a);
  Event old = event;
  b.wait(event);
  event.record(a);
  EXPECT_EQ(value(1).on(b).get(), 1); // not for the second record
  EXPECT_TRUE(old.query());
  EXPECT_FALSE(event.query());
  b.wait(event);
  auto behind = value(2).on(b);
  EXPECT_FALSE(behind.is_ready());
  gate.open();
  EXPECT_EQ(behind.get(), 2);
}

// [H52]
TEST(Event, MeasureTheTimeBetweenThem) {
  Stream stream(cpu);
  Event begin = stream.record();
  using std::chrono::steady_clock;
  auto slept =
      call([] {
        auto from = steady_clock::now();
        std::this_thread::sleep_for(std::chrono::milliseconds(3));
        return std::chrono::duration<double>(steady_clock::now() - from);
      }).on(stream);
  Event end = stream.record();
  end.synchronize();
  EXPECT_GE(elapsed(begin, end), slept.get());
  EXPECT_EQ(elapsed(begin, end), -elapsed(end, begin));
  EXPECT_EQ(elapsed(end, end).count(), 0);
}

TEST(Event, ErrorsNameWhatIsMissing) {
  Event none;
  EXPECT_FALSE(none.recorded());
  EXPECT_FERRO_ERROR(none.query(), Code::InvalidArgument,
                     "query: the event was not recorded; Stream::record() "
                     "makes one");
  EXPECT_FERRO_CODE(none.synchronize(), Code::InvalidArgument);
  EXPECT_FERRO_CODE(Stream(cpu).wait(none), Code::InvalidArgument);
  EXPECT_FERRO_CODE(Stream().record(), Code::InvalidArgument);
  Stream stream(cpu);
  Event begin = stream.record();
  begin.synchronize();
  EXPECT_FERRO_CODE(elapsed(begin, none), Code::InvalidArgument);
  Gate gate;
  auto blocker = call([&] { gate.wait(); }).on(stream);
  Event end = stream.record();
  EXPECT_FERRO_ERROR(elapsed(begin, end), Code::InvalidArgument,
                     "elapsed: the second event has not come yet; "
                     "synchronize() waits for it");
  EXPECT_FERRO_ERROR(elapsed(end, begin), Code::InvalidArgument,
                     "elapsed: the first event has not come yet; "
                     "synchronize() waits for it");
  EXPECT_FERRO_CODE(Stream().wait(begin), Code::InvalidArgument);
  gate.open();
  EXPECT_FERRO_CODE(call([&] { end.synchronize(); }).sync(),
                    Code::NestedExecution);
  end.synchronize();
}

TEST(Event, OfAParentAreRefusedByItsChild) {
  Stream stream(cpu);
  Gate gate;
  auto blocker = call([&] { gate.wait(); }).on(stream);
  Event event = stream.record();
  pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    int result = 1;
    try {
      Stream(cpu).wait(event); // it would never come
    } catch (const Error &error) {
      result = error.code() == Code::InvalidArgument ? 0 : 2;
    }
    ::_exit(result);
  }
  gate.open();
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  event.synchronize();
}

TEST(Event, SixteenThreadsRecordAndWait) {
  std::vector<Stream> streams;
  for (int i = 0; i < 6; ++i)
    streams.emplace_back(cpu);
  std::vector<std::int64_t> counts(streams.size()); // each guarded by a stream
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < 16; ++t)
    threads.emplace_back([&, t] {
      std::mt19937 random(t);
      for (int i = 0; i < 60; ++i) {
        std::size_t from = random() % streams.size(),
                    to = random() % streams.size();
        auto work = call([&counts, from] { ++counts[from]; }).on(streams[from]);
        Event event = streams[from].record();
        streams[to].wait(event);
        // Behind the event its stream's work is seen.
        call([work = std::make_shared<Future<Unit>>(std::move(work))] {
          EXPECT_TRUE(work->is_ready());
        })
            .on(streams[to])
            .wait();
      }
    });
  for (std::thread &thread : threads)
    thread.join();
  std::int64_t total = 0;
  for (std::size_t i = 0; i < streams.size(); ++i) {
    streams[i].synchronize();
    total += counts[i];
  }
  EXPECT_EQ(total, 16 * 60);
}

// --- how threads wait

namespace {
/// Brings the first mode back.
struct SyncScope {
  explicit SyncScope(HostSync mode) { set_host_sync(cpu, mode); }
  ~SyncScope() { set_host_sync(cpu, {}); }
};
} // namespace

static std::chrono::nanoseconds busyTime(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return std::chrono::seconds(time.tv_sec) +
         std::chrono::nanoseconds(time.tv_nsec);
}

// [H42]
TEST(HostSync, SpinningThreadsAreBusyUntilTheWorkHasEnded) {
  SyncScope scope({std::chrono::seconds(20)});
  clockid_t clock;
  ASSERT_EQ(::pthread_getcpuclockid(::pthread_self(), &clock), 0);
  auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  auto future = call([&] { // a thread that sleeps is never that busy
                  auto begin = busyTime(clock);
                  while (busyTime(clock) - begin < std::chrono::milliseconds(5))
                    if (std::chrono::steady_clock::now() > limit)
                      throw Error(Code::Internal, "test", "nobody is busy");
                })
                    .on(Stream(cpu));
  future.get();
}

// [H42]
TEST(HostSync, BlockingThreadsSleep) {
  SyncScope scope(HostSync::blocking());
  EXPECT_EQ(host_sync(cpu).spin.count(), 0);
  auto begin = busyTime(CLOCK_THREAD_CPUTIME_ID);
  auto future = call([] {
                  std::this_thread::sleep_for(std::chrono::milliseconds(40));
                }).on(Stream(cpu));
  future.get();
  EXPECT_LT(busyTime(CLOCK_THREAD_CPUTIME_ID) - begin,
            std::chrono::milliseconds(10));
}

TEST(HostSync, IsCheckedAndAtFirst20Microseconds) {
  EXPECT_EQ(host_sync(cpu).spin, std::chrono::microseconds(20));
  EXPECT_FERRO_ERROR(
      set_host_sync(cpu, {std::chrono::nanoseconds(-1)}), Code::InvalidArgument,
      "set_host_sync: found a spin of -1 ns; times are not negative");
  EXPECT_FERRO_CODE(host_sync(Device{DeviceKind::Meta}),
                    Code::DeviceUnavailable);
}

// --- functions of the host

// [H52]
TEST(HostFunction, IsCalledInItsTurnAndByReplays) {
  Stream stream(cpu);
  auto x = zeros<float>({2});
  std::vector<float> seen; // guarded by the stream
  device_op::fill(x, 4).sync_on(stream);
  host_function([&] { seen.push_back(x.data()[0]); }).on(stream).get();
  auto graph = capture([&](GraphScope &scope) {
    scope.record(device_op::fill(x, 5));
    scope.record(host_function([&, call = 0]() mutable {
      seen.push_back(x.data()[1] + static_cast<float>(call++));
    }));
  });
  EXPECT_EQ(graph.size(), 2u);
  graph.replay().sync();
  EXPECT_EQ(seen, (std::vector<float>{4, 5, 6}));
  auto fails =
      host_function([] { throw Error(Code::IoError, "log", "found no room"); });
  EXPECT_FERRO_CODE(std::move(fails).on(stream).get(), Code::IoError);
}
