"""Tiny random models as GGUF, written by llama.cpp's converter and checked with llama.cpp itself.

    tiny_ggufs.py LLAMA_CPP OUT

LLAMA_CPP is a source tree of llama.cpp (for convert_hf_to_gguf.py). For each model of MODELS:
the weights are put on the grid of Q8_0 if the file is to be Q8_0, transformers (float32) computes
the reference, the converter writes OUT/NAME/model.gguf, and llama.cpp must find the same logits
in an F32 file of the same weights. The layout beside the file is that of tiny_models.py.
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import gguf
import numpy
import tokenizers
import torch
import transformers
from tokenizers import decoders, models, pre_tokenizers, trainers

import tiny_models
from float_reference import TableGelu
from llama_cpp_session import Session
from tiny_specs import Spec, by_layer, default, linear, llama3, yarn

TOLERANCE = 1e-3
PROMPT_LENGTHS = (38, 7)  # the vocabulary is larger than that of the other fixtures
BASE = {"num_hidden_layers": 2, "max_position_embeddings": 128, "hidden_size": 32,
        "num_attention_heads": 4, "num_key_value_heads": 2}
MODELS = [
    # Rotary pairs interleaved, a rope_freqs tensor, an output matrix of its own.
    Spec("gguf-llama-llama3", "LlamaForCausalLM",
         BASE | {"intermediate_size": 36, "head_dim": 12, "attention_bias": True,
                 "rms_norm_eps": 1e-5, "rope_parameters": llama3(500.0)}),
    # Norms of q and k, YaRN in the metadata, tied embedding.
    Spec("gguf-qwen3-yarn", "Qwen3ForCausalLM",
         BASE | {"intermediate_size": 48, "head_dim": 16, "tie_word_embeddings": True,
                 "rms_norm_eps": 1e-6, "rope_parameters": yarn(1_000.0)}),
    # One added to the norms, every sixth layer global and scaled, Q8_0 matrices.
    Spec("gguf-gemma3-q8_0", "Gemma3ForCausalLM",
         BASE | {"intermediate_size": 32, "head_dim": 16, "query_pre_attn_scalar": 16,
                 "num_hidden_layers": 7, "num_key_value_heads": 1, "sliding_window": 8,
                 "sliding_window_pattern": 6,
                 "rope_parameters": by_layer(linear(8.0, 100_000.0), default(10_000.0))},
         dtype="q8_0"),
]
CORPUS = ["the quick brown fox jumps over the lazy dog and runs into the forest",
          "there is nothing in this world that the other thing is not in"]
# The converter names a pre-tokenizer by a hash of what the tokenizer does; this one is too small
# to be known, so it is given the name of a byte-level one.
CONVERT = """
import sys, runpy
sys.path.insert(0, sys.argv[1])
import conversion.base
from conversion import get_model_class
conversion.base.TextModel.get_vocab_base_pre = lambda self, tokenizer: "smollm"
for name in ("LlamaForCausalLM", "Qwen3ForCausalLM", "Gemma3ForCausalLM"):
    get_model_class(name).set_vocab = lambda self: self._set_vocab_gpt2()
sys.argv = [sys.argv[1] + "/convert_hf_to_gguf.py"] + sys.argv[2:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def write_tokenizer(folder):
    """A byte-level BPE of the 256 bytes and a few merges; returns the size of the vocabulary."""
    tokenizer = tokenizers.Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(CORPUS, trainers.BpeTrainer(
        vocab_size=272, special_tokens=["<s>", "</s>"], min_frequency=1, show_progress=False,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet())))
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(json.dumps({
        "tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<s>", "eos_token": "</s>"}))
    return tokenizer.get_vocab_size()


def to_q8_0_grid(model):
    """Replaces each matrix by what its Q8_0 blocks say."""
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim == 2:
                quants = gguf.quantize(parameter.numpy(), gguf.GGMLQuantizationType.Q8_0)
                parameter.copy_(torch.from_numpy(
                    gguf.dequantize(quants, gguf.GGMLQuantizationType.Q8_0)))


def convert(llama_cpp, folder, out, kind):
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", CONVERT, str(llama_cpp), str(folder), "--outfile", str(out),
         "--outtype", kind], capture_output=True, text=True, env=environment)
    if done.returncode != 0:
        raise ValueError(f"{folder.name}: the converter failed: {done.stderr[-2000:]}")


