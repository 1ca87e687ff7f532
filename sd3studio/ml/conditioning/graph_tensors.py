"""Scene graphs to typed node tensors and back.

Nodes are the graph's things in their order, then attributes, layout words and relations; a node is one word of the
vocabulary and its type. Edges are directed: thing -> its attribute and layout nodes, subject -> relation -> object, and
part -> concept. That last one is the paper's subordinate relation and needs no node of its own while there is one
concept; with several, or a whole that is no concept, *part of* is a relation node like any other.

Equal tags are told apart by `instance`: a small number of each thing, drawn anew for every graph if a generator is
given (so that nets can't rely on who is first), in order without. There are `INSTANCES`; a graph of more things uses
numbers twice, and then edges of those may be confounded.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Self

import numpy as np
import torch
from torch import Tensor

from sd3studio.core.errors import InputError
from sd3studio.core.scene.predicates import Predicate
from sd3studio.core.scene.values import ObjectKind
from sd3studio.ml.conditioning.graph_vocabulary import (
    KINDS,
    MAX_WORDS,
    THINGS,
    UNKNOWN,
    GraphVocabulary,
    NodeType,
    by_meaning,
)
from sd3studio.ml.training.data.graphs import GraphObject, SceneGraph, Triple

__all__ = [
    "INSTANCES",
    "MAX_GRAPH_NODES",
    "MAX_WORDS",
    "THINGS",
    "UNKNOWN",
    "GraphTensors",
    "GraphVocabulary",
    "NodeType",
    "Nodes",
    "by_meaning",
    "graph_of",
    "nodes_of",
    "stack",
    "tensors_of",
]

INSTANCES = 15
MAX_GRAPH_NODES = 512
"""Of one graph; the adjacency of a batch grows with its square."""

APPARENT_RANGE = 64.0
KIND_OF: dict[NodeType, ObjectKind] = {NodeType.OBJECT: "object", NodeType.STUFF: "stuff", NodeType.CONCEPT: "concept"}


@dataclass
class GraphTensors:
    """A batch of padded graphs.

    Attributes
    ----------
    tag : (B, N) int64, number of the word
    type : (B, N) int64, `NodeType`
    instance : (B, N) int64, 0 to INSTANCES - 1; of things, 0 elsewhere
    mask : (B, N) bool, True where there is a node
    adjacency : (B, N, N) bool, [b, i, j] is an edge from i to j
    """

    tag: Tensor
    type: Tensor
    instance: Tensor
    mask: Tensor
    adjacency: Tensor

    def to(self, device: torch.device | str) -> Self:
        """The same on another device."""
        return type(self)(*(getattr(self, field.name).to(device) for field in fields(self)))

    def permuted(self, order: Tensor) -> Self:
        """The same graphs with node ``order[i]`` (N,) in place i."""
        moved = [getattr(self, name)[:, order] for name in ("tag", "type", "instance", "mask")]
        return type(self)(*moved, self.adjacency[:, order][:, :, order])

    def __len__(self) -> int:
        return len(self.tag)


@dataclass(frozen=True)
class Nodes:
    """One graph as arrays: tag and type (N,), edges (E, 2) from and to, and how many things come first."""

    tag: np.ndarray
    type: np.ndarray
    edges: np.ndarray
    things: int

    def __len__(self) -> int:
        return len(self.tag)


def nodes_of(
    graph: SceneGraph,
    vocabulary: GraphVocabulary,
    picture_px: tuple[float, float] | None = None,
    strict: bool = False,
) -> Nodes:
    """The nodes and edges of a graph.

    Parameters
    ----------
    picture_px : width and height of the picture that boxes are in; without it boxes are left out
    strict : raise `InputError` for tags that the vocabulary does not have, instead of the unknown word
    """
    words = [vocabulary.number(KINDS[thing.kind], thing.tag, strict) for thing in graph.objects]
    edges: list[tuple[int, int]] = []
    for owner, thing in enumerate(graph.objects):
        own = [vocabulary.number(NodeType.ATTRIBUTE, attribute, strict) for attribute in thing.attributes]
        own += [vocabulary.index[NodeType.LAYOUT, word] for word in _layout_words(thing, vocabulary, picture_px)]
        edges += [(owner, len(words) + k) for k in range(len(own))]
        words += own
    concepts = [k for k, thing in enumerate(graph.objects) if thing.kind == "concept"]
    for subject, predicate, object in graph.triples:
        if predicate == Predicate.PART_OF and concepts == [object]:
            edges.append((subject, object))
        else:
            edges += [(subject, len(words)), (len(words), object)]
            words.append(vocabulary.index[NodeType.RELATION, predicate.value])
    if len(words) > MAX_GRAPH_NODES:
        raise InputError(
            f"A graph of {len(graph.objects)} objects and {len(graph.triples)} relations is too large: with attributes "
            f"and layout it has {len(words)} nodes, and at most {MAX_GRAPH_NODES} can be used. Leave some out."
        )
    types = [vocabulary.words[word][0] for word in words]
    return Nodes(
        np.array(words, np.int64),
        np.array(types, np.int64),
        np.array(edges, np.int64).reshape(-1, 2),
        len(graph.objects),
    )


def tensors_of(
    graphs: Sequence[SceneGraph],
    vocabulary: GraphVocabulary,
    generator: torch.Generator | None = None,
    *,
    picture_px: tuple[float, float] | None = None,
    strict: bool = False,
) -> GraphTensors:
    """A batch of graphs; thing k of a graph is node k of its row. Arguments as of `nodes_of`.

    `generator` draws the instance numbers; without it they are in order, concepts last.
    """
    return stack([nodes_of(graph, vocabulary, picture_px, strict) for graph in graphs], generator)


def stack(
    graphs: Sequence[Nodes], generator: torch.Generator | None = None, instances: Sequence[np.ndarray] | None = None
) -> GraphTensors:
    """Graphs padded to the largest. `instances` are the numbers of each graph's things; None: see `tensors_of`."""
    count, longest = len(graphs), max((len(nodes) for nodes in graphs), default=0) or 1
    tag, kind, instance = (np.zeros((count, longest), np.int64) for _ in range(3))
    mask, adjacency = np.zeros((count, longest), bool), np.zeros((count, longest, longest), bool)
    for row, nodes in enumerate(graphs):
        tag[row, : len(nodes)], kind[row, : len(nodes)] = nodes.tag, nodes.type
        mask[row, : len(nodes)] = True
        adjacency[row, nodes.edges[:, 0], nodes.edges[:, 1]] = True
        numbers = _instances(nodes, generator) if instances is None else instances[row]
        instance[row, : nodes.things] = numbers
    return GraphTensors(*(torch.from_numpy(array) for array in (tag, kind, instance, mask, adjacency)))


