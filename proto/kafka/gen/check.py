"""Refuses a change of the schemas that would break peers of a released version.

    check.py             compares proto/kafka/schemas with released.snapshot; prints what breaks
    check.py --release   writes released.snapshot; part of making a release

What has been released stays on the wire as it is: in every released version the same fields in the
same order, with type, nullability, default and tag unchanged. New versions, new messages and new
tagged fields are free, as are comments, strong types, `ignorable` and `secret`.
"""

import re
import sys
from pathlib import Path

from schema import SchemaError, parse_directory, parse_text

HERE = Path(__file__).resolve().parent
SCHEMAS = HERE.parent / "schemas"
SNAPSHOT = HERE / "released.snapshot"
MARK = "==== "


def snapshot_of(directory):
    """The schemas without comments, each after a line with its name."""
    parts = ["# Schemas of the last release, written by check.py --release; do not edit.\n"]
    for path in sorted(Path(directory).glob("*.schema")):
        lines = (line.partition("#")[0].rstrip() for line in path.read_text().split("\n"))
        kept = "\n".join(re.sub(r"(?<=\S) +", " ", line) for line in lines if line)
        parts.append(f"{MARK}{path.name}\n{kept}\n")
    return "".join(parts)


def parse_snapshot(text):
    apis = []
    for part in text.split(MARK)[1:]:
        name, _, content = part.partition("\n")
        apis.append(parse_text(f"released/{name}", content))
    return apis


class Comparison:
    """Collects what breaks, each finding once however many versions it is in."""

    def __init__(self):
        self.findings = {}

    def found(self, path, line, what, version=None):
        text = f"{path}:{line}: {what}"
        self.findings.setdefault(text, version)

    def texts(self):
        return [text if version is None else f"{text} (first in version {version})"
                for text, version in self.findings.items()]

    def apis(self, old_apis, new_apis):
        new_messages = {m.name: (api, m) for api in new_apis for m in api.messages}
        for old_api in old_apis:
            for old in old_api.messages:
                if old.name not in new_messages:
                    self.found(old_api.path.name, 1, f"{old.name} is gone")
                    continue
                api, new = new_messages[old.name]
                if api.key != old_api.key:
                    self.found(api.path, 1, f"{old.name} had key {old_api.key} and has {api.key}")
                self.message(api.path, old, new)
        return self.texts()

    def message(self, path, old, new):
        if not new.versions.covers(old.versions):
            self.found(path, new.root.line,
                       f"{new.name} had versions {old.versions} and has {new.versions}")
        if old.versions & old.flexible != old.versions & new.flexible:
            self.found(path, new.root.line, f"{new.name} was flexible in {old.flexible} and is now "
                       f"in {new.flexible}")
        for version in range(old.versions.first, old.versions.last + 1):
            if version in new.versions:
                self.struct(path, old.root, new.root, version, new.name)

    def struct(self, path, old, new, version, where):
        old_fields = [f for f in old.fields if f.tag is None and version in f.versions]
        new_fields = [f for f in new.fields if f.tag is None and version in f.versions]
        self.order(path, old_fields, new_fields, new, version, where)
        self.tags(path, old, new, where)
        new_by_name = {f.name: f for f in new.fields if version in f.versions}
        for field in old.fields:
            if version in field.versions and field.name in new_by_name:
                self.field(path, field, new_by_name[field.name], version, where)

    def order(self, path, old_fields, new_fields, struct, version, where):
        old_names, new_names = [f.name for f in old_fields], [f.name for f in new_fields]
        for name in old_names:
            if name not in new_names:
                self.found(path, struct.line, f"{where}.{name} is gone from a released version", version)
        for field in new_fields:
            if field.name not in old_names:
                self.found(path, field.line, f"{where}.{field.name} is new in a released version; "
                           "begin it with the next one, or give it a tag", version)
        common = [name for name in old_names if name in new_names]
        if common != [name for name in new_names if name in old_names]:
            self.found(path, struct.line, f"the fields of {where} are in another order", version)

    def tags(self, path, old, new, where):
        names = {field.tag: field.name for field in old.fields if field.tag is not None}
        for field in new.fields:
            if names.get(field.tag, field.name) != field.name:
                self.found(path, field.line, f"{where}.{field.name} reuses tag {field.tag}, which was "
                           f"that of {names[field.tag]}")
        kept = {field.name for field in new.fields if field.tag is not None}
        for tag, name in names.items():
            if name not in kept:
                self.found(path, new.line, f"{where}.{name} with tag {tag} is gone")

    def field(self, path, old, new, version, where):
        for what, value in (("type", wire_type), ("tag", lambda f, _: f.tag),
                            ("default", lambda f, _: plain_default(f)),
                            ("null", lambda f, v: "allowed" if v in f.nullable else "refused"),
                            ("encoding of lengths", lambda f, _: "compact" if f.compact else "fixed")):
            before, after = value(old, version), value(new, version)
            if before != after:
                self.found(path, new.line,
                           f"{where}.{new.name} changed its {what} from {before} to {after}", version)
        if old.struct and new.struct:
            self.struct(path, old.struct, new.struct, version, f"{where}.{new.name}")


def wire_type(field, _):
    inner = "struct" if field.struct else field.type
    return f"[{inner}]" if field.is_array else inner


def plain_default(field):
    """Numbers by value: 0x10 and 16 are the same default."""
    if field.default is None or field.default in ("null", "true", "false") or '"' in field.default:
        return field.default
    return str(float(field.default) if field.type == "float64" else int(field.default, 0))


def main(arguments):
    if arguments == ["--release"]:
        SNAPSHOT.write_text(snapshot_of(SCHEMAS))
        return 0
    if arguments:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        findings = Comparison().apis(parse_snapshot(SNAPSHOT.read_text()), parse_directory(SCHEMAS))
    except SchemaError as error:
        findings = [str(error)]
    print("\n".join(findings), end="\n" if findings else "")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
