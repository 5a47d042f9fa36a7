"""The schema notation of docs/formats/kafka_schema.md: its model and its parser.

A schema file that breaks a rule raises SchemaError, which names the file and the line.
"""

import re
from dataclasses import dataclass, field as dataclass_field
from pathlib import Path

# Representation of a strong type: the only primitive it may stand on. The types are those of
# base/ids.h and codec; a schema that uses one on another primitive is refused.
STRONG_TYPES = {
    "Offset": "int64", "TimestampMs": "int64", "NodeId": "int32", "PartitionIndex": "int32",
    "LeaderEpoch": "int32", "PartitionEpoch": "int32", "BrokerEpoch": "int64",
    "ProducerId": "int64", "ProducerEpoch": "int16", "Sequence": "int32", "KafkaError": "int16",
    "TopicId": "uuid", "DirectoryId": "uuid", "IncarnationId": "uuid",
}
INTEGER_BITS = {"int8": 8, "int16": 16, "int32": 32, "int64": 64}
UNSIGNED_BITS = {"uint16": 16, "uint32": 32}
PRIMITIVES = {"bool", "float64", "uuid", "string", "bytes", "records",
              *INTEGER_BITS, *UNSIGNED_BITS}
# Those that have a null of their own; structs and arrays have one too.
NULLABLE_PRIMITIVES = {"string", "bytes", "records"}
VERSION_MAX = 32767
NESTING_MAX = 8


class SchemaError(Exception):
    def __init__(self, path, line, message):
        super().__init__(f"{path}:{line}: {message}")


@dataclass(frozen=True)
class Versions:
    """A closed range; `first > last` is empty."""

    first: int
    last: int

    @staticmethod
    def parse(text):
        match = re.fullmatch(r"(\d+)(?:(\+)|-(\d+))?", text)
        if not match:
            return None
        first = int(match[1])
        last = VERSION_MAX if match[2] else int(match[3]) if match[3] else first
        return Versions(first, last) if first <= last <= VERSION_MAX else None

    def __contains__(self, version):
        return self.first <= version <= self.last

    def __and__(self, other):
        return Versions(max(self.first, other.first), min(self.last, other.last))

    def __bool__(self):
        return self.first <= self.last

    def covers(self, other):
        return not other or (self.first <= other.first and other.last <= self.last)

    def __str__(self):
        if not self:
            return "none"
        return f"{self.first}+" if self.last == VERSION_MAX else f"{self.first}-{self.last}"


NEVER = Versions(1, 0)


@dataclass
class Field:
    name: str
    type: str  # a primitive or the name of a struct
    strong: str | None
    is_array: bool
    versions: Versions
    nullable: Versions
    line: int
    tag: int | None = None
    default: str | None = None  # as written; None when not stated
    ignorable: bool = False
    secret: bool = False
    compact: bool = True  # compact lengths in flexible versions
    comment: str = ""
    struct: "Struct | None" = None


@dataclass
class Struct:
    name: str
    line: int
    fields: list = dataclass_field(default_factory=list)


@dataclass
class Message:
    name: str  # MetadataRequest, RequestHeader
    versions: Versions
    flexible: Versions
    root: Struct
    structs: list  # nested ones, each after those that it uses


@dataclass
class Api:
    path: Path
    name: str
    key: int | None  # None for headers
    versions: Versions
    flexible: Versions
    advertise: Versions
    comment: str
    messages: list

    @property
    def snake(self):
        return self.path.stem.split("_", 1)[1] if self.key is not None else self.path.stem


def snake_case(pascal):
    return re.sub(r"(?<!^)(?=[A-Z])", "_", pascal).lower()


