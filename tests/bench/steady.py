"""A producer and a consumer that go on whatever happens, and the longest time in which they did not."""

import threading
import time

import confluent_kafka

TOPIC = "steady"
INTERVAL_SECONDS = 0.005
FLOW_SECONDS = 60
FLOWING_SECONDS = 0.2


class SteadyClients:
    """librdkafka's producer, a record every 5 ms to each partition, acks=all; and its consumer of all partitions."""

    def __init__(self, addresses, partitions):
        common = {"bootstrap.servers": addresses, "topic.metadata.refresh.interval.ms": 1000, "reconnect.backoff.ms": 50,
                  "reconnect.backoff.max.ms": 200, "log_level": 0}
        self.acknowledged = {partition: [] for partition in range(partitions)}
        self.consumed = {partition: [] for partition in range(partitions)}
        self.stopping = threading.Event()
        self.producer = confluent_kafka.Producer({**common, "acks": "all", "linger.ms": 0, "message.timeout.ms": 30_000})
        self.consumer = confluent_kafka.Consumer({**common, "group.id": "bench", "enable.auto.commit": False,
                                                  "auto.offset.reset": "earliest", "fetch.wait.max.ms": 100})
        self.consumer.assign([confluent_kafka.TopicPartition(TOPIC, partition, 0) for partition in range(partitions)])
        self.threads = [threading.Thread(target=work, daemon=True) for work in (self.produce, self.consume)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        self.wait_until_all_flow()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        for thread in self.threads:
            thread.join(30)
        self.consumer.close()

    def wait_until_all_flow(self):
        """A client comes back to a node that was away when it likes: what follows is not to be blamed for that."""
        deadline = time.monotonic() + FLOW_SECONDS
        while not self.all_flow():
            if time.monotonic() > deadline:
                raise AssertionError(f"not every partition was produced to and consumed from after {FLOW_SECONDS} s")
            time.sleep(0.05)

    def all_flow(self):
        since = time.monotonic() - FLOWING_SECONDS
        return all(times and times[-1] > since for each in (self.acknowledged, self.consumed) for times in each.values())

    def produce(self):
        def on_delivery(error, message):
            if error is None:
                self.acknowledged[message.partition()].append(time.monotonic())

        while not self.stopping.is_set():
            for partition in self.acknowledged:
                try:
                    self.producer.produce(TOPIC, b"x" * 100, partition=partition, on_delivery=on_delivery)
                except BufferError:
                    pass  # the partition's leader is away; the others have the turn
            self.producer.poll(INTERVAL_SECONDS)

    def consume(self):
        while not self.stopping.is_set():
            for message in self.consumer.consume(100, 0.05):
                if message.error() is None:
                    self.consumed[message.partition()].append(time.monotonic())

    @staticmethod
    def longest_gap(times, begin, end):
        """Seconds within [begin, end] without any of `times`."""
        inside = [begin, *(at for at in list(times) if begin < at < end), end]
        return max(later - earlier for earlier, later in zip(inside, inside[1:]))

    def gaps(self, partitions, begin, end):
        """The longest for the producer and for the consumer."""
        return tuple(max(self.longest_gap(times[partition], begin, end) for partition in partitions)
                     for times in (self.acknowledged, self.consumed))
