#!/usr/bin/python3
"""Kafka's own tools look at our quorum and see what it is."""

import re
import unittest

import harness
from quorum_cluster import QuorumCluster


class QuorumToolsTest(unittest.TestCase):
    def setUp(self):
        harness.require_client("java")
        self.cluster = QuorumCluster(self, 3)
        self.observer = self.cluster.add(4)
        self.cluster.start()
        self.cluster.wait_for_observer(4)
        self.cluster.lead(2)

    def tool(self, name, *arguments):
        return harness.java_tool(name, *arguments).stdout

    def test_what_kafkas_tools_say_is_so(self):
        here = ("--bootstrap-server", self.cluster.addresses())
        self.cluster.wait_for_observer(4)
        self.check_status(self.tool("MetadataQuorumCommand", *here, "describe", "--status"))
        self.check_replication(self.tool("MetadataQuorumCommand", *here, "describe", "--replication"))
        self.assertIn(self.cluster.cluster_id, self.tool("ClusterTool", "cluster-id", *here))
        self.observer.stop()
        self.tool("ClusterTool", "unregister", "--id", "4", *here)
        harness.wait_until(lambda: self.known_nodes() == {1, 2, 3}, "node 4 to be forgotten")

    def known_nodes(self):
        return {node["node_id"] for node in self.cluster.items(self.cluster.addresses(), "node", "list")}

    def check_status(self, text):
        lines = {key: value.strip() for key, _, value in (line.partition(":") for line in text.splitlines() if line)}
        self.assertEqual(lines["ClusterId"], self.cluster.cluster_id)
        self.assertEqual(lines["LeaderId"], "2")
        self.assertEqual(int(lines["LeaderEpoch"]), max(self.cluster.node(2).leads_in_terms()))
        voters, observers = (harness.json.loads(lines[key]) for key in ("CurrentVoters", "CurrentObservers"))
        self.assertEqual({(each["id"], *each["endpoints"]) for each in voters},
                         {(number, f"CONTROLLER://{self.cluster.node(number).peer}") for number in (1, 2, 3)})
        self.assertEqual([each["id"] for each in observers], [4])
        known = {each["node_id"]: each["directory_id"] for each in self.cluster.describe()["voters"]}
        self.assertEqual({each["id"]: each["directoryId"] for each in voters}, known)

    def check_replication(self, text):
        rows = [re.split(r"\s+", line.strip()) for line in text.splitlines()[1:] if line.strip()]
        self.assertEqual({int(row[0]): row[-1] for row in rows}, {1: "Follower", 2: "Leader", 3: "Follower", 4: "Observer"})
        ends = {int(row[0]): int(row[2]) for row in rows}
        self.assertEqual(set(ends.values()), {ends[2]}, "nothing changes, so all have all")


if __name__ == "__main__":
    unittest.main()
