"""Places for what a text names besides things: ground, walls, sky, rooms, and windows on the faces of buildings.

They are placed after the things, around them, because nothing moves for them.
"""

from collections.abc import Collection, Iterable

import numpy as np

from sd3studio.core.language.nouns import words
from sd3studio.core.rooms import place_around
from sd3studio.core.scene.boxes import Boxes
from sd3studio.core.scene.predicates import Predicate
from sd3studio.core.scene.value import Size3, Vec3
from sd3studio.core.scene.values import Scene, SceneObject

SLAB_M = 0.02
"""Thickness of a stretch of ground; its top is at z = 0, so that things stand on it."""
ROOM_AROUND_M = 1.5
SKY_M = 120.0
"""Width of the box that stands for the sky; it is seen as the backdrop, not as a box."""
UPRIGHT = words("wall fence hedge background mountain mountains hill hillside slope forest horizon")
HEIGHTS_M = {
    "wall": 2.6,
    "fence": 1.5,
    "hedge": 1.5,
    "forest": 8.0,
    "mountain": 30.0,
    "mountains": 30.0,
    "hill": 8.0,
    "hillside": 8.0,
}
AIRBORNE = frozenset({"flying", "floating", "hovering"})
FLIGHT_M = 0.6
"""Air between what flies over a thing and the thing."""
HIGH = words("sky cloud clouds")
SIDES = {
    Predicate.IN_FRONT_OF: (0.0, -1.0),
    Predicate.BEHIND: (0.0, 1.0),
    Predicate.LEFT_OF: (-1.0, 0.0),
    Predicate.RIGHT_OF: (1.0, 0.0),
    Predicate.NEXT_TO: (1.0, 0.0),
}
"""Directions on the ground, as seen by the camera in front."""
OPPOSITE = {
    Predicate.IN_FRONT_OF: Predicate.BEHIND,
    Predicate.BEHIND: Predicate.IN_FRONT_OF,
    Predicate.LEFT_OF: Predicate.RIGHT_OF,
    Predicate.RIGHT_OF: Predicate.LEFT_OF,
    Predicate.NEXT_TO: Predicate.NEXT_TO,
}


def place_surroundings(
    scene: Scene, fastened: Iterable[tuple[str, str]], inside: dict[str, str], placed: Collection[str] = ()
) -> Scene:
    """The scene with its stuff and concepts placed around its things, and fixtures on the faces of their buildings.

    `placed` are ids of walls that have their places already.
    """
    for part, whole in fastened:
        scene = _fasten(scene, part, whole, [p for p, w in fastened if w == whole])
    scene = _raised_into_the_sky(scene)
    inside = _all_inside(scene, inside)
    for thing in list(scene.objects.values()):
        if thing.kind == "stuff" and thing.id not in placed:
            center, size = _stretch(scene, thing)
            scene = scene.with_objects(thing.replace(center=center, size=size))
    for thing in list(scene.objects.values()):
        if thing.kind == "concept":
            center, size = _around(scene, thing.id, [part for part, whole in inside.items() if whole == thing.id])
            scene = scene.with_objects(thing.replace(center=center, size=size))
    for part, whole in inside.items():
        if scene.objects[whole].kind == "concept" and part != whole and scene.objects[part].kind != "concept":
            scene = scene.with_objects(scene.objects[part].replace(parent=whole))
    return scene


def _all_inside(scene: Scene, inside: dict[str, str]) -> dict[str, str]:
    """Thing -> the concept that it is in: of "a kitchen with a cup on a table" the cup is in it too."""
    whole = place_around(scene)
    if whole is None:
        return inside
    free = (key for key, thing in scene.objects.items() if thing.kind == "object" and thing.parent is None)
    return {**dict.fromkeys(free, whole), **inside}


