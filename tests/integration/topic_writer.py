"""Changes the cluster's metadata all the time, and knows what must be there afterwards."""

import json
import threading

import harness


class TopicWriter:
    """Creates topics and alters them, one after the other, on a thread of its own.

    Only what was answered with success counts. A command that failed may have happened or not, so its
    topic, or its setting, is never asked for: each name and each value is used once.
    """

    def __init__(self, test, cluster):
        self.cluster = cluster
        self.created = []
        self.altered = {}
        self.commands = 0
        self.last_failure = None
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.work, daemon=True)
        self.thread.start()
        test.addCleanup(self.stop)

    def work(self):
        number = 0
        while not self.stopping.is_set():
            number += 1
            name = f"topic-{number}"
            if not self.change("topic", "create", name, "--partitions", "1"):
                continue
            self.created.append(name)
            retention = str(100_000 + number)
            if self.change("topic", "alter", name, "-c", f"retention.ms={retention}"):
                self.altered[name] = retention

    def change(self, *arguments):
        """Asks another node first each time: one that stands still takes the whole timeout."""
        self.commands += 1
        nodes = self.cluster.addresses().split(",")
        first = self.commands % len(nodes)
        bootstrap = ",".join(nodes[first:] + nodes[:first])
        done = self.cluster.millrace(bootstrap, *arguments, "--timeout", "3s", check=False)
        if done.returncode != 0:
            self.last_failure = done.stderr.strip()
        return done.returncode == 0

    def wait_for_progress(self, count=3):
        goal = len(self.created) + count
        try:
            harness.wait_until(lambda: len(self.created) >= goal, f"{count} more topics", 60)
        except AssertionError as error:
            raise AssertionError(f"{error}; the last failure: {self.last_failure}") from None

    def stop(self):
        self.stopping.set()
        self.thread.join(60)

    def check_nothing_is_lost(self):
        """Every node, asked alone, knows every topic; all views are one, and every setting is in it."""
        self.stop()
        assert len(self.created) > 5 and self.altered, f"only {len(self.created)} topics were created"
        for node in self.cluster.nodes:
            harness.wait_until(lambda: self.is_all_known(node, self.created), f"node {node.number} to know every topic")
        self.cluster.wait_for_one_view()
        for name, retention in self.altered.items():
            [row] = self.cluster.items(self.cluster.addresses(), "topic", "describe", name)
            assert f'"{retention}"' in json.dumps(row), f"{name} should have retention.ms={retention}: {row}"

    def is_all_known(self, node, topics):
        rows = self.cluster.items(node.address, "topic", "list")
        return set(topics) <= {row["name"] for row in rows}
