"""Distances that a depth network measured, in place of those from size priors.

A network with a scale gives metres. One without gives inverse depth up to a factor and a shift; both are fitted to the
distances that the size priors give, each weighted by how sure it is.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from sd3studio.ml.parsing.detection import Box
from sd3studio.ml.parsing.distance import Distances, feet_share
from sd3studio.ml.parsing.evidence import Evidence
from sd3studio.ml.parsing.viewpoint import Viewpoint

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

NEAREST_M, FARTHEST_M = 0.1, 400.0
FRONT = 0.25
"""The visible surface is about this share of a thing's depth before its centre."""

MEASURED_SPREAD = 0.08
HEIGHT_SLACK, PITCH_SLACK_RAD = 0.6, math.radians(10.0)
"""How far (share of the height; angle) measured distances may move the viewpoint that sizes told."""

WORST_MISFIT = 3.0
"""Something that is off by more deviations counts no more: its class or its box is wrong."""


def measure(
    values: NDArray[np.floating],
    metric: bool,
    boxes: Sequence[Box],
    masks: Sequence[Bools | None],
    own: Distances,
    along_m: Floats,
) -> Floats:
    """(N,) depths of the centres, NaN where the map tells nothing.

    Parameters
    ----------
    values : (H, W) metres if `metric`, else inverse depth up to a factor and a shift
    own : what the size priors say
    along_m : (N,) extents of the things along the line of sight
    """
    seen = np.array([_median(values, box, mask) for box, mask in zip(boxes, masks, strict=True)])
    surface = seen if metric else _scaled(seen, own, along_m)
    known = np.isfinite(surface) & (surface > 0)
    return np.where(known, np.clip(surface + FRONT * along_m, NEAREST_M, FARTHEST_M), np.nan)


def _median(values: NDArray[np.floating], box: Box, mask: Bools | None) -> float:
    """Median of a map on a thing's mask, else in the middle of its box; NaN where there is nothing."""
    x0, y0, x1, y1 = (round(v) for v in box)
    if mask is not None:
        inside = values[y0:y1, x0:x1][mask[y0:y1, x0:x1]]
    else:
        dx, dy = (x1 - x0) // 5, (y1 - y0) // 5
        inside = values[y0 + dy : y1 - dy, x0 + dx : x1 - dx]
    inside = inside[np.isfinite(inside)]
    return float(np.median(inside)) if inside.size else math.nan


def _scaled(seen: Floats, own: Distances, along_m: Floats) -> Floats:
    """Metres from inverse depths: ``1 / depth = factor * seen + shift``, agreed on by most of the priors' distances.

    Of the lines through any two things the one is taken that fits all best, misfits counting up to a bound; then a
    least-squares line through those that fit. With one thing, or where no line rises, there is no shift.
    """
    known = np.isfinite(seen)
    if not known.any():
        return np.full(len(seen), np.nan)
    surface = np.maximum(own.depth_m - FRONT * along_m, 0.5 * own.depth_m)[known]
    values, spread = seen[known], own.spread[known]
    factor, shift = _best_line(values, surface, spread)
    fits = _misfit(values, surface, spread, factor, shift) < WORST_MISFIT
    if fits.sum() >= 3 and np.ptp(values[fits]) > 0:
        weight = surface[fits] / spread[fits]
        design = np.stack([values[fits], np.ones(int(fits.sum()))], axis=-1)
        better = np.linalg.lstsq(design * weight[:, None], weight / surface[fits], rcond=None)[0]
        if better[0] > 0:
            factor, shift = float(better[0]), float(better[1])
    return 1.0 / np.clip(seen * factor + shift, 1.0 / FARTHEST_M, 1.0 / NEAREST_M)


def _best_line(values: Floats, surface_m: Floats, spread: Floats) -> tuple[float, float]:
    proportional = float(np.median(1.0 / surface_m)) / max(float(np.median(values)), 1e-9)
    lines = [(proportional, 0.0)]
    for i in range(len(values)):
        for j in range(i):
            if values[i] != values[j]:
                factor = float((1.0 / surface_m[i] - 1.0 / surface_m[j]) / (values[i] - values[j]))
                if factor > 0:
                    lines.append((factor, float(1.0 / surface_m[i] - factor * values[i])))
    return min(lines, key=lambda line: float(_misfit(values, surface_m, spread, *line).sum()))


def _misfit(values: Floats, surface_m: Floats, spread: Floats, factor: float, shift: float) -> Floats:
    """How far off each thing is, in deviations of the logarithm of its distance, up to a bound."""
    inverse = np.maximum(values * factor + shift, 1.0 / FARTHEST_M)
    return np.minimum(np.abs(np.log(inverse * surface_m)) / spread, WORST_MISFIT)


def with_measured(distances: Distances, depth_m: Floats) -> Distances:
    """Distances with the measured ones (N,) put in; NaN keeps our own."""
    known = np.isfinite(depth_m) & (depth_m > 0)
    return replace(
        distances,
        depth_m=np.where(known, depth_m, distances.depth_m),
        spread=np.where(known, MEASURED_SPREAD, distances.spread),
        reasons=tuple("a depth network" if k else r for k, r in zip(known, distances.reasons, strict=True)),
    )


def agreeing_viewpoint(
    viewpoint: Viewpoint, distances: Distances, evidence: Evidence, along_m: Floats, width_px: int, height_px: int
) -> Viewpoint:
    """The viewpoint, near the one given, under which things at these distances stand on the ground.

    Least squares over height and sine of the pitch, held by the viewpoint that was read from the sizes.
    """
    boxes = evidence.boxes_px
    usable = (distances.on_ground > 0.5) & ~evidence.cut[:, 3] & ~evidence.hidden_feet & ~evidence.rests
    if usable.sum() < 2:
        return viewpoint
    feet_px = np.stack([(boxes[:, 0] + boxes[:, 2]) / 2.0, boxes[:, 3]], axis=-1)[usable]
    row = viewpoint.derotated(feet_px, width_px, height_px)[:, 1]
    depth = np.maximum(distances.depth_m - feet_share(evidence.fill) * along_m, 0.5 * distances.depth_m)[usable]
    height, pitch = viewpoint.height_m, viewpoint.pitch_rad
    for _ in range(6):
        slope = row * math.cos(pitch) + math.sin(pitch)
        turned = -row * math.sin(pitch) + math.cos(pitch)
        off = height - depth * slope  # height of the feet above the ground
        weight = 1.0 / (0.05 * depth + 0.03)
        weight *= np.sqrt(np.minimum(1.0, 1.5 / np.maximum(np.abs(off) * weight, 1e-9)))
        design = np.stack([weight, -weight * depth * turned], axis=-1)
        slack_m, slack_rad = HEIGHT_SLACK * viewpoint.height_m, PITCH_SLACK_RAD
        design = np.concatenate([design, [[1.0 / slack_m, 0.0], [0.0, 1.0 / slack_rad]]])
        held = [(viewpoint.height_m - height) / slack_m, (viewpoint.pitch_rad - pitch) / slack_rad]
        goal = np.append(-weight * off, held)
        step = np.linalg.lstsq(design, goal, rcond=None)[0]
        height, pitch = max(0.1, height + float(step[0])), float(np.clip(pitch + step[1], -1.2, 1.45))
    return replace(viewpoint, height_m=height, pitch_rad=pitch)
