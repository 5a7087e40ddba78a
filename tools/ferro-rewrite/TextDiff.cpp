#include "TextDiff.h"

#include <algorithm>
#include <vector>

using namespace ferro;

namespace {
struct Line {
  char mark; // ' ', '-' or '+'
  std::string_view text;
};
} // namespace

static std::vector<std::string_view> linesOf(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    size_t length = std::min(text.find('\n'), text.size() - 1) + 1;
    lines.push_back(text.substr(0, length));
    text.remove_prefix(length);
  }
  return lines;
}

// Myers, "An O(ND) difference algorithm and its variations", 1986, greedy form:
// the furthest x on each diagonal after each number of edits.
static std::vector<Line> compare(const std::vector<std::string_view> &a,
                                 const std::vector<std::string_view> &b) {
  const int n = a.size(), m = b.size(), bound = n + m;
  std::vector<int> furthest(2 * bound + 3);
  std::vector<std::vector<int>> history;
  auto at = [&](std::vector<int> &row, int diagonal) -> int & {
    return row[diagonal + bound + 1];
  };
  auto stepsDown = [&](std::vector<int> &row, int diagonal, int edits) {
    return diagonal == -edits ||
           (diagonal != edits && at(row, diagonal - 1) < at(row, diagonal + 1));
  };

  int edits = 0;
  for (bool done = false; !done; ++edits) {
    history.push_back(furthest);
    for (int diagonal = -edits; diagonal <= edits && !done; diagonal += 2) {
      int x = stepsDown(furthest, diagonal, edits)
                  ? at(furthest, diagonal + 1)
                  : at(furthest, diagonal - 1) + 1;
      while (x < n && x - diagonal < m && a[x] == b[x - diagonal])
        ++x;
      at(furthest, diagonal) = x;
      done = x >= n && x - diagonal >= m;
    }
  }

  std::vector<Line> lines;
  int x = n, y = m;
  while (edits-- > 0) {
    std::vector<int> &row = history[edits];
    int diagonal = x - y;
    int from = stepsDown(row, diagonal, edits) ? diagonal + 1 : diagonal - 1;
    int fromX = edits == 0 ? 0 : at(row, from),
        fromY = edits == 0 ? 0 : fromX - from;
    while (x > fromX && y > fromY && a[x - 1] == b[y - 1]) {
      lines.push_back({' ', a[--x]});
      --y;
    }
    if (edits == 0)
      break;
    if (from == diagonal + 1)
      lines.push_back({'+', b[--y]});
    else
      lines.push_back({'-', a[--x]});
  }
  std::reverse(lines.begin(), lines.end());
  return lines;
}

static std::string hunk(const std::vector<Line> &lines, size_t begin,
                        size_t end) {
  auto count = [&](size_t from, size_t to, char other) {
    return std::count_if(lines.begin() + from, lines.begin() + to,
                         [&](const Line &line) { return line.mark != other; });
  };
  auto range = [](long first, long length) {
    return std::to_string(length ? first + 1 : first) + "," +
           std::to_string(length);
  };
  std::string text =
      "@@ -" + range(count(0, begin, '+'), count(begin, end, '+')) + " +" +
      range(count(0, begin, '-'), count(begin, end, '-')) + " @@\n";
  for (size_t i = begin; i < end; ++i) {
    text += lines[i].mark;
    text += lines[i].text;
    if (!lines[i].text.ends_with('\n'))
      text += "\n\\ No newline at end of file\n";
  }
  return text;
}

std::string rewrite::unifiedDiff(std::string_view name, std::string_view before,
                                 std::string_view after) {
  if (before == after)
    return "";
  constexpr size_t context = 3;
  const std::vector<Line> lines = compare(linesOf(before), linesOf(after));
  std::string result =
      "--- " + std::string(name) + "\n+++ " + std::string(name) + "\n";
  auto isChange = [&](size_t i) { return lines[i].mark != ' '; };
  for (size_t i = 0; i < lines.size(); ++i) {
    if (!isChange(i))
      continue;
    size_t begin = i < context ? 0 : i - context, last = i;
    for (; i < lines.size() && i <= last + 2 * context; ++i)
      if (isChange(i))
        last = i;
    size_t end = std::min(last + context + 1, lines.size());
    result += hunk(lines, begin, end);
    i = end - 1;
  }
  return result;
}
