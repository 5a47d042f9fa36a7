"""What is measured: one factor at a time around 1 KiB records, 12 partitions, acks=all, no compression.

A workload is a function from (Run, system) to its figures. `Run` gives it nodes and sizes; whatever it
starts there is removed when it returns, however it returns.
"""

import dataclasses
import itertools
import time
from collections.abc import Callable

from . import clients, machine

# Unit, and whether more of it is better.
FIGURES = {
    "mb_s": ("MB/s", True),
    "mb_s_fresh": ("MB/s until write-back", True),
    "mb_s_steady": ("MB/s with write-back", True),
    "records_s": ("records/s", True),
    "records_per_cpu_s": ("records/CPU-s", True),
    "mb_per_cpu_s": ("MB/CPU-s", True),
    "cores": ("cores", False),
    "resident_mb": ("MB resident", False),
    "p50_ms": ("ms p50", False),
    "p99_ms": ("ms p99", False),
    "p999_ms": ("ms p99.9", False),
    "read_p50_ms": ("ms p50 until read", False),
    "read_p99_ms": ("ms p99 until read", False),
    "read_p999_ms": ("ms p99.9 until read", False),
    "alone_p99_ms": ("ms p99 alone", False),
    "beside_reader": ("times p99 alone", False),
    "reader_mb_s": ("MB/s of the reader", True),
    "topics_s": ("topics/s", True),
    "ready_ms": ("ms", False),
}

RECORD_BYTES = 1024
PARTITIONS = 12
CLIENT_DEFAULTS = {"acks": "all"}
# What the OpenMessaging benchmark sets: librdkafka's and Java's default of 5 ms would hide a fast cluster.
PROMPT = ["linger.ms=1"]
LARGE_BATCHES = {"batch.size": 1 << 20, "linger.ms": 10, "buffer.memory": 128 << 20}


@dataclasses.dataclass(frozen=True)
class Sizes:
    """How much one run does."""

    seconds: float  # of load whose rate is fixed
    produce_bytes: int  # of load as fast as it goes
    dirty_bytes: int  # the same for the workload that goes beyond the kernel's dirty limits
    restart_bytes: int
    cold_bytes: int  # what the reader of cold data has
    records_one_by_one: int
    topics: int
    clients: int
    partitions_many: tuple
    repeats: int


QUICK = Sizes(2, 32 << 20, 64 << 20, 64 << 20, 64 << 20, 300, 10, 10, (100,), 1)
FULL = Sizes(10, 1 << 30, 7 << 30, 10 << 30, 3 << 30, 5000, 100, 100, (1000, 2000), 3)


@dataclasses.dataclass(frozen=True)
class Workload:
    name: str
    about: str
    parameters: dict
    measure: Callable
    memory_bytes: int = 1 << 30  # page cache it will fill
    durability_matters: bool = True  # else Millrace is measured once, durable
    waits_for: str = ""  # what Millrace does not have yet; until then Kafka is measured alone
    in_quick: bool = True


class Usage:
    """CPU of the node since it was made; the node's profiler, if any, sees the same time."""

    def __init__(self, node):
        self.node = node
        if node.profiler:
            node.profiler.begin(node.process.pid)
        self.begin = node.cpu_seconds()
        self.clock = time.monotonic()

    def per_record(self, done):
        used = max(self.node.cpu_seconds() - self.begin, 1 / machine.TICKS)
        if self.node.profiler:
            self.node.profiler.end()
        return {"records_per_cpu_s": done["records"] / used, "mb_per_cpu_s": done["bytes"] / 1e6 / used,
                "resident_mb": self.node.resident_mb()}

    def cores(self):
        return (self.node.cpu_seconds() - self.begin) / (time.monotonic() - self.clock)


def rates(done):
    return {"mb_s": done["bytes"] / 1e6 / done["seconds"], "records_s": done["records"] / done["seconds"]}


def percentiles(done, prefix=""):
    return {f"{prefix}{name}": done[name] for name in ("p50_ms", "p99_ms", "p999_ms")}


