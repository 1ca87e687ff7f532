"""2D graph -> holistic 3D graph with its triples: photo reader, graph diffusion and relation reader in a row.

The photo reader proposes what a detector does not tell, the diffusion completes things and their layout, and the
relation reader says which triples there are, and how likely.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from sd3studio.ml.conditioning.photo_boxes import GRID, photo_boxes
from sd3studio.ml.conditioning.photo_proposals import Proposed, proposed
from sd3studio.ml.diffusion.sampler import SamplerConfig
from sd3studio.ml.generation.graph_reading import STATED_FROM, Stated, ToRead, missing_words, read_relations
from sd3studio.ml.generation.graph_sampling import DEFAULT_SAMPLER, Completed, completed
from sd3studio.ml.nets.photo_reader import PhotoReader
from sd3studio.ml.nets.relation_reader import RelationReader
from sd3studio.ml.system import System
from sd3studio.ml.training.data.graphs import SceneGraph, Triple

PHOTO_CELLS = 3
"""Rows and columns that the graph diffusion sees of c^I."""

PARTS = ("graph_codec", "graph_diffusion", "graph_relations")
PHOTO_PARTS = (*PARTS, "photo_reader")

DETECTED = 0.93
"""How likely a detector's name is right where there is no photo to ask."""


@dataclass(frozen=True)
class Whole:
    """A holistic 3D graph.

    Attributes
    ----------
    graph : things with the key and box of their source; its triples are those that are likely enough
    of_source : for each thing, which of the source's it is; None for what was added
    stated : what can be stated, likely or not, surest first; empty without a relation reader
    sampled : the graph as the diffusion gives it, with its own relation nodes
    """

    graph: SceneGraph
    of_source: tuple[int | None, ...]
    stated: tuple[Stated, ...]
    sampled: SceneGraph

    def triples_from(self, least: float = STATED_FROM) -> set[tuple[str, str, str]]:
        """What is stated with at least this probability, by names."""
        return {one.by_names for one in self.stated if one.telling >= least}


def whole_graphs(
    system: System,
    sources: Sequence[SceneGraph],
    generator: torch.Generator,
    config: SamplerConfig = DEFAULT_SAMPLER,
    *,
    picture_px: Sequence[tuple[float, float] | None] | None = None,
    words: Tensor | None = None,
    grids: np.ndarray | None = None,
) -> list[Whole]:
    """The holistic graph of each source; all of them must be descriptions, or all detectors'.

    Parameters
    ----------
    picture_px : width and height of the pictures that boxes are in
    words : c^Y (B, K, 384)
    grids : c^I (B, 49, 1280), photo features; None: there are no photos
    """
    reader = system.parts.get("graph_relations")
    assert reader is None or isinstance(reader, RelationReader)
    sizes = list(picture_px or [None] * len(sources))
    is_seen = bool(sources) and sources[0].source == "vsg"
    asks = is_seen and reader is not None
    given = _proposed(system, reader, sources, sizes, grids) if asks else [_as_told(one) for one in sources]
    photo = None if grids is None or not is_seen else pooled(grids)
    found = completed(
        system, [one.graph for one in given], generator, config, picture_px=sizes, words=words, photo=photo
    )
    to_read = [_to_read(*one) for one in zip(sources, given, found, sizes, strict=True)]
    stated = [[] for _ in sources] if reader is None else read_relations(reader, to_read, system.vocabulary)
    return [_whole(*one) for one in zip(sources, found, to_read, stated, strict=True)]


def pooled(grids: np.ndarray) -> Tensor:
    """(B, 9, 1280): the photo features averaged over larger cells, as the graph diffusion takes them."""
    grid = torch.from_numpy(grids.astype(np.float32)).unflatten(1, (GRID, GRID)).permute(0, 3, 1, 2)
    return torch.nn.functional.adaptive_avg_pool2d(grid, PHOTO_CELLS).flatten(2).transpose(1, 2)


