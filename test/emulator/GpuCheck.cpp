// gpu-check: runs the corpus and the instruction forms on the CUDA device of
// this machine, with nothing but its driver, and keeps the bits that come out.
//
//   gpu-check corpus|fidelity|all OUTPUT-FOLDER CORPUS-FOLDER
//   gpu-check ptx FOLDER    writes the forms, to be assembled or read
//
// Cases run in child processes: a trap or a hang costs one case, not the rest.
#include "Backend.h"
#include "Random.h"
#include "corpus/Case.h"
#include "fidelity/Forms.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <memory>
#include <poll.h>
#include <set>
#include <stdexcept>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

using namespace ferro::gpucheck;
namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

namespace {

constexpr unsigned workers = 8;
constexpr unsigned secondsPerCase = 25;
constexpr auto timeLimit = std::chrono::seconds(220);
constexpr std::size_t archiveBytes = 15 << 20;

struct Outcome {
  bool finished = false, passed = false;
  std::string message;
  std::vector<std::byte> bits;
};

using RunCase = std::function<Outcome(GpuBackend &, std::size_t)>;

Outcome runForm(GpuBackend &gpu, const Form &form) {
  Outcome outcome;
  outcome.finished = true;
  std::vector<std::uint64_t> addresses;
  auto upload = [&](const std::vector<std::byte> &bytes) {
    addresses.push_back(gpu.allocate(bytes.size()));
    gpu.write(addresses.back(), bytes.data(), bytes.size());
  };
  gpu.load(form.ptx);
  upload(form.initialResult());
  for (std::size_t i = 0; i < form.inputs.size(); ++i)
    upload(form.makeInput(i));
  gpu.launch({formKernel, {form.blocks}, {form.threads}, {}, 0},
             std::as_bytes(std::span(addresses)));
  outcome.bits.resize(form.resultBytes());
  gpu.read(outcome.bits.data(), addresses[0], outcome.bits.size());
  for (std::uint64_t address : addresses)
    gpu.release(address);
  outcome.passed = true;
  return outcome;
}

Outcome runCorpusCase(GpuBackend &gpu, const Case &row,
                      const fs::path &folder) {
  Outcome outcome;
  outcome.finished = true;
  CaseResult result = runCase(gpu, row, folder.string());
  outcome.passed = result.mismatch.empty();
  outcome.message = result.mismatch;
  outcome.bits = std::move(result.bits);
  return outcome;
}

void send(int pipe, const void *data, std::size_t bytes) {
  for (auto *at = static_cast<const char *>(data); bytes;) {
    ssize_t written = write(pipe, at, bytes);
    if (written <= 0)
      _exit(3);
    at += written;
    bytes -= std::size_t(written);
  }
}

/// Runs cases first, first + workers, ... and sends each outcome. Ends after
/// the first failure of the device, whose context may be lost.
[[noreturn]] void work(const RunCase &run, std::size_t first, std::size_t count,
                       int pipe) {
  std::unique_ptr<GpuBackend> gpu;
  bool healthy = true;
  for (std::size_t i = first; healthy && i < count; i += workers) {
    alarm(secondsPerCase);
    Outcome outcome;
    try {
      if (!gpu)
        gpu = makeCudaBackend();
      outcome = run(*gpu, i);
    } catch (const std::exception &error) {
      outcome.message = error.what();
      healthy = false;
    }
    std::uint64_t header[] = {i, outcome.passed, outcome.message.size(),
                              outcome.bits.size()};
    send(pipe, header, sizeof header);
    send(pipe, outcome.message.data(), outcome.message.size());
    send(pipe, outcome.bits.data(), outcome.bits.size());
  }
  _exit(0);
}

/// A child process and what it has sent so far.
struct Worker {
  std::size_t next;
  pid_t process = -1;
  int pipe = -1;
  std::string received = {};

  void start(const RunCase &run, std::size_t count) {
    int ends[2];
    if (::pipe(ends))
      throw std::runtime_error("no pipe");
    std::fflush(stdout);
    process = fork();
    if (process < 0)
      throw std::runtime_error("no process");
    if (!process) {
      close(ends[0]);
      work(run, next, count, ends[1]);
    }
    close(ends[1]);
    pipe = ends[0];
    received.clear();
  }

