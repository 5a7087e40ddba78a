// The bodies of Creation.h.
#include "ferro/Creation.h"

#include "api/Random.h"
#include "exec/Formula.h"
#include "tensor/Record.h"
#include "trace/Tracer.h"

#include "ferro/Error.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace ferro::detail {

using exec::convert;

/// The number as an element of type T.
template <typename T> static T elementFrom(Number value) {
  return value.isInteger ? convert<T>(value.integer) : convert<T>(value.real);
}

/// A new tensor whose element i is f(i, T{}), in row-major order.
template <typename F>
static Handle generate(DType dtype, const Shape &shape, Device device,
                       const F &f) {
  Handle tensor = makeTensor(dtype, shape, device);
  if (tensor.get()->storage)
    visit(dtype, [&](auto sample) {
      using T = decltype(sample);
      auto *elements = reinterpret_cast<T *>(tensor.get()->bytes());
      for (std::int64_t i = 0, n = numel(shape); i < n; ++i)
        elements[i] = f(i, T{});
    });
  trace::noteCreated(tensor);
  return tensor;
}

Handle makeEmpty(DType dtype, const Shape &shape, Device device) {
  Handle tensor = makeTensor(dtype, shape, device);
  trace::noteCreated(tensor);
  return tensor;
}

Handle makeFull(DType dtype, const Shape &shape, Number value, Device device) {
  Handle tensor = makeTensor(dtype, shape, device);
  if (tensor.get()->storage)
    visit(dtype, [&](auto sample) {
      using T = decltype(sample);
      auto *elements = reinterpret_cast<T *>(tensor.get()->bytes());
      std::fill_n(elements, numel(shape), elementFrom<T>(value));
    });
  trace::noteCreated(tensor);
  return tensor;
}

Handle scalarBeside(const Handle &beside, DType dtype, Number value) {
  return makeFull(dtype, {}, value, deviceOf(beside));
}

Handle makeFrom(DType dtype, const Shape &shape, const void *from,
                std::size_t count, Device device) {
  Handle tensor = makeTensor(dtype, shape, device);
  if (static_cast<std::size_t>(numel(shape)) != count)
    throw Error(Code::ShapeMismatch, "tensor",
                "found " + std::to_string(count) + " values; shape " +
                    toString(shape) + " has " + std::to_string(numel(shape)) +
                    " elements");
  if (tensor.get()->storage && count > 0)
    std::memcpy(tensor.get()->bytes(), from, count * byteSize(dtype));
  trace::noteCreated(tensor);
  return tensor;
}

void throwRagged(std::size_t expected, std::size_t found) {
  throw Error(Code::ShapeMismatch, "tensor",
              "found rows of " + std::to_string(expected) + " and of " +
                  std::to_string(found) +
                  " values; all rows must be equally long");
}

Handle makeEye(DType dtype, std::int64_t rows, std::int64_t columns,
               Device device) {
  return generate(dtype, {rows, columns}, device, [&](std::int64_t i, auto t) {
    return convert<decltype(t)>(std::int64_t(i / columns == i % columns));
  });
}

static double realOf(Number number) {
  return number.isInteger ? static_cast<double>(number.integer) : number.real;
}

std::int64_t rangeCount(Number start, Number end, Number step) {
  double from = realOf(start), to = realOf(end), by = realOf(step);
  if (!std::isfinite(from) || !std::isfinite(to) || by == 0 || by != by)
    throw Error(Code::InvalidArgument, "arange",
                "start is " + std::to_string(from) + ", end is " +
                    std::to_string(to) + ", step is " + std::to_string(by) +
                    "; the bounds must be finite and the step not 0");
  double count = std::ceil((to - from) / by);
  return count > 0 ? static_cast<std::int64_t>(count) : 0;
}

Handle makeRange(DType dtype, Number start, Number step, std::int64_t count,
                 Device device) {
  bool integers = start.isInteger && step.isInteger;
  return generate(dtype, {count}, device, [&](std::int64_t i, auto t) {
    using T = decltype(t);
    return integers ? convert<T>(start.integer + i * step.integer)
                    : convert<T>(realOf(start) +
                                 static_cast<double>(i) * realOf(step));
  });
}

Handle makeLinspace(DType dtype, double start, double end, std::int64_t count,
                    Device device) {
  double step = count > 1 ? (end - start) / static_cast<double>(count - 1) : 0;
  return generate(dtype, {count}, device, [&](std::int64_t i, auto t) {
    bool last = count > 1 && i == count - 1; // exactly the end
    return convert<decltype(t)>(last ? end
                                     : start + static_cast<double>(i) * step);
  });
}

Handle makeRandom(DType dtype, const Shape &shape, Distribution distribution,
                  Device device) {
  Handle tensor = makeTensor(dtype, shape, device);
  if (tensor.get()->storage) {
    RandomStream stream = takeRandomStream(numel(shape));
    visit(dtype, [&](auto sample) {
      using T = decltype(sample);
      auto *elements = reinterpret_cast<T *>(tensor.get()->bytes());
      for (std::int64_t i = 0, n = numel(shape); i < n; ++i)
        if constexpr (isFloat(dtypeOf<T>))
          elements[i] = distribution == Distribution::Uniform
                            ? uniform<T>(stream, i)
                            : convert<T>(normal(stream, i));
    });
  }
  trace::noteCreated(tensor, /*random=*/true);
  return tensor;
}

} // namespace ferro::detail
