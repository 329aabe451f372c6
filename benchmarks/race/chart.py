"""The ratios of a race as an SVG of bars that reads on light and dark ground."""

from xml.sax.saxutils import escape

BAR = 16
GAP = 6
LEFT = 330
WIDTH = 420


def draw(rows, about):
    largest = max(2.0, *(row["ratio_median"] for row in rows)) * 1.05
    scale = WIDTH / largest
    height = 60 + len(rows) * (BAR + GAP) + 30
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + 70} {height}" '
             'font-family="sans-serif" font-size="12">',
             "<style>text{fill:#24292f}.p{fill:#2f6feb}.d{fill:#1a7f37}line{stroke:#8c959f}"
             "@media(prefers-color-scheme:dark){text{fill:#e6edf3}.p{fill:#6ca4ff}.d{fill:#3fb950}}"
             "</style>",
             '<text x="8" y="20" font-size="14">Tokens per second, Longhaul / llama.cpp</text>',
             f'<text x="8" y="38">{escape(about["processor"])}, medians of {about["rounds"]} rounds'
             "; blue: prefill, green: decode</text>"]
    top = 52
    for i, row in enumerate(rows):
        y = top + i * (BAR + GAP)
        name = f'{row["model"]}, {row["threads"]} thr., {row["work"]} {row["tokens"]}'
        kind = row["work"][0]
        length = row["ratio_median"] * scale
        parts.append(f'<text x="{LEFT - 8}" y="{y + 12}" text-anchor="end">{escape(name)}</text>'
                     f'<rect class="{kind}" x="{LEFT}" y="{y}" width="{length:.1f}" height="{BAR}"/>'
                     f'<text x="{LEFT + length + 5:.1f}" y="{y + 12}">{row["ratio_median"]:.2f}</text>')
    end = top + len(rows) * (BAR + GAP)
    one = LEFT + scale
    parts.append(f'<line x1="{one:.1f}" y1="{top - 6}" x2="{one:.1f}" y2="{end}"/>'
                 f'<text x="{one:.1f}" y="{end + 14}" text-anchor="middle">1.0</text></svg>')
    return "\n".join(parts) + "\n"
