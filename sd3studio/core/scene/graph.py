"""The scene as a networkx graph with object, attribute and relation nodes, as the paper has it, and back.

Edges are directed and bare: subject -> relation -> object, and object -> attribute. A parent becomes a relation node
"part of". Geometry enters as discrete tags (position, size, heading, depth bins), so that networks over tags can say
layout too; the exact numbers ride along, so that the way back loses nothing that the graph speaks of.
"""

import math
from collections.abc import Iterable
from typing import Any

import networkx as nx
import numpy as np

from sd3studio.core.errors import SceneError
from sd3studio.core.scene.camera import Camera
from sd3studio.core.scene.predicates import Predicate
from sd3studio.core.scene.values import Relation, Scene, SceneObject

Triple = tuple[str, str, str]

SIZE_EDGES_M = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
"""Borders of the size bins, metres (largest side)."""
DEPTH_EDGES_M = (1.0, 2.0, 3.0, 4.5, 6.5, 10.0, 20.0, 50.0)
"""Borders of the bins of distance along the view axis, metres."""
GRID = 8
"""Rows and columns of the position bins in the picture."""
HEADINGS = 8
"""Bins of the yaw."""

_KEPT = ("kind", "category", "center", "size", "yaw", "pitch", "roll", "mesh", "colour", "prompt")


def layout_tags(thing: SceneObject, camera: Camera) -> dict[str, str]:
    """Discrete geometry: ``position`` ("x3y5", or "out"), ``depth``, ``size``, ``heading`` ("h0" faces -Y)."""
    pixel, depth = camera.project(np.asarray(thing.center))
    column, row = (pixel / np.array([camera.width, camera.height]) * GRID) if depth > 0 else (-1.0, -1.0)
    inside = 0.0 <= column < GRID and 0.0 <= row < GRID
    turn = round(thing.yaw / (2.0 * math.pi) * HEADINGS) % HEADINGS
    return {
        "position": f"x{int(column)}y{int(row)}" if inside else "out",
        "depth": f"d{int(np.searchsorted(DEPTH_EDGES_M, float(depth)))}",
        "size": f"s{int(np.searchsorted(SIZE_EDGES_M, max(thing.size)))}",
        "heading": f"h{turn}",
    }


def graph_of(scene: Scene, relations: Iterable[Relation] | None = None) -> "nx.DiGraph[str]":
    """The scene as a directed graph of tagged nodes.

    Parameters
    ----------
    scene : the scene; hidden objects are part of it
    relations : relation nodes to make; by default those that are stored. Computed ones can be given as well

    Returns
    -------
    graph whose nodes have ``node`` ("object" | "attribute" | "relation") and ``tag``; object nodes have their id as
    key, the tags of `layout_tags` as ``bins`` and their exact numbers; relation nodes have ``frame``
    """
    graph: nx.DiGraph[str] = nx.DiGraph(title=scene.title, sentence=scene.sentence)
    for thing in scene.objects.values():
        kept = {name: getattr(thing, name) for name in _KEPT}
        graph.add_node(thing.id, node="object", tag=thing.label, **kept, **{"bins": layout_tags(thing, scene.camera)})
        for k, attribute in enumerate(thing.attributes):
            graph.add_node(f"{thing.id}/a{k}", node="attribute", tag=attribute)
            graph.add_edge(thing.id, f"{thing.id}/a{k}")
    for k, relation in enumerate(scene.relations if relations is None else relations):
        _add_relation(graph, f"/r{k}", relation.subject, relation.predicate, relation.object, relation.frame)
    for thing in scene.objects.values():
        if thing.parent is not None:
            _add_relation(graph, f"/p/{thing.id}", thing.id, Predicate.PART_OF, thing.parent, "camera")
    return graph


def _add_relation(graph: "nx.DiGraph[str]", key: str, s: str, predicate: Predicate, o: str, frame: str) -> None:
    graph.add_node(key, node="relation", tag=predicate.value, frame=frame)
    graph.add_edge(s, key)
    graph.add_edge(key, o)


def scene_of(graph: "nx.DiGraph[str]", camera: Camera | None = None) -> Scene:
    """The scene of a graph like that of `graph_of`. Provenance, masks, light and what is kept are not in it.

    Raises `SceneError` for relation nodes without one subject and one object, and for tags that are no predicate.
    """
    parents: dict[str, str] = {}
    relations: list[Relation] = []
    for key, data in graph.nodes(data=True):
        if data.get("node") != "relation":
            continue
        before, after = list(graph.predecessors(key)), list(graph.successors(key))
        if len(before) != 1 or len(after) != 1:
            raise SceneError(f"Relation node {key!r} of the graph needs one subject and one object.")
        predicate = _predicate(key, data)
        if predicate is Predicate.PART_OF and str(key).startswith("/p/"):
            parents[before[0]] = after[0]
        else:
            relations.append(
                Relation(subject=before[0], predicate=predicate, object=after[0], frame=data.get("frame", "camera"))
            )
    objects = [
        _object(graph, key, data, parents.get(key))
        for key, data in graph.nodes(data=True)
        if data.get("node") == "object"
    ]
    fields: dict[str, Any] = {name: graph.graph.get(name, "") for name in ("title", "sentence")}
    try:
        return Scene.of(objects, relations=tuple(relations), camera=camera or Camera(), **fields)
    except ValueError as error:
        raise SceneError(f"The graph is no valid scene: {error}") from error


def _predicate(key: str, data: dict[str, Any]) -> Predicate:
    try:
        return Predicate(str(data.get("tag")))
    except ValueError as error:
        raise SceneError(f"Relation node {key!r} has the tag {data.get('tag')!r}, which is no predicate.") from error


def _object(graph: "nx.DiGraph[str]", key: str, data: dict[str, Any], parent: str | None) -> SceneObject:
    attributes = [graph.nodes[n]["tag"] for n in graph.successors(key) if graph.nodes[n].get("node") == "attribute"]
    kept = {name: data[name] for name in _KEPT if name in data}
    try:
        return SceneObject(id=key, label=data["tag"], attributes=tuple(attributes), parent=parent, **kept)
    except (KeyError, ValueError) as error:
        raise SceneError(f"Object node {key!r} of the graph is not valid: {error}") from error


def graph_json(scene: Scene) -> dict[str, Any]:
    """The graph as networkx's node-link JSON."""
    return nx.node_link_data(graph_of(scene), edges="edges")


def scene_of_graph_json(data: dict[str, Any], camera: Camera | None = None) -> Scene:
    """The scene of a node-link JSON. Raises `SceneError`."""
    try:
        graph = nx.node_link_graph(data, directed=True, multigraph=False, edges="edges")
    except (KeyError, TypeError, nx.NetworkXError) as error:
        raise SceneError(f"This is not the node-link form of a graph: {error!r}") from error
    return scene_of(graph, camera)


def triples_of(scene: Scene, relations: Iterable[Relation] | None = None) -> tuple[Triple, ...]:
    """(subject label, predicate, object label) of the stored (or given) relations, then of the parents."""
    label = {thing.id: thing.label for thing in scene.objects.values()}
    listed = scene.relations if relations is None else relations
    return (
        *((label[r.subject], r.predicate.value, label[r.object]) for r in listed),
        *((o.label, Predicate.PART_OF.value, label[o.parent]) for o in scene.objects.values() if o.parent is not None),
    )
