"""Emits <api>.h: the structs of an API with their public functions."""

import textwrap

from cpp_types import cpp_type, initializer
from schema import VERSION_MAX, snake_case

FUNCTIONS = """\
  /// Errors: kUnsupportedVersion when the version is outside the range or cannot carry a field that
  /// is set; kInvalidArgument for a null or a length that the version does not allow.
  [[nodiscard]] Status encode(Writer& writer, std::int16_t version) const;
  /// Errors: kUnsupportedVersion; kMalformed and kLimitReached with the name of the field. Bytes that
  /// follow the message are left in the reader.
  static Result<{name}> decode(Reader& reader, std::int16_t version);
  /// One line for logs; see Describer.
  [[nodiscard]] std::string describe() const;
  void describe_to(Describer& describer) const;
"""


def comment_lines(text, indent):
    return "".join(f"{indent}/// {line}\n" for line in textwrap.wrap(text, 96 - len(indent)))


def members(struct, message, indent):
    out = []
    for field in struct.fields:
        if field.comment:
            out.append(comment_lines(field.comment, indent))
        out.append(f"{indent}{cpp_type(field, message)} {field.name}{initializer(field, message)};\n")
    out.append(f"{indent}UnknownTags unknown_tags;\n")
    return "".join(out)


def equality(name, indent):
    return f"{indent}friend bool operator==(const {name}&, const {name}&) = default;\n"


def nested_structs(message):
    """In a namespace of their own and known inside the message by an alias: were they truly nested,
    std::optional could not default-construct them before the message's class is complete."""
    if not message.structs:
        return ""
    structs = [f"struct {struct.name} {{\n{members(struct, message, '  ')}\n"
               f"{equality(struct.name, '  ')}}};\n\n" for struct in message.structs]
    name = snake_case(message.name)
    return f"namespace {name} {{\n\n{''.join(structs)}}}  // namespace {name}\n\n"


def aliases(message):
    name = snake_case(message.name)
    return "".join(f"  using {struct.name} = {name}::{struct.name};\n" for struct in message.structs)


def constants(message, api):
    first_flexible = message.flexible.first if message.flexible else VERSION_MAX
    lines = [f'std::string_view kName = "{message.name}"']
    if api.key is not None:
        lines.append(f"ApiKey kApiKey = ApiKey::k{api.name}")
    lines += [f"std::int16_t kMinVersion = {message.versions.first}",
              f"std::int16_t kMaxVersion = {message.versions.last}",
              f"std::int16_t kFirstFlexibleVersion = {first_flexible}"]
    return "".join(f"  static constexpr {line};\n" for line in lines)


def message_struct(message, api):
    name = message.name
    return "".join([
        nested_structs(message), comment_lines(api.comment, "") if message is api.messages[0] else "",
        f"struct {name} {{\n", constants(message, api), "\n", aliases(message),
        "\n" if message.structs else "", members(message.root, message, "  "), "\n", FUNCTIONS.format(name=name), "\n",
        equality(name, "  "), "};\n\n"])


def header(api):
    return "".join([
        f"// Generated from proto/kafka/schemas/{api.path.name}; do not edit.\n#pragma once\n\n",
        "#include <cstdint>\n#include <limits>\n#include <optional>\n#include <string>\n",
        "#include <string_view>\n#include <vector>\n\n",
        '#include "base/bytes.h"\n#include "base/ids.h"\n#include "base/result.h"\n',
        '#include "base/uuid.h"\n#include "proto/kafka/codec/api.h"\n',
        '#include "proto/kafka/codec/unknown_tag.h"\n',
        '#include "proto/kafka/errors/kafka_error.h"\n\n',
        "namespace millrace::kafka {\n\nclass Reader;\nclass Writer;\nclass Describer;\n\n",
        *(message_struct(message, api) for message in api.messages),
        "}  // namespace millrace::kafka\n"])
