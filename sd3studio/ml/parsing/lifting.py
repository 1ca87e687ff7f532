"""From detections to placed boxes: camera, distances and boxes of one photo. Geometry only: no pixels but edges."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.scene.camera import Camera
from sd3studio.ml.parsing.detection import Detection
from sd3studio.ml.parsing.distance import Distances, estimate_distances
from sd3studio.ml.parsing.evidence import Evidence, read_evidence
from sd3studio.ml.parsing.measured import agreeing_viewpoint, with_measured
from sd3studio.ml.parsing.placing import Placed, camera_of, place
from sd3studio.ml.parsing.settling import settle
from sd3studio.ml.parsing.shapes import Views, views_of
from sd3studio.ml.parsing.verticals import Segments
from sd3studio.ml.parsing.viewpoint import Viewpoint, estimate_viewpoint

Floats = NDArray[np.float64]

NO_SEGMENTS = Segments(np.zeros((0, 2)), np.zeros(0), np.zeros(0))


@dataclass(frozen=True, slots=True)
class Lifted:
    """What was read from the boxes of one photo; everything is in the order of the detections."""

    detections: tuple[Detection, ...]
    evidence: Evidence
    views: Views
    viewpoint: Viewpoint
    distances: Distances
    placed: Placed
    camera: Camera


def lift(
    detections: Sequence[Detection],
    width_px: int,
    height_px: int,
    focal_mm: float | None = None,
    segments: Segments = NO_SEGMENTS,
    depth_m: Floats | None = None,
) -> Lifted:
    """Camera and boxes in 3D of the things found in one photo.

    The world's origin is on the ground below the middle of the things (or 4 m before the camera), +Y ahead.

    Parameters
    ----------
    focal_mm : focal length on a frame 24 mm high, None assumes one
    segments : near-vertical edges of the photo
    depth_m : (N,) distances that a depth network measured, NaN where it did not; they replace our own
    """
    evidence = read_evidence(detections, width_px, height_px)
    views = views_of(evidence.priors)
    viewpoint = estimate_viewpoint(evidence, views, segments, focal_mm, width_px, height_px)
    distances = estimate_distances(evidence, views, viewpoint, width_px, height_px)
    if depth_m is not None:
        distances = with_measured(distances, depth_m)
        along = views.depth[np.arange(len(evidence)), distances.view]
        viewpoint = agreeing_viewpoint(viewpoint, distances, evidence, along, width_px, height_px)
    camera = camera_of(
        viewpoint.height_m, viewpoint.pitch_rad, viewpoint.roll_rad, viewpoint.focal_px, width_px, height_px
    )
    placed = settle(evidence, place(evidence, views, distances, camera), camera)
    ahead = float(np.median(placed.center[:, 1])) if len(evidence) else 4.0
    shift = np.array([0.0, -ahead, 0.0])
    moved = camera.replace(
        position=tuple(np.add(camera.position, shift).tolist()), target=tuple(np.add(camera.target, shift).tolist())
    )
    placed = replace(placed, center=placed.center + shift)
    return Lifted(tuple(detections), evidence, views, viewpoint, distances, placed, moved)


def outline_px(camera: Camera, corners: Floats) -> Floats:
    """(N, 4) boxes x0, y0, x1, y1 (px) around the projections of corners (N, 8, 3), clipped to the picture.

    Corners behind the camera are moved just before it.
    """
    local = camera.to_camera(corners)
    near = np.maximum(local[..., 2], 0.05)
    pixels = camera.focal_px * local[..., :2] / near[..., None] + np.array([camera.width, camera.height]) / 2.0
    limit = np.array([camera.width, camera.height], float)
    return np.concatenate([np.clip(pixels.min(axis=1), 0, limit), np.clip(pixels.max(axis=1), 0, limit)], axis=-1)


def heading_of(lifted: Lifted, index: int) -> str:
    """ "front", "side" or "oblique": what the box's shape says of the thing's turn."""
    turn = float(lifted.views.turn[index, lifted.distances.view[index]])
    return "front" if turn < math.radians(20) else "side" if turn > math.radians(70) else "oblique"
