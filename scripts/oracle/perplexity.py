"""Perplexity of a text by llama.cpp and by the float reference, in the way of llama-perplexity.

    perplexity.py MODEL.gguf TEXT OUT.json [--threads 2]

The text is tokenized once, with the beginning-of-sequence token if the model adds one, and cut
into chunks of 512 tokens; what is left over is not used. Where the model adds a
beginning-of-sequence token, it replaces the first token of each chunk. Each chunk is a sequence of
its own. The tokens at 257 to 511 of a chunk are scored, each by the logits of the position before
it: 255 a chunk. Perplexity is the exponential of the mean negative log-likelihood.
"""

import argparse
import json
import math
import pathlib

import numpy
import torch

import float_reference
from llama_cpp_session import Session

CHUNK = 512
FIRST = CHUNK // 2


def chunks(session, text):
    tokens = session.tokenize(text)
    for start in range(0, len(tokens) // CHUNK * CHUNK, CHUNK):
        chunk = tokens[start:start + CHUNK]
        if session.add_bos:
            chunk[0] = session.bos
        yield chunk


def negative_log_likelihood(logits, chunk):
    """logits: of the positions FIRST to CHUNK - 2; the sum over the tokens that follow them."""
    rows = logits.astype(numpy.float64)
    peak = rows.max(axis=1, keepdims=True)
    total = numpy.log(numpy.exp(rows - peak).sum(axis=1)) + peak[:, 0]
    return float((total - rows[numpy.arange(len(rows)), chunk[FIRST + 1:]]).sum())


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("model", type=pathlib.Path)
    arguments.add_argument("text", type=pathlib.Path)
    arguments.add_argument("out", type=pathlib.Path)
    arguments.add_argument("--threads", type=int, default=2)
    args = arguments.parse_args()
    torch.set_num_threads(args.threads)
    session = Session(args.model, CHUNK, args.threads)
    pieces = list(chunks(session, args.text.read_text("utf-8")))

    def by_llama_cpp(chunk):
        session.clear()
        return session.feed(chunk, range(FIRST, CHUNK - 1))

    found = [negative_log_likelihood(by_llama_cpp(chunk), chunk) for chunk in pieces]
    settings = session.settings()
    session.close()
    model = float_reference.load(args.model)
    floats = [negative_log_likelihood(float_reference.logits(model, chunk, FIRST)[:-1], chunk)
              for chunk in pieces]
    scored = len(pieces) * (CHUNK - 1 - FIRST)
    result = {
        "model": args.model.name,
        "text": args.text.name,
        "settings": settings,
        "chunk": CHUNK,
        "chunks": len(pieces),
        "scored": scored,
        "beginningOfSequence": session.add_bos,
        "llamaCpp": {"perplexity": math.exp(sum(found) / scored), "chunkLoss": found},
        "float": {"perplexity": math.exp(sum(floats) / scored), "chunkLoss": floats},
    }
    args.out.write_text(json.dumps(result, indent=1) + "\n")
    print(f"{args.model.name}: {len(pieces)} chunks, {scored} tokens scored, perplexity by "
          f"llama.cpp {result['llamaCpp']['perplexity']:.4f}, by float32 "
          f"{result['float']['perplexity']:.4f}")


if __name__ == "__main__":
    main()
