"""Compares every schema of ours with the field tables inside Kafka's own client library.

The jar is kafka-clients 4.3.1: MILLRACE_KAFKA_CLIENTS_JAR names it, or it lies where
tests/clients/fetch.py puts the Java clients. Without it the test is skipped, or fails with CI=true.
"""

import copy
import json
import os
import pathlib
import sys
import unittest
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[5]
sys.path[:0] = [str(ROOT / "proto" / "kafka" / "gen"), str(ROOT / "tests" / "clients")]
import fetch  # noqa: E402
from schema import NEVER, VERSION_MAX, Versions, parse_directory, snake_case  # noqa: E402

JAR = "kafka-clients-4.3.1.jar"
NULL = "null"


def find_jar():
    named = os.environ.get("MILLRACE_KAFKA_CLIENTS_JAR")
    if named:
        return pathlib.Path(named)
    found = sorted(fetch.directory("java").glob(f"**/{JAR}"))
    found += sorted(fetch.cache_root().parent.glob(f"**/{JAR}"))
    return found[0] if found else None


def versions(text):
    return NEVER if text in (None, "none") else Versions.parse(text)


def default_of(primitive, is_array, is_struct, nullable, stated):
    """One spelling for a default, stated or not."""
    if stated is not None and str(stated) == NULL:
        return NULL
    if is_array or is_struct or primitive in ("uuid", "bytes"):
        return "empty"
    if primitive == "records":
        return NULL
    if primitive == "string":
        return (stated or "").strip('"')
    if primitive == "bool":
        return str(stated).lower() == "true"
    return float(stated or 0) if primitive == "float64" else int(str(stated or 0), 0)


class Upstream:
    """One message as the jar describes it."""

    def __init__(self, jar, name):
        text = jar.read(f"common/message/{name}.json").decode()
        lines = (line for line in text.split("\n") if not line.lstrip().startswith("//"))
        self.table = json.loads("\n".join(lines))
        self.valid = versions(self.table["validVersions"])
        self.common = {s["name"]: s["fields"] for s in self.table.get("commonStructs", [])}
        # Only the request says that its API's last version is not stable yet.
        is_response = name.endswith("Response")
        request = Upstream(jar, name.removesuffix("Response") + "Request") if is_response else self
        unstable = request.table.get("latestVersionUnstable", False)
        self.stable = Versions(self.valid.first, self.valid.last - unstable)


class Comparison:
    def __init__(self, upstream, message, key):
        self.upstream, self.message, self.differences = upstream, message, []
        table = upstream.table
        self.same(message.name, "key", table.get("apiKey"), key)
        self.same(message.name, "versions", upstream.stable, message.versions)
        self.same(message.name, "flexible versions", versions(table["flexibleVersions"]) & message.versions,
                  message.flexible & message.versions)
        self.structs(message.name, table["fields"], message.root)

    def same(self, where, what, theirs, ours):
        if theirs != ours and (theirs or ours or type(theirs) is not Versions):
            self.differences.append(f"{where}: {what} is {theirs} upstream, {ours} here")

    def structs(self, where, table, struct):
        theirs = [f for f in table if versions(f["versions"]) & self.message.versions]
        self.same(where, "the list of fields", [snake_case(f["name"]) for f in theirs],
                  [f.name for f in struct.fields])
        ours = {f.name: f for f in struct.fields}
        for field in theirs:
            if snake_case(field["name"]) in ours:
                self.field(f"{where}.{field['name']}", field, ours[snake_case(field["name"])])

    def field(self, where, theirs, ours):
        valid = self.message.versions
        type_name = theirs["type"].removeprefix("[]")
        our_type = f"[]{ours.type}" if ours.is_array else ours.type
        self.same(where, "type", theirs["type"], our_type)
        present = versions(theirs["versions"]) & valid
        self.same(where, "versions", present, ours.versions & valid)
        self.same(where, "nullable versions", versions(theirs.get("nullableVersions")) & present,
                  ours.nullable & valid)
        self.same(where, "tag", theirs.get("tag"), ours.tag)
        if "taggedVersions" in theirs:
            self.same(where, "tagged versions", versions(theirs["taggedVersions"]) & present, present)
        self.same(where, "ignorable", theirs.get("ignorable", False), ours.ignorable)
        fixed = theirs.get("flexibleVersions") == "none"
        self.same(where, "compact", not fixed, ours.compact)
        if theirs["type"] != our_type:
            return
        shape = (ours.is_array, ours.struct is not None, bool(ours.nullable))
        self.same(where, "default", default_of(ours.type, *shape, theirs.get("default")),
                  default_of(ours.type, *shape, ours.default))
        if ours.struct:
            self.structs(where, theirs.get("fields") or self.upstream.common[type_name], ours.struct)


