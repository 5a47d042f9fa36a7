#include "proto/kafka/codec/frame.h"

#include "proto/kafka/messages/api_versions.h"
#include "proto/kafka/messages/metadata.h"
#include "proto/kafka/messages/produce.h"
#include "tests/support/catch.h"

using namespace millrace;
using namespace millrace::kafka;

namespace {

Result<RequestStart> start_of(std::vector<std::uint8_t> frame) {
  Reader reader(SharedBytes::own(std::move(frame)));
  return decode_request_start(reader);
}

}  // namespace

TEST_CASE("header versions follow the API's first flexible version") {
  const auto& metadata = api_info(ApiKey::kMetadata);
  REQUIRE(request_header_version(metadata, 8) == 1);
  REQUIRE(request_header_version(metadata, 9) == 2);
  REQUIRE(response_header_version(metadata, 8) == 0);
  REQUIRE(response_header_version(metadata, 9) == 1);
}

TEST_CASE("the header of an ApiVersions response is always version 0") {
  const auto& api = api_info(ApiKey::kApiVersions);
  REQUIRE(request_header_version(api, 3) == 2);
  for (std::int16_t version = 0; version <= 5; ++version) {
    REQUIRE(response_header_version(api, version) == 0);
  }
  const auto frame = encode_response(7, 3, ApiVersionsResponse());
  REQUIRE_OK(frame);
  // Correlation id, then the error code at once: no tag section between them.
  REQUIRE(frame->flatten() == std::vector<std::uint8_t>{0, 0, 0, 7, 0, 0, 1, 0, 0, 0, 0, 0});
}

TEST_CASE("a request frame round trip, before and after flexible versions") {
  const std::int16_t version = GENERATE(8, 9, 13);
  MetadataRequest request;
  request.topics.emplace().emplace_back().name = "orders";
  const auto frame = encode_request(77, "me", version, request);
  REQUIRE_OK(frame);
  Reader reader(SharedBytes::own(frame->flatten()));
  const auto start = decode_request_start(reader);
  REQUIRE_OK(start);
  REQUIRE(start->supported);
  REQUIRE(start->api->key == ApiKey::kMetadata);
  REQUIRE(start->header.request_api_version == version);
  REQUIRE(start->header.correlation_id == 77);
  REQUIRE(start->header.client_id == "me");
  const auto body = MetadataRequest::decode(reader, version);
  REQUIRE_OK(body);
  REQUIRE(*body == request);
  REQUIRE(reader.remaining() == 0);
}

TEST_CASE("a response frame round trip") {
  const std::int16_t version = GENERATE(8, 9);
  MetadataResponse response;
  response.cluster_id = "c";
  const auto frame = encode_response(-5, version, response);
  REQUIRE_OK(frame);
  Reader reader(SharedBytes::own(frame->flatten()));
  const auto header = decode_response_header(reader, api_info(ApiKey::kMetadata), version);
  REQUIRE_OK(header);
  REQUIRE(header->correlation_id == -5);
  const auto body = MetadataResponse::decode(reader, version);
  REQUIRE_OK(body);
  REQUIRE(*body == response);
}

TEST_CASE("what we do not serve is recognised by its first eight bytes") {
  SECTION("an ApiVersions version of the future, whatever its header looks like") {
    const auto start = start_of({0, 18, 0, 99, 0, 0, 0, 5, 0xff});
    REQUIRE_OK(start);
    REQUIRE_FALSE(start->supported);
    REQUIRE(start->api->key == ApiKey::kApiVersions);
    REQUIRE(start->header.correlation_id == 5);
    REQUIRE(start->header.request_api_version == 99);
  }
  SECTION("an unknown key") {
    const auto start = start_of({0x7f, 0xff, 0, 0, 0, 0, 0, 5});
    REQUIRE_OK(start);
    REQUIRE_FALSE(start->supported);
    REQUIRE(start->api == nullptr);
  }
  SECTION("Produce 0 to 2, advertised but not served") {
    for (std::uint8_t version = 0; version < 3; ++version) {
      const auto start = start_of({0, 0, 0, version, 0, 0, 0, 5, 0xff, 0xff});
      REQUIRE_OK(start);
      REQUIRE_FALSE(start->supported);
    }
    REQUIRE(start_of({0, 0, 0, 3, 0, 0, 0, 5, 0xff, 0xff})->supported);
  }
}

TEST_CASE("broken headers are malformed") {
  REQUIRE_ERROR(start_of({}), ErrorCode::kMalformed);
  REQUIRE_ERROR(start_of({0, 3, 0, 9, 0, 0, 0}), ErrorCode::kMalformed);
  REQUIRE_ERROR(start_of({0, 3, 0, 9, 0, 0, 0, 1, 0, 5, 'a'}), ErrorCode::kMalformed);
  // A flexible version without its tag section.
  REQUIRE_ERROR(start_of({0, 3, 0, 9, 0, 0, 0, 1, 0, 1, 'a'}), ErrorCode::kMalformed);
}