def graph_of(tensors: GraphTensors, k: int, vocabulary: GraphVocabulary) -> SceneGraph:
    """The graph in row k. Nodes and edges that make no sense together (a relation without subject) are left out."""
    mask = tensors.mask[k].numpy()
    tags, types = tensors.tag[k].numpy(), tensors.type[k].numpy()
    edges = tensors.adjacency[k].numpy() & mask[:, None] & mask[None, :]
    is_thing = np.isin(types, THINGS) & mask
    place = {int(node): number for number, node in enumerate(np.flatnonzero(is_thing))}
    things = [_thing(node, tags, types, edges, vocabulary) for node in place]
    triples: list[Triple] = []
    for node in np.flatnonzero((types == NodeType.RELATION) & mask):
        before, after = np.flatnonzero(edges[:, node] & is_thing), np.flatnonzero(edges[node] & is_thing)
        if len(before) == len(after) == 1 and before[0] != after[0]:
            predicate = Predicate(vocabulary.words[tags[node]][1])
            triples.append((place[int(before[0])], predicate, place[int(after[0])]))
    for part, whole in np.argwhere(edges & is_thing[:, None] & is_thing[None, :]).tolist():
        if part != whole:
            triples.append((place[part], Predicate.PART_OF, place[whole]))
    has_layout = any(thing.layout is not None for thing in things)
    return SceneGraph(
        source="3dsg" if has_layout else "tsg", objects=tuple(things), triples=tuple(dict.fromkeys(triples))
    )


def _thing(
    node: int, tags: np.ndarray, types: np.ndarray, edges: np.ndarray, vocabulary: GraphVocabulary
) -> GraphObject:
    own = np.flatnonzero(edges[node])
    attributes = [vocabulary.words[tags[k]][1] for k in own if types[k] == NodeType.ATTRIBUTE]
    layout = [vocabulary.words[tags[k]][1] for k in own if types[k] == NodeType.LAYOUT]
    kind = NodeType(int(types[node]))
    is_seen = any(word[0] in "uv" for word in layout)  # a detector's box: there is no depth to it
    return GraphObject(
        tag=vocabulary.words[tags[node]][1] or UNKNOWN,
        kind=KIND_OF[kind],
        attributes=tuple(dict.fromkeys(attributes)),
        layout=vocabulary.layout_of(layout) if kind == NodeType.OBJECT and not is_seen else None,
    )


def _layout_words(
    thing: GraphObject, vocabulary: GraphVocabulary, picture_px: tuple[float, float] | None
) -> tuple[str, ...]:
    if thing.layout is not None:
        return vocabulary.layout_words(thing.layout)
    if thing.box is None or picture_px is None:
        return ()
    x0, y0, x1, y1 = (side / picture_px[k % 2] for k, side in enumerate(thing.box))
    bins, count = vocabulary.bins, vocabulary.apparent
    places = [((a + b) / 2.0 + bins.margin) / (1.0 + 2.0 * bins.margin) * bins.grid for a, b in ((x0, x1), (y0, y1))]
    x, y = (min(bins.grid - 1, max(0, int(place))) for place in places)
    shares = [1.0 + np.log(max(side, 1e-6)) / np.log(APPARENT_RANGE) for side in (x1 - x0, y1 - y0)]
    u, v = (min(count - 1, max(0, int(share * count))) for share in shares)
    return f"x{x}", f"y{y}", f"u{u}", f"v{v}"


def _instances(nodes: Nodes, generator: torch.Generator | None) -> np.ndarray:
    """Numbers of the things; concepts come last, so that in large graphs it is they who share."""
    order = np.argsort(nodes.type[: nodes.things] == NodeType.CONCEPT, kind="stable")
    numbers = np.arange(INSTANCES) if generator is None else torch.randperm(INSTANCES, generator=generator).numpy()
    given = np.empty(nodes.things, np.int64)
    given[order] = numbers[np.arange(nodes.things) % INSTANCES]
    return given
