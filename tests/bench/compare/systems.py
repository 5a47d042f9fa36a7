"""The systems that are compared, each as one node that is started, measured and removed."""

import base64
import dataclasses
import os
import pathlib
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
import uuid

from . import machine

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests" / "integration"))
sys.path.insert(0, str(ROOT / "tests" / "clients"))
import fetch  # noqa: E402
import harness  # noqa: E402

READY_SECONDS = 120
STOP_SECONDS = 60
HEAP = "1g"
# What Kafka's own start script passes, apart from logging and JMX.
JVM_OPTIONS = ["-server", f"-Xms{HEAP}", f"-Xmx{HEAP}", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20",
               "-XX:InitiatingHeapOccupancyPercent=35", "-XX:+ExplicitGCInvokesConcurrent",
               "-Djava.awt.headless=true", f"-Dlog4j2.configurationFile={pathlib.Path(__file__).parent / 'log4j2.properties'}"]


class NodeDied(Exception):
    """The system under test ended, or never became ready."""


def classpath():
    return str(fetch.directory("java") / "*")


def metadata_is_served(port, topic=None):
    """Asks as a client does (Metadata v1): a broker is registered, and every partition of `topic` has a leader."""
    client = b"bench"
    topics = struct.pack(">ih", 1, len(topic)) + topic.encode() if topic else struct.pack(">i", 0)
    body = struct.pack(">hhih", 3, 1, 1, len(client)) + client + topics
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            connection.sendall(struct.pack(">i", len(body)) + body)
            answer = connection.makefile("rb")
            (length,) = struct.unpack(">i", answer.read(4))
            return parse_metadata(answer.read(length), topic is not None)
    except (OSError, struct.error):
        return False


def parse_metadata(answer, wants_topic):
    at = 4

    def take(form):
        nonlocal at
        value = struct.unpack_from(">" + form, answer, at)
        at += struct.calcsize(">" + form)
        return value[0]

    def skip_string():
        nonlocal at
        length = take("h")
        at += max(0, length)

    brokers = take("i")
    for _ in range(brokers):
        take("i"), skip_string(), take("i"), skip_string()
    take("i")  # controller
    if not wants_topic:
        return brokers > 0
    if take("i") != 1 or take("h") != 0:
        return False
    skip_string(), take("b")
    partitions = take("i")
    for _ in range(partitions):
        error, _, leader = take("h"), take("i"), take("i")
        if error != 0 or leader < 0:
            return False
        for _ in range(2):
            for _ in range(take("i")):
                take("i")
    return brokers > 0 and partitions > 0


