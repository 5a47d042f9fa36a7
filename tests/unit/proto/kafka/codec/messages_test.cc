#include "proto/kafka/codec/limits.h"
#include "proto/kafka/codec/reader.h"
#include "proto/kafka/codec/writer.h"
#include "proto/kafka/messages/all.h"
#include "tests/support/catch.h"
#include "tests/unit/proto/kafka/codec/golden.h"
#include "tests/unit/proto/kafka/codec/message_types.h"

using namespace millrace;
using namespace millrace::kafka;

namespace {

template <class Message>
Result<SharedBytes> encoded(const Message& message, std::int16_t version) {
  Writer writer;
  RETURN_IF_ERROR(message.encode(writer, version));
  return SharedBytes::own(writer.take().flatten());
}

std::string text_of(const Error& error) {
  return to_string(error);
}

}  // namespace

TEST_CASE("random content of every message and version survives the wire") {
  constexpr int kRounds = 60;
  for (const auto& type : message_types()) {
    for (auto version = type.min_version; version <= type.max_version; ++version) {
      for (int seed = 0; seed < kRounds; ++seed) {
        INFO(type.name << " version " << version << " seed " << seed);
        Arbitrary arbitrary(static_cast<std::uint64_t>(seed));
        const auto survives = type.survives(arbitrary, version);
        REQUIRE_OK(survives);
        REQUIRE(*survives);
      }
    }
  }
}

TEST_CASE("a message cut anywhere is refused, a flipped byte never harms") {
  for (const auto& golden : goldens()) {
    const MessageType& type = *message_type(golden.message);
    INFO(golden.message << " version " << golden.version << " " << golden.variant);
    for (std::size_t size = 0; size < golden.bytes.size(); ++size) {
      const ByteView cut(golden.bytes.data(), size);
      REQUIRE_ERROR(type.decode(SharedBytes::copy_of(cut), golden.version), ErrorCode::kMalformed);
    }
    for (std::size_t at = 0; at < golden.bytes.size(); ++at) {
      for (const std::uint8_t flip : {0x01, 0x80, 0xff}) {
        auto bytes = golden.bytes;
        bytes[at] ^= flip;
        const auto decoded = type.decode(SharedBytes::own(std::move(bytes)), golden.version);
        if (decoded) {
          REQUIRE(decoded->round_trip);
        } else {
          REQUIRE_SAME_CODE(decoded.error().code, ErrorCode::kMalformed);
        }
      }
    }
  }
}

TEST_CASE("versions outside the range are refused in both directions") {
  for (const auto& type : message_types()) {
    INFO(type.name);
    for (const int version : {type.min_version - 1, type.max_version + 1, -1, 32767}) {
      Arbitrary arbitrary(1);
      REQUIRE_ERROR(type.decode(SharedBytes(), static_cast<std::int16_t>(version)),
                    ErrorCode::kUnsupportedVersion);
    }
  }
  Writer writer;
  REQUIRE_ERROR(FetchRequest().encode(writer, 3), ErrorCode::kUnsupportedVersion);
  REQUIRE(writer.size() == 0);
}

TEST_CASE("records are slices of the frame when read and references when written") {
  const auto batch = SharedBytes::own(std::vector<std::uint8_t>(5000, 7));
  ProduceRequest request;
  auto& partition = request.topic_data.emplace_back().partition_data.emplace_back();
  partition.records = BytesChain(batch);
  Writer writer;
  REQUIRE_OK(request.encode(writer, 9));
  const BytesChain chain = writer.take();
  bool referenced = false;
  for (const auto& piece : chain.pieces()) referenced |= piece.data() == batch.data();
  REQUIRE(referenced);

  const auto frame = SharedBytes::own(chain.flatten());
  Reader reader(frame);
  const auto decoded = ProduceRequest::decode(reader, 9);
  REQUIRE_OK(decoded);
  const auto& pieces = decoded->topic_data[0].partition_data[0].records->pieces();
  REQUIRE(pieces.size() == 1);
  REQUIRE(pieces[0].data() >= frame.data());
  REQUIRE(pieces[0].data() + pieces[0].size() <= frame.data() + frame.size());
  REQUIRE(*decoded == request);
}

