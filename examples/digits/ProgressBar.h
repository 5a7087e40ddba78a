// A line that fills up while an epoch runs, on a terminal only.
#pragma once

#include <cstdio>
#include <string>
#include <unistd.h>

class ProgressBar {
public:
  ProgressBar(std::string label, int steps)
      : label(std::move(label)), steps(steps) {}
  ~ProgressBar() {
    if (visible)
      std::fputs("\r\033[K", stderr); // back to an empty line
  }
  ProgressBar(const ProgressBar &) = delete;
  ProgressBar &operator=(const ProgressBar &) = delete;

  void advance() {
    ++done;
    if (!visible)
      return;
    std::string bar(width * done / steps, '#');
    std::fprintf(stderr, "\r%s [%-*s] %d/%d", label.c_str(), width, bar.c_str(),
                 done, steps);
  }

private:
  static constexpr int width = 40;
  std::string label;
  int steps, done = 0;
  bool visible = isatty(STDERR_FILENO);
};
