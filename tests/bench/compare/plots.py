"""Plots of a comparison: latency against throughput, and every ratio at a glance. PNG and SVG."""

from . import report, systems

COLOURS = {"kafka": "#7f7f7f", "durable": "#1f77b4", "memory": "#2ca02c"}
STYLES = {"p50_ms": ":", "p99_ms": "-", "p999_ms": "--"}


def draw(results, stem):
    """Returns the files, or a sentence that says why there are none."""
    try:
        import matplotlib  # pylint: disable=import-outside-toplevel  (an optional package)
    except ImportError:
        return [], "no plots: install python3-matplotlib"
    matplotlib.use("Agg")
    from matplotlib import pyplot  # pylint: disable=import-outside-toplevel
    files = []
    for name, make in (("latency", latency), ("ratios", ratios)):
        figure = make(pyplot, results)
        if figure is None:
            continue
        for kind in ("png", "svg"):
            path = stem.with_name(f"{stem.name}-{name}.{kind}")
            figure.savefig(path, dpi=120, bbox_inches="tight")
            files.append(path)
        pyplot.close(figure)
    return files, None


def latency(pyplot, results):
    points = sorted({row["parameters"]["mb_s"] for row in results.rows.values() if "mb_s" in row["parameters"]})
    if len(points) < 2:
        return None
    figure, both = pyplot.subplots(1, 2, figsize=(12, 5), sharey=True)
    for axes, prefix, title in ((both[0], "", "until acknowledged"), (both[1], "read_", "until read")):
        for system in systems.SYSTEMS:
            for name, style in STYLES.items():
                found = [(mb_s, results.median(f"rate-{mb_s}", system.name, prefix + name)) for mb_s in points]
                found = [point for point in found if point[1] is not None]
                if found:
                    axes.plot(*zip(*found), style, marker=".", color=COLOURS[system.name],
                              label=f"{system.title}, {name.removesuffix('_ms')}")
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_title(title)
        axes.set_xlabel("MB/s offered")
        axes.grid(True, which="major", alpha=0.3)
    both[0].set_ylabel("milliseconds")
    both[1].legend(fontsize=8)
    return figure


def ratios(pyplot, results):
    bars = []
    for (workload, system), row in results.rows.items():
        if system == systems.KAFKA.name:
            continue
        for name, values in row["figures"].items():
            times = report.ratio(results, workload, system, name)
            if times:
                better = times if values["more_is_better"] else 1 / times
                bars.append((f"{workload}: {values['unit']}", system, better))
    if not bars:
        return None
    labels = list(dict.fromkeys(label for label, _, _ in bars))
    figure, axes = pyplot.subplots(figsize=(9, 0.26 * len(labels) + 1.5))
    for label, system, better in bars:
        axes.plot(better, len(labels) - labels.index(label), "o" if system == "durable" else "D", color=COLOURS[system], markersize=5)
    for system in ("durable", "memory"):
        axes.plot([], [], "o" if system == "durable" else "D", color=COLOURS[system], label=f"Millrace, {system}")
    axes.axvline(1, color=COLOURS["kafka"], label="Kafka")
    axes.set_xscale("log")
    axes.set_yticks([len(labels) - i for i in range(len(labels))], labels, fontsize=7)
    axes.set_xlabel("times better than Kafka")
    axes.grid(True, axis="x", alpha=0.3)
    axes.legend(fontsize=8, loc="lower right")
    return figure
