"""Places that depend on what stands there already: in the middle of a thing, on its other side, on both sides."""

from collections.abc import Iterable, Sequence

import numpy as np

from sd3studio.core.language.commands import Place
from sd3studio.core.relations import View
from sd3studio.core.scene.boxes import Boxes
from sd3studio.core.scene.predicates import Predicate
from sd3studio.core.scene.values import Scene, SceneObject
from sd3studio.core.walls import Floats, half_along, is_wall, nearest_face

MIDDLE = ("in the middle of", "in the center of", "in the centre of", "at the center of", "at the centre of",
          "on the middle of", "at the middle of", "into the middle of", "to the middle of", "to the center of",
          "to the centre of", "中间", "中央", "正中间", "正中央", "中心")  # fmt: skip
OTHER_SIDE = ("on the other side of", "to the other side of", "on the opposite side of", "to the opposite side of",
              "另一边", "另一侧", "对面")  # fmt: skip
BOTH_SIDES = ("on both sides of", "to both sides of", "at both sides of", "on either side of", "on each side of",
              "at each side of", "两边", "两侧", "两旁")  # fmt: skip
HUNG = frozenset({"picture", "painting", "mirror", "clock", "poster", "photo", "photograph", "portrait", "whiteboard"})
"""What hangs on the wall behind a thing that it is to be above."""
SIDES = (Predicate.LEFT_OF, Predicate.RIGHT_OF)
GAP_M = 0.15
"""Between a thing and what it stands at the side of."""
REACH_M = 2.0
"""How far behind a thing a wall may be for what is above it to hang there."""


def ways_of_sides(scene: Scene, ids: Sequence[str], place: Place, target: str) -> dict[str, Predicate]:
    """Where each of these goes beside a target that has sides: left and right in turn, or where none of its kind is."""
    if place.words in BOTH_SIDES:
        ways = (Predicate.BEHIND, Predicate.IN_FRONT_OF) if _lies_across(scene, target) else SIDES
        return {key: ways[number % 2] for number, key in enumerate(ids)}
    if place.words in OTHER_SIDE:
        return dict.fromkeys(ids, _free_side(scene, ids, target))
    return {}


def _lies_across(scene: Scene, target: str) -> bool:
    """Whether a strip of ground, such as a road, runs from side to side as the viewer sees it."""
    things, view = [scene.objects[target]], View.of(scene.camera)
    wide, deep = (float(half_along(Boxes.of(things), way)[0]) for way in (view.right, view.forward))
    return things[0].kind == "stuff" and wide > 2.0 * deep


def beside(scene: Scene, key: str, target: str, side: Predicate) -> tuple[float, float]:
    """Where (m) a thing stands at a side of another one, level with its middle."""
    view, boxes = View.of(scene.camera), Boxes.of([scene.objects[key], scene.objects[target]])
    way = {
        Predicate.LEFT_OF: -view.right, Predicate.RIGHT_OF: view.right, Predicate.BEHIND: view.forward,
        Predicate.IN_FRONT_OF: -view.forward,
    }[side]  # fmt: skip
    x, y = np.array(scene.objects[target].center[:2]) + way * (float(half_along(boxes, way).sum()) + GAP_M)
    return float(x), float(y)


def is_for_two(places: Iterable[Place]) -> bool:
    """Whether one thing of a kind at these places means two of them."""
    return any(place.words in BOTH_SIDES for place in places)


def _free_side(scene: Scene, ids: Sequence[str], target: str) -> Predicate:
    """The side of a thing away from what is already there of the kind, or from the things themselves."""
    kinds = {word for key in ids for word in (scene.objects[key].label, scene.objects[key].category) if word}
    middle = np.array(scene.objects[target].center[:2])

    def off(thing: SceneObject) -> Floats:
        return np.array(thing.center[:2]) - middle

    others = [t for t in scene.solid_objects() if t.id not in (*ids, target) and {t.label, t.category} & kinds]
    there = others or [scene.objects[key] for key in ids]
    nearest = min(there, key=lambda thing: float(np.hypot(*off(thing))))
    right = float(off(nearest) @ View.of(scene.camera).right)
    return Predicate.LEFT_OF if right > 0.0 else Predicate.RIGHT_OF


def wall_behind(scene: Scene, key: str, below: str) -> str | None:
    """The wall on which a thing that hangs goes to be above another one; None where it hangs on none."""
    thing = scene.objects[key]
    if not {thing.label.lower().split()[-1], thing.category} & HUNG:
        return None
    walls = [one for one in scene.objects.values() if is_wall(one)]
    face = nearest_face([scene.objects[below]], walls)
    near = face is not None and face.gap_m(Boxes.of([scene.objects[below]])) < REACH_M
    return face.wall.id if face is not None and near else None
