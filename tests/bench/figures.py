"""The figures of one run: printed as they come, then written to .local/bench with what a reader needs beside them."""

import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
DIRECTORY = ROOT / ".local" / "bench"


class Figures:
    def __init__(self):
        self.rows = []
        DIRECTORY.mkdir(parents=True, exist_ok=True)

    def row(self, name, values, unit, goal="", **parameters):
        values = sorted(values)
        row = {"name": name, "value": statistics.median(values), "min": values[0], "max": values[-1], "unit": unit,
               "goal": goal, "parameters": parameters}
        self.rows.append(row)
        print(f"{name:58} {row['value']:10.3f} {unit:9} {row['min']:.3f}..{row['max']:.3f}  goal {goal or '-'}", flush=True)

    def run(self, bench, names):
        """Calls each method so named; one that gives no figure does not keep the others from theirs. Returns their names."""
        failed = []
        for name in names:
            try:
                getattr(bench, name)()
            except (AssertionError, OSError, subprocess.SubprocessError, KeyError, ValueError) as error:
                failed.append(name)
                print(f"{name}: no figure: {error}", flush=True)
        return failed

    def finish(self, what, quick, failed):
        commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True).stdout.strip()
        report = {"machine": {"cores": os.cpu_count(), "kernel": platform.release()}, "commit": commit, "quick": quick,
                  "complete": not failed, "figures": self.rows}
        path = DIRECTORY / f"{what}.json"
        path.write_text(json.dumps(report, indent=1) + "\n")
        print(f"written to {path.relative_to(ROOT)}")
        if failed:
            sys.exit(f"dev: no figure for {', '.join(failed)}")
