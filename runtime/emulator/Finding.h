// Findings as they are gathered: each site once.
#pragma once

#include "ferro/Emulator.h"

#include <atomic>
#include <map>
#include <mutex>
#include <utility>

namespace ferro::emulator {

class Findings {
  std::mutex mutex;
  std::map<std::pair<unsigned, FindingKind>, Finding> bySite;
  std::vector<std::pair<unsigned, FindingKind>> order;

public:
  /// \p make builds the finding if the site has none of this kind yet.
  template <typename Make> void add(unsigned pc, FindingKind kind, Make make) {
    std::lock_guard lock(mutex);
    auto [found, isNew] = bySite.try_emplace({pc, kind});
    if (!isNew) {
      ++found->second.count;
      return;
    }
    found->second = make();
    order.push_back({pc, kind});
  }
  std::vector<Finding> all() const {
    std::vector<Finding> result;
    for (const auto &site : order)
      result.push_back(bySite.at(site));
    return result;
  }
};

} // namespace ferro::emulator
