#!/usr/bin/python3
"""./dev up and down: starts, prints addresses, keeps the data, and can be called twice."""

import json
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import harness

CLUSTER = harness.ROOT / "deploy" / "local" / "cluster.py"


def cluster(*arguments):
    return subprocess.run(["/usr/bin/python3", str(CLUSTER), *arguments], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=120)


class LocalClusterTest(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="millrace-up-")
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        self.addCleanup(cluster, "down", "--dir", self.directory)

    def test_up_twice_down_and_up_again_keeps_the_data(self):
        first = cluster("up", "--dir", self.directory)
        self.assertEqual(first.returncode, 0, first.stderr)
        self.assertIn("kafka 127.0.0.1:11092", first.stdout)
        again = cluster("up", "--dir", self.directory)
        self.assertEqual(again.returncode, 0, again.stderr)
        harness.run(["kcat", "-P", "-b", "127.0.0.1:11092", "-t", self.topic(), "-p", "0"], stdin="kept\n")
        self.assertIn("node 1 stopped", cluster("down", "--dir", self.directory).stdout)
        self.assertIn("nothing runs", cluster("down", "--dir", self.directory).stdout)
        self.assertEqual(cluster("up", "--dir", self.directory).returncode, 0)
        text = harness.run(["kcat", "-C", "-b", "127.0.0.1:11092", "-t", "kept", "-e", "-q"]).stdout
        self.assertEqual(text, "kept\n")

    def test_a_cluster_grows_and_stays_as_large(self):
        self.assertEqual(cluster("up", "--nodes", "1", "--dir", self.directory).returncode, 0)
        self.assertEqual(self.nodes(), {1})
        self.topic()
        grown = cluster("up", "--nodes", "4", "--dir", self.directory)
        self.assertEqual(grown.returncode, 0, grown.stderr)
        self.assertEqual(self.nodes(), {1, 2, 3, 4})
        harness.wait_until(lambda: self.voters() == {1, 2, 3}, "nodes 2 and 3 to have a vote")
        down = cluster("down", "--dir", self.directory)
        self.assertEqual([f"node {number} stopped" in down.stdout for number in (1, 2, 3, 4)], [True] * 4)
        again = cluster("up", "--dir", self.directory)
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertEqual(self.nodes(), {1, 2, 3, 4})
        self.assertEqual(self.voters(), {1, 2, 3})
        fewer = cluster("up", "--nodes", "3", "--dir", self.directory)
        self.assertEqual(fewer.returncode, 1)
        self.assertIn("has 4 nodes", fewer.stderr)

    def nodes(self):
        return {node["node_id"] for node in self.items("node", "list")}

    def voters(self):
        return {voter["node_id"] for voter in self.items("quorum", "describe")[0]["voters"]}

    def items(self, *arguments):
        return json.loads(harness.run([str(harness.BIN / "millrace"), "-b", "127.0.0.1:11092", *arguments, "-o", "json"]).stdout)["items"]

    def topic(self):
        harness.run([str(harness.BIN / "millrace"), "-b", "127.0.0.1:11092", "topic", "create", "kept"])
        return "kept"

    def test_what_cannot_be_is_refused_in_one_line(self):
        refused = cluster("up", "--nodes", "10", "--dir", self.directory)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("--nodes 10: from 1 to 9 nodes", refused.stderr)
        wrong = cluster("up", "--dir", self.directory, "--set", "log.retention.mss=5")
        self.assertEqual(wrong.returncode, 1)
        self.assertIn("log.retention.ms", wrong.stderr)
        self.assertFalse((pathlib.Path(self.directory) / "node1" / "data").exists(), "a refused start touched the disk")


if __name__ == "__main__":
    unittest.main()
