"""What the runs of a race come to: medians over the rounds, their ratios, and a table of them."""

import dataclasses
import os
import statistics


@dataclasses.dataclass(frozen=True)
class Work:
    """What a process does."""
    name: str
    prompt: int
    gen: int
    depth: int = 0
    busy: int = 0
    reps: int = 1
    warm_up: int = 0
    cold: bool = False


@dataclasses.dataclass(frozen=True)
class Run:
    """What a process of an engine did: its JSON, and its peak of resident memory in bytes."""
    engine: str
    model: str
    threads: int
    work: Work
    result: dict
    peak: int


def spread(values):
    return {"median": statistics.median(values), "min": min(values), "max": max(values),
            "rounds": values}


def figures(run):
    """The figures of a process: (name, unit, whether more is better, value)."""
    for part, tokens in (("prefill", run.work.prompt), ("decode", run.work.gen)):
        rates = run.result[part]["tokens_per_second"]
        if rates:
            name = f"{part} {tokens} {run.work.name}".rstrip()
            yield name, "tokens/s", True, statistics.median(rates)
    if run.work.cold:
        yield "peak memory", "MB", False, run.peak / 1e6


def summarize(runs):
    """A race for each model, number of threads and figure, in the order of the runs."""
    values = {}
    for run in runs:
        for name, unit, more, value in figures(run):
            race = values.setdefault((run.model, run.threads, name, unit, more), {})
            race.setdefault(run.engine, []).append(value)
    races = []
    # sorted() keeps the order of the runs within a model and number of threads.
    order = list(dict.fromkeys(key[:2] for key in values))
    for key in sorted(values, key=lambda key: order.index(key[:2])):
        model, threads, name, unit, more = key
        ours, theirs = (spread(values[key][engine]) for engine in ("longhaul", "llama_cpp"))
        races.append({
            "model": os.path.basename(model), "threads": threads, "figure": name, "unit": unit,
            "better": "more" if more else "less", "longhaul": ours, "llama_cpp": theirs,
            "ratio": ours["median"] / theirs["median"]})
    return {"races": races}


def groups(races):
    """The races by model and number of threads."""
    found = {}
    for race in races:
        found.setdefault((race["model"], race["threads"]), []).append(race)
    return found


def title(key):
    model, threads = key
    return f"{model}, {threads} thread{'' if threads == 1 else 's'}"


def show(values):
    return f"{values['median']:.1f} ({values['min']:.1f} to {values['max']:.1f})"


def table(report):
    load = report["load_average"]
    averages = [" ".join(f"{value:.2f}" for value in load[when]) for when in ("before", "after")]
    versions = report["versions"]
    options = report["options"]
    lines = [
        f"{report['processor']}, {report['processors']} processors, {report['date']}",
        f"{versions['longhaul']}, llama-cpp-python {versions['llama-cpp-python']}",
        f"load average before: {averages[0]}; after: {averages[1]}",
        f"medians of {options['rounds']} rounds (lowest to highest), each the median of "
        f"{options['reps']} repetitions after {options['warm_up']}; cold: the first of a process",
    ]
    for key, races in groups(report["races"]).items():
        lines += ["", title(key), f"  {'':38}{'longhaul':>27}{'llama.cpp':>27}{'ratio':>8}"]
        for race in races:
            lines.append(f"  {race['figure'] + ', ' + race['unit']:38}{show(race['longhaul']):>27}"
                         f"{show(race['llama_cpp']):>27}{race['ratio']:8.2f}")
    return "\n".join(lines)
