"""Pictures, sentences and 3D graphs of held-out scenes by a system of the table.

Sentence to picture: what the sentence says stands fixed in a graph that the graph diffusion completes; picture tokens
are drawn given graph and sentence. Picture to sentence: the detector's graph and the photo give the graph; a draft is
drawn given graph and photo, and the decoder writes from draft and graph. Each direction sees only its own side.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sd3studio.ml.conditioning.graph_tensors import graph_of
from sd3studio.ml.diffusion.sampler import SamplerConfig, finish, sample
from sd3studio.ml.metrics.table_systems import Row
from sd3studio.ml.nets.graph_codec import HALF
from sd3studio.ml.system import System
from sd3studio.ml.training.data.graphs import SceneGraph
from sd3studio.ml.training.losses import Batch
from sd3studio.ml.training.losses.together import Condition, graph_codes, graph_condition_of, no_graph, whole
from sd3studio.ml.training.order import generator_of
from sd3studio.ml.training.sources.triples import TripleSource
from sd3studio.ml.writing import draw_sentences

SAMPLER = SamplerConfig("confident", steps=4, truncation=0.95)
TEXT_SAMPLER = SamplerConfig("confident", steps=4, temperature=0.7, truncation=0.9)
"""For all systems alike."""
BATCH = 64


@dataclass
class Samples:
    """What a system made of N scenes; graphs are empty lists where it makes none."""

    pictures: list[NDArray[np.uint8]] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)
    from_text: list[SceneGraph] = field(default_factory=list)
    from_image: list[SceneGraph] = field(default_factory=list)


@torch.no_grad()
def sample_all(system: System, row: Row, source: TripleSource, rows: Iterable[int], seed: int) -> Samples:
    """Make everything of the scenes `rows` of a source; the first usable sentence of each is the prompt."""
    made, rows = Samples(), list(rows)
    for start in range(0, len(rows), BATCH):
        chosen = rows[start : start + BATCH]
        generator = generator_of("table", seed, start)
        batch = source.batch_of(chosen, [source.usable[k][0] for k in chosen], generator)
        graph: Condition = (None, None)
        if row.has_graph:
            codes = _graphs(system, batch, "text", generator)
            graph = features_of(system, codes)
            made.from_text += _read(system, codes)
        made.pictures += _pictures(system, row, batch, graph, generator)
        if row.has_graph:
            codes = _graphs(system, batch, "image", generator)
            graph = features_of(system, codes)
            made.from_image += _read(system, codes)
        made.sentences += _sentences(system, row, batch, graph, generator)
    return made


def features_of(system: System, codes: Tensor) -> tuple[Tensor, Tensor]:
    """c^G of sampled codes (B, N, 6), and which places hold a node."""
    mask = (codes != HALF).any(-1)
    return system.parts["graph_codec"].features(codes, mask), mask  # type: ignore[operator]


def _graphs(system: System, batch: Batch, side: str, generator: torch.Generator) -> Tensor:
    net, transition = system.parts["graph_diffusion"], system.transitions["graph"]
    known = graph_codes(system, batch)
    fixed = torch.zeros_like(known, dtype=torch.bool)
    if side == "text":
        fixed = batch["graph_told"].unsqueeze(2).expand_as(known)
    encoded = net.encode(len(known), *graph_condition_of(batch, system, side))  # type: ignore[operator]
    bound = net.bind(encoded)  # type: ignore[operator]
    return finish(sample(bound, transition, SAMPLER, tuple(known.shape), generator, known=known, fixed=fixed))


def _read(system: System, codes: Tensor) -> list[SceneGraph]:
    tensors = system.parts["graph_codec"].read(codes, (codes != HALF).any(-1))  # type: ignore[operator]
    return [graph_of(tensors, k, system.vocabulary) for k in range(len(codes))]


def _pictures(
    system: System, row: Row, batch: Batch, graph: Condition, generator: torch.Generator
) -> list[NDArray[np.uint8]]:
    net, codec = system.parts["image_diffusion"], system.parts["image_codec"]
    count = len(batch["words"])
    encoded = net.encode(count, *graph, batch["words"], batch["words_mask"])  # type: ignore[operator]
    shape = (count, codec.places, codec.fields)  # type: ignore[union-attr]
    drawn = sample(net.bind(encoded), system.transitions["image"], SAMPLER, shape, generator)  # type: ignore[operator, arg-type]
    made = codec.decode(finish(drawn), None, *(graph if row.joined else (None, None)))  # type: ignore[operator]
    pixels = (made.clamp(0.0, 1.0) * 255.0).round().byte().permute(0, 2, 3, 1).numpy()
    return list(pixels)


def _sentences(system: System, row: Row, batch: Batch, graph: Condition, generator: torch.Generator) -> list[str]:
    net, codec = system.parts["text_diffusion"], system.parts["text_codec"]
    count = len(batch["photo"])
    encoded = net.encode(count, *graph, *whole(batch["photo"]))  # type: ignore[operator]
    length = codec.config.length  # type: ignore[union-attr]
    transition = system.transitions["text"]
    draft = finish(sample(net.bind(encoded), transition, TEXT_SAMPLER, (count, length), generator))  # type: ignore[operator, arg-type]
    if row.codec_text:
        values, mask = graph
        if values is None or mask is None:
            values, mask = no_graph(system, count)
        nobody = torch.zeros(count, dtype=torch.int64)
        prefix = codec.read(draft, values, mask, nobody)  # type: ignore[operator]
        draft = draw_sentences(codec, prefix, generator, temperature=0.0)[0]  # type: ignore[arg-type]
    return [system.tokenizer.decode(ids, ()) for ids in draft.tolist()]


def triples_found(made: SceneGraph, gold: SceneGraph) -> tuple[int, int, int]:
    """How many (tag, predicate, tag) of the gold graph a graph has, of how many, and how many it has at all.

    TriRec of the paper is the first over the second. Triples count as often as they occur.
    """
    have, wanted = Counter(made.named()), Counter(gold.named())
    return sum((have & wanted).values()), sum(wanted.values()), sum(have.values())
