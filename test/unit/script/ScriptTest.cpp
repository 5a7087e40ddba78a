// Script calls as the plugin writes them, without the plugin.
#include "ferro/ferro.h"

#include <gtest/gtest.h>

#include <optional>
#include <random>
#include <thread>

using namespace ferro;
using detail::callScript;
using detail::outside;
using detail::ScriptFlags;
using detail::ScriptSite;

namespace {

struct None {
  auto operator()() const { return outside(); }
};

Tensor<float> randomTensor(std::initializer_list<std::int64_t> shape,
                           unsigned seed) {
  std::mt19937 generator(seed);
  std::uniform_real_distribution<float> values(-2, 2);
  Shape dims(shape);
  std::vector<float> data(static_cast<std::size_t>(numel(dims)));
  for (float &value : data)
    value = values(generator);
  return from_vector(data, dims);
}

void expectClose(const Tensor<float> &actual, const Tensor<float> &expected,
                 float tolerance = 1e-5f) {
  ASSERT_EQ(toString(actual.shape()), toString(expected.shape()));
  std::vector<float> a = actual.to_vector(), b = expected.to_vector();
  for (std::size_t i = 0; i < a.size(); ++i)
    EXPECT_NEAR(a[i], b[i], tolerance * (1 + std::abs(b[i])))
        << "element " << i;
}

Scripted<Tensor<float>> weightedSum(Tensor<float> a, Tensor<float> w) {
  static ScriptSite site{"weightedSum", "ScriptTest.cpp", 1,
                         ScriptFlags::Closed, "a,w"};
  return callScript(
      site, None(),
      [](decltype(a) a, decltype(w) w) -> Tensor<float> {
        return sum(mul(a, w));
      },
      a, w);
}

} // namespace

// [S01] [A13]
TEST(Script, WeightedSumIs32) {
  TracedModule<float> module =
      weightedSum(tensor<float>({1, 2, 3}), tensor<float>({4, 5, 6}));
  EXPECT_EQ(module.item(), 32);
  EXPECT_EQ(module(tensor<float>({1, 0, 0}), tensor<float>({7, 5, 6})).item(),
            7);
}

// [A08]
TEST(Script, SecondCallOfASignatureDoesNotTrace) {
  auto a = randomTensor({33}, 1), w = randomTensor({33}, 2);
  weightedSum(a, w);
  ScriptStats before = script_stats();
  for (int i = 0; i < 10; ++i)
    weightedSum(a, w);
  ScriptStats after = script_stats();
  EXPECT_EQ(after.traces, before.traces);
  EXPECT_EQ(after.signatureHits, before.signatureHits + 10);
  EXPECT_EQ(after.calls, before.calls + 10);
  weightedSum(randomTensor({34}, 1), randomTensor({34}, 2));
  EXPECT_EQ(script_stats().traces, after.traces + 1);
}

// [A16]
TEST(Script, UnusedParametersKeepTheArity) {
  static ScriptSite site{"unused", "", 0, ScriptFlags::Closed, "a,b"};
  auto call = [](Tensor<float> a, Tensor<float> b) {
    return callScript(
        site, None(), [](Tensor<float> a, Tensor<float>) { return neg(a); }, a,
        b);
  };
  auto module = call(tensor<float>({1, 2}), tensor<float>({3, 4}));
  EXPECT_EQ(module.input_count(), 2u);
  EXPECT_EQ(module.to_vector(), (std::vector<float>{-1, -2}));
}

// [A15]
TEST(Script, CapturedTensorsAreReadAtEveryCall) {
  static ScriptSite site{"captured", "", 0, ScriptFlags::Closed, "x"};
  auto weight = tensor<float>({2, 3});
  auto call = [&](Tensor<float> x) {
    return callScript(
        site, [&] { return outside(weight); },
        [&](Tensor<float> x) -> Tensor<float> { return mul(x, weight); }, x);
  };
  auto x = tensor<float>({10, 100});
  auto module = call(x);
  EXPECT_EQ(module.to_vector(), (std::vector<float>{20, 300}));
  EXPECT_EQ(module.input_count(), 1u);
  ScriptStats before = script_stats();
  std::uint64_t compiles = cache::stats().compiles;
  for (int i = 0; i < 1000; ++i) {
    if (i % 2)
      weight.mutable_data()[0] = static_cast<float>(i); // written in place
    else
      weight = tensor<float>({static_cast<float>(i), 3}); // another tensor
    EXPECT_EQ(call(x).to_vector(),
              (std::vector<float>{10.0f * static_cast<float>(i), 300}));
  }
  EXPECT_EQ(script_stats().traces, before.traces);
  EXPECT_EQ(cache::stats().compiles, compiles);
  EXPECT_EQ(module(x).to_vector()[0], 9990);
}

