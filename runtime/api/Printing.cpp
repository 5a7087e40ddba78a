// Tensors as text, in the manner of NumPy.
#include "ferro/Tensor.h"
#include "trace/Tracer.h"

#include "tensor/Record.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <ostream>

namespace ferro::detail {

// NumPy's defaults.
static constexpr std::int64_t summariseAbove = 1000, edgeItems = 3;
static constexpr std::size_t lineWidth = 75;
static constexpr std::size_t precision = 8;

namespace {

/// A floating element's text, parted at the point.
struct Parts {
  std::string whole, fraction, exponent;
};

/// The texts of the elements that are shown, in order.
struct Texts {
  std::vector<std::string> elements;
  std::size_t next = 0;
};

} // namespace

/// The positions of an axis that are shown; -1 stands for dots.
static std::vector<std::int64_t> shown(std::int64_t extent, bool summarise) {
  std::vector<std::int64_t> positions;
  for (std::int64_t i = 0; i < extent; ++i) {
    if (summarise && extent > 2 * edgeItems && i == edgeItems) {
      positions.push_back(-1);
      i = extent - edgeItems;
    }
    positions.push_back(i);
  }
  return positions;
}

/// Calls \p f with the address of every element that is shown.
template <typename F>
static void forEachShown(const Record &record, std::size_t axis,
                         const std::byte *at, bool summarise, const F &f) {
  if (axis == record.shape.size())
    return f(at);
  auto size = static_cast<std::int64_t>(byteSize(record.dtype));
  for (std::int64_t i : shown(record.shape[axis], summarise))
    if (i >= 0)
      forEachShown(record, axis + 1, at + i * record.strides[axis] * size,
                   summarise, f);
}

// --- elements

/// \p value in the format; at most eight digits behind the point.
template <typename T> static Parts digitsOf(T value, std::chars_format format) {
  char buffer[512]; // the largest double has 309 digits
  auto text = [&](std::to_chars_result result) {
    return std::string_view(buffer,
                            static_cast<std::size_t>(result.ptr - buffer));
  };
  auto part = [](std::string_view digits) {
    Parts parts;
    std::size_t e = digits.find('e');
    if (e != digits.npos)
      parts.exponent = digits.substr(e);
    digits = digits.substr(0, e);
    std::size_t point = digits.find('.');
    parts.whole = digits.substr(0, point);
    if (point != digits.npos)
      parts.fraction = digits.substr(point + 1);
    return parts;
  };
  char *end = buffer + sizeof buffer;
  Parts parts = part(text(std::to_chars(buffer, end, value, format)));
  if (parts.fraction.size() <= precision)
    return parts;
  parts = part(text(std::to_chars(buffer, end, value, format, precision)));
  while (!parts.fraction.empty() && parts.fraction.back() == '0')
    parts.fraction.pop_back();
  return parts;
}

/// NumPy's rule: powers of ten where plain digits would need too many.
template <typename T> static bool needsExponent(const std::vector<T> &finite) {
  double least = HUGE_VAL, most = 0;
  for (T value : finite)
    if (value != 0) {
      double magnitude = std::fabs(static_cast<double>(value));
      least = std::min(least, magnitude);
      most = std::max(most, magnitude);
    }
  return most > 0 && (most >= 1e8 || least < 1e-4 || most / least > 1000);
}

static std::string padLeft(const std::string &text, std::size_t width) {
  return std::string(width - std::min(width, text.size()), ' ') + text;
}

template <typename T>
static std::vector<std::string> floatTexts(const std::vector<T> &values) {
  std::vector<T> finite;
  for (T value : values)
    if (std::isfinite(value))
      finite.push_back(value);
  bool exponent = needsExponent(finite);
  std::vector<Parts> parts;
  std::size_t whole = 0, fraction = 0;
  for (T value : finite) {
    parts.push_back(digitsOf(value, exponent ? std::chars_format::scientific
                                             : std::chars_format::fixed));
    whole = std::max(whole, parts.back().whole.size());
    fraction = std::max(fraction, parts.back().fraction.size());
  }
  std::vector<std::string> texts;
  std::size_t next = 0;
  for (T value : values) {
    if (!std::isfinite(value)) {
      texts.push_back(std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf");
      continue;
    }
    const Parts &p = parts[next++];
    std::string behind = p.fraction;
    behind.resize(fraction, exponent ? '0' : ' ');
    texts.push_back(padLeft(p.whole, whole) + "." + behind + p.exponent);
  }
  return texts;
}

static std::vector<std::string> elementTexts(const Record &record,
                                             bool summarise) {
  return visit(record.dtype, [&](auto sample) {
    using T = decltype(sample);
    // Halves show the digits that they have as floats.
    using Shown =
        std::conditional_t<isFloat(dtypeOf<T>) && sizeof(T) == 2, float, T>;
    std::vector<std::string> texts;
    std::vector<Shown> floats;
    forEachShown(record, 0, record.bytes(), summarise,
                 [&](const std::byte *at) {
                   const T &value = *reinterpret_cast<const T *>(at);
                   if constexpr (std::is_same_v<T, bool>)
                     texts.push_back(value ? "true" : "false");
                   else if constexpr (isFloat(dtypeOf<T>))
                     floats.push_back(value);
                   else
                     texts.push_back(std::to_string(value));
                 });
    if constexpr (isFloat(dtypeOf<T>))
      texts = floatTexts(floats);
    std::size_t width = 0;
    for (const std::string &text : texts)
      width = std::max(width, text.size());
    for (std::string &text : texts)
      text = padLeft(text, width);
    return texts;
  });
}

// --- brackets

static void printAxis(std::string &out, Texts &texts, const Shape &shape,
                      std::size_t axis, std::size_t indent, bool summarise) {
  if (axis == shape.size()) {
    out += texts.elements[texts.next++];
    return;
  }
  bool innermost = axis + 1 == shape.size();
  std::string newLine = std::string(shape.size() - axis - 1, '\n') +
                        std::string(indent + axis + 1, ' ');
  out += "[";
  bool first = true;
  for (std::int64_t i : shown(shape[axis], summarise)) {
    if (!first) {
      out += ",";
      std::size_t column = out.size() - (out.rfind('\n') + 1);
      std::size_t width =
          i < 0 || !innermost ? 3 : texts.elements[texts.next].size();
      if (!innermost)
        out += newLine;
      else if (column + 1 + width > lineWidth)
        out += "\n" + newLine;
      else
        out += " ";
    }
    first = false;
    if (i < 0)
      out += "...";
    else
      printAxis(out, texts, shape, axis + 1, indent, summarise);
  }
  out += "]";
}

std::string format(const Handle &tensor) {
  trace::noteValueRead();
  if (!tensor.get())
    return "tensor(undefined)";
  const Record &record = *tensor.get();
  std::string dtype = ", dtype=" + std::string(toString(record.dtype));
  std::string ending = record.requiresGrad ? ", requires_grad=true)" : ")";
  std::string shape = "shape=" + toString(record.shape);
  if (!record.storage)
    return "tensor(" + std::string(record.isTraced() ? "traced, " : "meta, ") +
           shape + dtype + ending;
  std::string out = "tensor(";
  if (numel(record.shape) == 0)
    return out + "[], " + shape + dtype + ending;
  bool summarise = numel(record.shape) > summariseAbove;
  Texts texts{elementTexts(record, summarise)};
  printAxis(out, texts, record.shape, 0, out.size(), summarise);
  return out + (summarise ? ", " + shape : "") + dtype + ending;
}

std::ostream &print(std::ostream &stream, const Handle &tensor) {
  return stream << format(tensor);
}

} // namespace ferro::detail
