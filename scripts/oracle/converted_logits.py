"""Proves the converter without the engine: llama.cpp on a converted file against transformers.

    converted_logits.py LONGHAUL FOLDER ...

LONGHAUL is the launcher, each FOLDER a tiny checkpoint. It is converted to F32 by `LONGHAUL convert`,
loaded by llama.cpp (caches in F32, no flash attention), and must give the logits of transformers in
float32 up to TOLERANCE of their deviation. Listed with the reason, and no failure: a checkpoint that
the converter refuses, and one on whose sizes llama.cpp stops (each runs in a process of its own for
that). Exits with 1 if one differs.

transformers takes 1e-6 for the norms of latent attention whatever rms_norm_eps is, llama.cpp takes
rms_norm_eps: a checkpoint with another epsilon differs by that.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy
import torch
import transformers
from safetensors.torch import load_file, save_file

import tiny_models
from llama_cpp_session import Session

TOLERANCE = 0.02
CONTEXT = 256


def without_f8(folder, temporary):
    """The checkpoint with F8 matrices decoded, which transformers reads on a GPU alone."""
    config = json.loads((folder / "config.json").read_text())
    if not config.pop("quantization_config", None):
        return folder
    plain = pathlib.Path(temporary) / "plain"
    plain.mkdir()
    (plain / "config.json").write_text(json.dumps(config))
    tensors = load_file(folder / "model.safetensors")
    for name in [name for name in tensors if name.endswith("_scale_inv")]:
        scale = tensors.pop(name)
        weight = tensors[name.removesuffix("_scale_inv")].float()
        full = scale.repeat_interleave(128, 0).repeat_interleave(128, 1)
        tensors[name.removesuffix("_scale_inv")] = (
            weight * full[:weight.shape[0], :weight.shape[1]])
    save_file(tensors, plain / "model.safetensors", metadata={"format": "pt"})
    return plain


def reference(folder):
    """Prompts and what transformers makes of them."""
    with tempfile.TemporaryDirectory() as temporary:
        model = tiny_models.reload(without_f8(folder, temporary))
    vocabulary = model.get_input_embeddings().weight.shape[0]
    for tokens in tiny_models.prompts(vocabulary, 1, tiny_models.PROMPT_LENGTHS):
        yield tokens, tiny_models.logits(model, tokens)


def difference(gguf, folder):
    """The largest difference of a logit, in deviations of the reference's logits."""
    worst = 0.0
    session = Session(gguf, CONTEXT, 1, flash=False, cache=0, repack=False)
    try:
        for tokens, expected in reference(folder):
            session.clear()
            found = session.feed(tokens, range(len(tokens)))
            worst = max(worst, float(numpy.abs(found - expected).max() / expected.std()))
    finally:
        session.close()
    return worst


def by_llama_cpp(gguf, folder):
    """The difference, or why there is none."""
    done = subprocess.run([sys.executable, __file__, "--one", str(gguf), str(folder)],
                          capture_output=True, text=True)
    if done.returncode == 0:
        return float(done.stdout), ""
    lines = [line for line in done.stderr.splitlines() if "GGML_ASSERT" in line or "Error" in line]
    return None, lines[0] if lines else f"exit {done.returncode}"


def main():
    if sys.argv[1:2] == ["--one"]:
        transformers.logging.set_verbosity_error()
        transformers.logging.disable_progress_bar()
        torch.set_num_threads(1)
        print(difference(sys.argv[2], pathlib.Path(sys.argv[3])))
        return
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("longhaul")
    parser.add_argument("folders", nargs="+", type=pathlib.Path)
    args = parser.parse_args()
    differing, refused, stopped = [], [], []
    for folder in args.folders:
        name = folder.name
        with tempfile.TemporaryDirectory() as temporary:
            gguf = pathlib.Path(temporary) / f"{name}.gguf"
            done = subprocess.run(
                [args.longhaul, "convert", str(folder), "--type", "F32", "--output", str(gguf)],
                capture_output=True, text=True)
            if done.returncode != 0:
                refused.append(name)
                print(f"{name}: refused: {done.stderr.strip().splitlines()[-1]}", flush=True)
                continue
            worst, reason = by_llama_cpp(gguf, folder)
        if worst is None:
            stopped.append(name)
            print(f"{name}: llama.cpp stops: {reason}", flush=True)
            continue
        if not worst <= TOLERANCE:
            differing.append(name)
        print(f"{name}: {worst:.2e} deviations{'' if worst <= TOLERANCE else ' DIFFERS'}",
              flush=True)
    agree = len(args.folders) - len(differing) - len(refused) - len(stopped)
    print(f"{agree} agree, {len(refused)} refused, llama.cpp stops at {len(stopped)}, "
          f"{len(differing)} differ")
    sys.exit(1 if differing else 0)


if __name__ == "__main__":
    main()