TEST(Script, AChangedOutsideScalarIsNeverStale) {
  static ScriptSite site{"scaled", "", 0, ScriptFlags::Closed, "x"};
  float scale = 2;
  auto call = [&](Tensor<float> x) {
    return callScript(
        site, [&] { return outside(scale); },
        [&](Tensor<float> x) -> Tensor<float> { return x * scale; }, x);
  };
  auto x = tensor<float>({1, 2});
  EXPECT_EQ(call(x).to_vector(), (std::vector<float>{2, 4}));
  scale = 3;
  EXPECT_EQ(call(x).to_vector(), (std::vector<float>{3, 6}));
  scale = 2;
  std::uint64_t traces = script_stats().traces;
  EXPECT_EQ(call(x).to_vector(), (std::vector<float>{2, 4}));
  EXPECT_EQ(script_stats().traces, traces);
}

TEST(Script, AnOpenBodyIsTracedAtEveryCallAndCompiledOnce) {
  static ScriptSite site{"open", "", 0, ScriptFlags::None, "x"};
  std::vector<Tensor<float>> layers{randomTensor({4}, 3)};
  auto call = [&](Tensor<float> x) {
    return callScript(
        site, None(), [&](Tensor<float> x) { return x + layers[0]; }, x);
  };
  auto x = randomTensor({4}, 4);
  expectClose(call(x), x + layers[0]);
  std::uint64_t traces = script_stats().traces,
                compiles = cache::stats().compiles;
  layers[0] = randomTensor({4}, 5);
  expectClose(call(x), x + layers[0]);
  EXPECT_EQ(script_stats().traces, traces + 1);
  EXPECT_EQ(cache::stats().compiles, compiles);
}

TEST(Script, AnUnlistedCaptureOpensAClosedSite) {
  static ScriptSite site{"unlisted", "", 0, ScriptFlags::Closed, "x"};
  auto weight = tensor<float>({2});
  auto call = [&](Tensor<float> x) {
    return callScript(
        site, None(), [&](Tensor<float> x) { return x * weight; }, x);
  };
  EXPECT_EQ(call(tensor<float>({1, 2})).to_vector()[1], 4);
  weight = tensor<float>({5});
  EXPECT_EQ(call(tensor<float>({1, 2})).to_vector()[1], 10);
}

TEST(Script, RandomNumbersAreNewAtEveryCall) {
  static ScriptSite site{"random", "", 0, ScriptFlags::Closed, "x"};
  auto call = [&](Tensor<float> x) {
    return callScript(
        site, None(), [](Tensor<float> x) { return x + rand<float>({8}); }, x);
  };
  auto x = zeros<float>({8});
  EXPECT_NE(call(x).to_vector(), call(x).to_vector());
}

// [A20]
TEST(Script, AScriptInsideAScriptIsInlined) {
  static ScriptSite site{"outer", "", 0, ScriptFlags::Closed, "a"};
  auto call = [](Tensor<float> a) {
    return callScript(
        site, None(),
        [](Tensor<float> a) -> Tensor<float> {
          return weightedSum(a, a) + 1.0f;
        },
        a);
  };
  auto a = tensor<float>({1, 2, 3});
  std::uint64_t traces = script_stats().traces;
  EXPECT_EQ(call(a).item(), 15);
  EXPECT_EQ(script_stats().traces, traces + 1);
}

// [A10]
TEST(Script, StaticArgumentsAreBurntInAndPartOfTheSignature) {
  static ScriptSite site{"power", "", 0, ScriptFlags::Closed, "a,n"};
  auto call = [](Tensor<float> a, int n) {
    return callScript(
        site, None(),
        [](Tensor<float> a, int n) {
          Tensor<float> r = a;
          for (int i = 1; i < n; ++i)
            r = r * a;
          return r;
        },
        a, n);
  };
  auto a = tensor<float>({2, 3});
  EXPECT_EQ(call(a, 2).to_vector(), (std::vector<float>{4, 9}));
  auto cubed = call(a, 3);
  EXPECT_EQ(cubed.to_vector(), (std::vector<float>{8, 27}));
  EXPECT_EQ(cubed(a, 4).to_vector(), (std::vector<float>{16, 81}));
}

