"""The graph as a drawing, and edits from it: objects, attributes and relations as nodes with places in the plane.

Below the window: no Qt here. The layout is deterministic, and incremental: nodes that were there before stay where they
are, new ones come beside what they belong to. Lengths are in units of the drawing (the view scales them).
"""

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.errors import SceneError
from sd3studio.core.scene.predicates import Predicate
from sd3studio.core.scene.values import Frame, Relation, Scene

if TYPE_CHECKING:
    import networkx as nx

Floats = NDArray[np.float64]
NodeKind = Literal["object", "stuff", "concept", "attribute", "relation"]
Point = tuple[float, float]

SPACING = 160.0
"""Length of the edge between an object and a relation, in units of the drawing."""
ATTRIBUTE_RADIUS = 70.0
NODE_GAP = 55.0
"""Centres of two nodes are at least this far apart."""
LETTER, LINE = 7.6, 30.0
"""Width of a letter and height of a node, about: the text of nodes decides how much room they need."""
MARGIN = np.array([34.0, 26.0])
"""Room around an object for the relations that stand between it and the next one (half of it on each side)."""
WIDE = 1.5
"""Texts are wide, so the drawing is."""
LOOSE = 0.12
"""How strongly being part of a concept pulls, beside a relation: one concept has many parts."""
REACH = 2.5
"""Nodes farther apart than so many edges don't push each other."""
ROUNDS = 80
MOST_UNTANGLED = 600
"""Nodes of bigger drawings may lie on each other: pushing them apart would take too long."""
SMALL = 60
"""Up to so many objects the springs run from scratch; bigger graphs get fewer rounds."""


@dataclass(frozen=True, slots=True)
class Node:
    """A node of the drawing.

    Parameters
    ----------
    key : as in `sd3studio.core.scene.graph`: id of an object, ``id/a0`` for an attribute, ``/r0`` for a stored
        relation, ``/p/id`` for being part of a concept
    text : label, attribute or predicate
    at : place of its middle, y down
    of : ids of the objects that it is about: itself, the owner, or subject and object
    relation : the relation, for relation nodes
    """

    key: str
    kind: NodeKind
    text: str
    at: Point
    of: tuple[str, ...]
    relation: Relation | None = None
    stored: bool = True


@dataclass(frozen=True, slots=True)
class Link:
    """An edge of the drawing, from one node to another; `directed` ones have an arrow at the end."""

    start: str
    end: str
    directed: bool = True


@dataclass(frozen=True, slots=True)
class Drawing:
    """Nodes by key and links; `positions` is what the next `drawn` is given, so that nodes stay where they are."""

    nodes: Mapping[str, Node]
    links: tuple[Link, ...]

    @property
    def positions(self) -> dict[str, Point]:
        """Place of each node, by a name that outlives changes of other nodes."""
        return {_lasting_name(node): node.at for node in self.nodes.values()}

    def moved_positions(self, moved: Mapping[str, Point]) -> dict[str, Point]:
        """`positions` after nodes were dragged; `moved` are new places by the nodes' keys."""
        dragged = {_lasting_name(self.nodes[key]): at for key, at in moved.items() if key in self.nodes}
        return {**self.positions, **dragged}


def drawn(
    scene: Scene,
    positions: Mapping[str, Point] | None = None,
    derived: Iterable[Relation] = (),
    hidden: bool = True,
) -> Drawing:
    """The drawing of a scene's graph.

    Parameters
    ----------
    positions : `Drawing.positions` of the drawing before, or what the user dragged; these nodes stay there
    derived : computed relations to draw beside the stored ones (`stored` False)
    hidden : draw hidden objects too
    """
    known = dict(positions or {})
    objects = {key: thing for key, thing in scene.objects.items() if hidden or not thing.hidden}
    listed = [(f"/r{k}", relation, True) for k, relation in enumerate(scene.relations)]
    stored = {relation.key for relation in scene.relations}
    more = [relation for relation in derived if relation.key not in stored]
    listed += [(f"/d{k}", relation, False) for k, relation in enumerate(more)]
    listed += [
        (f"/p/{key}", Relation(subject=key, predicate=Predicate.PART_OF, object=thing.parent), True)
        for key, thing in objects.items()
        if thing.parent in objects and thing.parent is not None
    ]
    listed = [one for one in listed if one[1].subject in objects and one[1].object in objects]
    texts = {key: thing.label for key, thing in objects.items()}
    places = _object_places(texts, [relation for _, relation, _ in listed], known, _seen(scene))
    nodes: dict[str, Node] = {}
    links: list[Link] = []
    for key, thing in objects.items():
        nodes[key] = Node(key, thing.kind, thing.label, places[key], (key,))
    _add_relations(nodes, links, listed, known)
    for key, thing in objects.items():
        _add_attributes(nodes, links, key, thing.attributes, known)
    return Drawing(_untangled(nodes, known), tuple(links))


