"""Things of a sampled 3D graph in a scene that is already there: beside what they were sampled with, and in nothing."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.catalogue import CatalogueEntry, shipped_catalogue
from sd3studio.core.layout import drop_to_support, overlaps
from sd3studio.core.layout.placing import nearest_free_center, usual_base_m
from sd3studio.core.rooms import place_around
from sd3studio.core.scene.predicates import Predicate
from sd3studio.core.scene.value import Size3
from sd3studio.core.scene.values import Provenance, Scene, SceneObject
from sd3studio.ml.conditioning.graph_boxes import boxes_of, viewer
from sd3studio.ml.training.data.graphs import SceneGraph
from sd3studio.ml.training.data.tags import TagBins, view_yaw

Floats = NDArray[np.float64]

SURE_ENOUGH = 0.1
"""Things whose tag is less probable than this are not added."""
MOST_ADDED = 5
"""Objects that are added at most, the surest ones."""
REACH_M = 2.5
"""A thing that finds no free spot within this distance of its own is left out."""
COMPANY_M = 2.0
"""Gap between a companion and the nearest thing that is there, at most."""
SUPPORT_REACH = 0.9
"""Of half the footprint of what carries a thing: as far from the middle as it may stand."""


def with_added(scene: Scene, graph: SceneGraph, bins: TagBins) -> tuple[Scene, tuple[str, ...]]:
    """The scene with the things of a 3D graph that have no key, and labels of those that found no room.

    What is new is part of the room that the scene is. The graph's layout is moved onto the scene so that what both
    have lies where the scene has it. Sizes are cut to what the catalogue calls plausible; things stand on what the
    graph says, else on what is below them.
    """
    there, boxes = scene, boxes_of(graph, bins)
    moved = _onto(scene, graph, boxes)
    new = [k for k in boxes if not graph.objects[k].key and (graph.objects[k].score or 0.0) >= SURE_ENOUGH]
    new = sorted(new, key=lambda k: -(graph.objects[k].score or 0.0))[:MOST_ADDED]
    on = {s: o for s, p, o in graph.triples if p == Predicate.ON}
    ids = {k: thing.key for k, thing in enumerate(graph.objects) if thing.key}
    left_out: list[str] = []
    for k in sorted(new, key=lambda k: on.get(k, -1) in new):  # what carries comes first
        thing = _sized(scene, graph, k, moved[k])
        carrier = ids.get(on.get(k, -1))
        placed = _placed(scene, thing, carrier)
        if placed is None:
            left_out.append(thing.label)
        else:
            scene = scene.with_objects(placed)
            ids[k] = placed.id
    whole = place_around(there)
    filled = _with_surroundings(scene, graph)
    new_ones = (thing for key, thing in filled.objects.items() if key not in there.objects and thing.kind != "concept")
    return filled.with_objects(*(thing.replace(parent=whole) for thing in new_ones)), tuple(left_out)


def _onto(scene: Scene, graph: SceneGraph, boxes: dict[int, SceneObject]) -> dict[int, SceneObject]:
    """The boxes turned as the scene's camera looks, and moved by the mean distance of what both have."""
    camera = scene.camera
    turn = view_yaw(camera) - view_yaw(viewer())
    rotation = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    flat = {k: rotation @ np.array(box.center[:2]) for k, box in boxes.items()}
    shared = [
        np.array(scene.objects[graph.objects[k].key].center[:2]) - flat[k]
        for k in boxes
        if graph.objects[k].key in scene.objects
    ]
    if shared:
        shift = np.median(shared, axis=0)
    else:
        shift = np.array(camera.target[:2]) - (np.mean(list(flat.values()), axis=0) if flat else 0.0)
    ours = [scene.objects[graph.objects[k].key] for k in boxes if graph.objects[k].key in scene.objects]
    moved = {}
    for k, box in boxes.items():
        x, y = _within_reach(flat[k] + shift, box, ours)
        yaw = math.remainder(box.yaw + turn, 2.0 * math.pi)
        moved[k] = box.replace(center=(float(x), float(y), box.center[2]), yaw=yaw)
    return moved


def _within_reach(spot: Floats, box: SceneObject, things: Sequence[SceneObject]) -> Floats:
    """A spot (2,) no farther from the nearest thing than companions are: sampled depths have a long tail."""
    if not things:
        return spot
    gaps = [np.array(thing.center[:2]) - spot for thing in things]
    reach = [COMPANY_M + 0.5 * (max(thing.size[:2]) + max(box.size[:2])) for thing in things]
    nearest = min(range(len(things)), key=lambda k: float(np.hypot(*gaps[k])) - reach[k])
    away = float(np.hypot(*gaps[nearest]))
    return spot if away <= reach[nearest] else spot + gaps[nearest] * (1.0 - reach[nearest] / away)


