"""Greedy continuations by llama.cpp, with the two best logits of every step.

    llama_cpp_reference.py MODEL.gguf TEXT OUT.json.gz [--threads 2]

TEXT is the perplexity text; its beginning is the last, long prompt. The output is read by tests
that feed llama.cpp's own tokens to our engine (teacher forcing) and compare the argmax of each
step. See MODELS.md for the layout and for the rule on near ties.
"""

import argparse
import gzip
import json
import pathlib

import numpy

from llama_cpp_session import Session

STEPS = 64
LONG_PROMPT_CHARACTERS = 3200


def prompts(text_file):
    listed = json.loads((pathlib.Path(__file__).parent / "prompts.json").read_text("utf-8"))
    text = pathlib.Path(text_file).read_text("utf-8")
    return listed + [text[:LONG_PROMPT_CHARACTERS]]


def continuation(session, prompt):
    """The prompt as one batch, then STEPS tokens one by one."""
    session.clear()
    tokens = session.tokenize(prompt)
    logits = session.feed(tokens)[0]
    best, second, best_logit, second_logit = [], [], [], []
    for step in range(STEPS):
        # argsort is stable: of equal logits the lower id comes first, as argmax picks it.
        order = numpy.argsort(-logits, kind="stable")[:2]
        best.append(int(order[0]))
        second.append(int(order[1]))
        best_logit.append(round(float(logits[order[0]]), 5))
        second_logit.append(round(float(logits[order[1]]), 5))
        if step + 1 < STEPS:
            logits = session.feed([best[-1]])[0]
    return {
        "text": prompt,
        "tokens": tokens,
        "best": best,
        "second": second,
        "bestLogit": best_logit,
        "secondLogit": second_logit,
    }


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("model", type=pathlib.Path)
    arguments.add_argument("text", type=pathlib.Path)
    arguments.add_argument("out", type=pathlib.Path)
    arguments.add_argument("--threads", type=int, default=2)
    args = arguments.parse_args()
    session = Session(args.model, 2048, args.threads)
    fixture = {
        "model": args.model.name,
        "settings": session.settings(),
        "nearTie": 0.05,
        "steps": STEPS,
        "prompts": [continuation(session, prompt) for prompt in prompts(args.text)],
    }
    session.close()
    packed = json.dumps(fixture, ensure_ascii=False, separators=(",", ":")).encode()
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_bytes(gzip.compress(packed, mtime=0))
    print(f"{args.out}: {len(fixture['prompts'])} prompts, {args.out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
