"""./dev bench quorum [--quick] [--only NAME] [--kills N]: figures of the metadata quorum; a table, and .local/bench/quorum.json.

Reports, never judges: the goal beside a figure is for the reader. Three real nodes with TLS between them
share this machine's cores and disk, so what each of three machines would do alone, they do by turns here.
What 100,000 partitions cost is measured in one process, without a disk (bench_quorum).
"""

import argparse
import contextlib
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "integration"))
import figures  # noqa: E402
import harness  # noqa: E402
from node import cpu_seconds, resident_mb, timed_start, wait_for_ready  # noqa: E402
from quorum_cluster import QuorumCluster  # noqa: E402
from saturation import Saturation  # noqa: E402
from wire import Connection  # noqa: E402

NODES = 3
FAILOVER_SECONDS = 30
SEEN_SECONDS = 10
SEEN_POLL_SECONDS = 0.001  # asking without a pause would take the cores from the nodes that are asked
ALREADY_EXISTS = 36
# Of bench_quorum's lines, those that have a goal.
GOALS = {"resident bytes a partition": "200", "snapshot from bytes": "2000", "create all topics, one command each": "30000",
         "ISR change on a topic of 5,000 partitions, apply, median": "50", "  decide and apply on the controller": "300, all three",
         "  encode": "", "  decode and apply on another node": ""}


class Sizes:
    """How much of everything one run does; --quick is the smoke test of CI."""

    def __init__(self, quick, kills):
        self.kills = kills or (5 if quick else 50)
        self.saturated_seconds = 20 if quick else 300
        self.idle_seconds = 3 if quick else 20
        self.created = 20 if quick else 250  # one at a time, through each of two nodes
        self.at_once = 50 if quick else 500
        self.wide = (5 if quick else 100, 10)  # topics, partitions of each
        self.changes = 20 if quick else 200
        self.restarts = 1 if quick else 5
        self.seeds = 5 if quick else 100
        self.image = (1000, 10_000) if quick else (10_000, 100_000)


def quantile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * share))]


class Cleanups(contextlib.ExitStack):
    """What QuorumCluster wants of a test."""

    def addCleanup(self, *what, **options):
        self.callback(*what, **options)


@contextlib.contextmanager
def running_cluster():
    """On the disk of this checkout (not on a tmpfs)."""
    with Cleanups() as cleanups:
        tempfile.tempdir = str(figures.DIRECTORY)
        cluster = QuorumCluster(cleanups, NODES)
        started = time.monotonic()
        for node in cluster.nodes:
            node.spawn()
        for node in cluster.nodes:
            wait_for_ready(node)
        cluster.start_ms = (time.monotonic() - started) * 1000
        yield cluster


def leader_of(cluster):
    """The node that led last, from what each said of itself."""
    return max(cluster.nodes, key=lambda node: max(node.leads_in_terms(), default=0))


def terms_of(cluster):
    return sum(len(node.leads_in_terms()) for node in cluster.nodes)


def create(connection, names, partitions=1):
    errors = {name: error for name, error in connection.create_topics(names, partitions).items() if error != 0}
    if errors:
        raise AssertionError(f"topics were not created: {errors}")


