#!/usr/bin/python3
"""The comparison itself: what it reads from the tools, what it makes of the figures, how it refuses, and that a
system that dies in a run leaves a partial report and nothing running."""

import contextlib
import dataclasses
import io
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import xml.dom.minidom

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from compare import clients, main, profiler, profiles, report, results, run, systems, workloads  # noqa: E402

HEADER = {"version": results.VERSION, "started": "now", "machine": {"cores": 2, "cpu": "c", "memory_gb": 1, "file_system": "ext4", "kernel": "6"},
          "versions": {"kafka": "4", "millrace": "0"}, "commit": "abc", "quick": False, "profile": "on the bare disk"}


@dataclasses.dataclass(frozen=True)
class Dying:
    """A system that serves nothing and ends."""

    name: str = "durable"
    title: str = "dying"

    @staticmethod
    def prepare(node, settings):
        return ["/bin/sh", "-c", f"echo the disk is on fire {settings or ''} >&2; exit 7"]


class Silent(Dying):
    @staticmethod
    def prepare(node, settings):
        return ["/bin/sleep", "600"]


def workload(name="produce"):
    return workloads.Workload(name, "about", {"partitions": 1}, measure=None)


class ReadingTest(unittest.TestCase):
    def test_producer_performance(self):
        line = ("{0} records sent, 1000.5 records/sec (10.00 MB/sec), 1.25 ms avg latency, 33.00 ms max latency, 1 ms 50th, 2 ms 95th, "
                "3 ms 99th, 4 ms 99.9th.\n")
        original, clients.run = clients.run, lambda *_: "5 records sent, 5.0 records/sec (0.00 MB/sec), 1 ms\n" * 2 + line.format(100)
        self.addCleanup(setattr, clients, "run", original)
        done = clients.producer_performance(FakeNode(), "t", 100, 1 << 20, {})
        self.assertEqual((done["p50_ms"], done["p99_ms"], done["p999_ms"], done["max_ms"]), (1, 3, 4, 33))
        self.assertAlmostEqual(done["seconds"], 10)
        with self.assertRaisesRegex(clients.ClientFailed, "ProducerPerformance"):  # fewer than were asked for
            clients.producer_performance(FakeNode(), "t", 101, 1 << 20, {})

    def test_phases(self):
        done = {"bytes": 1000, "records": 10, "each_second": [4, 3, 2, 1]}
        self.assertEqual(workloads.phases(done, 700), {"mb_s_fresh": 350e-6, "mb_s_steady": 150e-6})
        self.assertEqual(workloads.phases(done, 5000), {"mb_s_fresh": 250e-6})

    def test_stacks(self):
        script = ("loop-0\n\t ffff write\n\t 55aa millrace::node::TcpStream::write(std::span<iovec const, 3ul>) const\n\t 55ab main\n\n"
                  "loop-0\n\t 55ab main\n\nwriter\n\t 0 [unknown]\n\n")
        stacks = profiler.fold(script)
        self.assertEqual(stacks, {("loop-0", "main", "node::TcpStream::write", "write"): 1, ("loop-0", "main"): 1, ("writer", "[unknown]"): 1})
        self.assertIn("33.3 %  write", profiler.table(stacks))
        picture = profiler.flame_graph(stacks, "t")
        self.assertIn("<title>main: 66.7 %</title>", picture)
        xml.dom.minidom.parseString(picture)

    def test_metadata(self):
        broker = b"\0\0\0\1" + b"\0\0\0\1\0\4host\0\0\x23\x84\xff\xff" + b"\0\0\0\1"
        topic = b"\0\0\0\1" + b"\0\0\0\1t\0" + b"\0\0\0\1" + b"\0\0" + b"\0\0\0\0" + b"{leader}" + b"\0\0\0\1\0\0\0\1" * 2
        with_leader = b"\0\0\0\1" + broker + topic.replace(b"{leader}", b"\0\0\0\1")
        without = b"\0\0\0\1" + broker + topic.replace(b"{leader}", b"\xff\xff\xff\xff")
        self.assertTrue(systems.parse_metadata(with_leader, True))
        self.assertFalse(systems.parse_metadata(without, True))
        self.assertFalse(systems.parse_metadata(b"\0\0\0\1\0\0\0\0\0\0\0\1", False))


