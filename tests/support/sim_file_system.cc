#include "tests/support/sim_file_system.h"

#include <algorithm>

#include "base/check.h"

namespace millrace::sim {

using storage::File;
using storage::OpenMode;

namespace {

constexpr std::uint32_t kOutOf = 1000;

std::string parent_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

/// A file or a directory. `cached` is what processes see; `durable` what the platter has; the
/// writes in between may or may not reach it.
struct SimFileSystem::Inode {
  struct Write {
    std::uint64_t position;
    std::vector<std::uint8_t> bytes;
    std::optional<std::uint64_t> truncate_to;
  };

  bool is_directory = false;
  std::vector<std::uint8_t> cached;
  std::vector<std::uint8_t> durable;
  std::vector<Write> unsynced;

  static void apply(std::vector<std::uint8_t>& content, const Write& write, std::size_t bytes) {
    if (write.truncate_to) {
      content.resize(*write.truncate_to);
      return;
    }
    if (content.size() < write.position + bytes) content.resize(write.position + bytes);
    std::copy_n(write.bytes.begin(), bytes,
                content.begin() + static_cast<std::ptrdiff_t>(write.position));
  }
  void add(Write write) {
    apply(cached, write, write.bytes.size());
    unsynced.push_back(std::move(write));
  }
  void sync() {
    durable = cached;
    unsynced.clear();
  }
};

class SimFile final : public File {
 public:
  SimFile(SimFileSystem& disk, std::shared_ptr<SimFileSystem::Inode> inode, std::string path)
      : disk_(disk), inode_(std::move(inode)), path_(std::move(path)), life_(disk.life_) {}

  Status write_at(std::uint64_t position, std::span<const ByteView> pieces) override {
    RETURN_IF_ERROR(alive());
    std::vector<std::uint8_t> all;
    for (const ByteView piece : pieces) all.insert(all.end(), piece.begin(), piece.end());
    if (const auto counted = disk_.count_call("write " + path_); !counted) {
      // A failed write may leave any prefix behind.
      all.resize(static_cast<std::size_t>(disk_.random_.below(all.size() + 1)));
      inode_->add({position, std::move(all), std::nullopt});
      return counted;
    }
    const std::uint64_t end = position + all.size();
    if (end > inode_->cached.size()) RETURN_IF_ERROR(disk_.grow(end - inode_->cached.size()));
    inode_->add({position, std::move(all), std::nullopt});
    return {};
  }

  Result<std::size_t> read_at(std::uint64_t position, MutableByteView into) override {
    RETURN_IF_ERROR(alive());
    if (position >= inode_->cached.size()) return std::size_t{0};
    const auto count = std::min<std::uint64_t>(into.size(), inode_->cached.size() - position);
    std::copy_n(inode_->cached.begin() + static_cast<std::ptrdiff_t>(position), count,
                into.begin());
    return static_cast<std::size_t>(count);
  }

  Result<std::size_t> read_cached_at(std::uint64_t position, MutableByteView into) override {
    // Now and then a page is not in the cache.
    if (disk_.random_.chance(1, 8)) return fail(ErrorCode::kWouldBlock, "not in the page cache");
    return read_at(position, into);
  }

  Status sync() override {
    RETURN_IF_ERROR(alive());
    if (const auto counted = disk_.count_call("sync " + path_); !counted) {
      // The pages are clean now although they never arrived: the next sync has nothing to say.
      inode_->unsynced.clear();
      return counted;
    }
    if (disk_.syncs_work) inode_->sync();
    return {};
  }

  Result<std::uint64_t> size() override {
    RETURN_IF_ERROR(alive());
    return std::uint64_t{inode_->cached.size()};
  }

  Status truncate(std::uint64_t size) override {
    RETURN_IF_ERROR(alive());
    RETURN_IF_ERROR(disk_.count_call("truncate " + path_));
    inode_->add({0, {}, size});
    return {};
  }

  Status allocate(std::uint64_t position, std::uint64_t count, bool keep_size) override {
    RETURN_IF_ERROR(alive());
    if (keep_size) return disk_.check_room(count);
    if (position + count <= inode_->cached.size()) return {};
    RETURN_IF_ERROR(disk_.grow(position + count - inode_->cached.size()));
    inode_->add({0, {}, position + count});
    return {};
  }

  void start_write_back(std::uint64_t, std::uint64_t) override {}
  void drop_cache(std::uint64_t, std::uint64_t) override {}

 private:
  Status alive() const {
    if (life_ == disk_.life_) return {};
    return fail(ErrorCode::kIo, path_ + ": a handle from before the power cut");
  }

