"""Edits that line objects up and space them evenly, in the world's axes or as the camera sees them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.edits.base import find
from sd3studio.core.errors import SceneError
from sd3studio.core.scene.boxes import Boxes
from sd3studio.core.scene.camera import Camera
from sd3studio.core.scene.values import Scene, SceneObject

Floats = NDArray[np.float64]

Line = Literal["left", "centre", "right", "front", "middle", "back", "bottom", "level", "top"]
"""Low, middle and high line of each axis: across (left to right), along (front to back), up."""
Direction = Literal["across", "along", "up"]
Seen = Literal["world", "camera"]

LINES: dict[Line, tuple[int, int]] = {
    "left": (0, -1), "centre": (0, 0), "right": (0, 1), "front": (1, -1), "middle": (1, 0), "back": (1, 1),
    "bottom": (2, -1), "level": (2, 0), "top": (2, 1),
}  # fmt: skip
"""Line -> axis, and which end of it."""


def axes_of(camera: Camera, frame: Seen) -> Floats:
    """(3, 3) rows: across to the right, along to the back, up; unit vectors of the world."""
    if frame == "world":
        return np.eye(3)
    right = np.array([camera.axes[2, 1], -camera.axes[2, 0], 0.0])
    if np.hypot(*right[:2]) < 1e-6:
        right = np.array([*camera.axes[0, :2], 0.0])
    right /= np.linalg.norm(right)
    return np.stack([right, [-right[1], right[0], 0.0], [0.0, 0.0, 1.0]])


def extents(things: Sequence[SceneObject], direction: Floats) -> tuple[Floats, Floats]:
    """Middles and half extents (N,) of objects along a unit vector (3,), metres."""
    boxes = Boxes.of(things)
    half = np.abs(np.einsum("nij,i->nj", boxes.rotation, direction) * boxes.half).sum(axis=1)
    return boxes.center @ direction, half


@dataclass(frozen=True, slots=True)
class AlignObjects:
    """Bring one side, or the middles, of objects onto one line.

    Parameters
    ----------
    ids : what is aligned; locked ones stay, and the others go to them
    line : left, centre, right; front, middle, back; bottom, level, top
    frame : the world's axes (left is -X, front is -Y), or as the camera sees it
    to : the object that the others go to; None: the locked ones, or the outermost edge of all
    """

    label: ClassVar[str] = "Align"
    ids: tuple[str, ...]
    line: Line
    frame: Seen = "world"
    to: str | None = None

    def apply(self, scene: Scene) -> Scene:
        things = [find(scene, key) for key in dict.fromkeys(self.ids)]
        anchors = [find(scene, self.to)] if self.to is not None else [t for t in things if t.locked] or things
        axis, end = LINES[self.line]
        direction = axes_of(scene.camera, self.frame)[axis]
        goal = _edge(anchors, direction, end)
        middles, halves = extents(things, direction)
        moved = [
            _shifted(thing, direction * (goal - (middle + end * half)))
            for thing, middle, half in zip(things, middles, halves, strict=True)
            if not thing.locked and thing.id != self.to
        ]
        return scene.with_objects(*moved)


def _edge(things: Sequence[SceneObject], direction: Floats, end: int) -> float:
    middles, halves = extents(things, direction)
    if end == 0:
        return float((np.min(middles - halves) + np.max(middles + halves)) / 2.0)
    return float(end * np.max(end * middles + halves))


def _shifted(thing: SceneObject, by: Floats) -> SceneObject:
    if float(np.abs(by).max()) < 1e-9:
        return thing
    x, y, z = (float(c + d) for c, d in zip(thing.center, by, strict=True))
    return thing.replace(center=(x, y, z))


@dataclass(frozen=True, slots=True)
class DistributeObjects:
    """Space objects evenly along an axis; the two outermost stay where they are.

    `even`: the gaps between neighbours are equal, or the distances of their centres. With gaps that would be negative
    the objects overlap evenly. Raises `SceneError` for fewer than three objects or if one that would move is locked.
    """

    label: ClassVar[str] = "Distribute"
    ids: tuple[str, ...]
    direction: Direction
    even: Literal["gaps", "centres"] = "gaps"
    frame: Seen = "world"

    def apply(self, scene: Scene) -> Scene:
        things = [find(scene, key) for key in dict.fromkeys(self.ids)]
        if len(things) < 3:
            raise SceneError("At least three objects are needed to space them evenly.")
        axis = axes_of(scene.camera, self.frame)[("across", "along", "up").index(self.direction)]
        middles, halves = extents(things, axis)
        order = np.argsort(middles, kind="stable")
        things = [things[row] for row in order]
        middles, halves = middles[order], halves[order]
        locked = [thing.label for thing in things[1:-1] if thing.locked]
        if locked:
            raise SceneError(f"The {locked[0]} is locked and between the others: unlock it to space them evenly.")
        wanted = self._wanted(middles, halves)
        shifts = wanted - middles
        return scene.with_objects(
            *(_shifted(thing, axis * shift) for thing, shift in zip(things[1:-1], shifts[1:-1], strict=True))
        )

    def _wanted(self, middles: Floats, halves: Floats) -> Floats:
        """(N,) middles of the sorted objects, evenly spaced."""
        if self.even == "centres":
            return np.linspace(middles[0], middles[-1], len(middles))
        room = (middles[-1] - halves[-1]) - (middles[0] + halves[0])
        gap = (room - 2.0 * halves[1:-1].sum()) / (len(middles) - 1)
        starts = middles[0] + halves[0] + gap * np.arange(1, len(middles) - 1)
        before = np.concatenate([[0.0], np.cumsum(2.0 * halves[1:-1])[:-1]])
        return np.concatenate([middles[:1], starts + before + halves[1:-1], middles[-1:]])