// [B04]
TEST(Script, TuplesAndAggregatesGiveSeveralOutputs) {
  struct Moments {
    Tensor<float> mean, meanSquare;
  };
  static ScriptSite site{"moments", "", 0, ScriptFlags::Closed, "x"};
  auto call = [](Tensor<float> x) {
    return callScript(
        site, None(),
        [](Tensor<float> x) { return Moments{mean(x), mean(x * x)}; }, x);
  };
  auto moments = call(tensor<float>({1, 2, 3}));
  EXPECT_FLOAT_EQ(moments.mean.item(), 2);
  EXPECT_FLOAT_EQ(moments.meanSquare.item(), 14.0f / 3);
  static ScriptSite pairSite{"pair", "", 0, ScriptFlags::Closed, "x"};
  auto x = tensor<float>({1, 2, 3});
  auto [negative, total] = callScript(
      pairSite, None(),
      [](Tensor<float> x) {
        return std::tuple<Tensor<float>, Tensor<float>>(neg(x), sum(x));
      },
      x);
  EXPECT_EQ(negative.to_vector()[2], -3);
  EXPECT_EQ(total.item(), 6);
}

TEST(Script, ReturningAnInputOrAConstantWorks) {
  static ScriptSite site{"same", "", 0, ScriptFlags::Closed, "x"};
  auto x = tensor<float>({1, 2});
  auto same = callScript(site, None(), [](Tensor<float> x) { return x; }, x);
  EXPECT_EQ(same.to_vector(), x.to_vector());
  static ScriptSite constant{"constant", "", 0, ScriptFlags::Closed, "x"};
  auto ones = callScript(
      constant, None(), [](Tensor<float>) { return full<float>({2}, 7); }, x);
  EXPECT_EQ(ones.to_vector(), (std::vector<float>{7, 7}));
}

// [A06]
TEST(Script, ResultCarriesErrors) {
  static ScriptSite site{"checked", "", 0, ScriptFlags::Closed, "a,b"};
  auto call = [](Tensor<float> a,
                 Tensor<float> b) -> Scripted<Result<Tensor<float>>> {
    return callScript(
        site, None(),
        [](Tensor<float> a, Tensor<float> b) -> Result<Tensor<float>> {
          return mm(a, b);
        },
        a, b);
  };
  auto good = call(ones<float>({2, 3}), ones<float>({3, 2}));
  ASSERT_TRUE(good);
  EXPECT_EQ(good->to_vector()[0], 3);
  auto bad = call(ones<float>({2, 3}), ones<float>({2, 3}));
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().code(), Code::ShapeMismatch);
}

TEST(Script, ValuesAreNotReadableInATrace) {
  static ScriptSite site{"branch", "", 0, ScriptFlags::Closed, "x"};
  auto x = tensor<float>({1, 2});
  try {
    callScript(
        site, None(),
        [](Tensor<float> x) -> Tensor<float> {
          return sum(x).item() > 0 ? x : neg(x);
        },
        x);
    FAIL() << "item() in a trace gave a value";
  } catch (const Error &error) {
    EXPECT_EQ(error.code(), Code::DataDependentControlFlow);
  }
}

TEST(Script, SixteenThreadsOfAColdScriptCompileOnce) {
  static ScriptSite site{"cold", "", 0, ScriptFlags::Closed, "x"};
  auto x = randomTensor({1237}, 9);
  auto expected = exp(x) * 3.25f - x;
  std::uint64_t compiles = cache::stats().compiles + cache::stats().diskHits;
  std::uint64_t traces = script_stats().traces;
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i)
    threads.emplace_back([&] {
      Tensor<float> mine = x;
      auto y = callScript(
          site, None(), [](Tensor<float> x) { return exp(x) * 3.25f - x; },
          mine);
      expectClose(y, expected);
    });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(script_stats().traces, traces + 1);
  EXPECT_EQ(cache::stats().compiles + cache::stats().diskHits, compiles + 1);
}

// [S10] [A07]
TEST(Script, GradientsFlowThroughAScript) {
  static ScriptSite site{"loss", "", 0, ScriptFlags::Closed, "x,w"};
  auto x = randomTensor({5, 3}, 10), w = randomTensor({4, 3}, 11);
  w.requires_grad_(true);
  auto body = [](Tensor<float> x, Tensor<float> w) {
    return mean(square(tanh(linear(x, w))));
  };
  auto scripted = callScript(site, None(), body, x, w);
  scripted.backward();
  auto gradient = w.grad();
  auto eagerWeight = w.detach().clone();
  eagerWeight.requires_grad_(true);
  body(x, eagerWeight).backward();
  expectClose(gradient, eagerWeight.grad());
}

