"""A box in space as lines on the photo: its edges, its base, its heading, and what may be grabbed there."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.annotation.sides import Pull
from sd3studio.core.scene.boxes import CORNER_SIGNS, Boxes, facing_of
from sd3studio.core.scene.camera import Camera
from sd3studio.core.scene.picture_boxes import EDGES, NEAR_M, visible_box
from sd3studio.core.scene.values import SceneObject

Floats = NDArray[np.float64]

HandleKind = Literal["frame", "pull", "top", "turn"]

RING_POINTS = 49
NO_PULL = Pull()


@dataclass(frozen=True, slots=True)
class Outline:
    """What is drawn of a thing.

    Parameters
    ----------
    edges : (E, 2, 2) px, cut where they go behind the camera
    front : (E,) which edges belong to the side that faces where the thing faces
    base : (4, 2) px corners of the base, in order around it; empty if a part is behind the camera
    arrow : (2, 2) px from the middle of the base along the heading; empty as well
    frame : x0, y0, x1, y1 px around the visible part, or None out of sight
    """

    edges: Floats
    front: NDArray[np.bool_]
    base: Floats
    arrow: Floats
    frame: tuple[float, float, float, float] | None


@dataclass(frozen=True, slots=True)
class PhotoHandle:
    """Something that can be grabbed on the photo.

    `kind` "frame": sides of the photo box (`signs` -1, 0, 1 of x and y); "pull": sides of the box in space; "top": its
    height; "turn": its heading. `points` (n, 2) px: where it is, a point or a line.
    """

    kind: HandleKind
    points: Floats
    pull: Pull = NO_PULL


def outline_of(camera: Camera, thing: SceneObject) -> Outline:
    """The lines of a thing on the photo that `camera` took."""
    corners = Boxes.of([thing]).corners()[0]
    local = camera.to_camera(corners)
    segments, fronts = [], []
    for a, b in EDGES:
        segment = _cut_segment(local[a], local[b])
        if segment is not None:
            segments.append(_pixels(camera, segment))
            fronts.append(CORNER_SIGNS[a, 1] < 0 and CORNER_SIGNS[b, 1] < 0)
    base, arrow = np.zeros((0, 2)), np.zeros((0, 2))
    around = corners[[0, 1, 3, 2]]
    if (camera.to_camera(around)[:, 2] > NEAR_M).all():
        base = camera.project(around)[0]
        foot = corners[:4].mean(axis=0)
        tip = foot + facing_of(thing.yaw) * (0.5 * thing.size[1] + 0.35 * max(thing.size[:2]))
        if camera.to_camera(tip)[2] > NEAR_M:
            arrow = camera.project(np.stack([foot, tip]))[0]
    return Outline(
        np.array(segments).reshape(-1, 2, 2), np.array(fronts, bool), base, arrow, visible_box(camera, thing)
    )


def ring_of(camera: Camera, thing: SceneObject) -> Floats:
    """(n, 2) px of a circle around the base of a thing, on which its heading turns; empty if a part is out of sight."""
    angles = np.linspace(0.0, math.tau, RING_POINTS)
    radius = 0.5 * thing.size[1] + 0.35 * max(thing.size[:2])
    foot = Boxes.of([thing]).corners()[0, :4].mean(axis=0)
    ring = foot + radius * np.stack([np.cos(angles), np.sin(angles), np.zeros_like(angles)], axis=-1)
    return camera.project(ring)[0] if (camera.to_camera(ring)[:, 2] > NEAR_M).all() else np.zeros((0, 2))


def handles_of(camera: Camera, thing: SceneObject) -> list[PhotoHandle]:
    """What may be grabbed of a thing on the photo, those that win where several are under the cursor first."""
    outline, handles = outline_of(camera, thing), []
    corners = Boxes.of([thing]).corners()[0]
    if len(outline.arrow):
        handles.append(PhotoHandle("turn", outline.arrow[1:]))
    before = camera.to_camera(corners)[:, 2] > NEAR_M
    for index in range(4):
        if before[index]:
            x, y, _ = CORNER_SIGNS[index].astype(int).tolist()
            handles.append(PhotoHandle("pull", camera.project(corners[index][None])[0], Pull((x, y, 0))))
    for signs in ((1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0)):
        ends = [i for i in range(4) if all(s == 0 or CORNER_SIGNS[i, k] == s for k, s in enumerate(signs))]
        if before[ends].all():
            middle = corners[ends].mean(axis=0)
            handles.append(PhotoHandle("pull", camera.project(middle[None])[0], Pull(signs)))
    top = corners[4:].mean(axis=0)
    if camera.to_camera(top)[2] > NEAR_M:
        handles.append(PhotoHandle("top", camera.project(top[None])[0], Pull((0, 0, 1))))
    if outline.frame is not None:
        handles += _frame_handles(outline.frame)
    ring = ring_of(camera, thing)
    if len(ring):
        handles.append(PhotoHandle("turn", ring))
    return handles


def _frame_handles(frame: tuple[float, float, float, float]) -> list[PhotoHandle]:
    x, y = (frame[0], frame[2]), (frame[1], frame[3])
    at = {-1: 0, 1: 1}
    corners = [(sx, sy) for sx in (-1, 1) for sy in (-1, 1)]
    handles = [
        PhotoHandle("frame", np.array([[x[at[sx]], y[at[sy]]]]), Pull((sx, sy, 0)))
        for sx, sy in corners
    ]  # fmt: skip
    handles += [PhotoHandle("frame", np.array([[x[at[s]], y[0]], [x[at[s]], y[1]]]), Pull((s, 0, 0))) for s in (-1, 1)]
    handles += [PhotoHandle("frame", np.array([[x[0], y[at[s]]], [x[1], y[at[s]]]]), Pull((0, s, 0))) for s in (-1, 1)]
    return handles


def _cut_segment(a: Floats, b: Floats) -> Floats | None:
    """(2, 3) the part of a segment in camera coordinates that is before the camera, or None."""
    if a[2] <= NEAR_M and b[2] <= NEAR_M:
        return None
    if a[2] <= NEAR_M:
        a = a + (b - a) * (NEAR_M - a[2]) / (b[2] - a[2])
    elif b[2] <= NEAR_M:
        b = b + (a - b) * (NEAR_M - b[2]) / (a[2] - b[2])
    return np.stack([a, b])


def _pixels(camera: Camera, local: Floats) -> Floats:
    return camera.focal_px * local[:, :2] / local[:, 2:] + np.array([camera.width, camera.height]) / 2.0
