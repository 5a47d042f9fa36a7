#!/usr/bin/python3
"""Three real nodes: each is killed and stopped in turn while topics are created and altered.

No change that was answered is lost, a term has one leader, and all nodes end with the same view. A
fourth node joins as an observer, gets a vote, and an old voter loses its own, under the same load.
"""

import signal
import time
import unittest

import harness
from quorum_cluster import QuorumCluster
from topic_writer import TopicWriter

STALL_SECONDS = 15


class QuorumTest(unittest.TestCase):
    def setUp(self):
        self.cluster = QuorumCluster(self, 3)
        self.cluster.start()
        self.writer = TopicWriter(self, self.cluster)

    def check(self):
        self.writer.check_nothing_is_lost()
        self.cluster.check_one_leader_a_term()

    def test_each_node_is_killed_in_turn(self):
        for number in (1, 2, 3):
            self.writer.wait_for_progress()
            self.cluster.lead(number)
            node = self.cluster.node(number)
            node.kill()
            self.writer.wait_for_progress()
            node.start()
        self.writer.wait_for_progress()
        self.check()

    def test_each_node_stands_still_in_turn(self):
        for number in (1, 2, 3):
            self.cluster.lead(number)
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
        self.check()

    def test_the_voters_are_exchanged_under_load(self):
        self.cluster.add(4).start()
        self.writer.wait_for_progress()
        self.cluster.wait_for_observer(4)
        self.assertEqual(self.cluster.voters(), {1, 2, 3})
        self.cluster.millrace(self.cluster.addresses(), "quorum", "add-voter", "--node", "4")
        self.assertEqual(self.cluster.voters(), {1, 2, 3, 4})
        self.writer.wait_for_progress()
        self.cluster.lead(1)
        self.cluster.millrace(self.cluster.addresses(), "quorum", "remove-voter", "--node", "1")
        harness.wait_until(lambda: self.cluster.voters() == {2, 3, 4}, "the voters to be 2, 3 and 4")
        self.writer.wait_for_progress()
        self.cluster.wait_for_observer(1)
        self.check()


if __name__ == "__main__":
    unittest.main()
