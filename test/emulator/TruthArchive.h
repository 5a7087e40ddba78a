// What hardware gave, as the repository keeps it: a table of text beside one
// compressed file of bits.
//
//   # device and driver
//   case <tab> fingerprint of its PTX <tab> offset <tab> bytes
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace ferro::gpucheck {

struct Truth {
  /// Of the PTX that ran (Random.h).
  std::uint64_t ptx = 0;
  /// The result's first bytes; all of them if they are few.
  std::vector<std::byte> bits;
};

struct TruthArchive {
  std::string device;
  std::map<std::string, Truth> cases;

  /// \throws std::runtime_error naming the file that cannot be read.
  static TruthArchive read(const std::string &stem);
  void write(const std::string &stem) const;
};

} // namespace ferro::gpucheck
