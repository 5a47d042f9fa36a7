"""What one measurement of one system may use, and what is removed after it."""

import contextlib
import json
import subprocess

from . import clients


class Run:
    """What one measurement of one system may use, and what is removed after it."""

    def __init__(self, sizes, make_node):
        self.sizes = sizes
        self._make_node = make_node
        self.notes = []

    @contextlib.contextmanager
    def stopped_node(self, system):
        node = self._make_node(system)
        try:
            yield node
        finally:
            node.remove()

    @contextlib.contextmanager
    def node(self, system):
        with self.stopped_node(system) as node:
            node.start()
            yield node
            node.require_alive()

    @contextlib.contextmanager
    def beside(self, command):
        """A load that runs beside another one; it is ended with the block."""
        process = subprocess.Popen(list(map(str, command)), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            yield process
        finally:
            process.kill()
            process.communicate()

    @staticmethod
    def result_of(process):
        out, err = process.communicate(timeout=clients.TOOL_SECONDS)
        if process.returncode != 0:
            raise clients.ClientFailed(err.strip()[-500:])
        return json.loads(out)
