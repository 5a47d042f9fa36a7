"""The load: Kafka's own performance tools and librdkafka, so that neither side brings its own."""

import json
import re
import subprocess

from . import systems

TOOL_SECONDS = 900
TOOL_JVM = ["java", "-Xmx512m", "-XX:+UseG1GC", "-Djava.awt.headless=true",
            f"-Dlog4j2.configurationFile={systems.ROOT / 'tests' / 'bench' / 'compare' / 'log4j2.properties'}"]


class ClientFailed(Exception):
    """A load program ended with an error, or said what cannot be read."""


def run(command, node):
    try:
        done = subprocess.run(list(map(str, command)), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=TOOL_SECONDS)
    except subprocess.TimeoutExpired:
        node.require_alive()
        raise ClientFailed(f"{name_of(command)} did not end within {TOOL_SECONDS} s") from None
    if done.returncode != 0:
        node.require_alive()
        raise ClientFailed(f"{name_of(command)}: {(done.stderr or done.stdout).strip()[-500:]}")
    return done.stdout


def name_of(command):
    return next((word for word in map(str, command) if word.startswith("org.apache.kafka")), str(command[0]))


def rdkafka(node, mode, topic="t", **options):
    return json.loads(run(rdkafka_command(node, mode, topic, **options), node))


def rdkafka_command(node, mode, topic="t", **options):
    command = [systems.harness.BIN / "bench_rdkafka", mode, "--address", node.address, "--topic", topic]
    for name, value in options.items():
        values = value if isinstance(value, list) else [value]
        for each in values:
            command += [f"--{name.replace('_', '-')}", each]
    return command


SUMMARY = re.compile(r"(\d+) records sent, [\d.]+ records/sec \(([\d.]+) MB/sec\), [\d.]+ ms avg latency, ([\d.]+) ms max "
                     r"latency, (\d+) ms 50th, \d+ ms 95th, (\d+) ms 99th, (\d+) ms 99\.9th\.")
INTERVAL = re.compile(r"^(\d+) records sent, [\d.]+ records/sec \(", re.MULTILINE)


def producer_performance(node, topic, records, record_bytes, properties, rate=-1):
    """Kafka's ProducerPerformance; each_second as bench_rdkafka has it."""
    command = [*TOOL_JVM, "-cp", systems.classpath(), "org.apache.kafka.tools.ProducerPerformance", "--bootstrap-server",
               node.address, "--topic", topic, "--num-records", records, "--record-size", record_bytes, "--throughput", rate,
               "--reporting-interval", 1000, "--command-property", *(f"{key}={value}" for key, value in properties.items())]
    output = run(command, node)
    found = SUMMARY.search(output)
    if not found or int(found[1]) != records:
        raise ClientFailed(f"ProducerPerformance: {output.strip()[-300:] or 'no summary'}")
    each_second = [int(count) for count in INTERVAL.findall(output)[:-1]]
    seconds = records * record_bytes / (float(found[2]) * (1 << 20))
    return {"records": records, "bytes": records * record_bytes, "seconds": seconds, "p50_ms": float(found[4]),
            "p99_ms": float(found[5]), "p999_ms": float(found[6]), "max_ms": float(found[3]), "each_second": each_second}


def end_to_end_latency(node, topic, records, record_bytes):
    """Kafka's EndToEndLatency: sends one record, waits until it is read, and so on."""
    output = run([*TOOL_JVM, "-cp", systems.classpath(), "org.apache.kafka.tools.EndToEndLatency", "--bootstrap-server",
                  node.address, "--topic", topic, "--num-records", records, "--producer-acks", "all", "--record-size", record_bytes], node)
    found = re.search(r"Percentiles: 50th = ([\d.]+), 99th = ([\d.]+), 99\.9th = ([\d.]+)", output)
    average = re.search(r"Avg latency: ([\d.]+)", output)
    if not found or not average:
        raise ClientFailed(f"EndToEndLatency: {output.strip()[-300:] or 'no summary'}")
    return {"avg_ms": float(average[1]), "p50_ms": float(found[1]), "p99_ms": float(found[2]), "p999_ms": float(found[3])}
