#include "cutile/Launcher.h"

#include "ferro/Error.h"
#include "tensor/Record.h"

#include <algorithm>
#include <map>
#include <mutex>

namespace cutile::detail {

using ferro::Code;
using ferro::Error;

const char *elementName(const std::type_info &type) {
#define CUTILE_ELEMENT(Id, name, CppType, kind, bits)                          \
  if (type == typeid(CppType))                                                 \
    return name;
#include "cutile/Elements.def"
  return nullptr;
}

static std::string parameterName(const GenericKernel &kernel,
                                 std::size_t index) {
  return "parameter " + std::to_string(index + 1) + " (" +
         kernel.parameters[index].name + ")";
}

void refuseValue(const ErasedLaunch &launch, std::size_t index) {
  throw Error(Code::SignatureMismatch, launch.kernel.name,
              parameterName(launch.kernel, index) +
                  ": the argument does not convert to its type");
}

// --- options

static void checkOption(std::string_view kernel, const char *name,
                        std::optional<int> value, int most, bool isPowerOfTwo) {
  if (!value || (*value >= 1 && *value <= most &&
                 !(isPowerOfTwo && (*value & (*value - 1)))))
    return;
  throw Error(Code::InvalidArgument, std::string(kernel),
              std::string(name) + " is " + std::to_string(*value) + "; it is " +
                  (isPowerOfTwo ? "a power of two" : "a number") +
                  " from 1 to " + std::to_string(most));
}

void checkOptions(std::string_view kernel, const CompileOptions &options) {
  checkOption(kernel, "occupancy", options.occupancy, 32, false);
  checkOption(kernel, "num_cta_in_cga", options.num_cta_in_cga, 16, true);
  checkOption(kernel, "num_worker_warps_per_cta",
              options.num_worker_warps_per_cta, 32, true);
  checkOption(kernel, "max_divisibility", options.max_divisibility, 1024, true);
}

// --- tables

namespace {
// As modules' ranges: tables come before main and go after it.
struct Tables {
  std::mutex mutex;
  std::vector<std::span<const Instantiation>> all;

  static Tables &instance() {
    static auto *tables = new Tables;
    return *tables;
  }
};
} // namespace

InstantiationTable::InstantiationTable(std::span<const Instantiation> rows)
    : rows(rows) {
  Tables &tables = Tables::instance();
  std::lock_guard lock(tables.mutex);
  tables.all.push_back(rows);
}

InstantiationTable::~InstantiationTable() {
  Tables &tables = Tables::instance();
  std::lock_guard lock(tables.mutex);
  std::erase_if(tables.all,
                [&](const auto &each) { return each.data() == rows.data(); });
}

// --- which instantiation

namespace {

/// What the arguments and the caller say about template parameters.
class Inference {
public:
  Inference(const ErasedLaunch &launch, const std::vector<Generic> &given)
      : launch(launch), kernel(launch.kernel) {
    for (const Generic &generic : given)
      takeGiven(generic);
    for (std::size_t i = 0; i < launch.arguments.size(); ++i)
      takeArgument(i);
  }

  /// One for each template parameter.
  std::vector<std::string> values() const;

private:
  struct Said {
    std::string value, place;
  };

  [[noreturn]] void refuse(Code code, const std::string &text) const {
    throw Error(code, kernel.name, text);
  }
  void takeGiven(const Generic &generic);
  void takeArgument(std::size_t index);
  void takeExtents(const std::array<const char *, ferro::maxRank> &names,
                   const ferro::Dims &extents, const std::string &place);
  void take(const char *name, const std::string &value,
            const std::string &place);

