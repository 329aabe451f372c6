"""Tiny random models with healthy numbers, and the reference that transformers computes for them.

A fixture is a folder: config.json and *.safetensors as a user has them, beside

  reference.json   {"checkpoint", "architecture", "vocabulary",
                    "prompts": [{"tokens", "logitsStd", "continuation", "leastGap"}]}
  logits.f32.gz    float32, little-endian: of prompt after prompt, [tokens, vocabulary]

logits are those of every position of the prompt in one pass; continuation is the greedy one, each
token by a pass over everything before it.
"""

import gzip
import json
import math

import numpy
import torch
import transformers

PROMPT_LENGTHS = (48, 12)
CONTINUATION = 16


class Unfit(Exception):
    """The random numbers of this seed make a poor fixture."""


def randomize(model, seed):
    """Weights with gains near one, so that logits neither vanish nor saturate."""
    random = torch.Generator().manual_seed(seed)

    def normal(parameter, std, mean=0.0):
        with torch.no_grad():
            parameter.copy_(torch.randn(parameter.shape, generator=random) * std + mean)

    gemma = "gemma3" in model.config.model_type
    tied = model.config.tie_word_embeddings
    for name, parameter in model.named_parameters():
        if name.endswith("embed_tokens.weight"):
            # Small beside what the layers add, or a tied model repeats its last token for ever.
            normal(parameter, 0.1 if tied else 0.7)
        elif name.endswith("lm_head.weight"):
            normal(parameter, 3.0 / math.sqrt(parameter.shape[1]))
        elif tied and name.endswith("model.norm.weight"):
            normal(parameter, 1.0, 30 / math.sqrt(len(parameter)))
        elif "norm" in name:
            # Gemma adds one to what is stored.
            normal(parameter, 0.2, 0.0 if gemma else 1.0)
        elif name.endswith("bias"):
            normal(parameter, 0.3)
        elif name.endswith(("q_proj.weight", "k_proj.weight")):
            normal(parameter, 1.5 / math.sqrt(parameter.shape[1]))
        elif parameter.ndim == 2:
            normal(parameter, 1.2 / math.sqrt(parameter.shape[1]))
        else:
            normal(parameter, 0.2)


def prompts(vocabulary, seed, lengths):
    random = numpy.random.default_rng(seed)
    return [random.integers(3, vocabulary, length).tolist() for length in lengths]


def logits(model, tokens):
    with torch.no_grad():
        return model(input_ids=torch.tensor([tokens])).logits[0].float().numpy()


def reference(model, vocabulary, seed, lengths=PROMPT_LENGTHS):
    """The prompts with what the model makes of them, and the logits of each."""
    entries, tables = [], []
    for tokens in prompts(vocabulary, seed, lengths):
        table = logits(model, tokens)
        sequence, gaps = list(tokens), []
        for _ in range(CONTINUATION):
            row = logits(model, sequence)[-1]
            second, best = numpy.sort(row)[-2:]
            gaps.append(float(best - second))
            sequence.append(int(row.argmax()))
        entries.append({
            "tokens": tokens,
            "logitsStd": float(table.std()),
            "continuation": sequence[len(tokens):],
            "leastGap": min(gaps),
        })
        tables.append(table)
    for entry in entries:
        if not 0.8 < entry["logitsStd"] < 12:
            raise Unfit(f"logits with a deviation of {entry['logitsStd']:.2f}")
        if entry["leastGap"] < 0.01 * entry["logitsStd"]:
            raise Unfit(f"a near tie of {entry['leastGap']:.4f}")
        if len(set(entry["continuation"])) < 5:
            raise Unfit("a continuation that goes in circles")
    return entries, tables


def write_reference(folder, name, architecture, entries, tables, **more):
    document = {
        "checkpoint": name,
        "architecture": architecture,
        "vocabulary": int(tables[0].shape[1]),
    } | more | {"prompts": entries}
    (folder / "reference.json").write_text(json.dumps(document) + "\n")
    raw = b"".join(table.astype("<f4").tobytes() for table in tables)
    (folder / "logits.f32.gz").write_bytes(gzip.compress(raw, mtime=0))


def one_expert_at_a_time(model):
    """The plain form of the experts, if any: the grouped one wants aligned shapes."""
    model.config._experts_implementation = "eager"


def reload(folder):
    """What transformers reads from the folder, up-cast to float32."""
    model = transformers.AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager")
    one_expert_at_a_time(model)
    model.eval()
    return model


def require_effect(name, what, model, other_config, tokens):
    """Fails if a changed setting would leave the logits as they are: the fixture would miss it."""
    other = type(model)(other_config)
    other.load_state_dict(model.state_dict())
    other.config._attn_implementation = "eager"
    other.eval()
    before, after = logits(model, tokens), logits(other, tokens)
    change = float(numpy.abs(after - before).max() / before.std())
    if change < 0.05:
        raise Unfit(f"{what} changes the logits of {name} by {change:.4f} deviations only")
    return change
