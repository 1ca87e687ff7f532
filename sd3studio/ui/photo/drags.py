"""Drags on the photo: over the ground, upright, a side of the box in space, of the photo box, the heading.

Each starts from the committed scene at mouse-down and gives one edit per mouse move. Ctrl snaps, Shift is fine.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sd3studio.core.annotation.fitting import base_height, ground_point
from sd3studio.core.annotation.outline import PhotoHandle
from sd3studio.core.annotation.sides import Pull, pulled
from sd3studio.core.edits import FitToPhotoBox, MoveObjects, SetBox
from sd3studio.core.edits.base import Edit
from sd3studio.core.scene.boxes import Boxes, facing_of, ray_hits, rotation_matrices, yaw_towards
from sd3studio.core.scene.camera import Camera
from sd3studio.core.scene.picture_boxes import visible_box
from sd3studio.core.scene.values import SceneObject
from sd3studio.ui.canvas.tools.base import SnapSteps

STEEP = 0.12
"""Slope of a ray below which a plane is too edge-on: the thing then goes by the size of a pixel at its distance."""


@dataclass(frozen=True, slots=True)
class PhotoEvent:
    """The mouse on the photo (px of the photo), and the keys that are held."""

    position: tuple[float, float]
    shift: bool = False
    ctrl: bool = False
    alt: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """What one move of a drag makes: an edit, and what to say at the cursor."""

    edit: Edit
    readout: str


class GroundDrag:
    """Moves things over a level plane through the point at which one was grabbed; with Alt up and down instead."""

    def __init__(self, camera: Camera, things: Sequence[SceneObject], carried: Sequence[str], start: PhotoEvent):
        self.camera, self.ids, self.start = camera, tuple(carried), start
        self.thing = things[0]
        self.grabbed = _grabbed(camera, self.thing, start.position)
        depth = max(float(camera.to_camera(self.grabbed)[2]), 0.1)
        self.per_px = depth / camera.focal_px

    def step(self, event: PhotoEvent, snap: SnapSteps) -> Step | None:
        """The edit of a move."""
        by = self._upright(event) if event.alt else self._level(event)
        if by is None:
            return None
        if event.shift and not event.ctrl:
            by = by * snap.fine
        if event.ctrl:
            unit = snap.move_m * (snap.fine if event.shift else 1.0)
            goal = np.round((np.array(self.thing.center) + by) / unit) * unit
            by = np.where(np.abs(by) > 1e-9, goal - self.thing.center, 0.0)
        if event.alt:
            return Step(MoveObjects(self.ids, _triple(by)), f"z {by[2]:+.2f} m")
        away = float(np.linalg.norm(np.array(self.thing.center) + by - self.camera.position))
        return Step(MoveObjects(self.ids, _triple(by)), f"x {by[0]:+.2f}  y {by[1]:+.2f} m, {away:.1f} m away")

    def _level(self, event: PhotoEvent) -> np.ndarray | None:
        _, ray = self.camera.ray(self.start.position)
        if abs(float(ray[2])) >= STEEP:
            here = ground_point(self.camera, event.position, float(self.grabbed[2]))
            start = ground_point(self.camera, self.start.position, float(self.grabbed[2]))
            return None if here is None or start is None else (here - start) * (1.0, 1.0, 0.0)
        dx, dy = np.subtract(event.position, self.start.position) * self.per_px
        level = self.camera.axes[2] * (1.0, 1.0, 0.0)
        level = level / max(float(np.linalg.norm(level)), 1e-6)
        return dx * np.array([level[1], -level[0], 0.0]) - dy / STEEP * level

    def _upright(self, event: PhotoEvent) -> np.ndarray:
        dy = event.position[1] - self.start.position[1]
        return np.array([0.0, 0.0, -dy * self.per_px])


class PullDrag:
    """Pulls sides or a corner of the base, or the top, of a box in space; the opposite side stays."""

    def __init__(self, camera: Camera, thing: SceneObject, pull: Pull):
        self.camera, self.thing, self.pull = camera, thing, pull

    def step(self, event: PhotoEvent, snap: SnapSteps) -> Step | None:
        """The edit of a move."""
        point = self._point(event)
        if point is None:
            return None
        changed = pulled(self.thing, self.pull, point)
        if event.ctrl:
            unit = snap.move_m * (snap.fine if event.shift else 1.0)
            changed = self._snapped(changed, unit)
        w, d, h = changed.size
        return Step(set_box(changed), f"{w:.2f} × {d:.2f} × {h:.2f} m")

    def _point(self, event: PhotoEvent) -> np.ndarray | None:
        if self.pull.signs[2]:
            top = Boxes.of([self.thing]).corners()[0, 4:].mean(axis=0)
            up = rotation_matrices(self.thing.yaw, self.thing.pitch, self.thing.roll)[0][:, 2]
            return along(self.camera, event.position, top, up)
        return ground_point(self.camera, event.position, base_height(self.thing))

    def _snapped(self, changed: SceneObject, unit: float) -> SceneObject:
        """The pulled sizes as multiples of the unit, the opposite sides where they were."""
        rotation = rotation_matrices(changed.yaw, changed.pitch, changed.roll)[0]
        local = np.zeros(3)
        for axis, sign in enumerate(self.pull.signs):
            goal = max(round(changed.size[axis] / unit), 1) * unit
            local[axis] = sign * (goal - self.thing.size[axis] / 2.0)
        return pulled(self.thing, self.pull, np.array(self.thing.center) + rotation @ local)


class FrameDrag:
    """Drags sides of the photo box; the box in space follows through the camera."""

    def __init__(self, camera: Camera, thing: SceneObject, signs: tuple[int, int, int]):
        self.thing, self.signs = thing, signs
        self.box = visible_box(camera, thing) or thing.photo_box or (0.0, 0.0, 1.0, 1.0)
        self.limits = (float(camera.width), float(camera.height))

    def step(self, event: PhotoEvent, snap: SnapSteps) -> Step | None:
        """The edit of a move."""
        box = list(self.box)
        for axis in (0, 1):
            sign = self.signs[axis]
            if sign:
                at = min(max(event.position[axis], 0.0), self.limits[axis])
                other = box[axis] if sign > 0 else box[axis + 2]
                at = max(at, other + 2.0) if sign > 0 else min(at, other - 2.0)
                box[axis + (2 if sign > 0 else 0)] = round(at) if event.ctrl else at
        goal = (box[0], box[1], box[2], box[3])
        return Step(FitToPhotoBox(self.thing.id, goal), f"{box[2] - box[0]:.0f} × {box[3] - box[1]:.0f} px")


class TurnDrag:
    """Turns a thing so that it faces the point of the ground under the cursor."""

    def __init__(self, camera: Camera, thing: SceneObject, start: PhotoEvent, arrow: bool):
        self.camera, self.thing = camera, thing
        towards = self._towards(start)
        self.offset = 0.0 if arrow or towards is None else math.remainder(thing.yaw - towards, math.tau)

    def _towards(self, event: PhotoEvent) -> float | None:
        point = ground_point(self.camera, event.position, base_height(self.thing))
        return None if point is None else yaw_towards(self.thing.center, point)

    def step(self, event: PhotoEvent, snap: SnapSteps) -> Step | None:
        """The edit of a move."""
        towards = self._towards(event)
        if towards is None:
            return None
        yaw = math.remainder(towards + self.offset, math.tau)
        if event.ctrl:
            unit = snap.turn_rad * (snap.fine if event.shift else 1.0)
            yaw = round(yaw / unit) * unit
        elif event.shift:
            yaw = self.thing.yaw + snap.fine * math.remainder(yaw - self.thing.yaw, math.tau)
        return Step(set_box(self.thing.replace(yaw=yaw)), f"heading {math.degrees(yaw):.0f}°")


PhotoDrag = GroundDrag | PullDrag | FrameDrag | TurnDrag


def drag_of(camera: Camera, thing: SceneObject, handle: PhotoHandle, start: PhotoEvent) -> PhotoDrag:
    """The drag of a handle."""
    if handle.kind == "frame":
        return FrameDrag(camera, thing, handle.pull.signs)
    if handle.kind == "turn":
        return TurnDrag(camera, thing, start, arrow=len(handle.points) == 1)
    return PullDrag(camera, thing, handle.pull)


def set_box(thing: SceneObject) -> SetBox:
    """The edit that gives a thing the box that this one has."""
    return SetBox(thing.id, thing.center, thing.size, thing.yaw, thing.pitch, thing.roll)


def along(camera: Camera, pixel: tuple[float, float], anchor: np.ndarray, axis: np.ndarray) -> np.ndarray | None:
    """The point of a line through `anchor` that lies nearest to the ray of a pixel; None looking along the line."""
    origin, ray = camera.ray(pixel)
    slope = float(ray @ axis)
    if 1.0 - slope * slope < 1e-4:
        return None
    offset = origin - anchor
    return anchor + axis * float((offset @ axis - slope * (offset @ ray)) / (1.0 - slope * slope))


def heading_point(thing: SceneObject) -> np.ndarray:
    """A point before a thing, in the direction in which it looks."""
    return np.asarray(thing.center) + facing_of(thing.yaw) * max(thing.size[:2])


def _grabbed(camera: Camera, thing: SceneObject, pixel: tuple[float, float]) -> np.ndarray:
    """Where the ray of a pixel meets the box; its middle if it misses."""
    boxes = Boxes.of([thing])
    origin, ray = camera.ray(pixel)
    distance = float(ray_hits(boxes, origin, ray)[0])
    return origin + distance * ray if np.isfinite(distance) else boxes.center[0]


def _triple(values: np.ndarray) -> tuple[float, float, float]:
    x, y, z = (float(v) for v in values)
    return x, y, z
