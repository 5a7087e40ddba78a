#include "TruthArchive.h"

#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <zstd.h>

namespace ferro::gpucheck {
namespace {

std::string readFile(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  if (!file)
    throw std::runtime_error("cannot read " + path);
  return {std::istreambuf_iterator<char>(file), {}};
}

void writeFile(const std::string &path, const std::string &text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  if (!file.flush())
    throw std::runtime_error("cannot write " + path);
}

std::size_t checked(std::size_t result) {
  if (ZSTD_isError(result))
    throw std::runtime_error(std::string("zstd: ") + ZSTD_getErrorName(result));
  return result;
}

std::string compressed(const std::string &text) {
  std::string result(ZSTD_compressBound(text.size()), '\0');
  ZSTD_CCtx *context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, 22);
  // Forms that differ in rounding alone resemble each other at a distance.
  ZSTD_CCtx_setParameter(context, ZSTD_c_enableLongDistanceMatching, 1);
  std::size_t bytes = ZSTD_compress2(context, result.data(), result.size(),
                                     text.data(), text.size());
  ZSTD_freeCCtx(context);
  result.resize(checked(bytes));
  return result;
}

std::string decompressed(const std::string &text) {
  unsigned long long bytes = ZSTD_getFrameContentSize(text.data(), text.size());
  if (bytes == ZSTD_CONTENTSIZE_ERROR || bytes == ZSTD_CONTENTSIZE_UNKNOWN)
    throw std::runtime_error("zstd: not an archive of known size");
  std::string result(bytes, '\0');
  checked(
      ZSTD_decompress(result.data(), result.size(), text.data(), text.size()));
  return result;
}

} // namespace

TruthArchive TruthArchive::read(const std::string &stem) {
  TruthArchive archive;
  std::string bits = decompressed(readFile(stem + ".bin.zst"));
  std::istringstream index(readFile(stem + ".tsv"));
  for (std::string line; std::getline(index, line);) {
    if (line.starts_with("# ")) {
      archive.device = line.substr(2);
      continue;
    }
    std::istringstream fields(line);
    std::string name;
    std::size_t offset = 0, bytes = 0;
    Truth truth;
    std::getline(fields, name, '\t');
    if (!(fields >> std::hex >> truth.ptx >> std::dec >> offset >> bytes) ||
        offset + bytes > bits.size())
      throw std::runtime_error(stem + ".tsv: not a row of the index: " + line);
    for (char c : bits.substr(offset, bytes))
      truth.bits.push_back(std::byte(c));
    archive.cases.emplace(name, std::move(truth));
  }
  return archive;
}

void TruthArchive::write(const std::string &stem) const {
  std::ostringstream index;
  std::string bits;
  index << "# " << device << '\n';
  for (const auto &[name, truth] : cases) {
    index << name << '\t' << std::hex << truth.ptx << std::dec << '\t'
          << bits.size() << '\t' << truth.bits.size() << '\n';
    for (std::byte b : truth.bits)
      bits += char(b);
  }
  writeFile(stem + ".tsv", index.str());
  writeFile(stem + ".bin.zst", compressed(bits));
}

} // namespace ferro::gpucheck
