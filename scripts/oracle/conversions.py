"""Tiny checkpoints, and what llama.cpp's converter and quantizer make of them.

    conversions.py LLAMA_CPP TINY OUT

LLAMA_CPP is a source tree of llama.cpp (for convert_hf_to_gguf.py), TINY the folder of the tiny
checkpoints that tiny_checkpoints.py made. Writes OUT/NAME (config.json, model.safetensors, some
with a tokenizer) for each spec of conversion_specs.py, and for these and those of TINY

    OUT/NAME.json.gz   {TYPE: {"metadata": {KEY: [TYPE, VALUE]}, "tensors": {NAME: [TYPE, SHAPE, CRC]}}}

SHAPE has the outermost dimension first, CRC is the CRC-32 of the tensor's bytes. F32, F16, BF16 and
Q8_0 come from the converter, Q4_0, Q4_K and Q6_K from llama_model_quantize (pure) of its F32 file.
"""

import argparse
import ctypes
import gzip
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import zlib

import gguf
import llama_cpp
import tokenizers
import torch
import transformers
from safetensors.torch import load_file, save_file
from tokenizers import decoders, models, pre_tokenizers, processors, trainers

import tiny_models
from conversion_specs import SPECS
from tiny_checkpoints import quantize_fp8

FROM_TINY = ["llama-plain", "llama-biases-llama3", "llama-linear-sharded", "llama-fp8",
             "qwen3-plain", "qwen3-tied-yarn", "gemma3-plain"]
CONVERTER_TYPES = ["f32", "f16", "bf16", "q8_0"]
QUANTIZER_TYPES = {"Q4_0": 2, "Q4_K": 14, "Q6_K": 18}  # llama_ftype
CORPUS = ["the quick brown fox jumps over the lazy dog and runs into the forest",
          "there is nothing in this world that the other thing is not in"]