TEST_CASE("a field that the version cannot carry is an error unless it is ignorable") {
  SECTION("not ignorable") {
    MetadataRequest request;
    request.allow_auto_topic_creation = false;
    Writer writer;
    const auto status = request.encode(writer, 3);
    REQUIRE_ERROR(status, ErrorCode::kUnsupportedVersion);
    REQUIRE(status.error().message ==
            "MetadataRequest.allow_auto_topic_creation is set, but version 3 cannot carry it");
    REQUIRE_OK(encoded(request, 4));
  }
  SECTION("not ignorable and tagged, in a nested struct") {
    FetchResponse response;
    response.responses.emplace_back().partitions.emplace_back().current_leader.leader_id =
        NodeId(3);
    REQUIRE_ERROR(encoded(response, 11), ErrorCode::kUnsupportedVersion);
    REQUIRE_OK(encoded(response, 12));
  }
  SECTION("ignorable") {
    MetadataResponse response;
    response.throttle_time_ms = 5;
    response.cluster_id = "c";
    REQUIRE_OK(encoded(response, 0));
  }
  SECTION("an unknown tag") {
    ApiVersionsRequest request;
    request.unknown_tags.push_back({5, SharedBytes()});
    REQUIRE_ERROR(encoded(request, 2), ErrorCode::kUnsupportedVersion);
    REQUIRE_OK(encoded(request, 3));
  }
}

TEST_CASE("null where the version has no null") {
  SECTION("written") {
    MetadataRequest request;
    request.topics.reset();
    REQUIRE_ERROR(encoded(request, 0), ErrorCode::kInvalidArgument);
    REQUIRE_OK(encoded(request, 1));
    request.topics.emplace().emplace_back().name.reset();
    REQUIRE_ERROR(encoded(request, 9), ErrorCode::kInvalidArgument);
    REQUIRE_OK(encoded(request, 10));
  }
  SECTION("read") {
    Reader array(SharedBytes::own({0xff, 0xff, 0xff, 0xff}));
    const auto all = MetadataRequest::decode(array, 0);
    REQUIRE_ERROR(all, ErrorCode::kMalformed);
    REQUIRE(all.error().message.find("MetadataRequest.topics: null") == 0);
    Reader name(SharedBytes::own({2, 0, 0}));
    REQUIRE_ERROR(MetadataRequest::decode(name, 9), ErrorCode::kMalformed);
  }
}

TEST_CASE("a tagged field with its default is not written") {
  const auto plain = encoded(FetchRequest(), 18);
  REQUIRE_OK(plain);
  FetchRequest request;
  request.replica_state.replica_id = NodeId(1);
  const auto tagged = encoded(request, 18);
  REQUIRE_OK(tagged);
  REQUIRE(tagged->size() > plain->size());
  REQUIRE(plain->view().back() == 0);
}

TEST_CASE("a tag that is known in a later version only is kept as unknown") {
  // Version 12 does not know tag 1, replica_state.
  FetchRequest request;
  request.unknown_tags.push_back({1, SharedBytes::own({9, 9})});
  const auto bytes = encoded(request, 12);
  REQUIRE_OK(bytes);
  Reader reader(*bytes);
  const auto decoded = FetchRequest::decode(reader, 12);
  REQUIRE_OK(decoded);
  REQUIRE(decoded->unknown_tags == request.unknown_tags);
  SECTION("and written in the later version it collides with the known field") {
    request.replica_state.replica_id = NodeId(1);
    REQUIRE_ERROR(encoded(request, 15), ErrorCode::kInvalidArgument);
  }
}

TEST_CASE("decoding costs at most the budget, however small the elements are") {
  // Elements of two bytes on the wire: an empty name and no tags.
  const auto request_of = [](std::size_t frame_bytes) {
    Writer writer;
    const std::size_t topics = (frame_bytes - 16) / 2;
    writer.array_count(Lengths::kCompact, topics, "topics");
    for (std::size_t i = 0; i < topics; ++i) {
      writer.string(Lengths::kCompact, "", "name");
      writer.uvarint(0);
    }
    for (int i = 0; i < 4; ++i) writer.int8(0);
    return SharedBytes::own(writer.take().flatten());
  };
  constexpr std::size_t kElementSize = sizeof(MetadataRequest::MetadataRequestTopic);
  const auto cost = [](std::size_t frame_bytes) { return (frame_bytes - 16) / 2 * kElementSize; };
  const auto budget = [](std::size_t frame_bytes) {
    return kDecodedBytesFloor + kDecodedBytesPerFrameByte * frame_bytes;
  };

  constexpr std::size_t kSmall = 20'000;
  REQUIRE(cost(kSmall) < budget(kSmall));
  Reader small(request_of(kSmall));
  REQUIRE_OK(MetadataRequest::decode(small, 9));

  constexpr std::size_t kLarge = 100'000;
  REQUIRE(cost(kLarge) > budget(kLarge));
  Reader large(request_of(kLarge));
  const auto refused = MetadataRequest::decode(large, 9);
  REQUIRE_ERROR(refused, ErrorCode::kLimitReached);
  REQUIRE(refused.error().message.find("MetadataRequest.topics: ") == 0);
}

