"""Where a node's CPU goes during a measurement: perf's samples as folded stacks, a table and a flame graph.

The graph is as wide as the CPU time, bottom up from the thread; names under the pointer show their share.
"""

import collections
import html
import pathlib
import re
import shutil
import signal
import subprocess

SAMPLES_PER_SECOND = 199
STACK_BYTES = 16384
SHOWN_SHARE_MIN = 0.001
TABLE_LINES = 25
WIDTH, ROW, FONT = 1600, 17, 11


def missing():
    return None if shutil.which("perf") else "there is no perf: install linux-perf"


class Profiler:
    """One perf of one process, from begin() to end()."""

    def __init__(self, stem):
        self.stem = pathlib.Path(stem)
        self.data = self.stem.with_suffix(".perf")
        self.perf = None

    def begin(self, pid):
        self.perf = subprocess.Popen(["perf", "record", "-q", "-F", str(SAMPLES_PER_SECOND), "--call-graph", f"dwarf,{STACK_BYTES}",
                                      "-p", str(pid), "-o", str(self.data)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                     stderr=subprocess.DEVNULL)

    def end(self):
        """Stops perf and writes STEM.folded, STEM.txt and STEM.svg; does nothing when it was not begun."""
        if self.perf is None:
            return
        self.perf.send_signal(signal.SIGINT)
        self.perf.wait(60)
        self.perf = None
        script = subprocess.run(["perf", "script", "-i", str(self.data), "-F", "comm,ip,sym"], stdin=subprocess.DEVNULL,
                                capture_output=True, text=True, timeout=600)
        self.data.unlink(missing_ok=True)
        stacks = fold(script.stdout)
        self.stem.with_suffix(".folded").write_text("".join(f"{';'.join(stack)} {count}\n" for stack, count in sorted(stacks.items())))
        self.stem.with_suffix(".txt").write_text(table(stacks))
        self.stem.with_suffix(".svg").write_text(flame_graph(stacks, self.stem.name))


def short(symbol):
    """Without arguments, templates and our own namespace."""
    symbol = re.sub(r"\(anonymous namespace\)::|millrace::", "", symbol)
    while (shorter := re.sub(r"<[^<>]*>|\([^()]*\)", "", symbol)) != symbol:
        symbol = shorter
    return symbol.strip().removesuffix(" const").replace(";", ",") or "unknown"


def fold(script):
    """perf script's blocks, a line for the thread and one a frame from the inside out, as stacks from the outside in."""
    stacks = collections.Counter()
    for block in script.split("\n\n"):
        lines = [line for line in block.splitlines() if line.strip()]
        if len(lines) < 2:
            continue
        frames = [short(line.strip().split(" ", 1)[1] if " " in line.strip() else line.strip()) for line in lines[1:]]
        stacks[(lines[0].strip(), *reversed(frames))] += 1
    return stacks


def table(stacks):
    """Self time by function."""
    total = sum(stacks.values()) or 1
    own = collections.Counter()
    for stack, count in stacks.items():
        own[stack[-1]] += count
    return "".join(f"{count / total * 100:5.1f} %  {name}\n" for name, count in own.most_common(TABLE_LINES))


class Frame:
    def __init__(self):
        self.count = 0
        self.children = {}

    def add(self, stack, count):
        self.count += count
        if stack:
            self.children.setdefault(stack[0], Frame()).add(stack[1:], count)

    def depth(self, count_min):
        return 1 + max((child.depth(count_min) for child in self.children.values() if child.count >= count_min), default=0)


def flame_graph(stacks, title):
    root = Frame()
    for stack, count in stacks.items():
        root.add(stack, count)
    total = max(root.count, 1)
    count_min = total * SHOWN_SHARE_MIN
    height = (root.depth(count_min) + 1) * ROW
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" font-family="sans-serif" font-size="{FONT}">',
             f'<text x="4" y="{FONT + 2}">{html.escape(title)}: {total} samples</text>']

    def draw(name, frame, left, level):
        width = frame.count / total * WIDTH
        y = height - (level + 1) * ROW
        hue = 10 + sum(name.encode()) % 45  # the same function has the same colour everywhere
        label = html.escape(name[:int(width / (FONT * 0.6))])
        parts.append(f'<g><title>{html.escape(name)}: {frame.count / total * 100:.1f} %</title>'
                     f'<rect x="{left:.1f}" y="{y}" width="{width:.1f}" height="{ROW - 1}" fill="hsl({hue},80%,65%)"/>'
                     f'<text x="{left + 2:.1f}" y="{y + FONT + 1}">{label}</text></g>')
        for child_name, child in sorted(frame.children.items()):
            if child.count >= count_min:
                draw(child_name, child, left, level + 1)
            left += child.count / total * WIDTH

    draw("all", root, 0.0, 0)
    return "\n".join([*parts, "</svg>\n"])
