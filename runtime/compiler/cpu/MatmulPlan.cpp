#include "compiler/cpu/Matmul.h"

#include "mlir/IR/BuiltinTypes.h"

#include <algorithm>
#include <limits>

using namespace ferro::cpu;

static int64_t divideUp(int64_t a, int64_t b) { return (a + b - 1) / b; }
static int64_t roundUp(int64_t a, int64_t b) { return divideUp(a, b) * b; }

static int64_t bytesOf(mlir::Type type) {
  return divideUp(type.getIntOrFloatBitWidth(), 8);
}

// Below this many multiply-adds one thread is done before a second one starts.
static constexpr int64_t serialWork = int64_t(2) << 20;
// What a thread should get at least, in multiply-adds.
static constexpr int64_t workPerRange = int64_t(1) << 20;
// More blocks than this balance no better.
static constexpr int64_t wantedBlocks = 64;
// An operand up to this size stays in the first-level cache as it is.
static constexpr int64_t unpackedBytes = 32 << 10;
// The part of lhs that a block multiplies, in the second-level cache.
static constexpr int64_t blockBytes = 448 << 10;
static constexpr int64_t longestKBlock = 512;
// An inner product longer than this is summed in chunks of this size.
static constexpr int64_t dotChunk = 32 << 10;

static int64_t elementsOf(llvm::ArrayRef<int64_t> extents) {
  int64_t count = 1;
  for (int64_t extent : extents)
    count *= extent;
  return count;
}

/// Rows of all batches form one matrix if rhs is shared and lhs's batches lie
/// one after the other.
static bool foldsIntoRows(const Matmul &product) {
  int64_t expected = product.m * product.lhs.alongOther;
  for (size_t i = product.batch.size(); i-- > 0;) {
    if (product.batch[i] == 1)
      continue;
    if (product.rhs.batchStrides[i] != 0 ||
        product.lhs.batchStrides[i] != expected)
      return false;
    expected *= product.batch[i];
  }
  return true;
}

static void foldBatches(MatmulPlan &plan) {
  Matmul &product = plan.product;
  plan.outerBatch = product.batch;
  plan.rowsPerBatch = product.m;
  if (!foldsIntoRows(product))
    return;
  product.m *= elementsOf(product.batch);
  product.batch.clear();
  product.lhs.batchStrides.clear();
  product.rhs.batchStrides.clear();
}

/// The register tile with the least cycles over the whole product: a step along
/// k costs its multiply-adds or its loads, whichever is more.
static void chooseOuterTile(MatmulPlan &plan, const CpuTarget &target) {
  const int64_t registers = target.vectorBytes == 64 ? 31 : 15;
  const int64_t vectors = divideUp(plan.product.n, plan.lanes);
  int64_t best = std::numeric_limits<int64_t>::max();
  for (int64_t wide = 1; wide <= std::min<int64_t>(vectors, 8); ++wide) {
    int64_t most = std::min((registers - 1 - wide) / wide, plan.product.m);
    for (int64_t rows = std::max<int64_t>(most, 1); rows >= 1; --rows) {
      int64_t step = std::max({rows * wide, rows + wide, int64_t(6)}) + 1;
      int64_t cost =
          divideUp(plan.product.m, rows) * divideUp(vectors, wide) * step;
      if (cost >= best)
        continue;
      best = cost;
      plan.rows = rows;
      plan.columns = wide * plan.lanes;
    }
  }
}

static void chooseKernel(MatmulPlan &plan, const CpuTarget &target) {
  const Matmul &product = plan.product;
  bool alongK = product.lhs.alongK == 1 && product.rhs.alongK == 1;
  bool acrossK = product.rhs.alongOther == 1 && product.n > 1;
  if (product.m == 1 && product.n == 1 && alongK) {
    plan.kernel = MatmulKernel::Dot;
    return;
  }
  if (alongK && !acrossK && product.m <= 4) {
    plan.kernel = MatmulKernel::Inner;
    plan.rows = product.m;
    plan.columns = plan.lanes;
    plan.columnGroup =
        std::min<int64_t>(plan.lanes, (target.vectorBytes == 64 ? 8 : 4) /
                                          (product.m > 2 ? 2 : 1));
    return;
  }
  chooseOuterTile(plan, target);
}

