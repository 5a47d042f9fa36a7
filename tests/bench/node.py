"""./dev bench node [--quick] [--only NAME]: figures of one node; a table, and .local/bench/node.json.

Reports, never judges: the goal beside a figure is for the reader. Machines differ between days, so
compare within one run. GB is 10^9 bytes; CPU-seconds are the broker's own, from /proc; memory is its
resident set. The load comes from build/release/bin/bench_load, whose CPU is not counted.
"""

import argparse
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "integration"))
import harness  # noqa: E402
from compare import machine  # noqa: E402
from figures import Figures  # noqa: E402

LOAD = harness.BIN / "bench_load"


class Sizes:
    """How much of everything one run does; --quick is the smoke test of CI."""

    def __init__(self, quick):
        self.repeats = 1 if quick else 3
        self.seconds = 3 if quick else 15
        self.partitions_many = 200 if quick else 2000
        self.connections = 500 if quick else 10000
        self.bytes = 1 << 30 if quick else 5 << 30


def cpu_seconds(node):
    fields = pathlib.Path(f"/proc/{node.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / machine.TICKS


def resident_mb(node):
    for line in pathlib.Path(f"/proc/{node.process.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise AssertionError("no VmRSS")


def timed_start(node):
    """Milliseconds until the node is ready."""
    begin = time.monotonic()
    node.spawn()
    wait_for_ready(node)
    return (time.monotonic() - begin) * 1000


def wait_for_ready(node):
    while True:
        if node.process.poll() is not None:
            raise AssertionError(f"the node ended: {node.log_tail()}")
        try:
            with urllib.request.urlopen(f"http://{node.http}/readyz", timeout=1) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.001)


def load(node, mode, *options):
    """Runs the load program; returns its one line of JSON."""
    done = subprocess.run([str(LOAD), mode, "--address", node.address, *map(str, options)], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=600)
    if done.returncode != 0:
        raise AssertionError(f"bench_load {mode}: {done.stderr[-1000:]}")
    return json.loads(done.stdout)


class Bench:
    def __init__(self, sizes):
        self.sizes = sizes
        self.figures = Figures()
        self.row = self.figures.row

    def fresh(self, settings=None):
        """A node on an empty directory, on the disk of this checkout (not on a tmpfs)."""
        return harness.Node(tempfile.mkdtemp(prefix="node-", dir=ROOT / ".local" / "bench"), settings)

    def end(self, node):
        if node.process is not None and node.process.poll() is None:
            node.process.send_signal(signal.SIGTERM)
            node.process.wait(60)
        shutil.rmtree(node.directory, ignore_errors=True)

    # One method a figure; the name is what --only takes.

    def start(self):
        values = []
        for _ in range(max(3, self.sizes.repeats)):
            node = self.fresh()
            values.append(timed_start(node))
            self.end(node)
        self.row("start on an empty directory to ready", values, "ms", "100")

    def idle(self):
        node = self.fresh()
        node.start()
        before = cpu_seconds(node)
        time.sleep(self.sizes.seconds)
        self.row("idle: CPU of one core", [(cpu_seconds(node) - before) / self.sizes.seconds * 100], "%")
        self.row("idle: resident memory", [resident_mb(node)], "MB", "64")
        self.end(node)

    def partitions(self):
        count = self.sizes.partitions_many
        node = self.fresh()
        node.start()
        node.create_topic("many", partitions=count)
        load(node, "produce", "--topic", "many", "--partitions", count, "--batch-bytes", 4096, "--seconds", self.sizes.seconds)
        self.row(f"{count} partitions: resident memory", [resident_mb(node)], "MB", "256", partitions=count)
        values = []
        for _ in range(self.sizes.repeats):
            node.kill()
            values.append(timed_start(node))
        self.row(f"{count} partitions: restart after kill -9 to ready", values, "ms", "2000", partitions=count)
        self.end(node)

    def floor(self, mode, directory):
        """CPU-s per GB of the least work, on the machine as it is right now."""
        done = subprocess.run([str(harness.BIN / "bench_floor"), mode, "--directory", directory, "--bytes", str(1 << 30)],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600, check=True)
        return json.loads(done.stdout)["cpu_s_per_gb"]

    def throughput(self, durability, goal):
        cpu, rate, consume_cpu, consume_rate, floor, consume_floor = [], [], [], [], [], []
        for _ in range(self.sizes.repeats):
            machine.touch_memory(self.sizes.bytes + (3 << 30))
            with tempfile.TemporaryDirectory(prefix="floor-", dir=ROOT / ".local" / "bench") as directory:
                floor.append(self.floor("produce", directory))
                os.sync()
                consume_floor.append(self.floor("consume", directory))
            node = self.fresh({"millrace.durability": durability})
            node.start()
            node.create_topic("t", partitions=12)
            before = cpu_seconds(node)
            result = load(node, "produce", "--topic", "t", "--partitions", 12, "--batch-bytes", 1 << 20,
                          "--bytes", self.sizes.bytes, "--seconds", 60)
            cpu.append((cpu_seconds(node) - before) / (result["bytes"] / 1e9))
            rate.append(result["bytes"] / 1e6 / result["seconds"])
            os.sync()  # else write-back competes for memory with what is measured
            before = cpu_seconds(node)
            result = load(node, "consume", "--topic", "t", "--partitions", 12, "--seconds", self.sizes.seconds)
            consume_cpu.append((cpu_seconds(node) - before) / (result["bytes"] / 1e9))
            consume_rate.append(result["bytes"] / 1e6 / result["seconds"])
            self.end(node)
        shape = {"record_bytes": 1024, "batch_bytes": 1 << 20, "partitions": 12}
        self.row(f"produce, durability={durability}: broker CPU", cpu, "CPU-s/GB", goal, **shape)
        self.row("  the machine's own floor at that time", floor, "CPU-s/GB", **shape)
        self.row(f"produce, durability={durability}: throughput", rate, "MB/s", **shape)
        self.row(f"consume from cache, durability={durability}: broker CPU", consume_cpu, "CPU-s/GB", "0.3", **shape)
        self.row("  the machine's own floor at that time", consume_floor, "CPU-s/GB", **shape)
        self.row(f"consume from cache, durability={durability}: throughput", consume_rate, "MB/s", **shape)

    def memory(self):
        self.throughput("memory", "0.7")

    def fsync(self):
        self.throughput("fsync", "")

    def durable(self):
        for count in (1, 100, self.sizes.partitions_many):
            rate, p99 = [], []
            for _ in range(self.sizes.repeats):
                node = self.fresh()
                node.start()
                node.create_topic("t", partitions=count)
                result = load(node, "produce", "--topic", "t", "--partitions", count, "--batch-bytes", 4096, "--seconds", self.sizes.seconds,
                              "--in-flight", count)
                rate.append(result["batches"] / result["seconds"])
                p99.append(result["p99_ms"])
                self.end(node)
            goal = "100" if count > 100 else ""
            self.row(f"durable acks=all, {count} partitions, 4 KiB batches", rate, "batches/s", partitions=count)
            self.row(f"durable acks=all, {count} partitions: p99", p99, "ms", goal, partitions=count)

    def rounds(self):
        """The commit round against one fdatasync a file on eight threads, by turns on the same disk."""
        done = subprocess.run([str(harness.BIN / "bench_commit_round"), "--directory", str(ROOT / ".local" / "bench"), "--files",
                               str(self.sizes.partitions_many), "--rounds", str(5 if self.sizes.repeats == 1 else 20)],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600, check=True)
        result = json.loads(done.stdout)
        files = self.sizes.partitions_many
        self.row(f"commit round of {files} dirty files", result["round_ms"], "ms", files=files)
        self.row(f"fdatasync of {files} files on 8 threads", result["sync_each_ms"], "ms", files=files)
        ratios = [each / round_ms for each, round_ms in zip(result["sync_each_ms"], result["round_ms"])]
        self.row("commit round: times faster", ratios, "x", "5", files=files)

    def connections(self):
        node = self.fresh({"max.connections": str(self.sizes.connections + 100)})
        node.start()
        node.create_topic("t", partitions=1)
        for mode, goal in (("idle", "256"), ("pending-fetch", "768")):
            process = subprocess.Popen([str(LOAD), mode, "--address", node.address, "--topic", "t", "--connections",
                                        str(self.sizes.connections)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            held = json.loads(process.stdout.readline())["connections"]
            self.row(f"{held} connections, {mode}: resident memory", [resident_mb(node)], "MB", goal, connections=held)
            process.communicate("\n", timeout=60)
        self.end(node)


FIGURES = ["start", "idle", "partitions", "memory", "fsync", "durable", "rounds", "connections"]


def main(arguments):
    parser = argparse.ArgumentParser(prog="./dev bench node")
    parser.add_argument("--quick", action="store_true", help="small sizes, one repeat: does it run, not how fast")
    parser.add_argument("--only", choices=FIGURES, action="append")
    options = parser.parse_args(arguments)
    bench = Bench(Sizes(options.quick))
    failed = bench.figures.run(bench, options.only or FIGURES)
    bench.figures.finish("node", options.quick, failed)