def by_llama_cpp(path, tokens, **options):
    session = Session(path, 128, 1, **options)
    try:
        return session.feed(tokens, range(len(tokens)))
    finally:
        session.close()


def as_ggml(model, tokens):
    """The logits with the one approximation that ggml makes even on F32 weights: its table GELU."""
    plain = [getattr(layer.mlp, "act_fn", None) for layer in model.model.layers]
    if "gemma3" in model.config.model_type:
        for layer in model.model.layers:
            layer.mlp.act_fn = TableGelu()
    try:
        return tiny_models.logits(model, tokens)
    finally:
        for layer, function in zip(model.model.layers, plain):
            layer.mlp.act_fn = function


def relative(found, expected):
    return float(numpy.abs(found - expected).max() / numpy.abs(expected).max())


def write(spec, llama_cpp, out):
    classes = {
        "LlamaForCausalLM": (transformers.LlamaConfig, transformers.LlamaForCausalLM),
        "Qwen3ForCausalLM": (transformers.Qwen3Config, transformers.Qwen3ForCausalLM),
        "Gemma3ForCausalLM": (transformers.Gemma3TextConfig, transformers.Gemma3ForCausalLM),
    }
    make_config, make_model = classes[spec.architecture]
    with tempfile.TemporaryDirectory() as temporary:
        source = pathlib.Path(temporary) / spec.name
        source.mkdir()
        vocabulary = write_tokenizer(source)
        for seed in range(100):
            config = make_config(vocab_size=vocabulary, bos_token_id=0, eos_token_id=1,
                                 pad_token_id=None, **spec.settings)
            config._attn_implementation = "eager"
            model = make_model(config).eval()
            tiny_models.randomize(model, seed)
            if spec.dtype == "q8_0":
                to_q8_0_grid(model)
            try:
                entries, tables = tiny_models.reference(model, vocabulary, seed, PROMPT_LENGTHS)
                break
            except tiny_models.Unfit:
                continue
        else:
            raise ValueError(f"{spec.name}: no seed fits")
        model.save_pretrained(source)
        exact = source / "exact.gguf"
        convert(llama_cpp, source, exact, "f32")
        errors = [relative(by_llama_cpp(exact, entry["tokens"], flash=False, cache=0),
                           as_ggml(model, entry["tokens"])) for entry in entries]
        if max(errors) > TOLERANCE:
            raise ValueError(f"{spec.name}: llama.cpp differs by {errors} from transformers")
        folder = out / spec.name
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir(parents=True)
        kept = folder / "model.gguf"
        if spec.dtype == "q8_0":
            convert(llama_cpp, source, kept, "q8_0")
        else:
            shutil.copy(exact, kept)
        loose = [relative(by_llama_cpp(kept, entry["tokens"]), table)
                 for entry, table in zip(entries, tables)]
        require_same_weights(exact, kept)
    tiny_models.write_reference(folder, spec.name, spec.architecture, entries, tables)
    size = sum(file.stat().st_size for file in folder.iterdir())
    print(f"{spec.name}: seed {seed}, {size} bytes; llama.cpp on F32 weights differs by "
          f"{max(errors):.1e} of the largest logit, on the kept file with default settings by "
          f"{max(loose):.1e}", flush=True)
    return size


def require_same_weights(exact, kept):
    """The kept file must hold the very numbers that the reference was computed with."""
    expected = {t.name: t for t in gguf.GGUFReader(exact).tensors}
    for tensor in gguf.GGUFReader(kept).tensors:
        other = expected.pop(tensor.name)
        same = numpy.array_equal(gguf.dequantize(tensor.data, tensor.tensor_type),
                                 gguf.dequantize(other.data, other.tensor_type))
        if not same:
            raise ValueError(f"{kept}: {tensor.name} is not what the reference used")
    if expected:
        raise ValueError(f"{kept}: no {sorted(expected)}")


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("llama_cpp", type=pathlib.Path)
    arguments.add_argument("out", type=pathlib.Path)
    args = arguments.parse_args()
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    torch.set_num_threads(1)
    total = sum(write(spec, args.llama_cpp, args.out) for spec in MODELS)
    print(f"{len(MODELS)} files, {total} bytes")


if __name__ == "__main__":
    main()
