#!/usr/bin/python3
"""Unmodified clients, every codec each of them has: what one produces, all others read alike.

Every producer appends its records to one partition in turn; then every consumer reads the whole
partition once and must see the same keys, values, headers, timestamps and offsets.
"""

import importlib.util
import json
import os
import pathlib
import unittest

import harness

PEERS = pathlib.Path(__file__).resolve().parent / "peers"
TOPIC = "matrix"
RECORDS = 20
CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]
FIRST_TIMESTAMP = 1_700_000_000_000


def records(name, codec):
    return [{"key": f"k{i}", "value": f"{name}/{codec}/{i}", "headers": {"from": name, "n": str(i)},
             "timestamp": FIRST_TIMESTAMP + i} for i in range(RECORDS)]


def python_peer(script, *arguments, stdin=None, path=None):
    env = {**os.environ, **({"PYTHONPATH": str(path)} if path else {})}
    return harness.run(["/usr/bin/python3", str(PEERS / script), *arguments], stdin=stdin, env=env).stdout


class Producers:
    """Each method sends records(name, codec) and returns them, timestamps None where it cannot set them."""

    def __init__(self, node):
        self.node = node

    def sent(self, name, codec, timestamps=True):
        return [record if timestamps else {**record, "timestamp": None} for record in records(name, codec)]

    def kcat(self, codec):
        # kcat sets headers per run, not per record: one run a record would prove no more.
        lines = [{**record, "headers": {"from": "kcat"}} for record in self.sent("kcat", codec, timestamps=False)]
        text = "".join(f"{record['key']}:{record['value']}\n" for record in lines)
        harness.run(["kcat", "-P", "-b", self.node.address, "-t", TOPIC, "-p", "0", "-K", ":", "-z", codec, "-H", "from=kcat"],
                    stdin=text)
        return lines

    def kafka_python(self, codec):
        python_peer("kafka_python_peer.py", "produce", self.node.address, TOPIC, codec,
                    stdin=json.dumps(records("kafka-python", codec)))
        return self.sent("kafka-python", codec)

    def confluent_debian(self, codec):
        python_peer("confluent_peer.py", "produce", self.node.address, TOPIC, codec,
                    stdin=json.dumps(records("confluent-debian", codec)))
        return self.sent("confluent-debian", codec)

    def confluent_newest(self, codec):
        python_peer("confluent_peer.py", "produce", self.node.address, TOPIC, codec, path=harness.require_client("python"),
                    stdin=json.dumps(records("confluent-newest", codec)))
        return self.sent("confluent-newest", codec)

    def kafkajs(self, codec):
        modules = harness.require_client("node") / "node_modules"
        harness.run(["node", str(PEERS / "kafkajs_peer.js"), self.node.address, TOPIC, codec],
                    stdin=json.dumps(records("kafkajs", codec)), env={**os.environ, "NODE_PATH": str(modules)})
        return self.sent("kafkajs", codec)

    def java(self, codec):
        lines = self.sent("java", codec, timestamps=False)
        text = "".join("{}\t{}\t{}\n".format(",".join(f"{name}:{value}" for name, value in record["headers"].items()),
                                             record["key"], record["value"]) for record in lines)
        harness.java_tool("ConsoleProducer", "--bootstrap-server", self.node.address, "--topic", TOPIC,
                          "--compression-codec", codec, "--reader-property", "parse.key=true",
                          "--reader-property", "parse.headers=true", stdin=text)
        return lines

    def millrace(self, codec):
        lines = [{**record, "headers": {"from": "millrace"}} for record in self.sent("millrace", codec, timestamps=False)]
        text = "".join(f"{record['key']}:{record['value']}\n" for record in lines)
        self.node.millrace("produce", TOPIC, "-p", "0", "--key-delimiter", ":", "--compression", codec, "-H", "from=millrace",
                           stdin=text)
        return lines


