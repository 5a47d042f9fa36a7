"""The results as Markdown: ratios Millrace : Kafka, goals, and what was not clean."""

import dataclasses

from . import systems

DURABLE, MEMORY, KAFKA = systems.DURABLE.name, systems.MEMORY.name, systems.KAFKA.name


@dataclasses.dataclass(frozen=True)
class Goal:
    """`memory` and `durable` are what the ratio has to reach: at least that for more-is-better, else at most."""

    title: str
    workload: str
    figure: str
    memory: float
    durable: float


# Stated for three nodes with replication factor 3; with one node they show where it stands.
GOALS = (
    Goal("produce acks=all, records per broker CPU-second", "produce", "records_per_cpu_s", 3, 2),
    Goal("maximum throughput acks=all, 1 KiB", "produce", "mb_s", 2, 1.5),
    Goal("consume from cache, MB per broker CPU-second", "consume-cache", "mb_per_cpu_s", 1.2, 1.2),
    Goal("produce p99 at 10 MB/s", "rate-10", "p99_ms", 1 / 4, 1 / 2),
    Goal("one at a time, p50", "one-by-one", "p50_ms", 1 / 3, 2 / 3),
    Goal("one at a time, p99", "one-by-one", "p99_ms", 1 / 3, 2 / 3),
    Goal("catch-up reader, MB/s", "catch-up", "reader_mb_s", 1, 1),
    Goal("start-up", "start-up", "ready_ms", 1 / 20, 1 / 20),
    Goal("restart after kill -9", "restart", "ready_ms", 1 / 20, 1 / 20),
    Goal("resident memory, idle", "idle", "resident_mb", 1 / 8, 1 / 8),
    Goal("resident memory, under load", "produce", "resident_mb", 1 / 8, 1 / 8),
    Goal("topic creation, one at a time", "topics", "topics_s", 5, 3),
)
BESIDE_READER_MAX = 1.15


def number(value):
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def ratio(results, workload, system, figure):
    ours, theirs = results.median(workload, system, figure), results.median(workload, KAFKA, figure)
    if system == MEMORY and ours is None:
        ours = results.median(workload, DURABLE, figure)  # where durability makes no difference
    return ours / theirs if ours is not None and theirs else None


def figure_lines(results):
    lines = ["| workload | figure | Kafka | Millrace durable | ratio | Millrace memory | ratio |", "|---|---|---|---|---|---|---|"]
    for workload in dict.fromkeys(name for name, _ in results.rows):
        rows = {system: results.rows.get((workload, system)) for system in (KAFKA, DURABLE, MEMORY)}
        names = dict.fromkeys(name for row in rows.values() if row for name in row["figures"])
        for figure in names:
            cells = [cell(rows[KAFKA], figure)]
            for system in (DURABLE, MEMORY):
                if waits_for := rows[KAFKA] and rows[KAFKA]["waits_for"]:
                    cells += [f"not yet: {waits_for}" if system == DURABLE else "", ""]
                    continue
                times = ratio(results, workload, system, figure) if rows[system] else None
                cells += [cell(rows[system], figure), f"**{number(times)}**" if times is not None else ""]
            unit = next(row["figures"][figure]["unit"] for row in rows.values() if row and figure in row["figures"])
            lines.append(f"| {workload} | {unit} | " + " | ".join(cells) + " |")
    return lines


def cell(row, figure):
    if not row or figure not in row["figures"]:
        return "none: failed" if row and row["failures"] else ""
    values = row["figures"][figure]
    spread = "" if values["min"] == values["max"] else f" ({number(values['min'])} to {number(values['max'])})"
    return f"{number(values['median'])}{spread}"


def verdict(value, wanted, more_is_better):
    if value is None:
        return "not measured"
    met = value >= wanted if more_is_better else value <= wanted
    return f"{number(value)} of {number(wanted)}" + ("" if met else " **missed**")


def goal_lines(results):
    lines = ["| goal (ratio Millrace : Kafka) | memory | durable |", "|---|---|---|"]
    for goal in GOALS:
        row = results.rows.get((goal.workload, KAFKA))
        if not row or goal.figure not in row["figures"]:
            continue
        more = row["figures"][goal.figure]["more_is_better"]
        cells = [verdict(ratio(results, goal.workload, system, goal.figure), wanted, more)
                 for system, wanted in ((MEMORY, goal.memory), (DURABLE, goal.durable))]
        lines.append(f"| {goal.title} | {cells[0]} | {cells[1]} |")
    if ("catch-up", KAFKA) in results.rows:
        cells = [verdict(results.median("catch-up", system, "beside_reader"), BESIDE_READER_MAX, False) for system in (MEMORY, DURABLE)]
        kafka = results.median("catch-up", KAFKA, "beside_reader")
        lines.append(f"| live p99 beside a catch-up reader, times p99 alone (Kafka {number(kafka) if kafka else 'none'}) | {cells[0]} | {cells[1]} |")
    return lines


def trouble_lines(results):
    lines = []
    for (workload, system), row in results.rows.items():
        lines += [f"- {workload}, {system}, no figure: {why}" for why in row["failures"]]
        lines += [f"- {workload}, {system}, not clean, {why}" for why in row["not_clean"]]
    return lines


def markdown(results, complete):
    header = results.header
    machine, versions = header["machine"], header["versions"]
    lines = ["# Millrace beside Apache Kafka", "",
             f"{machine['cores']} cores ({machine['cpu']}), {machine['memory_gb']} GB, {machine['file_system']}, Linux {machine['kernel']}; "
             f"Kafka {versions['kafka']} with a heap of {systems.HEAP}, Millrace {versions['millrace']} ({header['commit']}), "
             f"{header['profile']}, one node each, plaintext. Medians, with the spread of the runs in brackets.", ""]
    if not complete:
        lines += ["**Partial: the comparison was interrupted or a run failed.**", ""]
    if header["quick"]:
        lines += ["**--quick: sizes too small for figures; it shows that everything runs.**", ""]
    lines += ["## Goals", "", *goal_lines(results), "", "## Figures", "", *figure_lines(results), ""]
    if trouble := trouble_lines(results):
        lines += ["## Not clean", "", *trouble, ""]
    return "\n".join(lines)
