"""What the evolution check lets through and what it refuses."""

import pathlib
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[5]
sys.path.insert(0, str(ROOT / "proto" / "kafka" / "gen"))
import check  # noqa: E402
from schema import parse_text  # noqa: E402

RELEASED = """\
api Thing key 7 versions 2-5 flexible 4+

request
  name string? 0+ nullable 3+
  size int32 3+ default 16
  parts [Part] 0+
    at int64 0+
    to int64 4+
  note string 4+ tag 0 default ""
  hint string 5+ tag 1 default ""

response
  code int16 0+
"""


def findings(*changes, file="07_thing.schema"):
    text = RELEASED
    for before, after in changes:
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    released = parse_text("released/07_thing.schema", RELEASED)
    return check.Comparison().apis([released], [parse_text(file, text)])


class Allows(unittest.TestCase):
    def test_no_change(self):
        self.assertEqual(findings(), [])

    def test_what_only_our_side_sees(self):
        self.assertEqual(findings(("at int64 0+", "at int64:Offset 0+ ignorable  # from where"),
                                  ("default 16", "default 0x10")), [])

    def test_a_new_version_with_new_fields(self):
        self.assertEqual(findings(("2-5", "2-6"), ("  parts", "  more int8 6+\n  parts")), [])
        self.assertEqual(findings(("2-5", "2-6"), ("size int32 3+", "size int32 3-5")), [])

    def test_a_new_tagged_field_in_a_released_version(self):
        self.assertEqual(findings(("  hint", "  extra int8 4+ tag 2\n  hint")), [])

    def test_a_new_api(self):
        old = parse_text("released/07_thing.schema", RELEASED)
        new = parse_text("08_other.schema", RELEASED.replace("Thing key 7", "Other key 8"))
        self.assertEqual(check.Comparison().apis([old], [old, new]), [])


class Refuses(unittest.TestCase):
    def refused(self, part, *changes):
        found = findings(*changes)
        self.assertTrue(any(part in text for text in found), found)
        return found

    def test_reorder(self):
        self.refused("another order", ("  name string? 0+ nullable 3+\n", ""),
                     ("  parts", "  name string? 0+ nullable 3+\n  parts"))
        self.refused("ThingRequest.parts are in another order (first in version 4)",
                     ("    at int64 0+\n    to int64 4+\n", "    to int64 4+\n    at int64 0+\n"))

    def test_type_change(self):
        found = self.refused("ThingRequest.size changed its type from int32 to int64",
                             ("size int32", "size int64"))
        self.assertEqual(len(found), 1)
        self.assertTrue(found[0].startswith("07_thing.schema:5: "), found)
        self.assertIn("first in version 3", found[0])
        self.refused("ThingRequest.parts.to changed its type", ("to int64", "to int32"))
        self.refused("from string to [string]", ("note string 4+ tag 0 default \"\"", "note [string] 4+ tag 0"))

    def test_tags(self):
        self.refused("reuses tag 1, which was that of hint", ("hint string 5+ tag 1", "clue string 5+ tag 1"))
        self.refused("changed its tag from 0 to 1", ("note string 4+ tag 0", "note string 4+ tag 1"),
                     ("hint string 5+ tag 1", "hint string 5+ tag 0"))
        self.refused("hint with tag 1 is gone", ('  hint string 5+ tag 1 default ""\n', ""))
        self.refused("ThingRequest.parts.to is gone from a released version",
                     ("to int64 4+", "to int64 4+ tag 0"))

    def test_default(self):
        self.refused("changed its default from 16 to 17", ("default 16", "default 17"))
        self.refused("changed its default from 16 to None", (" default 16", ""))

    def test_null(self):
        self.refused("changed its null from refused to allowed (first in version 2)",
                     (" nullable 3+", ""))
        self.refused("changed its null from allowed to refused", ("nullable 3+", "nullable 4+"))

    def test_encoding(self):
        self.refused("encoding of lengths", ("note string 4+", "note string 4+ not_compact"))
        self.refused("was flexible in 4+ and is now in 5+", ("flexible 4+", "flexible 5+"),
                     ("note string 4+", "note string 5+"))

    def test_fields_come_and_go_with_new_versions_only(self):
        self.refused("ThingRequest.more is new in a released version",
                     ("  parts", "  more int8 5+\n  parts"))
        self.refused("ThingRequest.size is gone from a released version (first in version 5)",
                     ("size int32 3+", "size int32 3-4"))
        self.refused("ThingRequest.size is gone", ("  size int32 3+ default 16\n", ""))

    def test_versions_and_messages(self):
        self.refused("had versions 2-5 and has 3-5", ("2-5", "3-5"))
        old = parse_text("released/07_thing.schema", RELEASED)
        self.assertEqual(len(check.Comparison().apis([old], [])), 2)
        moved = parse_text("08_thing.schema", RELEASED.replace("key 7", "key 8"))
        self.assertIn("had key 7 and has 8", check.Comparison().apis([old], [moved])[0])


class Snapshot(unittest.TestCase):
    def test_a_snapshot_is_what_it_was_made_of(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "07_thing.schema"
            path.write_text("# about\n" + RELEASED.replace("at int64 0+", "at   int64 0+  # why"))
            text = check.snapshot_of(folder)
        self.assertNotIn("why", text)
        apis = check.parse_snapshot(text)
        self.assertEqual(check.Comparison().apis(apis, [parse_text("07_thing.schema", RELEASED)]), [])
        self.assertEqual([m.name for m in apis[0].messages], ["ThingRequest", "ThingResponse"])

    def test_the_committed_one_covers_every_schema(self):
        released = {m.name for api in check.parse_snapshot(check.SNAPSHOT.read_text()) for m in api.messages}
        self.assertLessEqual({"ProduceRequest", "FetchResponse", "RequestHeader"}, released)


if __name__ == "__main__":
    unittest.main()
