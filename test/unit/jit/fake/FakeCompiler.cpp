// A compiler that knows one answer, the sample's kernels, and many ways to
// fail: the graph's name says which.
#include "Sample.h"

#include "compiler/Abi.h"

#include "ferro/Error.h"

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

using namespace ferro;

namespace {
struct Response : FerroResponse {
  std::string text;
  std::vector<std::byte> content;
};
} // namespace

static Response *respond(FerroStatus status, std::string text,
                         std::vector<std::byte> content = {}) {
  auto *response = new Response;
  response->text = std::move(text);
  response->content = std::move(content);
  response->status = status;
  response->message = response->text.c_str();
  response->bytes =
      reinterpret_cast<const std::uint8_t *>(response->content.data());
  response->size = response->content.size();
  return response;
}

static void stopHere(const std::string &way) {
  if (way == "abort") {
    std::fprintf(stderr, "fake assertion: it aborts\n");
    std::abort();
  }
  if (way == "killed")
    ::kill(::getpid(), SIGKILL);
  if (way == "exits")
    ::_exit(0);
  if (way == "hangs")
    for (;;)
      ::pause();
  if (way == "slow")
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
}

static Response *compile(const artifact::CompileRequest &request) {
  const std::string &way = request.graph.name;
  stopHere(way);
  if (way == "refused")
    return respond(FERRO_REFUSED, "cholesky is not supported on this target");
  if (way == "fatal")
    return respond(FERRO_FATAL, "LLVM ERROR: planted");
  if (way == "noise")
    return respond(FERRO_OK, "", {std::byte{1}, std::byte{2}});
  artifact::CompileResponse response{sample::kernels(), sample::object()};
  if (way == "truncated")
    response.object.resize(response.object.size() / 4);
  if (way == "text")
    response.object.assign(1000, std::byte{'x'});
  if (way == "one kernel")
    response.kernels.pop_back();
  if (way == "no symbol")
    response.kernels[0].symbol = "elsewhere";
  return respond(FERRO_OK, "", artifact::serialize(response));
}

extern "C" {

EXPORT int fc_abi_version(void) { return FERRO_COMPILER_ABI; }

EXPORT FerroResponse *fc_compile(const std::uint8_t *request,
                                 std::size_t size) {
  try {
    return compile(
        artifact::deserializeRequest(std::as_bytes(std::span(request, size))));
  } catch (const Error &error) {
    return respond(FERRO_MALFORMED, error.what());
  }
}

EXPORT void fc_release(FerroResponse *response) {
  delete static_cast<Response *>(response);
}

/// The process that it runs in.
EXPORT const char *fc_version(void) {
  static const std::string version = std::to_string(::getpid());
  return version.c_str();
}
}
