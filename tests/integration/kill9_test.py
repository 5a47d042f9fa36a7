#!/usr/bin/python3
"""kill -9 in the middle of acks=all producing loses nothing that was acked.

Two idempotent producers write unique values to four partitions while the node is killed and started
again, several times. At the end every acked value is read exactly once, at the offset it was acked
with, and offsets have no holes below the end.
"""

import os
import random
import time
import unittest

import harness
from acked_writers import AckedWriters

KILLS = 5
PARTITIONS = 4
PRODUCERS = 2


class Kill9Test(harness.NodeTest):
    def test_no_acked_record_is_lost(self):
        seed = int(os.environ.get("MILLRACE_SEED", random.SystemRandom().getrandbits(32)))
        print(f"kill9: MILLRACE_SEED={seed} replays the kill times")
        rng = random.Random(seed)
        self.node.create_topic("acked", partitions=PARTITIONS)
        writers = AckedWriters(self, self.node, "acked", PARTITIONS, PRODUCERS)
        for _ in range(KILLS):
            writers.wait_for_progress()
            time.sleep(rng.uniform(0.05, 0.8))  # the fault's own moment, drawn from the seed
            self.node.kill()
            self.node.start()
        writers.wait_for_progress()
        acked = writers.finish()
        self.assertGreater(len(acked), KILLS * 100)
        stored = writers.check_all_are_there(acked)
        print(f"kill9: {len(acked)} acked records through {KILLS} kills, {stored} stored, none lost")
        self.assertEqual(self.node.stop(), 0)


if __name__ == "__main__":
    unittest.main()
