#!/usr/bin/python3
"""The quick end-to-end check: kcat lists, produces and consumes."""

import unittest

import harness


class KcatTest(harness.NodeTest):
    def kcat(self, *arguments, stdin=None):
        return harness.run(["kcat", "-b", self.node.address, *arguments], stdin=stdin, seconds=30).stdout

    def test_lists_produces_and_consumes(self):
        self.node.create_topic("orders", partitions=2)
        self.assertIn('topic "orders" with 2 partitions', self.kcat("-L"))
        self.kcat("-P", "-t", "orders", "-p", "0", "-K", ":", "-H", "source=kcat", stdin="1:book\n2:lamp\n")
        self.assertEqual(self.kcat("-C", "-t", "orders", "-p", "0", "-e", "-q", "-f", "%o %k %s %h\n"),
                         "0 1 book source=kcat\n1 2 lamp source=kcat\n")

    def test_a_record_outlives_a_kill(self):
        self.node.create_topic("kept")
        self.kcat("-P", "-t", "kept", "-X", "acks=all", stdin="still here\n")
        self.node.kill()
        self.node.start()
        self.assertEqual(self.kcat("-C", "-t", "kept", "-e", "-q"), "still here\n")


if __name__ == "__main__":
    unittest.main()
