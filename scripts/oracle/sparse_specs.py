"""The tiny checkpoints with experts or an indexer. dtype, style, shards, fp8, kept: see tiny_specs.

lengths: of the prompts. drafts: a layer after the last one drafts tokens (multi-token prediction).
rms_norm_eps is large, so that the latent norms' own epsilon in transformers (1e-6) shows.
"""

from dataclasses import dataclass

from tiny_specs import Spec, default, yarn


@dataclass
class SparseSpec(Spec):
    lengths: tuple = (40, 12)
    drafts: bool = False


COMMON = {"vocab_size": 61, "max_position_embeddings": 256, "bos_token_id": 1, "eos_token_id": 2}


def latent(heads=4, **settings):
    """Multi-head latent attention and experts."""
    return COMMON | {
        "hidden_size": 32, "intermediate_size": 36, "moe_intermediate_size": 10,
        "num_hidden_layers": 3, "num_attention_heads": heads, "num_key_value_heads": heads,
        "q_lora_rank": 20, "kv_lora_rank": 16, "qk_nope_head_dim": 8, "qk_rope_head_dim": 4,
        "v_head_dim": 12, "n_routed_experts": 8, "num_experts_per_tok": 2, "n_shared_experts": 1,
        "n_group": 1, "topk_group": 1, "rms_norm_eps": 0.05, "routed_scaling_factor": 2.5,
        "norm_topk_prob": True, "rope_parameters": default(10_000.0),
    } | settings


def indexed(**settings):
    """With an indexer; 32 heads, or the ReLU makes exact ties."""
    return latent(**{"index_n_heads": 32, "index_head_dim": 8, "index_topk": 8,
                     "first_k_dense_replace": 1} | settings)


def grouped(**settings):
    """Grouped-query attention and experts."""
    return COMMON | {
        "hidden_size": 32, "intermediate_size": 36, "moe_intermediate_size": 10,
        "num_hidden_layers": 3, "num_attention_heads": 4, "num_key_value_heads": 2,
        "head_dim": 12, "num_experts_per_tok": 2, "rms_norm_eps": 1e-5, "norm_topk_prob": True,
        "rope_parameters": default(10_000.0),
    } | settings


def qwen3_moe_settings(**settings):
    return grouped(**{"num_experts": 8} | settings)


def glm4_moe_settings(**settings):
    return grouped(**{
        "n_routed_experts": 8, "n_shared_experts": 1, "routed_scaling_factor": 2.0,
        "first_k_dense_replace": 1, "num_mtp_layers": 0,
        "rope_parameters": half(10_000.0)} | settings)


def deepseek_v3_settings(**settings):
    return latent(**{"first_k_dense_replace": 1, "num_mtp_layers": 0, "n_group": 2,
                     "topk_group": 1} | settings)


def half(theta):
    """Half of each head's dimensions are rotated."""
    return default(theta) | {"partial_rotary_factor": 0.5}


def maker(prefix, architecture, settings):
    def make(name, **more):
        fields = {field: more.pop(field) for field in
                  ("dtype", "style", "lengths", "drafts", "shards", "fp8", "kept")
                  if field in more}
        return SparseSpec(f"{prefix}-{name}", architecture, settings(**more), **fields)
    return make


glm_moe_dsa = maker("glm-moe-dsa", "GlmMoeDsaForCausalLM", indexed)
deepseek_v32 = maker("deepseek-v32", "DeepseekV32ForCausalLM", indexed)
deepseek_v3 = maker("deepseek-v3", "DeepseekV3ForCausalLM", deepseek_v3_settings)
glm4_moe_lite = maker("glm4-moe-lite", "Glm4MoeLiteForCausalLM", latent)
glm4_moe = maker("glm4-moe", "Glm4MoeForCausalLM", glm4_moe_settings)
qwen3_moe = maker("qwen3-moe", "Qwen3MoeForCausalLM", qwen3_moe_settings)

F, S = "full", "shared"
OLD = {"style": "published", "dtype": "bfloat16"}
# The matrices of more than one block of scales, and of rows that are no multiple of one.
FP8 = OLD | {"fp8": True, "hidden_size": 136, "moe_intermediate_size": 24, "kv_lora_rank": 130,
             "num_hidden_layers": 2, "n_routed_experts": 4}
# The shares of GLM-5.2: full layers 0, 1, 2, 6, 10, ...
SHARED = {"index_topk_freq": 4, "index_skip_topk_offset": 3, "first_k_dense_replace": 3}

