"""Debian's kafka-python as a test peer.

    kafka_python_peer.py produce ADDRESS TOPIC CODEC   < JSON list of {key, value, headers, timestamp}
    kafka_python_peer.py consume ADDRESS TOPIC COUNT   > a JSON object a line
"""

import json
import sys

import kafka


def produce(address, topic, codec):
    producer = kafka.KafkaProducer(bootstrap_servers=address, compression_type=None if codec == "none" else codec, acks="all",
                                   linger_ms=50)
    sent = [producer.send(topic, partition=0, key=record["key"].encode(), value=record["value"].encode(),
                          timestamp_ms=record["timestamp"],
                          headers=[(name, value.encode()) for name, value in record["headers"].items()])
            for record in json.load(sys.stdin)]
    for future in sent:
        future.get(30)
    producer.close()


def consume(address, topic, count):
    consumer = kafka.KafkaConsumer(bootstrap_servers=address, enable_auto_commit=False, consumer_timeout_ms=20000)
    partition = kafka.TopicPartition(topic, 0)
    consumer.assign([partition])
    consumer.seek(partition, 0)
    seen = 0
    for record in consumer:
        print(json.dumps({"key": record.key.decode(), "value": record.value.decode(), "offset": record.offset,
                          "timestamp": record.timestamp, "headers": {name: value.decode() for name, value in record.headers}}))
        seen += 1
        if seen == int(count):
            return
    sys.exit(f"only {seen} of {count} records within 20 s")


if __name__ == "__main__":
    {"produce": produce, "consume": consume}[sys.argv[1]](*sys.argv[2:])
