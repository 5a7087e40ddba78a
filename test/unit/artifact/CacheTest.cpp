#include "artifact/Cache.h"

#include "Sample.h"

#include "support/Files.h"
#include "support/Hash.h"

#include <gtest/gtest.h>

#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <map>
#include <stdexcept>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace ferro;
using namespace ferro::artifact;
namespace fs = std::filesystem;

namespace {
struct DiskCache : testing::Test {
  sample::TemporaryFolder folder;
  std::string root = folder.path + "/cache";
  std::string entries = root + "/v" + std::to_string(formatVersion);

  void SetUp() override {
    setCacheDirectory(root);
    for (auto *counter :
         {&cacheCounters().rejected, &cacheCounters().writes,
          &cacheCounters().writeFailures, &cacheCounters().evictions})
      counter->store(0);
  }
  void TearDown() override { disableCache(); }

  std::string entry(const std::string &key) const {
    return entries + "/" + support::toHex(support::digest(key)) + ".ferro";
  }
  std::size_t numFiles() const {
    return static_cast<std::size_t>(std::distance(
        fs::directory_iterator(entries), fs::directory_iterator()));
  }
};
} // namespace

static void store(const std::string &key) {
  storeCached(sample::artifact(key));
}

static void overwrite(const std::string &path,
                      std::span<const std::byte> bytes) {
  int fd = ::open(path.c_str(), O_WRONLY | O_TRUNC);
  ASSERT_GE(fd, 0);
  EXPECT_FALSE(support::writeAll(fd, bytes));
  ::close(fd);
}

static void expectRejected(const std::string &key) {
  std::uint64_t before = cacheCounters().rejected;
  EXPECT_FALSE(findCached(key));
  EXPECT_EQ(cacheCounters().rejected, before + 1);
}

// [G43]
TEST_F(DiskCache, findsWhatWasStored) {
  EXPECT_FALSE(findCached("key"));
  store("key");
  auto found = findCached("key");
  ASSERT_TRUE(found);
  EXPECT_EQ(toBytes(*found), toBytes(sample::artifact("key")));
  EXPECT_FALSE(findCached("another key"));
  EXPECT_EQ(cacheCounters().rejected, 0u);
}

