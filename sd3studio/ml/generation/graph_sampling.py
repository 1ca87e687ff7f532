"""Sampling of 3D graphs: what a description or a detector tells, completed by the graph diffusion."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from sd3studio.ml.conditioning.graph_depth import with_depth
from sd3studio.ml.conditioning.graph_places import (
    ATTRIBUTE,
    CELL_FIELDS,
    CELLS,
    OWN,
    PLACES,
    Placed,
    given_places,
    graph_on,
    off_canvas,
    on_canvas,
    placed,
    unused_fields,
)
from sd3studio.ml.diffusion.sampler import SamplerConfig, finish, sample
from sd3studio.ml.nets.denoiser import Denoiser, EncodedConditions
from sd3studio.ml.nets.graph_codec import GraphCodec
from sd3studio.ml.system import System
from sd3studio.ml.training.data.graphs import SceneGraph
from sd3studio.ml.training.losses import Batch
from sd3studio.ml.training.losses.graph import completion_condition
from sd3studio.ml.training.sources.completions import batch_of_sources

STEPS = 16
TOLD_CELLS = {"said": [OWN, ATTRIBUTE], "seen": [OWN, CELLS["x"], CELLS["y"], CELLS["d"], ATTRIBUTE]}
"""Nodes of a told thing that stand fixed: a box tells where the thing is seen, and its size how far away
(`graph_depth`)."""

DEFAULT_SAMPLER = SamplerConfig(kind="confident", steps=STEPS, temperature=0.3, order_temperature=0.5)


@dataclass(frozen=True)
class Completed:
    """A sampled 3D graph.

    Attributes
    ----------
    graph : its things have the probability of their tag as score
    of_source : for each thing, which of the source's it is; None for what was added
    left_out : things of the source that had no place (there were too many) or were taken for a mistake
    """

    graph: SceneGraph
    of_source: tuple[int | None, ...]
    left_out: tuple[int, ...]


@torch.no_grad()
def completed(
    system: System,
    sources: Sequence[SceneGraph],
    generator: torch.Generator,
    config: SamplerConfig = DEFAULT_SAMPLER,
    *,
    picture_px: Sequence[tuple[float, float] | None] | None = None,
    words: Tensor | None = None,
    photo: Tensor | None = None,
) -> list[Completed]:
    """A 3D graph for each source graph; all of them must be descriptions, or all detectors'.

    Parameters
    ----------
    picture_px : width and height of the pictures that boxes are in
    words, photo : c^Y (B, K, 384) or c^I (B, L, 1280); rows of zeros are absent
    """
    codec, net = system.parts["graph_codec"], system.parts["graph_diffusion"]
    assert isinstance(codec, GraphCodec) and isinstance(net, Denoiser)
    vocabulary = system.vocabulary
    kind = "seen" if sources and sources[0].source == "vsg" else "said"
    places = [given_places(source) for source in sources]
    sizes = picture_px or [None] * len(sources)
    put = [
        placed(source, own, vocabulary, picture_px=size)
        for source, own, size in zip(sources, places, sizes, strict=True)
    ]
    batch = batch_of_sources(put, kind, codec)
    for name, values in (("said_words", words), ("seen_photo", photo)):
        if values is not None:
            batch[name], batch[f"{name}_mask"] = values, values.abs().sum(-1) > 0.0
    known = batch
    if kind == "seen":
        in_space = [
            one if size is None else with_depth(one, vocabulary, size) for one, size in zip(put, sizes, strict=True)
        ]
        known = batch_of_sources(in_space, kind, codec)
    canvas = sampled_canvas(system, batch, kind, known, generator, config)
    nodes = off_canvas(canvas)
    tensors = codec.read(nodes, ~codec.is_empty(nodes))
    scores = _own_scores(system, batch, kind, canvas)
    found = []
    for row, own in enumerate(places):
        graph, at = graph_on(tensors, row, vocabulary)
        found.append(_completed(graph, at, own, scores[row], put[row], kind))
    return found


def sampled_canvas(
    system: System, batch: Batch, kind: str, known_nodes: Batch, generator: torch.Generator, config: SamplerConfig
) -> Tensor:
    """(B, PLACES, FIELDS) codes.

    What the source tells stands fixed (`TOLD_CELLS`), a detector's mistakes with it.
    """
    codec, net = system.parts["graph_codec"], system.parts["graph_diffusion"]
    assert isinstance(codec, GraphCodec) and isinstance(net, Denoiser)
    known = on_canvas(known_nodes[f"{kind}_codes"], known_nodes[f"{kind}_cells"], codec.empty_code())
    there = ~codec.is_empty(off_canvas(known)).unflatten(1, (PLACES, -1))  # (B, PLACES, NODES)
    told = torch.zeros_like(there)
    told[:, :, TOLD_CELLS[kind]] = there[:, :, TOLD_CELLS[kind]]
    fixed = unused_fields().expand(known.shape) | told.repeat_interleave(CELL_FIELDS, -1)
    encoded = _encoded(net, codec, batch, kind)
    steps = sample(
        net.bind(encoded), system.transitions["graph"], config, known.shape, generator, known=known, fixed=fixed
    )
    return finish(steps)


def _encoded(net: Denoiser, codec: GraphCodec, batch: Batch, kind: str) -> EncodedConditions:
    values, mask, layout = completion_condition(codec, batch, kind)
    return net.encode(len(values), values, mask, layout=layout)


def _own_scores(system: System, batch: Batch, kind: str, canvas: Tensor) -> Tensor:
    """(B, PLACES) probability of each place's tag, given all the rest."""
    codec, net = system.parts["graph_codec"], system.parts["graph_diffusion"]
    assert isinstance(codec, GraphCodec) and isinstance(net, Denoiser)
    transition = system.transitions["graph"]
    own = slice(0, CELL_FIELDS)
    hidden = canvas.clone()
    if transition.mask_id is not None:
        hidden[:, :, own] = transition.mask_id
    t = torch.full((len(canvas),), 1.0 / 8.0)
    logits = net.denoise(hidden, t, _encoded(net, codec, batch, kind)).logits[:, :, own]
    log_probs = transition.log_x0(logits).gather(-1, canvas[:, :, own].unsqueeze(-1)).squeeze(-1)
    return log_probs[..., 2:].sum(-1).exp()


def _completed(
    graph: SceneGraph,
    at: tuple[int, ...],
    own: Sequence[int | None],
    scores: Tensor,
    source: Placed,
    kind: str,
) -> Completed:
    of_place = {place: k for k, place in enumerate(own) if place is not None}
    of_source = tuple(of_place.get(place) for place in at)
    things = tuple(
        thing.replace(score=round(min(1.0, float(scores[place])), 4))
        for thing, place in zip(graph.objects, at, strict=True)
    )
    kept = {k for k in of_source if k is not None}
    left_out = tuple(k for k in range(len(own)) if k not in kept)
    triples = graph.triples
    if kind == "said":  # what is told stays told
        number = {place: k for k, place in enumerate(at)}
        told = [
            (number[source.places[s]], p, number[source.places[o]])
            for s, p, o in source.graph.triples
            if source.places[s] in number and source.places[o] in number
        ]
        triples = tuple(dict.fromkeys((*told, *triples)))
    return Completed(graph.replace(objects=things, triples=triples), of_source, left_out)
