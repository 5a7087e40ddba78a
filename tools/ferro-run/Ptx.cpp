#include "Ptx.h"

#include "ferro/Emulator.h"
#include "ferro/Error.h"
#include "ferro/Npy.h"

#include <cstdio>
#include <cstring>
#include <fstream>
#include <optional>
#include <sstream>

using namespace ferro;
using namespace ferro::emulator;

namespace {

/// A buffer that an argument names.
struct Buffer {
  std::uint64_t address = 0;
  npy::Array array;
};

class Arguments {
  Emulator &device;
  std::vector<std::byte> packed;
  std::vector<std::optional<Buffer>> buffers;

public:
  explicit Arguments(Emulator &device) : device(device) {}
  void add(const std::string &text);
  const std::vector<std::byte> &bytes() const { return packed; }
  void write(const std::string &output);

private:
  void append(const void *value, std::size_t size);
  void addBuffer(npy::Array array, bool written);
  bool addScalar(const std::string &kind, const std::string &value);
};

std::string readText(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf()))
    throw Error(Code::IoError, "--ptx", path + " cannot be read");
  return text.str();
}

template <typename T>
T parse(const std::string &argument, const std::string &text) {
  std::istringstream in(text);
  T value{};
  if (!(in >> value) || !(in >> std::ws).eof())
    throw Error(Code::InvalidArgument, "--arg",
                "found `" + argument + "`; `" + text + "` is no number");
  return value;
}

void Arguments::append(const void *value, std::size_t size) {
  packed.resize((packed.size() + size - 1) / size * size);
  auto *bytes = static_cast<const std::byte *>(value);
  packed.insert(packed.end(), bytes, bytes + size);
}

void Arguments::addBuffer(npy::Array array, bool written) {
  Buffer buffer{device.allocate(array.bytes.size()), std::move(array)};
  if (written && !buffer.array.bytes.empty())
    device.write(buffer.address, buffer.array.bytes.data(),
                 buffer.array.bytes.size());
  append(&buffer.address, sizeof buffer.address);
  buffers.push_back(std::move(buffer));
}

bool Arguments::addScalar(const std::string &kind, const std::string &value) {
  std::string whole = kind + ":" + value;
  auto add = [&](auto number) { append(&number, sizeof number); };
  if (kind == "i32")
    add(parse<std::int32_t>(whole, value));
  else if (kind == "u32")
    add(parse<std::uint32_t>(whole, value));
  else if (kind == "i64")
    add(parse<std::int64_t>(whole, value));
  else if (kind == "u64")
    add(parse<std::uint64_t>(whole, value));
  else if (kind == "f32")
    add(parse<float>(whole, value));
  else if (kind == "f64")
    add(parse<double>(whole, value));
  else
    return false;
  buffers.push_back(std::nullopt);
  return true;
}

void Arguments::add(const std::string &text) {
  std::size_t colon = text.find(':');
  std::string kind = text.substr(0, colon);
  std::string value = colon == text.npos ? "" : text.substr(colon + 1);
  if (kind == "buffer" || kind == "zeros") {
    auto size = parse<std::size_t>(text, value);
    npy::Array array{DType::U8, Shape{std::int64_t(size)}, {}};
    array.bytes.resize(size);
    return addBuffer(std::move(array), kind == "zeros");
  }
  if (colon != text.npos && addScalar(kind, value))
    return;
  if (!text.ends_with(".npy"))
    throw Error(Code::InvalidArgument, "--arg",
                "found `" + text +
                    "`; an argument is FILE.npy, zeros:BYTES, buffer:BYTES or "
                    "i32, u32, i64, u64, f32 or f64 with a number");
  addBuffer(npy::read(text), true);
}

/// NUMBER=FILE.npy
void Arguments::write(const std::string &output) {
  std::size_t equals = output.find('=');
  auto number = equals == output.npos
                    ? buffers.size()
                    : parse<std::size_t>(output, output.substr(0, equals));
  if (number >= buffers.size() || !buffers[number])
    throw Error(Code::InvalidArgument, "--output",
                "found `" + output +
                    "`; it is NUMBER=FILE.npy, where argument NUMBER, from 0, "
                    "is a buffer");
  Buffer &buffer = *buffers[number];
  device.read(buffer.array.bytes.data(), buffer.address,
              buffer.array.bytes.size());
  npy::write(output.substr(equals + 1), buffer.array);
}

Extent extent(const std::string &name,
              const std::vector<std::uint32_t> &values) {
  if (values.empty() || values.size() > 3)
    throw Error(Code::InvalidArgument, name,
                "found " + std::to_string(values.size()) +
                    " extents; there are 1 to 3");
  return {values[0], values.size() > 1 ? values[1] : 1,
          values.size() > 2 ? values[2] : 1};
}

void report(const LaunchReport &result, const run::PtxOptions &options) {
  std::fputs(result.printed.c_str(), stdout);
  std::fputs(toText(result.findings).c_str(), stdout);
  if (options.statistics)
    std::fputs(toText(result.statistics).c_str(), stdout);
  if (options.sarif.empty())
    return;
  std::ofstream log(options.sarif);
  log << toSarif(result.findings, options.file);
  if (!log.flush())
    throw Error(Code::IoError, "--sarif", options.sarif + " cannot be written");
}

} // namespace

bool run::runPtx(const PtxOptions &options) {
  Emulator device;
  device.load(readText(options.file));
  std::vector<std::string> kernels = device.kernels();
  std::string kernel = options.kernel;
  if (kernel.empty() && kernels.size() == 1)
    kernel = kernels[0];
  if (kernel.empty())
    throw Error(Code::InvalidArgument, "--kernel",
                options.file + " has " + std::to_string(kernels.size()) +
                    " kernels; say which");
  Arguments arguments(device);
  for (const std::string &argument : options.arguments)
    arguments.add(argument);
  LaunchOptions launch;
  launch.checks = !options.unchecked;
  launch.globalRaces = options.globalRaces;
  launch.seed = options.seed;
  launch.workers = options.workers;
  launch.instructionLimit = options.limit;
  LaunchReport result = device.launch(
      kernel,
      {extent("--grid", options.grid), extent("--block", options.block),
       extent("--cluster", options.cluster), options.shared},
      arguments.bytes(), launch);
  report(result, options);
  for (const std::string &output : options.outputs)
    arguments.write(output);
  return result.findings.empty();
}