def _as_told(source: SceneGraph) -> Proposed:
    return Proposed(source, (1.0,) * len(source.objects))


@torch.no_grad()
def _proposed(
    system: System,
    reader: RelationReader,
    sources: Sequence[SceneGraph],
    sizes: Sequence[tuple[float, float] | None],
    grids: np.ndarray | None,
) -> list[Proposed]:
    """The sources with what their photos show, or, without photos, with the setting that goes with their things."""
    vocabulary = system.vocabulary
    net = system.parts.get("photo_reader")
    boxed = [[k for k, thing in enumerate(one.objects) if thing.box is not None] for one in sources]
    if grids is None or net is None:
        alone = [
            ToRead(one, (1.0,) * len(one.objects), (False,) * len(one.objects), size)
            for one, size in zip(sources, sizes, strict=True)
        ]
        shown = missing_words(reader, [_bare(one) for one in alone], vocabulary)
        found = [proposed(*one, None, (), vocabulary) for one in zip(sources, shown, strict=True)]
        return [
            Proposed(one.graph, (*([DETECTED] * len(source.objects)), *one.sure[len(source.objects) :]), one.others)
            for one, source in zip(found, sources, strict=True)
        ]
    assert isinstance(net, PhotoReader)
    things = [[one.objects[k] for k in some] for one, some in zip(sources, boxed, strict=True)]
    boxes = photo_boxes(things, vocabulary, [size or (1.0, 1.0) for size in sizes])
    shown, named = net(torch.from_numpy(grids.astype(np.float32)), boxes.tag, boxes.box, boxes.share, boxes.mask)
    shown, named = shown.sigmoid().numpy(), named.softmax(-1).numpy()
    return [proposed(source, shown[row], named[row], boxed[row], vocabulary) for row, source in enumerate(sources)]


def _bare(one: ToRead) -> ToRead:
    """Without what a detector's rules say of its boxes, which are no relations in space."""
    return ToRead(one.graph.replace(triples=()), one.sure, one.added, one.picture_px)


def _to_read(source: SceneGraph, given: Proposed, found: Completed, size: tuple[float, float] | None) -> ToRead:
    things, sure, added, others = [], [], [], {}
    for number, (thing, k) in enumerate(zip(found.graph.objects, found.of_source, strict=True)):
        own = None if k is None else given.graph.objects[k]
        things.append(thing if own is None else thing.replace(key=own.key, box=own.box))
        sure.append((thing.score or 0.0) if k is None else given.sure[k])
        added.append(k is None or (k >= len(source.objects) and thing.kind == "object"))
        if k in given.others:
            others[number] = given.others[k]
    triples: tuple[Triple, ...] = ()
    if source.source == "tsg":
        number_of = {k: number for number, k in enumerate(found.of_source) if k is not None}
        triples = tuple(
            (number_of[s], p, number_of[o]) for s, p, o in source.triples if s in number_of and o in number_of
        )
    graph = SceneGraph(source=source.source, objects=tuple(things), triples=triples)
    return ToRead(graph, sure, added, size, others)


def _whole(source: SceneGraph, found: Completed, to_read: ToRead, stated: Sequence[Stated]) -> Whole:
    names = [thing.tag for thing in to_read.graph.objects]
    likely = (
        found.graph.triples
        if not stated
        else [
            (one.subject, one.predicate, one.object)
            for one in stated
            if one.telling >= STATED_FROM and one.names == (names[one.subject], names[one.object])
        ]
    )
    things = tuple(
        thing.replace(score=round(min(1.0, sure), 4))
        for thing, sure in zip(to_read.graph.objects, to_read.sure, strict=True)
    )
    graph = SceneGraph(source="3dsg", objects=things, triples=tuple(dict.fromkeys(likely)))
    of_source = tuple(k if k is not None and k < len(source.objects) else None for k in found.of_source)
    return Whole(graph, of_source, tuple(stated), found.graph)
