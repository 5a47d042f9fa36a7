"""What a schema's fields are in C++: types, defaults, version conditions, smallest encodings."""

from schema import NEVER, PRIMITIVES, Versions

CPP_PRIMITIVES = {
    "bool": "bool", "float64": "double", "uuid": "Uuid", "string": "std::string",
    "bytes": "SharedBytes", "records": "BytesChain",
    **{name: f"std::{name}_t" for name in ("int8", "int16", "int32", "int64", "uint16", "uint32")},
}
# Reader's and Writer's function for a primitive of fixed size.
CALLS = {"bool": "boolean", **{name: name for name in (
    "int8", "int16", "int32", "int64", "uint16", "uint32", "float64", "uuid")}}
FIXED_BYTES = {"bool": 1, "int8": 1, "int16": 2, "int32": 4, "int64": 8, "uint16": 2, "uint32": 4,
               "float64": 8, "uuid": 16}
INT_MIN = {"int32": -(1 << 31), "int64": -(1 << 63)}



def element_type(field):
    """The C++ type of the value, or of one element of the array."""
    return field.struct.name if field.struct else field.strong or CPP_PRIMITIVES[field.type]


def value_type(field):
    """Without the optional."""
    return f"std::vector<{element_type(field)}>" if field.is_array else element_type(field)


def is_optional(field, message):
    return bool(field.nullable & message.versions)


def cpp_type(field, message):
    inner = value_type(field)
    return f"std::optional<{inner}>" if is_optional(field, message) else inner


def literal(field):
    """The stated default of a number, a bool or a string, or their zero."""
    if field.type == "string":
        return field.default or '""'
    if field.type == "bool":
        return field.default or "false"
    if field.type == "float64":
        return repr(float(field.default or 0))
    value = int(field.default or "0", 0)
    if field.strong == "KafkaError" and value == 0:
        return "KafkaError::kNone"
    if value == INT_MIN.get(field.type):
        text = f"std::numeric_limits<{CPP_PRIMITIVES[field.type]}>::min()"
    else:
        text = str(value)
    return f"{field.strong}({text})" if field.strong else text


def null_by_default(field):
    return field.default == "null" or field.type == "records"


def initializer(field, message):
    """What follows the member's name in its declaration."""
    if is_optional(field, message):
        if null_by_default(field):
            return ""
        if field.is_array or field.type == "bytes":
            return f" = {value_type(field)}()"
        return f" = {literal(field)}"
    if field.is_array or field.struct or field.type in ("bytes", "uuid"):
        return ""
    if field.type == "string":
        return f" = {field.default}" if field.default not in (None, '""') else ""
    return f" = {literal(field)}"


def is_default(field, message, value):
    """A C++ condition: `value` is what the field has when nobody set it."""
    if is_optional(field, message):
        if null_by_default(field):
            return f"!{value}.has_value()"
        if field.is_array or field.type == "bytes":
            return f"{value}.has_value() && {value}->empty()"
        return f"{value} == {literal(field)}"
    if field.is_array or field.type == "bytes":
        return f"{value}.empty()"
    if field.struct:
        return f"{value} == {field.struct.name}()"
    if field.type == "uuid":
        return f"{value}.is_zero()"
    if field.type == "bool":
        return value if field.default == "true" else f"!{value}"
    if field.type == "string" and field.default in (None, '""'):
        return f"{value}.empty()"
    return f"{value} == {literal(field)}"


def condition(versions, scope):
    """`versions` as a C++ condition on `v`, known to lie in `scope`; None when it always holds."""
    if versions.covers(scope):
        return None
    if not versions & scope:
        return "false"
    tests = []
    if versions.first > scope.first:
        tests.append(f"v >= {versions.first}")
    if versions.last < scope.last:
        tests.append(f"v <= {versions.last}")
    return " && ".join(tests)


def struct_scopes(message):
    """In which versions each struct can occur: the hull of its uses."""
    scopes = {message.root.name: message.versions}
    for struct in [message.root, *reversed(message.structs)]:
        scope = scopes[struct.name]
        for field in struct.fields:
            if not field.struct:
                continue
            used = field.versions & scope
            known = scopes.get(field.struct.name, NEVER)
            scopes[field.struct.name] = used if not known else known if not used else Versions(
                min(known.first, used.first), max(known.last, used.last))
    return scopes


def field_bytes_min(field, message, version):
    if version not in field.versions or field.tag is not None:
        return 0
    compact = version in message.flexible and field.compact
    if field.is_array:
        return 1 if compact else 4
    if field.type in FIXED_BYTES:
        return FIXED_BYTES[field.type]
    if field.type in PRIMITIVES:
        return 1 if compact else 2 if field.type == "string" else 4
    if field.nullable:
        return 1
    return struct_bytes_min(field.struct, message, version)


def struct_bytes_min(struct, message, version):
    tags = 1 if version in message.flexible else 0
    return tags + sum(field_bytes_min(field, message, version) for field in struct.fields)


def element_bytes_min(field, message, scope):
    """A C++ expression of `v`: the smallest encoding of one element of an array."""
    usable = field.versions & scope
    def at(version):
        if field.struct:
            return struct_bytes_min(field.struct, message, version)
        if field.type in FIXED_BYTES:
            return FIXED_BYTES[field.type]
        compact = version in message.flexible and field.compact
        return 1 if compact else 2 if field.type == "string" else 4
    text = str(at(usable.first))
    for version in range(usable.first + 1, usable.last + 1):
        if at(version) != at(version - 1):
            text = f"v >= {version} ? {at(version)} : {text}"
    return text
