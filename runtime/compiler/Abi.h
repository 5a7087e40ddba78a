// The C ABI of libferro_compiler.so and of the native code that it makes.
// Plain C types only: nothing of LLVM and no exception crosses it.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Raised with every change of this file, of a request or of a response.
#define FERRO_COMPILER_ABI 5

/// A value to be printed: a tile, row-major, or a number, which has no axes.
struct FerroPrinted {
  const void *elements;
  int64_t element; ///< a row of cutile/Elements.def
  int64_t rank;
  int64_t extents[6];
};

/// What native kernels may ask of their host; the host owns the table.
struct FerroHost {
  /// Calls body on ranges that together are [0, n) and begin at multiples of
  /// grain, on any thread; returns when all are done. Which ranges depends on
  /// the threads: results must not.
  void (*parallelFor)(int64_t n, int64_t grain,
                      void (*body)(void *context, int64_t begin, int64_t end),
                      void *context);
  /// At least `bytes` of 64-byte-aligned memory of the calling thread, valid
  /// until the kernel returns or the thread asks again.
  void *(*scratch)(size_t bytes);
  /// Ends the kernel because a check failed in a block: does not return, but
  /// unwinds. `code` is the name of a ferro::Code; in `text` {0}, {1} and so on
  /// stand for the values, and its last line is the place in the source. A
  /// launch check is in block -1.
  void (*fail)(const char *code, const char *text, const int64_t *values,
               int64_t count, int64_t block);
  /// Prints a line: in `text` {} stands for each of the values in turn.
  void (*print)(const char *text, const struct FerroPrinted *values,
                int64_t count);
  /// The address of a cutile::Global by its qualified name: does not return if
  /// the program has none, but unwinds.
  void *(*global)(const char *name);
};

/// Every kernel is a symbol of this type. buffers[i] points at the first
/// element of operand or result i (operands first, in the group's order);
/// workspace has the bytes that the response states. Results and workspace are
/// aligned to 64 bytes, and no result overlaps another buffer.
///
/// The buffers of a kernel from source are the first elements of its tensors in
/// the order of its parameters, then the words of the launch: the grid's three
/// extents; of each tensor its extents, its strides in elements and, for an
/// output, those extents of its tile that the type leaves open; of each other
/// parameter its bytes. Each begins at a multiple of 8 bytes, or of its
/// alignment.
typedef void FerroKernel(void *const *buffers, void *workspace,
                         const struct FerroHost *host);

enum FerroStatus {
  FERRO_OK = 0,
  FERRO_REFUSED = 1,   ///< the request is understood and cannot be compiled
  FERRO_MALFORMED = 2, ///< the request is not a request
  FERRO_FATAL = 3,     ///< LLVM stopped; the library must not be used again
};

/// Owned by the library until fc_release.
struct FerroResponse {
  enum FerroStatus status;
  const char *message;  ///< empty when OK
  const uint8_t *bytes; ///< a serialised CompileResponse, or text for emit
  size_t size;
};

int fc_abi_version(void);
/// Compiles a serialised CompileRequest or KernelRequest
/// (artifact/Request.h). Thread-safe.
struct FerroResponse *fc_compile(const uint8_t *request, size_t size);
void fc_release(struct FerroResponse *response);
/// Reads a module of the tile dialect, checks it and takes it through `steps`,
/// comma separated: tile-canonicalize, kernels-to-loops, tile-to-loops,
/// overlap-stores, vectorize, math-expand, for a machine with AVX-512. The
/// answer is the module's text; REFUSED with the diagnostics if it is not
/// valid.
struct FerroResponse *fc_run_steps(const char *text, size_t size,
                                   const char *steps);
/// The versions that belong in a cache key: LLVM's and ours, one line.
const char *fc_version(void);

#ifdef __cplusplus
}
#endif
