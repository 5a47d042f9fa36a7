#include "node/metadata_log/raft_entry.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "node/metadata_log/planted.h"
#include "proto/kafka/records/batch_builder.h"
#include "proto/kafka/records/record_reader.h"

namespace millrace::node {
namespace {

using raft::Replica;
using Bytes = std::vector<std::uint8_t>;

// Kafka's types of control records.
constexpr std::int16_t kLeaderChange = 2;
constexpr std::int16_t kVoters = 6;
constexpr std::int16_t kVersion = 0;
constexpr std::size_t kKeyBytes = 4;
constexpr std::size_t kVoterBytes = 4 + Uuid::kBytes;
constexpr std::size_t kCountBytes = 4;

std::array<std::uint8_t, kKeyBytes> key_of(std::int16_t type) {
  std::array<std::uint8_t, kKeyBytes> key{};
  store_be(key.data(), kVersion);
  store_be(key.data() + 2, type);
  return key;
}

Bytes encode(const raft::VoterSet& voters) {
  Bytes bytes(kCountBytes + voters.size() * kVoterBytes);
  store_be(bytes.data(), static_cast<std::int32_t>(voters.size()));
  auto* at = bytes.data() + kCountBytes;
  for (const Replica& voter : voters) {
    store_be(at, voter.id.value());
    std::copy_n(voter.directory.uuid().bytes().begin(), Uuid::kBytes, at + 4);
    at += kVoterBytes;
  }
  return bytes;
}

tl::unexpected<Error> not_an_entry(Offset offset, std::string_view why) {
  return fail(ErrorCode::kCorrupt, fmt::format("metadata entry {}: {}", offset.value(), why));
}

Result<raft::VoterSet> decode_voters(Offset offset, ByteView bytes) {
  const bool sized = bytes.size() >= kCountBytes &&
                     (bytes.size() - kCountBytes) % kVoterBytes == 0 &&
                     load_be<std::uint32_t>(bytes.data()) == bytes.size() / kVoterBytes;
  if (!sized) return not_an_entry(offset, "its voters are cut off");
  std::vector<Replica> voters;
  for (auto rest = bytes.subspan(kCountBytes); !rest.empty(); rest = rest.subspan(kVoterBytes)) {
    std::array<std::uint8_t, Uuid::kBytes> directory{};
    std::copy_n(rest.data() + 4, Uuid::kBytes, directory.begin());
    voters.push_back({NodeId(load_be<std::int32_t>(rest.data())), DirectoryId(Uuid(directory))});
  }
  for (std::size_t i = 1; i < voters.size(); ++i) {
    if (voters[i - 1].id >= voters[i].id) return not_an_entry(offset, "its voters are not sorted");
  }
  return raft::VoterSet(std::move(voters));
}

Result<std::variant<raft::LeaderChange, raft::Command, raft::VoterSet>> decode_control(
    Offset offset, const kafka::RecordView& record) {
  if (!record.key || record.key->size() != kKeyBytes)
    return not_an_entry(offset, "its control record has no key");
  const auto version = load_be<std::int16_t>(record.key->data());
  const auto type = load_be<std::int16_t>(record.key->data() + 2);
  if (version == kVersion && type == kLeaderChange) return raft::LeaderChange{};
  if (version == kVersion && type == kVoters) return decode_voters(offset, *record.value);
  return fail(ErrorCode::kUnsupportedVersion,
              fmt::format("metadata entry {} is a control record of type {}, version {}: use the "
                          "release that wrote it, or a later one",
                          offset.value(), type, version));
}

}  // namespace

SharedBytes encode_entry(const raft::Entry& entry, TimestampMs now) {
  kafka::BatchOptions options;
  options.base_offset = entry.offset;
  options.leader_epoch = LeaderEpoch(entry.term.value());
  const auto* command = std::get_if<raft::Command>(&entry.body);
  const auto* voters = std::get_if<raft::VoterSet>(&entry.body);
  options.control = command == nullptr;
  kafka::BatchBuilder builder(options);
  if (command != nullptr) {
    builder.add(now, std::nullopt, command->bytes.view());
  } else if (voters != nullptr) {
    builder.add(now, key_of(kVoters), encode(*voters));
  } else {
    builder.add(now, key_of(kLeaderChange), ByteView());
  }
  return builder.build();
}

Result<DecodedEntry> decode_entry(Offset offset, const SharedBytes& bytes) {
  const auto header = kafka::parse_batch_header(bytes.view());
  if (!header) return not_an_entry(offset, header.error().message);
  const auto batch = bytes.slice(0, header->total_bytes());
  if (!planted(Bug::kSnapshotUnchecked) && !kafka::batch_crc_holds(*header, batch.view()))
    return not_an_entry(offset, "its CRC is wrong");
  if (header->base_offset != offset)
    return not_an_entry(offset, fmt::format("found {} instead", header->base_offset.value()));
  const bool plain = (header->attributes & ~0x20) == 0;  // only "control" may be set
  if (header->record_count != 1 || header->last_offset_delta != 0 || !plain)
    return not_an_entry(offset, "it is not one plain record");
  kafka::RecordReader reader(*header, batch.view().subspan(kafka::kBatchHeaderBytes));
  kafka::RecordView record;
  const auto there = reader.next(record);
  if (!there) return not_an_entry(offset, there.error().message);
  if (!*there || !record.value) return not_an_entry(offset, "it has no value");
  raft::Entry entry{offset, raft::Term(header->leader_epoch.value()), raft::LeaderChange{}};
  if (header->is_control()) {
    ASSIGN_OR_RETURN(entry.body, decode_control(offset, record));
  } else {
    const auto at = static_cast<std::size_t>(record.value->data() - batch.data());
    entry.body = raft::Command{batch.slice(at, record.value->size())};
  }
  return DecodedEntry{std::move(entry), batch.size()};
}

}  // namespace millrace::node
