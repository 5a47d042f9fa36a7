#include "cli/output/schema.h"

namespace millrace::cli {
namespace {

Json string_type() {
  return {{"type", "string"}};
}

Json type_of(const Field& field) {
  switch (field.type) {
    case FieldType::kString:
      return string_type();
    case FieldType::kInteger:
      return {{"type", "integer"}};
    case FieldType::kBoolean:
      return {{"type", "boolean"}};
    case FieldType::kIntegers:
      return {{"type", "array"}, {"items", {{"type", "integer"}}}};
    case FieldType::kMap:
      return {{"type", "object"},
              {"additionalProperties", {{"type", Json::array({"string", "null"})}}}};
    case FieldType::kObject:
      return item_schema(field.fields);
    case FieldType::kObjects:
      return {{"type", "array"}, {"items", item_schema(field.fields)}};
  }
  return {};
}

Json field_schema(const Field& field) {
  Json schema = type_of(field);
  if (field.nullable) schema["type"] = Json::array({schema["type"], "null"});
  schema["description"] = field.text;
  return schema;
}

Json errors_schema() {
  Json one = {{"type", "object"}, {"properties", Json::object()}, {"required", Json::array()}};
  for (const char* name : {"code", "target", "message", "hint"}) {
    one["properties"][name] = string_type();
    one["required"].push_back(name);
  }
  return {{"type", "array"}, {"items", one}};
}

}  // namespace

Json item_schema(const std::vector<Field>& fields) {
  Json properties = Json::object();
  Json required = Json::array();
  for (const auto& field : fields) {
    properties[field.name] = field_schema(field);
    required.push_back(field.name);
  }
  return {{"type", "object"}, {"properties", properties}, {"required", required}};
}

Json document_schema(const std::string& command, const Shape& shape) {
  const Json items = {{"type", "array"}, {"items", item_schema(shape.fields)}};
  return {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
          {"title", "millrace " + command},
          {"type", "object"},
          {"properties",
           {{"command", {{"const", command}}},
            {"version", {{"const", 1}}},
            {"items", items},
            {"errors", errors_schema()}}},
          {"required", {"command", "version", "items", "errors"}}};
}

}  // namespace millrace::cli
