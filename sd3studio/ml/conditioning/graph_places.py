"""The graph diffusion's canvas: a place for each thing of a 3D graph, with its own nodes lying beside it.

A place holds eight nodes of six levels: the thing, its column, row, depth, size and heading, one attribute, and one
relation of which it is the subject (what it stands on, else the most telling). The first places are for objects, then
some for stuff, the last for the concept; stuff and concepts use their first node alone. What a place does not use is
the empty node, so how many things there are is predicted. That everything is part of the concept needs no node.

The paper is silent on all this. Nodes of one thing share a place because a set of eighty nodes without any order is
slow to attend over and, where all is masked, can't tell who is to become what. The denoiser has no positions either: a
place is told by a row of the layout, and permuting places with their rows permutes what is said.

The graph that is completed (a caption's or a detector's) keeps its things' identities: the thing at place k is thing k.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from sd3studio.core.scene.predicates import Predicate
from sd3studio.ml.conditioning.graph_tensors import (
    INSTANCES,
    KINDS,
    GraphTensors,
    GraphVocabulary,
    Nodes,
    NodeType,
    nodes_of,
    stack,
)
from sd3studio.ml.training.data.graphs import SceneGraph, Triple

OBJECT_PLACES, STUFF_PLACES, CONCEPT_PLACES = 10, 4, 1
PLACES = OBJECT_PLACES + STUFF_PLACES + CONCEPT_PLACES
assert PLACES == INSTANCES

OWN, ATTRIBUTE, RELATION = 0, 6, 7
NODES = 8
"""Of a place."""

CELLS = {"x": 1, "y": 2, "d": 3, "s": 4, "t": 5, "u": 3, "v": 4}
"""Where the layout words lie; a detector's apparent width and height take the cells of depth and size."""

CELL_FIELDS = 6
FIELDS = NODES * CELL_FIELDS

FIRST_PLACE = {"object": 0, "stuff": OBJECT_PLACES, "concept": OBJECT_PLACES + STUFF_PLACES}
ROOM = {"object": OBJECT_PLACES, "stuff": STUFF_PLACES, "concept": CONCEPT_PLACES}


@dataclass(frozen=True)
class Placed:
    """A graph on the canvas.

    Attributes
    ----------
    graph : what of it has a place
    places : (K,) where each of its K things is
    nodes : its M nodes
    node_cell : (M,) the cell, place * NODES + node, of each node; -1 for those that have none
    """

    graph: SceneGraph
    places: tuple[int, ...]
    nodes: Nodes
    node_cell: np.ndarray


def given_places(graph: SceneGraph) -> list[int | None]:
    """The place of each thing, in the graph's order; None where there are more than there is room for.

    Of a detector's objects those with the best scores get a place.
    """
    places: list[int | None] = [None] * len(graph.objects)
    for kind, start in FIRST_PLACE.items():
        listed = [k for k, thing in enumerate(graph.objects) if thing.kind == kind]
        if len(listed) > ROOM[kind]:
            best = sorted(listed, key=lambda k: -(graph.objects[k].score or 1.0))[: ROOM[kind]]
            listed = sorted(best)
        for number, k in enumerate(listed):
            places[k] = start + number
    return places


def placed(graph: SceneGraph, places: Sequence[int | None], vocabulary: GraphVocabulary, **options: object) -> Placed:
    """Put a graph on the canvas; things without a place are left out, and so are relations of theirs.

    `options` go to `nodes_of`. The nodes of a 3D graph that have no cell are left out, those of others kept.
    """
    kept = [k for k, place in enumerate(places) if place is not None]
    new = {k: number for number, k in enumerate(kept)}
    triples = [(new[s], p, new[o]) for s, p, o in graph.triples if s in new and o in new]
    things = [graph.objects[k] for k in kept]
    if graph.source == "3dsg":
        things = [thing.replace(attributes=thing.attributes[:1]) for thing in things]
        triples = _one_each(triples, len(things))
    small = graph.replace(objects=tuple(things), triples=tuple(triples))
    own = tuple(place for place in places if place is not None)
    nodes = nodes_of(small, vocabulary, **options)  # type: ignore[arg-type]
    owner = np.full(len(nodes), -1)
    for source, node in nodes.edges[::-1].tolist():
        if source < nodes.things:
            owner[node] = source
    cells, used = np.full(len(nodes), -1), set()
    for node, (tag, kind) in enumerate(zip(nodes.tag.tolist(), nodes.type.tolist(), strict=True)):
        thing = node if node < nodes.things else int(owner[node])
        cell = own[thing] * NODES + _cell(kind, vocabulary.words[tag][1])
        if cell not in used:
            used.add(cell)
            cells[node] = cell
    return Placed(small, own, nodes, cells)