class Parser:
    def __init__(self, path, text=None):
        self.path = Path(path)
        self.lines = self.significant_lines(self.path.read_text() if text is None else text)
        self.at = 0

    def fail(self, line, message):
        raise SchemaError(self.path, line, message)

    def significant_lines(self, text):
        """(line number, indent, words, comment) of every line that is not blank or a comment; the
        comment lines at the top describe the file."""
        result = []
        self.comment = []
        for number, raw in enumerate(text.split("\n"), 1):
            if "\t" in raw:
                self.fail(number, "a tab; indent with two spaces")
            code, _, comment = raw.partition("#")
            if not code.strip():
                if comment and not result:
                    self.comment.append(comment.strip())
                continue
            indent = len(code) - len(code.lstrip())
            if indent % 2:
                self.fail(number, f"indented by {indent} spaces; levels are two spaces apart")
            result.append((number, indent // 2, code.split(), comment.strip()))
        return result

    def parse(self):
        if not self.lines:
            self.fail(1, "empty; expected 'api NAME key N versions V flexible V' or 'header ...'")
        if self.lines[0][2][0] == "header":
            return self.parse_headers()
        return self.parse_api()

    def parse_api(self):
        number, indent, words, _ = self.take()
        if indent or words[0] != "api" or len(words) < 2:
            self.fail(number, "expected 'api NAME key N versions V flexible V [advertise V]'")
        name = words[1]
        options = self.header_options(number, words[2:], {"key", "versions", "flexible", "advertise"})
        if not options.get("key", "").isdigit() or int(options["key"]) > VERSION_MAX:
            self.fail(number, "expected a key from 0 to 32767")
        key = int(options["key"])
        if self.path.stem != f"{key:02}_{snake_case(name)}":
            self.fail(number, f"this API belongs into {key:02}_{snake_case(name)}.schema")
        versions, flexible = self.message_versions(number, options)
        advertise = self.versions(number, options.get("advertise", options["versions"]))
        if not advertise.covers(versions):
            self.fail(number, f"advertises {advertise}, which leaves out some of {versions}")
        messages = []
        for kind in ("request", "response"):
            if self.at == len(self.lines):
                self.fail(number, f"no {kind}")
            line, indent, words, _ = self.take()
            if indent or words != [kind]:
                self.fail(line, f"expected '{kind}'")
            messages.append(self.parse_message(line, name + kind.capitalize(), versions, flexible))
        if self.at != len(self.lines):
            self.fail(self.lines[self.at][0], "expected the end of the file")
        return Api(self.path, name, key, versions, flexible, advertise, " ".join(self.comment),
                   messages)

    def parse_headers(self):
        messages = []
        while self.at < len(self.lines):
            number, indent, words, _ = self.take()
            if indent or words[0] != "header" or len(words) < 2:
                self.fail(number, "expected 'header NAME versions V flexible V'")
            options = self.header_options(number, words[2:], {"versions", "flexible"})
            versions, flexible = self.message_versions(number, options)
            messages.append(self.parse_message(number, words[1], versions, flexible))
        return Api(self.path, self.path.stem, None, versions, flexible, versions,
                   " ".join(self.comment), messages)

    def take(self):
        self.at += 1
        return self.lines[self.at - 1]

    def header_options(self, line, words, allowed):
        if len(words) % 2:
            self.fail(line, f"'{words[-1]}' has no value")
        options = {}
        for name, value in zip(words[::2], words[1::2]):
            if name not in allowed:
                self.fail(line, f"unknown word '{name}'; expected one of {', '.join(sorted(allowed))}")
            if name in options:
                self.fail(line, f"'{name}' twice")
            options[name] = value
        return options

    def versions(self, line, text):
        versions = Versions.parse(text)
        if versions is None:
            self.fail(line, f"'{text}' is not a version range; write 3, 3+ or 3-7")
        return versions

    def message_versions(self, line, options):
        if "versions" not in options or "flexible" not in options:
            self.fail(line, "expected 'versions V' and 'flexible V' (flexible none)")
        versions = self.versions(line, options["versions"])
        if versions.last == VERSION_MAX:
            self.fail(line, "the versions of an API have an end")
        if options["flexible"] == "none":
            return versions, NEVER
        flexible = self.versions(line, options["flexible"])
        if flexible.last != VERSION_MAX:
            self.fail(line, "versions are flexible from one on for ever: write 'flexible N+'")
        return versions, flexible

    def parse_message(self, line, name, versions, flexible):
        self.message = Message(name, versions, flexible, Struct(name, line), [])
        self.open_structs = [name]
        self.parse_fields(self.message.root, 1)
        return self.message

    def parse_fields(self, struct, indent):
        if indent > NESTING_MAX:
            self.fail(struct.line, f"nested deeper than {NESTING_MAX}")
        names = set()
        while self.at < len(self.lines) and self.lines[self.at][1] >= indent:
            number, depth, words, comment = self.take()
            if depth > indent:
                self.fail(number, "indented below a field that is not a struct")
            field = self.parse_field(number, words, comment)
            if field.name in names:
                self.fail(number, f"field '{field.name}' twice")
            names.add(field.name)
            if field.type not in PRIMITIVES:
                field.struct = self.parse_struct(number, field.type, indent + 1)
            struct.fields.append(field)
            self.check_field(field)
        self.check_struct(struct)

    def parse_struct(self, line, name, indent):
        has_fields = self.at < len(self.lines) and self.lines[self.at][1] >= indent
        known = next((s for s in self.message.structs if s.name == name), None)
        if name in self.open_structs:
            self.fail(line, f"'{name}' contains itself")
        if known and has_fields:
            self.fail(line, f"'{name}' has its fields already in line {known.line}")
        if known:
            return known
        if not has_fields:
            self.fail(line, f"'{name}' is neither a primitive type nor followed by its fields")
        struct = Struct(name, line)
        self.open_structs.append(name)
        self.parse_fields(struct, indent)
        self.open_structs.pop()
        self.message.structs.append(struct)
        return struct

    def parse_field(self, line, words, comment):
        if len(words) < 3:
            self.fail(line, "expected 'name type versions [options]'")
        name, type_text, versions_text, *rest = words
        if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name):
            self.fail(line, f"'{name}' is not a field name in snake_case")
        match = re.fullmatch(r"(\[)?([A-Za-z0-9]+)(?::([A-Za-z]+))?(\])?(\?)?", type_text)
        if not match or bool(match[1]) != bool(match[4]):
            self.fail(line, f"'{type_text}' is not a type; write int32, [string], Name?, int32:NodeId")
        versions = self.versions(line, versions_text)
        field = Field(name, match[2], match[3], bool(match[1]), versions,
                      versions if match[5] else NEVER, line, comment=comment)
        self.parse_options(field, rest, bool(match[5]))
        return field

    def parse_options(self, field, words, may_be_null):
        words = list(words)
        seen = set()
        while words:
            option = words.pop(0)
            if option in seen:
                self.fail(field.line, f"'{option}' twice")
            seen.add(option)
            if option in ("ignorable", "secret"):
                setattr(field, option, True)
            elif option == "not_compact":
                field.compact = False
            elif option in ("tag", "default", "nullable") and words:
                self.parse_valued_option(field, option, words.pop(0), may_be_null)
            else:
                self.fail(field.line, f"unknown option '{option}', or its value is missing; known are "
                          "ignorable, secret, not_compact, tag N, default V, nullable V")

    def parse_valued_option(self, field, option, value, may_be_null):
        if option == "tag":
            if not value.isdigit():
                self.fail(field.line, f"tag '{value}' is not a number")
            field.tag = int(value)
        elif option == "default":
            field.default = value
        else:
            if not may_be_null:
                self.fail(field.line, "'nullable' needs a type with '?'")
            field.nullable = self.versions(field.line, value) & field.versions

    def check_field(self, field):
        line = field.line
        if field.type not in PRIMITIVES and not re.fullmatch(r"[A-Z][A-Za-z0-9]*", field.type):
            self.fail(line, f"'{field.type}' is not a type; structs have names in PascalCase")
        if field.strong and STRONG_TYPES.get(field.strong) != field.type:
            self.fail(line, f"'{field.strong}' is not a strong type over {field.type}")
        may_be_null = field.is_array or field.struct or field.type in NULLABLE_PRIMITIVES
        if field.nullable and not may_be_null:
            self.fail(line, f"{field.type} has no null")
        if field.type == "records" and (field.is_array or not field.nullable.covers(field.versions)):
            self.fail(line, "records are always nullable and never in an array: write 'records?'")
        if field.type == "bool" and field.is_array:
            self.fail(line, "no API has an array of bool, and std::vector<bool> is not a vector")
        if not field.versions & self.message.versions:
            self.fail(line, f"versions {field.versions} lie outside {self.message.versions}")
        if field.tag is not None:
            usable = field.versions & self.message.versions
            if not self.message.flexible.covers(usable):
                self.fail(line, f"a tag in versions {usable}, which are not all flexible")
        self.check_default(field)

    def check_default(self, field):
        default = field.default
        if field.struct and field.nullable and not field.is_array and default != "null":
            self.fail(field.line, "a nullable struct has 'default null'")
        if default is None:
            return
        if default == "null":
            if not field.nullable.covers(field.versions & self.message.versions):
                self.fail(field.line, "default null, but not nullable in all versions")
        elif field.is_array or field.struct or field.type in ("uuid", "bytes", "records"):
            self.fail(field.line, "this type has no stated default but null")
        elif field.type == "bool":
            if default not in ("true", "false"):
                self.fail(field.line, f"default '{default}' is neither true nor false")
        elif field.type == "string":
            if not re.fullmatch(r'"[^"\\]*"', default):
                self.fail(field.line, f"default {default} is not a string in quotes")
        elif not self.number_fits(field.type, default):
            self.fail(field.line, f"default '{default}' does not fit {field.type}")

    @staticmethod
    def number_fits(primitive, text):
        try:
            if primitive == "float64":
                return float(text) == float(text)
            value = int(text, 0)
        except ValueError:
            return False
        if primitive in UNSIGNED_BITS:
            return 0 <= value < 1 << UNSIGNED_BITS[primitive]
        half = 1 << INTEGER_BITS[primitive] - 1
        return -half <= value < half

    def check_struct(self, struct):
        tags = {}
        for field in struct.fields:
            if field.tag is None:
                continue
            if field.tag in tags:
                self.fail(field.line, f"tag {field.tag} is taken by '{tags[field.tag]}'")
            tags[field.tag] = field.name
        if sorted(tags) != list(range(len(tags))):
            self.fail(struct.line, f"the tags of '{struct.name}' leave a gap: {sorted(tags)}")


def parse_file(path):
    return Parser(path).parse()


def parse_text(path, text):
    """As if `text` were the content of the file at `path`."""
    return Parser(path, text).parse()


def parse_directory(directory):
    """All APIs by key, the headers last."""
    apis = [parse_file(path) for path in sorted(Path(directory).glob("*.schema"))]
    return sorted(apis, key=lambda api: VERSION_MAX + 1 if api.key is None else api.key)
