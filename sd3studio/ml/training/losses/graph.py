"""Losses of the graph side: the codec (the paper's step 1) and the graph diffusion (steps 3 and 4).

The graph diffusion's batches are those of `sources.completions`. The paper's are the two branches and their alignment
(its eqs. 2 and 3, 10 and 11). Ours, where it is silent: the source graph enters as condition tokens and, thing by
thing, beside the places of the canvas (`conditioning.graph_places`); what a description tells stands fixed; one net is
all branches; t is one for both sources; the teacher is detached, and no gradient goes into z_t.
"""

from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional

from sd3studio.ml.conditioning.graph_places import (
    ATTRIBUTE,
    CELL_FIELDS,
    CELLS,
    FIELDS,
    FIRST_PLACE,
    NODES,
    OBJECT_PLACES,
    OWN,
    PLACES,
    RELATION,
)
from sd3studio.ml.conditioning.graph_tensors import GraphTensors
from sd3studio.ml.conditioning.graph_things import ThingTensors
from sd3studio.ml.diffusion.objective import DiffusionLoss, ObjectiveConfig, alignment_loss, diffusion_loss
from sd3studio.ml.nets.denoiser import Denoiser, DenoiserOutput
from sd3studio.ml.nets.graph_codec import HALF, LEVELS, GraphCodec, seed_codes
from sd3studio.ml.nets.relation_reader import RelationReader
from sd3studio.ml.system import System
from sd3studio.ml.training.losses import Batch

ABSENT_CONDITION = 0.1
"""Share of samples that see no condition tokens, so that the net can do with what lies beside the places."""

CONDITION_WIDTHS = {"graph": 128, "said_words": 384, "seen_photo": 1280}
CONDITION_WIDTH = sum(CONDITION_WIDTHS.values())
LAYOUT_WIDTH = PLACES + 2 + FIELDS * LEVELS
"""What a denoiser of completions is made with, beside ``fields`` of `graph_places.FIELDS`."""

SEED_WEIGHT = 0.5
"""Of the pull of the levels towards `seed_codes`."""

MISSING_WEIGHT = 0.05
"""Of the words of what is missing, nats a graph, beside relations, nats a pair."""


def tensors_in(batch: Batch, name: str) -> GraphTensors:
    """The graphs that a batch holds under ``name_tag``, ``name_type``, ``name_instance``, ``name_mask`` and
    ``name_adjacency``."""
    return GraphTensors(*(batch[f"{name}_{part}"] for part in ("tag", "type", "instance", "mask", "adjacency")))


def dgae(system: System, batch: Batch, generator: torch.Generator) -> Tensor:
    """Reconstruction of graphs (batch: ``graph_*``): cross entropy of tags and types, binary of edges; nats a node.

    The paper's ``-log p(G | Z)``. Ours is the pull towards `seed_codes`, which keeps codes from falling together.
    """
    codec = system.parts["graph_codec"]
    assert isinstance(codec, GraphCodec)
    return dgae_loss(codec, tensors_in(batch, "graph"))


def dgae_loss(codec: GraphCodec, graphs: GraphTensors) -> Tensor:
    """The loss of `dgae`."""
    levels = codec.levels(graphs)
    logits = codec.decode_soft(codec.quantise(levels), graphs.mask)
    mask, count = graphs.mask, graphs.mask.sum().clamp(min=1)
    said = functional.cross_entropy(logits.tag[mask], graphs.tag[mask], reduction="sum")
    said = said + functional.cross_entropy(logits.type[mask], graphs.type[mask], reduction="sum")
    pairs = mask.unsqueeze(1) & mask.unsqueeze(2)
    wired = functional.binary_cross_entropy_with_logits(
        logits.edge[pairs], graphs.adjacency[pairs].to(logits.edge.dtype), reduction="sum"
    )
    seeds = (seed_codes(graphs, codec.relation_start) - HALF).to(levels.dtype)
    off = (levels - seeds)[mask].square().sum()
    return (said + wired + SEED_WEIGHT * off) / count