class Consumers:
    """Each method reads `count` records of the partition and returns them in the shape of records()."""

    def __init__(self, node):
        self.node = node

    def kcat(self, count):
        text = harness.run(["kcat", "-C", "-b", self.node.address, "-t", TOPIC, "-p", "0", "-o", "beginning", "-c", str(count), "-J", "-q"]).stdout
        return [{"key": line["key"], "value": line["payload"], "offset": line["offset"], "timestamp": line["ts"],
                 "headers": dict(zip(line["headers"][::2], line["headers"][1::2]))} for line in harness.json_lines(text)]

    def kafka_python(self, count):
        return harness.json_lines(python_peer("kafka_python_peer.py", "consume", self.node.address, TOPIC, str(count)))

    def confluent_debian(self, count):
        return harness.json_lines(python_peer("confluent_peer.py", "consume", self.node.address, TOPIC, str(count)))

    def confluent_newest(self, count):
        return harness.json_lines(python_peer("confluent_peer.py", "consume", self.node.address, TOPIC, str(count),
                                              path=harness.require_client("python")))

    def java(self, count):
        shown = [option for name in ("timestamp", "offset", "headers", "key") for option in ("--formatter-property", f"print.{name}=true")]
        text = harness.java_tool("consumer.ConsoleConsumer", "--bootstrap-server", self.node.address, "--topic", TOPIC,
                                 "--partition", "0", "--offset", "earliest", "--max-messages", str(count), *shown).stdout
        return [self.java_record(line) for line in text.splitlines()]

    @staticmethod
    def java_record(line):
        timestamp, offset, headers, key, value = line.split("\t")
        return {"key": key, "value": value, "offset": int(offset.removeprefix("Offset:")),
                "timestamp": int(timestamp.removeprefix("CreateTime:")),
                "headers": dict(pair.split(":", 1) for pair in headers.split(","))}

    def millrace(self, count):
        text = self.node.millrace("consume", TOPIC, "-p", "0", "--offset", "start", "--num", str(count), "-o", "json").stdout
        return [{**{field: line[field] for field in ("key", "value", "offset", "timestamp")},
                 "headers": {header["key"]: header["value"] for header in line["headers"]}}
                for line in harness.json_lines(text)]


class ClientsTest(harness.NodeTest):
    def test_what_one_produces_all_others_read_alike(self):
        self.node.create_topic(TOPIC)
        producers, consumers = Producers(self.node), Consumers(self.node)
        expected = []
        for produce, codecs in [
            (producers.kcat, CODECS),
            (producers.kafka_python, self.kafka_python_codecs()),
            (producers.confluent_debian, CODECS),
            (producers.confluent_newest, CODECS),
            (producers.kafkajs, ["none", "gzip"]),
            (producers.java, CODECS),
            (producers.millrace, CODECS),
        ]:
            for codec in codecs:
                with self.subTest(producer=produce.__name__, codec=codec):
                    expected += produce(codec)
        self.assertGreater(len(expected), 0)
        self.assertEqual(self.log_end_offset(), len(expected))
        stored = consumers.millrace(len(expected))  # learns the timestamps that producers chose themselves
        for offset, (record, seen) in enumerate(zip(expected, stored)):
            record["offset"] = offset
            if record["timestamp"] is None:
                self.assertGreater(seen["timestamp"], FIRST_TIMESTAMP)
                record["timestamp"] = seen["timestamp"]
        for consume in (consumers.millrace, consumers.kcat, consumers.kafka_python, consumers.confluent_debian,
                        consumers.confluent_newest, consumers.java):
            with self.subTest(consumer=consume.__name__):
                self.assertEqual(consume(len(expected)), expected)

    def log_end_offset(self):
        text = harness.run(["kcat", "-Q", "-b", self.node.address, "-t", f"{TOPIC}:0:-1"]).stdout
        return int(text.split("offset")[-1])

    @staticmethod
    def kafka_python_codecs():
        modules = {"snappy": "snappy", "lz4": "lz4", "zstd": "zstandard"}
        return ["none", "gzip"] + [codec for codec, module in modules.items() if importlib.util.find_spec(module)]


if __name__ == "__main__":
    unittest.main()