  /// Moves whole outcomes out of what was received.
  void collect(std::vector<Outcome> &outcomes) {
    for (;;) {
      std::uint64_t header[4];
      if (received.size() < sizeof header)
        return;
      std::memcpy(header, received.data(), sizeof header);
      std::size_t total = sizeof header + header[2] + header[3];
      if (received.size() < total)
        return;
      Outcome &outcome = outcomes[header[0]];
      outcome.finished = true;
      outcome.passed = header[1];
      outcome.message = received.substr(sizeof header, header[2]);
      outcome.bits.resize(header[3]);
      auto bits = received.begin() + std::ptrdiff_t(sizeof header + header[2]);
      std::transform(bits, bits + std::ptrdiff_t(header[3]),
                     outcome.bits.begin(), [](char c) { return std::byte(c); });
      received.erase(0, total);
      next = header[0] + workers;
    }
  }
};

std::string endOf(int status) {
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
    return "did not end within " + std::to_string(secondsPerCase) + " seconds";
  if (WIFSIGNALED(status))
    return std::string("ended its process: ") + strsignal(WTERMSIG(status));
  return "ended its process with status " + std::to_string(WEXITSTATUS(status));
}

/// Runs every case in child processes until \p deadline.
std::vector<Outcome> runAll(const RunCase &run, std::size_t count,
                            Clock::time_point deadline) {
  std::vector<Outcome> outcomes(count);
  std::vector<Worker> pool;
  for (unsigned i = 0; i < workers && i < count; ++i) {
    pool.push_back({.next = i});
    pool.back().start(run, count);
  }
  std::vector<char> buffer(1 << 20);
  for (;;) {
    std::vector<pollfd> waiting;
    std::vector<Worker *> who;
    for (Worker &worker : pool)
      if (worker.pipe >= 0) {
        waiting.push_back({worker.pipe, POLLIN, 0});
        who.push_back(&worker);
      }
    if (waiting.empty())
      return outcomes;
    poll(waiting.data(), waiting.size(), 200);
    bool late = Clock::now() > deadline;
    for (std::size_t i = 0; i < waiting.size(); ++i) {
      Worker &worker = *who[i];
      if (late)
        kill(worker.process, SIGKILL);
      if (!(waiting[i].revents & (POLLIN | POLLHUP)) && !late)
        continue;
      ssize_t bytes = read(worker.pipe, buffer.data(), buffer.size());
      if (bytes > 0) {
        worker.received.append(buffer.data(), std::size_t(bytes));
        worker.collect(outcomes);
        continue;
      }
      close(worker.pipe);
      worker.pipe = -1;
      int status = 0;
      waitpid(worker.process, &status, 0);
      if (status) { // killed in the middle of a case
        if (worker.next < count && !late) {
          outcomes[worker.next].finished = true;
          outcomes[worker.next].message = endOf(status);
        }
        worker.next += workers;
      }
      if (worker.next < count && !late)
        worker.start(run, count);
    }
  }
}

/// Writes outcomes as lines `name, fingerprint of the PTX, state, archive,
/// offset, bytes, fingerprint of the bits, message`, and the bits to archives.
class Archive {
  fs::path folder;
  std::string kind;
  std::ofstream index, bits;
  std::size_t offset = archiveBytes;
  int number = -1;

public:
  Archive(fs::path to, std::string what, const std::string &device)
      : folder(std::move(to)), kind(std::move(what)),
        index(folder / (kind + ".tsv")) {
    index << "# " << device
          << "\n# case\tptx\tstate\tarchive\toffset\tbytes\tbits\tmessage\n";
  }

  void add(const std::string &name, std::string_view ptx,
           const Outcome &outcome) {
    if (offset + outcome.bits.size() > archiveBytes) {
      bits = std::ofstream(folder /
                               (kind + "-" + std::to_string(++number) + ".bin"),
                           std::ios::binary);
      offset = 0;
    }
    std::string message = outcome.message;
    std::replace(message.begin(), message.end(), '\n', ' ');
    std::replace(message.begin(), message.end(), '\t', ' ');
    std::string_view data(reinterpret_cast<const char *>(outcome.bits.data()),
                          outcome.bits.size());
    char fingerprints[2][17];
    std::snprintf(fingerprints[0], 17, "%016llx",
                  static_cast<unsigned long long>(fingerprint(ptx)));
    std::snprintf(fingerprints[1], 17, "%016llx",
                  static_cast<unsigned long long>(fingerprint(data)));
    index << name << '\t' << fingerprints[0] << '\t'
          << (outcome.passed ? "passed" : "failed") << '\t' << number << '\t'
          << offset << '\t' << data.size() << '\t' << fingerprints[1] << '\t'
          << message << '\n';
    bits.write(data.data(), std::streamsize(data.size()));
    offset += data.size();
  }
};

struct Count {
  unsigned passed = 0, failed = 0;
};

template <typename Name, typename Ptx>
Count report(const std::vector<Outcome> &outcomes, const fs::path &folder,
             const std::string &kind, const std::string &device, Name name,
             Ptx ptx) {
  Archive archive(folder, kind, device);
  Count count;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    Outcome outcome = outcomes[i];
    if (!outcome.finished && outcome.message.empty())
      outcome.message = "no time left";
    std::printf("%s %s %s%s%s\n", outcome.passed ? "pass" : "FAIL",
                kind.c_str(), name(i).c_str(),
                outcome.message.empty() ? "" : ": ", outcome.message.c_str());
    ++(outcome.passed ? count.passed : count.failed);
    archive.add(name(i), ptx(i), outcome);
  }
  return count;
}

