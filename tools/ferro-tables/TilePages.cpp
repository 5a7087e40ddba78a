#include "TilePages.h"

#include "Markdown.h"

#include "cutile/Atomics.h"
#include "cutile/Mma.h"

using namespace cutile;

// --- tile-ops

namespace {

enum class Family {
  Tile,
  Shapes,
  Operators,
  Float,
  Integer,
  Compare,
  Math,
  Convert,
  Reduce,
  Mma,
  View,
  Partition,
  MappedPartition,
  Pointer,
  Atomics,
  Global,
  Grid,
  Debug,
  Token,
  End
};

struct TileOp {
  std::string_view name;
  Family family;
  std::string_view spelling, elements, contract;
};

} // namespace

static constexpr TileOp tileOps[] = {
#define CUTILE_OP(Id, name, family, spelling, elements, contract)              \
  {name, Family::family, spelling, elements, contract},
#include "cutile/TileOps.def"
};

static std::string_view titleOf(Family family) {
  switch (family) {
  case Family::Tile:
    return "Tiles and numbers";
  case Family::Shapes:
    return "Making and reshaping tiles";
  case Family::Operators:
    return "Functions over elements";
  case Family::Float:
    return "Arithmetic of floats";
  case Family::Integer:
    return "Arithmetic of integers";
  case Family::Compare:
    return "Comparison and choice";
  case Family::Math:
    return "Functions of floats";
  case Family::Convert:
    return "Conversion";
  case Family::Reduce:
    return "Reductions and scans";
  case Family::Mma:
    return "Matrix products";
  case Family::View:
    return "Views";
  case Family::Partition:
    return "Partitions";
  case Family::MappedPartition:
    return "Mapped outputs";
  case Family::Pointer:
    return "Pointers, gather and scatter";
  case Family::Atomics:
    return "Atomics";
  case Family::Global:
    return "Globals";
  case Family::Grid:
    return "The grid";
  case Family::Debug:
    return "Checks, assumptions, printing";
  case Family::Token:
    return "Tokens";
  case Family::End:
    break;
  }
  __builtin_unreachable();
}

static std::string tableOf(Family family) {
  std::string page = "\n## " + std::string(titleOf(family)) +
                     "\n\n| written | elements | contract | operation |\n"
                     "|---|---|---|---|\n";
  for (const TileOp &op : tileOps)
    if (op.family == family)
      page += "| " + code(op.spelling) + " | " + escaped(op.elements) + " | " +
              escaped(op.contract) + " | " + code(op.name) + " |\n";
  return page;
}

std::string tileOpsPage() {
  std::string page =
      "# Operations of the tile language\n\n" + std::string(notice) +
      "*Written* is what programs say; the [language guide](../language/"
      "README.md) has the functions that are\nmade of these. *Operation* is "
      "the name in the tile dialect and of the function beneath, which takes "
      "operands\nof one type and shape. [Element types](tile-elements.md) "
      "says which modes each takes.\n";
  for (Family family{}; family != Family::End; family = Family(int(family) + 1))
    page += tableOf(family);
  return page;
}

// --- tile-elements

template <typename E> static std::string elementRow(std::string_view cppType) {
  std::string uses;
  auto add = [&](bool isTaken, std::string_view use) {
    if (isTaken)
      uses += (uses.empty() ? "" : ", ") + std::string(use);
  };
  add(ArithmeticElement<E>, "arithmetic");
  add(ValueElement<E>, "comparison");
  add(BitElement<E>, "bits");
  add(ConvertibleElement<E>, "conversion");
  add(FloatProduct<E, f16>, "mma in f16");
  add(FloatProduct<E, f32>, "mma in f32");
  add(FloatProduct<E, f64>, "mma in f64");
  add(ByteInteger<E>, "mma in i32");
  add(ScaledProduct<E, f8e8m0>, "scaled mma");
  add(AtomicFor<E, AtomicMode::Max>, "atomics");
  add(!AtomicFor<E, AtomicMode::Max> && AtomicFor<E, AtomicMode::Add>,
      AtomicFor<E, AtomicMode::Exchange> ? "atomic add and exchange"
                                         : "atomic add");
  return "| " + code(ElementTraits<E>::name) + " | " + code(cppType) + " | " +
         std::to_string(ElementTraits<E>::bits) + " | " + uses + " |\n";
}