TEST(Script, PlainTensorsAreNotModules) {
  TracedModule<float> plain = tensor<float>({1});
  EXPECT_FALSE(plain.traced());
  try {
    plain.save("/dev/null");
    FAIL();
  } catch (const Error &error) {
    EXPECT_EQ(error.code(), Code::NotTraced);
  }
}

// [A13] [B55]
TEST(Script, SavedModulesComputeTheSameAndCheckTheirSignature) {
  static ScriptSite site{"saved", "", 0, ScriptFlags::Closed, "x,n"};
  auto weight = randomTensor({3}, 12);
  auto call = [&](Tensor<float> x, int n) {
    return callScript(
        site, [&] { return outside(weight); },
        [&](Tensor<float> x, int n) {
          return softmax(x * weight, -1) + static_cast<float>(n);
        },
        x, n);
  };
  auto x = randomTensor({4, 3}, 13);
  auto module = call(x, 2);
  auto loaded = from_bytes<float>(module.to_bytes());
  EXPECT_EQ(loaded.input_count(), 2u);
  EXPECT_EQ(loaded(x, 2).to_vector(), module.to_vector());
  weight.mutable_data()[0] += 1; // frozen by to_bytes
  EXPECT_EQ(loaded(x, 2).to_vector(), module.to_vector());
  auto expectMismatch = [&](auto &&f) {
    try {
      f();
      FAIL() << "no SignatureMismatch";
    } catch (const Error &error) {
      EXPECT_EQ(error.code(), Code::SignatureMismatch) << error.what();
    }
  };
  expectMismatch([&] { loaded(x, 3); });
  expectMismatch([&] { loaded(x); });
  expectMismatch([&] { loaded(randomTensor({5, 3}, 1), 2); });
  expectMismatch([&] { loaded(2, x); });
  expectMismatch([&] { from_bytes<double>(module.to_bytes()); });
}

namespace {
struct Parts {
  Tensor<float> doubled;
  Tensor<double> total;
};
} // namespace

TEST(Script, SavedModulesOfSeveralOutputsLoadAsWhatTheScriptReturned) {
  auto x = tensor<float>({1, 2, 3});
  auto module = traced(
      "parts",
      [](Tensor<float> x) { return Parts{x * 2.0f, sum(cast<double>(x))}; }, x);
  auto loaded = from_bytes<Parts>(module.to_bytes());
  auto parts = loaded(x);
  EXPECT_EQ(parts.doubled.to_vector(), (std::vector<float>{2, 4, 6}));
  EXPECT_EQ(parts.total.item(), 6);
  EXPECT_THROW(from_bytes<float>(module.to_bytes()), Error);
}

namespace {
/// What gradients must pass through, what they must not, and what has none.
struct Streams {
  Tensor<float> open, partly, closed, guarded;
  Tensor<std::int32_t> rounded;
};

Streams streams(Tensor<float> x, Tensor<float> w) {
  Tensor<float> constant;
  {
    NoGrad guard;
    constant = exp(x);
  }
  return {tanh(x * w), x.detach() * x * w, w.detach() + 1.0f, constant * 3.0f,
          cast<std::int32_t>(x)};
}

/// Whether each stream requires a gradient, and the gradients of x and w.
struct Gradients {
  std::vector<bool> required;
  Tensor<float> x, w;
};

template <typename Function>
Gradients gradientsThrough(const Function &function, bool ofW) {
  auto x = randomTensor({5}, 21).requires_grad_();
  auto w = randomTensor({5}, 22).requires_grad_(ofW);
  Streams found = function(x, w);
  std::vector<bool> required = {
      found.open.requires_grad(), found.partly.requires_grad(),
      found.closed.requires_grad(), found.guarded.requires_grad(),
      found.rounded.requires_grad()};
  Tensor<float> total = sum(found.open) + sum(square(found.partly));
  (total + sum(found.closed) + sum(found.guarded)).backward();
  return {required, x.grad(), ofW ? w.grad() : Tensor<float>()};
}

void expectSame(const Gradients &actual, const Gradients &expected) {
  EXPECT_EQ(actual.required, expected.required);
  expectClose(actual.x, expected.x);
  ASSERT_EQ(actual.w.defined(), expected.w.defined());
  if (expected.w.defined())
    expectClose(actual.w, expected.w);
}
} // namespace