def fields_below(struct, depth=0):
    for field in struct.fields:
        yield field
        if field.struct:
            yield from fields_below(field.struct, depth + 1)


def another_range(old):
    if old.last == VERSION_MAX:
        return Versions(old.first + 1, VERSION_MAX)
    return Versions(old.last, old.last) if old.first != old.last else Versions(old.first, old.last + 1)


class UpstreamTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        jar = find_jar()
        if jar is None or not jar.is_file():
            missing = f"{JAR} is missing; run tests/clients/fetch.py java or set MILLRACE_KAFKA_CLIENTS_JAR"
            if os.environ.get("CI") == "true":
                raise AssertionError(missing)
            raise unittest.SkipTest(missing)
        cls.jar = zipfile.ZipFile(jar)
        cls.addClassCleanup(cls.jar.close)
        cls.apis = parse_directory(ROOT / "proto" / "kafka" / "schemas")

    def messages(self):
        # Keys from 10,000 up are our own and have no table upstream.
        return [(api, m) for api in self.apis if api.key is None or api.key < 10_000 for m in api.messages]

    def test_every_schema_equals_kafkas_table(self):
        differences = []
        for api, message in self.messages():
            differences += Comparison(Upstream(self.jar, message.name), message, api.key).differences
        self.assertEqual(differences, [])
        self.assertGreaterEqual(len(self.messages()), 2 * 24 + 2)

    def test_produce_is_advertised_from_0(self):
        produce = next(api for api in self.apis if api.name == "Produce")
        self.assertEqual(str(produce.advertise), "0-13")
        for api in self.apis:
            if api is not produce:
                self.assertEqual(api.advertise, api.versions, api.name)

    def test_a_planted_difference_in_any_field_is_found(self):
        changes = {
            "name": lambda f: setattr(f, "name", f.name + "_x"),
            "type": lambda f: setattr(f, "type", "int8" if f.type != "int8" else "int16"),
            "array": lambda f: setattr(f, "is_array", not f.is_array),
            "tag": lambda f: setattr(f, "tag", 7),
            "ignorable": lambda f: setattr(f, "ignorable", not f.ignorable),
            "compact": lambda f: setattr(f, "compact", not f.compact),
            "nullable": lambda f: setattr(f, "nullable", NEVER if f.nullable else Versions(0, VERSION_MAX)),
            "versions": lambda f: setattr(f, "versions", another_range(f.versions)),
        }
        for api, message in self.messages():
            upstream = Upstream(self.jar, message.name)
            for index, original in enumerate(fields_below(message.root)):
                for what, change in changes.items():
                    if what == "versions" and original.versions.first < message.versions.first:
                        continue  # the changed range may still be the same where it counts
                    changed = copy.deepcopy(message)
                    change(list(fields_below(changed.root))[index])
                    found = Comparison(upstream, changed, api.key).differences
                    self.assertTrue(found, f"{what} of {message.name}.{original.name}")

    def test_a_planted_default_is_found(self):
        for api, message in self.messages():
            upstream = Upstream(self.jar, message.name)
            for index, original in enumerate(fields_below(message.root)):
                if original.struct or original.is_array or original.type in ("uuid", "records", "bytes"):
                    continue
                changed = copy.deepcopy(message)
                field = list(fields_below(changed.root))[index]
                field.default = {"string": '"planted"', "bool": "false" if original.default == "true" else "true"}.get(
                    original.type, "99")
                self.assertTrue(Comparison(upstream, changed, api.key).differences, f"{message.name}.{original.name}")


if __name__ == "__main__":
    unittest.main()