// What each operation may be told, by type.
#define FERRO_LEGALITY(name, Concept)                                          \
  template <typename E, Rounding mode> struct name {                           \
    static constexpr bool isLegal = Concept<E, mode>;                          \
  };
FERRO_LEGALITY(Arithmetic, IeeeRounding)
FERRO_LEGALITY(Division, DivisionRounding)
FERRO_LEGALITY(Root, RootRounding)
FERRO_LEGALITY(Function, FunctionRounding)
FERRO_LEGALITY(Conversion, ConversionRounding)
#undef FERRO_LEGALITY

template <template <typename, Rounding> typename Legality, typename E>
static std::string legalRoundings() {
  std::string all;
  auto add = [&](bool isLegal, std::string_view name) {
    if (isLegal)
      all += (all.empty() ? "" : ", ") + std::string(name);
  };
  add(Legality<E, Rounding::NearestEven>::isLegal, "nearest_even");
  add(Legality<E, Rounding::TowardPositive>::isLegal, "toward_positive");
  add(Legality<E, Rounding::TowardNegative>::isLegal, "toward_negative");
  add(Legality<E, Rounding::TowardZero>::isLegal, "toward_zero");
  add(Legality<E, Rounding::Full>::isLegal, "full");
  add(Legality<E, Rounding::Approximate>::isLegal, "approximate");
  return all;
}

template <template <typename, Rounding> typename Legality>
static std::string roundingRows(std::string_view operations) {
  // Types with the same modes share a row.
  std::string page, types, modes;
  auto flush = [&] {
    if (!modes.empty())
      page += "| " + std::string(operations) + " | " + types + " | " + modes +
              " |\n";
  };
  auto add = [&](std::string_view type, const std::string &legal) {
    if (legal != modes) {
      flush();
      types.clear();
    }
    types += (types.empty() ? "" : ", ") + std::string(type);
    modes = legal;
  };
#define CUTILE_ELEMENT(Id, name, CppType, kind, bits)                          \
  if (std::string legal = legalRoundings<Legality, CppType>(); !legal.empty()) \
    add(name, legal);
#include "cutile/Elements.def"
  flush();
  return page;
}

std::string tileElementsPage() {
  std::string page =
      "# Element types of tiles\n\n" + std::string(notice) +
      "Every type is loaded, stored, reshaped and copied. Tensors have no "
      "elements of u16, u32, u64, tf32 and the types\nof 8 and 4 bits below "
      "u8: views of u16 to u64 are of tensors of i16 to i64, of tf32 of f32, "
      "of the others of u8.\n\n"
      "| element | C++ type | bits | takes part in |\n|---|---|---|---|\n";
#define CUTILE_ELEMENT(Id, name, CppType, kind, bits)                          \
  page += elementRow<CppType>(#CppType);
#include "cutile/Elements.def"
  page += "\n## Rounding\n\nThe modes of namespace `cutile::rounding` that an "
          "operation takes, the first its default; others\nare compile-time "
          "errors. `ftz` is for f32 alone.\n\n"
          "| operation | elements | modes |\n|---|---|---|\n";
  page += roundingRows<Arithmetic>("`add`, `sub`, `mul`, `fma`");
  page += roundingRows<Division>("`div`");
  page += roundingRows<Root>("`sqrt`");
  page += roundingRows<Function>("`exp`, `tanh`");
  page += roundingRows<Conversion>("`convert` to");
  return page;
}
