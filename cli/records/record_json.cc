#include "cli/records/record_json.h"

#include <fmt/format.h>

#include "cli/text/encoding.h"

namespace millrace::cli {
namespace {

void put_bytes(Json& object, const std::string& name, const std::string& encoding_name,
               const std::optional<std::string>& bytes) {
  if (!bytes) {
    object[name] = nullptr;
  } else if (is_utf8(*bytes)) {
    object[name] = *bytes;
  } else {
    object[name] = base64(*bytes);
    object[encoding_name] = "base64";
  }
}

Problem not_a_record(const std::string& why) {
  return {ExitCode::kFailed, "INVALID_RECORD", "", why,
          R"(write {"key": "k", "value": "v", "headers": [{"key": "h", "value": "x"}]})"};
}

Answer<std::optional<std::string>> get_bytes(const Json& object, const std::string& name,
                                             const std::string& encoding_name) {
  const auto found = object.find(name);
  if (found == object.end() || found->is_null()) return std::optional<std::string>();
  // Numbers and objects are taken as their JSON text.
  if (!found->is_string()) return std::optional<std::string>(found->dump());
  auto text = found->get<std::string>();
  const auto encoding = object.find(encoding_name);
  if (encoding == object.end()) return std::optional<std::string>(std::move(text));
  auto bytes = *encoding == "base64" ? from_base64(text) : std::nullopt;
  if (!bytes) return problem(not_a_record(fmt::format("{} is not base64", name)));
  return bytes;
}

Answer<std::vector<RecordHeader>> get_headers(const Json& object) {
  std::vector<RecordHeader> headers;
  const auto found = object.find("headers");
  if (found == object.end() || found->is_null()) return headers;
  if (found->is_object()) {
    for (const auto& [name, value] : found->items()) {
      headers.emplace_back(name, value.is_string() ? value.get<std::string>() : value.dump());
    }
    return headers;
  }
  if (!found->is_array()) return problem(not_a_record("headers is not a list"));
  for (const auto& header : *found) {
    const bool named = header.is_object() && header.contains("key") && header["key"].is_string();
    if (!named) return problem(not_a_record("a header has no key"));
    auto value = get_bytes(header, "value", "encoding");
    if (!value) return problem(std::move(value).error());
    headers.emplace_back(header["key"].get<std::string>(), std::move(*value));
  }
  return headers;
}

}  // namespace

Json record_json(const Record& record) {
  Json json = {{"topic", record.topic},
               {"partition", record.partition.value()},
               {"offset", record.offset.value()},
               {"timestamp", record.timestamp.value()}};
  put_bytes(json, "key", "key_encoding", record.key);
  put_bytes(json, "value", "value_encoding", record.value);
  Json headers = Json::array();
  for (const auto& [name, value] : record.headers) {
    Json header = {{"key", name}};
    put_bytes(header, "value", "encoding", value);
    headers.push_back(std::move(header));
  }
  json["headers"] = std::move(headers);
  return json;
}

Answer<Record> record_from_json(std::string_view line) {
  const Json json = Json::parse(line, nullptr, false);
  if (!json.is_object()) return problem(not_a_record("not a JSON object"));
  Record record;
  auto key = get_bytes(json, "key", "key_encoding");
  if (!key) return problem(std::move(key).error());
  auto value = get_bytes(json, "value", "value_encoding");
  if (!value) return problem(std::move(value).error());
  auto headers = get_headers(json);
  if (!headers) return problem(std::move(headers).error());
  const auto timestamp = json.find("timestamp");
  if (timestamp != json.end() && timestamp->is_number_integer()) {
    record.timestamp = TimestampMs(timestamp->get<std::int64_t>());
  }
  record.key = std::move(*key);
  record.value = std::move(*value);
  record.headers = std::move(*headers);
  return record;
}

Shape record_shape() {
  const std::vector<Field> header = {
      {"key", FieldType::kString, "name of the header"},
      {"value", FieldType::kString, "its value; base64 when \"encoding\" says so", true}};
  return {
      .fields = {{"topic", FieldType::kString, "name of the topic"},
                 {"partition", FieldType::kInteger, "number of the partition"},
                 {"offset", FieldType::kInteger, "position in the partition"},
                 {"timestamp", FieldType::kInteger, "milliseconds since 1970"},
                 {"key", FieldType::kString, "the key; base64 when \"key_encoding\" says so", true},
                 {"value", FieldType::kString, "the value; base64 when \"value_encoding\" says so",
                  true},
                 {"headers", FieldType::kObjects, "headers in their order", false, header}},
      .columns = {{"PARTITION", "partition"},
                  {"OFFSET", "offset"},
                  {"TIMESTAMP", "timestamp"},
                  {"KEY", "key"},
                  {"VALUE", "value"}},
      .name = "offset"};
}

}  // namespace millrace::cli
