"""Writes tiny random checkpoints and what transformers computes from them.

    tiny_checkpoints.py kept OUT    those that the repository keeps as test resources
    tiny_checkpoints.py all OUT     every one of tiny_specs.py
    tiny_checkpoints.py NAME OUT    one

Each becomes a folder OUT/NAME; tiny_models.py tells its layout. The reference is always computed
from what transformers reads back from the folder, so the config.json is part of what is tested.
"""

import argparse
import copy
import json
import pathlib
import shutil

import numpy
import torch
import transformers
from safetensors.torch import load_file, save_file

import tiny_models
from tiny_specs import SPECS

FP8_BLOCK = 128
FP8_MAX = 448.0


def build(spec, seed):
    if spec.architecture == "LlamaForCausalLM":
        model = transformers.LlamaForCausalLM(transformers.LlamaConfig(**spec.settings))
    elif spec.architecture == "Qwen3ForCausalLM":
        model = transformers.Qwen3ForCausalLM(transformers.Qwen3Config(**spec.settings))
    elif spec.architecture == "Gemma3ForCausalLM":
        model = transformers.Gemma3ForCausalLM(transformers.Gemma3TextConfig(**spec.settings))
    else:
        model = transformers.Gemma3ForConditionalGeneration(transformers.Gemma3Config(
            text_config=spec.settings,
            vision_config=spec.vision,
            image_token_index=spec.settings["vocab_size"] - 1,
            boi_token_index=spec.settings["vocab_size"] - 2,
            eoi_token_index=spec.settings["vocab_size"] - 3,
            mm_tokens_per_image=4,
        ))
    tiny_models.randomize(model, seed)
    return model.to(getattr(torch, spec.dtype))


def published_config(config, pattern):
    """The config of transformers 5 in the words of older releases."""
    config = copy.deepcopy(config)
    for part in (config, config.get("text_config", {})):
        if "dtype" in part:
            part["torch_dtype"] = part.pop("dtype")
        rope = part.pop("rope_parameters", None)
        if rope is None:
            continue
        if "full_attention" in rope:
            part["rope_local_base_freq"] = rope["sliding_attention"]["rope_theta"]
            part["sliding_window_pattern"] = pattern
            part.pop("layer_types", None)
            part.pop("_sliding_window_pattern", None)
            rope = rope["full_attention"]
        part["rope_theta"] = rope.pop("rope_theta")
        if "partial_rotary_factor" in rope:
            part["partial_rotary_factor"] = rope.pop("partial_rotary_factor")
        if rope["rope_type"] == "linear" and part["model_type"] == "llama":
            rope["type"] = rope.pop("rope_type")  # the oldest spelling
        part["rope_scaling"] = rope if rope.get("rope_type") != "default" else None
        if part["model_type"] == "llama" and (
                part["head_dim"] * part["num_attention_heads"] == part["hidden_size"]):
            del part["head_dim"]
    config["transformers_version"] = "4.51.0"
    return config


def sparse_config(config, settings):
    """The text_config of the larger Gemma 3 checkpoints: what is not the default, and no more."""
    config = published_config(config, None)
    text = config["text_config"]
    kept = set(settings) - {"rope_parameters"} | {"model_type", "rope_scaling"}
    config["text_config"] = {name: text[name] for name in text if name in kept}
    return config


def is_quantized(name):
    """Matrices of the layers; not the router, nor the indexer's head weights."""
    matrix = name.endswith(("_proj.weight", "_with_mqa.weight", "wq_b.weight", "wk.weight"))
    return matrix and not name.endswith("weights_proj.weight")


