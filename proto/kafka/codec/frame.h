#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/result.h"
#include "proto/kafka/codec/api.h"
#include "proto/kafka/codec/reader.h"
#include "proto/kafka/codec/writer.h"
#include "proto/kafka/messages/header.h"

/// Frames: what a connection carries after each 4-byte length. A request is a header and a body,
/// and so is a response; the API version decides the version of both headers.
namespace millrace::kafka {

std::int16_t request_header_version(const ApiInfo& api, std::int16_t version);
/// Always 0 for ApiVersions, because a client that asks for versions cannot know ours yet
/// (KIP-511).
std::int16_t response_header_version(const ApiInfo& api, std::int16_t version);

/// The start of a request frame.
struct RequestStart {
  /// Only key, version and correlation id are filled unless `supported`: what follows them in a
  /// version that we do not know cannot be relied on.
  RequestHeader header;
  /// Null for a key that we do not have.
  const ApiInfo* api = nullptr;
  /// The body, which begins where the reader now stands, can be decoded.
  bool supported = false;
};

/// Errors: kMalformed. An unknown API or version is not an error here: the listener closes the
/// connection for it, except for ApiVersions, which is answered in version 0 with
/// UNSUPPORTED_VERSION and the list of APIs.
Result<RequestStart> decode_request_start(Reader& reader);

/// Writes header and body of a request as one frame without its length.
template <class Request>
Result<BytesChain> encode_request(std::int32_t correlation_id, const std::string& client_id,
                                  std::int16_t version, const Request& request) {
  RequestHeader header;
  header.request_api_key = static_cast<std::int16_t>(Request::kApiKey);
  header.request_api_version = version;
  header.correlation_id = correlation_id;
  header.client_id = client_id;
  Writer writer;
  RETURN_IF_ERROR(
      header.encode(writer, request_header_version(api_info(Request::kApiKey), version)));
  RETURN_IF_ERROR(request.encode(writer, version));
  return writer.take();
}

/// Writes header and body of a response as one frame without its length.
template <class Response>
Result<BytesChain> encode_response(std::int32_t correlation_id, std::int16_t version,
                                   const Response& response) {
  ResponseHeader header;
  header.correlation_id = correlation_id;
  Writer writer;
  RETURN_IF_ERROR(
      header.encode(writer, response_header_version(api_info(Response::kApiKey), version)));
  RETURN_IF_ERROR(response.encode(writer, version));
  return writer.take();
}

/// The header of a response to a request of that API and version. Errors: kMalformed.
Result<ResponseHeader> decode_response_header(Reader& reader, const ApiInfo& api,
                                              std::int16_t version);

}  // namespace millrace::kafka
