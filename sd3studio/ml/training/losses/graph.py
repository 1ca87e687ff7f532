"""Losses of the graph side: the codec (the paper's step 1) and the graph diffusion (steps 2 to 4)."""

import torch
from torch import Tensor
from torch.nn import functional

from sd3studio.ml.conditioning.graph_tensors import GraphTensors
from sd3studio.ml.nets.graph_codec import HALF, GraphCodec, seed_codes
from sd3studio.ml.system import System
from sd3studio.ml.training.losses import Batch

SEED_WEIGHT = 0.5
"""Of the pull of the levels towards `seed_codes`."""


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
