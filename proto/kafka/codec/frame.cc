#include "proto/kafka/codec/frame.h"

namespace millrace::kafka {

namespace {
/// Key, version and correlation id: the same in every version of the header.
constexpr std::size_t kFixedHeaderBytes = 8;
}  // namespace

std::int16_t request_header_version(const ApiInfo& api, std::int16_t version) {
  return version >= api.first_flexible ? 2 : 1;
}

std::int16_t response_header_version(const ApiInfo& api, std::int16_t version) {
  if (api.key == ApiKey::kApiVersions) return 0;
  return version >= api.first_flexible ? 1 : 0;
}

Result<RequestStart> decode_request_start(Reader& reader) {
  if (reader.remaining() < kFixedHeaderBytes) {
    return fail(ErrorCode::kMalformed, "RequestHeader: the frame has less than 8 bytes");
  }
  Reader ahead = reader;
  RequestStart start;
  start.header.request_api_key = ahead.int16("RequestHeader.request_api_key");
  start.header.request_api_version = ahead.int16("RequestHeader.request_api_version");
  start.header.correlation_id = ahead.int32("RequestHeader.correlation_id");
  const std::int16_t version = start.header.request_api_version;
  start.api = api_info(start.header.request_api_key);
  start.supported = start.api != nullptr && start.api->serves(version);
  if (!start.supported) return start;
  ASSIGN_OR_RETURN(start.header,
                   RequestHeader::decode(reader, request_header_version(*start.api, version)));
  return start;
}

Result<ResponseHeader> decode_response_header(Reader& reader, const ApiInfo& api,
                                              std::int16_t version) {
  return ResponseHeader::decode(reader, response_header_version(api, version));
}

}  // namespace millrace::kafka