  SimFileSystem& disk_;
  std::shared_ptr<SimFileSystem::Inode> inode_;
  std::string path_;
  std::uint64_t life_;
};

namespace {

class SimLock final : public storage::DirectoryLock {
 public:
  SimLock(std::set<std::string>& locks, std::string path) : locks_(locks), path_(std::move(path)) {}
  ~SimLock() override { locks_.erase(path_); }

 private:
  std::set<std::string>& locks_;
  std::string path_;
};

}  // namespace

SimFileSystem::SimFileSystem(std::uint64_t seed, DiskFaults faults)
    : random_(seed), faults_(faults) {
  names_["/"] = std::make_shared<Inode>();
  names_["/"]->is_directory = true;
}
SimFileSystem::~SimFileSystem() = default;

std::shared_ptr<SimFileSystem::Inode> SimFileSystem::find(const std::string& path) const {
  const auto found = names_.find(path);
  return found == names_.end() ? nullptr : found->second;
}

Status SimFileSystem::count_call(const std::string& what) {
  const std::uint64_t call = calls_++;
  if (!failure_ || call < failure_->at_call || (call > failure_->at_call && !failure_->forever))
    return {};
  return fail(failure_->code, what + ": injected");
}

void SimFileSystem::fail_call(std::uint64_t calls_from_now, ErrorCode code, bool forever) {
  failure_ = Failure{calls_ + calls_from_now, code, forever};
}

Status SimFileSystem::check_room(std::uint64_t bytes) const {
  if (capacity_ && used_bytes_ + bytes > *capacity_)
    return fail(ErrorCode::kNoSpace, "the disk is full");
  return {};
}

Status SimFileSystem::grow(std::uint64_t bytes) {
  RETURN_IF_ERROR(check_room(bytes));
  used_bytes_ += bytes;
  return {};
}

void SimFileSystem::change_name(const std::string& path, std::shared_ptr<Inode> inode) {
  unsynced_names_[parent_of(path)].push_back({path, find(path)});
  if (inode) {
    names_[path] = std::move(inode);
  } else {
    names_.erase(path);
  }
}

Result<std::shared_ptr<File>> SimFileSystem::open(const std::string& path, OpenMode mode) {
  auto inode = find(path);
  if (inode && inode->is_directory) return fail(ErrorCode::kIo, path + " is a directory");
  if (!inode) {
    if (mode != OpenMode::kCreateReadWrite) return fail(ErrorCode::kNotFound, "no file " + path);
    RETURN_IF_ERROR(count_call("create " + path));
    inode = std::make_shared<Inode>();
    change_name(path, inode);
  }
  return std::shared_ptr<File>(std::make_shared<SimFile>(*this, std::move(inode), path));
}

Result<bool> SimFileSystem::exists(const std::string& path) {
  return find(path) != nullptr;
}

Result<std::vector<std::string>> SimFileSystem::list(const std::string& directory) {
  const auto inode = find(directory);
  if (!inode || !inode->is_directory)
    return fail(ErrorCode::kNotFound, "no directory " + directory);
  std::vector<std::string> names;
  const std::string prefix = directory + "/";
  for (const auto& [path, each] : names_) {
    if (path.starts_with(prefix) && path.find('/', prefix.size()) == std::string::npos) {
      names.push_back(path.substr(prefix.size()));
    }
  }
  return names;
}

Status SimFileSystem::create_directory(const std::string& path) {
  if (find(path)) return fail(ErrorCode::kAlreadyExists, path + " exists");
  RETURN_IF_ERROR(count_call("create directory " + path));
  auto inode = std::make_shared<Inode>();
  inode->is_directory = true;
  change_name(path, std::move(inode));
  return {};
}

Status SimFileSystem::rename(const std::string& from, const std::string& to) {
  const auto inode = find(from);
  if (!inode) return fail(ErrorCode::kNotFound, "no file " + from);
  RETURN_IF_ERROR(count_call("rename " + from));
  CHECK_MSG(parent_of(from) == parent_of(to), "the simulator renames within one directory");
  // One change with two names: both survive or neither does, so that no content is lost in between.
  auto& changes = unsynced_names_[parent_of(from)];
  changes.push_back({from, inode, true});
  changes.push_back({to, find(to)});
  names_.erase(from);
  names_[to] = inode;
  if (!inode->is_directory) return {};
  // What lies in a directory moves along and keeps its own durability.
  const std::string prefix = from + "/";
  std::map<std::string, std::shared_ptr<Inode>> moved;
  for (auto at = names_.lower_bound(prefix); at != names_.end() && at->first.starts_with(prefix);) {
    moved[to + "/" + at->first.substr(prefix.size())] = at->second;
    at = names_.erase(at);
  }
  names_.merge(moved);
  if (const auto pending = unsynced_names_.find(from); pending != unsynced_names_.end()) {
    auto inner = std::move(pending->second);
    unsynced_names_.erase(pending);
    for (auto& change : inner) change.name = to + "/" + change.name.substr(prefix.size());
    unsynced_names_[to] = std::move(inner);
  }
  return {};
}

Status SimFileSystem::remove_file(const std::string& path) {
  if (!find(path)) return fail(ErrorCode::kNotFound, "no file " + path);
  RETURN_IF_ERROR(count_call("remove " + path));
  change_name(path, nullptr);
  return {};
}

Status SimFileSystem::remove_directory(const std::string& path) {
  ASSIGN_OR_RETURN(const auto names, list(path));
  if (!names.empty()) return fail(ErrorCode::kIo, path + " is not empty");
  RETURN_IF_ERROR(count_call("remove directory " + path));
  change_name(path, nullptr);
  return {};
}

Status SimFileSystem::sync_directory(const std::string& path) {
  const auto inode = find(path);
  if (!inode || !inode->is_directory) return fail(ErrorCode::kNotFound, "no directory " + path);
  RETURN_IF_ERROR(count_call("sync directory " + path));
  if (directory_syncs_work) unsynced_names_.erase(path);
  return {};
}

Result<storage::Space> SimFileSystem::space(const std::string&) {
  const std::uint64_t total = capacity_.value_or(std::uint64_t{1} << 40);
  return storage::Space{total, total - std::min(total, used_bytes_)};
}

Result<std::unique_ptr<storage::DirectoryLock>> SimFileSystem::lock(const std::string& path) {
  if (!locks_.insert(path).second) return fail(ErrorCode::kLocked, path + " is locked");
  return std::unique_ptr<storage::DirectoryLock>(std::make_unique<SimLock>(locks_, path));
}

void SimFileSystem::power_cut() {
  ++life_;
  locks_.clear();
  // Content first. An inode may be reached by several names over time; the order is that of the
  // names, so that a seed decides the outcome.
  std::vector<std::pair<std::string, std::shared_ptr<Inode>>> ordered(names_.begin(), names_.end());
  for (const auto& [directory, changes] : unsynced_names_) {
    for (const auto& change : changes) {
      if (change.before) ordered.emplace_back(change.name, change.before);
    }
  }
  std::set<const Inode*> decided;
  for (const auto& [path, inode] : ordered) {
    if (!decided.insert(inode.get()).second) continue;
    for (const auto& write : inode->unsynced) {
      const std::uint64_t draw = random_.below(kOutOf);
      if (draw < faults_.unsynced_write_survives) {
        Inode::apply(inode->durable, write, write.bytes.size());
      } else if (draw < faults_.unsynced_write_survives + faults_.unsynced_write_is_torn &&
                 !write.truncate_to) {
        Inode::apply(inode->durable, write,
                     static_cast<std::size_t>(random_.below(write.bytes.size() + 1)));
      }
    }
    inode->unsynced.clear();
    inode->cached = inode->durable;
  }
  for (auto& [directory, changes] : unsynced_names_) {
    std::size_t kept = 0;
    while (kept < changes.size() && random_.below(kOutOf) < faults_.unsynced_name_survives) {
      kept += changes[kept].with_next ? 2 : 1;
    }
    for (std::size_t i = changes.size(); i-- > kept;) {
      if (changes[i].before) {
        names_[changes[i].name] = changes[i].before;
      } else {
        names_.erase(changes[i].name);
      }
    }
  }
  unsynced_names_.clear();
  // Nothing lives in a directory that is not there.
  for (auto at = names_.begin(); at != names_.end();) {
    const std::string parent = parent_of(at->first);
    const bool orphan = parent != "/" && parent != "." && !names_.contains(parent);
    at = orphan ? names_.erase(at) : std::next(at);
  }
}

bool SimFileSystem::flip_bit(const std::string& path, std::uint64_t position, unsigned bit) {
  const auto inode = find(path);
  if (!inode || position >= inode->durable.size()) return false;
  inode->durable[position] = static_cast<std::uint8_t>(inode->durable[position] ^ (1U << bit));
  if (position < inode->cached.size())
    inode->cached[position] = static_cast<std::uint8_t>(inode->cached[position] ^ (1U << bit));
  return true;
}

std::vector<std::string> SimFileSystem::files() const {
  std::vector<std::string> paths;
  for (const auto& [path, inode] : names_) {
    if (!inode->is_directory) paths.push_back(path);
  }
  return paths;
}

std::uint64_t SimFileSystem::size_of(const std::string& path) const {
  const auto inode = find(path);
  return inode ? inode->cached.size() : 0;
}

}  // namespace millrace::sim