def _sized(scene: Scene, graph: SceneGraph, k: int, box: SceneObject) -> SceneObject:
    """A new object: the catalogue's entry whose size is nearest, of a size that such things have."""
    node = graph.objects[k]
    entries = shipped_catalogue().of_category(shipped_catalogue().category_of(node.tag) or node.tag)
    entry = min(entries, key=lambda one: _misfit(one, box.size), default=None)
    size, mesh, category = box.size, None, None
    if entry is not None:
        low, high = entry.size_low, entry.size_high
        w, d, h = (min(max(side, small), large) for side, small, large in zip(box.size, low, high, strict=True))
        size, mesh, category = (w, d, h), entry.id, entry.category
    return SceneObject(
        id=scene.free_id(node.tag),
        label=node.tag,
        category=category,
        attributes=node.attributes,
        center=box.center,
        size=size,
        yaw=box.yaw,
        mesh=mesh,
        provenance=Provenance(source="model", score=node.score, detail="SD3 mini"),
    )


def _misfit(entry: CatalogueEntry, size: Size3) -> float:
    return float(np.abs(np.log(np.array(entry.size) / np.array(size))).sum())


def _placed(scene: Scene, thing: SceneObject, carrier: str | None) -> SceneObject | None:
    """The thing where it stands and goes into nothing, or None if there is no such spot near its own."""
    start = np.array(thing.center[:2])
    if carrier is not None and carrier in scene.objects and scene.objects[carrier].kind == "object":
        thing = drop_to_support(scene.with_objects(_over(thing, scene.objects[carrier])), thing.id)
    else:
        x, y, _ = thing.center
        thing = thing.replace(center=(x, y, usual_base_m(thing) + thing.size[2] / 2.0))
    if _is_free(scene, thing):
        return thing
    moved = thing.replace(center=nearest_free_center(scene, thing))
    moved = drop_to_support(scene.with_objects(moved), moved.id) if usual_base_m(moved) == 0.0 else moved
    near = float(np.hypot(*(np.array(moved.center[:2]) - start))) <= REACH_M + max(thing.size[:2])
    return moved if near and _is_free(scene, moved) else None


def _over(thing: SceneObject, carrier: SceneObject) -> SceneObject:
    """The thing above the middle of what carries it, as far towards its own spot as there is top."""
    offset = np.array(thing.center[:2]) - np.array(carrier.center[:2])
    turn = np.array([[math.cos(carrier.yaw), math.sin(carrier.yaw)], [-math.sin(carrier.yaw), math.cos(carrier.yaw)]])
    half = np.maximum(np.array(carrier.size[:2]) - np.array(thing.size[:2]), 0.0) / 2.0 * SUPPORT_REACH
    local = np.clip(turn @ offset, -half, half)
    x, y = np.array(carrier.center[:2]) + turn.T @ local
    top_m = carrier.center[2] + carrier.size[2] / 2.0
    return thing.replace(center=(float(x), float(y), top_m + thing.size[2] / 2.0))


def _is_free(scene: Scene, thing: SceneObject) -> bool:
    """Whether a thing goes into nothing that is there."""
    near = [other for other in scene.solid_objects() if other.id != thing.id]
    found = overlaps(Scene.of([*(other.replace(parent=None) for other in near), thing], camera=scene.camera))
    return not any(thing.id in (one.first, one.second) for one in found)


def _with_surroundings(scene: Scene, graph: SceneGraph) -> Scene:
    """The scene with concept and stuff, if it has none of them; each around what is there."""
    from sd3studio.ml.parsing.surroundings import place_surroundings

    kinds = {thing.kind for thing in scene.objects.values()}
    parts: list[SceneObject] = []
    for node in graph.objects:
        if node.key or node.kind == "object" or node.kind in kinds or (node.score or 0.0) < SURE_ENOUGH:
            continue
        provenance = Provenance(source="model", score=node.score, detail="SD3 mini")
        key = scene.free_id(node.tag)
        if any(part.label == node.tag for part in parts):
            continue
        parts.append(SceneObject(id=key, label=node.tag, kind=node.kind, provenance=provenance))
    if not parts:
        return scene
    bare = Scene.of([*(t.replace(parent=None) for t in scene.solid_objects()), *parts], camera=scene.camera)
    around = place_surroundings(bare, (), {})
    return scene.with_objects(*(around.objects[part.id].replace(parent=None) for part in parts))
