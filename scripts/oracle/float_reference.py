"""A GGUF model in float32: dequantized weights, run by transformers.

The weights become exactly the floats that ggml's dequantization gives. Options imitate, one by
one, the roundings of ggml's CPU backend, to find which of them explains a difference:

  activations  every matrix product rounds its input to int8 in blocks, as ggml does for the type
               of the weight (Q8_0, Q8_1 or Q8_K)
  cache        q, k and v are rounded to f16 before attention
  gelu         GELU goes through a table of f16 inputs and outputs
"""

import pathlib

import gguf
import numpy
import torch
import transformers
from transformers.models.gemma3 import modeling_gemma3
from transformers.models.llama import modeling_llama

LLAMA_NAMES = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
GEMMA3_NAMES = LLAMA_NAMES | {
    "attn_q_norm": "self_attn.q_norm",
    "attn_k_norm": "self_attn.k_norm",
    "post_attention_norm": "post_attention_layernorm",
    "ffn_norm": "pre_feedforward_layernorm",
    "post_ffw_norm": "post_feedforward_layernorm",
}


def load(path, roundings=()):
    """The model, in evaluation mode; its forward gives float32 logits."""
    reader = gguf.GGUFReader(path)
    fields = {name: field.contents() for name, field in reader.fields.items()}
    architecture = fields["general.architecture"]
    make = {"llama": llama_config, "gemma3": gemma3_config}.get(architecture)
    if make is None:
        raise ValueError(f"{path}: no float reference for architecture {architecture}")
    config = make(fields, len(fields["tokenizer.ggml.tokens"]))
    config._attn_implementation = "eager"
    if architecture == "llama":
        model, names = transformers.LlamaForCausalLM(config), LLAMA_NAMES
    else:
        model, names = transformers.Gemma3ForCausalLM(config), GEMMA3_NAMES
    model.eval()
    modules = dict(model.named_modules())
    seen = set()
    with torch.no_grad():
        for tensor in reader.tensors:
            weight = gguf.dequantize(tensor.data, tensor.tensor_type).reshape(
                tuple(reversed([int(n) for n in tensor.shape])))
            module, type_name = place(modules, names, tensor.name), tensor.tensor_type.name
            if architecture == "llama" and tensor.name.endswith(("attn_q.weight", "attn_k.weight")):
                weight = split_halves(weight, config.head_dim)
            if architecture == "gemma3" and tensor.name.endswith("norm.weight"):
                weight = weight - 1.0  # llama.cpp's converter added the one
            if tuple(module.weight.shape) != weight.shape:
                raise ValueError(f"{path}: {tensor.name} has the shape {weight.shape}")
            module.weight.copy_(torch.tensor(weight))
            module.ggml_type = type_name
            if type_name == "Q4_1":
                module.minimums = q4_1_minimums(tensor)
            seen.add(tensor.name)
    if "output.weight" not in seen:
        model.lm_head.ggml_type = model.model.embed_tokens.ggml_type
    if "activations" in roundings:
        for module in modules.values():
            if isinstance(module, torch.nn.Linear):
                round_inputs(module)
    model.roundings = frozenset(roundings)
    if "gelu" in roundings:
        for layer in model.model.layers:
            layer.mlp.act_fn = TableGelu()
    return model