# The converter names a pre-tokenizer by a hash of what the tokenizer does, which knows published
# vocabularies alone; these get the name of their pattern.
CONVERT = """
import sys, runpy
pre = sys.argv.pop(1)
sys.path.insert(0, sys.argv[1])
import conversion
from conversion.base import TextModel
conversion.load_all_models()
TextModel.get_vocab_base_pre = lambda self, tokenizer: pre
def no_sentencepiece(self):
    raise FileNotFoundError("tokenizer.model")
TextModel._set_vocab_sentencepiece = no_sentencepiece
if not pre:
    def visit(kind):
        if "set_vocab" in vars(kind):
            kind.set_vocab = TextModel._set_vocab_none
        for sub in kind.__subclasses__():
            visit(sub)
    visit(TextModel)
sys.argv = [sys.argv[1] + "/convert_hf_to_gguf.py"] + sys.argv[2:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""
LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
          r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
TOKENS = {
    "llama-bpe": (["<|begin_of_text|>", "<|end_of_text|>", "<|eot_id|>"], ["<think>"]),
    "glm4": (["<|endoftext|>", "[gMASK]", "<sop>", "<|system|>", "<|user|>", "<|assistant|>",
              "<|observation|>"], ["<think>", "</think>"]),
}


def write_tokenizer(folder, pre):
    special, added = TOKENS[pre]
    tokenizer = tokenizers.Tokenizer(models.BPE(ignore_merges=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(tokenizers.Regex(LLAMA3), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(CORPUS, trainers.BpeTrainer(
        vocab_size=280, min_frequency=1, show_progress=False,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet())))
    tokenizer.add_special_tokens(special)
    tokenizer.add_tokens(added)
    config = {"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": special[1],
              "chat_template": "{% for m in messages %}{{ m.role }}: {{ m.content }}{% endfor %}"}
    if pre == "llama-bpe":
        begin = (special[0], tokenizer.token_to_id(special[0]))
        tokenizer.post_processor = processors.TemplateProcessing(
            single=f"{special[0]} $A", pair=f"{special[0]} $A {special[0]} $B",
            special_tokens=[begin])
        config["bos_token"] = special[0]
    else:
        tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
        config["eos_token"] = config["pad_token"] = special[0]
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=1) + "\n")
    (folder / "generation_config.json").write_text(json.dumps(
        {"eos_token_id": [tokenizer.token_to_id(t) for t in special[1:3]], "temperature": 0.6,
         "top_p": 0.95, "top_k": 20}) + "\n")


def add_predicting_layers(spec, tensors, layers):
    """A copy of the last layer with what only a predicting one has."""
    random = torch.Generator().manual_seed(layers)
    hidden = spec.settings["hidden_size"]
    for i in range(layers, layers + spec.predict):
        last = f"model.layers.{layers - 1}."
        prefix = f"model.layers.{i}."
        for name in [name for name in tensors if name.startswith(last)]:
            tensors[prefix + name[len(last):]] = tensors[name].flip(0).contiguous()
        for name in ("enorm", "hnorm", "shared_head.norm"):
            tensors[f"{prefix}{name}.weight"] = torch.rand(hidden, generator=random)
        for name, shape in (("eh_proj", (hidden, 2 * hidden)),
                            ("embed_tokens", (spec.settings["vocab_size"], hidden)),
                            ("shared_head.head", (spec.settings["vocab_size"], hidden))):
            tensors[f"{prefix}{name}.weight"] = torch.randn(shape, generator=random)


def write_checkpoint(spec, folder):
    if folder.exists():
        shutil.rmtree(folder)
    config = getattr(transformers, spec.classes + "Config")(**spec.settings)
    model = getattr(transformers, spec.classes + "ForCausalLM")(config)
    tiny_models.randomize(model, 1)
    with torch.no_grad():
        for name, buffer in model.named_buffers():
            if name.endswith("e_score_correction_bias"):
                buffer.copy_(torch.linspace(-0.2, 0.3, len(buffer)))
    model.to(torch.bfloat16).save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)
    path = folder / "config.json"
    document = json.loads(path.read_text()) | spec.extra
    if spec.fp8:
        quantize_fp8(folder)
        document["quantization_config"] = {"quant_method": "fp8", "weight_block_size": [128, 128]}
    path.write_text(json.dumps(document, indent=1) + "\n")
    tensors = {name: tensor.float() if name.endswith("e_score_correction_bias") else tensor
               for name, tensor in load_file(folder / "model.safetensors").items()}
    add_predicting_layers(spec, tensors, config.num_hidden_layers)
    tensors = {name: tensor.to(torch.bfloat16)
               if tensor.dtype == torch.float32 and not name.endswith(("bias", "_inv")) else tensor
               for name, tensor in tensors.items()}
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    if spec.tokenizer:
        write_tokenizer(folder, spec.tokenizer)


def convert(llama_cpp_tree, folder, out, kind, pre):
    done = subprocess.run(
        [sys.executable, "-c", CONVERT, pre, str(llama_cpp_tree), str(folder),
         "--outfile", str(out), "--outtype", kind],
        capture_output=True, text=True, env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"})
    if done.returncode != 0:
        raise ValueError(f"{folder.name}: the converter failed: {done.stderr[-3000:]}")


def quantize(source, target, ftype):
    parameters = llama_cpp.llama_model_quantize_default_params()
    parameters.ftype = ftype
    parameters.pure = True
    parameters.nthread = 1
    status = llama_cpp.llama_model_quantize(
        str(source).encode(), str(target).encode(), ctypes.byref(parameters))
    if status != 0:
        raise ValueError(f"{source}: llama_model_quantize returned {status}")


def describe(path):
    reader = gguf.GGUFReader(path)
    metadata = {}
    for key, value in reader.fields.items():
        if not key.startswith("GGUF."):
            kind = ":".join(t.name for t in value.types)
            metadata[key] = [kind, value.contents()]
    tensors = {t.name: [t.tensor_type.name, t.shape.tolist()[::-1], zlib.crc32(t.data.tobytes())]
               for t in reader.tensors}
    return {"metadata": metadata, "tensors": tensors}


def expected(tree, folder, pre, temporary):
    """What llama.cpp makes of a folder, by type."""
    source = temporary / folder.name
    shutil.copytree(folder, source)
    for name in ("reference.json", "logits.f32.gz"):
        (source / name).unlink(missing_ok=True)
    config = json.loads((source / "config.json").read_text())
    if not pre and "gemma3" in config["model_type"]:
        # The converter counts this file's tokens, to cut the embedding.
        size = config.get("text_config", config)["vocab_size"]
        (source / "tokenizer.json").write_text(json.dumps(
            {"model": {"vocab": {str(i): i for i in range(size)}}, "added_tokens": []}))
    found = {}
    for kind in CONVERTER_TYPES:
        out = temporary / f"{folder.name}.{kind}.gguf"
        convert(tree, source, out, kind, pre)
        found[kind.upper()] = describe(out)
    exact = temporary / f"{folder.name}.f32.gguf"
    for name, ftype in QUANTIZER_TYPES.items():
        out = temporary / f"{folder.name}.{name}.gguf"
        quantize(exact, out, ftype)
        found[name] = describe(out)
    for file in temporary.glob("*.gguf"):
        file.unlink()
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("llama_cpp", type=pathlib.Path)
    parser.add_argument("tiny", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--only", help="one name")
    args = parser.parse_args()
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    torch.set_num_threads(1)
    args.out.mkdir(parents=True, exist_ok=True)
    work = [(args.out / spec.name, spec.tokenizer, spec) for spec in SPECS]
    work += [(args.tiny / name, "", None) for name in FROM_TINY]
    for folder, pre, spec in work:
        if args.only and folder.name != args.only:
            continue
        if spec:
            write_checkpoint(spec, folder)
        with tempfile.TemporaryDirectory() as temporary:
            found = expected(args.llama_cpp, folder, pre, pathlib.Path(temporary))
        text = json.dumps(found, ensure_ascii=True)
        packed = gzip.compress(text.encode(), mtime=0)
        (args.out / f"{folder.name}.json.gz").write_bytes(packed)
        size = sum(file.stat().st_size for file in folder.iterdir())
        print(f"{folder.name}: {size} bytes, {len(found['F32']['tensors'])} tensors, "
              f"{len(packed)} bytes of results", flush=True)


if __name__ == "__main__":
    main()
