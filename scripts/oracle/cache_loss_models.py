"""Random GLM-5.2s in small, to measure what a cache in a smaller type costs.

  cache_loss_models.py OUT

Each has latents of 96 elements with 32 rotated ones (whole blocks of 8-bit types), an indexer in
half of its layers that selects 64 positions, and a context of 2048, so that prompts are many times
the selection. Random weights are chaotic: a rounding turns a choice of a router or an indexer, and
the layers after it make another text of that. "lively" has the gains of the parity checkpoints,
where a turn spreads; the "calm" ones add little to the residual stream, so that it does not. To
tell what a turned choice costs from what the rounding costs, "selecting" computes all experts,
"routing" selects all positions, and "dense" does both.
"""

import math
import sys
from pathlib import Path

import torch
import transformers

COMMON = {
    "vocab_size": 256, "hidden_size": 128, "intermediate_size": 256, "moe_intermediate_size": 64,
    "num_hidden_layers": 6, "num_attention_heads": 8, "num_key_value_heads": 8,
    "q_lora_rank": 96, "kv_lora_rank": 96, "qk_nope_head_dim": 48, "qk_rope_head_dim": 32,
    "v_head_dim": 64, "n_routed_experts": 16, "num_experts_per_tok": 4, "n_shared_experts": 1,
    "n_group": 1, "topk_group": 1, "rms_norm_eps": 1e-5, "routed_scaling_factor": 2.5,
    "norm_topk_prob": True, "first_k_dense_replace": 1, "max_position_embeddings": 2048,
    "index_n_heads": 32, "index_head_dim": 64, "index_topk": 64,
    "indexer_types": ["full", "full", "shared", "full", "shared", "shared"],
    "rope_parameters": {"rope_type": "default", "rope_theta": 1_000_000.0},
    "bos_token_id": 1, "eos_token_id": 2,
}

ALL_SELECTED = {"index_topk": 2048}
ALL_EXPERTS = {"n_routed_experts": 4}

# Settings, and gains of what a layer adds to the residual stream and of queries and routers.
MODELS = {
    "lively": ({}, 1.2, 1.5),
    "calm": ({}, 0.25, 1.0),
    "calm-selecting": (ALL_EXPERTS, 0.25, 1.0),
    "calm-routing": (ALL_SELECTED, 0.25, 1.0),
    "calm-dense": (ALL_SELECTED | ALL_EXPERTS, 0.25, 1.0),
}


def randomize(model, output_gain, query_gain, seed=1):
    random = torch.Generator().manual_seed(seed)

    def normal(parameter, std, mean=0.0):
        with torch.no_grad():
            parameter.copy_(torch.randn(parameter.shape, generator=random) * std + mean)

    for name, parameter in model.named_parameters():
        gain = 1 / math.sqrt(parameter.shape[-1])
        if name.endswith("embed_tokens.weight"):
            normal(parameter, 0.7)
        elif name.endswith("lm_head.weight"):
            normal(parameter, 3 * gain)
        elif name.endswith("bias"):
            normal(parameter, 0.3)
        elif "norm" in name:
            normal(parameter, 0.2, 1.0)
        elif name.endswith(("o_proj.weight", "down_proj.weight", "down_proj")):
            normal(parameter, output_gain * gain)
        elif name.endswith(("q_b_proj.weight", "gate.weight", "weights_proj.weight")):
            normal(parameter, query_gain * gain)
        else:
            normal(parameter, 1.2 * gain)
    for name, buffer in model.named_buffers():
        if name.endswith("e_score_correction_bias"):
            normal(buffer, 0.2)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    for name, (settings, output_gain, query_gain) in MODELS.items():
        config = transformers.GlmMoeDsaConfig(**COMMON | settings)
        model = transformers.GlmMoeDsaForCausalLM(config).eval()
        randomize(model, output_gain, query_gain)
        folder = Path(sys.argv[1]) / f"glm-moe-dsa-{name}"
        model.save_pretrained(folder)
        tokens = torch.randint(0, config.vocab_size, (1, 128), generator=torch.manual_seed(2))
        with torch.no_grad():
            logits = model(input_ids=tokens).logits
        print(f"{folder}: logits with a deviation of {logits.std():.2f}")


main()
