#!/usr/bin/python3
"""The millrace command as a process, against a running node.

With MILLRACE_TEST_BOOTSTRAP=HOST:PORT it runs against that cluster instead of starting a node: the
command must work against any Kafka cluster.
"""

import json
import os
import subprocess
import time
import unittest

import harness

CLUSTER = os.environ.get("MILLRACE_TEST_BOOTSTRAP")


class CommandTest(harness.NodeTest if not CLUSTER else unittest.TestCase):
    def setUp(self):
        self.topic = "command-" + str(time.time_ns())

    def run_command(self, *arguments, stdin=None, bootstrap=None):
        address = bootstrap or CLUSTER or self.node.address
        return harness.run([str(harness.BIN / "millrace"), *arguments], check=False, stdin=stdin,
                           env={**os.environ, "MILLRACE_BOOTSTRAP_SERVERS": address})

    def ok(self, *arguments, stdin=None):
        done = self.run_command(*arguments, stdin=stdin)
        self.assertEqual(done.returncode, 0, f"{arguments}: {done.stdout}{done.stderr}")
        return done.stdout

    def document(self, *arguments, code=0, stdin=None):
        done = self.run_command(*arguments, "-o", "json", stdin=stdin)
        self.assertEqual(done.returncode, code, f"{arguments}: {done.stdout}{done.stderr}")
        return json.loads(done.stdout)

    def create(self, partitions=1, *options):
        return self.document("topic", "create", self.topic, "-p", str(partitions), *options)["items"][0]

    def test_a_topic_from_creation_to_deletion(self):
        created = self.create(2, "-c", "retention.ms=86400000")
        self.assertEqual((created["result"], created["partition_count"]), ("created", 2))
        self.assertEqual([part["partition"] for part in created["partitions"]], [0, 1])
        self.assertIn(self.topic, self.ok("topic", "list", "-o", "name").split())

        described = self.document("topic", "describe", self.topic)["items"][0]
        self.assertEqual(described["topic_id"], created["topic_id"])
        self.assertEqual(described["configs"].get("retention.ms"), "86400000")
        for part in described["partitions"]:
            self.assertIn(part["leader_id"], part["isr"])
            self.assertGreaterEqual(part["leader_epoch"], 0)

        self.ok("topic", "alter", self.topic, "--delete-config", "retention.ms", "-c", "segment.ms=3600000")
        self.ok("topic", "alter", self.topic, "--partitions", "3")
        self.assertEqual(len(self.wait_for_partitions(3)), 3)
        configs = self.document("topic", "describe", self.topic)["items"][0]["configs"]
        self.assertNotIn("retention.ms", configs)
        self.assertEqual(configs.get("segment.ms"), "3600000")

        self.assertEqual(self.run_command("topic", "delete", self.topic).returncode, 2)
        self.ok("topic", "delete", self.topic, "--yes")
        self.document("topic", "describe", self.topic, code=1)
        self.ok("topic", "delete", self.topic, "--yes", "--if-exists")

    def wait_for_partitions(self, count):
        def partitions():
            found = self.document("topic", "describe", self.topic)["items"][0]["partitions"]
            return found if len(found) == count else None
        return harness.wait_until(partitions, f"{count} partitions")

    def test_dry_runs_change_nothing(self):
        self.assertEqual(self.document("topic", "create", self.topic, "--dry-run")["items"][0]["result"], "would create")
        self.document("topic", "describe", self.topic, code=1)
        self.create()
        self.ok("topic", "alter", self.topic, "--partitions", "5", "-c", "retention.ms=5", "--dry-run")
        self.ok("topic", "delete", self.topic, "--dry-run")
        item = self.document("topic", "describe", self.topic)["items"][0]
        self.assertEqual((len(item["partitions"]), item["configs"].get("retention.ms")), (1, None))

    def test_errors_of_items(self):
        self.create()
        for arguments, code in [
            (["topic", "create", self.topic], "TOPIC_ALREADY_EXISTS"),
            (["topic", "create", "bad/name"], "INVALID_TOPIC_EXCEPTION"),
            (["topic", "create", "x" + self.topic, "-r", "99"], "INVALID_REPLICATION_FACTOR"),
            (["topic", "create", "x" + self.topic, "-c", "no.such.setting=1"], "INVALID_CONFIG"),
            (["topic", "describe", "missing"], "UNKNOWN_TOPIC_OR_PARTITION"),
            (["topic", "alter", "missing", "-p", "3"], "UNKNOWN_TOPIC_OR_PARTITION"),
            (["topic", "alter", self.topic, "-p", "1"], "INVALID_PARTITIONS"),
            (["topic", "alter", self.topic, "-c", "no.such.setting=1"], "INVALID_CONFIG"),
            (["topic", "alter", self.topic, "-c", "retention.ms=soon"], "INVALID_CONFIG"),
            (["topic", "delete", "missing", "--yes"], "UNKNOWN_TOPIC_OR_PARTITION"),
            (["produce", "missing"], "UNKNOWN_TOPIC_OR_PARTITION"),
            (["consume", "missing"], "UNKNOWN_TOPIC_OR_PARTITION"),
            (["consume", self.topic, "-p", "7"], "UNKNOWN_TOPIC_OR_PARTITION"),
            (["consume", self.topic, "--offset", "77"], "OFFSET_OUT_OF_RANGE"),
        ]:
            with self.subTest(arguments=arguments):
                error = self.document(*arguments, code=1)["errors"][0]
                self.assertEqual(error["code"], code, error)

    def test_records_with_keys_headers_and_null_values(self):
        self.create(2)
        self.ok("produce", self.topic, "-p", "0", "--key-delimiter", ":", "-H", "a=1", "-H", "a=2", "-Z", stdin="k:v\nplain\nk:\n")
        self.assertEqual(self.ok("consume", self.topic, "-e", "-f", "%p/%o [%k] [%s] %S %h\n"),
                         "0/0 [k] [v] 1 a=1,a=2\n0/1 [] [plain] 5 a=1,a=2\n0/2 [k] [] -1 a=1,a=2\n")

    def test_every_codec_and_a_copy_by_json(self):
        self.create(2)
        for codec in ["none", "gzip", "snappy", "lz4", "zstd"]:
            self.ok("produce", self.topic, "-p", "0", "-z", codec, "-k", codec, stdin=f"{codec} {'x' * 2000}\n")
        first = self.ok("consume", self.topic, "-p", "0", "-e", "-o", "json")
        self.assertEqual([json.loads(line)["key"] for line in first.splitlines()], ["none", "gzip", "snappy", "lz4", "zstd"])
        self.ok("produce", self.topic, "-p", "1", "--format", "json", stdin=first)
        second = self.ok("consume", self.topic, "-p", "1", "-e", "-o", "json")
        as_copied = [{**json.loads(line), "partition": 1} for line in first.splitlines()]
        self.assertEqual([json.loads(line) for line in second.splitlines()], as_copied)

    def test_where_reading_begins(self):
        self.create()
        lines = "".join(json.dumps({"value": str(i), "timestamp": 1_700_000_000_000 + i * 1000}) + "\n" for i in range(10))
        self.ok("produce", self.topic, "--format", "json", stdin=lines)
        for offset, expected in [("start", "0123456789"), ("7", "789"), ("-2", "89"), ("-99", "0123456789"), ("end", ""),
                                 ("@1700000005000", "56789"), ("@2023-11-14T22:13:25", "56789"), ("@-1s", "")]:
            with self.subTest(offset=offset):
                text = self.ok("consume", self.topic, "--offset", offset, "-e", "-f", "%s")
                self.assertEqual(text, expected)
        self.assertEqual(self.ok("consume", self.topic, "--num", "3", "-f", "%s"), "012")

    def test_cluster_info(self):
        item = self.document("cluster", "info")["items"][0]
        self.assertTrue(item["cluster_id"])
        self.assertIn(item["controller_id"], [node["node_id"] for node in item["nodes"]])

    def test_without_a_node_the_exit_code_is_3(self):
        address = f"127.0.0.1:{harness.free_ports(1)[0]}"
        for arguments in (["topic", "list"], ["cluster", "info"], ["produce", "x"], ["consume", "x"]):
            done = self.run_command(*arguments, bootstrap=address)
            self.assertEqual(done.returncode, 3)
            self.assertIn(f"cannot reach {address} (from MILLRACE_BOOTSTRAP_SERVERS): connection refused", done.stderr)

    def test_bash_completes_topics(self):
        self.create()
        script = f"""PATH={harness.BIN}:$PATH; source <(millrace completion bash)
COMP_LINE='millrace consume {self.topic[:-2]}'; COMP_POINT=${{#COMP_LINE}}; _millrace; printf '%s\\n' "${{COMPREPLY[@]}}" """
        done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=30,
                              env={**os.environ, "MILLRACE_BOOTSTRAP_SERVERS": CLUSTER or self.node.address})
        self.assertEqual(done.stdout.split(), [self.topic], done.stderr)

    def test_a_reader_that_goes_away_ends_consume(self):
        self.create()
        self.ok("produce", self.topic, stdin="".join(f"{i}\n" for i in range(50_000)))
        address = CLUSTER or self.node.address
        done = harness.run(["bash", "-c", f"{harness.BIN}/millrace -b {address} consume {self.topic} | head -n 1"])
        self.assertEqual(done.stdout, "0\n")


if __name__ == "__main__":
    unittest.main()
