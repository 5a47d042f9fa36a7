"""./dev bench compare: Apache Kafka and Millrace by turns on this machine, with the same clients."""

import argparse
import datetime
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from . import clients, machine, plots, profiler, profiles, report, results, run, systems, workloads

HELP = """
Runs each workload for each system by turns, as often as --repeats says, and writes .local/bench/compare.json,
compare.md and plots (compare-quick.*, compare-matrix.*). A full run takes about 100 minutes. It reports and never
judges.

examples:
  ./dev bench compare --quick              does everything run? four minutes, no figures to speak of
  ./dev bench compare --only produce --only rate-10
  ./dev bench compare --list               the names that --only takes
  ./dev bench compare --resume             goes on where an interrupted run ended
"""


def options_of(arguments):
    parser = argparse.ArgumentParser(prog="./dev bench compare", epilog=HELP, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small sizes, one run each")
    parser.add_argument("--only", action="append", metavar="NAME", help="this workload; may be repeated")
    parser.add_argument("--list", action="store_true", help="name the workloads and end")
    parser.add_argument("--matrix", action="store_true", help="the cross product of the produce factors instead; hours")
    parser.add_argument("--repeats", type=int, metavar="N", help="runs of each workload and system (3; --quick 1)")
    parser.add_argument("--resume", action="store_true", help="keep the runs that the JSON file has, and do the others")
    parser.add_argument("--profile", choices=["disk", "aws"], default="disk",
                        help="the bare disk, or a gp3 volume's 3,000 operations and 125 MB/s (root only)")
    parser.add_argument("--perf", action="store_true", help="profile Millrace meanwhile: .local/bench/profile-WORKLOAD-SYSTEM.svg")
    parser.add_argument("--nodes", type=int, choices=[1, 3], default=1, help="nodes of either system")
    options = parser.parse_args(arguments)
    if options.nodes != 1:
        parser.error("--nodes 3: Millrace's nodes do not replicate yet; 1 is the most")
    if options.repeats is not None and options.repeats < 1:
        parser.error("--repeats: 1 or more")
    return options


def chosen(options, sizes):
    every = list(workloads.matrix(sizes)) if options.matrix else workloads.all_workloads(sizes)
    names = [workload.name for workload in every]
    for name in options.only or []:
        if name not in names:
            sys.exit(f"dev: no workload named '{name}'; there are {', '.join(names)}")
    if options.only:
        return [workload for workload in every if workload.name in options.only]
    return [workload for workload in every if workload.in_quick or not options.quick]


def systems_of(workload):
    if workload.waits_for:
        return systems.SYSTEMS[:1]
    return systems.SYSTEMS if workload.durability_matters else systems.SYSTEMS[:2]


def own_cpu():
    """CPU seconds of this program and of every child that has ended."""
    return sum(usage.ru_utime + usage.ru_stime for usage in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))


def measure(workload, system, sizes, volume, perf):
    """One run: its figures, and why it was not clean."""
    notes = machine.settle(min(workload.memory_bytes, 4 * sizes.produce_bytes))
    with volume.directory() as directory:
        def make_node(of):
            node = systems.Node(of, directory / f"{of.name}-node", {})
            if perf and isinstance(of, systems.Millrace):
                node.profiler = profiler.Profiler(systems.ROOT / ".local" / "bench" / f"profile-{workload.name}-{of.name}")
                notes.append("a profiler looked on")
            return node
        current = run.Run(sizes, make_node)
        watch, cpu = machine.Watch(), own_cpu()
        figures = workload.measure(current, system)
        return figures, notes + current.notes + watch.notes(own_cpu() - cpu)


def summary(figures):
    return ", ".join(f"{report.number(value)} {workloads.FIGURES[name][0]}" for name, value in list(figures.items())[:4])


