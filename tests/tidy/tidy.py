#!/usr/bin/python3
"""Checks the structure of the source: layers on every #include, cores without I/O, leftovers.

    tests/tidy/tidy.py [--root DIR]

Prints one line per finding, `path:line: what is wrong and why`, and exits with 1 if there are any.
"""

import argparse
import pathlib
import re
import subprocess
import sys

import rules

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^">]+)[">]')
LINK = re.compile(r"\]\(([^)#\s]+)(#[^)]*)?\)")
NO_SOURCE = ("tests/golden/", "tests/unit/cli/golden/", "tests/fuzz/corpus/")


def under(path, prefix):
    return path == prefix or path.startswith(prefix + "/")


def layer_of(path):
    """The layer with the longest prefix; None for what has none, which no include may name."""
    found = [layer for layer in rules.LAYERS if under(path, layer)]
    # What the generators write lies at proto/kafka/messages and proto/metadata.pb.h.
    return max(found, key=len, default="proto" if under(path, "proto") else None)


def may_include(path, header):
    """Whether the layer table allows that `path` includes `header`, one of our files."""
    for allowed in rules.LAYERS[layer_of(path)]:
        exactly = allowed.startswith("=")
        allowed = allowed.removeprefix("=")
        if under(header, allowed) and (not exactly or layer_of(header) == allowed):
            return True
    return header in rules.EXCEPTIONS.get(path, [])


def include_findings(path, number, kind, header):
    if kind == '"':
        if layer_of(path) is None or layer_of(header) is None:
            yield number, f'"{header}" is in no layer of the table'
        elif not may_include(path, header):
            yield number, f'{layer_of(path)} may not include "{header}"'
    for pattern, places in rules.LIBRARIES.items():
        if re.fullmatch(pattern, header) and not any(under(path, place) for place in places):
            yield number, f"<{header}> belongs to {', '.join(places)}"
    if path.endswith(".h") and not under(path, "tests") and re.fullmatch(rules.HEAVY, header):
        yield number, f"<{header}> is heavy: include it in a .cc file"


def without_comment(line):
    """Good enough for rules about words: what follows // outside a string is prose."""
    in_string = False
    for at, char in enumerate(line):
        if char == '"' and line[at - 1:at] != "\\":
            in_string = not in_string
        if not in_string and line.startswith("//", at):
            return line[:at]
    return line


def without_strings(line):
    return re.sub(r'"(\\.|[^"\\])*"', '""', line)


def is_core(path):
    return any(under(path, core) for core in rules.CORES) and not any(under(path, shell) for shell in rules.NOT_CORES)


def core_findings(number, line):
    code = without_strings(without_comment(line))
    for pattern, why in rules.CORE_WORDS.items():
        if re.search(pattern, code):
            yield number, f"not in a core: {why}"
    if rules.HASH_TABLE.search(code) and rules.NEVER_ITERATED not in line:
        yield number, f"a hash table in a core says '{rules.NEVER_ITERATED}' on its line"


def may_pause(path):
    return any(under(path, place) for place in rules.MAY_PAUSE)


def source_findings(path, lines):
    if path.endswith(".h") and "#pragma once" not in lines[:3]:
        yield 1, "a header begins with #pragma once"
    for number, line in enumerate(lines, 1):
        include = INCLUDE.match(line)
        if include:
            yield from include_findings(path, number, *include.groups())
            continue
        if is_core(path):
            yield from core_findings(number, line)
        if under(path, "tests") and not may_pause(path) and rules.TEST_SLEEP.search(without_comment(line)):
            yield number, "no test sleeps: wait for an event, or move the clock"


def text_findings(path, lines):
    for number, line in enumerate(lines, 1):
        if rules.LEFTOVERS.search(line) and not under(path, "tests/tidy"):
            yield number, "a leftover: do it, or say in prose what is missing"
        if path.endswith(".py") and under(path, "tests") and not may_pause(path) and rules.PYTHON_SLEEP.search(line):
            yield number, "no test sleeps: wait for an event"
        if line != line.rstrip() and not path.endswith(".golden"):
            yield number, "white space at the end"


def link_findings(root, path, lines):
    """A page's links to files of the repository lead somewhere."""
    for number, line in enumerate(lines, 1):
        for target, _ in LINK.findall(line):
            if "://" not in target and not (root / path).parent.joinpath(target).exists():
                yield number, f"the link to {target} leads nowhere"


def unused_headers(files, included):
    return [(path, 1, "no file includes this header") for path in files if path.endswith(".h") and path not in included]


def check(root, files):
    """Yields (path, line, finding) for every breach in `files`, paths below `root`."""
    included = set()
    for path in files:
        if path.startswith(NO_SOURCE):
            continue
        try:
            lines = (root / path).read_text(encoding="utf-8").splitlines()
        except (UnicodeDecodeError, FileNotFoundError):
            continue  # not text, or deleted and not yet committed
        found = list(text_findings(path, lines))
        if path.endswith((".cc", ".h")):
            included.update(match.group(2) for match in map(INCLUDE.match, lines) if match)
            found += source_findings(path, lines)
        if path.endswith(".md"):
            found += link_findings(root, path, lines)
        yield from ((path, number, what) for number, what in found)
    yield from unused_headers(files, included)


def listed_files(root):
    names = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    return subprocess.run(names, cwd=root, check=True, capture_output=True, text=True).stdout.splitlines()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parents[2])
    root = parser.parse_args().root
    files = listed_files(root)
    findings = sorted(set(check(root, files)))
    for path, number, what in findings:
        print(f"{path}:{number}: {what}")
    print(f"tidy: {len(files)} files, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