/// The device's name and the driver's version, asked by a child: a process that
/// has touched the driver cannot fork others that use it.
std::string describeDevice() {
  int ends[2];
  if (pipe(ends))
    throw std::runtime_error("no pipe");
  pid_t child = fork();
  if (!child) {
    std::string text;
    try {
      text = makeCudaBackend()->description();
    } catch (const std::exception &error) {
      text = std::string("!") + error.what();
    }
    std::ifstream version("/proc/driver/nvidia/version");
    if (std::string line; std::getline(version, line))
      text += ", " + line;
    send(ends[1], text.data(), text.size());
    _exit(0);
  }
  close(ends[1]);
  std::string text;
  char buffer[512];
  for (ssize_t bytes; (bytes = read(ends[0], buffer, sizeof buffer)) > 0;)
    text.append(buffer, std::size_t(bytes));
  close(ends[0]);
  waitpid(child, nullptr, 0);
  if (text.empty() || text[0] == '!')
    throw std::runtime_error(text.empty() ? "the driver ended the process"
                                          : text.substr(1));
  return text;
}

int check(const std::string &what, const fs::path &output,
          const fs::path &corpus) {
  auto deadline = Clock::now() + timeLimit;
  fs::create_directories(output);
  std::string device = describeDevice();
  std::printf("device: %s\n", device.c_str());
  Count total;
  auto add = [&](Count count) {
    total.passed += count.passed;
    total.failed += count.failed;
  };
  if (what != "fidelity") {
    const std::vector<Case> cases = makeCases();
    auto outcomes = runAll(
        [&](GpuBackend &gpu, std::size_t i) {
          return runCorpusCase(gpu, cases[i], corpus);
        },
        cases.size(), deadline);
    add(report(
        outcomes, output, "corpus", device,
        [&](std::size_t i) { return cases[i].name(); },
        [&](std::size_t i) { return readPtx(corpus.string(), cases[i]); }));
  }
  if (what != "corpus") {
    const std::vector<Form> forms = makeForms();
    auto outcomes = runAll(
        [&](GpuBackend &gpu, std::size_t i) { return runForm(gpu, forms[i]); },
        forms.size(), deadline);
    add(report(
        outcomes, output, "fidelity", device,
        [&](std::size_t i) { return forms[i].name; },
        [&](std::size_t i) { return forms[i].ptx; }));
  }
  std::printf("%u passed, %u failed\n", total.passed, total.failed);
  return total.failed != 0;
}

int writeForms(const fs::path &folder) {
  fs::create_directories(folder);
  std::size_t number = 0;
  for (const Form &form : makeForms()) {
    std::ofstream file(folder / (std::to_string(number++) + ".ptx"));
    file << "// " << form.name << '\n' << form.ptx;
    if (!file.flush())
      throw std::runtime_error("cannot write to " + folder.string());
  }
  std::printf("%zu forms\n", number);
  return 0;
}

} // namespace

int main(int argc, char **argv) {
  if (argc == 2 && argv[1] == std::string("--version")) // says that it starts
    return std::puts("gpu-check 1") == EOF;
  const std::set<std::string> parts = {"corpus", "fidelity", "all"};
  bool writes = argc == 3 && argv[1] == std::string("ptx");
  if (!writes && (argc != 4 || !parts.count(argv[1]))) {
    std::cerr
        << "usage: gpu-check corpus|fidelity|all OUTPUT-FOLDER CORPUS-FOLDER\n"
           "       gpu-check ptx FOLDER\n";
    return 2;
  }
  try {
    if (writes)
      return writeForms(argv[2]);
    return check(argv[1], argv[2], argv[3]);
  } catch (const std::exception &error) {
    std::cerr << "gpu-check: " << error.what() << "\n0 passed, 1 failed\n";
    return 1;
  }
}