def llama_config(fields, vocabulary):
    heads = fields["llama.attention.head_count"]
    width = fields["llama.embedding_length"]
    return transformers.LlamaConfig(
        vocab_size=vocabulary,
        hidden_size=width,
        intermediate_size=fields["llama.feed_forward_length"],
        num_hidden_layers=fields["llama.block_count"],
        num_attention_heads=heads,
        num_key_value_heads=fields["llama.attention.head_count_kv"],
        head_dim=fields.get("llama.attention.key_length", width // heads),
        max_position_embeddings=fields["llama.context_length"],
        rms_norm_eps=fields["llama.attention.layer_norm_rms_epsilon"],
        rope_parameters={"rope_type": "default", "rope_theta": fields["llama.rope.freq_base"]},
        tie_word_embeddings=True,
    )


def gemma3_config(fields, vocabulary):
    return transformers.Gemma3TextConfig(
        vocab_size=vocabulary,
        hidden_size=fields["gemma3.embedding_length"],
        intermediate_size=fields["gemma3.feed_forward_length"],
        num_hidden_layers=fields["gemma3.block_count"],
        num_attention_heads=fields["gemma3.attention.head_count"],
        num_key_value_heads=fields["gemma3.attention.head_count_kv"],
        head_dim=fields["gemma3.attention.key_length"],
        query_pre_attn_scalar=fields["gemma3.attention.key_length"],
        sliding_window=fields["gemma3.attention.sliding_window"],
        max_position_embeddings=fields["gemma3.context_length"],
        rms_norm_eps=fields["gemma3.attention.layer_norm_rms_epsilon"],
        rope_parameters={
            "sliding_attention": {"rope_type": "default", "rope_theta": 10_000.0},
            "full_attention": {"rope_type": "default", "rope_theta": fields["gemma3.rope.freq_base"]},
        },
    )


def place(modules, names, name):
    """The module that a GGUF tensor belongs to."""
    fixed = {
        "token_embd.weight": "model.embed_tokens",
        "output_norm.weight": "model.norm",
        "output.weight": "lm_head",
    }
    if name in fixed:
        return modules[fixed[name]]
    _, layer, part, _ = name.split(".")
    return modules[f"model.layers.{layer}.{names[part]}"]


def split_halves(weight, head_dim):
    """Undoes the converter's interleaving of rotary pairs: rows (0 1 2 3..) to (0 2.. 1 3..)."""
    rows, columns = weight.shape
    return (
        weight.reshape(rows // head_dim, head_dim // 2, 2, columns)
        .swapaxes(1, 2)
        .reshape(rows, columns)
    )


# The roundings of ggml's CPU backend.


def f16(x):
    return x.to(torch.float16).to(torch.float32)


def round_q8_0(x):
    """Blocks of 32: int8 quants of x·(127/amax); the scale that multiplies them is f16."""
    blocks = x.unflatten(-1, (-1, 32))
    amax = blocks.abs().amax(-1, keepdim=True)
    inverse = torch.where(amax > 0, 127.0 / amax, torch.zeros_like(amax))
    scale = f16(amax / 127.0)
    quants = torch.round(blocks * inverse)
    return quants, amax / 127.0, scale


def round_q8_k(x):
    """Blocks of 256: quants of x·(-127/m), m the signed value of the largest magnitude."""
    blocks = x.unflatten(-1, (-1, 256))
    where = blocks.abs().argmax(-1, keepdim=True)
    peak = blocks.gather(-1, where)
    inverse = torch.where(peak != 0, -127.0 / peak, torch.zeros_like(peak))
    quants = torch.clamp(torch.round(blocks * inverse), max=127.0)
    scale = torch.where(inverse != 0, 1.0 / inverse, torch.zeros_like(inverse))
    return (quants * scale).flatten(-2)


def q4_1_minimums(tensor):
    """The minimum of each block of a Q4_1 tensor, [rows, columns / 32]."""
    blocks = numpy.asarray(tensor.data).reshape(-1, 20)
    minimums = blocks[:, 2:4].copy().view(numpy.float16).astype(numpy.float32)
    return torch.from_numpy(minimums.reshape(int(tensor.shape[1]), -1))


def round_inputs(module):
    """Makes a Linear see its input as ggml's integer dot products do."""
    kind = module.ggml_type
    if kind in ("Q8_0", "Q5_0"):

        def hook(linear, inputs):
            quants, _, scale = round_q8_0(inputs[0])
            return ((quants * scale).flatten(-2),)

        module.register_forward_pre_hook(hook)
    elif kind in ("Q4_K", "Q5_K", "Q6_K"):
        module.register_forward_pre_hook(lambda linear, inputs: (round_q8_k(inputs[0]),))
    elif kind == "Q4_1":

        def forward(x):
            # Q8_1 keeps the sum of a block beside it, rounded to f16 on its own; the weights'
            # minimums multiply that sum.
            quants, exact_scale, scale = round_q8_0(x)
            rounded = (quants * scale).flatten(-2)
            total = quants.sum(-1)
            slip = f16(exact_scale.squeeze(-1) * total) - scale.squeeze(-1) * total
            return (torch.nn.functional.linear(rounded, module.weight)
                    + torch.nn.functional.linear(slip, module.minimums))

        module.forward = forward
    elif kind not in ("F32",):
        raise ValueError(f"no rounding of activations known for weights of type {kind}")


class TableGelu(torch.nn.Module):
    def forward(self, x):
        y = f16(torch.nn.functional.gelu(f16(x), approximate="tanh"))
        return torch.where(x <= -10, torch.zeros_like(x), torch.where(x >= 10, x, y))


_plain_attention = {}


def _rounded_attention(module, query, key, value, mask, **rest):
    plain = _plain_attention[type(module).__name__]
    return plain(module, f16(query), f16(key), f16(value), mask, **rest)


def logits(model, tokens, skip=0):
    """Float32 logits [tokens - skip, vocabulary] of one sequence, from position skip on."""
    rounded = "cache" in model.roundings
    for library, name in ((modeling_llama, "LlamaAttention"), (modeling_gemma3, "Gemma3Attention")):
        _plain_attention.setdefault(name, library.eager_attention_forward)
        library.eager_attention_forward = (
            _rounded_attention if rounded else _plain_attention[name])
    with torch.no_grad():
        keep = len(tokens) - skip
        return model(torch.tensor([tokens]), logits_to_keep=keep).logits[0].numpy()


if __name__ == "__main__":
    import sys

    reference = load(pathlib.Path(sys.argv[1]))
    ids = [int(token) for token in sys.argv[2:]]
    for _ in range(12):
        ids.append(int(logits(reference, ids)[-1].argmax()))
    print(ids)