class Completions:
    """The graph diffusion on both sources of a batch at one t; the net is asked once for each branch that is needed.

    A branch is a source ("said" or "seen") and what its second slot sees: nothing (the c-branch) or z_t.
    """

    def __init__(self, system: System, batch: Batch, generator: torch.Generator) -> None:
        self.system, self.batch = system, batch
        self.transition = system.transitions["graph"]
        steps = system.steps["graph"]
        count = len(batch["said_target" if "said_target" in batch else "seen_target"])
        index, probs = steps.draw(count, generator)
        device = next(iter(batch.values())).device
        self.index, self.probs = index.to(device), probs.to(device)
        self.t = self.transition.schedule.time_of(self.index)
        self.kept = (torch.rand(count, generator=generator) >= ABSENT_CONDITION).to(device)
        self.noised = {
            kind: self.transition.q_sample(batch[f"{kind}_target"], self.t, generator, batch[f"{kind}_stated"])
            for kind in ("said", "seen")
            if f"{kind}_target" in batch
        }
        self._branches: dict[tuple[str, bool], DenoiserOutput] = {}

    def branch(self, kind: str, taught: bool = False) -> DenoiserOutput:
        """What the net says of the target of a source; `taught` is the z-branch."""
        if (kind, taught) not in self._branches:
            self._branches[kind, taught] = self._asked(kind, taught)
        return self._branches[kind, taught]

    def _asked(self, kind: str, taught: bool) -> DenoiserOutput:
        codec, net = self.system.parts["graph_codec"], self.system.parts["graph_diffusion"]
        assert isinstance(codec, GraphCodec) and isinstance(net, Denoiser)
        values, mask, layout = completion_condition(codec, self.batch, kind)
        mask = mask & self.kept.unsqueeze(1)
        second, there = self.shared_features(kind) if taught else (None, None)
        return net(self.noised[kind], self.t.float(), values, mask, second, there, layout)

    def shared_features(self, kind: str) -> tuple[Tensor, Tensor | None]:
        """z_t for the branch of a source, without gradient, and its mask.

        The batch may hold it (``said_shared``, ``seen_shared``: hidden states (B, L, C) of the text or image
        diffusion at the same t). Else it is what the graph diffusion itself has in mind at this t when it is given the
        other source: that is where the other direction's generation starts from.
        """
        if f"{kind}_shared" in self.batch:
            return self.batch[f"{kind}_shared"].detach(), None
        other = {"said": "seen", "seen": "said"}[kind]
        return self.branch(other).hidden.detach(), None

    def bound(self, kind: str, taught: bool) -> DiffusionLoss:
        """The variational bound of a branch."""
        return diffusion_loss(
            self.transition,
            self.branch(kind, taught).logits,
            self.batch[f"{kind}_target"],
            self.noised[kind],
            self.index,
            ObjectiveConfig(float(self.system.config.options.get("graph_auxiliary", 5e-4))),
            index_probs=self.probs,
            fixed=self.batch[f"{kind}_stated"],
        )

    def loss(self, kind: str, taught: bool) -> Tensor:
        """The bound, and the cross entropy of what is lost, weighted by `field_weights`.

        Of five hundred fields six say which room it is. The bound counts all alike, and few steps leave those unlearnt.
        """
        x_0, x_t = self.batch[f"{kind}_target"], self.noised[kind]
        weight = float(self.system.config.options.get("graph_tags", 0.0))
        total = self.bound(kind, taught).total
        if weight == 0.0:
            return total
        log_x0 = self.transition.log_x0(self.branch(kind, taught).logits)
        surprise = -log_x0.gather(-1, x_0.unsqueeze(-1)).squeeze(-1)
        weights = field_weights().to(surprise) * (x_t != x_0)
        return total + weight * (surprise * weights).sum() / weights.sum().clamp(min=1.0)


@lru_cache(maxsize=1)
def field_weights() -> Tensor:
    """(PLACES, FIELDS): how much each field counts in the weighted cross entropy; ours."""
    weights = torch.ones(PLACES, NODES, CELL_FIELDS)
    weights[:OBJECT_PLACES, OWN] = 4.0
    weights[:OBJECT_PLACES, RELATION] = 2.0
    weights[:OBJECT_PLACES, ATTRIBUTE] = 0.5
    weights[OBJECT_PLACES:] = 0.0
    weights[:OBJECT_PLACES, [CELLS["x"], CELLS["y"]]] = 2.0
    weights[OBJECT_PLACES:, OWN] = 12.0
    weights[FIRST_PLACE["concept"] :, OWN] = 24.0
    return weights.flatten(1)


