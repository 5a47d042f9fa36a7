"""./dev bench micro: the hot paths one by one, by time or by instructions."""

import argparse
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "integration"))
import harness  # noqa: E402

PROGRAM = harness.BIN / "bench_micro"
ITERATIONS = 200


def scratch():
    directory = ROOT / ".local" / "bench"
    directory.mkdir(parents=True, exist_ok=True)
    return tempfile.TemporaryDirectory(prefix="micro-", dir=directory)


def run(command, directory):
    done = subprocess.run(list(map(str, command)), cwd=directory, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600)
    if done.returncode != 0:
        said = [line for line in done.stderr.splitlines() if not line.startswith("==")]
        sys.exit(f"dev: {pathlib.Path(command[0]).name}: {said[-1] if said else f'ended with {done.returncode}'}")
    return done


def instructions(name, iterations, directory):
    """Instructions of the whole program when it runs this benchmark so often."""
    out = pathlib.Path(directory) / "callgrind.out"
    run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", PROGRAM, f"--iterations={iterations}",
         f"--benchmark_filter=^{name}$"], directory)
    for line in out.read_text().splitlines():
        if line.startswith(("summary:", "totals:")):
            return int(line.split()[1])
    sys.exit(f"dev: callgrind counted nothing for {name}")


def count_instructions(wanted):
    if shutil.which("valgrind") is None:
        sys.exit("dev: there is no valgrind: install it (./dev test does)")
    rows = []
    with scratch() as directory:
        names = run([PROGRAM, "--benchmark_list_tests"], directory).stdout.split()
        for name in names:
            if wanted and name.split("/")[0] not in wanted:
                continue
            once, twice = (instructions(f"{name}/iterations:{count}", count, directory) for count in (ITERATIONS, 2 * ITERATIONS))
            rows.append({"name": name, "instructions": round((twice - once) / ITERATIONS)})
            print(f"{name:28} {rows[-1]['instructions']:12,} instructions", flush=True)
    if not rows:
        sys.exit(f"dev: no hot path named {' or '.join(wanted)}; there are {', '.join(names)}")
    path = ROOT / ".local" / "bench" / "micro.json"
    path.write_text(json.dumps({"iterations": ITERATIONS, "figures": rows}, indent=1) + "\n")
    print(f"written to {path.relative_to(ROOT)}")


def main(arguments):
    parser = argparse.ArgumentParser(prog="./dev bench micro", epilog="Instructions do not depend on what else the machine does: compare "
                                     "them between commits, times within one run.")
    parser.add_argument("--instructions", action="store_true", help="count them under callgrind instead of measuring time")
    parser.add_argument("--quick", action="store_true", help="does it run, not how fast")
    parser.add_argument("--only", action="append", metavar="NAME", help="this hot path; may be repeated")
    options = parser.parse_args(arguments)
    if options.instructions:
        count_instructions(options.only)
        return
    command = [PROGRAM]
    if options.quick:
        command.append("--benchmark_min_time=0.01")
    if options.only:
        command.append(f"--benchmark_filter=^({'|'.join(options.only)})(/|$)")
    with scratch() as directory:
        print(run(command, directory).stdout, end="")