class Node:
    """One process and its directory, which is removed with it."""

    def __init__(self, system, directory, settings):
        self.system = system
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True)
        self.ports = harness.free_ports(2)
        self.address = f"127.0.0.1:{self.ports[0]}"
        self.log = self.directory / "log"
        self.command = system.prepare(self, settings)
        self.process = None
        self.profiler = None  # of what is measured, when it is asked for

    def start(self, topic=None):
        """Returns the seconds from exec until clients are served (and `topic` is, with all its partitions)."""
        begin = time.monotonic()
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        while not metadata_is_served(self.ports[0], topic):
            self.require_alive()
            if time.monotonic() - begin > READY_SECONDS:
                raise NodeDied(f"{self.system.name} was not ready after {READY_SECONDS} s: {self.log_tail()}")
            time.sleep(0.002)
        return time.monotonic() - begin

    def require_alive(self):
        if self.process.poll() is not None:
            raise NodeDied(f"{self.system.name} ended with {self.process.returncode}: {self.log_tail()}")

    def log_tail(self):
        return " | ".join(self.log.read_text(errors="replace").splitlines()[-4:]) or "its log is empty"

    def cpu_seconds(self):
        self.require_alive()
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / machine.TICKS

    def resident_mb(self):
        self.require_alive()
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024 / 1e6
        raise NodeDied(f"{self.system.name} has no resident memory")

    def create_topic(self, name, partitions):
        """By the millrace command, which works against either system."""
        done = subprocess.run([str(harness.BIN / "millrace"), "-b", self.address, "--timeout", "60s", "topic", "create", name,
                               "--partitions", str(partitions), "--replication-factor", "1"],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
        if done.returncode != 0:
            self.require_alive()
            raise NodeDied(f"{self.system.name}: {done.stderr.strip()}")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def remove(self):
        """Stops it, politely first; leaves nothing behind."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill()
        shutil.rmtree(self.directory, ignore_errors=True)


@dataclasses.dataclass(frozen=True)
class Kafka:
    name: str = "kafka"
    title: str = "Kafka 4.3"
    settings: tuple = ()

    def prepare(self, node, settings):
        config = node.directory / "server.properties"
        kafka, controller = node.ports
        lines = {"process.roles": "broker,controller", "node.id": "1",
                 "listeners": f"PLAINTEXT://127.0.0.1:{kafka},CONTROLLER://127.0.0.1:{controller}",
                 "controller.listener.names": "CONTROLLER",
                 "controller.quorum.bootstrap.servers": f"127.0.0.1:{controller}",
                 "log.dirs": str(node.directory / "data"),
                 # One node: nothing else can hold the internal topics.
                 "offsets.topic.replication.factor": "1", "transaction.state.log.replication.factor": "1",
                 "transaction.state.log.min.isr": "1", "share.coordinator.state.topic.replication.factor": "1",
                 "share.coordinator.state.topic.min.isr": "1", **dict(self.settings), **settings}
        config.write_text("".join(f"{key}={value}\n" for key, value in lines.items()))
        java = ["java", *JVM_OPTIONS, "-cp", classpath()]
        done = subprocess.run([*java, "kafka.tools.StorageTool", "format", "--standalone", "--config", str(config),
                               f"--cluster-id={new_cluster_id()}"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
        if done.returncode != 0:
            why = (done.stderr or done.stdout).strip().splitlines()
            raise NodeDied(f"kafka's storage could not be formatted: {why[-1] if why else 'no message'}")
        return [*java, "kafka.Kafka", str(config)]

    @staticmethod
    def version():
        jars = sorted(fetch.directory("java").glob("kafka_2.13-*.jar"))
        return jars[0].stem.split("-", 1)[1] if jars else "unknown"


def new_cluster_id():
    return base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")


@dataclasses.dataclass(frozen=True)
class Millrace:
    name: str
    title: str
    settings: tuple = ()

    def prepare(self, node, settings):
        kafka, http = node.ports
        command = [str(harness.BIN / "millraced")]
        for key, value in {"node.id": "1", "listeners": f"PLAINTEXT://127.0.0.1:{kafka}",
                           "millrace.http.listener": f"127.0.0.1:{http}", "log.dirs": str(node.directory / "data"),
                           **dict(self.settings), **settings}.items():
            command += ["--set", f"{key}={value}"]
        return command

    @staticmethod
    def version():
        done = subprocess.run([str(harness.BIN / "millraced"), "--version"], capture_output=True, text=True, check=True)
        return done.stdout.split()[1]


KAFKA = Kafka()
DURABLE = Millrace("durable", "Millrace, durable")
MEMORY = Millrace("memory", "Millrace, memory", (("millrace.durability", "memory"),))
SYSTEMS = (KAFKA, DURABLE, MEMORY)


def missing():
    """What has to be there before a run, in one sentence each."""
    found = []
    if shutil.which("java") is None:
        found.append("there is no java: install default-jre-headless (./dev test does)")
    for program in ("millraced", "millrace", "bench_rdkafka"):
        if not os.access(harness.BIN / program, os.X_OK):
            found.append(f"{program} is not built: ./dev build")
    if not found:
        try:
            fetch.fetch("java")
        except (RuntimeError, OSError, subprocess.TimeoutExpired) as error:
            found.append(f"Kafka's jars cannot be had: {error}")
    return found
