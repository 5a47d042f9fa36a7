#!/usr/bin/python3
"""A full disk: produce is refused with an error that clients retry, reads go on, and space heals it.

The node runs in a mount namespace of its own with its data on a small tmpfs, which vanishes with it.
"""

import os
import subprocess
import unittest

import harness
from acked_writers import AckedWriters

DISK_BYTES = 96 << 20
LEFT_BYTES = 8 << 20
PARTITIONS = 2
PADDING = 900


class SmallDiskNode(harness.Node):
    """Its data directory is seen from outside through /proc/<pid>/root."""

    def command(self):
        self.data.mkdir(exist_ok=True)
        script = f'mount -t tmpfs -o size={DISK_BYTES} tmpfs {self.data} && exec "$@"'
        return ["unshare", "--mount", "--propagation", "private", "sh", "-c", script, "sh", *super().command()]

    def inside(self, name=""):
        return f"/proc/{self.process.pid}/root{self.data}/{name}"


def require_mounts():
    """The node's data directory is a tmpfs, in a mount namespace of its own."""
    tried = subprocess.run(["unshare", "--mount", "true"], capture_output=True, text=True)
    if tried.returncode == 0:
        return
    why = (f"cannot make a mount namespace ({tried.stderr.strip()}): run as root, and in a chroot make its "
           "directory a mount point before entering it: mount --bind DIR DIR")
    if os.environ.get("CI") == "true":
        raise AssertionError(why)
    raise unittest.SkipTest(why)


class DiskFullTest(harness.NodeTest):
    node_class = SmallDiskNode
    settings = {"millrace.journal.bytes": str(4 << 20), "log.segment.bytes": str(4 << 20)}

    @classmethod
    def setUpClass(cls):
        require_mounts()
        super().setUpClass()

    def fill(self):
        """Takes all but LEFT_BYTES with a file that has nothing to do with the node."""
        with open(self.node.inside("__filler"), "wb") as filler:
            while (space := os.statvfs(self.node.inside())).f_bavail * space.f_frsize > LEFT_BYTES:
                filler.write(bytes(1 << 20))
                filler.flush()

    def produce_answer(self):
        """What the node answers to one more batch, as the load program reports it."""
        done = harness.run([str(harness.BIN / "bench_load"), "produce", "--address", self.node.address, "--topic", "full",
                            "--partitions", str(PARTITIONS), "--batch-bytes", str(1 << 20), "--seconds", "1"], check=False)
        return done.stderr

    def test_full_and_free_again(self):
        self.node.create_topic("full", partitions=PARTITIONS)
        writers = AckedWriters(self, self.node, "full", PARTITIONS, 1, PADDING)
        writers.wait_for_progress()
        self.fill()
        harness.wait_until(lambda: "no space" in self.node.log_tail(200).lower(), "the node to say that the disk is full")
        self.assertIn("KAFKA_STORAGE_ERROR", self.produce_answer())
        acked = sum(writers.acks())
        self.assertGreaterEqual(len(writers.stored()), acked)
        self.assertTrue(self.node.is_ready())
        os.remove(self.node.inside("__filler"))
        writers.wait_for_progress()
        acks = writers.finish()
        self.assertGreater(len(acks), acked)
        writers.check_all_are_there(acks)
        print(f"disk_full: {acked} records acked before the disk was full, {len(acks)} in the end, none lost")


if __name__ == "__main__":
    unittest.main()
