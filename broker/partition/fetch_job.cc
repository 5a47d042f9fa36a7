#include "broker/partition/fetch_job.h"

#include <fmt/format.h>

#include <algorithm>

namespace millrace::broker {

namespace {

/// An answer with less room than this part of its limit is full: trying to fill it to the last byte
/// reads batches that do not fit.
constexpr std::size_t kFullParts = 16;

}  // namespace

std::size_t FetchJob::left() const {
  return ask_.max_bytes > bytes_ ? ask_.max_bytes - bytes_ : 0;
}

std::size_t FetchJob::room_for(const FetchPart& part) const {
  if (owes_a_batch()) return std::max<std::size_t>(1, std::min(part.max_bytes, left()));
  // A plan returns one whole batch at least: a partition whose first batch is larger than the
  // client's limit for a partition would never be read otherwise.
  return full_ || left() == 0 ? 0 : std::max<std::size_t>(1, std::min(part.max_bytes, left()));
}

std::optional<storage::ReadPlan> FetchJob::run(const Find& find, storage::ReadMemory& memory) {
  for (; next_ < ask_.parts.size(); ++next_) {
    const FetchPart& part = ask_.parts[next_];
    Partition* const partition = find(part.id);
    if (partition == nullptr) {
      FetchedPart missing;
      missing.slot = part.slot;
      missing.error = Error{ErrorCode::kNotLeaderOrFollower, "the partition is not on this node"};
      answer_.parts.push_back(std::move(missing));
      continue;
    }
    auto start = partition->begin_read(part, ask_.read_committed, room_for(part));
    if (!start.plan) {
      answer_.parts.push_back(std::move(start.part));
      continue;
    }
    if (!owes_a_batch()) start.plan->first_batch_bytes_max = left();
    auto read = storage::read_cached(*start.plan, memory);
    if (!read && read.error().code == ErrorCode::kWouldBlock) {
      waiting_ = std::move(start);
      return waiting_->plan;
    }
    take(std::move(start.part), std::move(read));
  }
  return std::nullopt;
}

void FetchJob::on_read(const Find& find, Result<storage::ReadResult> read) {
  CHECK(waiting_.has_value());
  Partition::ReadStart start = std::move(*waiting_);
  waiting_.reset();
  Partition* const partition = find(ask_.parts[next_].id);
  if (partition == nullptr || partition->is_outdated(*start.plan)) return;  // run() plans again
  if (read && read->loaded) partition->keep_index(*start.plan, read->loaded);
  take(std::move(start.part), std::move(read));
  ++next_;
}

void FetchJob::take(FetchedPart part, Result<storage::ReadResult> read) {
  if (!read) {
    part.error = std::move(read).error();
    if (part.error->code == ErrorCode::kIo) part.error->code = ErrorCode::kStorageError;
  } else {
    bytes_ += read->bytes.size();
    // Nothing, though there was a plan: the next batch does not fit.
    full_ = bytes_ > 0 && (read->bytes.empty() || left() < ask_.max_bytes / kFullParts);
    part.records = std::move(read->bytes);
  }
  answer_.parts.push_back(std::move(part));
}

}  // namespace millrace::broker
