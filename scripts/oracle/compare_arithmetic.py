"""How far the choice of arithmetic moves llama.cpp's argmax.

    compare_arithmetic.py MODEL.gguf REFERENCE.json.gz [--threads 2] [--only TEXT]

REFERENCE comes from llama_cpp_reference.py. Each kind of arithmetic is fed the recorded tokens
(teacher forcing) and its argmax is compared with the recorded one, step by step:

  float            dequantized weights, float32 everywhere (transformers)
  +cache           q, k, v rounded to f16
  +activations     inputs of matrix products rounded to int8 as ggml does
  +all             all roundings of ggml that float_reference.py knows
  llama.cpp, ...   llama.cpp against itself, with another shape of batch or attention

The last group says what can be asked of anyone: steps that llama.cpp does not repeat itself.
"""

import argparse
import gzip
import json
import math
import pathlib

import numpy
import torch

import float_reference
from llama_cpp_session import Session

NEAR_TIES = (0.05, 0.1, 0.2, 0.5, 1.0)


def whole(prompt):
    """The tokens to feed, and how many positions in front of the first step's logits."""
    return prompt["tokens"] + prompt["best"][:-1], len(prompt["tokens"]) - 1


def by_float(path, roundings):
    model = float_reference.load(path, roundings)

    def steps(prompt):
        tokens, skip = whole(prompt)
        return float_reference.logits(model, tokens, skip)

    return steps


def by_llama_cpp(path, threads, one_batch, **options):
    session = Session(path, 2048, threads, **options)

    def steps(prompt):
        tokens, skip = whole(prompt)
        session.clear()
        if one_batch:
            return session.feed(tokens, range(skip, len(tokens)))
        rows = [session.feed(tokens[:skip + 1])]
        rows += [session.feed([token]) for token in tokens[skip + 1:]]
        return numpy.concatenate(rows)

    return steps


def compare(name, steps, prompts):
    flips, drift, top_drift, count = [], 0.0, 0.0, 0
    for index, prompt in enumerate(prompts):
        logits = steps(prompt)
        for step, row in enumerate(logits):
            best, second = prompt["best"][step], prompt["second"][step]
            gap = prompt["bestLogit"][step] - prompt["secondLogit"][step]
            ours = float(row[best] - row[second])
            drift += (ours - gap) ** 2
            top_drift += (float(row[best]) - prompt["bestLogit"][step]) ** 2
            count += 1
            choice = int(row.argmax())
            if choice != best:
                least = prompt.get("leastGap", prompt["bestLogit"])[step]
                flips.append((index, step, gap, float(row[choice] - row[best]), least))
    print(f"{name}: rms change of the top-2 gap {math.sqrt(drift / count):.4f}, "
          f"of the best logit {math.sqrt(top_drift / count):.4f}; {len(flips)} of {count} argmax "
          "differ; by llama.cpp's gap: "
          + ", ".join(f">={tie}: {sum(f[2] >= tie for f in flips)}" for tie in NEAR_TIES)
          + "; by the least gap of its configurations: "
          + ", ".join(f">={tie}: {sum(f[4] >= tie for f in flips)}" for tie in NEAR_TIES),
          flush=True)
    for index, step, gap, ours, least in flips:
        if gap >= NEAR_TIES[0]:
            print(f"    prompt {index:2} step {step:2}: llama.cpp's gap {gap:.3f}, the least of its "
                  f"configurations {least:.3f}, here the other leads by {ours:.3f}")


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("model", type=pathlib.Path)
    arguments.add_argument("reference", type=pathlib.Path)
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--only", default="", help="those whose name contains this")
    args = arguments.parse_args()
    torch.set_num_threads(args.threads)
    prompts = json.loads(gzip.decompress(args.reference.read_bytes()))["prompts"]
    for name, roundings in (
        ("float", ()),
        ("float +cache", ("cache",)),
        ("float +activations", ("activations",)),
        ("float +all", ("activations", "cache", "gelu") if "gemma" in args.model.name
         else ("activations", "cache")),
    ):
        if args.only in name:
            compare(name, by_float(args.model, roundings), prompts)
    for name, one_batch, options in (
        ("llama.cpp, the same again", False, {}),
        ("llama.cpp, all tokens in one batch", True, {}),
        ("llama.cpp, flash attention off", False, {"flash": False}),
        ("llama.cpp, no repacking", False, {"repack": False}),
    ):
        if args.only in name:
            compare(name, by_llama_cpp(args.model, args.threads, one_batch, **options), prompts)


if __name__ == "__main__":
    main()
