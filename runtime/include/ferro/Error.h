// What goes wrong at run time, as a value that can be caught.
#pragma once

#include "ferro/Export.h"

#include <exception>
#include <string>
#include <string_view>

namespace ferro {

/// The kinds of failure; Errors.def says what each means.
enum class Code {
#define FERRO_ERROR(Id, meaning) Id,
#include "ferro/Errors.def"
};

/// "ShapeMismatch" and so on.
FERRO_API std::string_view toString(Code code);
/// The row's meaning, one clause.
FERRO_API std::string_view meaning(Code code);

/// Thrown by every public function that can fail. what() reads
/// "<op>: <text>" followed by the call's location where it is known.
class FERRO_API Error : public std::exception {
public:
  /// \param op the operation or subject, as the user knows it ("matmul").
  /// \param text what was found, then the rule; lower case, no full stop.
  Error(Code code, std::string op, std::string text);

  Code code() const { return errorCode; }
  const std::string &op() const { return operation; }
  const std::string &text() const { return message; }
  const char *what() const noexcept override { return full.c_str(); }

private:
  Code errorCode;
  std::string operation;
  std::string message;
  std::string full;
};

} // namespace ferro