// [G41]
TEST_F(DiskCache, isPrivate) {
  store("key");
  struct stat status{};
  ASSERT_EQ(::stat(entries.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0700u);
  ASSERT_EQ(::stat(entry("key").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600u);
}

// [G41]
TEST_F(DiskCache, directoriesThatOthersCanUseAreRefused) {
  store("key");
  ::chmod(entries.c_str(), 0750);
  expectRejected("key");
  ::chmod(entries.c_str(), 0700);
  EXPECT_TRUE(findCached("key"));
  ::chmod(root.c_str(), 0777);
  expectRejected("key");
  store("other");
  EXPECT_EQ(cacheCounters().writeFailures, 1u);
}

// [G43]
TEST_F(DiskCache, everyKindOfDamageIsAMissAndIsRemoved) {
  store("key");
  std::vector<std::byte> good = support::readFile(entry("key"));
  std::vector<std::vector<std::byte>> damaged;
  for (std::size_t size : {std::size_t(0), std::size_t(7), std::size_t(36),
                           good.size() / 2, good.size() - 1})
    damaged.emplace_back(good.begin(),
                         good.begin() + static_cast<std::ptrdiff_t>(size));
  for (std::size_t at = 0; at < good.size(); at += good.size() / 50) {
    damaged.push_back(good);
    damaged.back()[at] ^= std::byte{16};
  }
  damaged.push_back(good);
  damaged.back()[8] = std::byte{77}; // the format version
  damaged.push_back(good);
  damaged.back().push_back(std::byte{0});
  for (const auto &bytes : damaged) {
    store("key");
    overwrite(entry("key"), bytes);
    expectRejected("key");
    EXPECT_FALSE(fs::exists(entry("key")));
  }
}

TEST_F(DiskCache, theWholeKeyIsCompared) {
  store("key");
  fs::create_directories(entries);
  fs::copy_file(entry("key"), entry("another")); // as if both had one digest
  EXPECT_FALSE(findCached("another"));
  EXPECT_TRUE(findCached("key"));
}

TEST_F(DiskCache, linksAreNotFollowed) {
  store("key");
  std::string elsewhere = folder.path + "/elsewhere.ferro";
  fs::rename(entry("key"), elsewhere);
  fs::create_symlink(elsewhere, entry("key"));
  expectRejected("key");
  EXPECT_TRUE(fs::exists(elsewhere));

  fs::remove_all(root);
  fs::create_directories(folder.path + "/elsewhere");
  fs::create_directories(root);
  fs::create_directory_symlink(folder.path + "/elsewhere", entries);
  store("key");
  EXPECT_TRUE(fs::is_empty(folder.path + "/elsewhere"));
}

TEST_F(DiskCache, pipesDoNotMakeItWait) {
  store("key");
  fs::remove(entry("key"));
  ASSERT_EQ(::mkfifo(entry("key").c_str(), 0600), 0);
  expectRejected("key");
}

TEST_F(DiskCache, filesThatOthersCanWriteAreRefused) {
  store("key");
  ::chmod(entry("key").c_str(), 0620);
  expectRejected("key");
}

TEST_F(DiskCache, filesOfOthersAreRefused) {
  if (::geteuid() != 0)
    GTEST_SKIP() << "only root can give files away";
  store("key");
  ASSERT_EQ(::chown(entry("key").c_str(), 12345, 12345), 0);
  expectRejected("key");
  store("key");
  ASSERT_EQ(::chown(entries.c_str(), 12345, 12345), 0);
  expectRejected("key");
}

// [G44]
TEST_F(DiskCache, eightProcessesWriteAndReadAtOnce) {
  std::vector<pid_t> writers;
  for (int process = 0; process < 8; ++process) {
    writers.push_back(::fork());
    if (writers.back() != 0)
      continue;
    bool isRight = true;
    for (int round = 0; round < 40; ++round) {
      std::string key = "key " + std::to_string(round % 5);
      store(key);
      auto found = findCached(key);
      isRight = isRight && found && found->manifest.key == key &&
                !cachedObjectPath(found->object).empty();
    }
    ::_exit(isRight && cacheCounters().rejected == 0 &&
                    cacheCounters().writeFailures == 0
                ? 0
                : 1);
  }
  for (pid_t writer : writers) {
    int status = 1;
    ::waitpid(writer, &status, 0);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  }
  EXPECT_EQ(numFiles(), 6u); // five entries, one object, nothing temporary
}

TEST_F(DiskCache, killedWritersLeaveNothingThatIsRead) {
  for (int round = 0; round < 20; ++round) {
    pid_t writer = ::fork();
    if (writer == 0)
      for (int i = 0;; ++i)
        store("key " + std::to_string(i % 3));
    ::usleep(3000 + 500 * static_cast<unsigned>(round));
    ::kill(writer, SIGKILL);
    ::waitpid(writer, nullptr, 0);
    for (int i = 0; i < 3; ++i)
      findCached("key " + std::to_string(i));
  }
  EXPECT_EQ(cacheCounters().rejected, 0u);
}

// [G45]
TEST_F(DiskCache, whatInterruptedWritersLeftIsRemoved) {
  store("key");
  std::string old = entries + "/" + support::temporaryPrefix + "1-0",
              fresh = entries + "/" + support::temporaryPrefix + "2-0";
  support::writeFile(old, {});
  support::writeFile(fresh, {});
  timespec hoursAgo[2] = {{::time(nullptr) - 7200, 0},
                          {::time(nullptr) - 7200, 0}};
  ::utimensat(AT_FDCWD, old.c_str(), hoursAgo, 0);
  pruneCache(std::uint64_t(1) << 30);
  EXPECT_FALSE(fs::exists(old));
  EXPECT_TRUE(fs::exists(fresh)); // somebody may be writing it
  EXPECT_TRUE(findCached("key"));
}

// [G44]
TEST_F(DiskCache, aFullDiskIsNoError) {
  store("old");
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  rlimit small{1000, before.rlim_max};
  auto handler = std::signal(SIGXFSZ, SIG_IGN);
  ::setrlimit(RLIMIT_FSIZE, &small);
  store("new");
  EXPECT_EQ(cachedObjectPath(sample::object()), "");
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(cacheCounters().writeFailures, 2u);
  EXPECT_FALSE(findCached("new"));
  EXPECT_TRUE(findCached("old"));
  EXPECT_EQ(numFiles(), 1u);
}

TEST_F(DiskCache, aSmallFileSystemIsNoError) {
  fs::create_directories(root);
  if (::mount("tmpfs", root.c_str(), "tmpfs", 0, "size=64k,mode=700") != 0)
    GTEST_SKIP() << "no right to mount";
  for (int i = 0; i < 100; ++i)
    store("key " + std::to_string(i));
  EXPECT_GT(cacheCounters().writes, 0u);
  EXPECT_GT(cacheCounters().writeFailures, 0u);
  EXPECT_TRUE(findCached("key 0"));
  EXPECT_FALSE(findCached("key 99"));
  EXPECT_EQ(cacheCounters().rejected, 0u);
  ::umount(root.c_str());
}

/// Runs \p check as a user whom modes of files concern.
static bool holdsForAnotherUser(const std::string &folder,
                                const std::function<bool()> &check) {
  if (::geteuid() == 0 &&
      ::system(("chown -R 12345:12345 " + folder).c_str()) != 0)
    return false;
  pid_t child = ::fork();
  if (child == 0) {
    if (::geteuid() == 0 && (::setgid(12345) != 0 || ::setuid(12345) != 0))
      ::_exit(2);
    ::_exit(check() ? 0 : 1);
  }
  int status = 1;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

// [G44]
TEST_F(DiskCache, aReadOnlyDirectoryIsReadAndNotWritten) {
  store("key");
  ::chmod(entries.c_str(), 0500);
  EXPECT_TRUE(holdsForAnotherUser(folder.path, [] {
    store("new");
    return findCached("key") && !findCached("new") &&
           cacheCounters().writeFailures == 1 && cacheCounters().rejected == 0;
  }));
}

TEST_F(DiskCache, aDirectoryThatCannotBeMadeIsNoError) {
  setCacheDirectory("/proc/nowhere/cache");
  store("key");
  EXPECT_FALSE(findCached("key"));
  EXPECT_EQ(cachedObjectPath(sample::object()), "");
  EXPECT_EQ(cacheCounters().writeFailures, 1u);
}

// [G45]
TEST_F(DiskCache, theEntriesUnusedLongestGoFirst) {
  for (int i = 0; i < 6; ++i) {
    store("key " + std::to_string(i));
    timespec time[2] = {{::time(nullptr) - 1000 + 10 * i, 0},
                        {::time(nullptr) - 1000 + 10 * i, 0}};
    ASSERT_EQ(::utimensat(AT_FDCWD, entry("key " + std::to_string(i)).c_str(),
                          time, 0),
              0);
  }
  EXPECT_TRUE(findCached("key 1")); // makes it the one used last
  std::uint64_t size = fs::file_size(entry("key 0"));
  EXPECT_EQ(pruneCache(3 * size + 10), 3u);
  EXPECT_EQ(cacheCounters().evictions, 3u);
  for (int i : {1, 4, 5})
    EXPECT_TRUE(findCached("key " + std::to_string(i))) << i;
  for (int i : {0, 2, 3})
    EXPECT_FALSE(findCached("key " + std::to_string(i))) << i;
}

// [G45]
TEST_F(DiskCache, theLimitHolds) {
  std::uint64_t size = toBytes(sample::artifact("key 10")).size();
  pid_t child = ::fork(); // settings are read once a process
  if (child == 0) {
    ::setenv("FERRO_CACHE_DIR", root.c_str(), 1);
    ::setenv("FERRO_CACHE_LIMIT", std::to_string(5 * size).c_str(), 1);
    std::string self = fs::read_symlink("/proc/self/exe");
    ::execl(self.c_str(), self.c_str(), "--gtest_also_run_disabled_tests",
            "--gtest_filter=CacheLimit.DISABLED_fill", nullptr);
    ::_exit(1);
  }
  int status = 1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  std::uint64_t total = 0;
  for (const auto &file : fs::directory_iterator(entries))
    total += file.file_size();
  EXPECT_GT(total, 0u);
  EXPECT_LE(total, 5 * size);
}

TEST(CacheLimit, DISABLED_fill) {
  for (int i = 10; i < 40; ++i)
    store("key " + std::to_string(i));
  EXPECT_GT(cacheCounters().evictions, 0u);
  EXPECT_TRUE(findCached("key 39"));
}

TEST_F(DiskCache, readOnlyRootsAreReadAndNeverWritten) {
  store("shared");
  std::string shared = root;
  pid_t child = ::fork();
  if (child == 0) {
    ::setenv("FERRO_CACHE_DIR", (folder.path + "/own").c_str(), 1);
    ::setenv("FERRO_CACHE_READONLY", ("/nowhere:" + shared).c_str(), 1);
    std::string self = fs::read_symlink("/proc/self/exe");
    ::execl(self.c_str(), self.c_str(), "--gtest_also_run_disabled_tests",
            "--gtest_filter=CacheRoots.DISABLED_read", nullptr);
    ::_exit(1);
  }
  int status = 1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(numFiles(), 1u);
}

TEST(CacheRoots, DISABLED_read) {
  EXPECT_TRUE(findCached("shared"));
  store("new");
  EXPECT_TRUE(findCached("new"));
}

TEST_F(DiskCache, objectsAreNamedByTheirContent) {
  std::vector<std::byte> object = sample::object();
  std::string path = cachedObjectPath(object);
  EXPECT_EQ(support::readFile(path), object);
  EXPECT_EQ(cachedObjectPath(object), path);
  EXPECT_EQ(cacheCounters().writes, 1u);
  std::vector<std::byte> damaged = object;
  damaged[100] ^= std::byte{1};
  overwrite(path, damaged);
  EXPECT_EQ(cachedObjectPath(object), path); // written again
  EXPECT_EQ(support::readFile(path), object);
}

// --- a store of the user's

namespace {
/// A store in memory, which throws where it is told to.
struct MemoryStore : cache::Store {
  std::map<std::string, std::vector<std::byte>> entries;
  bool fails = false;

  void mayFail() const {
    if (fails)
      throw std::runtime_error("the server is gone");
  }
  std::optional<std::vector<std::byte>> get(const std::string &name) override {
    mayFail();
    auto found = entries.find(name);
    return found == entries.end() ? std::nullopt : std::optional(found->second);
  }
  void put(const std::string &name, std::span<const std::byte> entry) override {
    mayFail();
    entries[name].assign(entry.begin(), entry.end());
  }
  bool contains(const std::string &name) override {
    mayFail();
    return entries.contains(name);
  }
  void remove(const std::string &name) override { entries.erase(name); }
  std::uint64_t clear() override {
    mayFail();
    return std::exchange(entries, {}).size();
  }
};

struct CustomStore : DiskCache {
  std::shared_ptr<MemoryStore> memory = std::make_shared<MemoryStore>();
  void SetUp() override {
    DiskCache::SetUp();
    cache::set_store(memory);
  }
};
} // namespace

// [G47]
TEST_F(CustomStore, takesThePlaceOfTheDirectory) {
  EXPECT_FALSE(findCached("key"));
  store("key");
  store("key"); // it is there
  EXPECT_EQ(cacheCounters().writes, 1u);
  EXPECT_EQ(memory->entries.size(), 1u);
  EXPECT_TRUE(findCached("key"));
  EXPECT_FALSE(findCached("other"));
  EXPECT_FALSE(fs::exists(root));
  EXPECT_EQ(cache::directory(), "");
  EXPECT_EQ(cache::clear(), 1u);
  EXPECT_FALSE(findCached("key"));
}

TEST_F(CustomStore, whatIsDamagedIsRemoved) {
  store("key");
  memory->entries.begin()->second[40] ^= std::byte(1);
  expectRejected("key");
  EXPECT_TRUE(memory->entries.empty());
}

TEST_F(CustomStore, whatAnotherKeyLeftIsNotUsed) {
  store("key");
  std::vector<std::byte> bytes = memory->entries.begin()->second;
  memory->entries[support::toHex(support::digest("other")) + ".ferro"] = bytes;
  EXPECT_FALSE(findCached("other"));
  EXPECT_TRUE(findCached("key"));
}

TEST_F(CustomStore, whatItThrowsFailsNothing) {
  memory->fails = true;
  store("key");
  EXPECT_EQ(cacheCounters().writeFailures, 1u);
  expectRejected("key");
  EXPECT_EQ(cache::clear(), 0u);
  memory->fails = false;
  store("key");
  EXPECT_TRUE(findCached("key"));
}

// [G40]
TEST_F(CustomStore, canBeSwitchedOff) {
  cache::set_store(nullptr);
  store("key");
  EXPECT_FALSE(findCached("key"));
  EXPECT_TRUE(memory->entries.empty());
  EXPECT_EQ(cache::directory(), "");
  cache::set_directory(root);
  store("key");
  EXPECT_EQ(cache::directory(), root);
  EXPECT_EQ(cache::stats().writes, 1u);
  EXPECT_TRUE(findCached("key"));
}
