#include "TensorMaps.h"
#include "../Random.h"

#include <algorithm>
#include <sstream>

namespace ferro::gpucheck {
namespace {

using Type = TensorMap::Type;
using Swizzle = TensorMap::Swizzle;
using Interleave = TensorMap::Interleave;
using Promotion = TensorMap::Promotion;
using Fill = TensorMap::Fill;

constexpr std::uint64_t base = 0x7f1234567000;
constexpr int types = 16, swizzles = 7, interleaves = 3, promotions = 4;
/// Those after it came with sm_100.
constexpr Type lastType = Type::TF32Ftz;
constexpr Swizzle lastSwizzle = Swizzle::B128;

/// Of a type up to lastType.
unsigned bytesOf(Type type) {
  static constexpr unsigned bytes[] = {1, 2, 4, 4, 8, 8, 2, 4, 8, 2, 4, 4, 4};
  return bytes[int(type)];
}

bool isFloat(Type type) { return type >= Type::F16 && type <= lastType; }

/// Dense but for strides rounded up to 32 bytes.
void setStrides(TensorMap &map, unsigned bytes) {
  map.strides.clear();
  std::uint64_t stride = map.sizes[0] * bytes;
  for (std::size_t i = 1; i < map.sizes.size(); ++i) {
    stride = (stride + 31) / 32 * 32;
    map.strides.push_back(stride);
    stride *= map.sizes[i];
  }
}

TensorMap plain(std::size_t rank, Type type = Type::F32) {
  static constexpr std::uint64_t sizes[] = {1000, 300, 50, 20, 10};
  static constexpr std::uint32_t box[] = {16, 12, 5, 3, 2};
  TensorMap map;
  map.type = type;
  map.sizes.assign(sizes, sizes + rank);
  map.box.assign(box, box + rank);
  map.elementStrides.assign(rank, 1);
  setStrides(map, type <= lastType ? bytesOf(type) : 1);
  return map;
}

class Rows {
  std::vector<MapRow> rows;

public:
  void add(std::string name, TensorMap map, bool legal = true,
           std::uint64_t address = base) {
    rows.push_back({"map/" + std::move(name), std::move(map), address, legal});
  }
  std::vector<MapRow> take() { return std::move(rows); }
};

std::string numbered(const char *name, std::uint64_t number) {
  return name + std::to_string(number);
}

void addChoices(Rows &rows) {
  for (int type = 0; type < types; ++type) {
    TensorMap map = plain(2, Type(type));
    bool packed = Type(type) > lastType;
    if (packed) {
      map.sizes = {1024, 300};
      map.box[0] = 128;
    }
    rows.add(numbered("type.", type), map, !packed);
    map.fill = Fill::NaN;
    rows.add(numbered("fill.type.", type), map, isFloat(map.type));
  }
  for (std::size_t rank = 1; rank <= 5; ++rank)
    rows.add(numbered("rank.", rank), plain(rank));
  for (int promotion = 0; promotion < promotions; ++promotion) {
    TensorMap map = plain(3);
    map.promotion = Promotion(promotion);
    rows.add(numbered("promotion.", promotion), map);
  }
  for (int interleave = 0; interleave < interleaves; ++interleave)
    for (int swizzle = 0; swizzle < swizzles; ++swizzle)
      for (Type type : {Type::U8, Type::F16, Type::F32}) {
        TensorMap map = plain(4, type);
        map.interleave = Interleave(interleave);
        map.swizzle = Swizzle(swizzle);
        map.box[0] = (interleave == 2 ? 32 : 16) / bytesOf(type);
        bool legal =
            map.swizzle <= lastSwizzle &&
            (map.interleave != Interleave::B32 || map.swizzle == Swizzle::B32);
        rows.add("interleave." + std::to_string(interleave) + ".swizzle." +
                     std::to_string(swizzle) + ".type." +
                     std::to_string(int(type)),
                 map, legal);
      }
  for (std::size_t rank = 1; rank <= 5; ++rank) {
    TensorMap map = plain(rank);
    map.interleave = Interleave::B16;
    map.box[0] = 4;
    rows.add(numbered("interleave.1.rank.", rank), map, rank >= 3);
  }
}

void addAddresses(Rows &rows) {
  for (unsigned bit = 0; bit < 64; ++bit)
    rows.add(numbered("address.bit.", bit), plain(1), bit >= 4 && bit < 47,
             1ull << bit);
  rows.add("address.zero", plain(1), false, 0);
  rows.add("address.largest", plain(1), true, 0x7ffffffffff0);
}

constexpr std::uint64_t sizesToTry[] = {
    1,     2,          3,          255,        256,        257,        65535,
    65536, 0x12345678, 0x7fffffff, 0x80000000, 0xffffffff, 0x100000000};

void addExtents(Rows &rows) {
  for (std::size_t place = 0; place < 5; ++place) {
    for (std::uint64_t size : sizesToTry) {
      TensorMap map = plain(5);
      map.sizes[place] = size;
      // The strides stay, and the rules say two things of ones that overlap.
      bool legal = place == 4 || size <= plain(5).sizes[place];
      rows.add("size." + std::to_string(place) + "." + std::to_string(size),
               map, legal);
    }
    for (std::uint64_t size : {0ull, 0x100000001ull}) {
      TensorMap map = plain(5);
      map.sizes[place] = size;
      rows.add("size." + std::to_string(place) + "." + std::to_string(size),
               map, false);
    }
    for (std::uint32_t box : {0, 1, 4, 7, 8, 128, 255, 256, 257}) {
      TensorMap map = plain(5, Type::U8);
      map.box[place] = box;
      bool legal = box > 0 && box <= 256 && (place || box % 16 == 0);
      rows.add("box." + std::to_string(place) + "." + std::to_string(box), map,
               legal);
    }
    for (std::uint32_t stride = 0; stride <= 9; ++stride) {
      TensorMap map = plain(5);
      map.elementStrides[place] = stride;
      bool legal = stride >= 1 && stride <= 8;
      rows.add("elementStride." + std::to_string(place) + "." +
                   std::to_string(stride),
               map, legal);
    }
  }
}

void addStrides(Rows &rows) {
  for (std::size_t place = 0; place < 4; ++place)
    for (std::uint64_t stride :
         {0x0ull, 0x8ull, 0x10ull, 0x20ull, 0x8010ull, 0x100000000ull,
          0x123456789a0ull, 0x8000000000ull, 0xfffffffff0ull,
          0x10000000000ull}) {
      TensorMap map = plain(5);
      map.strides[place] = stride;
      // A stride below a row's bytes is not ruled out in words.
      bool legal = stride >= 0x8010 && stride < 1ull << 40 && stride % 16 == 0;
      std::ostringstream name;
      name << "stride." << place << ".0x" << std::hex << stride;
      rows.add(name.str(), map, legal);
    }
}

/// Draws numbers of one sequence.
class Draw {
  std::uint64_t seed, index = 0;

public:
  explicit Draw(std::uint64_t seed) : seed(seed) {}
  std::uint64_t bits() { return random(seed, index++); }
  std::uint64_t below(std::uint64_t count) { return bits() % count; }
  /// Each number of bits is as likely as the others.
  std::uint64_t upTo(unsigned widest) {
    unsigned width = 1 + unsigned(below(widest));
    return (bits() & ((1ull << width) - 1)) + 1;
  }
};

MapRow randomRow(std::uint64_t number) {
  Draw draw(fingerprint("tensor maps") + number);
  MapRow row;
  TensorMap &map = row.map;
  std::size_t rank = 1 + draw.below(5);
  map.type = Type(draw.below(int(lastType) + 1));
  map.promotion = Promotion(draw.below(promotions));
  map.swizzle = Swizzle(draw.below(int(lastSwizzle) + 1));
  if (rank >= 3)
    map.interleave = Interleave(draw.below(interleaves));
  if (map.interleave == Interleave::B32)
    map.swizzle = Swizzle::B32;
  if (isFloat(map.type))
    map.fill = Fill(draw.below(2));
  unsigned unit = map.interleave == Interleave::B32 ? 32 : 16;
  for (std::size_t i = 0; i < rank; ++i) {
    map.sizes.push_back(draw.upTo(32));
    map.box.push_back(std::uint32_t(1 + draw.below(256)));
    map.elementStrides.push_back(std::uint32_t(1 + draw.below(8)));
  }
  // Rows of a box are whole units, no longer than a swizzle repeats.
  unsigned perUnit = unit / bytesOf(map.type);
  unsigned most =
      map.swizzle == Swizzle::None || map.interleave != Interleave::None
          ? 256 / perUnit
          : (16u << int(map.swizzle)) / 16;
  map.box[0] = perUnit * unsigned(1 + draw.below(most));
  for (std::size_t i = 1; i < rank; ++i)
    map.strides.push_back(std::min<std::uint64_t>(
        draw.upTo(40) / unit * unit + unit, (1ull << 40) - unit));
  std::sort(map.strides.begin(), map.strides.end());
  row.address = (draw.bits() & 0x7fffffffffff) / unit * unit;
  row.name = numbered("map/random.", number);
  // Whether strides may be below what they step over, and what a box of several
  // interleaved units is, the rules leave open.
  row.legal = false;
  return row;
}

template <typename Number>
void list(std::ostringstream &text, const std::vector<Number> &numbers) {
  text << '\t';
  for (std::size_t i = 0; i < numbers.size(); ++i)
    text << (i ? "," : "") << numbers[i];
  if (numbers.empty())
    text << '-';
}

} // namespace

std::vector<MapRow> makeMapRows() {
  constexpr std::uint64_t randomRows = 160;
  Rows rows;
  addChoices(rows);
  addAddresses(rows);
  addExtents(rows);
  addStrides(rows);
  std::vector<MapRow> all = rows.take();
  for (std::uint64_t i = 0; i < randomRows; ++i)
    all.push_back(randomRow(i));
  return all;
}

const char *const mapColumns =
    "name\taddress\ttype\tsizes\tstrides\tbox\telementStrides\tinterleave\t"
    "swizzle\tpromotion\tfill";

std::string describe(const MapRow &row) {
  std::ostringstream text;
  text << row.name << "\t0x" << std::hex << row.address << std::dec << '\t'
       << int(row.map.type);
  list(text, row.map.sizes);
  list(text, row.map.strides);
  list(text, row.map.box);
  list(text, row.map.elementStrides);
  text << '\t' << int(row.map.interleave) << '\t' << int(row.map.swizzle)
       << '\t' << int(row.map.promotion) << '\t' << int(row.map.fill);
  return text.str();
}

} // namespace ferro::gpucheck
