#include "artifact/Cache.h"

#include "support/Environment.h"
#include "support/Files.h"
#include "support/Hash.h"
#include "support/Log.h"

#include "ferro/Error.h"

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>

namespace ferro::artifact {

using support::Descriptor;
using support::Topic;
using support::Variable;

CacheCounters &cacheCounters() {
  static CacheCounters counters;
  return counters;
}

static void note(const std::string &text) { support::log(Topic::Cache, text); }

// --- where

namespace {
struct Settings {
  std::string directory; // empty: off
  std::vector<std::string> readonly;
  std::shared_ptr<cache::Store> store; // instead of the directories
  std::uint64_t limit = 0;
  const Settings *previous = nullptr;
};
} // namespace

static std::string initialDirectory() {
  if (!support::environmentFlag(Variable::Cache))
    return {};
  std::string path = support::environment(Variable::CacheDir);
  if (!path.empty())
    return path;
  const char *xdg = secure_getenv("XDG_CACHE_HOME"),
             *home = secure_getenv("HOME");
  if (xdg &&
      *xdg == '/') // relative ones are to be ignored (XDG base directories)
    return std::string(xdg) + "/ferro";
  return home && *home == '/' ? std::string(home) + "/.cache/ferro"
                              : std::string();
}

static std::uint64_t initialLimit() {
  try {
    return support::environmentBytes(Variable::CacheLimit);
  } catch (const Error &error) { // the cache never fails a call
    note(error.what());
    return std::uint64_t(1) << 30;
  }
}

// Replaced as a whole and never freed, so that readers need no lock (which a
// fork could leave held). Changes are rare and chained, so nothing is lost.
static std::atomic<const Settings *> currentSettings{nullptr};

static const Settings &settings() {
  const Settings *current = currentSettings.load();
  if (current)
    return *current;
  auto fresh = std::make_unique<const Settings>(
      Settings{initialDirectory(),
               support::environmentFlag(Variable::Cache)
                   ? support::environmentList(Variable::CacheReadonly, ':')
                   : std::vector<std::string>(),
               nullptr, initialLimit(), nullptr});
  if (currentSettings.compare_exchange_strong(current, fresh.get()))
    return *fresh.release();
  return *current;
}

static std::atomic<std::int64_t> knownBytes{
    -1}; // in the directory; -1: not looked yet

static void replaceSettings(std::string directory,
                            std::vector<std::string> readonly,
                            std::shared_ptr<cache::Store> store = nullptr) {
  const Settings *old = &settings();
  auto fresh = std::make_unique<Settings>(
      Settings{std::move(directory), std::move(readonly), std::move(store),
               old->limit, old});
  while (!currentSettings.compare_exchange_weak(old, fresh.get()))
    fresh->previous = old;
  fresh.release();
  knownBytes = -1;
}

std::string cacheDirectory() { return settings().directory; }

void setCacheDirectory(std::string path) {
  replaceSettings(std::move(path), settings().readonly);
}

void disableCache() { replaceSettings({}, {}); }

void setCacheStore(std::shared_ptr<cache::Store> store) {
  replaceSettings({}, {}, std::move(store));
}

// --- directories

static const std::string versionFolder = "v" + std::to_string(formatVersion);

static bool isOursAlone(const struct stat &status) {
  return status.st_uid == ::geteuid() && !(status.st_mode & 077);
}

/// Others cannot put their own files in place of those inside.
static bool isSafeParent(const struct stat &status) {
  bool trusted = status.st_uid == ::geteuid() || status.st_uid == 0;
  bool closed = !(status.st_mode & 022) || (status.st_mode & S_ISVTX);
  return trusted && closed;
}

static void makeFolders(const std::string &path) {
  for (std::size_t slash = path.find('/', 1); slash != std::string::npos;
       slash = path.find('/', slash + 1))
    ::mkdir(path.substr(0, slash).c_str(), 0700);
  ::mkdir(path.c_str(), 0700);
}

static Descriptor refuse(const std::string &path, const char *reason) {
  note("not used: " + path + " " + reason);
  ++cacheCounters().rejected;
  return {};
}

/// The directory that holds our entries; nothing if there is none to be
/// trusted.
static Descriptor openOwn(bool make) {
  const std::string &root = settings().directory;
  if (root.empty())
    return {};
  if (make)
    makeFolders(root);
  Descriptor parent(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  struct stat status{};
  if (!parent || ::fstat(parent.get(), &status) != 0)
    return {};
  if (!isSafeParent(status))
    return refuse(root, "can be written by others");
  if (make)
    ::mkdirat(parent.get(), versionFolder.c_str(), 0700);
  Descriptor folder(::openat(parent.get(), versionFolder.c_str(),
                             O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!folder || ::fstat(folder.get(), &status) != 0)
    return {};
  if (!isOursAlone(status))
    return refuse(root + "/" + versionFolder,
                  "is not private (owner and mode 0700 are required)");
  return folder;
}

static Descriptor openReadonly(const std::string &root) {
  Descriptor folder(::open((root + "/" + versionFolder).c_str(),
                           O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat status{};
  if (!folder || ::fstat(folder.get(), &status) != 0)
    return {};
  if (!isSafeParent(status) || (status.st_mode & 022))
    return refuse(root, "can be written by others");
  return folder;
}

// --- files

namespace {
enum class Found { No, Yes, Untrusted };
} // namespace

/// Reads \p name if it is a plain file that only we (or root) can have written.
static Found readTrusted(int folder, const std::string &name,
                         std::vector<std::byte> &bytes) {
  // O_NONBLOCK: a FIFO must not make us wait.
  Descriptor file(::openat(folder, name.c_str(),
                           O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file)
    return errno == ENOENT ? Found::No : Found::Untrusted;
  struct stat status{};
  if (::fstat(file.get(), &status) != 0)
    return Found::Untrusted;
  bool owned = status.st_uid == ::geteuid() || status.st_uid == 0;
  if (!S_ISREG(status.st_mode) || !owned || (status.st_mode & 022))
    return Found::Untrusted;
  if (support::readAll(file.get(), bytes,
                       static_cast<std::size_t>(status.st_size)))
    return Found::Untrusted;
  // Eviction goes by this time; once a minute is exact enough.
  if (::time(nullptr) - status.st_mtime > 60)
    ::futimens(file.get(), nullptr);
  return Found::Yes;
}

static void reject(int folder, const std::string &name, bool isOwn,
                   const std::string &why) {
  ++cacheCounters().rejected;
  note("rejected " + name + ": " + why);
  if (isOwn)
    ::unlinkat(folder, name.c_str(), 0);
}

static std::optional<Artifact> readEntry(int folder, const std::string &name,
                                         std::string_view key, bool isOwn) {
  std::vector<std::byte> bytes;
  Found found = readTrusted(folder, name, bytes);
  if (found == Found::No)
    return std::nullopt;
  if (found == Found::Untrusted) {
    reject(folder, name, isOwn, "not a private plain file");
    return std::nullopt;
  }
  try {
    Artifact artifact = fromBytes(bytes);
    if (artifact.manifest.key == key)
      return artifact;
    note("missed " + name + ": another key has this digest");
  } catch (const Error &error) {
    reject(folder, name, isOwn, error.what());
  }
  return std::nullopt;
}

static std::string entryName(std::string_view key) {
  return support::toHex(support::digest(key)) + ".ferro";
}

// --- a store of the user's

/// \p work; what it throws is counted and told, and costs a compilation.
template <typename Work>
static void inStore(std::atomic<std::uint64_t> &failures, Work work) {
  try {
    work();
  } catch (const std::exception &error) {
    ++failures;
    note(std::string("the store failed: ") + error.what());
  } catch (...) {
    ++failures;
    note("the store failed");
  }
}

static std::optional<Artifact> findInStore(cache::Store &store,
                                           const std::string &name,
                                           std::string_view key) {
  std::optional<Artifact> found;
  inStore(cacheCounters().rejected, [&] {
    auto bytes = store.get(name);
    if (!bytes)
      return;
    try {
      Artifact artifact = fromBytes(*bytes);
      if (artifact.manifest.key == key)
        found = std::move(artifact);
    } catch (const Error &error) {
      note("rejected " + name + ": " + error.what());
      ++cacheCounters().rejected;
      store.remove(name);
    }
  });
  return found;
}

static void putInStore(cache::Store &store, const std::string &name,
                       const Artifact &artifact) {
  inStore(cacheCounters().writeFailures, [&] {
    if (store.contains(name))
      return;
    store.put(name, toBytes(artifact));
    ++cacheCounters().writes;
  });
}

std::uint64_t clearCache() {
  std::shared_ptr<cache::Store> store = settings().store;
  if (!store)
    return pruneCache(0);
  std::uint64_t removed = 0;
  inStore(cacheCounters().writeFailures, [&] { removed = store->clear(); });
  return removed;
}

// --- entries

std::optional<Artifact> findCached(std::string_view key) {
  std::string name = entryName(key);
  if (std::shared_ptr<cache::Store> store = settings().store)
    return findInStore(*store, name, key);
  if (Descriptor own = openOwn(false))
    if (std::optional<Artifact> artifact =
            readEntry(own.get(), name, key, true))
      return artifact;
  for (const std::string &root : settings().readonly)
    if (Descriptor folder = openReadonly(root))
      if (std::optional<Artifact> artifact =
              readEntry(folder.get(), name, key, false))
        return artifact;
  return std::nullopt;
}

// --- size

namespace {
struct CacheFile {
  std::string name;
  std::int64_t size;
  timespec used;
};
} // namespace

static bool isEntry(std::string_view name) {
  return name.ends_with(".ferro") || name.ends_with(".so");
}

/// Every entry; temporaries that are older than an hour are removed.
static std::vector<CacheFile> listFiles(int folder) {
  std::vector<CacheFile> files;
  // A descriptor of its own: fdopendir takes it over, and moves its position.
  int listed = ::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *stream = listed < 0 ? nullptr : ::fdopendir(listed);
  if (!stream)
    return files;
  std::unique_ptr<DIR, int (*)(DIR *)> closer(stream, ::closedir);
  while (const dirent *entry = ::readdir(stream)) {
    std::string name = entry->d_name;
    struct stat status{};
    if (::fstatat(folder, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
      continue;
    if (name.starts_with(support::temporaryPrefix) &&
        ::time(nullptr) - status.st_mtime > 3600)
      ::unlinkat(folder, name.c_str(), 0);
    else if (isEntry(name))
      files.push_back({name, status.st_size, status.st_mtim});
  }
  return files;
}

static std::int64_t totalSize(const std::vector<CacheFile> &files) {
  std::int64_t total = 0;
  for (const CacheFile &file : files)
    total += file.size;
  return total;
}

static std::uint64_t pruneFolder(int folder, std::uint64_t bytes) {
  std::vector<CacheFile> files = listFiles(folder);
  std::ranges::sort(files, {}, [](const CacheFile &file) {
    return std::tuple(file.used.tv_sec, file.used.tv_nsec,
                      std::string_view(file.name));
  });
  auto total = static_cast<std::uint64_t>(totalSize(files));
  std::uint64_t removed = 0;
  for (const CacheFile &file : files) {
    if (total <= bytes)
      break;
    if (::unlinkat(folder, file.name.c_str(), 0) == 0)
      ++removed;
    total -= static_cast<std::uint64_t>(
        file.size); // also if another process was faster
  }
  knownBytes = static_cast<std::int64_t>(total);
  cacheCounters().evictions += removed;
  return removed;
}

std::uint64_t pruneCache(std::uint64_t bytes) {
  Descriptor folder = openOwn(false);
  return folder ? pruneFolder(folder.get(), bytes) : 0;
}

/// Counts \p size written bytes and keeps the bound, with room for a while.
/// Other processes write too, so the directory is looked at again now and then.
static void accountFor(int folder, std::size_t size) {
  static std::atomic<unsigned> numWrites{0};
  if (knownBytes < 0 || ++numWrites % 64 == 0)
    knownBytes = totalSize(listFiles(folder));
  else
    knownBytes += static_cast<std::int64_t>(size);
  std::uint64_t limit = settings().limit;
  if (static_cast<std::uint64_t>(knownBytes.load()) > limit)
    pruneFolder(folder, limit - limit / 5);
}

// --- writing

static bool writeFile(int folder, const std::string &name,
                      std::span<const std::byte> bytes) {
  if (bytes.size() > settings().limit) {
    note(name + " is larger than the whole cache may be");
    return false;
  }
  if (std::error_code error =
          support::writeAtomically(folder, name, bytes, 0600)) {
    ++cacheCounters().writeFailures;
    note("could not write " + name + ": " + error.message());
    return false;
  }
  ++cacheCounters().writes;
  accountFor(folder, bytes.size());
  return true;
}

void storeCached(const Artifact &artifact) {
  if (std::shared_ptr<cache::Store> store = settings().store)
    return putInStore(*store, entryName(artifact.manifest.key), artifact);
  if (settings().directory.empty())
    return;
  Descriptor folder = openOwn(true);
  if (!folder) {
    ++cacheCounters().writeFailures;
    return note("could not open " + settings().directory);
  }
  writeFile(folder.get(), entryName(artifact.manifest.key), toBytes(artifact));
}

static bool holds(int folder, const std::string &name,
                  std::span<const std::byte> object) {
  std::vector<std::byte> bytes;
  return readTrusted(folder, name, bytes) == Found::Yes &&
         std::ranges::equal(bytes, object);
}

std::string cachedObjectPath(std::span<const std::byte> object) {
  std::string name = support::hashHex(object) + ".so";
  auto pathIn = [&](const std::string &root) {
    return root + "/" + versionFolder + "/" + name;
  };
  for (const std::string &root : settings().readonly)
    if (Descriptor folder = openReadonly(root);
        folder && holds(folder.get(), name, object))
      return pathIn(root);
  Descriptor own = openOwn(true);
  if (!own)
    return {};
  if (holds(own.get(), name, object) || writeFile(own.get(), name, object))
    return pathIn(settings().directory);
  return {};
}

} // namespace ferro::artifact