def phases(done, threshold):
    """Throughput before and after so many bytes were written, which is when the kernel begins to write back."""
    per_record = done["bytes"] / done["records"]
    total = list(itertools.accumulate(count * per_record for count in done["each_second"]))
    fresh = [b - a for a, b in zip([0, *total], total) if b <= threshold]
    steady = [b - a for a, b in zip([0, *total], total) if a >= threshold]
    figures = {}
    if fresh:
        figures["mb_s_fresh"] = sum(fresh) / len(fresh) / 1e6
    if steady:
        figures["mb_s_steady"] = sum(steady) / len(steady) / 1e6
    return figures


def produce(run, system, *, record_bytes=RECORD_BYTES, partitions=PARTITIONS, properties=(), total=None):
    """Kafka's ProducerPerformance, as fast as it goes."""
    total = total or run.sizes.produce_bytes
    with run.node(system) as node:
        node.create_topic("t", partitions)
        warm(run, node, "t", record_bytes, properties)
        usage = Usage(node)
        done = clients.producer_performance(node, "t", total // record_bytes, record_bytes, {**CLIENT_DEFAULTS, **dict(properties)})
        figures = {**rates(done), **usage.per_record(done)}
        if total == run.sizes.dirty_bytes:
            figures |= phases(done, machine.dirty_threshold("background"))
        return figures


def warm(run, node, topic, record_bytes, properties):
    """Both JVMs compile what runs often; no figure should be that of their first seconds."""
    clients.producer_performance(node, topic, max(1000, run.sizes.produce_bytes // 16 // record_bytes), record_bytes,
                                 {**CLIENT_DEFAULTS, **dict(properties)})


def produce_rdkafka(run, system):
    with run.node(system) as node:
        node.create_topic("t", PARTITIONS)
        clients.rdkafka(node, "produce", seconds=600, bytes=run.sizes.produce_bytes // 16, partitions=PARTITIONS)
        usage = Usage(node)
        done = clients.rdkafka(node, "produce", seconds=600, bytes=run.sizes.produce_bytes, partitions=PARTITIONS)
        return {**rates(done), **usage.per_record(done)}


def fill(node, total, partitions=PARTITIONS, topic="t"):
    clients.rdkafka(node, "produce", topic, seconds=600, bytes=total, partitions=partitions, set=["linger.ms=20", "batch.size=1000000"])


def consume_from_cache(run, system):
    with run.node(system) as node:
        node.create_topic("t", PARTITIONS)
        fill(node, run.sizes.produce_bytes // 2)
        clients.rdkafka(node, "consume", partitions=PARTITIONS, seconds=max(1, run.sizes.seconds / 5))
        usage = Usage(node)
        done = clients.rdkafka(node, "consume", partitions=PARTITIONS, seconds=run.sizes.seconds)
        return {**rates(done), **usage.per_record(done)}


def consume_from_disk(run, system):
    with run.node(system) as node:
        node.create_topic("t", PARTITIONS)
        fill(node, run.sizes.cold_bytes)
        run.notes += machine.settle(run.sizes.cold_bytes + (1 << 30))
        usage = Usage(node)
        done = clients.rdkafka(node, "consume", partitions=PARTITIONS, seconds=120, bytes=run.sizes.cold_bytes * 9 // 10)
        return {**rates(done), **usage.per_record(done)}


def at_rate(mb_s):
    """A producer and a reader that follows it, both at once."""
    def measure(run, system):
        with run.node(system) as node:
            node.create_topic("t", PARTITIONS)
            options = {"partitions": PARTITIONS, "rate": mb_s * 1e6 / RECORD_BYTES, "set": PROMPT}
            clients.rdkafka(node, "latency", seconds=max(1, run.sizes.seconds / 3), **options)
            usage = Usage(node)
            done = clients.rdkafka(node, "latency", seconds=run.sizes.seconds, **options)
            return {"mb_s": done["bytes"] / 1e6 / done["seconds"], **percentiles(done["acks"]), **percentiles(done, "read_"),
                    **usage.per_record(done)}
    return measure


def one_at_a_time(run, system):
    with run.node(system) as node:
        node.create_topic("t", PARTITIONS)
        clients.rdkafka(node, "one-by-one", partitions=PARTITIONS, seconds=max(1, run.sizes.seconds / 5))
        usage = Usage(node)
        done = clients.rdkafka(node, "one-by-one", partitions=PARTITIONS, seconds=run.sizes.seconds)
        return {"records_s": done["records"] / done["seconds"], **percentiles(done), **usage.per_record(done)}


def end_to_end(run, system):
    with run.node(system) as node:
        node.create_topic("t", 1)
        return percentiles(clients.end_to_end_latency(node, "t", run.sizes.records_one_by_one, RECORD_BYTES), "read_")


def catch_up(run, system):
    """10 MB/s of live traffic, then the same beside a reader of data that is not in the page cache."""
    with run.node(system) as node:
        node.create_topic("t", PARTITIONS)
        node.create_topic("cold", PARTITIONS)
        fill(node, run.sizes.cold_bytes, topic="cold")
        run.notes += machine.settle(run.sizes.cold_bytes + (1 << 30))
        live = {"partitions": PARTITIONS, "rate": 10e6 / RECORD_BYTES, "seconds": run.sizes.seconds, "set": PROMPT}
        clients.rdkafka(node, "latency", **{**live, "seconds": max(1, run.sizes.seconds / 5)})
        alone = clients.rdkafka(node, "latency", **live)
        with run.beside(clients.rdkafka_command(node, "consume", "cold", partitions=PARTITIONS, seconds=run.sizes.seconds + 2,
                                                bytes=run.sizes.cold_bytes * 9 // 10)) as reader:
            beside = clients.rdkafka(node, "latency", **live)
            read = run.result_of(reader)
        return {"alone_p99_ms": alone["p99_ms"], "p99_ms": beside["p99_ms"], "beside_reader": beside["p99_ms"] / alone["p99_ms"],
                "reader_mb_s": read["bytes"] / 1e6 / read["seconds"]}


def many_producers(run, system):
    """Many producers with little to say each: 5,000 records a second of 1 KiB together."""
    with run.node(system) as node:
        node.create_topic("t", PARTITIONS)
        options = {"partitions": PARTITIONS, "clients": run.sizes.clients, "rate": 5000, "spread": 1, "set": PROMPT}
        clients.rdkafka(node, "producers", seconds=max(1, run.sizes.seconds / 5), **options)
        usage = Usage(node)
        done = clients.rdkafka(node, "producers", seconds=run.sizes.seconds, **options)
        return {**percentiles(done), **usage.per_record(done)}


def many_partitions(count):
    """5,000 records a second, each to a random partition of many."""
    def measure(run, system):
        with run.node(system) as node:
            node.create_topic("t", count)
            options = {"partitions": count, "rate": 5000, "spread": 1, "set": PROMPT}
            clients.rdkafka(node, "produce", seconds=max(1, run.sizes.seconds / 5), **options)
            usage = Usage(node)
            done = clients.rdkafka(node, "produce", seconds=run.sizes.seconds, **options)
            return {**percentiles(done), **usage.per_record(done)}
    return measure


def topic_creation(run, system):
    with run.node(system) as node:
        clients.rdkafka(node, "topics", "warm", count=max(1, run.sizes.topics // 5))
        done = clients.rdkafka(node, "topics", count=run.sizes.topics)
        return {"topics_s": done["records"] / done["seconds"], **percentiles(done)}


def start_up(run, system):
    with run.stopped_node(system) as node:
        return {"ready_ms": node.start() * 1000}


def restart(run, system):
    """kill -9 in the middle of producing, then until every partition has its leader again."""
    with run.node(system) as node:
        node.create_topic("t", PARTITIONS)
        fill(node, run.sizes.restart_bytes)
        with run.beside(clients.rdkafka_command(node, "produce", partitions=PARTITIONS, seconds=600)) as producer:
            time.sleep(2)
            node.kill()
            producer.kill()
        return {"ready_ms": node.start("t") * 1000}


def idle(run, system):
    with run.node(system) as node:
        node.create_topic("t", PARTITIONS)
        time.sleep(run.sizes.seconds / 2)
        usage = Usage(node)
        time.sleep(run.sizes.seconds)
        return {"cores": usage.cores(), "resident_mb": node.resident_mb()}


def produce_workload(name, about, measure_options=None, **parameters):
    options = measure_options or {}
    return Workload(name, about, {"record_bytes": RECORD_BYTES, "partitions": PARTITIONS, "acks": "all", "compression": "none",
                                  "client": "ProducerPerformance", **parameters},
                    lambda run, system: produce(run, system, **options), 3 << 30, in_quick=name == "produce")


def all_workloads(sizes):
    """In the order of a full run: the figures of the goals first."""
    base = {"record_bytes": RECORD_BYTES, "partitions": PARTITIONS, "acks": "all", "compression": "none"}
    rdkafka = {**base, "client": "librdkafka"}
    prompt = {**rdkafka, "linger_ms": 1}
    return [
        produce_workload("produce", "as fast as it goes, beyond the kernel's dirty limits", {"total": sizes.dirty_bytes},
                         bytes=sizes.dirty_bytes),
        Workload("produce-rdkafka", "the same load from librdkafka", rdkafka, produce_rdkafka, 3 << 30),
        Workload("consume-cache", "from the page cache, no group", rdkafka, consume_from_cache, 3 << 30, False),
        *(Workload(f"rate-{mb_s}", f"a producer at {mb_s} MB/s and a reader that follows it", {**prompt, "mb_s": mb_s},
                   at_rate(mb_s), in_quick=mb_s == 10)
          for mb_s in (10, 1, 50, 100)),
        Workload("one-by-one", "the next record when the last is acknowledged", rdkafka, one_at_a_time),
        Workload("end-to-end", "one record at a time until it is read", {**base, "partitions": 1, "client": "EndToEndLatency"}, end_to_end,
                 waits_for="consumer groups, because it commits offsets"),
        Workload("catch-up", "10 MB/s live beside a reader of cold data", {**prompt, "cold_bytes": sizes.cold_bytes}, catch_up, 6 << 30),
        Workload("start-up", "exec to Metadata answered, empty directory", {}, start_up, 0, False),
        Workload("restart", "kill -9 while producing, exec to all leaders", {**base, "bytes": sizes.restart_bytes}, restart, 6 << 30, False),
        Workload("idle", "CPU and memory with nothing to do", {"partitions": PARTITIONS}, idle, 0, False),
        Workload("topics", "one topic after the other", {"partitions": 1}, topic_creation, 0, False),
        produce_workload("acks-1", "the leader's word is enough", {"properties": {"acks": "1", "enable.idempotence": "false"}}, acks="1"),
        produce_workload("bytes-100", "100-byte records", {"record_bytes": 100, "total": sizes.produce_bytes // 4}, record_bytes=100),
        produce_workload("bytes-10240", "10 KiB records", {"record_bytes": 10240}, record_bytes=10240),
        produce_workload("partitions-1", "one partition", {"partitions": 1}, partitions=1),
        produce_workload("partitions-100", "100 partitions", {"partitions": 100}, partitions=100),
        produce_workload("lz4", "compressed by the producer", {"properties": {"compression.type": "lz4"}}, compression="lz4"),
        produce_workload("zstd", "compressed by the producer", {"properties": {"compression.type": "zstd"}}, compression="zstd"),
        produce_workload("large-batches", "batches of up to 1 MiB", {"properties": LARGE_BATCHES}, **LARGE_BATCHES),
        Workload("many-producers", f"{sizes.clients} producers, 5,000 records/s together", {**prompt, "producers": sizes.clients}, many_producers),
        *(Workload(f"many-partitions-{count}", "5,000 records/s to random partitions", {**prompt, "partitions": count},
                   many_partitions(count)) for count in sizes.partitions_many),
        Workload("consume-disk", "not in the page cache", {**rdkafka, "bytes": sizes.cold_bytes}, consume_from_disk, 6 << 30, False, in_quick=False),
    ]


def matrix(sizes):
    """The cross product of the produce factors."""
    for acks, record_bytes, partitions, compression in itertools.product(("1", "all"), (100, 1024, 10240), (1, 12, 100),
                                                                        ("none", "lz4", "zstd")):
        properties = {"acks": acks, "compression.type": compression}
        if acks == "1":
            properties["enable.idempotence"] = "false"
        yield produce_workload(f"matrix-acks{acks}-{record_bytes}B-{partitions}p-{compression}", "cross product",
                               {"record_bytes": record_bytes, "partitions": partitions, "properties": properties,
                                "total": sizes.produce_bytes // (4 if record_bytes == 100 else 1)},
                               acks=acks, record_bytes=record_bytes, partitions=partitions, compression=compression)