SPECS = [
    glm_moe_dsa("plain", kept=True, num_hidden_layers=2, q_lora_rank=16),
    glm_moe_dsa("shared", **OLD, **SHARED, kept=True, num_hidden_layers=8, hidden_size=28,
                moe_intermediate_size=6, q_lora_rank=14, rope_parameters=default(8_000_000.0)),
    glm_moe_dsa("types", num_hidden_layers=5, indexer_types=[F, S, F, F, S], index_topk=12,
                lengths=(60, 13), qk_nope_head_dim=24, v_head_dim=40),
    glm_moe_dsa("groups", n_group=4, topk_group=2, n_routed_experts=16, num_experts_per_tok=3,
                n_shared_experts=2, rope_parameters=default(1_000_000.0)),
    glm_moe_dsa("drafting", kept=True, dtype="float16", num_hidden_layers=2, drafts=True,
                indexer_types=[F, S], q_lora_rank=16),
    glm_moe_dsa("fp8", **FP8, q_lora_rank=136, rope_parameters=default(1_000_000.0)),
    glm_moe_dsa("all-dense", num_hidden_layers=3, first_k_dense_replace=3),
    glm_moe_dsa("no-dense", num_hidden_layers=2, first_k_dense_replace=0, heads=2),
    glm_moe_dsa("two-dense", num_hidden_layers=4, first_k_dense_replace=2, heads=6,
                rope_parameters=default(100_000.0)),
    glm_moe_dsa("mixed-mlp", num_hidden_layers=4, indexer_types=[F, S, S, F],
                mlp_layer_types=["sparse", "dense", "sparse", "dense"]),
    glm_moe_dsa("shared-saved", **SHARED, num_hidden_layers=7, moe_intermediate_size=8),
    glm_moe_dsa("shared-default-offset", style="published", index_topk_freq=3,
                num_hidden_layers=6, lengths=(48, 9)),
    glm_moe_dsa("pattern", **OLD, index_topk_pattern="FSSFS", num_hidden_layers=5),
    glm_moe_dsa("one-full", dtype="float16", indexer_types=[F, S, S, S], num_hidden_layers=4,
                kv_lora_rank=24),
    glm_moe_dsa("tied", tie_word_embeddings=True, num_hidden_layers=2, hidden_size=40),
    glm_moe_dsa("tied-published", **OLD, tie_word_embeddings=True, heads=3,
                rope_parameters=default(8_000_000.0)),
    glm_moe_dsa("raw-weights", norm_topk_prob=False, routed_scaling_factor=1.5,
                num_experts_per_tok=3),
    glm_moe_dsa("raw-weights-groups", norm_topk_prob=False, n_group=2, topk_group=1,
                n_routed_experts=12, num_experts_per_tok=4, dtype="float16"),
    glm_moe_dsa("unscaled", routed_scaling_factor=1.0, num_hidden_layers=2),
    glm_moe_dsa("many-experts", n_routed_experts=32, num_experts_per_tok=8,
                moe_intermediate_size=4, n_shared_experts=2),
    glm_moe_dsa("one-expert", n_routed_experts=6, num_experts_per_tok=1, norm_topk_prob=False),
    glm_moe_dsa("wide-rope", qk_rope_head_dim=16, index_head_dim=16, qk_nope_head_dim=24,
                v_head_dim=40, rope_parameters=default(8_000_000.0)),
    glm_moe_dsa("indexer-all-rotated", qk_rope_head_dim=8, index_head_dim=8, v_head_dim=7),
    glm_moe_dsa("odd", hidden_size=37, intermediate_size=41, moe_intermediate_size=9,
                q_lora_rank=23, kv_lora_rank=19, qk_nope_head_dim=5, v_head_dim=11,
                qk_rope_head_dim=6, index_head_dim=13, heads=3, vocab_size=67),
    glm_moe_dsa("odd-bfloat16", **OLD, hidden_size=45, q_lora_rank=33, kv_lora_rank=31,
                qk_nope_head_dim=24, v_head_dim=40, qk_rope_head_dim=10, index_head_dim=22,
                heads=5),
    glm_moe_dsa("large-latent", kv_lora_rank=96, q_lora_rank=48, qk_nope_head_dim=16, heads=8,
                num_hidden_layers=2),
    glm_moe_dsa("topk-16", index_topk=16, lengths=(96, 17), num_hidden_layers=2,
                index_head_dim=16),
    glm_moe_dsa("topk-24", index_topk=24, lengths=(75, 25), num_hidden_layers=3,
                indexer_types=[F, S, F], dtype="float16", style="published"),
    glm_moe_dsa("topk-32", index_topk=32, lengths=(128, 31), num_hidden_layers=2,
                indexer_types=[F, S], index_head_dim=32),
    glm_moe_dsa("topk-32-groups", **OLD, index_topk=32, lengths=(100, 40), num_hidden_layers=2,
                n_group=2, topk_group=1, rope_parameters=default(1_000_000.0)),
    glm_moe_dsa("many-index-heads", index_n_heads=64, num_hidden_layers=2),
    glm_moe_dsa("bias", attention_bias=True, num_hidden_layers=2),
    glm_moe_dsa("sharded", dtype="float16", shards=2, num_hidden_layers=3),
    glm_moe_dsa("fp8-shared", **FP8 | {"moe_intermediate_size": 16}, kept=True, q_lora_rank=40,
                indexer_types=[F, S], vocab_size=43, rope_parameters=default(8_000_000.0)),
    glm_moe_dsa("fp8-groups", **FP8 | {"hidden_size": 260, "n_routed_experts": 8},
                q_lora_rank=150, n_group=2, topk_group=1, tie_word_embeddings=True),
    glm_moe_dsa("drafting-published", **OLD, **SHARED, drafts=True, num_hidden_layers=4,
                rope_parameters=default(8_000_000.0)),

    deepseek_v32("plain", kept=True, num_hidden_layers=2, q_lora_rank=14),
    deepseek_v32("groups", n_group=4, topk_group=2, n_routed_experts=16, num_experts_per_tok=3,
                 first_k_dense_replace=1, index_n_heads=64, lengths=(48, 9)),
    deepseek_v32("yarn", **OLD, rope_parameters=yarn(10_000.0, mscale=1.0, mscale_all_dim=1.0),
                 qk_rope_head_dim=16, index_head_dim=24, qk_nope_head_dim=24, v_head_dim=40),
    deepseek_v32("topk-16", index_topk=16, lengths=(80, 17), index_head_dim=16,
                 num_hidden_layers=2, first_k_dense_replace=0, qk_rope_head_dim=6),
    deepseek_v32("fp8", **FP8 | {"n_routed_experts": 8}, q_lora_rank=40, n_group=2, topk_group=1),

    deepseek_v3("plain", kept=True, dtype="float16", num_hidden_layers=2),
    deepseek_v3("no-query-latent", q_lora_rank=None, n_group=4, topk_group=2,
                n_routed_experts=16, num_experts_per_tok=4, first_k_dense_replace=2),
    deepseek_v3("yarn", **OLD, kept=True, qk_rope_head_dim=16,
                rope_parameters=yarn(10_000.0, mscale=1.0, mscale_all_dim=1.0, beta_fast=32,
                                     beta_slow=1)),
    deepseek_v3("yarn-mscale", qk_rope_head_dim=12, n_shared_experts=2,
                rope_parameters=yarn(1_000.0, mscale=1.0, mscale_all_dim=0.707)),
    deepseek_v3("yarn-plain", q_lora_rank=None, qk_rope_head_dim=12, norm_topk_prob=False,
                rope_parameters=yarn(500.0), dtype="float16"),
    deepseek_v3("half-split", rope_interleave=False, qk_nope_head_dim=24, v_head_dim=40),
    deepseek_v3("tied-odd", tie_word_embeddings=True, hidden_size=37, q_lora_rank=23,
                kv_lora_rank=19, v_head_dim=11, heads=3),
    deepseek_v3("fp8", **FP8 | {"n_routed_experts": 8}, q_lora_rank=136),

    glm4_moe_lite("plain", kept=True, num_hidden_layers=2),
    glm4_moe_lite("published", **OLD, n_shared_experts=2, routed_scaling_factor=1.8,
                  num_experts_per_tok=4, rope_parameters=default(1_000_000.0)),
    glm4_moe_lite("mixed-mlp", mlp_layer_types=["sparse", "dense", "sparse"], dtype="float16",
                  qk_nope_head_dim=24, v_head_dim=40, heads=5),
    glm4_moe_lite("groups", n_group=4, topk_group=2, n_routed_experts=16, norm_topk_prob=False,
                  tie_word_embeddings=True),
    glm4_moe_lite("no-query-latent", q_lora_rank=None, attention_bias=True, shards=2),
    glm4_moe_lite("fp8", **FP8, q_lora_rank=40),

    glm4_moe("plain", kept=True, num_hidden_layers=2),
    glm4_moe("qk-norm", **OLD, use_qk_norm=True, attention_bias=True, n_shared_experts=2,
             head_dim=16, rope_parameters=half(1_000_000.0)),
    glm4_moe("groups", n_group=4, topk_group=2, n_routed_experts=16, num_experts_per_tok=3,
             attention_bias=True, num_key_value_heads=1, dtype="float16"),
    glm4_moe("fully-rotated", use_qk_norm=True, first_k_dense_replace=0, norm_topk_prob=False,
             num_key_value_heads=4, rope_parameters=default(10_000.0)),
    glm4_moe("tied", tie_word_embeddings=True, num_hidden_layers=4, first_k_dense_replace=3,
             routed_scaling_factor=1.0, head_dim=20),

    qwen3_moe("plain", kept=True, num_hidden_layers=2),
    qwen3_moe("raw-weights", **OLD, norm_topk_prob=False, num_experts_per_tok=3,
              rope_parameters=default(1_000_000.0)),
    qwen3_moe("sparse-step", decoder_sparse_step=2, num_hidden_layers=4, num_key_value_heads=1,
              dtype="float16"),
    qwen3_moe("mlp-only", mlp_only_layers=[1], num_experts=12, num_experts_per_tok=4,
              tie_word_embeddings=True),
    qwen3_moe("yarn", num_hidden_layers=2, head_dim=16, norm_topk_prob=False, shards=2,
              rope_parameters=yarn(1_000.0)),
]
