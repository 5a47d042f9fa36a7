#!/usr/bin/python3
"""Starts and stops a local cluster; called by ./dev, which has built the programs before.

Node N (node.id N, racks az-a, az-b, az-c in turn) listens on 127.0.0.1: Kafka 10092+1000N, other
nodes 10093+1000N, HTTP 10644+1000N. Everything of node N lies in <dir>/node<N>: millrace.properties,
data/, log, pid. The certificates that nodes show each other are in <dir>/tls.

Nodes 1 to 3 vote, in a new cluster from the start; a node that is added later joins and asks for its
vote by itself.
"""

import argparse
import os
import pathlib
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = ROOT / "build" / "release" / "bin"
START_SECONDS = 60
STOP_SECONDS = 60
NODES_MAX = 9
VOTERS_MAX = 3


class Node:
    def __init__(self, directory, number):
        self.number = number
        self.directory = directory / f"node{number}"
        self.kafka = f"127.0.0.1:{10092 + 1000 * number}"
        self.peer = f"127.0.0.1:{10093 + 1000 * number}"
        self.http = f"127.0.0.1:{10644 + 1000 * number}"
        self.rack = "az-" + "abc"[(number - 1) % 3]
        self.pid_file = self.directory / "pid"
        self.log = self.directory / "log"

    def pid(self):
        """The running process's id, or None. A recycled pid is not mistaken for our node; the program's
        name says nothing, for a linker renames the file that it replaces."""
        try:
            pid = int(self.pid_file.read_text())
            arguments = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except (OSError, ValueError):
            return None
        return pid if os.fsencode(self.config) in arguments else None

    @property
    def config(self):
        return self.directory / "millrace.properties"

    @property
    def data(self):
        return self.directory / "data"

    def meta(self):
        """What its data directory says of itself, or nothing when it is not formatted."""
        try:
            lines = (self.data / "meta.properties").read_text().splitlines()
        except OSError:
            return {}
        return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))

    def configure(self, settings, voters, tls):
        lines = {
            "node.id": str(self.number),
            "broker.rack": self.rack,
            "listeners": f"PLAINTEXT://{self.kafka},CONTROLLER://{self.peer}",
            "controller.listener.names": "CONTROLLER",
            "controller.quorum.bootstrap.servers": ",".join(voter.peer for voter in voters),
            "controller.quorum.auto.join.enable": "true" if self.number <= VOTERS_MAX else "false",
            "millrace.peer.tls.certificate.file": str(tls / f"node-{self.number}.crt"),
            "millrace.peer.tls.key.file": str(tls / f"node-{self.number}.key"),
            "millrace.peer.tls.ca.file": str(tls / "ca.crt"),
            "millrace.http.listener": self.http,
            "log.dirs": str(self.data),
        }
        lines.update(settings)
        self.directory.mkdir(parents=True, exist_ok=True)
        text = "".join(f"{key}={value}\n" for key, value in lines.items())
        self.config.write_text("# Written by ./dev up.\n" + text)

    def start(self):
        with open(self.log, "ab") as log:
            process = subprocess.Popen(
                [str(BIN / "millraced"), "--config", str(self.config)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        self.pid_file.write_text(str(process.pid))
        return process

    def not_ready_reason(self):
        try:
            with urllib.request.urlopen(f"http://{self.http}/readyz", timeout=2) as answer:
                return None if answer.status == 200 else answer.read().decode(errors="replace").strip()
        except urllib.error.HTTPError as error:
            return error.read().decode(errors="replace").strip()
        except OSError as error:
            return str(error)

    def last_log_line(self):
        try:
            return self.log.read_text(errors="replace").strip().splitlines()[-1]
        except (OSError, IndexError):
            return "its log is empty"


def millrace(*arguments):
    """Runs the command; what it prints."""
    done = subprocess.run([str(BIN / "millrace"), *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"dev: millrace {' '.join(arguments)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout.strip()


def check_settings(node):
    """Before anything is written: a mistake in --set is said as the node says it."""
    done = subprocess.run([str(BIN / "millraced"), "--config", str(node.directory / "millrace.properties"), "--check"],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"dev: {done.stderr.strip()}")


def number_of_nodes(options):
    """As many as are asked for; else as many as there were, or three."""
    formed = len([node for node in existing_nodes(options.dir) if node.meta()])
    count = options.nodes or formed or 3
    if not 1 <= count <= NODES_MAX:
        sys.exit(f"dev: --nodes {count}: from 1 to {NODES_MAX} nodes fit on one machine's ports")
    if count < formed:
        sys.exit(f"dev: --nodes {count}: the cluster in {options.dir} has {formed} nodes, which need each other; "
                 "start them all, or another cluster with --dir")
    return count


def format_directories(nodes, directory):
    """Makes the disks of the nodes that have none; those of a new cluster form its quorum."""
    new = [node for node in nodes if not node.meta()]
    known = [node.meta()["cluster.id"] for node in existing_nodes(directory) if node.meta()]
    if not new:
        return known[0]
    cluster_id = known[0] if known else millrace("storage", "random-uuid")
    first = ["--no-initial-controllers"]
    if not known:
        voters = [f"{node.number}@{node.peer}:{millrace('storage', 'random-uuid')}" for node in nodes[:VOTERS_MAX]]
        first = ["--initial-controllers", ",".join(voters)]
    for node in new:
        how = first if node.number <= VOTERS_MAX else ["--no-initial-controllers"]
        node.directory.mkdir(parents=True, exist_ok=True)
        millrace("storage", "format", "--cluster-id", cluster_id, "--log-dir", str(node.data), "--node-id", str(node.number), *how)
    return cluster_id


def issue_certificates(nodes, tls, cluster_id):
    if not (tls / "ca.crt").exists():
        millrace("tls", "init-ca", "--dir", str(tls))
    for node in nodes:
        if not (tls / f"node-{node.number}.crt").exists():
            millrace("tls", "issue", "--node", str(node.number), "--cluster-id", cluster_id, "--dir", str(tls), "--host", "127.0.0.1")


def wait_until_ready(node, process):
    deadline = time.monotonic() + START_SECONDS
    while True:
        reason = node.not_ready_reason()
        if reason is None:
            return
        if process is not None and process.poll() is not None:
            node.pid_file.unlink(missing_ok=True)
            sys.exit(f"dev: node {node.number} ended at start: {node.last_log_line()}\ndev: its log is {node.log}")
        if time.monotonic() > deadline:
            sys.exit(f"dev: node {node.number} is not ready after {START_SECONDS} s ({reason}); its log is {node.log}")
        time.sleep(0.05)


def up(options):
    settings = dict(pair.split("=", 1) for pair in options.set)
    nodes = [Node(options.dir, number) for number in range(1, number_of_nodes(options) + 1)]
    tls = options.dir / "tls"
    started = {}
    for node in nodes:
        if node.pid() is None:
            node.configure(settings, nodes[:VOTERS_MAX], tls)
    check_settings(nodes[0])
    issue_certificates(nodes, tls, format_directories(nodes, options.dir))
    for node in nodes:
        if node.pid() is None:
            started[node.number] = node.start()
        elif settings:
            print(f"dev: node {node.number} is running already; --set takes effect after ./dev down", file=sys.stderr)
    for node in nodes:
        wait_until_ready(node, started.get(node.number))
    for node in nodes:
        print(f"node {node.number} ({node.rack})  kafka {node.kafka}  metrics http://{node.http}/metrics  log {node.log}")
    print_tour(nodes[0])


def print_tour(node):
    print(f"""
Try:
  export MILLRACE_BOOTSTRAP_SERVERS={node.kafka} PATH="{BIN}:$PATH"
  millrace topic create orders --partitions 3
  echo '42:a book' | millrace produce orders --key-delimiter :
  millrace consume orders --offset start --exit-at-end
  millrace topic describe orders
  curl -s http://{node.http}/metrics | grep messagesin
Stop with ./dev down; the data stays in {node.directory.parent}.""")


def down(options):
    running = [(node, pid) for node in existing_nodes(options.dir) if (pid := node.pid()) is not None]
    if not running:
        print(f"dev: nothing runs in {options.dir}")
    for node, pid in running:
        os.kill(pid, signal.SIGTERM)
    for node, pid in running:
        wait_until_gone(node, pid)


def existing_nodes(directory):
    numbers = [re.fullmatch(r"node(\d+)", path.name) for path in directory.glob("node*")]
    return [Node(directory, int(match[1])) for match in numbers if match]


def wait_until_gone(node, pid):
    deadline = time.monotonic() + STOP_SECONDS
    while node.pid() == pid:
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
            print(f"dev: node {node.number} did not stop within {STOP_SECONDS} s and was killed; see {node.log}")
            break
        time.sleep(0.05)
    node.pid_file.unlink(missing_ok=True)
    print(f"node {node.number} stopped")


def setting(text):
    if "=" not in text:
        raise argparse.ArgumentTypeError(f"'{text}' is not key=value")
    return text


def main():
    parser = argparse.ArgumentParser(prog="./dev")
    commands = parser.add_subparsers(required=True)
    for name, action in (("up", up), ("down", down)):
        command = commands.add_parser(name)
        command.set_defaults(action=action)
        command.add_argument("--dir", type=lambda text: pathlib.Path(text).resolve(), default=ROOT / ".local" / "cluster")
        if name == "up":
            command.add_argument("--nodes", type=int)
            command.add_argument("--set", action="append", default=[], type=setting, metavar="key=value")
    options = parser.parse_args()
    options.action(options)


if __name__ == "__main__":
    main()
