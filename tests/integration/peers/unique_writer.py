"""Writes unique values until its standard input says stop, and notes each ack.

    unique_writer.py ADDRESS TOPIC PARTITIONS NUMBER FILE [PADDING]

FILE gets a JSON line {partition, offset, value} for every record that was acked with acks=all by an
idempotent producer. PADDING is so many bytes behind each value. Ends with 1 if the producer met a fatal error.
"""

import json
import select
import sys

import confluent_kafka

IN_FLIGHT_MAX = 2000


def main(address, topic, partitions, number, path, padding="0"):
    tail = "-" * int(padding)
    fatal = []
    producer = confluent_kafka.Producer({
        "bootstrap.servers": address, "acks": "all", "enable.idempotence": True, "linger.ms": 2,
        "delivery.timeout.ms": 60000, "reconnect.backoff.max.ms": 200, "retry.backoff.ms": 50,
        "error_cb": lambda error: error.fatal() and fatal.append(error)})
    with open(path, "w", buffering=1) as acks:
        def on_delivery(error, message):
            if error is None:
                acks.write(json.dumps({"partition": message.partition(), "offset": message.offset(),
                                       "value": message.value().decode()}) + "\n")
        count = 0
        while not select.select([sys.stdin], [], [], 0)[0] and not fatal:
            if len(producer) >= IN_FLIGHT_MAX:
                producer.poll(0.05)
                continue
            producer.produce(topic, partition=count % int(partitions), value=f"w{number}-{count}{tail}", on_delivery=on_delivery)
            count += 1
            producer.poll(0)
        left = producer.flush(60)
    if fatal or left:
        sys.exit(f"{left} records unsent, fatal: {fatal[:1]}")


if __name__ == "__main__":
    main(*sys.argv[1:])
