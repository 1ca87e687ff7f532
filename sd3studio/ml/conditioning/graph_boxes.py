"""From the layout tags of a 3D graph to boxes in a scene, seen by a viewer whose camera is not told by the graph."""

import math
from collections.abc import Iterable

import numpy as np

from sd3studio.core.relations import LAYER_INDEX, LAYERS, RelationField
from sd3studio.core.scene.camera import Camera
from sd3studio.core.scene.predicates import Predicate
from sd3studio.core.scene.values import Scene, SceneObject
from sd3studio.ml.training.data.graphs import SceneGraph, is_ground
from sd3studio.ml.training.data.tags import TagBins

VIEWER_HEIGHT_M = 2.6
VIEWER_PITCH_RAD = -0.31
VIEWER_FOV_RAD = 0.70
"""Means of the composed scenes (standard deviations 1.2 m, 0.13 and 0.14 rad)."""

LOW_M = 0.4
"""What starts lower than this, by layout tags, stands on the ground."""

SUPPORTS = (Predicate.ON, Predicate.IN)


def viewer(width: int = 256, height: int = 256) -> Camera:
    """The camera that layout tags are read with where none is known: in the south, looking north and a little down."""
    ahead = 4.0
    target = (0.0, ahead, VIEWER_HEIGHT_M + ahead * math.tan(VIEWER_PITCH_RAD))
    position = (0.0, 0.0, VIEWER_HEIGHT_M)
    return Camera(position=position, target=target, fov_y=VIEWER_FOV_RAD, width=width, height=height)


def boxes_of(graph: SceneGraph, bins: TagBins, camera: Camera | None = None) -> dict[int, SceneObject]:
    """An object with its box for each thing of a 3D graph that has layout tags, by its number.

    What stands on something, as the graph says, is put on its top, and on stuff at the height 0: tags tell heights only
    roughly, as the viewer's are not known. What hangs on a wall or lies in a thing keeps its height.
    """
    camera = camera or viewer()
    found: dict[int, SceneObject] = {}
    for k, thing in enumerate(graph.objects):
        if thing.layout is not None:
            center, size, yaw = bins.decode(thing.layout, camera)
            found[k] = SceneObject(
                id=f"thing-{k}", label=thing.tag, attributes=thing.attributes, center=center, size=size, yaw=yaw
            )
    under = {s: o for s, p, o in graph.triples if p == Predicate.ON and s in found}
    for k in found:
        _put_down(k, found, under, graph)
    return found


def _put_down(k: int, found: dict[int, SceneObject], under: dict[int, int], graph: SceneGraph, depth: int = 0) -> None:
    below = under.get(k)
    if below is None or depth > 4:
        return
    if below in found:
        _put_down(below, found, under, graph, depth + 1)
        floor_m = found[below].center[2] + found[below].size[2] / 2.0
    elif graph.objects[below].kind == "stuff" and graph.objects[below].tag != "wall":
        floor_m = 0.0
    else:
        return
    x, y, _ = found[k].center
    found[k] = found[k].replace(center=(x, y, floor_m + found[k].size[2] / 2.0))


def implied_triples(
    graph: SceneGraph, bins: TagBins, above: float, camera: Camera | None = None
) -> set[tuple[str, str, str]]:
    """Relations by tags that grade above a threshold between the boxes of a 3D graph, in the viewer's frame."""
    camera = camera or viewer()
    boxes = boxes_of(graph, bins, camera)
    scene = Scene.of(boxes.values(), camera=camera)
    labels = {thing.id: thing.label for thing in boxes.values()}
    between = {(labels[a], p, labels[b]) for a, p, b in true_relations(RelationField(scene), labels, above)}
    return between | _on_the_ground(graph, boxes)


def _on_the_ground(graph: SceneGraph, boxes: dict[int, SceneObject]) -> set[tuple[str, str, str]]:
    """What stands so low that it is on the ground, on each stretch of ground that the graph has."""
    ground = [thing.tag for thing in graph.objects if thing.kind == "stuff" and is_ground(thing.tag)]
    carried = {s for s, p, o in graph.triples if p in SUPPORTS and graph.objects[o].kind == "object"}
    low = [box for k, box in boxes.items() if k not in carried and box.center[2] - box.size[2] / 2.0 < LOW_M]
    return {(box.label, Predicate.ON.value, tag) for box in low for tag in ground}


def true_relations(field: RelationField, among: Iterable[str], above: float) -> set[tuple[str, str, str]]:
    """All (subject, predicate, object) by id that grade above a threshold in the viewer's frame."""
    chosen = set(among)
    layers = [(p, LAYER_INDEX[p, "camera"]) for p in Predicate if (p, "camera") in LAYERS]
    return {
        (field.ids[a], p.value, field.ids[b])
        for p, layer in layers
        for a, b in np.argwhere(field.grades[layer] > above).tolist()
        if a != b and field.ids[a] in chosen and field.ids[b] in chosen
    }
