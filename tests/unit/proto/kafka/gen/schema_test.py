"""What the schema parser accepts, and that it refuses the rest by file and line."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[5]
sys.path.insert(0, str(ROOT / "proto" / "kafka" / "gen"))
from schema import VERSION_MAX, SchemaError, Versions, parse_text  # noqa: E402

HEAD = "api Thing key 7 versions 2-5 flexible 4+\n"


def parse(request_lines, head=HEAD, response="response\n  done bool 0+\n"):
    body = "".join(f"  {line}\n" for line in request_lines)
    return parse_text("07_thing.schema", f"{head}request\n{body}{response}")


class Accepts(unittest.TestCase):
    def test_everything_the_notation_has(self):
        api = parse_text("07_thing.schema", """\
# What it is for,
# in two lines.
api Thing key 7 versions 2-5 flexible 4+ advertise 0-5

request
  name string? 0+ nullable 3+ ignorable   # why
  ids [int32:NodeId] 2-3
  parts [Part]? 0+ default null
    at int64:Offset 0+ default -1
    value string 5 default "" secret not_compact
  last Part? 4+ tag 0 default null

response
  part Part 0+
    data bytes 0+
""")
        self.assertEqual((api.name, api.key, api.snake), ("Thing", 7, "thing"))
        self.assertEqual(api.comment, "What it is for, in two lines.")
        self.assertEqual(str(api.advertise), "0-5")
        request, response = api.messages
        self.assertEqual(request.name, "ThingRequest")
        self.assertEqual([s.name for s in request.structs], ["Part"])
        name, ids, parts, last = request.root.fields
        self.assertEqual((str(name.nullable), name.ignorable, name.comment), ("3+", True, "why"))
        self.assertEqual((ids.is_array, ids.type, ids.strong), (True, "int32", "NodeId"))
        self.assertEqual(parts.default, "null")
        self.assertIs(last.struct, parts.struct)
        self.assertEqual(last.tag, 0)
        at, value = parts.struct.fields
        self.assertEqual(at.default, "-1")
        self.assertEqual((value.secret, value.compact, str(value.versions)), (True, False, "5-5"))
        self.assertEqual(response.structs[0].fields[0].type, "bytes")

    def test_headers(self):
        api = parse_text("header.schema", "header A versions 1-2 flexible 2+\n  x int8 0+\n"
                         "header B versions 0 flexible none\n  y int8 0+\n")
        self.assertIsNone(api.key)
        self.assertEqual([m.name for m in api.messages], ["A", "B"])
        self.assertFalse(api.messages[1].flexible)

    def test_version_ranges(self):
        self.assertEqual(Versions.parse("3"), Versions(3, 3))
        self.assertEqual(Versions.parse("3+"), Versions(3, VERSION_MAX))
        self.assertEqual(Versions.parse("3-7"), Versions(3, 7))
        for text in ("", "-1", "7-3", "3-", "+", "a", "99999"):
            self.assertIsNone(Versions.parse(text), text)
        self.assertFalse(Versions(1, 2) & Versions(3, 4))
        self.assertTrue(Versions(0, 9).covers(Versions(3, 4)))


class Refuses(unittest.TestCase):
    def refused(self, line, part, request_lines=("a int8 0+",), **options):
        with self.assertRaises(SchemaError) as caught:
            parse(request_lines, **options)
        text = str(caught.exception)
        self.assertTrue(text.startswith(f"07_thing.schema:{line}: "), text)
        self.assertIn(part, text)

    def test_fields(self):
        # Each is the second field of a request, in line 4.
        for text, part in (
            ("b", "expected 'name type versions"),
            ("B int8 0+", "snake_case"),
            ("a int8 0+", "'a' twice"),
            ("b int24 0+", "neither a primitive type nor"),
            ("b [int8 0+", "is not a type"),
            ("b int8 x", "not a version range"),
            ("b int8 6+", "lie outside"),
            ("b int8 0-1", "lie outside"),
            ("b int8? 0+", "int8 has no null"),
            ("b string 0+ nullable 3+", "needs a type with '?'"),
            ("b records 0+", "always nullable"),
            ("b [records]? 0+", "always nullable"),
            ("b [bool] 0+", "array of bool"),
            ("b int32:Offset 0+", "'Offset' is not a strong type over int32"),
            ("b int64:Length 0+", "'Length' is not a strong type"),
            ("b int8 0+ tag 0", "not all flexible"),
            ("b int8 3+ tag 0", "not all flexible"),
            ("b int8 4+ tag x", "not a number"),
            ("b int8 4+ tag 1", "leave a gap"),
            ("b int8 0+ default 128", "does not fit int8"),
            ("b uint16 0+ default -1", "does not fit uint16"),
            ("b int8 0+ default one", "does not fit int8"),
            ("b bool 0+ default 1", "neither true nor false"),
            ("b string 0+ default x", "not a string in quotes"),
            ("b string 0+ default null", "not nullable in all"),
            ("b string? 0+ nullable 3+ default null", "not nullable in all"),
            ("b uuid 0+ default 0", "no stated default"),
            ("b [int8] 0+ default 0", "no stated default"),
            ("b int8 0+ default", "its value is missing"),
            ("b int8 0+ colour", "unknown option 'colour'"),
            ("b int8 0+ ignorable ignorable", "'ignorable' twice"),
            ("\tb int8 0+", "a tab"),
            (" b int8 0+", "indented by 3"),
            ("  b int8 0+", "not a struct"),
        ):
            with self.subTest(text):
                # A gap is found at the end of the struct and reported where it begins.
                self.refused(2 if "gap" in part else 4, part, ["a int8 0+", text])

    def test_structs(self):
        part = ["b [Part] 0+", "  x int8 0+"]
        self.refused(5, "has its fields already in line 3", [*part, "c Part 0+", "  y int8 0+"])
        self.refused(4, "contains itself", ["b [Part] 0+", "  c Part 0+"])
        self.refused(3, "neither a primitive type nor", ["b Part 0+"])
        self.refused(3, "PascalCase", ["b part 0+", "  x int8 0+"])
        self.refused(3, "'default null'", ["b Part? 0+", "  x int8 0+"])
        deep = [f"{'  ' * i}f S{i} 0+" for i in range(9)] + ["  " * 9 + "x int8 0+"]
        self.refused(10, "deeper than 8", deep)
        self.refused(5, "tag 0 is taken by 'b'", ["a int8 0+", "b int8 4+ tag 0", "c int8 4+ tag 0"])

    def test_heads(self):
        for head, part in (
            ("apis Thing\n", "expected 'api NAME"),
            ("api Thing key 7 versions 2-5\n", "'flexible V'"),
            ("api Thing key 7 versions 2-5 flexible\n", "'flexible' has no value"),
            ("api Thing key 7 versions 2-5 flexible 4-5\n", "write 'flexible N+'"),
            ("api Thing key 7 versions 2+ flexible 4+\n", "have an end"),
            ("api Thing key x versions 2-5 flexible 4+\n", "a key from 0"),
            ("api Thing key 8 versions 2-5 flexible 4+\n", "belongs into 08_thing.schema"),
            ("api Thing key 7 key 7 versions 2-5 flexible 4+\n", "'key' twice"),
            ("api Thing key 7 versions 2-5 flexible 4+ since 3\n", "unknown word 'since'"),
            ("api Thing key 7 versions 2-5 flexible 4+ advertise 3-5\n", "leaves out some"),
        ):
            with self.subTest(head):
                self.refused(1, part, head=head)

    def test_parts(self):
        self.refused(1, "no response", response="")
        self.refused(4, "expected 'response'", response="reply\n  done bool 0+\n")
        self.refused(6, "expected the end", response="response\n  done bool 0+\nmore\n")
        with self.assertRaises(SchemaError):
            parse_text("07_thing.schema", "# nothing\n")


class CommandLine(unittest.TestCase):
    def test_a_bad_schema_ends_the_build_with_one_line(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "07_thing.schema"
            path.write_text(HEAD + "request\n  a int9 0+\nresponse\n")
            done = subprocess.run(
                ["/usr/bin/python3", "-B", ROOT / "proto/kafka/gen/generate.py", "api", path, folder],
                capture_output=True, text=True)
            self.assertEqual(done.returncode, 1)
            self.assertEqual(done.stderr.count("\n"), 1)
            self.assertTrue(done.stderr.startswith(f"{path}:3: "), done.stderr)
            self.assertEqual([p.name for p in pathlib.Path(folder).iterdir()], [path.name])

    def test_two_apis_with_one_key(self):
        with tempfile.TemporaryDirectory() as folder:
            for name in ("Thing", "Other"):
                text = HEAD.replace("Thing", name) + "request\n  a int8 0+\nresponse\n  b int8 0+\n"
                (pathlib.Path(folder) / f"07_{name.lower()}.schema").write_text(text)
            done = subprocess.run(
                ["/usr/bin/python3", "-B", ROOT / "proto/kafka/gen/generate.py", "tables", folder,
                 *pathlib.Path(folder).glob("*.schema")], capture_output=True, text=True)
            self.assertEqual(done.returncode, 1)
            self.assertIn("key 7 belongs to", done.stderr)


if __name__ == "__main__":
    unittest.main()
