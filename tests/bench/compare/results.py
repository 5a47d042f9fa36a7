"""Figures as they come in: medians, spreads, what was not clean; written after every run, so that an interrupted
comparison keeps what it measured and says that it is partial."""

import json
import os
import statistics

from . import workloads

VERSION = 1


def _identity(value):
    """Without what the kernel works out anew from the memory that is free at the moment."""
    if not isinstance(value, dict):
        return value
    return {key: each for key, each in value.items() if not key.startswith("dirty_")}


class Results:
    def __init__(self, path, header, resume):
        self.path = path
        self.header = header
        self.rows = {}  # (workload, system) -> row
        if resume and path.is_file():
            self._load()

    def _load(self):
        old = json.loads(self.path.read_text())
        same = ("version", "machine", "versions", "commit", "quick", "profile")
        changed = [key for key in same if _identity(old.get(key)) != _identity(self.header.get(key))]
        if changed:
            raise ValueError(f"cannot resume {self.path.name}: it was made with another {', '.join(changed)}; run without --resume")
        self.header["started"] = old["started"]
        self.rows = {(row["workload"], row["system"]): row for row in old["results"]}

    def count(self, workload, system):
        """How many runs there are already."""
        row = self.rows.get((workload.name, system.name))
        return row["runs"] if row else 0

    def _row(self, workload, system):
        return self.rows.setdefault((workload.name, system.name), {
            "workload": workload.name, "about": workload.about, "system": system.name, "parameters": workload.parameters,
            "waits_for": workload.waits_for, "runs": 0, "figures": {}, "not_clean": [], "failures": []})

    def add(self, workload, system, figures, notes):
        row = self._row(workload, system)
        row["runs"] += 1
        row["not_clean"] += [f"run {row['runs']}: {note}" for note in notes]
        for name, value in figures.items():
            unit, more_is_better = workloads.FIGURES[name]
            figure = row["figures"].setdefault(name, {"unit": unit, "more_is_better": more_is_better, "values": []})
            figure["values"].append(round(value, 4))
            figure |= {"median": statistics.median(figure["values"]), "min": min(figure["values"]), "max": max(figure["values"])}
            row["figures"][name] = figure

    def add_failure(self, workload, system, why):
        self._row(workload, system)["failures"].append(why)

    def median(self, workload, system, figure):
        """None when there is no such figure."""
        row = self.rows.get((workload, system))
        return row["figures"][figure]["median"] if row and figure in row["figures"] else None

    def save(self, complete):
        document = {**self.header, "complete": complete, "results": list(self.rows.values())}
        temporary = self.path.with_suffix(".tmp")
        temporary.write_text(json.dumps(document, indent=1) + "\n")
        os.replace(temporary, self.path)
