"""Longhaul and llama.cpp on the same converted files of small random GLM-5.2s.

    llama_cpp_sparse.py LONGHAUL FOLDER

LONGHAUL is the launcher. FOLDER receives the models of cache_loss_models.py, if it lacks them. Each is
converted by `LONGHAUL convert`, loaded by both, and both compute the same tokens, with caches in F32.

F32: prompts three times the selection and more, and then llama.cpp's greedy continuation. The bar is
the same continuation, and a Kullback-Leibler divergence of the next token's distribution below 1e-3
at every position.
Quantized types: prompts within the selection, on the model whose choices are few (random weights are
chaotic: one turned choice of a router changes everything behind it). The bar is a mean divergence
below 1e-2. llama.cpp rounds activations to 8 bits, Longhaul does not.
Exits with 1 where a bar is missed.
"""

import json
import pathlib
import subprocess
import sys

import numpy

from llama_cpp_session import Session

SELECTION = 64
CONTEXT = 512
CONTINUATION = 24
TYPES = ["F16", "BF16", "Q8_0", "Q4_0", "Q6_K", "Q4_K"]


def log_softmax(x):
    x = x.astype(numpy.float64)
    x = x - x.max(-1, keepdims=True)
    return x - numpy.log(numpy.exp(x).sum(-1, keepdims=True))


def divergence(found, expected):
    """KL(expected || found) of every row, in nats."""
    p, q = log_softmax(expected), log_softmax(found)
    return (numpy.exp(p) * (p - q)).sum(-1)


def ours(longhaul, gguf, tokens):
    done = subprocess.run(
        [longhaul, "eval", "logits", "-m", str(gguf), "--json",
         "--tokens", ",".join(map(str, tokens))],
        capture_output=True, text=True, check=True)
    return numpy.array(json.loads(done.stdout)["logits"])


def prompts(vocabulary, length):
    for seed in range(3):
        yield numpy.random.default_rng(seed).integers(3, vocabulary, length).tolist()


def convert(longhaul, folder, kind):
    gguf = folder.with_suffix(f".{kind}.gguf")
    subprocess.run([longhaul, "convert", str(folder), "--type", kind, "--output", str(gguf),
                    "--force"], check=True, capture_output=True)
    return gguf


def compare(longhaul, folder, kind, length, continuation):
    gguf = convert(longhaul, folder, kind)
    session = Session(gguf, CONTEXT, 1, flash=False, cache=0, repack=False)
    rows, same, steps = [], 0, 0
    try:
        for tokens in prompts(session.vocabulary_size, length):
            session.clear()
            expected = session.feed(tokens, range(len(tokens)))
            text = list(tokens)
            for _ in range(continuation):
                text.append(int(expected[-1].argmax()))
                row = session.feed(text[-1:], range(1))
                expected = numpy.concatenate([expected, row])
            found = ours(longhaul, gguf, text)
            rows.append(divergence(found, expected))
            best = found[len(tokens) - 1:].argmax(-1)
            same += int((best == expected[len(tokens) - 1:].argmax(-1)).sum())
            steps += len(best)
    finally:
        session.close()
    return numpy.concatenate(rows), same, steps


def main():
    longhaul, out = sys.argv[1], pathlib.Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    if not (out / "glm-moe-dsa-calm").exists():
        script = pathlib.Path(__file__).with_name("cache_loss_models.py")
        subprocess.run([sys.executable, str(script), str(out)], check=True)
    missed = False
    for name in ["lively", "calm"]:
        kl, same, steps = compare(longhaul, out / f"glm-moe-dsa-{name}", "F32",
                                  3 * SELECTION + 8, CONTINUATION)
        holds = same == steps and kl.max() < 1e-3
        missed |= not holds
        print(f"{name} F32, {3 * SELECTION + 8} tokens: {same} of {steps} choices the same, "
              f"divergence mean {kl.mean():.1e}, largest {kl.max():.1e}"
              f"{'' if holds else ' MISSED'}", flush=True)
    for kind in TYPES:
        kl, _, _ = compare(longhaul, out / "glm-moe-dsa-calm-dense", kind, SELECTION, 0)
        holds = kl.mean() < 1e-2
        missed |= not holds
        print(f"calm-dense {kind}, {SELECTION} tokens: divergence mean {kl.mean():.1e}, "
              f"largest {kl.max():.1e}{'' if holds else ' MISSED'}", flush=True)
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
