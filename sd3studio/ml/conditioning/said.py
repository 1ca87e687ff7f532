"""What a sentence is to say, as a sequence of vectors: one for each object of a graph, one for each of its facts.

The paper conditions its text networks on the features of the graph alone. Ours get these vectors beside them: a name
that the graph's vocabulary lacks ("tangerine") still has a meaning (its sentence embedding), each vector says which
pointer its object answers to, and which of several styles of writing is asked for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from sd3studio.core.language.wording import is_plural
from sd3studio.ml.conditioning.graph_tensors import GraphTensors, GraphVocabulary, nodes_of, stack
from sd3studio.ml.conditioning.text_tokens import MAX_OBJECTS, NamedThing
from sd3studio.ml.embedding import WIDTH, embed
from sd3studio.ml.training.data.graphs import SceneGraph

if TYPE_CHECKING:
    from sd3studio.ml.nets.graph_codec import GraphCodec
    from sd3studio.ml.system import System

STYLES = ("plain", "short", "rich")
"""Ways of writing: our rendered captions, the captions of VSD v1, those of v2."""

KINDS = 3
OBJECT, FACT, NODE = range(KINDS)
"""What a vector stands for; nodes of the graph codec come after objects and facts."""

_OWN = WIDTH
_SUBJECT = _OWN + MAX_OBJECTS
_OBJECT = _SUBJECT + MAX_OBJECTS
_FLAGS = _OBJECT + MAX_OBJECTS
_BOX = _FLAGS + 3
_KIND = _BOX + 5
_STYLE = _KIND + KINDS
SAID_WIDTH = _STYLE + len(STYLES)
"""Channels: embedding of the name or predicate, which object it is, its subject, its object, flags (plural, has one
attribute, has two), box (x0, y0, x1, y1 in units of `BOX_PX`, and whether there is one), kind, style."""

BOX_PX = 500.0
"""Boxes come without the size of their picture; that of most photos of VSD has a side of 500."""

EMBEDDING_SCALE = 8.0
"""Unit vectors of 384 channels have entries of 0.05; this brings them near those of the one-hot channels."""


@dataclass(frozen=True, slots=True)
class Said:
    """A batch of things to say.

    Attributes
    ----------
    values : (B, M, SAID_WIDTH) float32, objects first, then facts
    mask : (B, M) bool
    objects : (B,) int64, how many of the first vectors are objects, at most `MAX_OBJECTS`
    """

    values: Tensor
    mask: Tensor
    objects: Tensor


def things_of(graph: SceneGraph) -> tuple[NamedThing, ...]:
    """What can be copied from a graph: its first objects, in order."""
    return tuple(NamedThing(one.tag, one.attributes) for one in graph.objects[:MAX_OBJECTS])


def said_of(graphs: Sequence[SceneGraph], styles: Sequence[str], names: Mapping[str, np.ndarray] | None = None) -> Said:
    """Vectors of graphs. Facts about objects beyond the first `MAX_OBJECTS` are left out.

    Parameters
    ----------
    styles : one of `STYLES` for each graph; raises ValueError for another
    names : embeddings (384,) of names and predicates that are known already; others are made
    """
    rows = [_rows(graph, STYLES.index(style), names or {}) for graph, style in zip(graphs, styles, strict=True)]
    longest = max((len(row) for row in rows), default=0)
    values = np.zeros((len(rows), longest, SAID_WIDTH), np.float32)
    mask = np.zeros((len(rows), longest), bool)
    for k, row in enumerate(rows):
        values[k, : len(row)] = row
        mask[k, : len(row)] = True
    objects = torch.tensor([min(len(graph.objects), MAX_OBJECTS) for graph in graphs])
    return Said(torch.from_numpy(values), torch.from_numpy(mask), objects)


def node_flags(nodes: int, objects: Tensor, styles: Tensor) -> Tensor:
    """Channels (B, N, SAID_WIDTH) for the nodes of a graph codec: which pointer each answers to, kind and style.

    Object node i is object i, so no more than their number (B,) has to be known. `styles` (B,) are indices.
    """
    flags = torch.zeros(len(objects), nodes, SAID_WIDTH, device=objects.device)
    for k in range(min(nodes, MAX_OBJECTS)):
        flags[:, k, _OWN + k] = (objects > k).float()
    flags[:, :, _KIND + NODE] = 1.0
    flags[torch.arange(len(objects)), :, _STYLE + styles] = 1.0
    return flags


def said_batch(
    graphs: Sequence[SceneGraph],
    styles: Sequence[str],
    vocabulary: GraphVocabulary | None,
    generator: torch.Generator | None = None,
    names: Mapping[str, np.ndarray] | None = None,
) -> dict[str, Tensor]:
    """What is to be said as losses and pipelines read it.

    ``said`` (B, M, SAID_WIDTH), ``said_mask`` (B, M), ``said_objects`` (B,), and with a vocabulary the graphs' tensors:
    ``said_tag``, ``said_type``, ``said_instance``, ``said_nodes`` (B, N) and ``said_adjacency`` (B, N, N).
    """
    said = said_of(graphs, styles, names)
    batch = {"said": said.values, "said_mask": said.mask, "said_objects": said.objects}
    if vocabulary is not None:
        tensors = stack([nodes_of(graph, vocabulary) for graph in graphs], generator)
        batch |= {f"said_{name}": getattr(tensors, name) for name in ("tag", "type", "instance", "adjacency")}
        batch["said_nodes"] = tensors.mask
    return batch


def condition_of(system: "System", batch: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
    """The condition (B, L, C) of the text nets and where there is something (B, L), from a `said_batch`.

    What is said comes first, then the graph codec's features of the nodes (c^G), in channels of their own. A system
    whose option ``graph_conditions`` is off is told the names of the objects, and neither facts nor nodes.
    """
    values, mask = batch["said"], batch["said_mask"]
    if not system.config.options.get("graph_conditions", True):
        return values, mask & ~are_facts(values)
    if "graph_codec" not in system.parts or "said_tag" not in batch:
        return values, mask
    codec: GraphCodec = system.parts["graph_codec"]  # type: ignore[assignment]
    tensors = GraphTensors(*(batch[f"said_{name}"] for name in ("tag", "type", "instance", "nodes", "adjacency")))
    features = codec.features(codec.encode(tensors), tensors.mask)
    flags = node_flags(features.shape[1], batch["said_objects"], styles_of(values))
    nodes = torch.cat([flags, features], -1)
    values = torch.cat([functional.pad(values, (0, features.shape[-1])), nodes], 1)
    return values, torch.cat([mask, tensors.mask], 1)


def without_boxes(values: Tensor, keep: Tensor) -> Tensor:
    """Said vectors (B, M, >= SAID_WIDTH) without the boxes of the samples where `keep` (B,) is False."""
    boxes = values[..., _BOX : _BOX + 5] * keep[:, None, None].to(values)
    return torch.cat([values[..., :_BOX], boxes, values[..., _BOX + 5 :]], -1)


def styles_of(values: Tensor) -> Tensor:
    """(B,) indices of the styles of said vectors (B, M, SAID_WIDTH)."""
    return values[:, 0, _STYLE:].argmax(-1)


def are_facts(values: Tensor) -> Tensor:
    """(B, M) bool: which vectors are facts."""
    return values[..., _KIND + FACT] > 0.5


@cache
def embedding_of(name: str) -> np.ndarray:
    """(384,) of one name, scaled."""
    return embed([name])[0] * EMBEDDING_SCALE


def embeddings_of(names: Sequence[str]) -> dict[str, np.ndarray]:
    """Embeddings of many names at once, scaled."""
    unique = list(dict.fromkeys(names))
    return dict(zip(unique, embed(unique) * EMBEDDING_SCALE, strict=True)) if unique else {}


def words_of(graph: SceneGraph) -> list[str]:
    """All names and predicates of a graph that `said_of` needs embeddings of."""
    return [*(one.tag.lower() for one in graph.objects), *(predicate.value for _, predicate, _ in graph.triples)]


def _rows(graph: SceneGraph, style: int, names: Mapping[str, np.ndarray]) -> np.ndarray:
    count = min(len(graph.objects), MAX_OBJECTS)
    facts = [triple for triple in graph.triples if max(triple[0], triple[2]) < count]
    rows = np.zeros((count + len(facts), SAID_WIDTH), np.float32)
    rows[:, _STYLE + style] = 1.0
    for k, one in enumerate(graph.objects[:count]):
        rows[k, :WIDTH] = _embedding(one.tag.lower(), names)
        rows[k, _OWN + k] = 1.0
        rows[k, _FLAGS : _FLAGS + 3] = is_plural(one.tag), len(one.attributes) > 0, len(one.attributes) > 1
        if one.box is not None:
            rows[k, _BOX : _BOX + 5] = *(min(max(side / BOX_PX, 0.0), 2.0) for side in one.box), 1.0
        rows[k, _KIND + OBJECT] = 1.0
    for k, (subject, predicate, object) in enumerate(facts, start=count):
        rows[k, :WIDTH] = _embedding(predicate.value, names)
        rows[k, [_SUBJECT + subject, _OBJECT + object, _KIND + FACT]] = 1.0
    return rows


def _embedding(name: str, names: Mapping[str, np.ndarray]) -> np.ndarray:
    found = names.get(name)
    return embedding_of(name) if found is None else found
