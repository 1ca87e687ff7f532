"""A ground and what is behind it, for scenes that lack one: a plain room, or grass or a road under the sky.

SD3 mini learned from places: rooms have walls, streets a sky. Asked for things on nothing, it would paint backdrops of
any colour. What is added here is for the painting alone and is no part of the scene; ours, like the 13 kinds of places
that it learned from.
"""

import math

import numpy as np

from sd3studio.core.catalogue import Catalogue, shipped_catalogue
from sd3studio.core.errors import MeshError
from sd3studio.core.language.nouns import words
from sd3studio.core.recognised import GROUNDS
from sd3studio.core.scene.boxes import Boxes
from sd3studio.core.scene.value import Size3, Vec3
from sd3studio.core.scene.values import Scene, SceneObject
from sd3studio.ml.conditioning.layout_map import time_of
from sd3studio.ml.conditioning.prompt_looks import TIME_WORDS

OUTSIDE = words("vehicles street structure nature")
INSIDE = words("seating tables beds storage kitchen bathroom electronics lamps tableware decoration food")
"""Shelves of the catalogue whose things are seldom elsewhere."""
ANYWHERE = words("bicycle wheelchair stroller fireplace radiator staircase bench rock")
"""Of these shelves, but at home on both sides of a wall."""
IN_FIELDS = words("cow horse sheep elephant giraffe zebra bear kite airplane")
SPORTS = words("skis snowboard surfboard skateboard frisbee") | {"sports ball", "tennis racket"}
SPORTS |= {"baseball bat", "baseball glove"}
"""Played with under the sky, on grass, sand, snow or asphalt."""
ROLLING = words("car bus truck motorcycle")
ROOMS = words(
    "room kitchen bedroom bathroom office classroom hallway hall library restaurant bar cafe store shop gym "
    "supermarket studio lobby museum bakery garage basement attic corridor warehouse apartment"
)
SETTINGS = {
    **dict.fromkeys(("floor", "carpet", "tiles", "rug", "wall", "ceiling"), ("room", "room")),
    **dict.fromkeys(("road", "street", "pavement", "sidewalk"), ("street", "street")),
    **dict.fromkeys(("beach", "sand", "sea", "water"), ("field", "beach")),
    "snow": ("field", "snowfield"),
    **dict.fromkeys(("grass", "meadow", "lawn", "field", "sky"), ("field", "field")),
}
"""Stuff -> the place that it speaks for, and how that is called where it is the ground."""
GOES_ON = words("floor road street pavement beach sand snow grass meadow lawn field")
"""Ground of which a scene has a patch is painted on to the horizon or the wall; a carpet is not."""
FLOORS = {"room": "floor", **GROUNDS}
"""Place -> what its ground is."""
SLAB_M = 0.05
FLAT_M = 0.5
"""Stuff up to this height is ground."""
UNDER_M = 0.005
"""Added ground lies so far below the scene's own."""
GROUND_M, SKY_AT_M, SKY_M = 120.0, 60.0, (200.0, 0.1, 61.0)
SEA_AT_M, SEA_M = 8.0, (160.0, 55.0, 0.05)
ROOM_M, WALL_M = 24.0, (24.0, 0.1, 5.0)
BEHIND_M = 1.0
"""The wall is at least so far behind the last thing, at a whole number of metres so that it seldom moves."""


def with_backdrop(scene: Scene) -> Scene:
    """The scene with what it lacks of ground and backdrop; the same scene if it lacks neither or holds nothing."""
    place = place_for(scene)
    if not place:
        return scene
    stuff = [thing for thing in scene.objects.values() if thing.kind == "stuff"]
    flats = [thing for thing in stuff if _is_flat(thing)]
    own = next((f for f in flats if len(flats) == 1 and f.label in GOES_ON and SETTINGS[f.label][0] == place), None)
    title = SETTINGS[own.label][1] if own else place
    named = next((thing.label for thing in scene.objects.values() if thing.kind == "concept"), title)
    low, high = (bound.T for bound in Boxes.of(scene.solid_objects()).bounds())
    middle = (low.min(axis=1) + high.max(axis=1)) / 2.0
    side = ROOM_M if place == "room" else GROUND_M
    top = _top(own) if own else min(map(_top, flats), default=UNDER_M) - UNDER_M
    center, size = (float(middle[0]), float(middle[1]), top - SLAB_M / 2.0), (side, side, SLAB_M)
    added = [own.replace(center=center, size=size, yaw=0.0) if own else _stuff(FLOORS[place], center, size)]
    if len(flats) == len(stuff):
        added.append(_wall(scene) if place == "room" else _sky(scene))
    if title == "beach":
        added.append(_sea(scene))
    title = f"{named} {TIME_WORDS[time_of(scene.title) or 'day']}".strip()
    return scene.with_objects(*added).replace(title=title)


