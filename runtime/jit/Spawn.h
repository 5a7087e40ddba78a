// A child process that the program does not notice.
#pragma once

#include "support/Files.h"

#include <string>
#include <vector>

namespace ferro::jit {

struct Spawned {
  int error = 0;             // errno; 0 if the program runs
  support::Descriptor pidfd; // none on kernels before 5.3
};

/// Starts \p arguments[0] with \p control as descriptor 3, standard input from
/// /dev/null, standard output and error to \p output, all signals
/// as they are by default, no other descriptor and away from the terminal.
///
/// The caller's process gets no SIGCHLD for it, neither now nor when it ends,
/// and waitpid(-1) does not see it. So it is not a child: a clone of the
/// calling thread, made without copying memory and with exit signal 0, starts
/// it by posix_spawn and ends at once. Exit signal 0 on the program itself
/// would not do: execve sets it to SIGCHLD. (Where the caller is process 1 or a
/// subreaper, it inherits the program as it inherits every orphan.)
Spawned spawnUnnoticed(const std::vector<std::string> &arguments, int control,
                       int output);

} // namespace ferro::jit
