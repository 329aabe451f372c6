"""Writes tiny random checkpoints with experts or an indexer, and what transformers makes of them.

    sparse_checkpoints.py kept OUT    those that the repository keeps as test resources
    sparse_checkpoints.py all OUT     every one of sparse_specs.py
    sparse_checkpoints.py NAME OUT    one, or all that a pattern such as 'glm-moe-dsa-*' names

Each becomes a folder OUT/NAME; tiny_models.py and sparse_models.py tell its layout. The reference
is always computed from what transformers reads back from the folder.
"""

import argparse
import copy
import fnmatch
import json
import pathlib
import shutil

import numpy
import torch
import transformers
from safetensors.torch import load_file, save_file

import sparse_models
import tiny_models
from sparse_effects import effects_of
from sparse_specs import SPECS
from tiny_checkpoints import published_config, store_fp8

SEEDS = 400


def build(spec, seed):
    """The random model; one layer more than its settings say if a layer drafts tokens."""
    architecture = getattr(transformers, spec.architecture)
    config = architecture.config_class(**spec.settings)
    if spec.drafts:
        config = architecture.config_class(**spec.settings | {
            "num_hidden_layers": config.num_hidden_layers + 1,
            # Its own, whatever the schedule of the others would make of one more.
            "indexer_types": config.indexer_types + ["full"]})
    config._attn_implementation = "eager"
    model = architecture(config)
    tiny_models.one_expert_at_a_time(model)
    sparse_models.randomize(model, seed)
    model.to(getattr(torch, spec.dtype))
    for name, buffer in model.named_buffers():
        if name.endswith("e_score_correction_bias"):
            buffer.data = buffer.float()  # as all published checkpoints have it
    model.eval()
    return model


def screen(spec, seed):
    """Rejects most seeds without a file."""
    if spec.drafts or spec.fp8:
        return
    model = build(spec, seed).float()
    sparse_models.screen(
        model, tiny_models.prompts(spec.settings["vocab_size"], seed, spec.lengths))


def older_config(config, spec):
    """The config as published: defaults derived from other settings stay underived."""
    config = published_config(config, None)
    layers = config["num_hidden_layers"]
    dense = config.get("first_k_dense_replace", 1)
    if config.get("mlp_layer_types") == ["dense"] * dense + ["sparse"] * (layers - dense):
        del config["mlp_layer_types"]
    config.pop("layer_types", None)
    if "indexer_types" not in spec.settings:
        config.pop("indexer_types", None)
        for name in ("index_topk_freq", "index_skip_topk_offset", "index_topk_pattern"):
            if name in spec.settings:
                config[name] = spec.settings[name]
    if config["model_type"] == "glm_moe_dsa":
        config["head_dim"] = config["qk_nope_head_dim"]  # misleading, as it is in real files
    if "kv_lora_rank" in config:
        config |= {"first_k_dense_replace": dense, "moe_layer_freq": 1, "ep_size": 1,
                   "scoring_func": "sigmoid", "topk_method": "noaux_tc"}
    return config


def add_drafting_layer(spec, folder, config, seed):
    """Makes the last layer one that drafts tokens, which transformers leaves alone."""
    layers = spec.settings["num_hidden_layers"]
    config |= {"num_hidden_layers": layers, "num_nextn_predict_layers": 1}
    for name in ("mlp_layer_types", "layer_types", "indexer_types"):
        if name in config:
            config[name] = config[name][:layers]
    path = folder / "model.safetensors"
    tensors = load_file(path)
    random = torch.Generator().manual_seed(seed + 1)
    hidden = config["hidden_size"]
    dtype = tensors["model.norm.weight"].dtype

    def normal(shape, std, mean=0.0):
        return (torch.randn(shape, generator=random) * std + mean).to(dtype)

    prefix = f"model.layers.{layers}."
    tensors[prefix + "eh_proj.weight"] = normal((hidden, 2 * hidden), (2 * hidden) ** -0.5)
    for name in ("enorm", "hnorm", "shared_head.norm"):
        tensors[f"{prefix}{name}.weight"] = normal(hidden, 0.2, 1.0)
    save_file(tensors, path, metadata={"format": "pt"})


