"""The edit that puts things against a wall, their backs to it."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sd3studio.core.edits.base import find
from sd3studio.core.edits.transform import MoveObjects, TurnObjects
from sd3studio.core.errors import SceneError
from sd3studio.core.relations.fronts import has_back
from sd3studio.core.scene.boxes import Boxes
from sd3studio.core.scene.values import Scene
from sd3studio.core.walls import is_wall, nearest_face, turned


@dataclass(frozen=True, slots=True)
class PutToWall:
    """Put a thing against a wall, with what stands on it; what has a back turns it to the wall.

    Parameters
    ----------
    id, carried : the thing, and the ids of what goes with it
    wall : id of the wall; None for the nearest one

    Raises `SceneError` where there is no wall.
    """

    label: ClassVar[str] = "Put against the wall"
    id: str
    carried: tuple[str, ...] = ()
    wall: str | None = None

    def apply(self, scene: Scene) -> Scene:
        thing = find(scene, self.id)
        walls = [find(scene, self.wall)] if self.wall else [one for one in scene.objects.values() if is_wall(one)]
        face = nearest_face([thing], [one for one in walls if one.id != thing.id and not one.hidden])
        if face is None:
            raise SceneError("There is no wall in this scene to put something against.")
        turn = face.turn_to(thing) if has_back(thing) and not (thing.pitch or thing.roll) else 0.0
        boxes = turned(Boxes.of([thing]), np.array(thing.center), turn)
        x, y = (float(part) for part in -face.gap_m(boxes) * face.normal)
        ids = tuple(dict.fromkeys((self.id, *self.carried)))
        if turn:
            scene = TurnObjects(ids, turn, thing.center[:2]).apply(scene)
        return MoveObjects(ids, (x, y, 0.0)).apply(scene)
