"""The race itself: runs both engines in turn, and hands what they did to the report. See README.md."""

import argparse
import contextlib
import datetime
import importlib.metadata
import json
import os
import pathlib
import platform
import signal
import subprocess
import sys

import race_report
import race_svg

HERE = pathlib.Path(__file__).resolve().parent
LONGHAUL = HERE.parent.parent / "longhaul"
ENGINES = ("longhaul", "llama_cpp")

# Ends by itself when the race has gone, however that ended.
BUSY = "while kill -0 $0 2>/dev/null; do i=0; while [ $i -lt 50000 ]; do i=$((i + 1)); done; done"


def natural(text):
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not at least 1")
    return value


def whole(text):
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError(f"{text} is negative")
    return value


def parse_options():
    parser = argparse.ArgumentParser(
        prog="race.sh", description="Longhaul against llama.cpp, on the same files, in turn.")
    add = parser.add_argument
    add("--model", action="append", metavar="NAME|FILE",
        help="a GGUF, or a name that longhaul pull knows; repeatable; default: smollm2-135m")
    add("--threads", default=str(os.cpu_count()), metavar="N,...",
        help="counts of threads; default: all, %(default)s here")
    add("--prompt", type=natural, default=512, metavar="N", help="tokens of prefill; default: 512")
    add("--gen", type=natural, default=128, metavar="N", help="tokens of decode; default: 128")
    add("--depth", type=whole, default=0, metavar="N",
        help="also decode after N tokens in the cache; default: 0, no")
    add("--busy", type=whole, default=0, metavar="N",
        help="also decode beside N busy processes; default: 0, no")
    add("--rounds", type=natural, default=5, metavar="N",
        help="processes of each kind and engine; default: 5")
    add("--reps", type=natural, default=3, metavar="N",
        help="timed repetitions in a process; default: 3")
    add("--warm-up", type=whole, default=1, metavar="N",
        help="untimed repetitions in a process; default: 1")
    add("--kernels", metavar="X", help="Longhaul's kernels; default: its own choice")
    add("--json", type=pathlib.Path, metavar="FILE", help="write all figures here")
    add("--svg", type=pathlib.Path, metavar="FILE", help="write a chart of the ratios here")
    add("--python", metavar="PYTHON", help="one that has llama-cpp-python (an option of race.sh)")
    options = parser.parse_args()
    try:
        options.threads = [natural(text) for text in options.threads.split(",")]
    except (ValueError, argparse.ArgumentTypeError):
        parser.error(f"--threads is {options.threads}, expected counts such as 1,2")
    options.model = options.model or ["smollm2-135m"]
    return options


def run(command):
    """What a command prints, and the most memory that was resident in it, in bytes."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    try:
        out = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    finally:
        if process.returncode is None:
            process.kill()
            process.wait()
    if process.returncode != 0:
        raise SystemExit(f"race.sh: exit code {process.returncode} of {' '.join(map(str, command))}")
    return out.decode(), usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


@contextlib.contextmanager
def busy(count):
    """So many processes that do nothing but take processor time."""
    processes = []
    try:
        for _ in range(count):
            processes.append(subprocess.Popen(["sh", "-c", BUSY, str(os.getpid())]))
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


def find(model):
    if not os.path.exists(model):
        model = json.loads(run([LONGHAUL, "pull", model, "--json"])[0])["path"]
    path = pathlib.Path(model).resolve()
    if not path.is_file():
        raise SystemExit(f"race.sh: {path} is not a file; both engines run a GGUF of one file")
    # Into the memory, so that neither engine is the one that fetches it from the disk.
    with path.open("rb") as file:
        while file.read(1 << 24):
            pass
    return path


def bench(engine, path, threads, work, options):
    """One process of an engine: its rates, and its peak of memory."""
    if engine == "longhaul":
        command = [LONGHAUL, "bench", "--json"]
        if options.kernels:
            command += ["--kernels", options.kernels]
        command += ["--model", path]
    else:
        command = [sys.executable, HERE / "llama_cpp_bench.py", path]
    for name in ("prompt", "gen", "depth", "reps", "warm_up"):
        command += [f"--{name.replace('_', '-')}", str(getattr(work, name))]
    command += ["--threads", str(threads)]
    with busy(work.busy):
        out, peak = run(command)
    return race_report.Run(engine, str(path), threads, work, json.loads(out), peak)


def works(options):
    warm = {"reps": options.reps, "warm_up": options.warm_up}
    yield race_report.Work("", options.prompt, options.gen, **warm)
    if options.depth:
        yield race_report.Work(f"at depth {options.depth}", 0, options.gen, depth=options.depth, **warm)
    if options.busy:
        yield race_report.Work(f"beside {options.busy} busy", 0, options.gen, busy=options.busy, **warm)
    yield race_report.Work("cold", options.prompt, options.gen, cold=True)


def processor():
    with contextlib.suppress(OSError):
        with open("/proc/cpuinfo") as info:
            for line in info:
                if line.startswith("model name"):
                    return line.split(":", 1)[1].strip()
    if sys.platform == "darwin":
        return run(["sysctl", "-n", "machdep.cpu.brand_string"])[0].strip()
    return platform.processor() or platform.machine()


def main():
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    signal.signal(signal.SIGHUP, lambda number, frame: sys.exit(128 + number))
    options = parse_options()
    before = os.getloadavg()
    # Builds Longhaul if need be, before anything is measured.
    version = run([LONGHAUL, "--version"])[0].strip()
    paths = [find(model) for model in options.model]
    runs = []
    for number in range(options.rounds):
        for path in paths:
            for threads in options.threads:
                for work in works(options):
                    print(f"round {number + 1} of {options.rounds}: {path.name}, {threads} threads"
                          f"{', ' if work.name else ''}{work.name}", file=sys.stderr, flush=True)
                    for engine in ENGINES if number % 2 == 0 else ENGINES[::-1]:
                        runs.append(bench(engine, path, threads, work, options))
    report = race_report.summarize(runs)
    report = {
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "processor": processor(),
        "processors": os.cpu_count(),
        "system": platform.platform(),
        "load_average": {"before": before, "after": os.getloadavg()},
        "versions": {
            "longhaul": version,
            "llama-cpp-python": importlib.metadata.version("llama-cpp-python"),
            "llama.cpp": next(r.result["system"] for r in runs if r.engine == "llama_cpp"),
        },
        "options": {name: getattr(options, name) for name in (
            "threads", "prompt", "gen", "depth", "busy", "rounds", "reps", "warm_up", "kernels")},
        **report,
    }
    print(race_report.table(report))
    if options.json:
        options.json.write_text(json.dumps(report, indent=1) + "\n")
    if options.svg:
        options.svg.write_text(race_svg.chart(report))


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
