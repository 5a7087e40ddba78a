#include "ferro/Registry.h"

#include "cutile/Module.h"
#include "ferro/Error.h"
#include "launch/ModuleText.h"

#include <algorithm>
#include <map>
#include <mutex>

using namespace ferro;
using namespace ferro::registry;

namespace {

struct Range {
  const char *const *begin;
  const char *const *end;
};

// Loaded objects hand their ranges in before main and take them back after it,
// so this lives as long as the process. Texts are looked at when first asked
// for.
struct Registry {
  std::mutex mutex;
  std::vector<Range> ranges;
  bool isIndexed = false;
  std::map<std::string, std::vector<const char *>, std::less<>> byName;

  static Registry &instance() {
    static auto *registry = new Registry;
    return *registry;
  }
  void index();
};

} // namespace

void Registry::index() {
  if (isIndexed)
    return;
  byName.clear();
  for (const Range &range : ranges)
    for (const char *const *each = range.begin; each != range.end; ++each) {
      launch::ModuleName added = launch::moduleName(*each);
      std::vector<const char *> &same = byName[std::string(added.name)];
      bool isKnown =
          std::any_of(same.begin(), same.end(), [&](const char *text) {
            return launch::moduleName(text).hash == added.hash;
          });
      if (!isKnown)
        same.push_back(*each);
    }
  isIndexed = true;
}

void ferro_register_modules(const char *const *begin, const char *const *end) {
  if (begin == end)
    return;
  Registry &registry = Registry::instance();
  std::lock_guard lock(registry.mutex);
  registry.ranges.push_back({begin, end});
  registry.isIndexed = false;
}

void ferro_unregister_modules(const char *const *begin) {
  Registry &registry = Registry::instance();
  std::lock_guard lock(registry.mutex);
  std::erase_if(registry.ranges,
                [&](const Range &range) { return range.begin == begin; });
  registry.isIndexed = false;
}

std::vector<Module> registry::list() {
  Registry &registry = Registry::instance();
  std::lock_guard lock(registry.mutex);
  registry.index();
  std::vector<Module> modules;
  for (const auto &[name, texts] : registry.byName)
    for (const char *text : texts)
      modules.push_back(launch::parseModule(text));
  return modules;
}

std::optional<Module> registry::find(std::string_view path) {
  Registry &registry = Registry::instance();
  std::lock_guard lock(registry.mutex);
  registry.index();
  if (path.starts_with("::"))
    path.remove_prefix(2);
  for (;;) {
    if (auto found = registry.byName.find(path); found != registry.byName.end())
      return launch::parseModule(found->second.front());
    std::size_t end = path.rfind("::");
    if (end == std::string_view::npos)
      return std::nullopt;
    path = path.substr(0, end);
  }
}

static Module need(std::string_view path) {
  if (std::optional<Module> module = registry::find(path))
    return std::move(*module);
  std::string names;
  for (const Module &module : registry::list())
    names += (names.empty() ? "" : ", ") + module.name;
  throw Error(Code::ModuleNotFound, "registry",
              "no module has the name " + std::string(path) +
                  (names.empty() ? "; none is registered: was the program "
                                   "compiled with the plugin?"
                                 : "; registered are " + names));
}

std::string registry::text(std::string_view path) {
  return launch::sourceOf(need(path));
}

std::string registry::hash(std::string_view path) { return need(path).hash; }

std::vector<std::string> registry::imports(std::string_view path) {
  return need(path).imports;
}
