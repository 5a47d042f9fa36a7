#!/usr/bin/python3
"""docs/operations/recovery.md, step by step: two of three disks are gone for ever, and the cluster is saved.

Nothing of what the survivor knew is lost, and the nodes that come back with new disks vote again.
"""

import json
import re
import shutil
import unittest

import harness
from quorum_cluster import QuorumCluster

CONSENT = "--i-understand-that-committed-changes-may-be-lost"


class QuorumRecoveryTest(unittest.TestCase):
    def setUp(self):
        self.cluster = QuorumCluster(self, 3)
        self.cluster.start()

    def names(self, node):
        return {row["name"] for row in self.cluster.items(node.address, "topic", "list")}

    def test_two_of_three_disks_are_lost_for_ever(self):
        survivor, *lost = self.cluster.nodes
        known = {f"kept-{number}" for number in range(20)}
        for name in known:
            self.cluster.millrace(self.cluster.addresses(), "topic", "create", name, "-c", "retention.ms=12345")
        harness.wait_until(lambda: self.names(survivor) == known, "the survivor to know all topics")
        for node in self.cluster.nodes:
            node.kill()
        for node in lost:
            shutil.rmtree(node.data)
        self.recover(survivor)
        for node in lost:
            self.cluster.offline("storage", "format", "-t", self.cluster.cluster_id, "--log-dir", str(node.data), "--node-id",
                                 str(node.number), "--no-initial-controllers")
        survivor.start()
        self.assertEqual(self.names(survivor), known)
        self.assertEqual(self.cluster.voters(), {1})
        for node in lost:
            node.start()
            self.cluster.wait_for_observer(node.number)
            self.cluster.millrace(self.cluster.addresses(), "quorum", "add-voter", "--node", str(node.number))
        self.assertEqual(self.cluster.voters(), {1, 2, 3})
        self.check_the_new_quorum(survivor, known)

    def recover(self, survivor):
        log_dir = ("--log-dir", str(survivor.data))
        [info] = json.loads(self.cluster.offline("storage", "info", *log_dir, "-o", "json"))["items"]
        self.assertEqual(len(info["voters"]), 3)
        refused = harness.run([str(harness.BIN / "millrace"), "storage", "recover-quorum", *log_dir], check=False)
        self.assertEqual(refused.returncode, 2)
        self.assertIn(CONSENT, refused.stderr)
        steps = self.cluster.offline("storage", "recover-quorum", *log_dir, CONSENT)
        self.assertIn("next:", steps)
        self.assertTrue((survivor.data / "__cluster_metadata-0.1.before-recovery").is_dir())

    def check_the_new_quorum(self, survivor, known):
        for node in self.cluster.nodes:
            harness.wait_until(lambda: known <= self.names(node), f"node {node.number} to know what the survivor knew")
        [row] = self.cluster.items(self.cluster.addresses(), "topic", "describe", "kept-7")
        self.assertTrue(re.search('"12345"', json.dumps(row)), row)
        survivor.kill()
        others = ",".join(node.address for node in self.cluster.nodes if node is not survivor)
        self.cluster.millrace(others, "topic", "create", "new")
        survivor.start()
        self.cluster.wait_for_one_view()


if __name__ == "__main__":
    unittest.main()
