"""Names and shapes of all tensors that transformers saves for small models with experts.

    tensor_lists.py OUT.json.gz

Of each architecture: its config.json as saved, and {name: shape} as the safetensors header says.
Each setting that changes which tensors there are appears on and off in one of them.
"""

import gzip
import json
import sys
import tempfile
from pathlib import Path

from safetensors import safe_open
from transformers import AutoConfig, AutoModelForCausalLM

COMMON = {"vocab_size": 40, "hidden_size": 32, "intermediate_size": 48, "moe_intermediate_size": 16,
          "num_hidden_layers": 4, "num_attention_heads": 4, "max_position_embeddings": 256,
          "num_experts_per_tok": 2, "bos_token_id": 0, "eos_token_id": 1}
LATENT = {"kv_lora_rank": 24, "qk_nope_head_dim": 12, "qk_rope_head_dim": 8, "v_head_dim": 20,
          "n_routed_experts": 6, "n_group": 1, "topk_group": 1}
INDEXER = {"index_n_heads": 3, "index_head_dim": 16, "index_topk": 8}

MODELS = {
    "qwen3_moe": ("qwen3_moe", {"num_experts": 5, "num_key_value_heads": 2, "head_dim": 10,
                                "mlp_only_layers": [2]}),
    "qwen3_moe-step": ("qwen3_moe", {"num_experts": 5, "num_key_value_heads": 2, "head_dim": 10,
                                     "decoder_sparse_step": 2, "attention_bias": True,
                                     "tie_word_embeddings": True}),
    "glm4_moe": ("glm4_moe", {"n_routed_experts": 6, "num_key_value_heads": 2, "head_dim": 10,
                              "first_k_dense_replace": 2, "n_shared_experts": 2}),
    "glm4_moe-norms": ("glm4_moe", {"n_routed_experts": 6, "num_key_value_heads": 2, "head_dim": 10,
                                    "use_qk_norm": True, "attention_bias": True}),
    "glm4_moe_lite": ("glm4_moe_lite", LATENT | {"q_lora_rank": 28}),
    "deepseek_v3": ("deepseek_v3", LATENT | {"q_lora_rank": 28, "first_k_dense_replace": 1,
                                             "n_shared_experts": 2, "attention_bias": True}),
    "deepseek_v3-plain-queries": ("deepseek_v3", LATENT | {"q_lora_rank": None,
                                                           "first_k_dense_replace": 2}),
    "deepseek_v32": ("deepseek_v32", LATENT | INDEXER | {"q_lora_rank": 28}),
    "glm_moe_dsa": ("glm_moe_dsa", LATENT | INDEXER | {"q_lora_rank": 28, "num_hidden_layers": 8,
                                                       "index_topk_freq": 4,
                                                       "index_skip_topk_offset": 3}),
    "glm_moe_dsa-types": ("glm_moe_dsa", LATENT | INDEXER | {
        "q_lora_rank": 28, "attention_bias": True, "first_k_dense_replace": 1,
        "indexer_types": ["full", "shared", "full", "shared"]}),
}


def saved(model_type, settings):
    config = AutoConfig.for_model(model_type, **(COMMON | settings))
    with tempfile.TemporaryDirectory() as folder:
        AutoModelForCausalLM.from_config(config).save_pretrained(folder)
        with safe_open(Path(folder) / "model.safetensors", "np") as file:
            tensors = {name: file.get_slice(name).get_shape() for name in file.keys()}
        return {"config": json.loads((Path(folder) / "config.json").read_text()),
                "tensors": tensors}


lists = {name: saved(*model) for name, model in MODELS.items()}
text = json.dumps(lists, separators=(",", ":"))
Path(sys.argv[1]).write_bytes(gzip.compress(text.encode(), mtime=0))
