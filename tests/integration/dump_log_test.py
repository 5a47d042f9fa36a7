#!/usr/bin/python3
"""Kafka's DumpLogSegments reads our segments, indexes and producer snapshots without complaint."""

import json
import re
import unittest

import harness
from clients_test import python_peer, records

# The tool begins to count at -1 in every file, and so finds a gap before any file that does not begin at 0.
FIRST_OF_FILE = re.compile(r"^Non-consecutive offsets in \S*/0*(\d+)\.log\n  -1 is followed by \1$", re.MULTILINE)
COMPLAINTS = re.compile(r"mismatch|invalid|isvalid: false|corrupt|exception|error|non-consecutive|not found", re.IGNORECASE)


class DumpLogTest(harness.NodeTest):
    settings = {"log.segment.bytes": "1048576", "log.index.interval.bytes": "4096"}

    def setUp(self):
        self.node.create_topic("dumped")
        for codec in ("none", "gzip", "snappy", "lz4", "zstd"):
            many = [{**record, "value": record["value"] + "x" * 3000} for _ in range(40) for record in records("dump", codec)]
            python_peer("confluent_peer.py", "produce", self.node.address, "dumped", codec, stdin=json.dumps(many))
        self.assertEqual(self.node.stop(), 0)  # a clean stop writes every index and a producer snapshot

    def dump(self, files, *options):
        done = harness.java_tool("DumpLogSegments", *options, "--files", ",".join(map(str, files)), seconds=180)
        text = done.stdout + done.stderr
        complaints = [line for line in FIRST_OF_FILE.sub("", text).splitlines() if COMPLAINTS.search(line[:200])]
        self.assertEqual(complaints[:5], [])
        return text

    def test_every_file_is_read(self):
        directory = self.node.data / "dumped-0"
        files = {suffix: sorted(directory.glob(f"*.{suffix}")) for suffix in ("log", "index", "timeindex", "snapshot")}
        for suffix, found in files.items():
            self.assertGreater(len(found), 0, f"no .{suffix} file in {directory}")
        self.assertGreater(len(files["log"]), 1, "the log did not roll")
        text = self.dump(files["log"], "--deep-iteration", "--print-data-log")
        self.assertEqual(len(re.findall(r"^\| offset: ", text, re.MULTILINE)), 5 * 40 * 20)
        self.dump(files["index"], "--verify-index-only")
        self.dump(files["index"], "--index-sanity-check")
        self.dump(files["timeindex"])
        self.assertIn("producerId: ", self.dump(files["snapshot"]))


if __name__ == "__main__":
    unittest.main()
