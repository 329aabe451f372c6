"""A chart of a race: for each speed a bar as long as Longhaul's over llama.cpp's."""

import math
from xml.sax.saxutils import escape

import race_report

WIDTH, LEFT, RIGHT = 860, 250, 250
TOP, ROW, BAR, HEADING, BOTTOM = 64, 24, 16, 32, 36

STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #1f2328; }
  .title { font-size: 16px; font-weight: 600; }
  .heading { font-weight: 600; }
  .small { font-size: 12px; fill: #59636e; }
  .grid { stroke: #d1d9e0; }
  .one { stroke: #1f2328; stroke-width: 1.5; }
  .ahead { fill: #1a7f64; }
  .behind { fill: #b35900; }
  .paper { fill: #ffffff; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; }
    .small { fill: #9198a1; }
    .grid { stroke: #3d444d; }
    .one { stroke: #f0f6fc; }
    .ahead { fill: #3fb594; }
    .behind { fill: #e08a3c; }
    .paper { fill: #0d1117; }
  }
"""


def tick(top):
    """A step of 1, 2 or 5 times a power of ten that cuts the axis into at most eight."""
    power = 10.0 ** math.floor(math.log10(top / 8))
    return next(factor * power for factor in (1, 2, 5, 10) if top / (factor * power) <= 8)


def text(x, y, content, style="", anchor="start"):
    kind = f' class="{style}"' if style else ""
    return f'<text x="{x:.1f}" y="{y:.1f}"{kind} text-anchor="{anchor}">{escape(content)}</text>'


def line(x, top, bottom, style):
    return f'<line x1="{x:.1f}" y1="{top:.1f}" x2="{x:.1f}" y2="{bottom:.1f}" class="{style}"/>'


def bars(races, scale, y):
    for race in races:
        ratio = race["ratio"]
        style = "ahead" if ratio >= 1 else "behind"
        rates = f"{race['longhaul']['median']:.1f} : {race['llama_cpp']['median']:.1f} {race['unit']}"
        yield text(LEFT - 10, y + BAR - 3, race["figure"], anchor="end")
        yield (f'<rect x="{LEFT}" y="{y}" width="{scale(ratio) - LEFT:.1f}" height="{BAR}" rx="2" '
               f'class="{style}"><title>{escape(rates)}</title></rect>')
        yield text(WIDTH - RIGHT + 14, y + BAR - 3, f"{ratio:.2f}", "heading")
        yield text(WIDTH - RIGHT + 58, y + BAR - 3, rates, "small")
        y += ROW


def chart(report):
    """The chart as SVG, for the figures of which more is better."""
    groups = race_report.groups([r for r in report["races"] if r["better"] == "more"])
    rows = sum(len(races) for races in groups.values())
    end = TOP + len(groups) * HEADING + rows * ROW
    top = 1.05 * max([1.2] + [race["ratio"] for races in groups.values() for race in races])
    step = tick(top)
    ticks = range(int(top / step) + 1)

    def scale(ratio):
        return LEFT + ratio / top * (WIDTH - RIGHT - LEFT)

    options = report["options"]
    about = f"{report['processor']}, {report['date'][:10]}, medians of {options['rounds']} rounds"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {end + BOTTOM}" '
        f'width="{WIDTH}" height="{end + BOTTOM}" role="img" '
        'aria-label="Speed of Longhaul over that of llama.cpp">',
        f"<style>{STYLE}</style>",
        f'<rect class="paper" width="{WIDTH}" height="{end + BOTTOM}" rx="6"/>',
        text(20, 28, "Longhaul : llama.cpp, tokens per second", "title"),
        text(20, 48, about, "small"),
    ]
    y = TOP
    for key, races in groups.items():
        parts.append(text(20, y + HEADING - 12, race_report.title(key), "heading"))
        y += HEADING
        parts += [line(scale(i * step), y - 4, y + ROW * len(races), "grid") for i in ticks]
        parts += bars(races, scale, y)
        y += ROW * len(races)
        parts.append(line(scale(1), y - ROW * len(races) - 4, y, "one"))
    parts += [text(scale(i * step), end + 18, f"{i * step:g}", "small", "middle") for i in ticks]
    parts += ["</svg>", ""]
    return "\n".join(parts)
