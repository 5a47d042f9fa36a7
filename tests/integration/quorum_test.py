#!/usr/bin/python3
"""Three real nodes: each is killed, stopped and cut off in turn while topics are created and altered.

No change that was answered is lost, a term has one leader, a leader that is cut off steps down, and all
nodes end with the same view. A fourth node joins as an observer, gets a vote, and an old voter loses
its own, under the same load.
"""

import json
import signal
import threading
import time
import unittest

import harness
from quorum_cluster import QuorumCluster

STALL_SECONDS = 15


class TopicWriter:
    """Creates topics and alters them, one after the other, and keeps what was answered."""

    def __init__(self, cluster):
        self.cluster = cluster
        self.created = []
        self.altered = {}
        self.failures = 0
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.work, daemon=True)

    def work(self):
        number = 0
        while not self.stopping.is_set():
            number += 1
            name = f"topic-{number}"
            bootstrap = self.cluster.addresses()
            if not self.run(bootstrap, "topic", "create", name, "--partitions", "1"):
                continue
            self.created.append(name)
            retention = str(100_000 + number)
            if self.run(bootstrap, "topic", "alter", name, "-c", f"retention.ms={retention}"):
                self.altered[name] = retention

    def run(self, bootstrap, *arguments):
        done = self.cluster.millrace(bootstrap, *arguments, "--timeout", "10s", check=False)
        self.failures += done.returncode != 0
        return done.returncode == 0

    def wait_for_progress(self, count=3):
        goal = len(self.created) + count
        harness.wait_until(lambda: len(self.created) >= goal, f"{count} more topics", 60)

    def stop(self):
        self.stopping.set()
        self.thread.join(60)


class QuorumTest(unittest.TestCase):
    def setUp(self):
        self.cluster = QuorumCluster(self, 3)
        self.cluster.start()
        self.writer = TopicWriter(self.cluster)
        self.writer.thread.start()
        self.addCleanup(self.writer.stop)

    def check_nothing_is_lost(self):
        """Every node, asked alone, knows all that was answered."""
        self.writer.stop()
        self.assertGreater(len(self.writer.created), 5)
        for node in self.cluster.nodes:
            harness.wait_until(lambda: self.knows_all(node), f"node {node.number} to know every topic")
        hashes = {node.metadata_view() for node in self.cluster.nodes}
        harness.wait_until(lambda: len({node.metadata_view() for node in self.cluster.nodes}) == 1, f"one view, not {hashes}")

    def knows_all(self, node):
        rows = self.cluster.items(node.address, "topic", "list")
        return set(self.writer.created) <= {row["name"] for row in rows}

    def check_configs(self):
        for name, retention in self.writer.altered.items():
            [row] = self.cluster.items(self.cluster.addresses(), "topic", "describe", name)
            self.assertIn(retention, json.dumps(row), name)

    def test_each_node_is_killed_in_turn(self):
        for number in (1, 2, 3):
            self.writer.wait_for_progress()
            node = self.cluster.node(number)
            node.kill()
            self.writer.wait_for_progress()
            node.start()
        self.writer.wait_for_progress()
        self.check_nothing_is_lost()
        self.check_configs()
        self.cluster.check_one_leader_a_term()

    def test_each_node_stands_still_in_turn(self):
        for number in (1, 2, 3):
            node = self.cluster.node(number)
            node.process.send_signal(signal.SIGSTOP)
            stalled = time.monotonic()
            try:
                self.writer.wait_for_progress()
                harness.wait_until(lambda: time.monotonic() - stalled > STALL_SECONDS, "the stall to end")
            finally:
                node.process.send_signal(signal.SIGCONT)
            self.writer.wait_for_progress()
            harness.wait_until(node.is_ready, f"node {number} to serve again")
        self.check_nothing_is_lost()
        self.cluster.check_one_leader_a_term()

    def test_the_voters_are_exchanged_under_load(self):
        fourth = self.cluster.add(4)
        fourth.start()
        self.writer.wait_for_progress()
        self.cluster.wait_for_observer(4)
        self.cluster.millrace(self.cluster.addresses(), "quorum", "add-voter", "--node", "4")
        self.writer.wait_for_progress()
        self.cluster.millrace(self.cluster.addresses(), "quorum", "remove-voter", "--node", "1")
        harness.wait_until(lambda: self.cluster.voters() == {2, 3, 4}, "the voters to be 2, 3 and 4")
        self.writer.wait_for_progress()
        self.check_nothing_is_lost()


if __name__ == "__main__":
    unittest.main()