def _bounds(scene: Scene, ids: Iterable[str] | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Lower and upper corner (3,) of the things with these ids, or of all things; 2 m around the origin without any."""
    chosen = set(scene.objects) if ids is None else set(ids)
    things = [thing for thing in scene.objects.values() if thing.kind == "object" and thing.id in chosen]
    if not things:
        return np.array([-2.0, -2.0, 0.0]), np.array([2.0, 2.0, 1.0])
    low, high = Boxes.of(things).bounds()
    return low.min(axis=0), high.max(axis=0)


def _fasten(scene: Scene, part: str, whole: str, parts: list[str]) -> Scene:
    """Put a window or a door on the front face of a building, side by side with the others of it."""
    thing, building = scene.objects[part], scene.objects[whole]
    if building.kind != "object":
        return scene
    width, depth, height = building.size
    share = (parts.index(part) + 0.5) / len(parts) - 0.5
    standing = thing.label.split()[-1] in ("door", "gate")
    size = tuple(np.minimum(thing.size, (0.9 * width / len(parts), depth, 0.9 * height)).tolist())
    base = building.center[2] - height / 2.0
    z = base + size[2] / 2.0 if standing else base + max(size[2] / 2.0, 0.55 * height)
    local = np.array([share * width, -depth / 2.0 - size[1] / 2.0])
    cos, sin = np.cos(building.yaw), np.sin(building.yaw)
    x, y = building.center[0] + cos * local[0] - sin * local[1], building.center[1] + sin * local[0] + cos * local[1]
    return scene.with_objects(
        thing.replace(center=(float(x), float(y), float(z)), size=size, yaw=building.yaw, parent=whole)
    )


def _stretch(scene: Scene, stuff: SceneObject) -> tuple[Vec3, Size3]:
    noun = stuff.label.split()[-1]
    low, high = _bounds(scene)
    direction, reference = _side(scene, stuff.id)
    if noun in HIGH:
        return _sky(scene, stuff.id, low, high, behind=direction == SIDES[Predicate.BEHIND])
    if noun == "ceiling":
        top = max(2.6, high[2] + 0.3)
        return _slab(low, high, top + SLAB_M / 2.0)
    if noun in UPRIGHT:
        return _upright(low, high, noun, direction, reference, scene)
    if direction is None or reference is None:
        return _slab(low, high, -SLAB_M / 2.0)
    return _patch(scene, direction, reference)


def _side(scene: Scene, stuff: str) -> tuple[tuple[float, float] | None, str | None]:
    """On which side of which thing the text puts the stuff; nothing for what is under everything.

    A wall that something is next to, or against, is behind it: things turn their backs to walls.
    """
    for relation in scene.relations:
        if relation.predicate not in SIDES:
            continue
        predicate = relation.predicate
        if predicate is Predicate.NEXT_TO and scene.objects[stuff].label.split()[-1] in ("wall", "fence", "hedge"):
            predicate = Predicate.BEHIND if relation.subject == stuff else Predicate.IN_FRONT_OF
        if relation.subject == stuff and scene.objects[relation.object].kind == "object":
            return SIDES[predicate], relation.object
        if relation.object == stuff and scene.objects[relation.subject].kind == "object":
            return SIDES[OPPOSITE[predicate]], relation.subject
    return None, None


def _slab(low: np.ndarray, high: np.ndarray, z: float) -> tuple[Vec3, Size3]:
    size = high - low + 2.0 * ROOM_AROUND_M
    middle = (low + high) / 2.0
    return (float(middle[0]), float(middle[1]), z), (float(size[0]), float(size[1]), SLAB_M)


def _patch(scene: Scene, direction: tuple[float, float], reference: str) -> tuple[Vec3, Size3]:
    """A stretch of ground beside one thing."""
    low, high = _bounds(scene, [reference])
    extent = np.maximum(high - low, 1.0)[:2] * 1.5
    middle = (low + high)[:2] / 2.0
    along = np.array(direction)
    gap = (high - low)[:2] / 2.0 + extent / 2.0 + 0.1
    center = middle + along * gap
    return (float(center[0]), float(center[1]), SLAB_M / 2.0), (float(extent[0]), float(extent[1]), SLAB_M)


def _upright(
    low: np.ndarray,
    high: np.ndarray,
    noun: str,
    direction: tuple[float, float] | None,
    reference: str | None,
    scene: Scene,
) -> tuple[Vec3, Size3]:
    """A wall or the like: behind everything, or on the stated side of one thing."""
    size = high - low + 2.0 * ROOM_AROUND_M
    height = max(HEIGHTS_M.get(noun, 2.6), 1.2 * float(high[2]) if noun == "wall" else 0.0)
    thick = 0.1 if noun in ("wall", "fence") else 0.3
    near, far = (low, high) if reference is None else _bounds(scene, [reference])
    middle = (near + far) / 2.0
    if direction is not None and direction[0]:
        x = far[0] + 0.2 + thick / 2.0 if direction[0] > 0 else near[0] - 0.2 - thick / 2.0
        return (float(x), float(middle[1]), height / 2.0), (thick, float(size[1]), height)
    y = near[1] - 0.2 - thick / 2.0 if direction is not None and direction[1] < 0 else high[1] + 0.1 + thick / 2.0
    return (float(middle[0]), float(y), height / 2.0), (float(size[0]), thick, height)


def _in_the_sky(scene: Scene, sky: str | None = None) -> list[str]:
    """Things that the text puts into the sky."""
    return [
        relation.subject
        for relation in scene.relations
        if relation.predicate in (Predicate.IN, Predicate.ON)
        and scene.objects[relation.subject].kind == "object"
        and scene.objects[relation.object].kind == "stuff"
        and scene.objects[relation.object].label.split()[-1] in HIGH
        and sky in (None, relation.object)
    ]


def _raised_into_the_sky(scene: Scene) -> Scene:
    """A kite in the sky flies above the heads of the others."""
    flying = _in_the_sky(scene)
    standing = [key for key, thing in scene.objects.items() if thing.kind == "object" and key not in flying]
    top = float(_bounds(scene, standing)[1][2]) if standing else 0.0
    for key in flying:
        thing = scene.objects[key]
        z = max(3.0, top + 1.0) + thing.size[2] / 2.0
        scene = scene.with_objects(thing.replace(center=(*thing.center[:2], z)))
    return scene


def raised_over(scene: Scene) -> Scene | None:
    """The scene with what flies over a thing in the air above it; None if nothing does."""
    over = [
        relation
        for relation in scene.relations
        if relation.predicate is Predicate.ABOVE
        and AIRBORNE & {*scene.objects[relation.subject].attributes}
        and scene.objects[relation.object].kind == scene.objects[relation.subject].kind == "object"
    ]
    for relation in over:
        thing, below = scene.objects[relation.subject], scene.objects[relation.object]
        top_m = float(Boxes.of([below]).bounds()[1][0, 2])
        x, y, _ = below.center
        scene = scene.with_objects(thing.replace(center=(x, y, top_m + FLIGHT_M + thing.size[2] / 2.0)))
    return scene if over else None


def _sky(scene: Scene, sky: str, low: np.ndarray, high: np.ndarray, behind: bool) -> tuple[Vec3, Size3]:
    """The air above everything, around what flies in it; from the ground up where it is the sky behind something."""
    flying = _in_the_sky(scene, sky)
    bottom = 0.0 if behind else float(_bounds(scene, flying)[0][2]) - 0.3 if flying else max(4.0, float(high[2]) + 1.0)
    y = float(high[1]) + 1.0 + SKY_M / 2.0 if behind else float(low[1] + high[1]) / 2.0
    return (float(low[0] + high[0]) / 2.0, y, bottom + SKY_M / 4.0), (SKY_M, SKY_M, SKY_M / 2.0)


def _around(scene: Scene, concept: str, parts: list[str]) -> tuple[Vec3, Size3]:
    """A room or another place: the box around what is in it."""
    low, high = _bounds(scene, parts or None)
    low, high = low - 0.5, np.maximum(high + 0.5, low + 2.6)
    low[2] = 0.0
    return tuple(((low + high) / 2.0).tolist()), tuple((high - low).tolist())
