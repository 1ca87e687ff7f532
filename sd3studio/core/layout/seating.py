"""Chairs around a table as people set them: evenly at its sides, or on a circle around a round one, each facing it.

The solver would be content with chairs that are merely near. Gaps and the order of the sides are ours.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from sd3studio.core.layout.looking import still_holds
from sd3studio.core.layout.overlapping import overlaps
from sd3studio.core.scene.values import Scene, SceneObject

GAP_M = 0.06
"""Between the edge of the table and a chair."""
WIDER_M = (GAP_M, 0.12, 0.2, 0.3)
"""The same at a round table, whose box has corners that chairs may not go into."""
SPACING = 1.1
"""Of a chair's width, from middle to middle of neighbours."""


def seated(scene: Scene, rings: Mapping[str, Sequence[str]]) -> Scene:
    """The scene with the members of each ring around its middle; a ring that has no room or breaks a relation stays.

    Parameters
    ----------
    rings : thing in the middle -> what stands around it, two or more
    """
    for middle, members in rings.items():
        chairs = [scene.objects[key] for key in members]
        if any(chair.locked for chair in chairs):
            continue
        ways = (scene.with_objects(*made) for made in _ways_around(scene.objects[middle], chairs))
        free = (made for made in ways if not _hit(made, members) - _hit(scene, members) and still_holds(made, scene))
        scene = next(free, scene)
    return scene


def _ways_around(table: SceneObject, chairs: Sequence[SceneObject]) -> Iterator[list[SceneObject]]:
    """The chairs set around a table, in the order in which the ways are tried."""
    if _is_round(table):
        places = (_on_a_circle(table, chairs, gap) for gap in WIDER_M)
    else:
        places = (_at_the_sides(table, chairs, ends) for ends in (2, 0))
    cos, sin = math.cos(table.yaw), math.sin(table.yaw)
    for way in places:
        made = []
        for chair, (x, y, yaw) in zip(chairs, way, strict=True):
            at = (table.center[0] + cos * x - sin * y, table.center[1] + sin * x + cos * y)
            turn = math.remainder(table.yaw + yaw, math.tau)
            made.append(chair.replace(center=(round(at[0], 4), round(at[1], 4), chair.center[2]), yaw=round(turn, 4)))
        yield made


def _is_round(table: SceneObject) -> bool:
    words = (*table.attributes, *table.label.split(), *(table.mesh or "").split("-"))
    return "round" in words and abs(table.size[0] - table.size[1]) < 0.1 * max(table.size[:2])


def _on_a_circle(table: SceneObject, chairs: Sequence[SceneObject], gap_m: float) -> list[tuple[float, float, float]]:
    """x, y (m) and yaw of each in the table's own axes: evenly on a circle, the first one at the left."""
    count = len(chairs)
    reach = max(table.size[:2]) / 2.0 + gap_m + max(chair.size[1] for chair in chairs) / 2.0
    width = max(chair.size[0] for chair in chairs)
    reach = max(reach, SPACING * width / (2.0 * math.sin(math.pi / count)))
    angles = [math.pi - k * math.tau / count for k in range(count)]
    return [(reach * math.cos(a), reach * math.sin(a), a - math.pi / 2.0) for a in angles]


def _at_the_sides(
    table: SceneObject, chairs: Sequence[SceneObject], ends: Literal[0, 2]
) -> list[tuple[float, float, float]]:
    """x, y (m) and yaw of each in the table's own axes: so many at its ends, the others behind it and before it."""
    half_x, half_y = table.size[0] / 2.0, table.size[1] / 2.0
    depth = max(chair.size[1] for chair in chairs) / 2.0 + GAP_M
    before, odd = divmod(len(chairs) - ends, 2)
    places = [(-half_x - depth, 0.0, math.pi / 2.0), (half_x + depth, 0.0, -math.pi / 2.0)][:ends]
    step = SPACING * max(chair.size[0] for chair in chairs)
    for count, y, yaw in ((before + odd, half_y + depth, 0.0), (before, -half_y - depth, math.pi)):
        apart = max(step, 2.0 * half_x / max(count, 1))
        places += [((k - (count - 1) / 2.0) * apart, y, yaw) for k in range(count)]
    return places


def _hit(scene: Scene, members: Sequence[str]) -> set[frozenset[str]]:
    pairs = {frozenset((found.first, found.second)) for found in overlaps(scene)}
    return {pair for pair in pairs if pair & set(members)}