def tensors_of_placed(graphs: Sequence[Placed]) -> tuple[GraphTensors, Tensor]:
    """Tensors of graphs in which a thing's identity is its place, and the cell (B, M) of each node, -1 for none."""
    tensors = stack([one.nodes for one in graphs], instances=[np.array(one.places, np.int64) for one in graphs])
    cells = torch.full(tensors.tag.shape, -1)
    for row, one in enumerate(graphs):
        cells[row, : len(one.node_cell)] = torch.from_numpy(one.node_cell)
    return tensors, cells


def on_canvas(codes: Tensor, cells: Tensor, empty: Tensor) -> Tensor:
    """Codes (B, M, 6) of nodes to the canvas (B, PLACES, FIELDS), `empty` (6,) where there is no node."""
    canvas = empty.expand(len(codes), PLACES * NODES, CELL_FIELDS).clone()
    rows, nodes = (cells >= 0).nonzero(as_tuple=True)
    canvas[rows, cells[rows, nodes]] = codes[rows, nodes]
    return canvas.unflatten(1, (PLACES, NODES)).flatten(2)


def off_canvas(canvas: Tensor) -> Tensor:
    """The canvas (B, PLACES, FIELDS) as codes of a set of nodes (B, PLACES * NODES, 6)."""
    return canvas.unflatten(2, (NODES, CELL_FIELDS)).flatten(1, 2)


def unused_fields() -> Tensor:
    """(PLACES, FIELDS) bool: what stuff and concepts never use."""
    unused = torch.zeros(PLACES, NODES, CELL_FIELDS, dtype=torch.bool)
    unused[OBJECT_PLACES:, 1:] = True
    return unused.flatten(1)


def graph_on(tensors: GraphTensors, row: int, vocabulary: GraphVocabulary) -> tuple[SceneGraph, tuple[int, ...]]:
    """The graph that a codec read off a canvas (nodes in the canvas' order), and the place of each of its things.

    Things have the kind of their place, nodes the owner at their place; relations name whom the codec says. Everything
    is part of the concept, if there is one.
    """
    from sd3studio.ml.training.data.graphs import GraphObject

    tags, there = tensors.tag[row].numpy(), tensors.mask[row].numpy()
    types = tensors.type[row].numpy()
    edges = tensors.adjacency[row].numpy()
    number: dict[int, int] = {}
    things: list[GraphObject] = []
    for place in range(PLACES):
        at = place * NODES
        kind = _kind_at(place)
        if not there[at] or types[at] != KINDS[kind]:
            continue
        number[at] = len(things)
        own = [k for k in range(at + 1, at + NODES) if there[k]]
        layout = [vocabulary.words[tags[k]][1] for k in own if types[k] == NodeType.LAYOUT]
        attributes = [vocabulary.words[tags[k]][1] for k in own if types[k] == NodeType.ATTRIBUTE]
        things.append(
            GraphObject(
                tag=vocabulary.words[tags[at]][1],
                kind=kind,
                attributes=tuple(attributes),
                layout=vocabulary.layout_of(layout) if kind == "object" else None,
            )
        )
    triples: list[Triple] = []
    for at, subject in number.items():
        node = at + RELATION
        if there[node] and types[node] == NodeType.RELATION and at < OBJECT_PLACES * NODES:
            ends = [number[k] for k in np.flatnonzero(edges[node]).tolist() if k in number and k != at]
            if ends:
                triples.append((subject, Predicate(vocabulary.words[tags[node]][1]), ends[0]))
    concept = next((k for k, thing in enumerate(things) if thing.kind == "concept"), None)
    if concept is not None:
        triples += [(k, Predicate.PART_OF, concept) for k in range(len(things)) if k != concept]
    graph = SceneGraph(source="3dsg", objects=tuple(things), triples=tuple(dict.fromkeys(triples)))
    return graph, tuple(at // NODES for at in number)


def _kind_at(place: int) -> str:
    return "object" if place < OBJECT_PLACES else "stuff" if place < OBJECT_PLACES + STUFF_PLACES else "concept"


def _cell(kind: int, word: str) -> int:
    if kind == NodeType.ATTRIBUTE:
        return ATTRIBUTE
    if kind == NodeType.RELATION:
        return RELATION
    return CELLS[word[0]] if kind == NodeType.LAYOUT else OWN


def _one_each(triples: Sequence[Triple], things: int) -> list[Triple]:
    """Of each subject the relation that supports it, else its first; and all of *part of*."""
    chosen: dict[int, Triple] = {}
    for triple in triples:
        subject, predicate, _ = triple
        if predicate == Predicate.PART_OF:
            continue
        supports = predicate in (Predicate.ON, Predicate.IN)
        if subject not in chosen or (supports and chosen[subject][1] not in (Predicate.ON, Predicate.IN)):
            chosen[subject] = triple
    assert all(subject < things for subject in chosen)
    return [*chosen.values(), *(triple for triple in triples if triple[1] == Predicate.PART_OF)]