def is_running(pid):
    """A zombie is not: it waits for whoever inherited it."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


class FakeNode:
    address = "127.0.0.1:1"

    def require_alive(self):
        pass


class ReportTest(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)
        self.path = pathlib.Path(self.directory.name) / "compare.json"
        self.found = results.Results(self.path, dict(HEADER), resume=False)

    def fill(self):
        for values, system in (((10, 30, 20), systems.KAFKA), ((60, 40, 50), systems.DURABLE)):
            for value in values:
                self.found.add(workload(), system, {"mb_s": value, "resident_mb": 1000 / value}, [])

    def test_medians_and_ratios(self):
        self.fill()
        row = self.found.rows["produce", "durable"]["figures"]["mb_s"]
        self.assertEqual((row["median"], row["min"], row["max"], row["values"]), (50, 40, 60, [60, 40, 50]))
        self.assertEqual(report.ratio(self.found, "produce", "durable", "mb_s"), 2.5)
        goals = "\n".join(report.goal_lines(self.found))
        self.assertIn("| 2.5 of 2 | 2.5 of 1.5 |", goals)  # throughput: met
        self.assertIn("0.4 of 0.125 **missed**", goals)  # memory: less would be better

    def test_what_is_partial_says_so(self):
        self.fill()
        self.found.add_failure(workload(), systems.MEMORY, "it ended with 7")
        self.found.add(workload(), systems.DURABLE, {"mb_s": 1}, ["the host slept"])
        page = report.markdown(self.found, complete=False)
        for text in ("Partial", "it ended with 7", "the host slept", "none: failed"):
            self.assertIn(text, page)
        self.assertNotIn("Partial", report.markdown(self.found, complete=True))

    def test_resume(self):
        self.fill()
        self.found.save(complete=False)
        again = results.Results(self.path, dict(HEADER), resume=True)
        self.assertEqual(again.count(workload(), systems.KAFKA), 3)
        self.assertEqual(again.count(workload("other"), systems.KAFKA), 0)
        with self.assertRaisesRegex(ValueError, "commit"):
            results.Results(self.path, {**HEADER, "commit": "def"}, resume=True)

    def compare(self, system, repeats=1):
        """One workload that starts `system`, as main.py does it."""
        def measure(current, which):
            with current.node(which):
                raise AssertionError("never ready")
        todo = [dataclasses.replace(workload(), measure=measure, durability_matters=True, memory_bytes=0)]
        original, systems.SYSTEMS = systems.SYSTEMS, (system,)
        self.addCleanup(setattr, systems, "SYSTEMS", original)
        options = main.options_of(["--quick", "--repeats", str(repeats)])
        comparison = main.Comparison(options, workloads.QUICK, todo, self.found, profiles.Volume(self.directory.name))
        with contextlib.redirect_stdout(io.StringIO()) as out:
            comparison.go()
        return comparison, out.getvalue()

    def test_a_system_that_dies(self):
        comparison, out = self.compare(Dying(), repeats=2)
        self.assertEqual(comparison.failures, 2)
        self.assertIn("ended with 7: the disk is on fire", out)
        document = json.loads(self.path.read_text())
        self.assertFalse(document["complete"])
        self.assertEqual(len(document["results"][0]["failures"]), 2)
        self.assertEqual([each.name for each in pathlib.Path(self.directory.name).iterdir()], ["compare.json"])

    def test_a_system_that_never_answers(self):
        original, systems.READY_SECONDS = systems.READY_SECONDS, 0.2
        self.addCleanup(setattr, systems, "READY_SECONDS", original)
        comparison, out = self.compare(Silent())
        self.assertIn("was not ready after 0.2 s", out)
        self.assertEqual(comparison.failures, 1)

    def test_a_load_that_fails_beside_another(self):
        current = run.Run(workloads.QUICK, None)
        with self.assertRaisesRegex(clients.ClientFailed, "no such luck"):
            with current.beside(["/bin/sh", "-c", "echo no such luck >&2; exit 3"]) as process:
                current.result_of(process)


class CommandTest(unittest.TestCase):
    def command(self, *arguments, **environment):
        return subprocess.run(["/usr/bin/python3", str(HERE / "run.py"), *arguments], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=60, env={**os.environ, **environment})

    def require_refusal(self, sentence, *arguments, **environment):
        done = self.command(*arguments, **environment)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(sentence, done.stderr)
        self.assertNotIn("Traceback", done.stderr)

    def test_refusals(self):
        self.require_refusal("there is no java", "compare", "--only", "idle", PATH="/nonexistent")
        self.require_refusal("is not built", "compare", "--only", "idle", MILLRACE_BIN="/nonexistent")
        self.require_refusal("no workload named 'idel'", "compare", "--only", "idel")
        self.require_refusal("do not replicate yet", "compare", "--nodes", "3")
        self.require_refusal("1 or more", "compare", "--repeats", "0")
        self.require_refusal("bench node measures", "nothing")

    def test_jars_that_cannot_be_had(self):
        with tempfile.TemporaryDirectory() as empty:
            os.symlink(systems.shutil.which("java"), pathlib.Path(empty) / "java")
            self.require_refusal("mvn is not installed", "compare", "--only", "idle", PATH=empty, XDG_CACHE_HOME=empty)

    def test_list(self):
        done = self.command("compare", "--list")
        self.assertEqual(done.returncode, 0)
        self.assertIn("one-by-one", done.stdout)

    def test_an_interruption_leaves_nothing_running(self):
        process = subprocess.Popen(["/usr/bin/python3", str(HERE / "run.py"), "compare", "--quick", "--only", "idle"],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.kill)
        self.assertEqual(process.stdout.read(4), "[1/2")
        children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children")
        deadline = time.monotonic() + 60
        while not (started := children.read_text().split()):
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=90)
        self.assertEqual(process.returncode, 130, err)
        self.assertIn("interrupted; what was measured is kept", out)
        for pid in started:
            self.assertFalse(is_running(pid), pid)
        written = systems.ROOT / ".local" / "bench" / "compare-quick.json"
        self.assertFalse(json.loads(written.read_text())["complete"])


if __name__ == "__main__":
    unittest.main()
