// Threads of the library's own.
#pragma once

#include <functional>
#include <string>

namespace ferro::device {

/// Starts a detached thread \p name that leaves signals to the program's own
/// threads: all but those that a thread raises by what it does, and the
/// profilers'. False if the system gives no more threads.
bool startThread(const std::string &name, std::function<void()> body);

} // namespace ferro::device
