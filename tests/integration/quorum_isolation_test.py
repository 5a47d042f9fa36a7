#!/usr/bin/python3
"""Three nodes in three network namespaces on a bridge: each leads in turn and is cut off.

A leader that is cut off steps down and answers nothing; the others elect another and go on; when the
link is back all views are one. The test runs itself in namespaces of its own (network, mounts,
processes): whatever happens, nothing of it is left when it has ended.
"""

import os
import re
import subprocess
import sys
import unittest

import harness
from quorum_cluster import QuorumCluster, QuorumNode
from topic_writer import TopicWriter

INSIDE = "MILLRACE_TEST_NAMESPACE"
OWN_NAMESPACES = ["unshare", "--net", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "--mount-proc"]
NODES = (1, 2, 3)
STEPPED_DOWN = "does not lead the metadata quorum any more"


def ip(*arguments, namespace=None):
    inside = ["-n", namespace] if namespace else []
    harness.run(["ip", *inside, *arguments])


def host_of(number):
    return f"10.77.0.{number}"


def build_network():
    """A bridge in this namespace, and a namespace for each node with one end of a cable to it."""
    harness.run(["mount", "-t", "tmpfs", "none", "/run"])  # the names of namespaces stay in here
    ip("link", "set", "lo", "up")
    ip("link", "add", "hub", "type", "bridge")
    ip("addr", "add", f"{host_of(254)}/24", "dev", "hub")
    ip("link", "set", "hub", "up")
    for number in NODES:
        name = f"node{number}"
        ip("netns", "add", name)
        ip("link", "add", f"port{number}", "type", "veth", "peer", "name", "eth0", "netns", name)
        ip("link", "set", f"port{number}", "master", "hub", "up")
        ip("link", "set", "lo", "up", namespace=name)
        ip("addr", "add", f"{host_of(number)}/24", "dev", "eth0", namespace=name)
        ip("link", "set", "eth0", "up", namespace=name)


class IsolatedNode(QuorumNode):
    """Asked from inside its namespace, it answers when nobody else can reach it."""

    is_cut = False

    def place(self):
        self.address = f"{host_of(self.number)}:9092"
        self.http = f"{host_of(self.number)}:9644"
        self.settings["millrace.http.listener"] = self.http

    def inside(self, *command, check=True):
        return harness.run(["ip", "netns", "exec", f"node{self.number}", *command], check=check)

    def command(self):
        return ["ip", "netns", "exec", f"node{self.number}", *super().command()]

    def cut(self):
        self.is_cut = True
        ip("link", "set", f"port{self.number}", "down")

    def heal(self):
        ip("link", "set", f"port{self.number}", "up")
        self.is_cut = False

    def role_from_inside(self):
        text = self.inside("curl", "-s", f"http://{self.http}/debug/state").stdout
        return re.search(rf"^{self.number}@\S+ t\d+ (\w+)", text, re.MULTILINE)[1]


class IsolatedCluster(QuorumCluster):
    node_class = IsolatedNode

    def peer_of(self, number):
        return f"{host_of(number)}:9093"

    def addresses(self):
        """Clients do not try the address that cannot answer: each try would take seconds."""
        return ",".join(node.address for node in self.nodes if not node.is_cut)


@unittest.skipUnless(os.environ.get(INSIDE), "runs in namespaces of its own")
class IsolationTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        build_network()

    def setUp(self):
        self.cluster = IsolatedCluster(self, len(NODES))
        self.cluster.start()
        self.writer = TopicWriter(self, self.cluster)

    def test_each_leader_is_cut_off_in_turn(self):
        for number in NODES:
            self.writer.wait_for_progress()
            self.cluster.lead(number)
            self.cut_and_heal(self.cluster.node(number))
        self.writer.wait_for_progress()
        self.writer.check_nothing_is_lost()
        self.cluster.check_one_leader_a_term()

    def cut_and_heal(self, node):
        said = node.log_text().count(STEPPED_DOWN)
        node.cut()
        harness.wait_until(lambda: node.log_text().count(STEPPED_DOWN) > said,
                           f"node {node.number}, cut off, to say that it does not lead")
        self.assertNotEqual(node.role_from_inside(), "leader")
        self.check_that_it_decides_nothing(node)
        self.assertNotEqual(self.cluster.leader(), node.number)
        self.writer.wait_for_progress()
        self.assertNotEqual(node.role_from_inside(), "leader")
        node.heal()
        harness.wait_until(lambda: self.knows_what_was_created(node), f"node {node.number} to catch up after the cut")

    def check_that_it_decides_nothing(self, node):
        refused = node.inside(str(harness.BIN / "millrace"), "-b", node.address, "topic", "create", f"cut-{node.number}",
                              "--timeout", "2s", check=False)
        self.assertNotEqual(refused.returncode, 0, "a node that is cut off created a topic")

    def knows_what_was_created(self, node):
        return self.writer.is_all_known(node, self.writer.created[-1:])


def require_namespaces():
    tried = subprocess.run([*OWN_NAMESPACES, "ip", "link", "add", "hub", "type", "bridge"], capture_output=True, text=True)
    if tried.returncode == 0:
        return
    why = f"cannot make network namespaces ({tried.stderr.strip()}): run as root on a kernel with veth and bridge"
    if os.environ.get("CI") == "true":
        raise AssertionError(why)
    raise unittest.SkipTest(why)


@unittest.skipIf(os.environ.get(INSIDE), "started the namespaces")
class NamespaceTest(unittest.TestCase):
    def test_isolation_in_namespaces_of_its_own(self):
        require_namespaces()
        done = subprocess.run([*OWN_NAMESPACES, sys.executable, os.path.abspath(__file__), "-v", "IsolationTest"],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=200,
                              env={**os.environ, INSIDE: "1"})
        self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    unittest.main()
