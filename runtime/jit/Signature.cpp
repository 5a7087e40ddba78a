#include "jit/Signature.h"

#include "tensor/Record.h"

#include "ferro/Autograd.h"
#include "ferro/CompileOptions.h"

#include <cstring>

using namespace ferro;
using namespace ferro::jit;
using detail::Argument;
using detail::Record;

void Signature::append(const void *bytes, std::size_t size) {
  if (spilled.empty() && used + size <= inPlace.size()) {
    std::memcpy(inPlace.data() + used, bytes, size);
    used += size;
    return;
  }
  if (spilled.empty())
    spilled.assign(inPlace.begin(),
                   inPlace.begin() + static_cast<std::ptrdiff_t>(used));
  auto *first = static_cast<const char *>(bytes);
  spilled.insert(spilled.end(), first, first + size);
}

void Signature::addTensor(const Record &record) {
  bool contiguous = record.isContiguous();
  const std::array<std::uint8_t, 7> head{
      'T',
      static_cast<std::uint8_t>(record.dtype),
      static_cast<std::uint8_t>(record.device.kind),
      record.device.index,
      record.requiresGrad,
      contiguous,
      static_cast<std::uint8_t>(record.shape.size())};
  append(head);
  append(record.shape.begin(), record.shape.size() * sizeof(std::int64_t));
  if (!contiguous)
    append(record.strides.begin(),
           record.strides.size() * sizeof(std::int64_t));
}

void Signature::addStatic(const Argument &argument) {
  const std::array<std::uint8_t, 4> head{
      'S', static_cast<std::uint8_t>(argument.kind),
      static_cast<std::uint8_t>(argument.elementKind), argument.elementSize};
  append(head);
  append(argument.bits);
  append(argument.size);
  if (argument.size)
    append(argument.bytes, argument.size);
}

/// The first of \p outside that is the same tensor as number \p index.
static std::uint32_t firstAlias(std::span<const Argument> outside,
                                std::size_t index) {
  const Record *record = outside[index].tensor->get();
  for (std::size_t i = 0; i < index; ++i)
    if (outside[i].tensor && outside[i].tensor->get() == record)
      return static_cast<std::uint32_t>(i);
  return static_cast<std::uint32_t>(index);
}

Signature::Signature(std::span<const Argument> arguments,
                     std::span<const Argument> outside) {
  for (const Argument &argument : arguments)
    if (argument.tensor)
      addTensor(*argument.tensor->get());
    else
      addStatic(argument);
  append('|');
  append(compile_options());
  append(grad_enabled());
  for (std::size_t i = 0; i < outside.size(); ++i) {
    if (outside[i].tensor) {
      addTensor(*outside[i].tensor->get());
      append(firstAlias(outside, i));
    } else {
      addStatic(outside[i]);
    }
  }
}
