"""Both cores and the disk in full use for a while, by processes that end with it."""

import os
import pathlib
import subprocess
import sys
import tempfile

BUSY = "while True: pass"
WRITER = """
import os, sys
piece, file = os.urandom(1 << 20), os.open(sys.argv[1], os.O_CREAT | os.O_WRONLY)
while True:
    for place in range(256):
        os.pwrite(file, piece, place << 20)
        os.fdatasync(file)
"""


class Saturation:
    """A busy process for each core and one that writes and syncs 1 MiB at a time, 256 MiB in all, over and over."""

    def __init__(self, directory):
        self.directory = tempfile.TemporaryDirectory(prefix="saturation-", dir=directory)
        self.processes = []

    def __enter__(self):
        file = str(pathlib.Path(self.directory.name) / "written")
        for command in [[BUSY]] * os.cpu_count() + [[WRITER, file]]:
            self.processes.append(subprocess.Popen([sys.executable, "-c", *command], stdin=subprocess.DEVNULL))
        return self

    def __exit__(self, *_):
        for process in self.processes:
            process.kill()
            process.wait()
        self.directory.cleanup()
