#!/usr/bin/python3
"""A node that cannot do what it is asked says why in one sentence, ends with a code, and touches nothing."""

import hashlib
import os
import pathlib
import resource
import shutil
import socket
import subprocess
import tempfile
import unittest

import harness

USAGE, FAILURE = 2, 1
SMALL_JOURNAL = {"millrace.journal.bytes": "1048576"}


def limit_files():
    resource.setrlimit(resource.RLIMIT_NOFILE, (500, 500))


class RefusalsTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="millrace-test-")
        self.addCleanup(directory.cleanup)
        self.path = pathlib.Path(directory.name)
        self.data = self.path / "data"

    def refused(self, *arguments, config=None, code, says, preexec=None):
        """Starts a node; demands its exit code and that its one line on stderr has every text of `says`."""
        options = list(arguments)
        if config is not None:
            (self.path / "server.properties").write_text(config)
            options = ["--config", str(self.path / "server.properties"), *options]
        if not any(option.startswith("log.dirs=") for option in options):
            options += ["--set", f"log.dirs={self.data}"]
        done = subprocess.run([str(harness.BIN / "millraced"), *options], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=30, preexec_fn=preexec)
        lines = done.stderr.splitlines()
        self.assertEqual(len(lines), 1, done.stderr)
        self.assertEqual(done.returncode, code, done.stderr)
        for text in says:
            self.assertIn(text, lines[0])

    def snapshot(self):
        """Every file below the data directory with the digest of its content, but for the one that each
        start derives anew from the metadata log beside it."""
        derived = self.data / "__cluster_metadata-0" / "leader-epoch-checkpoint"
        return {str(path.relative_to(self.data)): hashlib.sha256(path.read_bytes()).hexdigest()
                for path in self.data.rglob("*") if path.is_file() and path != derived}

    def a_node_was_here(self):
        node = harness.Node(self.path, SMALL_JOURNAL)
        node.start()
        self.assertEqual(node.stop(), 0)
        return self.snapshot()

    def test_configuration(self):
        cases = [
            ("log.segmnt.bytes=1000\n", ["server.properties:1", "unknown setting", "'log.segment.bytes'?"]),
            ("node.id=1\n\n# many\nnum.partitions=zero\n", ["server.properties:4", "'zero'", "num.partitions"]),
            ("log.retention.hours=-7\n", ["server.properties:1", "log.retention.hours"]),
            ("ssl.keystore.location=/x\n", ["server.properties:1", "TLS does not exist yet"]),
            ("sasl.enabled.mechanisms=PLAIN\n", ["server.properties:1", "SASL does not exist yet"]),
            ("authorizer.class.name=a.B\n", ["server.properties:1", "authorizer.class.name"]),
            ("log.dirs=/a,/b\n", ["log.dirs"]),
            ("controller.quorum.voters=1@a:1,2@b:1\n", ["server.properties:1", "controller.quorum.voters"]),
            ("listeners=PLAINTEXT://nowhere\n", ["listeners", "HOST:PORT"]),
            ("listeners=SECRET://127.0.0.1:0\n", ["SECRET", "listener.security.protocol.map"]),
            ("just words\n", ["server.properties:1"]),
        ]
        for config, says in cases:
            with self.subTest(config=config):
                arguments = ["--set", "log.dirs=/a,/b"] if config.startswith("log.dirs") else []
                self.refused(*arguments, config=config, code=USAGE, says=says)
                self.assertFalse(self.data.exists())

    def test_command_line(self):
        self.refused("--set", "node.id", code=USAGE, says=["expected key=value"])
        self.refused("--bogus", code=USAGE, says=["--bogus", "--help"])
        self.refused("--config", str(self.path / "none"), code=USAGE, says=["none", "No such file"])

    def test_port_is_taken(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            self.refused("--set", f"listeners=PLAINTEXT://127.0.0.1:{port}", code=FAILURE,
                         says=[f"127.0.0.1:{port}", "another process listens there"])
            self.assertFalse(self.data.exists())

    def test_too_few_descriptors(self):
        self.refused("--set", "listeners=PLAINTEXT://127.0.0.1:0", code=FAILURE,
                     says=["open files is 500", "LimitNOFILE"], preexec=limit_files)
        self.assertFalse(self.data.exists())

    def test_directory_in_use(self):
        node = harness.Node(self.path)
        node.start()
        self.addCleanup(node.stop)
        self.refused("--set", "listeners=PLAINTEXT://127.0.0.1:0", "--set", "millrace.http.listener=", code=FAILURE,
                     says=[str(self.data), "in use by another process"])
        self.assertTrue(node.is_ready())

    def test_directory_of_another_node(self):
        before = self.a_node_was_here()
        self.refused("--set", "listeners=PLAINTEXT://127.0.0.1:0", "--set", "millrace.http.listener=", "--set",
                     "node.id=2", code=FAILURE, says=["belongs to node 1", "this is node 2"])
        self.assertEqual(self.snapshot(), before)

    def test_directory_of_another_cluster(self):
        self.a_node_was_here()
        meta = self.data / "meta.properties"
        text = meta.read_text()
        cluster = next(line for line in text.splitlines() if line.startswith("cluster.id="))
        meta.write_text(text.replace(cluster, "cluster.id=AAAAAAAAAAAAAAAAAAAAAA"))
        before = self.snapshot()
        self.refused("--set", "listeners=PLAINTEXT://127.0.0.1:0", "--set", "millrace.http.listener=", code=FAILURE,
                     says=["meta.properties", "AAAAAAAAAAAAAAAAAAAAAA", cluster.split("=")[1]])
        self.assertEqual(self.snapshot(), before)

    def test_directory_without_its_identity(self):
        self.a_node_was_here()
        (self.data / "meta.properties").unlink()
        before = self.snapshot()
        self.refused("--set", "listeners=PLAINTEXT://127.0.0.1:0", "--set", "millrace.http.listener=", code=FAILURE,
                     says=["no meta.properties"])
        self.assertEqual(self.snapshot(), before)

    def test_directory_without_its_metadata(self):
        self.a_node_was_here()
        shutil.rmtree(self.data / "__cluster_metadata-0")
        self.refused("--set", "listeners=PLAINTEXT://127.0.0.1:0", "--set", "millrace.http.listener=", code=FAILURE,
                     says=["__cluster_metadata-0", "metadata is missing"])

    def test_directory_that_cannot_be(self):
        (self.path / "file").write_text("")
        self.refused("--set", "listeners=PLAINTEXT://127.0.0.1:0", "--set", f"log.dirs={self.path}/file/data",
                     code=FAILURE, says=["file/data"])
        self.assertEqual(os.listdir(self.path), ["file"])


if __name__ == "__main__":
    unittest.main()
