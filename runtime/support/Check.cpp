#include "support/Check.h"

#include "ferro/Error.h"

#include <string>

void ferro::detail::checkFailed(const char *condition, const char *text,
                                const char *file, int line) {
  throw Error(Code::Internal, file,
              std::string(text) + " (" + condition + ", line " +
                  std::to_string(line) + ")");
}
