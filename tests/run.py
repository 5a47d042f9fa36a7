#!/usr/bin/python3
"""Runs the test suites that ./dev names, in the order that finds trouble soonest.

    tests/run.py check | test | fuzz [--minutes M] [NAME] | sim [...] | soak [--minutes M]

The programs are built already. `test` prints the minutes that each part took beside its budget in
docs/testing.md and ends with the summary of ctest over the release build.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
BUILD = ROOT / "build"
FUZZ_MINUTES = 3.0
SOAK_MINUTES = 60.0


def announce(text):
    print(f"== {text}", flush=True)


def run(command, **options):
    return subprocess.run(command, stdin=subprocess.DEVNULL, cwd=ROOT, **options).returncode


def ctest(preset, *arguments):
    return run(["ctest", "--test-dir", str(BUILD / preset), "--output-on-failure", "--no-tests=error", *arguments])


def part(name, budget_minutes, action):
    """Runs one part; prints how long it took. A part over its budget is said, not failed."""
    announce(f"{name} (budget {budget_minutes} min)")
    start = time.monotonic()
    code = action()
    minutes = (time.monotonic() - start) / 60
    over = "" if minutes <= budget_minutes else ", over its budget"
    announce(f"{name}: {'passed' if code == 0 else 'FAILED'} in {minutes:.1f} min{over}")
    return code


def fuzzers(name=None):
    found = sorted((BUILD / "asan" / "bin").glob("fuzz_*"))
    chosen = [path for path in found if name in (None, path.name, path.name.removeprefix("fuzz_"))]
    if not chosen:
        sys.exit(f"dev: no fuzzer named '{name}'; there are {', '.join(p.name for p in found) or 'none'}")
    return chosen


def fuzz(minutes, name=None):
    """Each fuzzer gets its share of the minutes; what a fuzzer found stays in .local/fuzz."""
    chosen = fuzzers(name)
    seconds = max(5, int(minutes * 60 / len(chosen)))
    for path in chosen:
        work = ROOT / ".local" / "fuzz" / path.name
        corpus = work / "corpus"
        corpus.mkdir(parents=True, exist_ok=True)
        seeds = ROOT / "tests" / "fuzz" / "corpus" / path.name.removeprefix("fuzz_")
        announce(f"{path.name} for {seconds} s")
        with open(work / "output", "wb") as output:
            code = run([str(path), f"-max_total_time={seconds}", "-rss_limit_mb=2048", "-print_final_stats=1", "-len_control=0",
                        f"-artifact_prefix={work}/", str(corpus), *([str(seeds)] if seeds.is_dir() else [])],
                       stdout=output, stderr=output)
        text = (work / "output").read_text(errors="replace")
        for line in text.splitlines():
            if "number_of_executed_units" in line or "SUMMARY" in line:
                print(line.strip(), flush=True)
        if code != 0:
            print(text[-3000:], flush=True)
            print(f"dev: {path.name} failed; the input is in {work}", flush=True)
            return code
    return 0


def check():
    return ctest("release", "-L", "unit|scenario|tidy|quick", "-j2")


def test():
    parts = [
        ("sanitizers: ASan and UBSan", 3, lambda: ctest("asan", "-L", "unit|scenario", "-j2")),
        ("sanitizers: TSan", 2, lambda: ctest("tsan", "-L", "threads")),
        ("fuzzers", 4, lambda: fuzz(FUZZ_MINUTES)),
    ]
    failed = [name for name, budget, action in parts if part(name, budget, action) != 0]
    announce("everything of the release build: also power cuts, processes, clients, benchmark smoke")
    code = ctest("release")
    if failed:
        announce(f"failed before: {', '.join(failed)}")
    return 1 if failed else code


def sim(arguments):
    """The quorum in a simulated world, or with --disk the storage engine on a simulated disk."""
    program = "powercut" if "--disk" in arguments else "sim_quorum_planted" if "--mutants" in arguments else "sim_quorum"
    return run([str(BUILD / "release" / "bin" / program), *(each for each in arguments if each != "--disk")])


def seed_of_commit():
    """Each commit explores seeds of its own, and the same ones whenever it is tested."""
    done = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True)
    return int(done.stdout[:8], 16) if done.returncode == 0 else 1


def soak(minutes):
    deadline = time.monotonic() + minutes * 60
    first = int(time.time())
    while time.monotonic() < deadline:
        if sim(["--disk", "--first-seed", str(first), "--seeds", "2000"]) != 0:
            return 1
        if sim(["--from", str(first), "--minutes", "2"]) != 0:
            return 1
        first += 2000
        if ctest("release", "-R", "kill9") != 0:
            return 1
        announce(f"soak: {(deadline - time.monotonic()) / 60:.0f} minutes left")
    return 0


def main():
    parser = argparse.ArgumentParser(prog="./dev")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("check")
    commands.add_parser("test")
    fuzz_command = commands.add_parser("fuzz")
    fuzz_command.add_argument("--minutes", type=float, default=FUZZ_MINUTES)
    fuzz_command.add_argument("name", nargs="?")
    soak_command = commands.add_parser("soak")
    soak_command.add_argument("--minutes", type=float, default=SOAK_MINUTES)
    if sys.argv[1:2] == ["sim"]:  # its options belong to the simulator
        sys.exit(sim(sys.argv[2:]))
    options = parser.parse_args()
    os.environ.setdefault("CTEST_PARALLEL_LEVEL", "1")
    os.environ.setdefault("MILLRACE_SIM_FROM", str(seed_of_commit()))
    if options.command == "check":
        sys.exit(check())
    if options.command == "test":
        sys.exit(test())
    if options.command == "fuzz":
        sys.exit(fuzz(options.minutes, options.name))
    sys.exit(soak(options.minutes))


if __name__ == "__main__":
    main()
