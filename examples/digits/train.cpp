// Trains a classifier of handwritten digits, saves it, and shows what it was
// compiled to. The predictions for the held-out digits go to a file.
//
//   digits DIGITS.csv MODEL.ferro PREDICTIONS
#include "Digits.h"
#include "Mlp.h"
#include "ProgressBar.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <exception>
#include <fstream>
#include <numeric>
#include <random>

using namespace ferro;

static constexpr std::int64_t batchSize = 32, numHidden = 128;
static constexpr int numEpochs = 30;
static constexpr float learningRate = 0.5f;

using Random = std::mt19937;

// He and others, arXiv:1502.01852: a spread of sqrt(2 / inputs) keeps the scale
// of the values from layer to layer.
static Tensor<float> initialWeight(std::int64_t outputs, std::int64_t inputs) {
  return randn({outputs, inputs}) *
         std::sqrt(2.0 / static_cast<double>(inputs));
}

static Mlp makeMlp() {
  Mlp mlp{initialWeight(numHidden, pixelsPerDigit), zeros({numHidden}),
          initialWeight(numClasses, numHidden), zeros({numClasses})};
  for (Tensor<float> parameter : mlp.parameters())
    parameter.requires_grad_();
  return mlp;
}

// One step down the gradient that backward has left in each parameter.
static void descend(const Mlp &mlp) {
  NoGrad guard;
  for (Tensor<float> parameter : mlp.parameters()) {
    parameter.sub_(learningRate * parameter.grad());
    parameter.zero_grad();
  }
}

// Returns the mean loss of an epoch.
static double trainEpoch(const Mlp &mlp, const Digits &digits, int epoch,
                         Random &random) {
  std::vector<std::int64_t> order(numTraining);
  std::iota(order.begin(), order.end(), 0);
  std::ranges::shuffle(order, random);

  constexpr std::int64_t numBatches = numTraining / batchSize;
  ProgressBar progress("epoch " + std::to_string(epoch), numBatches);
  double total = 0;
  for (std::int64_t i = 0; i < numBatches; ++i) {
    Batch batch =
        makeBatch(digits, std::span(order).subspan(i * batchSize, batchSize));
    Tensor<float> loss = mlp.loss(batch.images, batch.targets);
    loss.backward();
    descend(mlp);
    total += loss.item();
    progress.advance();
  }
  return total / numBatches;
}

static double microseconds(auto &&run) {
  constexpr int times = 50;
  double best = INFINITY;
  for (int i = 0; i < times; ++i) {
    auto begin = std::chrono::steady_clock::now();
    run();
    std::chrono::duration<double, std::micro> took =
        std::chrono::steady_clock::now() - begin;
    best = std::min(best, took.count());
  }
  return best;
}

static void compareWithEager(const Mlp &mlp, const Tensor<float> &images) {
  NoGrad guard;
  double compiled = microseconds([&] { mlp.forward(images); });
  double eagerly =
      microseconds([&] { eager([&] { return mlp.forward(images); }); });
  std::printf(
      "\nforward of %lld digits: compiled %.0f us, eager %.0f us, %.1fx\n",
      static_cast<long long>(images.size(0)), compiled, eagerly,
      eagerly / compiled);
}

static void run(const std::string &data, const std::string &model,
                const std::string &predictionsFile) {
  manual_seed(1998);
  Random random(1998);
  Digits digits = readDigits(data);
  Batch test = heldOutBatch(digits);
  Mlp mlp = makeMlp();

  std::vector<int> predictions;
  for (int epoch = 1; epoch <= numEpochs; ++epoch) {
    double loss = trainEpoch(mlp, digits, epoch, random);
    NoGrad guard;
    predictions = predictedClasses(mlp.forward(test.images));
    std::printf("epoch %2d  loss %.4f  held-out accuracy %.2f %%\n", epoch,
                loss, 100 * heldOutAccuracy(digits, predictions));
  }

  TracedModule<float> forward = mlp.forward(test.images);
  forward.save(model);
  std::printf("\nsaved %s, compiled to these kernels:\n\n%s", model.c_str(),
              forward.kernels().c_str());
  compareWithEager(mlp, test.images);

  std::ofstream file(predictionsFile);
  print(file, digits, predictions);
}

int main(int count, char **arguments) {
  if (count != 4) {
    std::fprintf(stderr, "usage: %s DIGITS.csv MODEL.ferro PREDICTIONS\n",
                 arguments[0]);
    return 2;
  }
  try {
    run(arguments[1], arguments[2], arguments[3]);
  } catch (const std::exception &error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
