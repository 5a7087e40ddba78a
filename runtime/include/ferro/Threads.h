// How many threads kernels run on.
#pragma once

#include "ferro/Export.h"

namespace ferro {

/// The threads that share a kernel's work, the calling one included: what
/// set_num_threads asked for, else FERRO_NUM_THREADS, else one for each
/// processor this process may run on. Results do not depend on it.
FERRO_API int num_threads();

/// Takes effect with the next kernel; 0 restores the initial number.
/// \throws Error InvalidArgument if \p count is negative or above 1024.
FERRO_API void set_num_threads(int count);

} // namespace ferro
