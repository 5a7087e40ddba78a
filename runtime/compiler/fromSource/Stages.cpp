// The door through which a captured kernel is looked at on its way.
#include "compiler/Compile.h"
#include "compiler/Guard.h"
#include "compiler/fromSource/Frontend.h"

namespace ferro {

static Answer refuse(std::string message) {
  return {FERRO_REFUSED, std::move(message), {}};
}

static Answer kernelStage(const fromSource::KernelSource &source,
                          std::string_view stage) {
  if (stage != "ast")
    return refuse("a captured kernel has no stage " + std::string(stage) +
                  "; it has ast");
  auto kernel = fromSource::parseKernel(source);
  if (!kernel)
    return refuse(llvm::toString(kernel.takeError()));
  std::string text = fromSource::printTree(**kernel);
  const auto *bytes = reinterpret_cast<const std::byte *>(text.data());
  return {FERRO_OK, "", {bytes, bytes + text.size()}};
}

} // namespace ferro

extern "C" __attribute__((visibility("default"))) FerroResponse *
fc_kernel_stage(const char *source, size_t size, const char *kernel,
                const char *standard, int signed_char, const char *stage) {
  ferro::Answer answer;
  auto work = [&] {
    answer = ferro::kernelStage(
        {{source, size}, kernel, {standard, signed_char != 0}}, stage);
  };
  if (auto fatal = ferro::guardedOnOwnStack(work))
    answer = {FERRO_FATAL, *fatal, {}};
  return ferro::respond(std::move(answer));
}
