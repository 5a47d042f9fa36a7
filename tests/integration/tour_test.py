#!/usr/bin/python3
"""The commands of README.md and docs/tour.md do what the pages show, so that neither can rot.

Every line of a ```console block that names our commands runs in order in a shell; only addresses are
replaced. A ``` block with lines that begin with $ shows the output, which has to be the same.
"""

import os
import re
import subprocess
import unittest

import harness

BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
ENDLESS = 124  # the exit code of timeout
WITHOUT_A_TERMINAL = 2  # it asks on a terminal, and refuses elsewhere


def blocks(page, language):
    return [body for name, body in BLOCK.findall((harness.ROOT / page).read_text()) if name == language]


def commands(page):
    """Lines of its console blocks that this test runs: not ./dev, which builds."""
    lines = [line for body in blocks(page, "console") for line in body.splitlines()]
    return [line for line in lines if line and not line.startswith("./dev") and not line.startswith("export ")]


def shown(page):
    """(command, output) pairs of the blocks that show both."""
    text = "\n".join(body for body in blocks(page, "") if body.startswith("$ "))
    parts = re.split(r"^\$ (.*)\n", text, flags=re.MULTILINE)
    return [(command, output.strip()) for command, output in zip(parts[1::2], parts[2::2])]


class TourTest(harness.NodeTest):
    def setUp(self):
        self.node.millrace("topic", "delete", "orders", "--yes", check=False)

    def shell(self, line, seconds=30):
        environment = {**os.environ, "MILLRACE_BOOTSTRAP_SERVERS": self.node.address,
                       "PATH": f"{harness.BIN}:{os.environ['PATH']}"}
        line = line.replace("127.0.0.1:11092", self.node.address).replace("127.0.0.1:11644", self.node.http)
        return subprocess.run(["bash", "-o", "pipefail", "-c", line], stdin=subprocess.DEVNULL, env=environment, capture_output=True,
                              text=True, timeout=seconds)

    def run_line(self, line):
        if line.startswith("millrace topic delete"):
            return self.shell(line), WITHOUT_A_TERMINAL
        if line.startswith("millrace consume") and " -f " in line:  # it follows for ever
            command = line.split("#")[0]
            return self.shell(f"timeout 2 {command}"), ENDLESS
        return self.shell(line), 0

    def run_page(self, page):
        ran = 0
        for line in commands(page):
            with self.subTest(page=page, line=line):
                done, code = self.run_line(line)
                self.assertEqual(done.returncode, code, done.stdout + done.stderr)
                ran += 1
        return ran

    def test_readme(self):
        self.assertGreaterEqual(self.run_page("README.md"), 5)

    def test_tour(self):
        self.assertGreaterEqual(self.run_page("docs/tour.md"), 10)

    def test_output_is_as_shown(self):
        pairs = shown("docs/tour.md")
        self.assertGreaterEqual(len(pairs), 4)
        for command, expected in pairs:
            with self.subTest(command=command):
                done = self.shell(command)
                self.assertEqual((done.stdout + done.stderr).strip(), expected)


if __name__ == "__main__":
    unittest.main()
