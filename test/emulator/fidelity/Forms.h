// One instruction form is one kernel: each thread loads its operands, executes
// the form once and stores the bits of the result.
#pragma once

#include "Values.h"

#include <cstddef>
#include <string>
#include <vector>

namespace ferro::gpucheck {

struct FormInput {
  std::string valueClass;
  Purpose purpose = Purpose::Operand;
  /// Registers of each thread.
  unsigned registers = 1;

  unsigned threadBytes() const { return registers * valueBytes(valueClass); }
};

struct Form {
  /// The instruction with its modifiers; a number after `#` tells apart forms
  /// that differ in what follows.
  std::string name;
  std::string ptx;
  std::vector<FormInput> inputs;
  unsigned outputRegisters = 1;
  unsigned outputBytes = 4;
  unsigned blocks = 16;
  unsigned threads = 128;
  /// Bytes that a block reads of each input, or 0 for what its threads read.
  std::vector<unsigned> blockBytes;

  std::size_t resultBytes() const {
    return std::size_t(blocks) * threads * outputRegisters * outputBytes;
  }
  /// The bytes of input \p number. Forms with the same classes of inputs have
  /// the same bytes.
  std::vector<std::byte> makeInput(std::size_t number) const;
  /// What the result's memory holds before: the first input where it has the
  /// result's size, then zeros.
  std::vector<std::byte> initialResult() const;
  /// The part of a result that the repository keeps: some of every distribution
  /// of the inputs, none of a sweep, which is there to fit tables to.
  std::vector<std::byte> sample(const std::vector<std::byte> &result) const;
};

/// Every form of Forms.def and of the asynchronous matrix products.
std::vector<Form> makeForms();

/// The name of the one kernel of every form.
inline constexpr const char *formKernel = "form";

} // namespace ferro::gpucheck
