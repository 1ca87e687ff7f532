"""What stands on what: on the floor, on or in another thing, or free in the air (hung up, mounted, flying)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.errors import SceneError
from sd3studio.core.relations import Bodies, Pairs, support_of
from sd3studio.core.relations.grading import inside, on
from sd3studio.core.relations.supports import PLAIN
from sd3studio.core.scene.values import Scene, SceneObject

FLOOR, FREE = -1, -2
"""Instead of a row: stands on the floor; is held by nothing that we know of and keeps its height."""

FLOOR_SLACK_M = 0.03
"""What starts at most this far above the ground stands on it, even if a carpet is below."""

Ints = NDArray[np.intp]


@dataclass(slots=True)
class Standing:
    """(N,) `on`: row of the thing that carries each object, or `FLOOR` or `FREE`; `within`: it is in that thing."""

    on: Ints
    within: NDArray[np.bool_]

    def copy(self) -> Self:
        """Arrays of its own."""
        return type(self)(self.on.copy(), self.within.copy())

    def carried_by(self, row: int) -> list[int]:
        """Rows of all that moves along with an object: what stands on it or in it, at any level."""
        found, pending = [], [row]
        while pending:
            above = np.flatnonzero(self.on == pending.pop()).tolist()
            found += above
            pending += above
        return found


def standing_of(things: Sequence[SceneObject]) -> Standing:
    """On what each object stands, read from the geometry. Stuff and concepts carry nothing and stand on nothing."""
    count = len(things)
    standing = Standing(np.full(count, FREE, np.intp), np.zeros(count, bool))
    rows = [row for row, thing in enumerate(things) if thing.kind == "object"]
    if not rows:
        return standing
    bodies = Bodies.of([things[row] for row in rows])
    pairs = Pairs(bodies, bodies)
    on_grade, in_grade = on(pairs).copy(), inside(pairs).copy()
    base, volume = bodies.base_z, bodies.volume
    on_grade[base[:, None] <= base[None, :] + 1e-6] = 0.0  # what carries is lower: no circles
    in_grade[volume[:, None] >= 0.7 * volume[None, :]] = 0.0
    in_grade[:, [support_of(things[row]) != PLAIN for row in rows]] = 0.0  # seats and tables hold nothing inside
    for grade in (on_grade, in_grade):
        np.fill_diagonal(grade, 0.0)
    for local, row in enumerate(rows):
        holder, carrier = int(in_grade[local].argmax()), int(on_grade[local].argmax())
        if in_grade[local, holder] >= 0.5:
            standing.on[row], standing.within[row] = rows[holder], True
        elif base[local] <= FLOOR_SLACK_M:
            standing.on[row] = FLOOR
        elif on_grade[local, carrier] >= 0.5:
            standing.on[row] = rows[carrier]
    _cut_circles(standing)
    return standing


def drop_to_support(scene: Scene, id: str) -> SceneObject:
    """The object, moved straight down (or up out of what it is sunk in) onto the next surface below it, or the floor.

    Surfaces are table tops, seats and tops of boxes under at least a quarter of its footprint. Raises `SceneError` for
    an id that is not in the scene.
    """
    if id not in scene.objects:
        raise SceneError(f"There is no object {id!r} to drop.")
    thing = scene.objects[id]
    others = [other for other in scene.solid_objects() if other.id != id]
    body = Bodies.of([thing])
    base, height = float(body.base_z[0]), 2.0 * float(body.half_z[0])
    level = 0.0
    if others:
        pairs = Pairs(body, Bodies.of(others))
        below = pairs.overlap[0] >= 0.25
        heights = np.concatenate([pairs.b.surface_z[below], pairs.b.top_z[below]])
        reached = heights[(heights <= base + 0.5 * height) & (heights > 0.0)]
        level = float(reached.max()) if len(reached) else 0.0
    x, y, z = thing.center
    return thing.replace(center=(x, y, z + level - base))


def _cut_circles(standing: Standing) -> None:
    for row in range(len(standing.on)):
        seen, above = {row}, standing.on[row]
        while above >= 0:
            if above in seen:
                standing.on[row], standing.within[row] = FREE, False
                break
            seen.add(above)
            above = standing.on[above]