class Bench:
    def __init__(self, sizes):
        self.sizes = sizes
        self.figures = figures.Figures()
        self.row = self.figures.row

    def quantiles(self, name, values, unit, goal, **parameters):
        """Median, p99 and worst, with the goal at the p99."""
        self.row(f"{name}: p50", [quantile(values, 0.5)], unit, count=len(values), **parameters)
        self.row(f"{name}: p99", [quantile(values, 0.99)], unit, goal, count=len(values), **parameters)

    # One method a figure; the name is what --only takes.

    def kills(self):
        from steady import TOPIC, SteadyClients  # only this figure needs librdkafka
        with running_cluster() as cluster:
            with Connection(cluster.nodes[0].address) as connection:
                create(connection, [TOPIC], NODES)
                leaders = connection.leaders(TOPIC)
            with SteadyClients(cluster.addresses(), NODES) as clients:
                found = [self.kill_once(cluster, clients, leaders, number) for number in range(self.sizes.kills)]
            cluster.check_one_leader_a_term()
        commits, acknowledged, consumed = zip(*found)
        shape = {"kills": self.sizes.kills, "nodes": NODES}
        self.row("metadata leader killed: a change commits after, p50", [quantile(commits, 0.5)], "ms", **shape)
        self.row("  p90", [quantile(commits, 0.9)], "ms", **shape)
        self.row("  worst", [max(commits)], "ms", "1500", all_ms=[round(each, 1) for each in commits], **shape)
        self.row("  produce on the others' partitions: longest gap", [max(acknowledged)], "ms", interval_ms=5, **shape)
        self.row("  consume from the others' partitions: longest gap", [max(consumed)], "ms", interval_ms=5, **shape)

    def kill_once(self, cluster, clients, leaders, number):
        """Milliseconds until a change commits, and the longest gaps until the killed node is back."""
        clients.wait_until_all_flow()
        killed = leader_of(cluster)
        others = [node for node in cluster.nodes if node is not killed]
        begin = time.monotonic()
        killed.kill()
        committed = self.time_of_commit(others[number % 2], f"after-kill-{number}", begin)
        killed.spawn()
        wait_for_ready(killed)
        spared = [partition for partition, leader in leaders.items() if leader != killed.number]
        acknowledged, consumed = clients.gaps(spared, begin, time.monotonic())
        return committed, acknowledged * 1000, consumed * 1000

    @staticmethod
    def time_of_commit(node, name, begin):
        """Milliseconds from `begin` until the topic exists, asked for at this node until it does."""
        with Connection(node.address) as connection:
            while True:
                if connection.create_topics([name])[name] in (0, ALREADY_EXISTS):
                    return (time.monotonic() - begin) * 1000
                if time.monotonic() > begin + FAILOVER_SECONDS:
                    raise AssertionError(f"no change was committed within {FAILOVER_SECONDS} s")

    def saturated(self):
        with running_cluster() as cluster:
            before = terms_of(cluster)
            taken, failures = [], []
            with Saturation(figures.DIRECTORY), Connection(cluster.nodes[0].address) as connection:
                end = time.monotonic() + self.sizes.saturated_seconds
                while time.monotonic() < end:
                    begin = time.monotonic()
                    failures += [error for error in connection.create_topics([f"saturated-{len(taken)}"]).values() if error != 0]
                    taken.append((time.monotonic() - begin) * 1000)
                    time.sleep(0.5)
            changes = terms_of(cluster) - before
        shape = {"seconds": self.sizes.saturated_seconds, "busy_processes": "one a core", "writer": "1 MiB and fdatasync, over and over"}
        self.row("cores and disk saturated: changes of leader", [changes], "", "0", **shape)
        self.quantiles("  a topic every 0.5 s meanwhile", taken, "ms", "", **shape)
        self.row("  of which answered with an error", [len(failures)], "", "0", errors=failures, **shape)

    def image(self):
        topics, partitions = self.sizes.image
        done = subprocess.run([str(harness.BIN / "bench_quorum"), "--topics", str(topics), "--partitions", str(partitions)],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600, check=True)
        for line in json.loads(done.stdout.splitlines()[-1]):
            self.row(line["name"], [line["value"]], line["unit"], GOALS.get(line["name"], ""), topics=topics + 1,
                     partitions=partitions + 5000, replicas=3, brokers=3)

    def nodes(self):
        with running_cluster() as cluster:
            self.row("three nodes formed: start of all to ready", [cluster.start_ms], "ms")
            leader = leader_of(cluster)
            follower = next(node for node in cluster.nodes if node is not leader)
            with Connection(leader.address) as through_leader, Connection(follower.address) as through_follower:
                for number in range(self.sizes.wide[0]):
                    create(through_leader, [f"wide-{number}"], self.sizes.wide[1])
                self.create_one_by_one("the leader", through_leader)
                self.create_one_by_one("a follower", through_follower)
                begin = time.monotonic()
                create(through_follower, [f"at-once-{number}" for number in range(self.sizes.at_once)])
                self.row(f"one request for {self.sizes.at_once} topics", [(time.monotonic() - begin) * 1000], "ms")
            partitions = self.sizes.wide[0] * self.sizes.wide[1] + 2 * self.sizes.created + self.sizes.at_once
            self.seen_by_all(cluster, leader, partitions)
            partitions += self.sizes.changes
            self.at_rest(cluster, leader, partitions)
            self.restarts(leader, follower, partitions)

    def create_one_by_one(self, through, connection):
        taken = []
        for number in range(self.sizes.created):
            begin = time.monotonic()
            create(connection, [f"single-{through.split()[-1]}-{number}"])
            taken.append((time.monotonic() - begin) * 1000)
        self.row(f"topics one at a time through {through}", [len(taken) / sum(taken) * 1000], "topics/s", topics=len(taken))
        self.quantiles(f"  through {through}", taken, "ms", "")

    def seen_by_all(self, cluster, leader, partitions):
        """From the answer of the node that was asked until the last node tells a client of the topic."""
        with contextlib.ExitStack() as stack:
            connections = [stack.enter_context(Connection(node.address)) for node in cluster.nodes]
            asked = cluster.nodes.index(leader)
            lags = []
            for number in range(self.sizes.changes):
                name = f"seen-{number}"
                create(connections[asked], [name])
                lags.append(self.last_to_see(name, [each for at, each in enumerate(connections) if at != asked]))
        self.quantiles("a change, from its answer until all nodes tell of it", lags, "ms", "50", partitions=partitions)

    @staticmethod
    def last_to_see(name, connections):
        answered = time.monotonic()
        seen = []

        def watch(connection):
            while not connection.leaders(name):
                if time.monotonic() > answered + SEEN_SECONDS:
                    return
                time.sleep(SEEN_POLL_SECONDS)
            seen.append(time.monotonic())

        threads = [threading.Thread(target=watch, args=(connection,)) for connection in connections]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if len(seen) < len(connections):
            raise AssertionError(f"{name} was not seen everywhere within {SEEN_SECONDS} s")
        return (max(seen) - answered) * 1000

    def at_rest(self, cluster, leader, partitions):
        time.sleep(2)  # what was created last is still being written
        before = {node: cpu_seconds(node) for node in cluster.nodes}
        time.sleep(self.sizes.idle_seconds)
        shares = {node: (cpu_seconds(node) - before[node]) / self.sizes.idle_seconds * 100 for node in cluster.nodes}
        shape = {"seconds": self.sizes.idle_seconds, "partitions": partitions}
        self.row("idle: CPU of one core, the leader", [shares[leader]], "%", **shape)
        self.row("idle: CPU of one core, the others", [share for node, share in shares.items() if node is not leader], "%", **shape)
        self.row("idle: resident memory of each", [resident_mb(node) for node in cluster.nodes], "MB", **shape)

    def restarts(self, leader, follower, partitions):
        for name, node, how in (("a follower, after kill -9", follower, "kill"), ("a follower, after SIGTERM", follower, "stop"),
                                ("the leader, after SIGTERM", leader, "stop")):
            values = []
            for _ in range(self.sizes.restarts):
                getattr(node, how)()
                values.append(timed_start(node))
            self.row(f"restart to ready: {name}", values, "ms", partitions=partitions)

    def simulator(self):
        done = subprocess.run([str(harness.BIN / "sim_quorum"), "--from", "1", "--seeds", str(self.sizes.seeds)], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=1800, check=True)
        times = re.search(r"(\d+) times real time", done.stdout)
        self.row("simulator, one core", [float(times[1])], "x", "300", seeds=self.sizes.seeds, first_seed=1)


FIGURES = ["kills", "saturated", "image", "nodes", "simulator"]


def main(arguments):
    parser = argparse.ArgumentParser(prog="./dev bench quorum")
    parser.add_argument("--quick", action="store_true", help="small sizes: does it run, not how fast")
    parser.add_argument("--only", choices=FIGURES, action="append")
    parser.add_argument("--kills", type=int, metavar="N", help="how often the metadata leader is killed (50)")
    options = parser.parse_args(arguments)
    if options.kills is not None and options.kills < 1:
        parser.error("--kills: at least 1")
    bench = Bench(Sizes(options.quick, options.kills))
    failed = bench.figures.run(bench, options.only or FIGURES)
    bench.figures.finish("quorum", options.quick, failed)
