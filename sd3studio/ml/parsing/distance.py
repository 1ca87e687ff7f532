"""How far each thing is: a posterior over distance from its size, its feet on the ground and what it touches.

For every thing the likelihood of its box under the size prior is multiplied with that of its lower edge under the
viewpoints (`viewpoint`), on a grid of distances. Then things that touch (cup and table, rider and bicycle) share their
distances, and things that hide others come nearer than those.

Distances are depths of the centre along the view axis, metres.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sd3studio.ml.parsing.evidence import WORN, Evidence
from sd3studio.ml.parsing.shapes import Views, box_likelihood, doubt_of
from sd3studio.ml.parsing.viewpoint import ROW_NOISE, Viewpoint

Floats = NDArray[np.float64]

DEPTHS_M: Floats = np.geomspace(0.12, 400.0, 128)
STEP = math.log(DEPTHS_M[1] / DEPTHS_M[0])

SMALLEST_SPREAD = 0.06
NO_FIT = 1e-3
"""Likelihood that a distance keeps when the row does not fit: the ground may slope, the box may be wrong."""


@dataclass(frozen=True, slots=True)
class Distances:
    """What is known of N things.

    Parameters
    ----------
    depth_m : (N,) depth of the centre along the view axis
    spread : (N,) deviation of its logarithm
    view : (N,) index of the likeliest view in `Views`
    on_ground : (N,) probability that the base is on the ground
    reasons : per thing, what the distance was read from, in words
    """

    depth_m: Floats
    spread: Floats
    view: NDArray[np.int64]
    on_ground: Floats
    reasons: tuple[str, ...]


def feet_share(fill: Floats) -> Floats:
    """Share of a thing's depth by which its nearest visible foot is before its centre."""
    return 0.5 * fill


def outline_share(fill: Floats) -> Floats:
    """Share of a thing's depth by which the outline that is seen is before its centre."""
    return 0.5 * fill**2


def estimate_distances(
    evidence: Evidence, views: Views, viewpoint: Viewpoint, width_px: int, height_px: int
) -> Distances:
    """The distances of all things, first each for itself, then together."""
    if not len(evidence):
        nothing = np.zeros(0)
        return Distances(nothing, nothing, np.zeros(0, np.int64), nothing, ())
    alone = _each_alone(evidence, views, viewpoint, width_px, height_px)
    return _ordered(_joined(alone, evidence), evidence)


def _each_alone(evidence: Evidence, views: Views, viewpoint: Viewpoint, width_px: int, height_px: int) -> Distances:
    boxes, cut = evidence.boxes_px, evidence.cut
    x = (boxes[:, 0] + boxes[:, 2]) / 2.0
    rows = np.stack(
        [boxes[:, 1], (boxes[:, 1] + boxes[:, 3]) / 2.0, boxes[:, 3]], axis=-1
    )  # (N, 3) top, middle, bottom
    points = np.stack([np.broadcast_to(x[:, None], rows.shape), rows], axis=-1)
    top, middle, feet = viewpoint.derotated(points, width_px, height_px)[..., 1].T
    no_feet = cut[:, 3] | evidence.hidden_feet
    before = outline_share(evidence.fill)[:, None] * views.depth  # (N, K)
    outline = np.maximum(DEPTHS_M - before[..., None], 0.6 * DEPTHS_M)  # (N, K, Z)
    below = viewpoint.pitch_rad + np.arctan(middle)
    extent = (boxes[:, 2:] - boxes[:, :2]) / viewpoint.focal_px
    sized = box_likelihood(
        views,
        extent[:, 0, None, None] * outline,
        (extent[:, 1] * np.cos(np.arctan(middle)))[:, None, None] * outline,
        below[:, None, None],
        (cut[:, 0] | cut[:, 2])[:, None, None],
        (no_feet | cut[:, 1])[:, None, None],
        doubt_of(evidence.scores)[:, None, None],
    )  # (N, K, Z)
    sized = sized * views.weight[:, :, None]
    grounded, raised = _standing(evidence, views, viewpoint, feet, top, extent[:, 1], no_feet)
    each = sized * (grounded + raised)  # (N, K, Z)
    posterior = each.sum(axis=1)
    posterior /= posterior.sum(axis=1, keepdims=True)
    depth, spread = _median_and_spread(posterior)
    on_ground = (sized * grounded).sum(axis=(1, 2)) / np.maximum(each.sum(axis=(1, 2)), 1e-300)
    return Distances(
        depth_m=depth,
        spread=np.maximum(spread, SMALLEST_SPREAD),
        view=each.sum(axis=2).argmax(axis=1),
        on_ground=on_ground,
        reasons=tuple(_reason(no_feet[i], cut[i], float(on_ground[i])) for i in range(len(evidence))),
    )


