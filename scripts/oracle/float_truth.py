"""Adds to a reference of llama.cpp what the same weights say in float32, step by step.

    float_truth.py MODEL.gguf REFERENCE.json.gz [--threads 1]

The model is fed llama.cpp's own tokens. "floatBest", "floatSecond" and their logits are those of
float_reference.py: a truth without llama.cpp's rounded activations, which an engine that computes
in floats must meet closely.
"""

import argparse
import gzip
import json
import pathlib

import numpy
import torch

from compare_arithmetic import by_float


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("model", type=pathlib.Path)
    arguments.add_argument("reference", type=pathlib.Path)
    arguments.add_argument("--threads", type=int, default=1)
    args = arguments.parse_args()
    torch.set_num_threads(args.threads)
    fixture = json.loads(gzip.decompress(args.reference.read_bytes()))
    steps = by_float(args.model, ())
    same, least = 0, numpy.inf
    for prompt in fixture["prompts"]:
        rows = steps(prompt)
        order = numpy.argsort(-rows, axis=1, kind="stable")[:, :2]
        logits = numpy.take_along_axis(rows, order, 1).astype(float)
        prompt["floatBest"], prompt["floatSecond"] = order.T.tolist()
        prompt["floatBestLogit"], prompt["floatSecondLogit"] = logits.round(5).T.tolist()
        same += int((order[:, 0] == prompt["best"]).sum())
        least = min(least, (logits[:, 0] - logits[:, 1]).min())
    packed = json.dumps(fixture, ensure_ascii=False, separators=(",", ":")).encode()
    args.reference.write_bytes(gzip.compress(packed, mtime=0))
    print(f"{args.reference.name}: {args.reference.stat().st_size} bytes; float32 agrees with "
          f"llama.cpp at {same} steps; its least gap is {least:.5f}")


if __name__ == "__main__":
    main()
