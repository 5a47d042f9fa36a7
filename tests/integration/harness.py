"""What the process tests share: a node under test, the clients, and how a missing one is treated.

A node listens on ports that were free a moment ago, on 127.0.0.1, with its data in a temporary
directory. Every wait is bounded and names what it waited for.
"""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("MILLRACE_BIN", ROOT / "build" / "release" / "bin"))
sys.path.insert(0, str(ROOT / "tests" / "clients"))
import fetch  # noqa: E402  (the path above makes it importable)

READY_SECONDS = 30
COMMAND_SECONDS = 90


def free_ports(count):
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def wait_until(condition, what, seconds=READY_SECONDS):
    """Polls until `condition()` is true; what it polls is another process, which sends no event."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds} s for {what}")
        time.sleep(0.02)
    return value


class Node:
    """One millraced. start() and stop() may be called again and again over the same data."""

    def __init__(self, directory, settings=None):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        kafka, http = free_ports(2)
        self.address = f"127.0.0.1:{kafka}"
        self.http = f"127.0.0.1:{http}"
        self.data = self.directory / "data"
        self.log = self.directory / "log"
        self.process = None
        self.settings = {
            "node.id": "1",
            "listeners": f"PLAINTEXT://{self.address}",
            "millrace.http.listener": self.http,
            "log.dirs": str(self.data),
            **(settings or {}),
        }

    def command(self):
        arguments = [str(BIN / "millraced")]
        for key, value in self.settings.items():
            arguments += ["--set", f"{key}={value}"]
        return arguments

    def spawn(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def start(self):
        self.spawn()
        wait_until(self.is_ready, f"the node to be ready; its log: {self.log_tail()}")
        return self

    def is_ready(self):
        if self.process.poll() is not None:
            raise AssertionError(f"the node ended with {self.process.returncode}: {self.log_tail()}")
        try:
            with urllib.request.urlopen(f"http://{self.http}/readyz", timeout=2) as answer:
                return answer.status == 200
        except OSError:
            return False

    def stop(self, seconds=READY_SECONDS):
        """Asks politely; returns the exit code."""
        if self.process is None or self.process.poll() is not None:
            return None
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"the node did not stop within {seconds} s: {self.log_tail()}") from None

    def kill(self):
        self.process.kill()
        self.process.wait()

    def log_tail(self, lines=8):
        try:
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
        except OSError:
            return "(no log)"

    def metrics(self):
        with urllib.request.urlopen(f"http://{self.http}/metrics", timeout=5) as answer:
            return answer.read().decode()

    def millrace(self, *arguments, check=True, stdin=None):
        """Runs the millrace command against this node; returns its completed process."""
        return run([str(BIN / "millrace"), *arguments], check=check, stdin=stdin,
                   env={**os.environ, "MILLRACE_BOOTSTRAP_SERVERS": self.address})

    def create_topic(self, name, partitions=1, **configs):
        options = [part for key, value in configs.items() for part in ("-c", f"{key.replace('_', '.')}={value}")]
        self.millrace("topic", "create", name, "--partitions", str(partitions), *options)


def run(command, check=True, stdin=None, env=None, seconds=COMMAND_SECONDS):
    done = subprocess.run(command, input=stdin, stdin=None if stdin is not None else subprocess.DEVNULL,
                          capture_output=True, text=True, env=env, timeout=seconds)
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))} ended with {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return done


class NodeTest(unittest.TestCase):
    """A test class with one running node, `self.node`, for all its tests."""

    node_class = Node
    settings = {}

    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.mkdtemp(prefix="millrace-test-")
        cls.addClassCleanup(shutil.rmtree, cls.directory, ignore_errors=True)
        cls.node = cls.node_class(cls.directory, cls.settings)
        cls.addClassCleanup(cls._end)
        cls.node.start()

    @classmethod
    def _end(cls):
        if cls.node.process is not None and cls.node.process.poll() is None:
            cls.node.kill()


def require_client(client):
    """The directory of a fetched client; without it the test is skipped, or fails with CI=true."""
    path = fetch.directory(client)
    if path.is_dir():
        return path
    if os.environ.get("CI") == "true":
        raise AssertionError(f"client {client} is missing; run tests/clients/fetch.py")
    raise unittest.SkipTest(f"client {client} is missing; run tests/clients/fetch.py")


def java_tool(name, *arguments, stdin=None, check=True, seconds=COMMAND_SECONDS):
    jars = require_client("java")
    return run(["java", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", f"{jars}/*", f"org.apache.kafka.tools.{name}", *arguments],
               stdin=stdin, check=check, seconds=seconds)


def json_lines(text):
    return [json.loads(line) for line in text.splitlines() if line.strip()]