def quantize_fp8(path):
    """Linear weights as e4m3 with one scale per block: as they are stored, and as float32."""
    stored, floats = {}, {}
    for name, tensor in load_file(path).items():
        if not is_quantized(name):
            stored[name], floats[name] = tensor, tensor.float()
            continue
        weight = tensor.float()
        rows, columns = weight.shape
        scales = torch.zeros(-(-rows // FP8_BLOCK), -(-columns // FP8_BLOCK))
        quantized = torch.zeros(rows, columns, dtype=torch.float8_e4m3fn)
        restored = torch.zeros(rows, columns)
        for i in range(scales.shape[0]):
            for j in range(scales.shape[1]):
                at = (slice(i * FP8_BLOCK, (i + 1) * FP8_BLOCK),
                      slice(j * FP8_BLOCK, (j + 1) * FP8_BLOCK))
                # Blocks of unlike magnitude, so that a misplaced scale shows.
                block = weight[at] * (0.5 + 0.5 * ((3 * i + 2 * j) % 4))
                scales[i, j] = block.abs().max() / FP8_MAX
                quantized[at] = (block / scales[i, j]).to(torch.float8_e4m3fn)
                restored[at] = quantized[at].float() * scales[i, j]
        stored[name], stored[name + "_scale_inv"] = quantized, scales
        floats[name] = restored
    return stored, floats


def save(spec, model, folder):
    """Writes the checkpoint; returns the model that a faithful reader has in its hands."""
    if folder.exists():
        shutil.rmtree(folder)
    size = sum(p.numel() * p.element_size() for p in model.parameters())
    limit = 10**9 if spec.shards == 1 else int(size / spec.shards * 1.15)
    model.save_pretrained(folder, max_shard_size=limit)
    (folder / "generation_config.json").unlink(missing_ok=True)
    shards = len(list(folder.glob("*.safetensors")))
    if shards != spec.shards:
        raise ValueError(f"{spec.name}: {shards} shards, expected {spec.shards}")
    path = folder / "config.json"
    config = json.loads(path.read_text())
    if spec.style == "published":
        config = published_config(config, spec.settings.get("sliding_window_pattern"))
    elif spec.style == "sparse":
        config = sparse_config(config, spec.settings)
    path.write_text(json.dumps(config, indent=2) + "\n")
    for file in folder.iterdir():
        file.chmod(0o644)
    if spec.fp8:
        return store_fp8(folder, config)
    return tiny_models.reload(folder)


def store_fp8(folder, config):
    """Replaces the weights by their e4m3 form; returns the model of what that form stands for."""
    path = folder / "model.safetensors"
    stored, floats = quantize_fp8(path)
    save_file(floats, path, metadata={"format": "pt"})
    model = tiny_models.reload(folder)
    save_file(stored, path, metadata={"format": "pt"})
    config["quantization_config"] = {
        "activation_scheme": "dynamic", "fmt": "e4m3", "quant_method": "fp8",
        "weight_block_size": [FP8_BLOCK, FP8_BLOCK],
    }
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    return model


def check_effects(spec, model, tokens):
    """Every special setting must matter for the logits, or a reader that ignores it would pass."""
    config = model.config
    text = getattr(config, "text_config", config)
    changes = {}

    def effect(what, change):
        other = copy.deepcopy(config)
        change(getattr(other, "text_config", other))
        changes[what] = tiny_models.require_effect(spec.name, what, model, other, tokens)

    rope = text.rope_parameters
    if "full_attention" in rope:
        effect("sliding_window", lambda c: setattr(c, "sliding_window", 4096))
        effect("local theta", lambda c: c.rope_parameters["sliding_attention"].update(
            rope_theta=77.0))
        if rope["full_attention"]["rope_type"] != "default":
            effect("rope scaling", lambda c: c.rope_parameters.update(
                full_attention={"rope_type": "default",
                                "rope_theta": rope["full_attention"]["rope_theta"]}))
        if text.query_pre_attn_scalar != text.head_dim:
            effect("query_pre_attn_scalar",
                   lambda c: setattr(c, "query_pre_attn_scalar", c.head_dim))
    elif rope["rope_type"] != "default":
        effect("rope scaling", lambda c: setattr(
            c, "rope_parameters", {"rope_type": "default", "rope_theta": rope["rope_theta"]}))
    return changes


def write(spec, out):
    folder = out / spec.name
    for seed in range(100):
        try:
            model = save(spec, build(spec, seed), folder)
            vocabulary = spec.settings["vocab_size"]
            # Tokens that stand for images are no part of a text.
            usable = vocabulary - 3 if spec.vision else vocabulary
            entries, tables = tiny_models.reference(model, usable, seed)
            changes = check_effects(spec, model, entries[0]["tokens"])
        except tiny_models.Unfit as reason:
            print(f"{spec.name}: seed {seed} left out: {reason}")
            continue
        tiny_models.write_reference(folder, spec.name, spec.architecture, entries, tables)
        size = sum(file.stat().st_size for file in folder.iterdir())
        print(f"{spec.name}: seed {seed}, {size} bytes, logits' deviation "
              f"{entries[0]['logitsStd']:.2f}, effects "
              + (", ".join(f"{k} {v:.2f}" for k, v in changes.items()) or "-"), flush=True)
        return size
    raise ValueError(f"{spec.name}: no seed fits")


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("which", help="kept, all, or a name")
    arguments.add_argument("out", type=pathlib.Path)
    args = arguments.parse_args()
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    torch.set_num_threads(1)
    numpy.seterr(all="raise", under="ignore")
    chosen = [s for s in SPECS
              if args.which == "all" or s.name == args.which or (args.which == "kept" and s.kept)]
    if not chosen:
        arguments.error(f"no checkpoint named {args.which}: " + ", ".join(s.name for s in SPECS))
    total = sum(write(spec, args.out) for spec in chosen)
    print(f"{len(chosen)} checkpoints, {total} bytes")


if __name__ == "__main__":
    main()
