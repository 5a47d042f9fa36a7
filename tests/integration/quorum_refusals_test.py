#!/usr/bin/python3
"""A node that has no place in the quorum says why in one sentence, and the quorum goes on without it."""

import hashlib
import re
import shutil
import subprocess
import unittest

import harness
from quorum_cluster import QuorumCluster, QuorumNode

USAGE, FAILURE = 2, 1
LOG = "__cluster_metadata-0"


def run_to_end(node):
    """Starts a node that must not run; its last line and its exit code."""
    done = subprocess.run(node.command(), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=40)
    return done.stderr.splitlines()[-1], done.returncode


def content(directory):
    """Every file but one that each start derives anew from the log beside it."""
    return {str(path.relative_to(directory)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in directory.rglob("*") if path.is_file() and path.name != "leader-epoch-checkpoint"}


def flip_bit(path, position):
    data = bytearray(path.read_bytes())
    data[position] ^= 1
    path.write_bytes(data)


class QuorumRefusalsTest(unittest.TestCase):
    def setUp(self):
        self.cluster = QuorumCluster(self, 3)
        self.cluster.start()
        self.topics = 0

    def refused(self, node, *says, code=FAILURE):
        line, returned = run_to_end(node)
        self.assertEqual(returned, code, line)
        for text in says:
            self.assertIn(text, line)
        self.check_the_others_go_on(node)

    def check_the_others_go_on(self, node):
        others = ",".join(other.address for other in self.cluster.nodes if other is not node)
        self.topics += 1
        self.cluster.millrace(others, "topic", "create", f"after-{self.topics}")

    def newcomer(self, number, format_as=None, cluster_id=None):
        """A node beside the cluster with a directory of its own and no certificate yet."""
        node = QuorumNode(f"{self.cluster.directory}/newcomer{number}", number, self.cluster.peer_of(number))
        node.settings["controller.quorum.bootstrap.servers"] = ",".join(self.cluster.peers)
        if format_as:
            self.cluster.offline("storage", "format", "--cluster-id", cluster_id or self.cluster.cluster_id, "--log-dir",
                                 str(node.data), "--node-id", str(number), format_as)
        return node

    def certify(self, node, number=None, cluster_id=None, directory=None):
        directory = directory or self.cluster.tls
        number = number or node.number
        self.cluster.offline("tls", "issue", "--node", str(number), "--cluster-id", cluster_id or self.cluster.cluster_id,
                             "--dir", directory, "--host", "127.0.0.1", "--force")
        self.use_certificate(node, f"{directory}/node-{number}", f"{directory}/ca.crt")

    @staticmethod
    def use_certificate(node, name, authority):
        node.settings.update({"millrace.peer.tls.certificate.file": f"{name}.crt", "millrace.peer.tls.key.file": f"{name}.key",
                              "millrace.peer.tls.ca.file": authority})

    def never_ready(self, node, *says):
        """A node that keeps trying says why in its log, and does not become ready."""
        node.spawn()
        self.addCleanup(node.kill)
        harness.wait_until(lambda: all(text in node.log_text() for text in says), f"the log to say {says}: {node.log_tail()}")
        self.assertFalse(node.is_ready())
        self.check_the_others_go_on(node)

    def test_settings_and_directories(self):
        stranger = self.newcomer(4)
        self.certify(stranger)
        self.refused(stranger, "is not formatted", "millrace storage format", "--no-initial-controllers")
        self.assertFalse(stranger.data.exists())
        deaf = self.newcomer(5, "--no-initial-controllers")
        deaf.settings.update({"listeners": f"PLAINTEXT://{deaf.address}", "controller.listener.names": ""})
        self.refused(deaf, "no listener is for other nodes", "controller.listener.names=CONTROLLER", code=USAGE)
        twin = self.newcomer(1)
        self.certify(twin)
        twin.settings["log.dirs"] = str(self.cluster.node(1).data)
        self.refused(twin, "in use by another process")

    def test_two_nodes_with_one_id(self):
        twin = self.newcomer(1, "--no-initial-controllers")
        self.certify(twin)
        self.refused(twin, "node 1", "node.id")
        self.assertTrue(self.cluster.node(1).is_ready())

    def test_a_node_of_another_cluster(self):
        other = self.cluster.offline("storage", "random-uuid")
        node = self.newcomer(4, "--no-initial-controllers", other)
        self.certify(node, cluster_id=other)
        self.never_ready(node, f"cluster {self.cluster.cluster_id}")

    def test_a_node_with_another_authority(self):
        authority = f"{self.cluster.directory}/other-ca"
        self.cluster.offline("tls", "init-ca", "--dir", authority)
        node = self.newcomer(4, "--no-initial-controllers")
        self.certify(node, directory=authority)
        self.never_ready(node, "the TLS handshake failed", "CA of another cluster")

    def test_a_node_without_tls(self):
        node = self.newcomer(4, "--no-initial-controllers")
        node.settings["millrace.peer.plaintext"] = "allow"
        self.never_ready(node, "as one with TLS does to one without", "millrace tls issue")

    def test_certificates_of_others(self):
        node = self.newcomer(4, "--no-initial-controllers")
        self.use_certificate(node, f"{self.cluster.tls}/node-2", f"{self.cluster.tls}/ca.crt")
        self.refused(node, "node-2.crt", "millrace tls issue --node 4", code=USAGE)
        self.certify(node, cluster_id=self.cluster.offline("storage", "random-uuid"))
        self.refused(node, "node-4.crt", f"--cluster-id {self.cluster.cluster_id}", code=USAGE)
        self.certify(node)
        self.let_expire(f"{self.cluster.tls}/node-4")
        self.refused(node, "node-4.crt", "ran out on", "millrace tls issue --node 4", code=USAGE)

    def let_expire(self, name):
        """The same certificate, but for a day that is over."""
        authority = ["-CA", f"{self.cluster.tls}/ca.crt", "-CAkey", f"{self.cluster.tls}/ca.key"]
        request = harness.run(["openssl", "x509", "-x509toreq", "-in", f"{name}.crt", "-signkey", f"{name}.key"]).stdout
        uri = harness.run(["openssl", "x509", "-in", f"{name}.crt", "-noout", "-ext", "subjectAltName"]).stdout.splitlines()[1]
        extensions = f"{self.cluster.directory}/extensions"
        with open(extensions, "w", encoding="utf-8") as file:
            file.write(f"subjectAltName={uri.strip().replace('IP Address', 'IP').replace(' ', '')}\n")
        harness.run(["openssl", "x509", "-req", *authority, "-CAcreateserial", "-days", "-1", "-extfile", extensions,
                     "-out", f"{name}.crt"], stdin=request)

    def damaged(self, damage, *says):
        """A voter whose disk was damaged while it was down does not start, and touches nothing."""
        node = self.cluster.node(3)
        self.assertEqual(node.stop(), 0)
        whole = node.data.with_name("whole")
        shutil.copytree(node.data, whole)
        damage(node.data / LOG)
        before = content(node.data)
        self.refused(node, *says)
        after = content(node.data)
        self.assertEqual([path for path in before | after if before.get(path) != after.get(path)], [])
        shutil.rmtree(node.data)
        whole.rename(node.data)
        node.start()

    def test_damaged_metadata_is_never_voted_with(self):
        self.damaged(lambda log: [path.unlink() for path in log.iterdir()], LOG, "metadata is missing", "remove-voter")
        self.damaged(lambda log: (log / "quorum-state").unlink(), "quorum-state", "metadata is missing", "remove-voter")
        self.damaged(lambda log: flip_bit(log / "00000000000000000000.log", 70), "00000000000000000000.log", "is damaged",
                     "remove-voter")
        self.damaged(lambda log: flip_bit(next(log.glob("*.checkpoint")), 70), "snapshots are damaged", "remove-voter")

    def test_the_way_back_from_a_damaged_disk(self):
        node = self.cluster.node(3)
        node.kill()
        self.cluster.millrace(self.cluster.addresses(), "topic", "create", "while-away")
        flip_bit(node.data / LOG / "00000000000000000000.log", 70)
        self.refused(node, "millrace quorum remove-voter", "empty directory")
        self.cluster.millrace(self.cluster.addresses(), "quorum", "remove-voter", "--node", "3", "--force")
        node.data.rename(node.data.with_name("damaged"))
        self.cluster.offline("storage", "format", "--cluster-id", self.cluster.cluster_id, "--log-dir", str(node.data),
                             "--node-id", "3", "--no-initial-controllers")
        node.start()
        self.cluster.wait_for_observer(3)
        # The old directory is remembered for some seconds, so the new one is named.
        new = re.search("directory.id=(.+)", (node.data / "meta.properties").read_text())[1]
        self.cluster.millrace(self.cluster.addresses(), "quorum", "add-voter", "--node", "3", "--directory-id", new)
        self.assertEqual(self.cluster.voters(), {1, 2, 3})
        self.cluster.wait_for_one_view()


if __name__ == "__main__":
    unittest.main()
