"""confluent-kafka (librdkafka) as a test peer; which release is decided by PYTHONPATH.

    confluent_peer.py produce ADDRESS TOPIC CODEC   < JSON list of {key, value, headers, timestamp}
    confluent_peer.py consume ADDRESS TOPIC COUNT   > a JSON object a line
"""

import json
import sys

import confluent_kafka


def produce(address, topic, codec):
    failures = []
    producer = confluent_kafka.Producer({"bootstrap.servers": address, "compression.type": codec, "linger.ms": 50,
                                         "enable.idempotence": True})
    for record in json.load(sys.stdin):
        producer.produce(topic, partition=0, key=record["key"], value=record["value"], timestamp=record["timestamp"],
                         headers=list(record["headers"].items()), on_delivery=lambda error, _: error and failures.append(error))
    left = producer.flush(30)
    if failures or left:
        sys.exit(f"{left} records not sent, {failures[:1]}")


def consume(address, topic, count):
    consumer = confluent_kafka.Consumer({"bootstrap.servers": address, "group.id": "unused", "enable.auto.commit": False,
                                         "auto.offset.reset": "error"})
    consumer.assign([confluent_kafka.TopicPartition(topic, 0, 0)])
    seen = 0
    while seen < int(count):
        message = consumer.poll(20)
        if message is None:
            sys.exit("no record within 20 s")
        if message.error():
            # librdkafka asks for a coordinator although nothing subscribes, and passes the refusal on.
            if message.error().code() == confluent_kafka.KafkaError.INVALID_REQUEST and not message.error().fatal():
                continue
            sys.exit(f"no record: {message.error()}")
        seen += 1
        print(json.dumps({"key": message.key().decode(), "value": message.value().decode(), "offset": message.offset(),
                          "timestamp": message.timestamp()[1],
                          "headers": {name: value.decode() for name, value in message.headers() or []}}))
    consumer.close()


if __name__ == "__main__":
    {"produce": produce, "consume": consume}[sys.argv[1]](*sys.argv[2:])