  const ErasedLaunch &launch;
  const GenericKernel &kernel;
  std::map<std::string, Said, std::less<>> said;
};

} // namespace

void Inference::takeGiven(const Generic &generic) {
  std::string known;
  for (const GenericName &each : kernel.generics)
    known += (known.empty() ? "" : ", ") + std::string(each.name);
  if (std::none_of(kernel.generics.begin(), kernel.generics.end(),
                   [&](const auto &each) { return generic.name == each.name; }))
    refuse(Code::InvalidArgument, "there is no generic " + generic.name +
                                      "; the kernel's are " + known);
  take(generic.name.c_str(), generic.value, ".generics");
}

void Inference::take(const char *name, const std::string &value,
                     const std::string &place) {
  auto [found, isNew] = said.try_emplace(name, Said{value, place});
  if (!isNew && found->second.value != value)
    refuse(Code::SignatureMismatch,
           std::string(name) + " is " + found->second.value + " by " +
               found->second.place + ", and " + value + " by " + place);
}

void Inference::takeExtents(
    const std::array<const char *, ferro::maxRank> &names,
    const ferro::Dims &extents, const std::string &place) {
  for (std::size_t axis = 0; axis < extents.size() && axis < names.size();
       ++axis)
    if (names[axis])
      take(names[axis], std::to_string(extents[axis]), place);
}

void Inference::takeArgument(std::size_t index) {
  const GenericParameter &parameter = kernel.parameters[index];
  const ErasedArgument &argument = launch.arguments[index];
  const ferro::detail::Tiling *tiling = argument.description.tiling;
  const ferro::detail::Handle *tensor = argument.description.tensor;
  std::string place = parameterName(kernel, index);
  // What the caller says of types, the tensor's storage need only fit.
  if (parameter.element && argument.element) {
    auto known = said.find(parameter.element);
    if (known == said.end() || known->second.place != ".generics")
      take(parameter.element, argument.element, place);
  }
  if (tiling) {
    takeExtents(parameter.extents, tiling->tile, place);
    takeExtents(parameter.map, tiling->map, place);
  } else if (tensor && tensor->get()) {
    takeExtents(parameter.extents, tensor->get()->shape, place);
  }
}

std::vector<std::string> Inference::values() const {
  std::vector<std::string> values;
  for (const GenericName &generic : kernel.generics)
    if (auto found = said.find(generic.name); found != said.end())
      values.push_back(found->second.value);
    else if (generic.initial)
      values.push_back(generic.initial);
    else
      refuse(Code::InvalidArgument,
             "no argument tells " + std::string(generic.name) +
                 "; say .generics({{\"" + generic.name + "\", ...}})");
  return values;
}

namespace {
struct Found {
  const Instantiation *row = nullptr;
  std::string others; // all that there are, if there is no such row
};
} // namespace

static std::string listed(std::span<const std::string> values) {
  std::string text;
  for (const std::string &value : values)
    text += (text.empty() ? "<" : ", ") + value;
  return text + ">";
}

static Found instantiationWith(const GenericKernel &kernel,
                               const std::vector<std::string> &values) {
  Tables &tables = Tables::instance();
  std::lock_guard lock(tables.mutex);
  Found found;
  std::vector<std::string> others;
  for (std::span<const Instantiation> table : tables.all)
    for (const Instantiation &row : table) {
      if (std::string_view(row.kernel) != kernel.name)
        continue;
      if (std::equal(values.begin(), values.end(), row.generics)) {
        found.row = &row;
        return found;
      }
      others.push_back(listed(std::vector<std::string>(
          row.generics, row.generics + kernel.generics.size())));
    }
  std::sort(others.begin(), others.end());
  others.erase(std::unique(others.begin(), others.end()), others.end());
  for (const std::string &other : others)
    found.others += (found.others.empty() ? "" : ", ") + other;
  return found;
}

const Instantiation &findInstantiation(const ErasedLaunch &launch,
                                       const std::vector<Generic> &given) {
  const GenericKernel &kernel = launch.kernel;
  std::vector<std::string> values = Inference(launch, given).values();
  Found found = instantiationWith(kernel, values);
  if (found.row)
    return *found.row;
  std::string asked;
  for (std::size_t i = 0; i < values.size(); ++i)
    asked += (i ? ", " : "") + std::string(kernel.generics[i].name) + " = " +
             values[i];
  throw Error(Code::NotInstantiated, kernel.name,
              "the program has no instantiation with " + asked +
                  (found.others.empty() ? "; it has none"
                                        : "; it has " + found.others) +
                  "; add one with `template void " + kernel.name +
                  listed(values) + "(...);`");
}

} // namespace cutile::detail
