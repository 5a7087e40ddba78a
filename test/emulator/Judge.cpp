// emulator-judge: runs the corpus and the instruction forms on the emulator and
// says what differs, for work on the emulator.
//
//   emulator-judge corpus|fidelity CORPUS TRUTH-STEM [FILTER]
#include "Backend.h"
#include "EmulatorBackend.h"
#include "TruthArchive.h"
#include "corpus/Case.h"
#include "fidelity/Forms.h"

#include <chrono>
#include <cstdio>
#include <cstring>
#include <exception>
#include <regex>

using namespace ferro::gpucheck;

static std::vector<std::byte> runForm(GpuBackend &gpu, const Form &form) {
  gpu.load(form.ptx);
  std::vector<std::uint64_t> addresses;
  auto upload = [&](const std::vector<std::byte> &bytes) {
    addresses.push_back(gpu.allocate(bytes.size()));
    gpu.write(addresses.back(), bytes.data(), bytes.size());
  };
  upload(form.initialResult());
  for (std::size_t i = 0; i < form.inputs.size(); ++i)
    upload(form.makeInput(i));
  Parameters parameters;
  for (const std::uint64_t &address : addresses)
    parameters.add(&address, sizeof address, alignof(std::uint64_t));
  gpu.launch({formKernel, {form.blocks}, {form.threads}, {}, 0}, parameters);
  std::vector<std::byte> bits(form.resultBytes());
  gpu.read(bits.data(), addresses[0], bits.size());
  for (std::uint64_t address : addresses)
    gpu.release(address);
  return bits;
}

int main(int argc, char **argv) {
  if (argc < 4)
    return 2;
  std::regex filter(argc > 4 ? argv[4] : "");
  unsigned passed = 0, failed = 0;
  auto gpu = makeEmulatorBackend();
  if (argv[1] == std::string("corpus")) {
    for (const Case &row : makeCases()) {
      if (!std::regex_search(row.name(), filter))
        continue;
      std::string message;
      auto begin = std::chrono::steady_clock::now();
      try {
        message = runCase(*gpu, row, argv[2]).mismatch;
      } catch (const std::exception &error) {
        message = error.what();
      }
      double seconds = std::chrono::duration<double>(
                           std::chrono::steady_clock::now() - begin)
                           .count();
      ++(message.empty() ? passed : failed);
      if (!message.empty() || seconds > 2)
        std::printf("%s (%.1f s): %s\n", row.name().c_str(), seconds,
                    message.substr(0, 700).c_str());
      std::fflush(stdout);
    }
  } else {
    TruthArchive truth = TruthArchive::read(argv[3]);
    for (const Form &form : makeForms()) {
      if (!std::regex_search(form.name, filter))
        continue;
      auto found = truth.cases.find(form.name);
      if (found == truth.cases.end())
        continue;
      try {
        auto bits = form.sample(runForm(*gpu, form));
        const auto &wanted = found->second.bits;
        std::size_t bytes = form.outputBytes, different = 0;
        std::string first;
        for (std::size_t at = 0;
             at + bytes <= std::min(bits.size(), wanted.size()); at += bytes)
          if (std::memcmp(&bits[at], &wanted[at], bytes)) {
            if (different++ < 4) {
              unsigned long long x = 0, y = 0;
              std::memcpy(&x, &bits[at], bytes);
              std::memcpy(&y, &wanted[at], bytes);
              char text[256];
              int length = std::snprintf(
                  text, sizeof text, " [%zu] %llx not %llx", at / bytes, x, y);
              first.append(text, std::size_t(length));
              for (std::size_t n = 0;
                   form.outputRegisters == 1 && n < form.inputs.size(); ++n) {
                auto input = form.makeInput(n);
                unsigned size = form.inputs[n].threadBytes();
                unsigned long long value = 0;
                if (size <= 8)
                  std::memcpy(&value, &input[at / bytes * size], size);
                length = std::snprintf(text, sizeof text, " %c=%llx",
                                       char('a' + n), value);
                first.append(text, std::size_t(length));
              }
            }
          }
        if (bits.size() != wanted.size())
          std::printf("%s: sizes %zu %zu\n", form.name.c_str(), bits.size(),
                      wanted.size());
        if (different)
          std::printf("%s: %zu of %zu differ:%s\n", form.name.c_str(),
                      different, wanted.size() / bytes, first.c_str());
        ++(different ? failed : passed);
      } catch (const std::exception &error) {
        ++failed;
        std::printf("%s: %s\n", form.name.c_str(),
                    std::string(error.what()).substr(0, 300).c_str());
      }
    }
  }
  std::printf("%u passed, %u failed\n", passed, failed);
}
