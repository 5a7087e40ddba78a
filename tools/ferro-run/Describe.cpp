#include "Describe.h"

#include "graph/Text.h"

#include <cstring>
#include <sstream>

namespace ferro::run {

static std::string typeText(const graph::Type &type) {
  std::string text = std::string(toString(type.dtype)) + toString(type.shape);
  return type.strides.empty()
             ? text
             : text + " with strides " + toString(type.strides);
}

static const char *note(const artifact::Input &input) {
  if (input.frozen)
    return ", captured and frozen";
  return input.hidden ? ", captured" : "";
}

std::string describe(const artifact::Artifact &artifact) {
  const artifact::Manifest &manifest = artifact.manifest;
  std::ostringstream text;
  text << "function   " << manifest.function << "\n"
       << "made by    FerroScript " << manifest.libraryVersion << ", compiler "
       << manifest.compilerVersion << "\n"
       << "machine    " << manifest.target.triple;
  for (const std::string &feature : manifest.target.features)
    text << " " << feature;
  text << "\n";
  for (const artifact::Input &input : manifest.inputs)
    text << "input      " << input.name << ": " << typeText(input.type)
         << note(input) << "\n";
  for (const artifact::StaticArgument &argument : manifest.statics)
    text << "static     " << argument.name << " = " << argument.value << "\n";
  for (const artifact::OutputView &output : artifact.plan.outputs)
    text << "output     " << typeText(output.type) << "\n";
  for (const artifact::Kernel &kernel : artifact.kernels)
    text << "kernel     " << kernel.symbol << "\n";
  text << "object     " << artifact.object.size() << " bytes\n"
       << "arena      " << artifact.plan.arenaBytes << " bytes, "
       << artifact.plan.naiveBytes << " without reuse\n\n"
       << graph::print(artifact.graph);
  return text.str();
}

std::string describe(const npy::Array &array) {
  constexpr std::size_t most = 8;
  std::ostringstream text;
  text << toString(array.dtype) << toString(array.shape);
  visit(array.dtype, [&](auto zero) {
    using T = decltype(zero);
    std::size_t count = array.bytes.size() / sizeof(T);
    for (std::size_t i = 0; i < std::min(count, most); ++i) {
      T value;
      std::memcpy(&value, &array.bytes[i * sizeof(T)], sizeof(T));
      text << " " << +value; // the plus shows small integers as numbers
    }
    if (count > most)
      text << " ...";
  });
  return text.str();
}

} // namespace ferro::run