def completion_condition(codec: GraphCodec, batch: Batch, kind: str) -> tuple[Tensor, Tensor, Tensor]:
    """What the graph diffusion is told of a source (``kind_*`` of a batch).

    Returns
    -------
    values (B, L, C) and mask (B, L)
        Features of the source graph's nodes, then c^Y and c^I, each in channels of its own (`CONDITION_WIDTHS`).
    layout (B, PLACES, LAYOUT_WIDTH)
        Which place is which, whether the source has a thing there, and the codes of that thing's nodes.
    """
    codes, mask = batch[f"{kind}_codes"], batch[f"{kind}_mask"]
    with torch.no_grad():
        features = codec.features(codes, mask)
    count, device = len(codes), codes.device
    sequences = {"graph": (features, mask)}
    for name in ("said_words", "seen_photo"):
        if name.startswith(kind) and name in batch:
            sequences[name] = (batch[name], batch[f"{name}_mask"])
    parts, masks = [], []
    for name, (values, there) in sequences.items():
        start = sum(list(CONDITION_WIDTHS.values())[: list(CONDITION_WIDTHS).index(name)])
        after = CONDITION_WIDTH - start - CONDITION_WIDTHS[name]
        parts.append(functional.pad(values.to(features.dtype), (start, after)))
        masks.append(there)
    cells = batch[f"{kind}_cells"]
    told = torch.zeros(count, PLACES * NODES, LEVELS * CELL_FIELDS, device=device, dtype=features.dtype)
    rows, nodes = (cells >= 0).nonzero(as_tuple=True)
    told[rows, cells[rows, nodes]] = functional.one_hot(codes[rows, nodes], LEVELS).flatten(-2).to(features.dtype)
    beside = told.unflatten(1, (PLACES, NODES)).flatten(2)
    which = torch.eye(PLACES, device=device, dtype=features.dtype).expand(count, -1, -1)
    source = torch.full((count, PLACES, 1), float(kind == "seen"), device=device, dtype=features.dtype)
    layout = torch.cat([which, source, (beside.sum(-1, keepdim=True) > 0).to(beside), beside], -1)
    return torch.cat(parts, 1), torch.cat(masks, 1), layout


def completions_of(system: System, batch: Batch, generator: torch.Generator) -> Completions:
    """The processes of a batch, the same for all its losses."""
    return system.shared(batch, lambda: Completions(system, batch, generator))


def graph_vlb_text(system: System, batch: Batch, generator: torch.Generator) -> Tensor:
    """The bound of the 3DSG given a description: the paper's L_T23D, its c-branch."""
    return _bound(completions_of(system, batch, generator), "said")


def graph_vlb_image(system: System, batch: Batch, generator: torch.Generator) -> Tensor:
    """The bound of the 3DSG given a detector's graph: the paper's L_I23D, its c-branch."""
    return _bound(completions_of(system, batch, generator), "seen")


def align_text(system: System, batch: Batch, generator: torch.Generator) -> Tensor:
    """The branch that sees z_t^Y learns the graph and teaches the c-branch: the paper's L_X-T23D."""
    return _taught(completions_of(system, batch, generator), "said")


def align_image(system: System, batch: Batch, generator: torch.Generator) -> Tensor:
    """The branch that sees z_t^I learns the graph and teaches the c-branch: the paper's L_X-I23D."""
    return _taught(completions_of(system, batch, generator), "seen")


def _bound(both: Completions, kind: str) -> Tensor:
    both.system.record("graph", both.index, both.bound(kind, taught=False).bound)
    return both.loss(kind, taught=False)


def _taught(both: Completions, kind: str) -> Tensor:
    teacher = both.branch(kind, taught=True).logits
    student = both.branch(kind).logits
    taught = alignment_loss(
        both.transition, both.noised[kind], student, teacher, both.index, both.batch[f"{kind}_stated"]
    )
    return both.loss(kind, taught=True) + (taught / both.probs).mean()


def graph_relations(system: System, batch: Batch, generator: torch.Generator) -> Tensor:
    """Binary cross entropy of relations, nats a pair, and of what is missing (`sources.relations`); ours."""
    reader = system.parts["graph_relations"]
    assert isinstance(reader, RelationReader)
    things = ThingTensors(*(batch[f"things_{part}"] for part in ("tag", "numbers", "told", "mask")))
    judged = batch["judged"]
    relations, words = reader(things)
    logits = relations[judged]  # (pairs, 2, P)
    lost = functional.binary_cross_entropy_with_logits(logits, batch["answers"][judged].to(logits), reduction="sum")
    missed = functional.binary_cross_entropy_with_logits(words, batch["missing"].to(words), reduction="sum")
    return lost / judged.sum().clamp(min=1) + MISSING_WEIGHT * missed / len(words)
