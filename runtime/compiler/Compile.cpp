// From a request to native code, behind the C ABI.
#include "compiler/Compile.h"

#include "compiler/Abi.h"
#include "compiler/Guard.h"
#include "compiler/Pipeline.h"
#include "compiler/fromGraph/GraphToTile.h"
#include "compiler/fromSource/Frontend.h"
#include "compiler/importer/Import.h"

#include "artifact/Request.h"
#include "ferro/Error.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Verifier.h"

#include "llvm/Demangle/Demangle.h"
#include "llvm/Support/ErrorHandling.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <thread>
#include <variant>

using namespace mlir;
using ferro::artifact::CompileRequest;
using ferro::artifact::KernelRequest;
using ferro::artifact::Stage;

namespace ferro {

//===----------------------------------------------------------------------===//
// From graphs
//===----------------------------------------------------------------------===//

static fromGraph::Machine machineOf(const cpu::CpuTarget &target) {
  fromGraph::Machine machine;
  machine.lanes = target.lanes();
  machine.productTile = [](std::int64_t m, std::int64_t n, std::int64_t k,
                           std::int64_t) {
    return fromGraph::ProductTile{std::min<std::int64_t>(m, 64),
                                  std::min<std::int64_t>(n, 64),
                                  std::min<std::int64_t>(k, 64)};
  };
  return machine;
}

// Every fused group becomes a kernel.
static OwningOpRef<ModuleOp> fill(Pipeline &pipeline,
                                  const CompileRequest &request) {
  OwningOpRef<ModuleOp> module =
      ModuleOp::create(UnknownLoc::get(&pipeline.context));
  for (const graph::Node &node : request.graph.nodes) {
    if (node.op != graph::OpKind::Fused)
      continue;
    std::string symbol =
        "ferro_kernel_" + std::to_string(pipeline.response.kernels.size());
    std::uint64_t workspace = fromGraph::graphToTile(
        node, symbol, *module, machineOf(pipeline.cpuTarget));
    pipeline.response.kernels.push_back({symbol, workspace});
  }
  pipeline.times.done("graph to tile");
  return module;
}

//===----------------------------------------------------------------------===//
// From source
//===----------------------------------------------------------------------===//

static constexpr const char *kernelSymbol = "ferro_kernel_0";

// "kernels::gemm<128, 256>" of the mangled
// "typeinfo for cutile::detail::KernelTag<&void kernels::gemm<128, 256>(...)>".
static std::string expressionOf(const std::string &kernel) {
  if (!StringRef(kernel).starts_with("_ZTI"))
    return kernel;
  std::string name = llvm::demangle(kernel);
  StringRef tag = name;
  StringRef before = "KernelTag<&";
  std::size_t begin = tag.find(before);
  if (begin == StringRef::npos)
    return kernel;
  tag = tag.drop_front(begin + before.size());
  tag.consume_front("(");
  tag.consume_front("void ");
  int depth = 0; // of angle brackets
  for (std::size_t i = 0; i < tag.size(); ++i) {
    if (depth == 0 && (tag[i] == '(' || tag[i] == '>'))
      return tag.take_front(i).str();
    depth += (tag[i] == '<') - (tag[i] == '>');
  }
  return kernel;
}

// What stands in C++ text is an expression that names something.
static llvm::Expected<fromSource::KernelSource>
sourceOf(const KernelRequest &request) {
  std::string kernel = expressionOf(request.kernel);
  bool isName = !kernel.empty() && llvm::all_of(kernel, [](char c) {
    return llvm::isAlnum(c) || StringRef("_:<>, ()-+*&.'").contains(c);
  });
  if (!isName)
    return llvm::createStringError("\"" + kernel + "\" is no name of a kernel");
  return fromSource::KernelSource{
      request.source, kernel, {request.standard, request.signedChar}};
}

static llvm::Expected<std::string>
astOf(const fromSource::KernelSource &source) {
  auto kernel = fromSource::parseKernel(source);
  if (!kernel)
    return kernel.takeError();
  return fromSource::printTree(**kernel);
}

static llvm::Error fill(Pipeline &pipeline, ModuleOp module,
                        const fromSource::KernelSource &source,
                        const KernelRequest &request) {
  auto kernel = fromSource::parseKernel(source);
  if (!kernel)
    return kernel.takeError();
  pipeline.times.done("parse");
  artifact::KernelFacts facts = artifact::factsOf(request.facts);
  if (llvm::Error error =
          importer::importKernel(**kernel, kernelSymbol, facts, module))
    return error;
  pipeline.times.done("import");
  std::string invalid;
  ScopedDiagnosticHandler handler(
      &pipeline.context, [&](Diagnostic &diagnostic) {
        llvm::raw_string_ostream(invalid) << diagnostic << "\n";
        return success();
      });
  if (failed(verify(module)))
    return llvm::createStringError("the importer made what is not valid: " +
                                   invalid);
  pipeline.response.kernels.push_back({kernelSymbol, 0});
  return llvm::Error::success();
}

//===----------------------------------------------------------------------===//
// The answer
//===----------------------------------------------------------------------===//

// Tests of what survives the compiler: FERRO_PLANT_FATAL reports a fatal error
// as LLVM would, FERRO_PLANT_HANG never answers.
static void obeyTestHooks() {
  if (std::getenv("FERRO_PLANT_FATAL"))
    llvm::report_fatal_error("planted by FERRO_PLANT_FATAL");
  if (std::getenv("FERRO_PLANT_HANG"))
    std::this_thread::sleep_for(std::chrono::hours(24));
}

static Answer textAnswer(const std::string &text) {
  const auto *bytes = reinterpret_cast<const std::byte *>(text.data());
  return {FERRO_OK, "", {bytes, bytes + text.size()}};
}

static Answer answerOf(const Pipeline &pipeline) {
  if (pipeline.stage == Stage::Object)
    return {FERRO_OK, "", artifact::serialize(pipeline.response)};
  return textAnswer(pipeline.text);
}

static llvm::Expected<Answer> answerTo(const KernelRequest &request) {
  auto source = sourceOf(request);
  if (!source)
    return source.takeError();
  if (request.stage == Stage::Ast) {
    auto text = astOf(*source);
    return text ? llvm::Expected<Answer>(textAnswer(*text)) : text.takeError();
  }
  Pipeline pipeline(request.target, request.stage);
  pipeline.checks = request.checks;
  OwningOpRef<ModuleOp> module =
      ModuleOp::create(UnknownLoc::get(&pipeline.context));
  if (llvm::Error error = fill(pipeline, *module, *source, request))
    return std::move(error);
  if (llvm::Error error = pipeline.run(*module))
    return std::move(error);
  return answerOf(pipeline);
}

static llvm::Expected<Answer> answerTo(const CompileRequest &request) {
  Pipeline pipeline(request.target, request.stage);
  OwningOpRef<ModuleOp> module = fill(pipeline, request);
  if (llvm::Error error = pipeline.run(*module))
    return std::move(error);
  return answerOf(pipeline);
}

template <typename Request>
static void compile(const Request &request, Answer &answer) {
  try {
    obeyTestHooks();
    auto made = answerTo(request);
    answer = made ? std::move(*made)
                  : Answer{FERRO_REFUSED, llvm::toString(made.takeError()), {}};
  } catch (const Error &error) {
    answer = {FERRO_REFUSED, error.what(), {}};
  }
}

Answer compile(std::span<const std::byte> bytes) {
  std::variant<CompileRequest, KernelRequest> request;
  try {
    if (artifact::isKernelRequest(bytes))
      request = artifact::deserializeKernelRequest(bytes);
    else
      request = artifact::deserializeRequest(bytes);
  } catch (const std::exception &error) {
    return {FERRO_MALFORMED, error.what(), {}};
  }
  Answer answer;
  auto work = [&] {
    std::visit([&](const auto &each) { compile(each, answer); }, request);
  };
  if (auto fatal = guardedOnOwnStack(work))
    return {FERRO_FATAL, *fatal, {}};
  return answer;
}

} // namespace ferro

//===----------------------------------------------------------------------===//
// The C ABI
//===----------------------------------------------------------------------===//

namespace {

struct OwnedResponse : FerroResponse {
  ferro::Answer answer;
};

} // namespace

FerroResponse *ferro::respond(Answer answer) {
  auto *response = new OwnedResponse{{}, std::move(answer)};
  response->status = response->answer.status;
  response->message = response->answer.message.c_str();
  response->bytes =
      reinterpret_cast<const uint8_t *>(response->answer.bytes.data());
  response->size = response->answer.bytes.size();
  return response;
}

#define FERRO_EXPORT extern "C" __attribute__((visibility("default")))

FERRO_EXPORT FerroResponse *fc_compile(const uint8_t *request, size_t size) {
  return ferro::respond(ferro::compile(
      std::span(reinterpret_cast<const std::byte *>(request), size)));
}

FERRO_EXPORT void fc_release(FerroResponse *response) {
  delete static_cast<OwnedResponse *>(response);
}
