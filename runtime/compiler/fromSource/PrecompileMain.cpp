// ferro-precompile-headers OUTPUT, part of the build: writes the language
// headers as Clang keeps them, to be embedded in the compiler library.
#include "compiler/fromSource/PrecompiledHeaders.h"

#include "llvm/Support/raw_ostream.h"

int main(int count, char **arguments) {
  if (count != 2) {
    llvm::errs() << "usage: ferro-precompile-headers OUTPUT\n";
    return 1;
  }
  auto headers = ferro::fromSource::precompileHeaders({});
  if (!headers) {
    llvm::errs() << llvm::toString(headers.takeError());
    return 1;
  }
  std::error_code error;
  llvm::raw_fd_ostream file(arguments[1], error);
  file << *headers;
  file.close();
  return error || file.has_error();
}
