"""Things of a graph as a net reads them to tell their relations: tags, boxes or layouts, and what was told of them.

Ours. A thing may have a detector's box, the layout tags that the graph diffusion gave it, both, or neither.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from sd3studio.core.scene.predicates import Predicate
from sd3studio.ml.conditioning.graph_tensors import KINDS, GraphVocabulary
from sd3studio.ml.training.data.graphs import GraphObject, SceneGraph
from sd3studio.ml.training.data.tags import TagBins

NUMBERS = 20
"""Of a thing: eight of its box, nine of its layout, three of where it comes from."""

PREDICATES: tuple[Predicate, ...] = tuple(Predicate)
PREDICATE_INDEX = {predicate: k for k, predicate in enumerate(PREDICATES)}

EDGE = 0.01
"""Of the picture: a box that comes so near its edge is cut off."""
BEYOND = 2.0
"""Of the standard range of a box's logarithm; keeps numbers near one."""


@dataclass(frozen=True)
class Things:
    """One graph's things as arrays.

    Attributes
    ----------
    tag : (T,) int64, words of the vocabulary
    numbers : (T, NUMBERS) float32
    told : (T, T, P) bool, relations that the source states
    """

    tag: np.ndarray
    numbers: np.ndarray
    told: np.ndarray


@dataclass
class ThingTensors:
    """A padded batch of `Things`: tag (B, T), numbers (B, T, NUMBERS), told (B, T, T, P) and mask (B, T) bool."""

    tag: Tensor
    numbers: Tensor
    told: Tensor
    mask: Tensor


def things_of(
    graph: SceneGraph,
    vocabulary: GraphVocabulary,
    picture_px: tuple[float, float] | None = None,
    added: Sequence[bool] | None = None,
) -> Things:
    """The things of a graph whose triples are what its source states.

    Parameters
    ----------
    picture_px : width and height of the picture that boxes are in; without it boxes are left out
    added : which things the source does not have
    """
    count = len(graph.objects)
    tag = np.array([vocabulary.number(KINDS[thing.kind], thing.tag) for thing in graph.objects], np.int64)
    numbers = np.zeros((count, NUMBERS), np.float32)
    for k, thing in enumerate(graph.objects):
        if thing.box is not None and picture_px is not None:
            numbers[k, :8] = _box_numbers(thing, picture_px)
        if thing.layout is not None:
            numbers[k, 8:17] = _layout_numbers(thing, vocabulary.bins)
        origin = 2 if added is not None and added[k] else 1 if thing.box is not None else 0
        numbers[k, 17 + origin] = 1.0
    told = np.zeros((count, count, len(PREDICATES)), bool)
    for s, p, o in graph.triples:
        told[s, o, PREDICATE_INDEX[p]] = True
    return Things(tag.reshape(count), numbers, told)


def stack_things(graphs: Sequence[Things]) -> ThingTensors:
    """Things padded to the most."""
    count, most = len(graphs), max((len(one.tag) for one in graphs), default=0) or 1
    tag = torch.zeros(count, most, dtype=torch.int64)
    numbers = torch.zeros(count, most, NUMBERS)
    told = torch.zeros(count, most, most, len(PREDICATES), dtype=torch.bool)
    mask = torch.zeros(count, most, dtype=torch.bool)
    for row, one in enumerate(graphs):
        things = len(one.tag)
        tag[row, :things] = torch.from_numpy(one.tag)
        numbers[row, :things] = torch.from_numpy(one.numbers)
        told[row, :things, :things] = torch.from_numpy(one.told)
        mask[row, :things] = True
    return ThingTensors(tag, numbers, told, mask)


def _box_numbers(thing: GraphObject, picture_px: tuple[float, float]) -> list[float]:
    assert thing.box is not None
    x0, y0, x1, y1 = (side / picture_px[k % 2] for k, side in enumerate(thing.box))
    wide, high = (math.log(max(side, 1e-3)) / BEYOND for side in (x1 - x0, y1 - y0))
    is_cut = float(min(x0, y0, 1.0 - x1, 1.0 - y1) < EDGE)
    return [1.0, (x0 + x1) / 2.0, (y0 + y1) / 2.0, wide, high, y1, is_cut, thing.score or 1.0]


def _layout_numbers(thing: GraphObject, bins: TagBins) -> list[float]:
    layout = thing.layout
    assert layout is not None
    angle = layout.yaw / bins.yaw * 2.0 * math.pi
    place = (layout.x / bins.grid, layout.y / bins.grid, layout.depth / bins.depth)
    return [1.0, *place, *(side / bins.size for side in layout.size), math.sin(angle), math.cos(angle)]