TEST_CASE("descriptions are short, complete enough and keep secrets") {
  SECTION("records and byte fields show their size only") {
    ProduceRequest request;
    request.acks = -1;
    request.timeout_ms = 30000;
    auto& topic = request.topic_data.emplace_back();
    topic.name = "a\"\n";
    topic.partition_data.emplace_back().records =
        BytesChain(SharedBytes::copy_of(as_bytes("secret content")));
    REQUIRE(request.describe() ==
            "{acks=-1, timeout_ms=30000, topic_data=[{name=\"a\\\"\\x0a\", "
            "partition_data=[{index=0, records=<14 bytes>}]}]}");
  }
  SECTION("values of settings that are being changed stay hidden") {
    IncrementalAlterConfigsRequest request;
    auto& config = request.resources.emplace_back().configs.emplace_back();
    config.name = "ssl.keystore.password";
    config.value = "hunter2";
    const std::string text = request.describe();
    REQUIRE(text.find("hunter2") == std::string::npos);
    REQUIRE(text.find("value=(secret)") != std::string::npos);
    REQUIRE(text.find("ssl.keystore.password") != std::string::npos);
    AlterConfigsRequest whole;
    whole.resources.emplace_back().configs.emplace_back().value = "hunter2";
    REQUIRE(whole.describe().find("hunter2") == std::string::npos);
  }
  SECTION("errors have names") {
    MetadataResponse response;
    response.topics.emplace_back().error_code = KafkaError::kUnknownTopicId;
    response.error_code = static_cast<KafkaError>(999);
    const std::string text = response.describe();
    REQUIRE(text.find("error_code=UNKNOWN_TOPIC_ID") != std::string::npos);
    REQUIRE(text.find("error_code=999") != std::string::npos);
  }
  SECTION("bounded") {
    FindCoordinatorRequest request;
    request.coordinator_keys.assign(100'000, "group");
    const std::string text = request.describe();
    REQUIRE(text.size() == kDescribeBytesMax);
    REQUIRE(text.substr(text.size() - 3) == "...");
    request.coordinator_keys.assign(1, std::string(kStringBytesMax, 'x'));
    REQUIRE(request.describe().size() == kDescribeBytesMax);
  }
}

TEST_CASE("defaults are Kafka's") {
  REQUIRE(MetadataRequest().allow_auto_topic_creation);
  REQUIRE(MetadataRequest().topics.has_value());
  REQUIRE_FALSE(ProduceRequest().transactional_id.has_value());
  REQUIRE(FetchRequest().max_bytes == 0x7fffffff);
  REQUIRE(FetchRequest::FetchPartition().high_watermark == Offset(INT64_MAX));
  REQUIRE(MetadataResponse().cluster_authorized_operations == INT32_MIN);
  REQUIRE(OffsetForLeaderEpochRequest().replica_id == NodeId(-2));
  REQUIRE_FALSE(FetchResponse::PartitionData().records.has_value());
}

TEST_CASE("an error names the message, the struct and the field") {
  // One topic whose partition array announces a billion elements.
  Writer writer;
  writer.nullable_string(Lengths::kFixed, std::nullopt, "");
  writer.int16(1);
  writer.int32(100);
  writer.array_count(Lengths::kFixed, 1, "");
  writer.string(Lengths::kFixed, "t", "");
  writer.array_count(Lengths::kFixed, 1'000'000'000, "");
  Reader reader(SharedBytes::own(writer.take().flatten()));
  const auto decoded = ProduceRequest::decode(reader, 3);
  REQUIRE_ERROR(decoded, ErrorCode::kMalformed);
  REQUIRE(text_of(decoded.error())
              .find("ProduceRequest.TopicProduceData.partition_data: "
                    "1000000000 elements announced, 0 bytes left") != std::string::npos);
}
