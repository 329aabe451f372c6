"""What makes a model with experts or an indexer a fixture: the choices it takes, and their margins.

Beside the files of tiny_models.py a fixture then has

  choices.json.gz  {"prompts": [{"selected": {layer: positions[][]},
                                 "routed": {layer: [{"experts", "weights"}]}}]}

one entry for every position of the prompt: of each layer with an indexer of its own the positions
that are attended to (sorted, none in the future), of each layer with experts those that compute
(sorted) with their weights.

A choice is a cut in a ranking, so two correct programs agree only where the last candidate in and
the first one out are further apart than rounding. Margins are given in standard deviations of
what is ranked.
"""

import copy
import gzip
import json
import math
from dataclasses import dataclass, field

import numpy
import torch
from torch.overrides import TorchFunctionMode

import tiny_models
from tiny_models import Unfit

LEAST_MARGIN = 3e-4
LEAST_LEAD = 3e-3
# Every parameter off by this much, relatively: an order of magnitude above the rounding of a sum.
PERTURBATION = 2e-6
LARGEST_NOISE = 3e-4


def randomize(model, seed):
    """Weights under which attention, indexer and router are all decisive, but not saturated."""
    random = torch.Generator().manual_seed(seed)

    def normal(parameter, std, mean=0.0):
        with torch.no_grad():
            parameter.copy_(torch.randn(parameter.shape, generator=random) * std + mean)

    tied = model.config.tie_word_embeddings
    for name, parameter in model.named_parameters():
        gain = 1 / math.sqrt(parameter.shape[-1])
        if name.endswith("embed_tokens.weight"):
            normal(parameter, 0.1 if tied else 0.7)
        elif name.endswith("lm_head.weight"):
            normal(parameter, 3.0 * gain)
        elif tied and name == "model.norm.weight":
            normal(parameter, 1.0, 30 * gain)
        elif name.endswith("bias"):
            normal(parameter, 0.3)
        elif "norm" in name:
            normal(parameter, 0.2, 1.0)
        elif name.endswith(("q_b_proj.weight", "q_proj.weight", "k_proj.weight", "gate.weight",
                            "weights_proj.weight")):
            normal(parameter, 1.5 * gain)
        else:
            normal(parameter, 1.2 * gain)
    for name, buffer in model.named_buffers():
        if name.endswith("e_score_correction_bias"):
            normal(buffer, 0.2)


@dataclass
class Choices:
    """Of one pass; margin: the least one of the selections and of the routings."""

    selected: dict = field(default_factory=dict)
    routed: dict = field(default_factory=dict)
    selection_margin: float = math.inf
    routing_margin: float = math.inf

    def agree(self, other):
        return (self.selected == other.selected
                and {layer: [row["experts"] for row in rows] for layer, rows in self.routed.items()}
                == {layer: [row["experts"] for row in rows]
                    for layer, rows in other.routed.items()})


class Watch(TorchFunctionMode):
    """Follows one pass: every ranking inside an indexer or a router, and what they return."""

    def __init__(self, model):
        super().__init__()
        self.choices = Choices()
        self.inside = None
        self.hooks = []
        for name, module in model.named_modules():
            kind = name.rsplit(".", 1)[-1]
            if kind == "indexer" or (kind == "gate" and ".mlp.gate" in name):
                layer = int(name.split(".layers.")[1].split(".")[0])
                after = self.selection if kind == "indexer" else self.routing
                self.hooks += [
                    module.register_forward_pre_hook(self.entering(kind)),
                    module.register_forward_hook(self.leaving(after, layer)),
                ]

    def entering(self, kind):
        def hook(module, inputs):
            self.inside = kind
        return hook

    def leaving(self, after, layer):
        def hook(module, inputs, output):
            self.inside = None
            after(layer, output)
        return hook

    def selection(self, layer, indices):
        self.choices.selected[layer] = [
            sorted(int(i) for i in row if i <= position)
            for position, row in enumerate(indices[0].tolist())]

    def routing(self, layer, output):
        _, weights, experts = output
        rows = []
        for indices, values in zip(experts.tolist(), weights.tolist()):
            order = sorted(range(len(indices)), key=lambda i: indices[i])
            rows.append({"experts": [indices[i] for i in order],
                         "weights": [float(f"{values[i]:.9g}") for i in order]})
        self.choices.routed[layer] = rows

    def __torch_function__(self, function, types, args=(), kwargs=None):
        output = function(*args, **(kwargs or {}))
        if self.inside and function in (torch.topk, torch.Tensor.topk):
            with torch._C.DisableTorchFunction():
                self.rank(args[0], (kwargs or {}).get("k", args[1] if len(args) > 1 else None))
        return output

    def rank(self, scores, k):
        if self.inside == "indexer":
            # The first k positions attend to everything.
            rows = [scores[0, i, :i + 1] for i in range(k, scores.shape[1])]
            margins = [margin(row, k) for row in rows]
            self.choices.selection_margin = min([self.choices.selection_margin] + margins)
        elif scores.ndim == 2 and k < scores.shape[1]:
            # The ranking inside a group, of three dimensions, gives a sum and no choice.
            margins = [margin(row[row.isfinite()], k) for row in scores]
            self.choices.routing_margin = min([self.choices.routing_margin] + margins)

    def __exit__(self, *error):
        for hook in self.hooks:
            hook.remove()
        return super().__exit__(*error)