def save(spec, seed, folder):
    """Writes the checkpoint; returns the model that a faithful reader has in its hands."""
    if folder.exists():
        shutil.rmtree(folder)
    model = build(spec, seed)
    size = sum(p.numel() * p.element_size() for p in model.parameters())
    limit = 10**9 if spec.shards == 1 else int(size / spec.shards * 1.15)
    model.save_pretrained(folder, max_shard_size=limit)
    (folder / "generation_config.json").unlink(missing_ok=True)
    shards = len(list(folder.glob("*.safetensors")))
    if shards != spec.shards:
        raise ValueError(f"{spec.name}: {shards} shards, expected {spec.shards}")
    path = folder / "config.json"
    config = json.loads(path.read_text())
    if spec.drafts:
        add_drafting_layer(spec, folder, config, seed)
    if spec.style == "published":
        config = older_config(copy.deepcopy(config), spec)
    path.write_text(json.dumps(config, indent=2) + "\n")
    for file in folder.iterdir():
        file.chmod(0o644)
    return store_fp8(folder, config) if spec.fp8 else tiny_models.reload(folder)


def check_effects(spec, model, tokens):
    """Every special setting must matter for the logits, or a reader that ignores it would pass."""
    return {what: sparse_models.require_effect(spec.name, what, model, change, tokens)
            for what, change in effects_of(model)}


def write(spec, out):
    folder = out / spec.name
    reasons = []
    for seed in range(SEEDS):
        try:
            screen(spec, seed)
            model = save(spec, seed, folder)
            entries, tables, taken = sparse_models.reference(
                model, spec.settings["vocab_size"], seed, spec.lengths)
            changes = check_effects(spec, model, entries[0]["tokens"])
        except tiny_models.Unfit as reason:
            reasons.append(str(reason))
            continue
        tiny_models.write_reference(
            folder, spec.name, spec.architecture, entries, tables, seed=seed,
            transformers=transformers.__version__,
            latentNormEpsilon=sparse_models.latent_norm_epsilon(model))
        sparse_models.write_choices(folder, taken)
        size = sum(file.stat().st_size for file in folder.iterdir())
        print(f"{spec.name}: seed {seed}, {size} bytes, " + summary(entries) + ", effects "
              + ", ".join(f"{k} {v:.2f}" for k, v in changes.items()), flush=True)
        return size
    shutil.rmtree(folder, ignore_errors=True)
    raise ValueError(f"{spec.name}: no seed fits:\n" + "\n".join(reasons[-20:]))


def summary(entries):
    least = [f"{what} {min(entry[what] for entry in entries if what in entry):.1e}"
             for what in ("selectionMargin", "routingMargin", "leastLead")
             if any(what in entry for entry in entries)]
    noise = max(entry["noise"] for entry in entries)
    return ", ".join([f"logits' deviation {entries[0]['logitsStd']:.2f}", f"noise {noise:.1e}"]
                     + least)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("which", help="kept, all, a name, or a pattern")
    arguments.add_argument("out", type=pathlib.Path)
    args = arguments.parse_args()
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    torch.set_num_threads(1)
    numpy.seterr(all="raise", under="ignore")

    def chosen(spec):
        return (args.which == "all" or (args.which == "kept" and spec.kept)
                or fnmatch.fnmatch(spec.name, args.which))

    specs = [spec for spec in SPECS if chosen(spec)]
    if not specs:
        arguments.error(f"no checkpoint named {args.which}: " + ", ".join(s.name for s in SPECS))
    total = sum(write(spec, args.out) for spec in specs)
    print(f"{len(specs)} checkpoints, {total} bytes")


if __name__ == "__main__":
    main()
