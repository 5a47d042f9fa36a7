#!/usr/bin/python3
"""Hostile and broken clients: the node answers or closes, its memory stays bounded, and a well-behaved
client beside them notices nothing."""

import random
import re
import socket
import struct
import threading
import unittest

import harness

REQUEST_BYTES_MAX = 104857600
RESIDENT_BYTES_MAX = 400 << 20
API_VERSIONS = 18
SEED = 20261123


def frame(body):
    return struct.pack(">i", len(body)) + body


def api_versions(correlation):
    client = b"witness"
    return frame(struct.pack(">hhih", API_VERSIONS, 0, correlation, len(client)) + client)


class Client:
    def __init__(self, address, seconds=20):
        host, port = address.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), timeout=seconds)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        """False when the node has closed the connection already."""
        try:
            self.socket.sendall(data)
            return True
        except OSError:
            return False

    def receive(self, count):
        data = b""
        while len(data) < count:
            try:
                part = self.socket.recv(count - len(data))
            except ConnectionError:
                break
            if not part:
                break
            data += part
        return data

    def is_closed_by_node(self):
        """Waits for the end of the stream, reading what comes before it."""
        while self.receive(65536):
            pass
        return True

    def ask(self, correlation):
        self.send(api_versions(correlation))
        (length,) = struct.unpack(">i", self.receive(4))
        return struct.unpack(">ih", self.receive(length)[:6])


class Witness(threading.Thread):
    """A client that asks again and again, and must always be answered."""

    def __init__(self, address):
        super().__init__(daemon=True)
        self.address = address
        self.ended = threading.Event()
        self.answers = 0
        self.trouble = None

    def run(self):
        try:
            with Client(self.address) as client:
                while not self.ended.wait(0.005):
                    correlation = self.answers + 1
                    if client.ask(correlation) != (correlation, 0):
                        raise AssertionError("a wrong answer")
                    self.answers += 1
        except Exception as error:  # pylint: disable=broad-except  (whatever it is, the test must know)
            self.trouble = error


class ListenerAbuseTest(harness.NodeTest):
    settings = {"max.connections.per.ip": "3000"}

    def setUp(self):
        self.witness = Witness(self.node.address)
        self.witness.start()
        self.addCleanup(self.check_afterwards)

    def check_afterwards(self):
        harness.wait_until(lambda: self.witness.answers > 0 or self.witness.trouble, "the witness to be answered")
        self.witness.ended.set()
        self.witness.join(30)
        self.assertIsNone(self.witness.trouble)
        self.assertIsNone(self.node.process.poll(), self.node.log_tail())
        self.assertLess(self.metric("process_resident_memory_bytes"), RESIDENT_BYTES_MAX)

    def metric(self, name):
        match = re.search(rf"^{name}(?:{{[^}}]*}})? (\S+)$", self.node.metrics(), re.MULTILINE)
        return float(match[1])

    def client(self):
        return Client(self.node.address)

    def test_impossible_lengths_close_the_connection(self):
        for length in (-1, -(2**31), 0, 7, REQUEST_BYTES_MAX + 1, 2**31 - 1):
            with self.client() as client:
                client.send(struct.pack(">i", length) + b"x" * 64)
                self.assertTrue(client.is_closed_by_node(), length)

    def test_other_protocols_are_turned_away(self):
        for greeting in (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"x" * 64,
                         b"SSH-2.0-OpenSSH_9.2\r\n"):
            with self.client() as client:
                client.send(greeting)
                self.assertTrue(client.is_closed_by_node(), greeting)

    def test_random_bytes(self):
        generator = random.Random(SEED)
        for _ in range(300):
            with self.client() as client:
                client.send(generator.randbytes(generator.randrange(1, 5000)))

    def test_random_bodies_behind_a_correct_header(self):
        generator = random.Random(SEED + 1)
        for _ in range(1500):
            with self.client() as client:
                header = struct.pack(">hhih", generator.randrange(0, 95), generator.randrange(0, 20), 1, 1) + b"c"
                client.send(frame(header + generator.randbytes(generator.randrange(0, 300))))
                if generator.random() < 0.5:
                    client.socket.settimeout(0.02)
                    try:
                        client.receive(4)
                    except TimeoutError:
                        pass

    def test_an_unknown_version_of_api_versions_is_answered(self):
        with self.client() as client:
            client.send(frame(struct.pack(">hhih", API_VERSIONS, 99, 5, 1) + b"c"))
            (length,) = struct.unpack(">i", client.receive(4))
            self.assertEqual(struct.unpack(">ih", client.receive(length)[:6]), (5, 35))

    def test_requests_cut_short(self):
        whole = api_versions(1)
        for count in range(1, len(whole)):
            with self.client() as client:
                client.send(whole[:count])

    def test_large_promises_cost_no_memory(self):
        before = self.metric("process_resident_memory_bytes")
        clients = [self.client() for _ in range(500)]
        for client in clients:
            client.send(struct.pack(">i", REQUEST_BYTES_MAX) + b"x" * 1000)
        self.assertLess(self.metric("process_resident_memory_bytes") - before, 64 << 20)
        for client in clients:
            client.socket.close()

    def test_memory_is_bounded_when_promises_are_half_kept(self):
        """60 clients send 16 MiB of 100 MiB each: 960 MiB, of which the node may take its budget."""
        clients = [self.client() for _ in range(60)]
        part = b"x" * (1 << 20)

        def send(client):
            client.send(struct.pack(">i", REQUEST_BYTES_MAX))
            client.socket.settimeout(2)
            for _ in range(16):
                if not client.send(part):
                    return

        threads = [threading.Thread(target=send, args=(client,)) for client in clients]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertLess(self.metric("process_resident_memory_bytes"), 700 << 20)
        for client in clients:
            client.socket.close()
        harness.wait_until(lambda: self.metric("process_resident_memory_bytes") < RESIDENT_BYTES_MAX,
                           "the memory to be given back")

    def test_requests_whose_answers_nobody_reads(self):
        with self.client() as client:
            client.socket.settimeout(2)
            many = b"".join(api_versions(number) for number in range(2000))
            for _ in range(200):
                if not client.send(many):
                    break

    def test_thousands_of_quick_connects(self):
        for _ in range(4000):
            with self.client():
                pass

    def test_connections_above_the_limit_are_closed_at_once(self):
        clients = [self.client() for _ in range(3000)]
        with self.client() as one_more:
            self.assertTrue(one_more.is_closed_by_node())
        for client in clients:
            client.socket.close()

        def has_room():
            with self.client() as client:
                return client.send(api_versions(1)) and len(client.receive(4)) == 4
        harness.wait_until(has_room, "room for another connection")


if __name__ == "__main__":
    unittest.main()
