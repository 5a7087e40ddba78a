#include "artifact/Request.h"

#include "Sample.h"

#include "graph/Text.h"

#include "ferro/Error.h"

#include <gtest/gtest.h>

using namespace ferro;
using namespace ferro::artifact;

static CompileRequest makeRequest() {
  return {sample::graph(),
          {"x86_64-unknown-linux-gnu", "znver4", {"+avx2", "+fma"}},
          Stage::Vector};
}

TEST(Request, roundTrip) {
  CompileRequest request = makeRequest(),
                 copy = deserializeRequest(serialize(request));
  EXPECT_EQ(graph::print(copy.graph), graph::print(request.graph));
  EXPECT_EQ(copy.target, request.target);
  EXPECT_EQ(copy.stage, Stage::Vector);
}

static KernelRequest makeKernelRequest() {
  return {"source",           "k<8>",    "c++23", false, {1, 0, 1},
          {"x86_64", "", {}}, Stage::Ast};
}

TEST(Request, kernelRoundTrip) {
  KernelRequest request = makeKernelRequest();
  std::vector<std::byte> bytes = serialize(request);
  EXPECT_TRUE(isKernelRequest(bytes));
  EXPECT_FALSE(isKernelRequest(serialize(makeRequest())));
  KernelRequest copy = deserializeKernelRequest(bytes);
  EXPECT_EQ(copy.source, request.source);
  EXPECT_EQ(copy.kernel, request.kernel);
  EXPECT_EQ(copy.standard, request.standard);
  EXPECT_EQ(copy.signedChar, request.signedChar);
  EXPECT_EQ(copy.facts, request.facts);
  EXPECT_EQ(copy.target, request.target);
  EXPECT_EQ(copy.stage, request.stage);
}

TEST(Request, responseRoundTrip) {
  CompileResponse response{sample::kernels(), sample::object()};
  CompileResponse copy = deserializeResponse(serialize(response));
  EXPECT_EQ(copy.kernels, response.kernels);
  EXPECT_EQ(copy.object, response.object);
}

template <typename Read>
static void expectEveryCutRefused(const std::vector<std::byte> &bytes,
                                  Read read) {
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    std::vector<std::byte> cut(
        bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_THROW(read(cut), Error) << size;
  }
}

TEST(Request, everyTruncationIsAnError) {
  expectEveryCutRefused(serialize(makeRequest()), deserializeRequest);
  expectEveryCutRefused(serialize(makeKernelRequest()),
                        deserializeKernelRequest);
  expectEveryCutRefused(
      serialize(CompileResponse{sample::kernels(), {std::byte{1}}}),
      deserializeResponse);
}

TEST(Request, flippedBitsNeverCrash) {
  std::vector<std::byte> bytes = serialize(makeRequest());
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::vector<std::byte> flipped = bytes;
    flipped[bit / 8] ^= std::byte{1} << (bit % 8);
    try {
      deserializeRequest(flipped);
    } catch (const Error &error) {
      EXPECT_EQ(error.code(), Code::SerializationError) << error.what();
    }
  }
}
