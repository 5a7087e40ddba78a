#include "ferro/Error.h"

#include "ferro/Device.h"
#include "ferro/Shape.h"
#include "support/Backtrace.h"
#include "support/Environment.h"

#include <utility>

namespace ferro {

std::string_view toString(Code code) {
  switch (code) {
#define FERRO_ERROR(Id, meaning)                                               \
  case Code::Id:                                                               \
    return #Id;
#include "ferro/Errors.def"
  }
  __builtin_unreachable();
}

std::string_view meaning(Code code) {
  switch (code) {
#define FERRO_ERROR(Id, meaning)                                               \
  case Code::Id:                                                               \
    return meaning;
#include "ferro/Errors.def"
  }
  __builtin_unreachable();
}

Error::Error(Code code, std::string op, std::string text)
    : errorCode(code), operation(std::move(op)), message(std::move(text)),
      full(operation.empty() ? message : operation + ": " + message) {
  if (support::environmentFlag(support::Variable::Backtrace))
    full += support::backtrace(/*skipped=*/1);
}

std::string toString(Device device) {
  switch (device.kind) {
  case DeviceKind::Cpu:
    return "cpu";
  case DeviceKind::Cuda:
    return "cuda:" + std::to_string(device.index);
  case DeviceKind::Emulator:
    return "emulator:" + std::to_string(device.index);
  case DeviceKind::Meta:
    return "meta";
  }
  __builtin_unreachable();
}

std::string toString(const Dims &dims) {
  std::string text = "[";
  for (std::int64_t value : dims) {
    if (text.size() > 1)
      text += ", ";
    text += std::to_string(value);
  }
  return text + "]";
}

void detail::throwRankTooLarge(std::size_t rank) {
  throw Error(Code::InvalidArgument, "shape",
              "found " + std::to_string(rank) + " axes; a tensor has at most " +
                  std::to_string(maxRank));
}

} // namespace ferro