def connected(scene: Scene, subject: str, predicate: Predicate, object: str, frame: Frame = "camera") -> Relation:
    """The relation that connecting two nodes asserts. Raises `SceneError` if the nodes can't be connected so."""
    for end in (subject, object):
        if end not in scene.objects:
            raise SceneError("Only objects can be connected. Draw from one object to another.")
    if subject == object:
        raise SceneError("A thing can't be related to itself.")
    return Relation(subject=subject, predicate=predicate, object=object, frame=frame)


def _seen(scene: Scene) -> dict[str, Point]:
    """Where the objects stand as seen from above (right, towards the viewer), as a first guess of the drawing."""
    right = np.array([scene.camera.axes[2, 1], -scene.camera.axes[2, 0]])
    if np.hypot(*right) < 1e-6:
        right = np.array([1.0, 0.0])
    right = right / np.hypot(*right)
    towards = np.array([right[1], -right[0]])
    return {
        key: (float(np.dot(thing.center[:2], right)), float(np.dot(thing.center[:2], towards)))
        for key, thing in scene.objects.items()
    }


def _object_places(
    texts: Mapping[str, str], relations: Sequence[Relation], known: Mapping[str, Point], seen: Mapping[str, Point]
) -> dict[str, Point]:
    """Places of the objects: the known ones, and new ones by springs between those that are related."""
    ids = list(texts)
    fresh = [key for key in ids if key not in known]
    if not fresh:
        return {key: known[key] for key in ids}
    import networkx as nx  # not before it is needed: the window opens sooner

    graph: nx.Graph[str] = nx.Graph()
    graph.add_nodes_from(ids)
    for relation in relations:
        pull = LOOSE if relation.predicate is Predicate.PART_OF else 1.0
        graph.add_edge(relation.subject, relation.object, pull=pull)
    start = _starts(ids, graph, known, seen)
    fixed = {key for key in ids if key in known}
    rounds = ROUNDS if len(ids) <= SMALL else max(10, ROUNDS * SMALL // len(ids))
    found = _springs(ids, graph, start, fixed, rounds)
    at = np.array([found[key] for key in ids]) * (1.0 if fixed else np.array([WIDE, 1.0]) * _shrunk(found))
    half = np.array([_half_size(texts[key]) for key in ids]) + MARGIN
    at = _apart(at, half, np.array([key not in known for key in ids]))
    places = dict(zip(ids, np.round(at, 3).tolist(), strict=True))
    return {key: known.get(key, (places[key][0], places[key][1])) for key in ids}


def _shrunk(found: Mapping[str, Point]) -> float:
    """Factor that brings neighbours as near as their texts allow: springs without measure spread few nodes widely."""
    at = np.array(list(found.values()))
    if len(at) < 2:
        return 1.0
    gaps = np.linalg.norm(at[:, None] - at[None], axis=2) + np.diag(np.full(len(at), np.inf))
    return float(np.clip(SPACING / np.median(gaps.min(axis=1)), 0.4, 2.0))


def _half_size(text: str) -> tuple[float, float]:
    """Half of the width and height of a node with this text, about."""
    return (LETTER * max(len(text), 3) + 20.0) / 2.0, LINE / 2.0


def _apart(at: Floats, half: Floats, free: NDArray[np.bool_], rounds: int = 160) -> Floats:
    """Places (N, 2) of boxes of half sizes (N, 2) pushed apart until none lies on another; only the free ones move."""
    at = at.copy()
    nudge = 1e-3 * np.stack([np.cos(np.arange(len(at))), np.sin(np.arange(len(at)))], axis=1)
    at[free] += nudge[free]  # no two are at one place
    share = np.where(free[:, None] & free[None, :], 0.5, np.where(free[:, None], 1.0, 0.0))
    reach = half[:, None] + half[None, :]
    for _ in range(rounds):
        offset = at[:, None] - at[None]
        over = reach - np.abs(offset)
        over[np.arange(len(at)), np.arange(len(at))] = 0.0
        hits = (over > 0.0).all(axis=2)
        if not (hits & free[:, None]).any():
            break
        upright = over[..., 1] <= over[..., 0]  # along the axis where less is needed
        push = np.where(np.stack([~upright, upright], axis=2), np.copysign(over + 0.5, offset), 0.0)
        at += (push * (hits * share)[..., None]).sum(axis=1) / np.maximum(hits.sum(axis=1), 1)[:, None]
    return at


def _untangled(nodes: Mapping[str, Node], known: Mapping[str, Point]) -> dict[str, Node]:
    """The nodes with new relations and attributes pushed aside where they lie on others; all others stay."""
    listed = list(nodes.values())
    free = np.array([n.kind in ("attribute", "relation") and known.get(_lasting_name(n)) != n.at for n in listed])
    if len(listed) > MOST_UNTANGLED or not free.any():
        return dict(nodes)
    half = np.array([(6.0, 6.0) if n.key.startswith("/p/") else _half_size(n.text) for n in listed]) + 3.0
    at = np.round(_apart(np.array([n.at for n in listed]), half, free), 3)
    moved = {n.key: replace(n, at=(float(x), float(y))) for n, (x, y), f in zip(listed, at, free, strict=True) if f}
    return {key: moved.get(key, node) for key, node in nodes.items()}


def _starts(
    ids: Sequence[str], graph: "nx.Graph[str]", known: Mapping[str, Point], seen: Mapping[str, Point]
) -> dict[str, Point]:
    """First guesses: beside known neighbours, else as the things stand in the scene."""
    places = np.array([seen[key] for key in ids], float)
    spread = max(float(np.ptp(places, axis=0).max()), 1e-6) if len(ids) else 1.0
    scale = SPACING * 2.0 * math.sqrt(max(len(ids), 1)) / spread
    start: dict[str, Point] = {}
    for key, (x, y) in zip(ids, (places * scale).tolist(), strict=True):
        near = [known[other] for other in sorted(graph.neighbors(key)) if other in known]
        if key in known:
            start[key] = known[key]
        elif near:
            x, y = np.mean(near, axis=0) + 2.0 * SPACING * np.array(
                [math.cos(_angle_of(key)), math.sin(_angle_of(key))]
            )
            start[key] = (float(x), float(y))
        else:
            start[key] = (x + 10.0 * math.cos(_angle_of(key)), y + 10.0 * math.sin(_angle_of(key)))
    return start


def _angle_of(key: str) -> float:
    """An angle that hangs on the name alone: what decides where nothing else does."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big") / 2**32 * math.tau


def _springs(
    ids: Sequence[str], graph: "nx.Graph[str]", start: Mapping[str, Point], fixed: set[str], rounds: int
) -> dict[str, Point]:
    """Places (units) by springs along edges, of strength `pull`, and repulsion of all (Fruchterman, Reingold 1991)."""
    if len(ids) < 2:
        return dict(start)
    at = np.array([start[key] for key in ids], float)
    row = {key: k for k, key in enumerate(ids)}
    edges = np.array([(row[a], row[b]) for a, b in graph.edges], np.intp).reshape(-1, 2)
    pulls = np.array([pull for _, _, pull in graph.edges(data="pull")], float)[:, None]
    free = np.array([k for k, key in enumerate(ids) if key not in fixed], np.intp)
    ideal = 2.0 * SPACING
    heat = ideal
    for _ in range(rounds):
        offset = at[free, None, :] - at[None, :, :]  # (F, N, 2)
        distance = np.maximum(np.hypot(offset[..., 0], offset[..., 1]), 1.0)
        force = np.zeros_like(at)
        strength = np.where(distance < REACH * ideal, ideal**2 / distance**3, 0.0)  # parts that hang apart stay near
        force[free] = (offset * strength[..., None]).sum(axis=1)
        if len(edges):
            along = at[edges[:, 1]] - at[edges[:, 0]]
            pull = pulls * along * (np.linalg.norm(along, axis=1, keepdims=True) / ideal)
            np.add.at(force, edges[:, 0], pull)
            np.add.at(force, edges[:, 1], -pull)
        force -= 0.04 * (at - at.mean(axis=0))
        length = np.maximum(np.linalg.norm(force, axis=1, keepdims=True), 1e-9)
        at[free] += (force / length * np.minimum(length, heat))[free]
        heat *= 0.94
    at = np.round(at, 3)
    return {key: (float(x), float(y)) for key, (x, y) in zip(ids, at.tolist(), strict=True)}


def _add_relations(
    nodes: dict[str, Node], links: list[Link], listed: Sequence[tuple[str, Relation, bool]], known: Mapping[str, Point]
) -> None:
    """Relation nodes on the way from subject to object; several of a pair stand side by side."""
    count: dict[frozenset[str], int] = {}
    for key, relation, stored in listed:
        pair = frozenset((relation.subject, relation.object))
        number = count[pair] = count.get(pair, 0) + 1
        first, second = sorted(pair)
        a, b = np.array(nodes[first].at), np.array(nodes[second].at)
        along = (b - a) / max(float(np.linalg.norm(b - a)), 1e-9)
        aside = (number // 2) * (1.0 if number % 2 else -1.0) * NODE_GAP
        x, y = (a + b) / 2.0 + aside * np.array([-along[1], along[0]])
        text = relation.predicate.value + (" (own side)" if relation.frame == "object" else "")
        node = Node(
            key, "relation", text, (round(float(x), 3), round(float(y), 3)),
            (relation.subject, relation.object), relation, stored,
        )  # fmt: skip
        name = _lasting_name(node)
        if name in known and _still_between(known[name], a, b):
            node = Node(key, "relation", text, known[name], node.of, relation, stored)
        nodes[key] = node
        links += [Link(relation.subject, key, directed=False), Link(key, relation.object)]


def _still_between(at: Point, a: Floats, b: Floats) -> bool:
    """True if a place is still near the way between two nodes, which may have been dragged."""
    away = float(np.linalg.norm(np.array(at) - (a + b) / 2.0))
    return away <= max(float(np.linalg.norm(b - a)) / 2.0, 3.0 * NODE_GAP)


def _add_attributes(
    nodes: dict[str, Node], links: list[Link], key: str, words: Sequence[str], known: Mapping[str, Point]
) -> None:
    """Attribute nodes around their object, where no other node is near."""
    center = np.array(nodes[key].at)
    for number, word in enumerate(words):
        name = f"{key}/{word}"
        at = known.get(name)
        if at is None or float(np.linalg.norm(np.array(at) - center)) > 4.0 * ATTRIBUTE_RADIUS:
            at = _free_spot(center, [node.at for node in nodes.values()], number)
        nodes[f"{key}/a{number}"] = Node(f"{key}/a{number}", "attribute", word, at, (key,))
        links.append(Link(key, f"{key}/a{number}"))


def _free_spot(center: Floats, taken: Sequence[Point], number: int) -> Point:
    angles = (np.arange(12) + 9 + number) % 12 * (math.tau / 12.0)  # up first
    spots = center + ATTRIBUTE_RADIUS * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    gaps = np.linalg.norm(spots[:, None, :] - np.array(taken)[None], axis=2).min(axis=1)
    free = np.flatnonzero(gaps >= NODE_GAP)
    chosen = int(free[0]) if len(free) else int(gaps.argmax())
    x, y = spots[chosen].tolist()
    return round(x, 3), round(y, 3)


def _lasting_name(node: Node) -> str:
    """A name that stays the same when other nodes come and go (keys of attributes and relations are numbers)."""
    if node.kind == "attribute":
        return f"{node.of[0]}/{node.text}"
    if node.relation is not None:
        subject, predicate, other, frame = node.relation.key
        return f"{subject} {predicate.value} {other} {frame}"
    return node.key
