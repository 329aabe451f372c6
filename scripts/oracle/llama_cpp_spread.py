"""Adds to a reference what llama.cpp's other configurations make of every step.

    llama_cpp_spread.py MODEL.gguf REFERENCE.json.gz [--threads 1]

llama.cpp's integer activations make it a chaotic map: the last bit of a norm or of a softmax moves
an activation to the next integer, and some layers on all activations differ as much as if
everything had been computed in floats. Its own configurations differ from each other by as much as
from a float computation. So the gap of one run says little about whether a step is a near tie.

For every step "leastGap" is the smallest lead that the recorded token has over the best other one
in any of CONFIGURATIONS, all fed the recorded tokens; it is negative where another configuration
of llama.cpp itself picks another token.
"""

import argparse
import gzip
import json
import pathlib

import numpy

from compare_arithmetic import by_llama_cpp

F32 = 0
CONFIGURATIONS = {
    "one batch": (True, {}),
    "one batch, no flash attention": (True, {"flash": False}),
    "one batch, f32 cache": (True, {"cache": F32}),
    "one batch, f32 cache, no flash attention": (True, {"cache": F32, "flash": False}),
    "token by token, no flash attention": (False, {"flash": False}),
    "token by token, f32 cache": (False, {"cache": F32}),
}


def leads(steps, prompt):
    """By how much the recorded token leads the best other one, step by step."""
    found = []
    for row, best in zip(steps(prompt), prompt["best"]):
        others = row.copy()
        others[best] = -numpy.inf
        found.append(float(row[best] - others.max()))
    return found


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("model", type=pathlib.Path)
    arguments.add_argument("reference", type=pathlib.Path)
    arguments.add_argument("--threads", type=int, default=1)
    args = arguments.parse_args()
    fixture = json.loads(gzip.decompress(args.reference.read_bytes()))
    prompts = fixture["prompts"]
    least = [[b - s for b, s in zip(p["bestLogit"], p["secondLogit"])] for p in prompts]
    for name, (one_batch, options) in CONFIGURATIONS.items():
        steps = by_llama_cpp(args.model, args.threads, one_batch, **options)
        changed = 0
        for index, prompt in enumerate(prompts):
            found = leads(steps, prompt)
            changed += sum(lead < 0 for lead in found)
            least[index] = [min(pair) for pair in zip(least[index], found)]
        print(f"{name}: another token at {changed} steps", flush=True)
    for prompt, gaps in zip(prompts, least):
        prompt["leastGap"] = [round(gap, 4) for gap in gaps]
    fixture["configurations"] = list(CONFIGURATIONS)
    steady = sum(gap >= fixture["nearTie"] for gaps in least for gap in gaps)
    packed = json.dumps(fixture, ensure_ascii=False, separators=(",", ":")).encode()
    args.reference.write_bytes(gzip.compress(packed, mtime=0))
    print(f"{args.reference.name}: {args.reference.stat().st_size} bytes; the recorded token leads "
          f"by {fixture['nearTie']} or more everywhere at {steady} of "
          f"{sum(map(len, least))} steps")


if __name__ == "__main__":
    main()
