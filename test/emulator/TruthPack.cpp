// truth-pack: makes of what gpu-check left the archives that the repository
// keeps.
//
//   truth-pack OUTPUT-FOLDER-OF-GPU-CHECK corpus|fidelity STEM
#include "Random.h"
#include "TruthArchive.h"
#include "fidelity/Forms.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <sstream>
#include <stdexcept>

using namespace ferro::gpucheck;

namespace {

std::vector<std::byte> readPart(const std::string &path, std::size_t offset,
                                std::size_t bytes) {
  std::vector<char> part(bytes);
  std::ifstream file(path, std::ios::binary);
  file.seekg(std::streamoff(offset));
  if (!file.read(part.data(), std::streamsize(bytes)))
    throw std::runtime_error("cannot read " + path);
  std::vector<std::byte> result(bytes);
  std::ranges::transform(part, result.begin(),
                         [](char c) { return std::byte(c); });
  return result;
}

/// What the repository keeps of the result of a case.
using Sample = std::function<std::vector<std::byte>(const std::string &name,
                                                    const Truth &whole)>;

std::vector<std::byte> sampleCorpus(const std::string &, const Truth &whole) {
  constexpr std::size_t limit = 4096;
  auto end =
      whole.bits.begin() + std::ptrdiff_t(std::min(whole.bits.size(), limit));
  return {whole.bits.begin(), end};
}

Sample sampleForms() {
  std::map<std::string, Form> forms;
  for (Form &form : makeForms())
    forms.emplace(form.name, std::move(form));
  return [forms](const std::string &name, const Truth &whole) {
    auto form = forms.find(name);
    if (form == forms.end() || fingerprint(form->second.ptx) != whole.ptx)
      throw std::runtime_error(name + " is no form, or not the one that ran");
    return form->second.sample(whole.bits);
  };
}

/// Takes the cases that passed.
TruthArchive pack(const std::string &folder, const std::string &kind,
                  const Sample &sample) {
  std::ifstream index(folder + "/" + kind + ".tsv");
  if (!index)
    throw std::runtime_error("cannot read " + folder + "/" + kind + ".tsv");
  TruthArchive archive;
  for (std::string line; std::getline(index, line);) {
    if (line.starts_with("# ")) {
      if (archive.device.empty())
        archive.device = line.substr(2);
      continue;
    }
    std::istringstream fields(line);
    std::string name, state, number;
    std::size_t offset = 0, bytes = 0;
    Truth truth;
    std::getline(fields, name, '\t');
    if (!(fields >> std::hex >> truth.ptx >> std::dec >> state >> number >>
          offset >> bytes))
      throw std::runtime_error("not a row of the index: " + line);
    if (state != "passed")
      continue;
    truth.bits =
        readPart(folder + "/" + kind + "-" + number + ".bin", offset, bytes);
    truth.bits = sample(name, truth);
    if (!truth.bits.empty())
      archive.cases.emplace(name, std::move(truth));
  }
  return archive;
}

} // namespace

int main(int argc, char **argv) {
  if (argc != 4) {
    std::cerr << "usage: truth-pack FOLDER corpus|fidelity STEM\n";
    return 2;
  }
  try {
    TruthArchive archive =
        pack(argv[1], argv[2],
             argv[2] == std::string("corpus") ? Sample(sampleCorpus)
                                              : sampleForms());
    archive.write(argv[3]);
    std::printf("%zu cases of %s\n", archive.cases.size(),
                archive.device.c_str());
    return archive.cases.empty();
  } catch (const std::exception &error) {
    std::cerr << "truth-pack: " << error.what() << '\n';
    return 1;
  }
}
