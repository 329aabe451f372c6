"""The tiny checkpoints that conversion is tested with: one for each architecture."""

from dataclasses import dataclass, field

COMMON = {"vocab_size": 96, "max_position_embeddings": 256, "hidden_size": 32,
          "num_attention_heads": 2, "bos_token_id": 0, "eos_token_id": 1, "pad_token_id": None,
          "rms_norm_eps": 1e-5}
GROUPED = COMMON | {"num_key_value_heads": 1, "head_dim": 16}
EXPERTS = {"num_hidden_layers": 2, "intermediate_size": 48, "moe_intermediate_size": 32,
           "num_experts_per_tok": 2, "norm_topk_prob": True}
SHARED = EXPERTS | {"n_routed_experts": 4, "n_shared_experts": 1, "first_k_dense_replace": 1,
                    "routed_scaling_factor": 1.5, "n_group": 1, "topk_group": 1}
# kv_lora_rank is whole blocks of 32, qk_nope_head_dim is not.
LATENT = COMMON | SHARED | {"num_key_value_heads": 2, "q_lora_rank": 32, "kv_lora_rank": 32,
                            "qk_rope_head_dim": 8, "qk_nope_head_dim": 16, "v_head_dim": 16}
# Many index heads, so that no score is exactly zero and no tie decides; 64 wide, as llama.cpp wants.
INDEXER = {"index_n_heads": 16, "index_head_dim": 64, "index_topk": 8}
YARN = {"rope_type": "yarn", "rope_theta": 10000.0, "factor": 4.0, "beta_fast": 32.0,
        "beta_slow": 1.0, "mscale": 1.0, "mscale_all_dim": 1.0,
        "original_max_position_embeddings": 64}


def plain(theta):
    return {"rope_type": "default", "rope_theta": theta}


@dataclass(frozen=True)
class Spec:
    """
    classes: stem of the names of transformers' classes
    extra: fields that published configurations have and transformers does not write
    predict: layers that predict further tokens, which transformers does not make
    tokenizer: "", "llama-bpe" or "glm4"
    """
    name: str
    classes: str
    settings: dict
    extra: dict = field(default_factory=dict)
    predict: int = 0
    tokenizer: str = ""
    fp8: bool = False


SPECS = [
    Spec("qwen3-moe", "Qwen3Moe",
         GROUPED | EXPERTS | {"num_experts": 4, "rope_parameters": plain(1e6)}),
    Spec("glm4-moe", "Glm4Moe",
         GROUPED | SHARED | {"use_qk_norm": True, "attention_bias": True,
                             "num_nextn_predict_layers": 1,
                             "rope_parameters": plain(1e6) | {"partial_rotary_factor": 0.5}},
         predict=1),
    Spec("glm4-moe-lite", "Glm4MoeLite", LATENT | {"rope_parameters": plain(1e6)},
         extra={"scoring_func": "sigmoid", "first_k_dense_replace": 1}),
    Spec("deepseek-v3", "DeepseekV3",
         LATENT | {"n_group": 2, "topk_group": 1, "rope_parameters": YARN},
         extra={"scoring_func": "sigmoid"}, fp8=True),
    Spec("deepseek-v32", "DeepseekV32", LATENT | INDEXER | {"rope_parameters": plain(1e4)},
         extra={"scoring_func": "sigmoid"}),
    Spec("glm-moe-dsa", "GlmMoeDsa",
         LATENT | INDEXER | {"num_hidden_layers": 3, "vocab_size": 300,
                             "indexer_types": ["full", "shared", "full"],
                             "rope_parameters": plain(8e6)},
         extra={"scoring_func": "sigmoid", "num_nextn_predict_layers": 1}, predict=1,
         tokenizer="glm4"),
    # Rows of whole K-quant blocks, and others that are not; no head; a tokenizer.
    Spec("llama-wide", "Llama",
         GROUPED | {"vocab_size": 300, "hidden_size": 256, "intermediate_size": 32,
                    "num_hidden_layers": 1, "tie_word_embeddings": True,
                    "rope_parameters": plain(1e4)},
         tokenizer="llama-bpe"),
]
