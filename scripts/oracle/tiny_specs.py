"""The tiny checkpoints: what each is for, and its settings.

dtype: of the saved weights. style: "saved" is the config.json of transformers 5, "published" that
of older releases, as the checkpoints on the hub have it (rope_theta and rope_scaling at the top
level, torch_dtype, sliding_window_pattern), "sparse" a published one that leaves every default
out, as those of the larger Gemma 3 do. kept: part of the repository's test resources.
"""

from dataclasses import dataclass, field


@dataclass
class Spec:
    name: str
    architecture: str
    settings: dict
    dtype: str = "float32"
    style: str = "saved"
    shards: int = 1
    fp8: bool = False
    kept: bool = False
    vision: dict = field(default_factory=dict)


def llama(**settings):
    return {
        "vocab_size": 61, "hidden_size": 36, "intermediate_size": 42, "num_hidden_layers": 2,
        "num_attention_heads": 6, "num_key_value_heads": 2, "max_position_embeddings": 128,
        "rms_norm_eps": 1e-5, "bos_token_id": 1, "eos_token_id": 2,
    } | settings


def qwen3(**settings):
    return {
        "vocab_size": 67, "hidden_size": 28, "intermediate_size": 44, "num_hidden_layers": 2,
        "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 10,
        "max_position_embeddings": 128, "rms_norm_eps": 1e-6, "bos_token_id": 1, "eos_token_id": 2,
    } | settings


def gemma3(**settings):
    return {
        "vocab_size": 71, "hidden_size": 20, "intermediate_size": 30, "num_hidden_layers": 4,
        "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 12,
        "query_pre_attn_scalar": 12, "sliding_window": 8, "max_position_embeddings": 128,
        "sliding_window_pattern": 3, "pad_token_id": 0, "bos_token_id": 2, "eos_token_id": 1,
    } | settings


def default(theta):
    return {"rope_type": "default", "rope_theta": theta}


def linear(factor, theta):
    return {"rope_type": "linear", "factor": factor, "rope_theta": theta}


def llama3(theta):
    return {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
            "original_max_position_embeddings": 64, "rope_theta": theta}


def yarn(theta, **more):
    return {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32,
            "rope_theta": theta} | more


def by_layer(full, sliding):
    return {"full_attention": full, "sliding_attention": sliding}


SPECS = [
    Spec("llama-plain", "LlamaForCausalLM",
         llama(rope_parameters=default(10_000.0)), kept=True),
    Spec("llama-biases-llama3", "LlamaForCausalLM",
         llama(head_dim=16, attention_bias=True, mlp_bias=True, tie_word_embeddings=True,
               rope_parameters=llama3(500.0)),
         dtype="bfloat16", style="published", kept=True),
    Spec("llama-linear-sharded", "LlamaForCausalLM",
         llama(hidden_size=40, intermediate_size=72, vocab_size=73, num_attention_heads=4,
               num_key_value_heads=4, rope_parameters=linear(3.0, 1_000.0)),
         dtype="float16", style="published", shards=2, kept=True),
    Spec("llama-yarn", "LlamaForCausalLM",
         llama(num_key_value_heads=1, head_dim=20, rope_parameters=yarn(200.0)),
         style="published"),
    Spec("llama-yarn-tuned", "LlamaForCausalLM",
         llama(head_dim=16, tie_word_embeddings=True,
               rope_parameters=yarn(1_000.0, beta_fast=16.0, beta_slow=2.0, attention_factor=1.3,
                                    truncate=False))),
    Spec("llama-three-of-nine", "LlamaForCausalLM",
         llama(hidden_size=54, num_attention_heads=9, num_key_value_heads=3, num_hidden_layers=3,
               intermediate_size=101, rms_norm_eps=1e-3, rope_parameters=llama3(10_000.0))),
    Spec("llama-fp8", "LlamaForCausalLM",
         llama(hidden_size=136, intermediate_size=130, num_attention_heads=2, num_hidden_layers=1,
               num_key_value_heads=1, head_dim=10, tie_word_embeddings=True,
               rope_parameters=default(10_000.0)),
         dtype="bfloat16", style="published", fp8=True, kept=True),
    Spec("qwen3-plain", "Qwen3ForCausalLM",
         qwen3(rope_parameters=default(1_000_000.0)), kept=True),
    Spec("qwen3-tied-yarn", "Qwen3ForCausalLM",
         qwen3(head_dim=16, tie_word_embeddings=True, rope_parameters=yarn(1_000.0)),
         dtype="bfloat16", style="published", kept=True),
    Spec("qwen3-bias-sharded", "Qwen3ForCausalLM",
         qwen3(attention_bias=True, num_hidden_layers=3, num_key_value_heads=4,
               rope_parameters=linear(2.0, 10_000.0)),
         dtype="float16", shards=2),
    Spec("qwen3-fp8", "Qwen3ForCausalLM",
         qwen3(hidden_size=260, intermediate_size=300, num_attention_heads=5,
               num_key_value_heads=1, head_dim=64, rope_parameters=default(10_000.0)),
         dtype="bfloat16", style="published", fp8=True),
    Spec("gemma3-plain", "Gemma3ForCausalLM",
         gemma3(rope_parameters=by_layer(default(1_000_000.0), default(10_000.0))), kept=True),
    Spec("gemma3-scaled", "Gemma3ForCausalLM",
         gemma3(query_pre_attn_scalar=30, num_key_value_heads=1, sliding_window_pattern=2,
                rope_parameters=by_layer(linear(8.0, 5_000.0), default(100.0))),
         dtype="bfloat16", style="published", kept=True),
    Spec("gemma3-default-pattern", "Gemma3ForCausalLM",
         gemma3(num_hidden_layers=7, sliding_window_pattern=6, num_key_value_heads=4,
                rope_parameters=by_layer(default(1_000_000.0), default(10_000.0))),
         dtype="float16", style="published", shards=2),
    Spec("gemma3-text-config", "Gemma3ForConditionalGeneration",
         gemma3(rope_parameters=by_layer(linear(8.0, 1_000_000.0), default(10_000.0))),
         style="published", vision={"hidden_size": 8, "intermediate_size": 8, "image_size": 8,
                                    "patch_size": 4, "num_hidden_layers": 1,
                                    "num_attention_heads": 2}),
    Spec("gemma3-text-config-saved", "Gemma3ForConditionalGeneration",
         gemma3(rope_parameters=by_layer(default(1_000_000.0), default(10_000.0))),
         dtype="bfloat16", vision={"hidden_size": 8, "intermediate_size": 8, "image_size": 8,
                                   "patch_size": 4, "num_hidden_layers": 1,
                                   "num_attention_heads": 2}),
    Spec("gemma3-sparse-config", "Gemma3ForConditionalGeneration",
         {"vocab_size": 71, "hidden_size": 8, "intermediate_size": 20, "num_hidden_layers": 7,
          "sliding_window": 8,
          "rope_parameters": by_layer(linear(8.0, 1_000_000.0), default(10_000.0))},
         dtype="bfloat16", style="sparse",
         vision={"hidden_size": 8, "intermediate_size": 8, "image_size": 8, "patch_size": 4,
                 "num_hidden_layers": 1, "num_attention_heads": 2}),
]
