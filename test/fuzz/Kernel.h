// A generated kernel: what the generator makes, a program is printed from, and
// the minimiser takes apart.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace fuzz {

/// A statement, or a block with a head such as `for (...)`.
struct Statement {
  std::string text;
  /// The variable that it declares; empty if none.
  std::string defines;
  /// A declaration of the same variable with a constant; empty if none.
  std::string simpler;
  std::vector<Statement> body = {}, otherwise = {};
  bool isBlock = false;
};

struct Argument {
  std::string name;
  std::string parameter; // `const TensorView<f32, dyn> &x0`
  std::string made;      // `fuzz::input<f32>({3}, 7, ...)`
};

struct Kernel {
  std::string name;
  std::uint64_t seed = 0;
  std::vector<Argument> arguments;
  std::string grid = "{}";
  bool isUnsafe = false;
  /// Functions of the module that the kernel calls.
  std::vector<Statement> functions = {};
  std::vector<Statement> statements = {};
};

/// Whether \p name occurs as a word in the statement or below it.
bool mentions(const Statement &statement, const std::string &name);
bool mentions(const std::vector<Statement> &statements,
              const std::string &name);

/// The module that holds the kernel, as C++.
std::string printModule(const Kernel &kernel);
/// A program that runs all of the kernels.
std::string printProgram(const std::vector<Kernel> &kernels);

} // namespace fuzz
