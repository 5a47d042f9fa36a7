"""Where the data of a comparison lies: on the bare disk, or on a volume as AWS sells it."""

import contextlib
import os
import pathlib
import subprocess
import tempfile

TITLES = {"disk": "on the bare disk", "aws": "on a gp3 volume's 3,000 operations/s and 125 MB/s"}
VOLUME_BYTES = 40 << 30
GP3_OPERATIONS = 3000
GP3_BYTES = 125 * 1000 * 1000
THROTTLE = pathlib.Path("/sys/fs/cgroup/blkio")


class NotPossible(Exception):
    """The profile cannot be had on this machine; says what it takes."""


class Volume:
    """Gives each run an empty directory, so that no run sees what another left."""

    def __init__(self, base):
        self.base = pathlib.Path(base)

    @contextlib.contextmanager
    def directory(self):
        with tempfile.TemporaryDirectory(prefix="run-", dir=self.base, ignore_cleanup_errors=True) as path:
            yield pathlib.Path(path)


def command(*words):
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        raise NotPossible(f"--profile aws: {' '.join(words[:2])} failed: {done.stderr.strip()}")
    return done.stdout.strip()


class Throttle:
    """Limits of one block device, on the root group: a limit on a child group misses the write-back that the kernel
    does for others, which would spare a system that never syncs."""

    LIMITS = {"read_bps": GP3_BYTES, "write_bps": GP3_BYTES, "read_iops": GP3_OPERATIONS, "write_iops": GP3_OPERATIONS}

    def __init__(self, device):
        number = os.stat(device).st_rdev
        self.device = f"{os.major(number)}:{os.minor(number)}"

    def set(self, limits):
        for name, limit in limits.items():
            path = THROTTLE / f"blkio.throttle.{name}_device"
            try:
                path.write_text(f"{self.device} {limit}\n")
            except OSError as error:
                raise NotPossible(f"--profile aws: cannot limit a device by {path}: {error.strerror}; it takes root and the blkio "
                                  "controller of cgroup v1") from None

    def clear(self):
        self.set(dict.fromkeys(self.LIMITS, 0))


@contextlib.contextmanager
def gp3(scratch):
    """An ext4 of its own on a loop device with the volume's limits."""
    if os.geteuid() != 0:
        raise NotPossible("--profile aws mounts a volume of its own: run as root")
    image, point = pathlib.Path(scratch) / "volume", pathlib.Path(scratch) / "mount"
    with open(image, "wb") as file:
        file.truncate(VOLUME_BYTES)
    point.mkdir()
    command("mkfs.ext4", "-q", "-E", "lazy_itable_init=0,lazy_journal_init=0", str(image))
    with contextlib.ExitStack() as undo:
        device = command("losetup", "--find", "--show", "--direct-io=on", str(image))
        undo.callback(subprocess.run, ["losetup", "--detach", device], check=False)
        command("mount", device, str(point))
        undo.callback(subprocess.run, ["umount", str(point)], check=False)
        throttle = Throttle(device)
        undo.callback(throttle.clear)
        throttle.set(Throttle.LIMITS)
        yield Volume(point)


def volume(name, scratch):
    return gp3(scratch) if name == "aws" else contextlib.nullcontext(Volume(scratch))
