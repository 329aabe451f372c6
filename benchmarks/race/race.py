#!/usr/bin/env python3
"""Runs both engines in turn and reports medians, ratios and peak memory; see race.sh."""

import argparse
import datetime
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

import chart

HERE = pathlib.Path(__file__).resolve().parent
BUSY = [sys.executable, "-c", "while True: pass"]


def options():
    parser = argparse.ArgumentParser()
    parser.add_argument("--longhaul", required=True)
    parser.add_argument("--python", required=True)
    parser.add_argument("--model", action="append", required=True)
    parser.add_argument("--threads", default="2")
    parser.add_argument("--prompt", type=int, default=512)
    parser.add_argument("--gen", type=int, default=128)
    parser.add_argument("--depth", type=int, default=0)
    parser.add_argument("--busy", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--reps", type=int, default=3)
    parser.add_argument("--kernels", default="auto")
    parser.add_argument("--json")
    parser.add_argument("--svg")
    return parser.parse_args()


def commands(o, model, threads):
    """Both engines' command lines, and which of ours is for what."""
    sizes = ["--prompt", o.prompt, "--gen", o.gen, "--threads", threads, "--reps", o.reps]
    ours = [o.longhaul, "bench", "--model", model, *sizes, "--depth", o.depth,
            "--context", o.depth + max(o.prompt, o.gen) + 16, "--kernels", o.kernels, "--json"]
    theirs = [o.python, HERE / "race_llama_cpp.py", model, o.prompt, o.gen, threads, o.reps, o.depth]
    return {"longhaul": [str(word) for word in ours], "llama.cpp": [str(word) for word in theirs]}


def run(command):
    """The JSON that a command prints and its peak resident memory in MB."""
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(command, stdout=out)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            raise SystemExit(f"failed with {process.returncode}: {' '.join(command)}")
        out.seek(0)
        return json.load(out) | {"peak_mb": usage.ru_maxrss / 1024}


def beside(count, action):
    """Runs an action beside so many busy processes."""
    busy = [subprocess.Popen(BUSY) for _ in range(count)]
    try:
        return action()
    finally:
        for process in busy:
            process.kill()
            process.wait()


def race(o, model, threads):
    """One row of results for each kind of work."""
    engines = commands(o, model, threads)
    runs = {name: [] for name in engines}
    for number in range(o.rounds):
        print(f"{pathlib.Path(model).name}, {threads} threads: round {number + 1} of {o.rounds}",
              file=sys.stderr)
        order = list(engines) if number % 2 == 0 else list(reversed(engines))
        for name in order:
            runs[name].append(beside(o.busy, lambda: run(engines[name])))
    rows = []
    for work in ("prefill", "decode"):
        if work not in runs["llama.cpp"][0]:
            continue
        row = {"model": pathlib.Path(model).name, "threads": threads, "work": work,
               "tokens": runs["llama.cpp"][0][work]["tokens"], "depth": o.depth, "busy": o.busy}
        for name, results in runs.items():
            rates = [statistics.median(result[work]["tokens_per_second"]) for result in results]
            row[name] = {
                "median": statistics.median(rates), "least": min(rates), "most": max(rates),
                "cold": statistics.median(result["cold"][work] for result in results),
                "peak_mb": statistics.median(result["peak_mb"] for result in results)}
        for key in ("median", "cold", "peak_mb"):
            row[f"ratio_{key}"] = row["longhaul"][key] / row["llama.cpp"][key]
        rows.append(row)
    return rows


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return "unknown"


def show(rows, about):
    print(f"{about['processor']}, {about['processors']} processors, {about['date']}, "
          f"load {about['load_before']:.2f} before and {about['load_after']:.2f} after")
    print(f"medians of {about['rounds']} rounds (lowest to highest), tokens/s; peak memory in MB")
    print(f"{'model':32}{'thr':>4} {'work':12}{'longhaul':>26}{'llama.cpp':>26}{'ratio':>7}"
          f"{'cold':>7}{'memory':>15}")
    for row in rows:
        ours, theirs = row["longhaul"], row["llama.cpp"]
        rate = lambda r: f"{r['median']:.1f} ({r['least']:.1f} to {r['most']:.1f})"
        print(f"{row['model']:32}{row['threads']:>4} {row['work'] + ' ' + str(row['tokens']):12}"
              f"{rate(ours):>26}{rate(theirs):>26}{row['ratio_median']:7.2f}{row['ratio_cold']:7.2f}"
              f"{ours['peak_mb']:7.0f}/{theirs['peak_mb']:.0f}")


def main():
    o = options()
    about = {"processor": processor(), "processors": os.cpu_count(), "rounds": o.rounds,
             "reps": o.reps, "depth": o.depth, "busy": o.busy, "kernels": o.kernels,
             "date": datetime.date.today().isoformat(), "load_before": os.getloadavg()[0]}
    rows = [row for model in o.model for threads in o.threads.split(",")
            for row in race(o, model, int(threads))]
    about["load_after"] = os.getloadavg()[0]
    show(rows, about)
    if o.json:
        pathlib.Path(o.json).write_text(json.dumps(about | {"results": rows}, indent=1) + "\n")
    if o.svg:
        pathlib.Path(o.svg).write_text(chart.draw(rows, about))


if __name__ == "__main__":
    main()
