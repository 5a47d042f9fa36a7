"""Writers that note each ack, and the check that every acked record is where it was acked."""

import pathlib
import subprocess

import harness

WRITER = pathlib.Path(__file__).resolve().parent / "peers" / "unique_writer.py"


class AckedWriters:
    """Idempotent producers of unique values to all partitions of one topic."""

    def __init__(self, test, node, topic, partitions, count, padding=0):
        self.test, self.node, self.topic, self.partitions = test, node, topic, partitions
        self.writers = [self._start(number, padding) for number in range(count)]

    def _start(self, number, padding):
        path = pathlib.Path(self.node.directory) / f"acked-{number}"
        process = subprocess.Popen(
            ["/usr/bin/python3", str(WRITER), self.node.address, self.topic, str(self.partitions), str(number), str(path),
             str(padding)], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.test.addCleanup(lambda: process.poll() is None and process.kill())
        return process, path

    def acks(self):
        """How many each writer has noted."""
        return [path.read_bytes().count(b"\n") if path.exists() else 0 for _, path in self.writers]

    def wait_for_progress(self):
        """Every writer got another 200 acks, so the node serves again."""
        before = self.acks()
        for number, (process, _) in enumerate(self.writers):
            harness.wait_until(lambda: process.poll() is not None or self.acks()[number] >= before[number] + 200,
                               "200 more acks", seconds=60)
            self.test.assertIsNone(process.poll(), "a writer ended early")

    def finish(self):
        """Lets them end; returns every ack: partition, offset, value."""
        acked = []
        for process, path in self.writers:
            _, errors = process.communicate("stop\n", timeout=60)
            self.test.assertEqual(process.returncode, 0, errors[-2000:])
            acked += harness.json_lines(path.read_text())
        return acked

    def stored(self):
        """Every record by (partition, offset); offsets have no holes and values come once."""
        stored, seen = {}, set()
        for partition in range(self.partitions):
            text = harness.run(["kcat", "-C", "-b", self.node.address, "-t", self.topic, "-p", str(partition), "-o", "beginning",
                                "-e", "-q", "-f", "%o %s\n"], seconds=120).stdout
            lines = [line.split(" ") for line in text.splitlines()]
            self.test.assertEqual([int(offset) for offset, _ in lines], list(range(len(lines))), "offsets have holes")
            for offset, value in lines:
                self.test.assertNotIn(value, seen, "a value was stored twice by an idempotent producer")
                seen.add(value)
                stored[(partition, int(offset))] = value
        return stored

    def check_all_are_there(self, acked):
        """Returns how many records are stored."""
        stored = self.stored()
        lost = [ack for ack in acked if stored.get((ack["partition"], ack["offset"])) != ack["value"]]
        self.test.assertEqual(lost[:5], [], f"{len(lost)} of {len(acked)} acked records are not where they were acked")
        return len(stored)