// A module is saved from a call that needs no gradients, as deployment does.
// [B55]
TEST(Script, ALoadedModuleHasTheGradientsOfItsScript) {
  auto plain = randomTensor({5}, 20);
  auto module = traced("streams", streams, plain, plain);
  auto loaded = from_bytes<Streams>(module.to_bytes());
  auto again = from_bytes<Streams>(loaded(plain, plain).to_bytes());
  NoGrad inference;
  auto silent = traced("streams", streams, plain, plain);
  auto fromSilent = from_bytes<Streams>(silent.to_bytes());
  EnableGrad training;
  for (bool ofW : {false, true}) {
    Gradients expected = gradientsThrough(streams, ofW);
    EXPECT_EQ(expected.required,
              (std::vector<bool>{true, true, false, false, false}));
    expectSame(gradientsThrough(module, ofW), expected);
    expectSame(gradientsThrough(loaded, ofW), expected);
    expectSame(gradientsThrough(again, ofW), expected);
    expectSame(gradientsThrough(fromSilent, ofW), expected);
  }
}

TEST(Script, ALoadedModuleSharesMemoryAsItsScriptDoes) {
  auto x = full<float>({3}, 1);
  auto body = [](Tensor<float> x) {
    return std::pair<Tensor<float>, Tensor<float>>(reshape(x, {3, 1}),
                                                   x * 1.0f);
  };
  using Pair = std::pair<Tensor<float>, Tensor<float>>;
  auto loaded = from_bytes<Pair>(traced("share", body, x).to_bytes());
  auto [view, copy] = loaded(x);
  EXPECT_TRUE(view.shares_storage(x));
  EXPECT_FALSE(copy.shares_storage(x));
}

TEST(Script, OutputsShareMemoryOnlyWhereTheBodySaysSo) {
  auto x = full<float>({3}, 1), w = full<float>({3}, 1);
  auto same = traced("times_one", [](Tensor<float> x) { return x * 1.0f; }, x);
  same.add_(100.0f);
  EXPECT_EQ(x.to_vector()[0], 1);
  auto old = traced("weight_once", [&](Tensor<float>) { return w * 1.0f; }, x);
  w.add_(5.0f);
  EXPECT_EQ(old.to_vector()[0], 1);
  auto two = traced(
      "twice",
      [](Tensor<float> x) {
        return std::pair<Tensor<float>, Tensor<float>>(x * 2.0f, x * 2.0f);
      },
      x);
  two.first.add_(1.0f);
  EXPECT_EQ(two.second.to_vector()[0], 2);
  auto view =
      traced("view", [](Tensor<float> x) { return reshape(x, {3, 1}); }, x);
  EXPECT_TRUE(view.shares_storage(x));
}

TEST(Script, ReadingACapturedValueIsNeverStale) {
  static ScriptSite site{"reads", "", 0, ScriptFlags::Closed, "x"};
  auto scale = scalar(1.0f);
  auto call = [&](Tensor<float> x) {
    return callScript(
        site, [&] { return outside(scale); },
        [&](Tensor<float> x) -> Tensor<float> { return x * scale.item(); }, x);
  };
  auto x = full<float>({2}, 3);
  EXPECT_EQ(call(x).to_vector()[0], 3);
  scale.fill_(5.0f);
  EXPECT_EQ(call(x).to_vector()[0], 15);
}

TEST(Script, TheGradModeIsPartOfTheSignature) {
  static ScriptSite site{"mode", "", 0, ScriptFlags::Closed, "x"};
  auto call = [&](Tensor<float> x) {
    return callScript(
        site, None(),
        [](Tensor<float> x) -> Tensor<float> {
          return grad_enabled() ? x * 2.0f : x * 3.0f;
        },
        x);
  };
  auto x = full<float>({2}, 1);
  EXPECT_EQ(call(x).to_vector()[0], 2);
  {
    NoGrad guard;
    EXPECT_EQ(call(x).to_vector()[0], 3);
  }
  EXPECT_EQ(call(x).to_vector()[0], 2);
}

TEST(Script, ANullStringIsAStaticValueOfItsOwn) {
  static ScriptSite site{"null", "", 0, ScriptFlags::Closed, "x,s"};
  auto call = [&](Tensor<float> x, const char *text) {
    return callScript(
        site, None(),
        [](Tensor<float> x, const char *text) { return text ? x : x * 2.0f; },
        x, text);
  };
  auto x = full<float>({2}, 1);
  EXPECT_EQ(call(x, nullptr).to_vector()[0], 2);
  EXPECT_EQ(call(x, "").to_vector()[0], 1);
}