def _standing(
    evidence: Evidence,
    views: Views,
    viewpoint: Viewpoint,
    feet: Floats,
    top: Floats,
    height: Floats,
    no_feet: NDArray[np.bool_],
) -> tuple[Floats, Floats]:
    """Likelihood (N, K, Z) of the visible end of each thing if it stands on the ground, and if it is raised.

    With visible feet it is their row that counts; without, the row of the top under the height of the view.
    """
    ground, rise, rise_spread = evidence.ground, evidence.rise_m, evidence.rise_spread_m
    noise = ROW_NOISE * height + 0.006
    fill = evidence.fill[:, None]
    on_ground = np.empty((len(feet), views.weight.shape[1], len(DEPTHS_M)))
    raised = np.empty_like(on_ground)
    for hidden, row, offset in (
        (False, feet, feet_share(fill) * views.depth),
        (True, top, outline_share(fill) * views.depth),
    ):
        chosen = np.flatnonzero(no_feet == hidden)
        end = _Ends(row[chosen], offset[chosen], noise[chosen])
        extra = views.height[chosen] if hidden else np.zeros((len(chosen), 1))
        extra_spread = extra * views.sigma_height[chosen] if hidden else extra
        told = ~evidence.cut[chosen, 1] if hidden else np.ones(len(chosen), bool)
        on_ground[chosen] = end.likelihood(viewpoint, extra, extra_spread, told) * ground[chosen, None, None]
        above, above_spread = extra + rise[chosen, None], np.hypot(extra_spread, rise_spread[chosen, None])
        raised[chosen] = end.likelihood(viewpoint, above, above_spread, told) * (1.0 - ground)[chosen, None, None]
    return on_ground, raised


@dataclass(frozen=True, slots=True)
class _Ends:
    """Visible ends of N things: row (focal lengths below the centre), (N, K) metres before the centre, angle noise."""

    row: Floats
    offset_m: Floats
    noise_rad: Floats

    def likelihood(self, viewpoint: Viewpoint, height_m: Floats, spread_m: Floats, told: NDArray[np.bool_]) -> Floats:
        """(N, K or 1, Z) likelihood of the rows if the ends are at heights (N, K or 1) above the ground."""
        share, camera, pitch = (column[:, None, None, None] for column in viewpoint.samples.T)
        depth = np.maximum(DEPTHS_M - self.offset_m[..., None], 0.5 * DEPTHS_M)  # (N, K, Z)
        drop = self.row[:, None, None] * np.cos(pitch) + np.sin(pitch)  # (M, N, 1, 1)
        end_m = camera - depth * drop  # (M, N, K, Z)
        noise_m = np.hypot(depth * self.noise_rad[:, None, None], 0.5 * STEP * np.abs(camera - end_m))
        sigma = np.hypot(noise_m, spread_m[..., None])
        mean = (
            np.einsum("m,mnkz->nkz", share.ravel() / share.sum(), _normal(end_m - height_m[..., None], sigma)) * depth
        )
        return np.where(told[:, None, None], mean, 1.0) + NO_FIT


def _normal(z: Floats, sigma: Floats) -> Floats:
    return np.exp(-0.5 * (z / sigma) ** 2) / (sigma * math.sqrt(2.0 * math.pi))


def _median_and_spread(posterior: Floats) -> tuple[Floats, Floats]:
    """Median (m) and deviation of the logarithm of posteriors (N, Z) over `DEPTHS_M`."""
    logs = np.log(DEPTHS_M)
    cumulated = np.cumsum(posterior, axis=1)
    median = np.array([np.interp(0.5, c - 0.5 * p, logs) for c, p in zip(cumulated, posterior, strict=True)])
    quartiles = np.array(
        [np.interp((0.25, 0.75), c - 0.5 * p, logs) for c, p in zip(cumulated, posterior, strict=True)]
    )
    return np.exp(median), (quartiles[:, 1] - quartiles[:, 0]) / 1.349


def _reason(no_feet: bool, cut: NDArray[np.bool_], on_ground: float) -> str:
    parts = []
    if cut.all():
        return "fills the frame: only its class tells"
    if cut[1] or cut[3] or no_feet:
        parts.append("its width" if not (cut[0] or cut[2]) else "the part inside the frame")
    else:
        parts.append("its size")
    if not no_feet and on_ground > 0.5:
        parts.append("where it meets the ground")
    elif no_feet and not cut[1]:
        parts.append("the height of its top")
    return " and ".join(parts)


def _joined(alone: Distances, evidence: Evidence) -> Distances:
    """Things that touch share what is known of their distances, each weighted by how sure it is."""
    logs, spread = np.log(alone.depth_m), alone.spread.copy()
    reasons = list(alone.reasons)
    for carrier in set(evidence.on[evidence.on >= 0].tolist()):
        group = [carrier, *np.flatnonzero(evidence.on == carrier).tolist()]
        slack = np.array([0.0] + [0.06 if evidence.labels[i] in WORN else 0.1 for i in group[1:]])
        weight = 1.0 / (spread[group] ** 2 + slack**2)
        mean = float((weight * logs[group]).sum() / weight.sum())
        for i, loose in zip(group, slack, strict=True):
            own, shared = 1.0 / spread[i] ** 2, 1.0 / (loose**2 + 0.05**2 + 1.0 / weight.sum())
            logs[i] = (own * logs[i] + shared * mean) / (own + shared)
            spread[i] = max(SMALLEST_SPREAD, (own + shared) ** -0.5)
        for i in group[1:]:
            reasons[i] += f" and the {evidence.labels[carrier]} that it is on"
    return replace(alone, depth_m=np.exp(logs), spread=spread, reasons=tuple(reasons))


def _ordered(known: Distances, evidence: Evidence) -> Distances:
    """What hides another thing is nearer: pairs in the wrong order meet at their weighted mean."""
    logs = np.log(known.depth_m)
    for _ in range(4):
        for far, near in evidence.behind:
            if logs[far] < logs[near]:
                a, b = known.spread[far] ** -2, known.spread[near] ** -2
                mean = (a * logs[far] + b * logs[near]) / (a + b)
                logs[far], logs[near] = mean + 0.01, mean - 0.01
    return replace(known, depth_m=np.exp(logs))