def margin(scores, k):
    if len(scores) <= k:
        return math.inf
    ranked = scores.sort(descending=True).values
    return float((ranked[k - 1] - ranked[k]) / scores.std())


def observe(model, tokens):
    with Watch(model) as watch:
        table = tiny_models.logits(model, tokens)
    return table, watch.choices


def perturbed(model, seed):
    other = copy.deepcopy(model)
    random = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in other.parameters():
            parameter.mul_(1 + PERTURBATION * torch.randn(parameter.shape, generator=random))
    return other


def require_margins(choices):
    for what in ("selection", "routing"):
        least = getattr(choices, what + "_margin")
        if least < LEAST_MARGIN:
            raise Unfit(f"a {what} with a margin of {least:.1e}")


def require_lead(table):
    second, best = numpy.sort(table, axis=1)[:, -2:].T
    lead = float((best - second).min() / table.std())
    if lead < LEAST_LEAD:
        raise Unfit(f"a best token that leads by {lead:.1e}")
    return lead


def screen(model, prompts):
    """The cheap part of reference(), before anything is written."""
    for tokens in prompts:
        table, choices = observe(model, tokens)
        require_margins(choices)
        require_lead(table)


def reference(model, vocabulary, seed, lengths):
    """As tiny_models.reference, and the choices of each prompt with their margins."""
    prompts = tiny_models.prompts(vocabulary, seed, lengths)
    screen(model, prompts)
    entries, tables = tiny_models.reference(model, vocabulary, seed, lengths)
    taken = []
    for entry, table in zip(entries, tables):
        _, all_choices = observe(model, entry["tokens"] + entry["continuation"])
        require_margins(all_choices)
        _, choices = observe(model, entry["tokens"])
        entry["leastLead"] = require_lead(table)
        for what in ("selection", "routing"):
            least = getattr(all_choices, what + "_margin")
            if math.isfinite(least):
                entry[what + "Margin"] = least
        noise = 0.0
        for other_seed in range(3):
            other_table, other_choices = observe(perturbed(model, other_seed), entry["tokens"])
            if not choices.agree(other_choices):
                raise Unfit("a choice that rounding could change")
            noise = max(noise, float(numpy.abs(other_table - table).max() / table.std()))
        if noise > LARGEST_NOISE:
            raise Unfit(f"logits that rounding moves by {noise:.1e}")
        entry["noise"] = noise
        taken.append({"selected": choices.selected, "routed": choices.routed})
    return entries, tables, taken


def write_choices(folder, taken):
    text = json.dumps({"prompts": taken}, separators=(",", ":"))
    (folder / "choices.json.gz").write_bytes(gzip.compress(text.encode(), mtime=0))


def latent_norms(model):
    return [module for name, module in model.named_modules()
            if name.endswith(("q_a_layernorm", "kv_a_layernorm"))]


def latent_norm_epsilon(model):
    """What transformers adds to the variance of a latent, whatever the config says; or None."""
    found = {norm.variance_epsilon for norm in latent_norms(model)}
    if len(found) > 1:
        raise ValueError(f"latent norms of different epsilons: {found}")
    return found.pop() if found else None


def require_effect(name, what, model, change, tokens):
    """Fails if the changed model finds the same logits: the fixture would miss the difference."""
    other = copy.deepcopy(model)
    change(other)
    before, after = tiny_models.logits(model, tokens), tiny_models.logits(other, tokens)
    moved = float(numpy.abs(after - before).max() / before.std())
    if moved < 0.05:
        raise Unfit(f"{what} changes the logits of {name} by {moved:.4f} deviations only")
    return moved