static void choosePacking(MatmulPlan &plan) {
  const Matmul &product = plan.product;
  if (plan.kernel != MatmulKernel::Outer)
    return;
  bool contiguous = product.rhs.alongOther == 1 || product.n == 1;
  bool wholeTiles = product.n % plan.columns == 0 || plan.columnsMoveUp();
  bool large =
      product.k * product.n * bytesOf(product.rhs.element) > unpackedBytes;
  plan.packRhs = !contiguous || (!wholeTiles && !plan.masks) ||
                 (large && plan.rowPanels > 2);
  plan.packLhs =
      product.m * product.k * bytesOf(product.lhs.element) > unpackedBytes &&
      plan.columnPanels > 2;
}

/// Multiply-adds, counted several times where an element of rhs is loaded for
/// few of them: then memory sets the pace.
static int64_t effort(const MatmulPlan &plan, int64_t multiplyAdds) {
  return multiplyAdds * std::max<int64_t>(8 / plan.rows, 1);
}

/// Tiles in a block: enough for a thread, few enough for many threads; its
/// panels of lhs stay in the cache.
static void chooseBlocks(MatmulPlan &plan) {
  int64_t k = std::max<int64_t>(plan.product.k, 1);
  int64_t tileEffort = effort(plan, plan.rows * plan.columns * k);
  int64_t tiles = std::max(divideUp(workPerRange, tileEffort),
                           plan.batches * plan.rowPanels * plan.columnPanels /
                               wantedBlocks);
  int64_t panelBytes = plan.rows * plan.kBlock * bytesOf(plan.product.compute);
  int64_t most = std::max<int64_t>(blockBytes / panelBytes, 1);
  // Even blocks: the last one should not be a sliver.
  auto evenly = [](int64_t panels, int64_t perBlock) {
    int64_t blocks = divideUp(panels, perBlock);
    return blocks > 0 ? divideUp(panels, blocks) : 1;
  };
  plan.rowPanelsPerBlock = evenly(plan.rowPanels, std::min(tiles, most));
  plan.columnPanelsPerBlock =
      evenly(plan.columnPanels, divideUp(tiles, plan.rowPanelsPerBlock));
}

static int64_t distinctBatches(const MatmulPlan &plan,
                               const MatmulOperand &operand) {
  int64_t count = 1;
  for (size_t i = 0; i < plan.product.batch.size(); ++i)
    if (operand.batchStrides[i] != 0)
      count *= plan.product.batch[i];
  return count;
}

/// Appends \p bytes to the workspace and returns where they begin.
static int64_t reserve(MatmulPlan &plan, int64_t bytes) {
  int64_t offset = plan.workspaceBytes;
  plan.workspaceBytes += roundUp(bytes, 64);
  return offset;
}

static int64_t grainOf(int64_t work, int64_t blocks) {
  return std::clamp<int64_t>(workPerRange * blocks / std::max<int64_t>(work, 1),
                             1, std::max<int64_t>(blocks, 1));
}

