"""What a program could get wrong about a model with experts or an indexer, as changes to it.

Each change makes of a model what a program would compute that misses one thing. A fixture is only
worth its name if it notices.
"""

import copy

import torch

import sparse_models


def effects_of(model):
    """Pairs of a name and a change that turns a copy of the model into the mistaken one."""
    config = model.config
    attention = modules(model, "self_attn")
    gates = [gate for gate in modules(model, "gate") if hasattr(gate, "top_k")]
    indexers = [indexer for indexer in modules(model, "indexer") if indexer is not None]
    effects = []
    if indexers:
        effects.append(("attention to everything", attend_to_everything))
        if config.qk_rope_head_dim > 2:
            effects.append(("the indexer's other rotation", rotate_indexer_otherwise))
    if sparse_models.latent_norms(model):
        effects.append(("the latent norms' epsilon", take_epsilon_from_config))
        if config.qk_rope_head_dim > 2:
            effects.append(("the other rotation", rotate_otherwise))
    if gates:
        effects.append(("norm_topk_prob", set_of("gate", norm_topk_prob=lambda v: not v)))
        if hasattr(gates[0], "e_score_correction_bias"):
            effects.append(("the choice's bias", drop_choice_bias))
        if getattr(gates[0], "routed_scaling_factor", 1.0) != 1.0:
            effects.append(("routed_scaling_factor",
                            set_of("gate", routed_scaling_factor=lambda v: 1.0)))
        if getattr(gates[0], "num_group", 1) > 1:
            effects.append(("groups", set_of("gate", num_group=lambda v: 1,
                                             topk_group=lambda v: 1)))
    rope = config.rope_parameters
    if rope["rope_type"] != "default" or rope.get("partial_rotary_factor", 1.0) != 1.0:
        effects.append(("rope parameters", drop_rope_parameters))
    if getattr(config, "kv_lora_rank", None) and any(
            abs(a.scaling * a.qk_head_dim**0.5 - 1) > 1e-6 for a in attention):
        effects.append(("the scale's mscale", drop_mscale))
    if getattr(config, "use_qk_norm", False):
        effects.append(("use_qk_norm", set_of("self_attn", use_qk_norm=lambda v: False)))
    if config.attention_bias:
        effects.append(("attention_bias", drop_attention_bias))
    return effects


def modules(model, kind):
    return [module for name, module in model.named_modules() if name.endswith("." + kind)]


def set_of(kind, **changes):
    def change(model):
        for module in modules(model, kind):
            for name, value in changes.items():
                if hasattr(module, name):
                    setattr(module, name, value(getattr(module, name)))
    return change


def attend_to_everything(model):
    for indexer in modules(model, "indexer"):
        indexer.index_topk = 10**6


def take_epsilon_from_config(model):
    for norm in sparse_models.latent_norms(model):
        norm.variance_epsilon = model.config.rms_norm_eps


def drop_choice_bias(model):
    for name, buffer in model.named_buffers():
        if name.endswith("e_score_correction_bias"):
            buffer.zero_()


def drop_rope_parameters(model):
    config = copy.deepcopy(model.config)
    config.rope_parameters = {"rope_type": "default",
                              "rope_theta": config.rope_parameters["rope_theta"]}
    model.model.rotary_emb = type(model.model.rotary_emb)(config)


def drop_mscale(model):
    for attention in modules(model, "self_attn"):
        attention.scaling = attention.qk_head_dim**-0.5


def drop_attention_bias(model):
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if ".self_attn." in name and name.endswith("_proj.bias"):
                parameter.zero_()


def repaired(values, rotated):
    """Rows in the order under which one rotation computes what the other would of the old order.

    values: [head, dimension, ...], the first `rotated` dimensions of each head are.
    """
    half = rotated // 2
    order = [i // 2 + (i % 2) * half for i in range(rotated)]
    if values.shape[1] > rotated:
        order += list(range(rotated, values.shape[1]))
    return values[:, order]


def repair(parameter, heads, start, rotated):
    with torch.no_grad():
        values = parameter.view(heads, -1, *parameter.shape[1:])
        values[:, start:] = repaired(values[:, start:], rotated)


def rotate_indexer_otherwise(model):
    rotated = model.config.qk_rope_head_dim
    for indexer in modules(model, "indexer"):
        repair(indexer.wq_b.weight, indexer.n_heads, 0, rotated)
        for parameter in (indexer.wk.weight, indexer.k_norm.weight, indexer.k_norm.bias):
            repair(parameter, 1, 0, rotated)


def rotate_otherwise(model):
    config = model.config
    nope, rotated = config.qk_nope_head_dim, config.qk_rope_head_dim
    for attention in modules(model, "self_attn"):
        query = attention.q_proj if config.q_lora_rank is None else attention.q_b_proj
        repair(query.weight, config.num_attention_heads, nope, rotated)
        repair(attention.kv_a_proj_with_mqa.weight, 1, config.kv_lora_rank, rotated)
        if attention.kv_a_proj_with_mqa.bias is not None:
            repair(attention.kv_a_proj_with_mqa.bias, 1, config.kv_lora_rank, rotated)
