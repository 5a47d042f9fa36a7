"""The two Kafka requests that bench quorum times, over one connection: what a client library does besides is not measured.

CreateTopics v4 and Metadata v4, the last versions without tagged fields; errors are Kafka's numbers.
"""

import socket
import struct

CREATE_TOPICS, METADATA, VERSION = 19, 3, 4
ANSWER_SECONDS = 30


def text(value):
    return struct.pack(">h", len(value)) + value.encode()


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def number(self, form):
        [value] = struct.unpack_from(">" + form, self.data, self.at)
        self.at += struct.calcsize(">" + form)
        return value

    def text(self):
        length = self.number("h")
        self.at += max(length, 0)
        return None if length < 0 else self.data[self.at - length:self.at].decode()


class Connection:
    def __init__(self, address):
        host, port = address.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), ANSWER_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.correlation = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def ask(self, api, body):
        self.correlation += 1
        request = struct.pack(">hhi", api, VERSION, self.correlation) + text("bench") + body
        self.socket.sendall(struct.pack(">i", len(request)) + request)
        answer = Reader(self.receive(struct.unpack(">i", self.receive(4))[0]))
        if answer.number("i") != self.correlation:
            raise AssertionError("the answer is not to this request")
        return answer

    def receive(self, count):
        data = bytearray()
        while len(data) < count:
            piece = self.socket.recv(count - len(data))
            if not piece:
                raise ConnectionError("the node closed the connection")
            data += piece
        return bytes(data)

    def create_topics(self, names, partitions=1, timeout_ms=10_000):
        """The error of each topic."""
        topics = b"".join(text(name) + struct.pack(">ihii", partitions, -1, 0, 0) for name in names)
        answer = self.ask(CREATE_TOPICS, struct.pack(">i", len(names)) + topics + struct.pack(">ib", timeout_ms, 0))
        answer.number("i")  # throttle time
        errors = {}
        for _ in range(answer.number("i")):
            name = answer.text()
            errors[name] = answer.number("h")
            answer.text()
        return errors

    def leaders(self, name):
        """The leader of each partition of the topic; nothing when this node does not know it."""
        answer = self.ask(METADATA, struct.pack(">i", 1) + text(name) + b"\0")
        answer.number("i")  # throttle time
        for _ in range(answer.number("i")):  # brokers: id, host, port, rack
            answer.number("i"), answer.text(), answer.number("i"), answer.text()
        answer.text(), answer.number("i"), answer.number("i")  # cluster, controller, number of topics
        if answer.number("h") != 0:
            return {}
        answer.text(), answer.number("b")
        leaders = {}
        for _ in range(answer.number("i")):
            answer.number("h")
            partition = answer.number("i")
            leaders[partition] = answer.number("i")
            for _ in range(2):  # replicas, in-sync replicas
                for _ in range(answer.number("i")):
                    answer.number("i")
        return leaders
