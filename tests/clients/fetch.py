#!/usr/bin/python3
"""Fetches the client programs that the compatibility tests run, pinned and checked by digest.

    tests/clients/fetch.py [java] [python] [node]      (all three without arguments)

They go to ${XDG_CACHE_HOME:-~/.cache}/millrace/clients/<digest of the pins>; what is there already
is used again. Prints one line a client. With CI=true a client that cannot be had is a failure;
otherwise it is named and skipped.
"""

import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
PINS = {
    "java": ["pom.xml", "jars.sha256"],
    "python": ["requirements.txt"],
    "node": ["package.json", "package-lock.json"],
}
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
COMMANDS = {"java": "mvn", "python": "/usr/bin/python3", "node": "npm"}


def cache_root():
    base = os.environ.get("XDG_CACHE_HOME") or str(pathlib.Path.home() / ".cache")
    return pathlib.Path(base) / "millrace" / "clients"


def directory(client):
    """Where the client's files are, or will be; a changed pin is another directory."""
    digest = hashlib.sha256()
    for name in PINS[client]:
        digest.update((HERE / name).read_bytes())
    digest.update(f"{sys.version_info[0]}.{sys.version_info[1]}".encode() if client == "python" else b"")
    return cache_root() / f"{client}-{digest.hexdigest()[:12]}"


def run(command, cwd):
    done = subprocess.run(command, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=900)
    if done.returncode != 0:
        lines = [line for line in COLOUR.sub("", done.stderr + done.stdout).splitlines() if line.strip()]
        # What went wrong first says more than the advice at the end.
        told = [line for line in lines if "error" in line.lower()] or lines[-1:] or ["no output"]
        raise RuntimeError(f"{command[0]} failed: {told[0].strip()}")


def fetch_java(into):
    run(["mvn", "-q", "-B", "-f", str(HERE / "pom.xml"), "dependency:copy-dependencies",
         f"-DoutputDirectory={into}"], into)
    wanted = dict(reversed(line.split()) for line in (HERE / "jars.sha256").read_text().splitlines())
    for jar in sorted(into.glob("*.jar")):
        if hashlib.sha256(jar.read_bytes()).hexdigest() != wanted.pop(jar.name, None):
            raise RuntimeError(f"{jar.name} is not the pinned file; its digest is not in jars.sha256")
    if wanted:
        raise RuntimeError(f"missing after the download: {', '.join(sorted(wanted))}")


def fetch_python(into):
    run(["/usr/bin/python3", "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes",
         "--only-binary=:all:", "--target", str(into), "-r", str(HERE / "requirements.txt")], into)


def fetch_node(into):
    for name in PINS["node"]:
        shutil.copy(HERE / name, into)
    run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"], into)


def fetch(client):
    into = directory(client)
    if into.is_dir():
        return "ready"
    if not shutil.which(COMMANDS[client]):
        raise RuntimeError(f"{COMMANDS[client]} is not installed")
    cache_root().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache_root(), prefix=f".{client}-") as temporary:
        staging = pathlib.Path(temporary) / "files"
        staging.mkdir()
        globals()[f"fetch_{client}"](staging)
        try:
            staging.rename(into)
        except OSError:
            if not into.is_dir():  # somebody else was first: the same pins, the same files
                raise
    return "fetched"


def main(arguments):
    unknown = [name for name in arguments if name not in PINS]
    if unknown:
        sys.exit(f"fetch.py: no client named {unknown[0]}; there are {', '.join(PINS)}")
    failed = False
    for client in arguments or PINS:
        try:
            print(f"client {client}: {fetch(client)} in {directory(client)}")
        except (RuntimeError, OSError, subprocess.TimeoutExpired) as error:
            failed = True
            print(f"client {client}: not to be had ({error}); its tests are skipped, or fail with CI=true")
    if failed and os.environ.get("CI") == "true":
        sys.exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
