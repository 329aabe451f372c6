"""Tables and a plot of the lines that depth.sh gathered.

    depth_report.py FOLDER_OF_LINES OUT_FOLDER NAME

Reads FOLDER/*.jsonl, the lines of DepthBenchmark and llama_cpp_depth.py over all rounds, and writes
OUT/NAME.md and OUT/NAME.svg: for each depth the median over all tokens of all rounds.
"""

import glob
import json
import math
import pathlib
import statistics
import sys

WIDTH, HEIGHT = 760, 420
LEFT, RIGHT, TOP, BOTTOM = 70, 150, 30, 50
# Readable on white and on black alike.
GREY = "#808890"
COLOURS = ["#2f81f7", "#e3742f", "#3f9f5f", "#a371f7"]


def read(folder):
    lines = []
    for name in sorted(glob.glob(f"{folder}/*.jsonl")):
        with open(name) as file:
            lines += [json.loads(line) for line in file if line.strip()]
    if not lines:
        raise SystemExit(f"{folder} holds no lines")
    return lines


def series_of(line):
    return line["engine"] + (f", flash attention {line['flash']}" if "flash" in line else "")


def gather(lines):
    """{series: {depth: {decode, spread, prefill, stages, peak, weights, cache}}}"""
    runs = {}
    for line in lines:
        runs.setdefault(series_of(line), {}).setdefault(line["depth"], []).append(line)
    result = {}
    for series, depths in sorted(runs.items(), key=lambda run: (run[0] != "longhaul", run[0])):
        for depth, group in sorted(depths.items()):
            seconds = [s for line in group for s in line["decode_seconds"]]
            medians = [statistics.median(line["decode_seconds"]) for line in group]
            prefills = [line["prefill"]["seconds"] / line["prefill"]["tokens"] for line in group
                        if line["prefill"]]
            stages = {}
            for line in group:
                for stage, value in line.get("stages", {}).items():
                    stages.setdefault(stage, []).append(value)
            result.setdefault(series, {})[depth] = {
                "decode": statistics.median(seconds),
                "spread": (min(medians), max(medians)),
                "prefill": statistics.median(prefills) if prefills else None,
                "stages": {stage: statistics.median(values) for stage, values in stages.items()},
                "peak": max(line["peak_bytes"] for line in group),
                "weights": group[0].get("weight_bytes"),
                "cache": group[0].get("cache_bytes"),
            }
    return result


def row(cells):
    return "| " + " | ".join(cells) + " |\n"


def table(head, rows):
    return row(head) + row(["---"] + ["---:"] * (len(head) - 1)) + "".join(map(row, rows))


def by_depth(data, cell):
    depths = sorted({depth for points in data.values() for depth in points})
    return [[f"{depth:,}"] + [cell(points.get(depth)) for points in data.values()] for depth in depths]


def decode_cell(point):
    if point is None:
        return "–"
    low, high = point["spread"]
    return f"{point['decode'] * 1e3:.1f} ({low * 1e3:.1f} to {high * 1e3:.1f})"


def prefill_cell(point):
    return f"{point['prefill'] * 1e3:.2f}" if point and point["prefill"] else "–"


def markdown(name, data, lines):
    threads = sorted({line["threads"] for line in lines})
    models = sorted({line["model"] for line in lines})
    out = f"# {name}\n\n{', '.join(models)}, {' and '.join(map(str, threads))} threads.\n"
    out += "The cache is filled with made-up rows in both engines.\n"
    out += f"\n![Decode by depth]({name}.svg)\n"
    head = ["tokens in the cache", *data]
    out += "\n## Milliseconds a token\n\nMedian of all tokens (lowest to highest median of a round).\n\n"
    out += table(head, by_depth(data, decode_cell))
    out += "\n## Seconds for 1,000 tokens of a prompt\n\n"
    out += table(head, by_depth(data, prefill_cell))
    for series, points in data.items():
        stages = list(dict.fromkeys(stage for point in points.values() for stage in point["stages"]))
        if stages:
            out += f"\n## Where a token's milliseconds go: {series}\n\n"
            out += table(["tokens in the cache", *[stage.replace("_", " ") for stage in stages]],
                         [[f"{depth:,}"] + [f"{point['stages'].get(stage, 0) * 1e3:.2f}" for stage in stages]
                          for depth, point in points.items()])
    out += "\n## Memory, GB\n\nMost that was resident, in a run that goes through all depths in turn.\n\n"
    rows = []
    for series, points in data.items():
        for depth, point in points.items():
            planned = "–"
            if point["weights"] is not None:
                planned = f"{point['weights'] / 1e9:.2f} + {point['cache'] / 1e9:.2f}"
            rows.append([series, f"{depth:,}", f"{point['peak'] / 1e9:.2f}", planned])
    out += table(["engine", "tokens in the cache", "resident", "weights + planned cache"], rows)
    return out


def svg(data):
    points = [(depth, point["decode"] * 1e3) for series in data.values() for depth, point in series.items()]
    low, high = math.log2(min(d for d, _ in points)), math.log2(max(d for d, _ in points))
    high = max(high, low + 1)
    top = nice(max(value for _, value in points))
    x = lambda depth: LEFT + (math.log2(depth) - low) / (high - low) * (WIDTH - LEFT - RIGHT)
    y = lambda value: HEIGHT - BOTTOM - value / top * (HEIGHT - TOP - BOTTOM)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
           f'font-family="sans-serif" font-size="12" fill="{GREY}">',
           f'<text x="{LEFT}" y="{TOP - 12}">milliseconds a token, by tokens in the cache</text>']
    for i in range(5):
        value = top * i / 4
        out.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(value):.1f}" y2="{y(value):.1f}" '
                   f'stroke="{GREY}" stroke-opacity="{1 if i == 0 else 0.25}"/>')
        out.append(f'<text x="{LEFT - 8}" y="{y(value) + 4:.1f}" text-anchor="end">{value:g}</text>')
    for depth in sorted({depth for depth, _ in points}):
        out.append(f'<text x="{x(depth):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{short(depth)}</text>')
    labels = []
    for i, (series, depths) in enumerate(data.items()):
        colour = COLOURS[i % len(COLOURS)]
        places = [(x(depth), y(point["decode"] * 1e3)) for depth, point in depths.items()]
        out.append(f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="'
                   + " ".join(f"{px:.1f},{py:.1f}" for px, py in places) + '"/>')
        out += [f'<circle cx="{px:.1f}" cy="{py:.1f}" r="3.5" fill="{colour}"/>' for px, py in places]
        labels.append((places[-1][1], places[-1][0], series, colour))
    below = -1e9
    for py, px, series, colour in sorted(labels):
        words = series.split(", ")
        below = max(py, below + 14)
        for word in words:
            out.append(f'<text x="{px + 10:.1f}" y="{below + 4:.1f}" fill="{colour}">{word}</text>')
            below += 14
    return "\n".join(out + ["</svg>", ""])


def nice(value):
    step = 10 ** math.floor(math.log10(value))
    return next(step * factor for factor in (1, 1.2, 1.6, 2, 3, 4, 6, 8, 10) if step * factor >= value)


def short(depth):
    return f"{round(depth / 1024)}k" if depth < 1_000_000 else "1M"


def main():
    if len(sys.argv) != 4:
        raise SystemExit(__doc__)
    lines = read(sys.argv[1])
    data = gather(lines)
    out = pathlib.Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    name = sys.argv[3]
    (out / f"{name}.md").write_text(markdown(name, data, lines))
    (out / f"{name}.svg").write_text(svg(data))
    print(f"wrote {out / name}.md and .svg")


if __name__ == "__main__":
    main()
