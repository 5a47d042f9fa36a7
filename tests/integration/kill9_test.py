#!/usr/bin/python3
"""kill -9 in the middle of acks=all producing loses nothing that was acked.

Two idempotent producers write unique values to four partitions while the node is killed and started
again, several times. At the end every acked value is read exactly once, at the offset it was acked
with, and offsets have no holes below the end.
"""

import json
import os
import pathlib
import random
import subprocess
import tempfile
import time
import unittest

import harness

KILLS = 5
PARTITIONS = 4
PRODUCERS = 2
WRITER = pathlib.Path(__file__).resolve().parent / "peers" / "unique_writer.py"


class Kill9Test(harness.NodeTest):
    def test_no_acked_record_is_lost(self):
        seed = int(os.environ.get("MILLRACE_SEED", random.SystemRandom().getrandbits(32)))
        print(f"kill9: MILLRACE_SEED={seed} replays the kill times")
        rng = random.Random(seed)
        self.node.create_topic("acked", partitions=PARTITIONS)
        writers = [self.start_writer(number) for number in range(PRODUCERS)]
        for _ in range(KILLS):
            self.wait_for_progress(writers)
            time.sleep(rng.uniform(0.05, 0.8))  # the fault's own moment, drawn from the seed
            self.node.kill()
            self.node.start()
        self.wait_for_progress(writers)
        acked = [line for writer in writers for line in self.finish(writer)]
        self.assertGreater(len(acked), KILLS * 100)
        self.check_all_are_there(acked)
        self.assertEqual(self.node.stop(), 0)

    def start_writer(self, number):
        path = pathlib.Path(self.directory) / f"acked-{number}"
        process = subprocess.Popen(
            ["/usr/bin/python3", str(WRITER), self.node.address, "acked", str(PARTITIONS), str(number), str(path)],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.addCleanup(lambda: process.poll() is None and process.kill())
        return process, path

    def wait_for_progress(self, writers):
        """Every writer got another 200 acks, so the node serves again."""
        sizes = [self.lines(path) for _, path in writers]
        for (process, path), size in zip(writers, sizes):
            harness.wait_until(lambda: process.poll() is not None or self.lines(path) >= size + 200,
                               "200 more acks", seconds=60)
            self.assertIsNone(process.poll(), "a writer ended early")

    @staticmethod
    def lines(path):
        return path.read_bytes().count(b"\n") if path.exists() else 0

    def finish(self, writer):
        process, path = writer
        _, errors = process.communicate("stop\n", timeout=60)
        self.assertEqual(process.returncode, 0, errors[-2000:])
        return harness.json_lines(path.read_text())

    def check_all_are_there(self, acked):
        stored = {}
        seen = set()
        for partition in range(PARTITIONS):
            text = harness.run(["kcat", "-C", "-b", self.node.address, "-t", "acked", "-p", str(partition), "-o", "beginning",
                                "-e", "-q", "-f", "%o %s\n"], seconds=120).stdout
            lines = [line.split(" ") for line in text.splitlines()]
            self.assertEqual([int(offset) for offset, _ in lines], list(range(len(lines))), "offsets have holes")
            for offset, value in lines:
                self.assertNotIn(value, seen, "a value was stored twice by an idempotent producer")
                seen.add(value)
                stored[(partition, int(offset))] = value
        lost = [ack for ack in acked if stored.get((ack["partition"], ack["offset"])) != ack["value"]]
        self.assertEqual(lost[:5], [], f"{len(lost)} of {len(acked)} acked records are not where they were acked")
        print(f"kill9: {len(acked)} acked records through {KILLS} kills, {len(seen)} stored, none lost")


if __name__ == "__main__":
    unittest.main()