static void layOutPacking(MatmulPlan &plan) {
  const Matmul &product = plan.product;
  int64_t size = bytesOf(product.compute);
  int64_t padded = plan.kBlock * plan.kBlocks;
  // About 64 KiB a block.
  auto perBlock = [&](int64_t width, int64_t panels) {
    int64_t wanted =
        divideUp(64 << 10, std::max<int64_t>(plan.kBlock * width * size, 1));
    return std::clamp<int64_t>(wanted, 1, std::max<int64_t>(panels, 1));
  };
  if (plan.packLhs) {
    int64_t batches = distinctBatches(plan, product.lhs);
    plan.lhsPanelsPerBlock = perBlock(plan.rows, plan.rowPanels);
    plan.packBlocksLhs = batches * plan.kBlocks *
                         divideUp(plan.rowPanels, plan.lhsPanelsPerBlock);
    plan.lhsOffset =
        reserve(plan, batches * plan.rowPanels * plan.rows * padded * size);
  }
  if (plan.packRhs) {
    int64_t batches = distinctBatches(plan, product.rhs);
    plan.rhsPanelsPerBlock = perBlock(plan.columns, plan.columnPanels);
    plan.packBlocksRhs = batches * plan.kBlocks *
                         divideUp(plan.columnPanels, plan.rhsPanelsPerBlock);
    plan.rhsOffset = reserve(plan, batches * plan.columnPanels * plan.columns *
                                       padded * size);
  }
}

static void planDot(MatmulPlan &plan) {
  int64_t k = plan.product.k, size = bytesOf(plan.product.compute);
  plan.kBlock = std::clamp<int64_t>(k, 1, dotChunk);
  plan.kBlocks = std::max<int64_t>(divideUp(k, plan.kBlock), 1);
  int64_t chunks = plan.batches * plan.kBlocks;
  plan.tileOffset = reserve(plan, chunks * size);
  if (chunks * plan.kBlock > serialWork / 8) // memory-bound: 8 cycles a vector
    plan.stages.push_back({chunks, grainOf(8 * chunks * plan.kBlock, chunks)});
  plan.stages.push_back({1, 1});
}

MatmulPlan ferro::cpu::planMatmul(const Matmul &product,
                                  const CpuTarget &target) {
  MatmulPlan plan;
  plan.product = product;
  plan.masks = target.masks;
  int64_t size = bytesOf(product.compute);
  plan.lanes = std::max<int64_t>(target.vectorBytes / size, 1);
  foldBatches(plan);
  plan.batches = elementsOf(plan.product.batch);
  chooseKernel(plan, target);
  if (plan.kernel == MatmulKernel::Dot) {
    planDot(plan);
    return plan;
  }

  const Matmul &folded = plan.product;
  plan.kBlock = std::max<int64_t>(folded.k, 1);
  plan.rowPanels = divideUp(folded.m, plan.rows);
  plan.columnPanels = divideUp(folded.n, plan.columns);
  choosePacking(plan);
  if (plan.packRhs && folded.k > longestKBlock + longestKBlock / 2) {
    plan.kBlocks = divideUp(folded.k, longestKBlock);
    plan.kBlock = roundUp(divideUp(folded.k, plan.kBlocks), plan.lanes);
    plan.kBlocks = divideUp(folded.k, plan.kBlock);
  }
  chooseBlocks(plan);
  layOutPacking(plan);

  int64_t blocks = plan.batches *
                   divideUp(plan.rowPanels, plan.rowPanelsPerBlock) *
                   divideUp(plan.columnPanels, plan.columnPanelsPerBlock);
  plan.multiplyBlocks = blocks;
  int64_t tiles = plan.kBlocks > 1
                      ? plan.batches * plan.rowPanels * plan.columnPanels
                      : blocks;
  int64_t tileBytes = roundUp(plan.rows * plan.columns * size, 64);
  plan.tileOffset = reserve(plan, tiles * tileBytes);

  int64_t work = effort(plan, plan.batches * folded.m * folded.n *
                                  std::max<int64_t>(folded.k, 1));
  if (work <= serialWork) {
    plan.stages.push_back({1, 1});
    return plan;
  }
  if (int64_t packs = plan.packBlocksLhs + plan.packBlocksRhs)
    plan.stages.push_back({packs, 1});
  plan.stages.push_back({blocks, grainOf(work, blocks)});
  return plan;
}
