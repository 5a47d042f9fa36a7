"""The machine under a benchmark: what it is, what it does besides, and how it is made clean between runs."""

import mmap
import os
import pathlib
import platform
import shutil
import time

TICKS = os.sysconf("SC_CLK_TCK")
SETTLED_BYTES = 32 << 20
SETTLE_SECONDS = 120
FOREIGN_CORES_MAX = 0.1
STEAL_SHARE_MAX = 0.05


def describe(directory):
    """What a reader of the figures needs to know of the machine; nothing that names it."""
    model = next((line.split(":", 1)[1].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.machine())
    return {"cpu": model, "cores": os.cpu_count(), "memory_gb": round(meminfo()["MemTotal"] / 1e9, 1),
            "kernel": platform.release(), "file_system": file_system_of(directory),
            "dirty_background_gb": round(dirty_threshold("background") / 1e9, 2),
            "dirty_limit_gb": round(dirty_threshold("limit") / 1e9, 2)}


def meminfo():
    lines = pathlib.Path("/proc/meminfo").read_text().splitlines()
    return {line.split(":")[0]: int(line.split()[1]) * 1024 for line in lines}


def dirty_threshold(which):
    """Bytes of dirty memory at which the kernel begins to write back, or at which it stops writers."""
    name = "dirty_background" if which == "background" else "dirty"
    value = int(pathlib.Path(f"/proc/sys/vm/{name}_bytes").read_text())
    if value > 0:
        return value
    return meminfo()["MemAvailable"] * int(pathlib.Path(f"/proc/sys/vm/{name}_ratio").read_text()) // 100


def file_system_of(directory):
    best = ("", "unknown")
    for line in pathlib.Path("/proc/mounts").read_text().splitlines():
        _, point, kind = line.split()[:3]
        inside = str(directory) == point or str(directory).startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(best[0]):
            best = (point, kind)
    return best[1]


def touch_memory(count):
    """Makes the machine back so much free memory before something is measured: the page cache of a virtual machine
    otherwise pays for the host's page faults, three times the price of the copy itself."""
    count = min(count, meminfo()["MemAvailable"] - (1 << 30))
    if count <= 0:
        return
    with mmap.mmap(-1, count) as memory:
        for at in range(0, count, mmap.PAGESIZE):
            memory[at] = 1


def drop_page_cache():
    """None, or why it was not possible."""
    os.sync()
    try:
        pathlib.Path("/proc/sys/vm/drop_caches").write_text("1\n")
    except OSError as error:
        return f"page cache not dropped ({error.strerror}; run as root)"
    return None


def settle(memory_bytes):
    """Before a run: write-back drained, page cache dropped, memory touched. Returns what could not be had."""
    notes = []
    if why := drop_page_cache():
        notes.append(why)
    deadline = time.monotonic() + SETTLE_SECONDS
    while (dirty := meminfo()["Dirty"] + meminfo()["Writeback"]) > SETTLED_BYTES:
        if time.monotonic() > deadline:
            notes.append(f"{dirty >> 20} MiB still waited for write-back")
            break
        time.sleep(0.1)
    touch_memory(memory_bytes)
    return notes


def free_bytes(directory):
    return shutil.disk_usage(directory).free


class Watch:
    """What the machine did during a run that neither the system under test nor its clients did."""

    def __init__(self):
        self.begin = time.monotonic()
        self.busy, self.steal = self._cpu()

    @staticmethod
    def _cpu():
        user, nice, system, _, _, irq, softirq, steal = map(
            int, pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9])
        return (user + nice + system + irq + softirq) / TICKS, steal / TICKS

    def notes(self, own_cpu_seconds):
        """Why the run was not clean, if it was not."""
        seconds = max(time.monotonic() - self.begin, 0.001)
        busy, steal = self._cpu()
        # Interrupts are nobody's; on loopback most of them are charged to the sender.
        foreign = (busy - self.busy - own_cpu_seconds) / seconds
        stolen = (steal - self.steal) / seconds / os.cpu_count()
        found = []
        if foreign > FOREIGN_CORES_MAX:
            found.append(f"other processes used {foreign:.2f} cores")
        if stolen > STEAL_SHARE_MAX:
            found.append(f"the host took {stolen * 100:.0f} % of the machine's time")
        return found
