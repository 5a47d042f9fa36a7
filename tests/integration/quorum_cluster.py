"""A cluster of real nodes for the process tests, formed by the command as a user would."""

import json
import re
import shutil
import tempfile
import urllib.request

import harness

BIN = harness.BIN


class QuorumNode(harness.Node):
    """One node of a cluster. Its certificate and its disk are made by QuorumCluster."""

    def __init__(self, directory, number, peer):
        super().__init__(directory)
        self.number = number
        self.peer = peer
        self.place()
        self.settings.update({
            "node.id": str(number),
            "broker.rack": "az-" + "abc"[(number - 1) % 3],
            "listeners": f"PLAINTEXT://{self.address},CONTROLLER://{peer}",
            "controller.listener.names": "CONTROLLER",
        })

    def place(self):
        """For nodes that live somewhere else than on 127.0.0.1."""

    def metadata_view(self):
        """What this node says of the metadata: end and state hash."""
        with urllib.request.urlopen(f"http://{self.http}/debug/state", timeout=5) as answer:
            text = answer.read().decode()
        return re.search(r"^metadata end \d+ hash \w+", text, re.MULTILINE)[0]

    def log_text(self):
        return self.log.read_text(errors="replace")

    def leads_in_terms(self):
        """Terms in which this node said that it leads, from its log."""
        return [int(term) for term in re.findall(r"this node leads the metadata quorum.*?epoch[=\":]+(\d+)", self.log_text())]


class QuorumCluster:
    node_class = QuorumNode

    def __init__(self, test, size):
        self.directory = tempfile.mkdtemp(prefix="millrace-quorum-")
        test.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        test.addCleanup(self.kill)
        self.given = set()
        self.cluster_id = self.offline("storage", "random-uuid")
        self.tls = f"{self.directory}/tls"
        self.offline("tls", "init-ca", "--dir", self.tls)
        self.peers = [self.peer_of(number) for number in range(1, size + 1)]
        self.nodes = []
        directories = [self.offline("storage", "random-uuid") for _ in self.peers]
        voters = ",".join(f"{n}@{peer}:{directory}" for n, (peer, directory) in enumerate(zip(self.peers, directories), 1))
        for number, peer in enumerate(self.peers, 1):
            self.make(number, peer, "--initial-controllers", voters)

    def peer_of(self, number):
        """Where the other nodes will find this one."""
        del number
        while (peer := f"127.0.0.1:{harness.free_ports(1)[0]}") in self.given:
            pass
        self.given.add(peer)
        return peer

    def make(self, number, peer, *how):
        node = self.node_class(f"{self.directory}/node{number}", number, peer)
        self.offline("storage", "format", "--cluster-id", self.cluster_id, "--log-dir", str(node.data), "--node-id", str(number), *how)
        self.offline("tls", "issue", "--node", str(number), "--cluster-id", self.cluster_id, "--dir", self.tls,
                     "--host", peer.rpartition(":")[0])
        node.settings.update({
            "controller.quorum.bootstrap.servers": ",".join(self.peers),
            "millrace.peer.tls.certificate.file": f"{self.tls}/node-{number}.crt",
            "millrace.peer.tls.key.file": f"{self.tls}/node-{number}.key",
            "millrace.peer.tls.ca.file": f"{self.tls}/ca.crt",
        })
        self.nodes.append(node)
        return node

    def add(self, number):
        """A node that joins without a vote."""
        return self.make(number, self.peer_of(number), "--no-initial-controllers")

    def start(self):
        """All at once: none is ready before a majority is there."""
        for node in self.nodes:
            node.spawn()
        for node in self.nodes:
            harness.wait_until(node.is_ready, f"node {node.number} to be ready; its log: {node.log_tail()}")

    def kill(self):
        for node in self.nodes:
            if node.process is not None and node.process.poll() is None:
                node.kill()

    def node(self, number):
        return next(node for node in self.nodes if node.number == number)

    def addresses(self):
        return ",".join(node.address for node in self.nodes)

    @staticmethod
    def offline(*arguments):
        return harness.run([str(BIN / "millrace"), *arguments]).stdout.strip()

    @staticmethod
    def millrace(bootstrap, *arguments, check=True):
        return harness.run([str(BIN / "millrace"), "-b", bootstrap, *arguments], check=check)

    def items(self, bootstrap, *arguments):
        return json.loads(self.millrace(bootstrap, *arguments, "-o", "json").stdout)["items"]

    def describe(self):
        [item] = self.items(self.addresses(), "quorum", "describe")
        return item

    def leader(self):
        return self.describe()["leader_id"]

    def lead(self, number):
        """Makes a voter the leader. A node that was just stopped may have to be unfenced first."""
        def leads():
            if self.leader() == number:
                return True
            self.millrace(self.addresses(), "quorum", "transfer", "--to", str(number), check=False)
            return False
        harness.wait_until(leads, f"node {number} to lead")

    def wait_for_one_view(self):
        """All nodes apply the same entries: the hash over what they made of them is the same."""
        harness.wait_until(lambda: len({node.metadata_view() for node in self.nodes}) == 1,
                           f"one view, not {[node.metadata_view() for node in self.nodes]}")

    def voters(self):
        return {voter["node_id"] for voter in self.describe()["voters"]}

    def wait_for_observer(self, number):
        harness.wait_until(lambda: number in {each["node_id"] for each in self.describe()["observers"]},
                           f"node {number} to follow the quorum")

    def check_one_leader_a_term(self):
        terms = [term for node in self.nodes for term in node.leads_in_terms()]
        assert terms, "nobody said that it leads"
        assert len(terms) == len(set(terms)), f"a term has two leaders: {sorted(terms)}"