class Comparison:
    def __init__(self, options, sizes, todo, found, volume):
        self.options, self.sizes, self.found, self.volume = options, sizes, found, volume
        self.repeats = options.repeats or sizes.repeats
        # By turns: A B C, A B C, ...; what the machine does meanwhile hits all alike.
        self.turns = [(workload, system) for workload in todo for turn in range(self.repeats)
                      for system in systems_of(workload) if found.count(workload, system) <= turn]
        self.failures = 0

    def go(self):
        begin = time.monotonic()
        for number, (workload, system) in enumerate(self.turns):
            left = (time.monotonic() - begin) / number * (len(self.turns) - number) / 60 if number else None
            print(f"[{number + 1}/{len(self.turns)}{f', {left:.0f} min left' if left else ''}] {workload.name} {system.name}: ",
                  end="", flush=True)
            try:
                figures, notes = measure(workload, system, self.sizes, self.volume, self.options.perf)
                self.found.add(workload, system, figures, notes)
                print(summary(figures) + "".join(f"; not clean: {note}" for note in notes), flush=True)
            except (systems.NodeDied, clients.ClientFailed, OSError, subprocess.SubprocessError) as error:
                self.failures += 1
                self.found.add_failure(workload, system, str(error))
                print(f"no figure: {error}", flush=True)
            self.found.save(complete=False)


def stop_at_signal(number, _):
    raise KeyboardInterrupt(number)


def finish(found, complete):
    found.save(complete)
    page = found.path.with_suffix(".md")
    page.write_text(report.markdown(found, complete))
    files, why_none = plots.draw(found, found.path.with_suffix(""))
    print("\n".join(report.goal_lines(found)))
    if why_none:
        print(why_none)
    print("written: " + ", ".join(str(path.relative_to(systems.ROOT)) for path in (found.path, page, *files)))


def main(arguments):
    options = options_of(arguments)
    sizes = workloads.QUICK if options.quick else workloads.FULL
    todo = chosen(options, sizes)
    if options.list:
        print("\n".join(f"{workload.name:24} {workload.about}" for workload in todo))
        return
    if options.perf and (why := profiler.missing()):
        sys.exit(f"dev: {why}")
    if trouble := systems.missing():
        sys.exit("dev: " + "; ".join(trouble))
    directory = systems.ROOT / ".local" / "bench"
    directory.mkdir(parents=True, exist_ok=True)
    need = 4 * max(sizes.restart_bytes, sizes.cold_bytes)
    if machine.free_bytes(directory) < need:
        sys.exit(f"dev: {directory} has {machine.free_bytes(directory) / 1e9:.1f} GB free; the comparison needs {need / 1e9:.1f}")
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=systems.ROOT, capture_output=True, text=True).stdout.strip()
    header = {"version": results.VERSION, "started": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
              "machine": machine.describe(directory), "commit": commit, "quick": options.quick, "profile": profiles.TITLES[options.profile],
              "versions": {"kafka": systems.Kafka.version(), "millrace": systems.Millrace.version()}}
    name = "compare-quick" if options.quick else "compare-matrix" if options.matrix else "compare"
    try:
        found = results.Results(directory / f"{name}.json", header, options.resume)
    except ValueError as error:
        sys.exit(f"dev: {error}")
    signal.signal(signal.SIGTERM, stop_at_signal)
    scratch = tempfile.mkdtemp(prefix="compare-", dir=directory)
    interrupted = False
    comparison = None
    try:
        with profiles.volume(options.profile, scratch) as volume:
            comparison = Comparison(options, sizes, todo, found, volume)
            comparison.go()
    except KeyboardInterrupt:
        interrupted = True
        print("interrupted; what was measured is kept, --resume goes on", flush=True)
    except profiles.NotPossible as error:
        sys.exit(f"dev: {error}")
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    failures = comparison.failures if comparison else 0
    finish(found, complete=not interrupted and not failures)
    if interrupted or failures:
        sys.exit(f"dev: the comparison is partial: {failures} runs failed" if not interrupted else 130)