def place_for(scene: Scene) -> str:
    """The place that is painted around the things of a scene that lacks ground or backdrop: "room", "street", "field".

    Empty for other scenes.
    """
    stuff = [thing for thing in scene.objects.values() if thing.kind == "stuff"]
    if not scene.solid_objects() or {_is_flat(thing) for thing in stuff} == {True, False}:
        return ""
    for thing in stuff:
        if thing.label in SETTINGS:
            return SETTINGS[thing.label][0]
    named = {thing.label.split()[-1] for thing in scene.objects.values() if thing.kind == "concept"}
    if named & ROOMS or (not named and is_inside(scene)):
        return "room"
    return "street" if any(thing.category in ROLLING for thing in scene.solid_objects()) else "field"


def _top(stuff: SceneObject) -> float:
    return stuff.center[2] + stuff.size[2] / 2.0


def _is_flat(stuff: SceneObject) -> bool:
    return stuff.size[2] <= FLAT_M


def is_inside(scene: Scene) -> bool:
    """Whether the things are rather to be found in a room than under the sky."""
    try:
        catalogue: Catalogue | None = shipped_catalogue()
    except MeshError:
        catalogue = None
    votes = 0
    for thing in scene.solid_objects():
        category = thing.category or ""
        entries = catalogue.of_category(category) if catalogue and category in catalogue.categories else ()
        group = entries[0].group if entries else ""
        if category in IN_FIELDS | SPORTS or (group in OUTSIDE and category not in ANYWHERE):
            votes -= 3
        elif group in INSIDE:
            votes += 2
    return votes >= 0


def _stuff(label: str, center: Vec3, size: Size3, yaw: float = 0.0) -> SceneObject:
    return SceneObject(
        id=f"stand-in-{label}", label=label, category=label, kind="stuff", center=center, size=size, yaw=yaw
    )


def _behind(scene: Scene) -> tuple[np.ndarray, float, float]:
    """Where the camera looks along the ground, as unit vector (2,) and yaw; how far ahead the last thing ends, m."""
    forward = np.array(scene.camera.axes[2][:2])
    length = float(np.linalg.norm(forward))
    ahead = forward / length if length > 1e-6 else np.array([0.0, 1.0])
    corners = Boxes.of(scene.solid_objects()).corners().reshape(-1, 3)
    farthest = float(((corners[:, :2] - np.array(scene.camera.position[:2])) @ ahead).max())
    return ahead, math.atan2(ahead[1], ahead[0]) - math.pi / 2.0, farthest


def _wall(scene: Scene) -> SceneObject:
    ahead, yaw, farthest = _behind(scene)
    place = np.array(scene.camera.position[:2]) + ahead * math.ceil(farthest + BEHIND_M)
    return _stuff("wall", (float(place[0]), float(place[1]), WALL_M[2] / 2.0), WALL_M, yaw)


def _sea(scene: Scene) -> SceneObject:
    ahead, yaw, farthest = _behind(scene)
    place = np.array(scene.camera.position[:2]) + ahead * (math.ceil(farthest) + SEA_AT_M + SEA_M[1] / 2.0)
    return _stuff("water", (float(place[0]), float(place[1]), -SEA_M[2] / 2.0 + UNDER_M), SEA_M, yaw)


def _sky(scene: Scene) -> SceneObject:
    ahead, yaw, farthest = _behind(scene)
    place = np.array(scene.camera.position[:2]) + ahead * max(SKY_AT_M, math.ceil(farthest + SKY_AT_M))
    return _stuff("sky", (float(place[0]), float(place[1]), SKY_M[2] / 2.0 - 1.0), SKY_M, yaw)
