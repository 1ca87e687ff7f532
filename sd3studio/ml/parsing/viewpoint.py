"""Where the camera was: focal length, height above the ground, pitch and roll, read from all things at once.

Things of known size that stand on one ground constrain the horizon and the camera's height (Hoiem, Efros and Hebert
2008, "Putting objects in perspective"); vertical edges constrain pitch and roll (`verticals`). Both meet in a posterior
on a grid of heights and pitches: coarse over all that is possible, then fine around the best.

Signs: pitch is how far the camera looks *down*. Picture coordinates are in focal lengths from the centre, y down.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.scene.camera import SENSOR_HEIGHT_MM
from sd3studio.ml.parsing.evidence import Evidence
from sd3studio.ml.parsing.shapes import Views, box_likelihood, doubt_of
from sd3studio.ml.parsing.verticals import Segments, log_likelihood

Floats = NDArray[np.float64]

PRIOR_FOCAL_35MM = 30.0
"""Assumed focal length, as its equivalent on 35 mm film (by the diagonal): between phones (26) and compacts (35)."""

FILM_DIAGONAL_MM = math.hypot(36.0, 24.0)

HEIGHT_M, HEIGHT_SPREAD = 1.5, 0.26
"""Camera height: held before the eyes of somebody standing, sometimes sitting. Spread of the logarithm."""

ODD_HEIGHT_SHARE, ODD_HEIGHT_SPREAD = 0.06, 0.8
"""Photos taken from a balcony, a bus, the floor."""

PITCH_RAD, PITCH_SPREAD_RAD = math.radians(4.0), math.radians(9.0)
STEEP_SHARE, STEEP_RAD, STEEP_SPREAD_RAD = 0.2, math.radians(30.0), math.radians(18.0)
"""Pitch: most photos look a little down, some at a table or the floor."""

ROLL_SPREAD_RAD = math.radians(2.5)

MISLED = 0.05
"""Chance that the edges that look vertical are not: seams of a table seen from above look the same."""

HEIGHTS_M: Floats = np.geomspace(0.35, 12.0, 15)
PITCHES_RAD: Floats = np.radians(np.concatenate([np.arange(-22.0, 34.0, 2.0), np.arange(34.0, 82.0, 4.0)]))
ROLLS_RAD: Floats = np.radians(np.arange(-12.0, 12.5, 1.5))

SAMPLES = 20
"""So many viewpoints stand for the posterior when distances are read."""

MAX_THINGS = 10
"""Only the surest things vote for the camera: enough, and it bounds the time."""

ROW_NOISE = 0.04
"""Deviation of a box's lower edge as a share of its height (quartiles; measured on COCO)."""

OUTLIER = 0.05


@dataclass(frozen=True, slots=True)
class Viewpoint:
    """The camera and how unsure it is.

    Parameters
    ----------
    focal_px : focal length, `focal_known` tells whether it was given
    height_m, pitch_rad, roll_rad : the estimate (posterior mean)
    samples : (M, 3) weight, height (m), pitch (rad) of viewpoints that stand for the posterior
    informed : False where nothing in the photo told, so that height and pitch are the priors
    """

    focal_px: float
    focal_known: bool
    height_m: float
    pitch_rad: float
    roll_rad: float
    samples: Floats
    informed: bool

    def derotated(self, points_px: Floats, width_px: int, height_px: int) -> Floats:
        """Picture points (..., 2) px in focal lengths from the centre, with the roll taken out."""
        local = (points_px - np.array([width_px, height_px]) / 2.0) / self.focal_px
        c, s = math.cos(self.roll_rad), math.sin(self.roll_rad)
        return np.stack([c * local[..., 0] + s * local[..., 1], -s * local[..., 0] + c * local[..., 1]], axis=-1)


def focal_px_of(focal_mm: float | None, width_px: int, height_px: int) -> tuple[float, bool]:
    """Focal length in pixels and whether it was given (`focal_mm` is on a frame 24 mm high)."""
    if focal_mm is not None:
        return focal_mm / SENSOR_HEIGHT_MM * height_px, True
    return PRIOR_FOCAL_35MM / FILM_DIAGONAL_MM * math.hypot(width_px, height_px), False


def estimate_viewpoint(
    evidence: Evidence,
    views: Views,
    segments: Segments,
    focal_mm: float | None,
    width_px: int,
    height_px: int,
) -> Viewpoint:
    """The viewpoint from which these things and these vertical edges look as they do."""
    focal_px, known = focal_px_of(focal_mm, width_px, height_px)
    by_lines = log_likelihood(segments, focal_px, PITCHES_RAD, ROLLS_RAD)
    by_lines = by_lines - 0.5 * (ROLLS_RAD / ROLL_SPREAD_RAD) ** 2
    roll = _roll(by_lines)
    pitch_lines = np.logaddexp.reduce(by_lines, axis=1)
    pitch_lines = np.logaddexp(pitch_lines - pitch_lines.max(), math.log(MISLED))
    voters = _voters(evidence)
    start = Viewpoint(focal_px, known, HEIGHT_M, PITCH_RAD, roll, np.zeros((0, 3)), bool(len(voters)))
    votes = _Votes.of(evidence, views, voters, start, width_px, height_px)
    coarse = _posterior(votes, HEIGHTS_M, PITCHES_RAD, pitch_lines, math.radians(0.6))
    h, p = np.unravel_index(int(np.argmax(coarse)), coarse.shape)
    heights = HEIGHTS_M[h] * np.exp(np.linspace(-0.45, 0.45, 13))
    pitches = PITCHES_RAD[p] + np.radians(np.linspace(-5.0, 5.0, 21))
    fine = _posterior(votes, heights, pitches, np.interp(pitches, PITCHES_RAD, pitch_lines), math.radians(0.15))
    return _summary(start, fine, heights, pitches)


def _roll(by_lines: Floats) -> float:
    """Posterior mean of the roll."""
    weight = np.exp(np.logaddexp.reduce(by_lines, axis=0) - np.logaddexp.reduce(by_lines.ravel()))
    return float((weight * ROLLS_RAD).sum() / weight.sum())


def _voters(evidence: Evidence) -> NDArray[np.int64]:
    """The things whose lower edge and size say something about the camera, surest first."""
    flat = evidence.boxes_px
    usable = ~evidence.cut[:, 3] & ~evidence.hidden_feet & (flat[:, 3] - flat[:, 1] > 8.0)
    known = np.array([prior.from_data for prior in evidence.priors], bool)
    order = np.argsort(-evidence.scores, kind="stable")
    return np.array([i for i in order if usable[i] and known[i]][:MAX_THINGS], np.int64)


@dataclass(frozen=True, slots=True)
class _Votes:
    """What the voting things show: rows of feet and middles (focal lengths, roll out), extents, classes."""

    views: Views
    feet: Floats
    middle: Floats
    width: Floats
    height: Floats
    width_cut: NDArray[np.bool_]
    height_cut: NDArray[np.bool_]
    bases_m: Floats
    base_share: Floats
    doubt: Floats
    trust: Floats

    @classmethod
    def of(
        cls,
        evidence: Evidence,
        views: Views,
        chosen: NDArray[np.int64],
        start: Viewpoint,
        width_px: int,
        height_px: int,
    ) -> "_Votes":
        boxes, cut = evidence.boxes_px[chosen], evidence.cut[chosen]
        centre_x = (boxes[:, 0] + boxes[:, 2]) / 2.0
        feet = start.derotated(np.stack([centre_x, boxes[:, 3]], axis=-1), width_px, height_px)
        middle = start.derotated(np.stack([centre_x, (boxes[:, 1] + boxes[:, 3]) / 2.0], axis=-1), width_px, height_px)
        steps = np.array([-1.2, -0.4, 0.4, 1.2])
        ground = evidence.ground[chosen, None]
        raised = evidence.rise_m[chosen, None] + evidence.rise_spread_m[chosen, None] * steps
        return cls(
            views=Views(*(getattr(views, name)[chosen].astype(np.float32) for name in Views.__slots__)),
            feet=feet[:, 1],
            middle=middle[:, 1].astype(np.float32),
            width=((boxes[:, 2] - boxes[:, 0]) / start.focal_px).astype(np.float32),
            height=((boxes[:, 3] - boxes[:, 1]) / start.focal_px).astype(np.float32),
            width_cut=cut[:, 0] | cut[:, 2],
            height_cut=cut[:, 1],
            bases_m=np.concatenate(
                [np.zeros_like(ground), np.maximum(raised.reshape(-1, 4), 0.05)], axis=1, dtype=np.float32
            ),
            base_share=np.concatenate([ground, np.repeat((1.0 - ground) / 4.0, 4, axis=1)], axis=1),
            doubt=doubt_of(evidence.scores[chosen]).astype(np.float32),
            trust=evidence.scores[chosen],
        )


def _posterior(votes: _Votes, heights: Floats, pitches: Floats, by_lines: Floats, row_noise_rad: float) -> Floats:
    """(H, P) log posterior, not normalised; rows are smoothed over `row_noise_rad` against the grid's steps."""
    prior = _log_height_prior(heights)[:, None] + _log_pitch_prior(pitches)[None, :] + by_lines[None, :]
    if not len(votes.feet):
        return prior
    noise = np.hypot(row_noise_rad, ROW_NOISE * votes.height + 0.004)[:, None]
    likelihood = np.zeros((len(votes.feet), len(heights), len(pitches)))
    for step in (-0.8, 0.8):  # two points stand for the spread of the row
        likelihood += 0.5 * _size_likelihood(votes, votes.feet[:, None] + step * noise, heights, pitches)
    return prior + (np.log(likelihood + OUTLIER) * votes.trust[:, None, None]).sum(axis=0)


def _size_likelihood(votes: _Votes, feet: Floats, heights: Floats, pitches: Floats) -> Floats:
    """(N, H, P) likelihood of the box sizes if the feet are in row `feet` (N, 1), summed over views and bases."""
    heights, pitches = heights.astype(np.float32), pitches.astype(np.float32)  # twice as fast, and precise enough
    drop = feet[:, 0, None].astype(np.float32) * np.cos(pitches) + np.sin(
        pitches
    )  # (N, P) metres down per metre of depth
    below = heights[None, None, :, None] - votes.bases_m[:, :, None, None]  # (N, B, H, 1) camera above the base
    depth = below / np.where(np.abs(drop) > 1e-4, drop, 1e-4)[:, None, None, :]  # (N, B, H, P)
    seen = (depth > 0.1) & (depth < 400.0)
    depth = np.where(seen, depth, 1.0)
    angle = pitches[None, :] + np.arctan(votes.middle)[:, None]  # (N, P)
    up_scale = votes.height[:, None] * np.cos(np.arctan(votes.middle))[:, None]
    shape = (slice(None), None, None, None, None)
    each = box_likelihood(
        votes.views,
        (votes.width[:, None, None, None] * depth)[:, None],
        (up_scale[:, None, None, :] * depth)[:, None],
        angle[:, None, None, None, :],
        votes.width_cut[shape],
        votes.height_cut[shape],
        votes.doubt[shape],
    )  # (N, K, B, H, P)
    total = np.einsum(
        "nk,nb,nkbhp,nbhp->nhp", votes.views.weight, votes.base_share, each, seen.astype(float), optimize=True
    )
    return total


def _log_height_prior(heights_m: Floats) -> Floats:
    z = np.log(heights_m / HEIGHT_M)
    usual = np.exp(-0.5 * (z / HEIGHT_SPREAD) ** 2) / HEIGHT_SPREAD
    odd = np.exp(-0.5 * (z / ODD_HEIGHT_SPREAD) ** 2) / ODD_HEIGHT_SPREAD
    return np.log((1.0 - ODD_HEIGHT_SHARE) * usual + ODD_HEIGHT_SHARE * odd)


def _log_pitch_prior(pitch_rad: Floats) -> Floats:
    usual = np.exp(-0.5 * ((pitch_rad - PITCH_RAD) / PITCH_SPREAD_RAD) ** 2) / PITCH_SPREAD_RAD
    steep = np.exp(-0.5 * ((pitch_rad - STEEP_RAD) / STEEP_SPREAD_RAD) ** 2) / STEEP_SPREAD_RAD
    return np.log((1.0 - STEEP_SHARE) * usual + STEEP_SHARE * steep)


def _summary(start: Viewpoint, log_posterior: Floats, heights: Floats, pitches: Floats) -> Viewpoint:
    weight = np.exp(log_posterior - log_posterior.max())
    weight /= weight.sum()
    height = float(np.exp((weight.sum(axis=1) * np.log(heights)).sum()))
    pitch = float((weight.sum(axis=0) * pitches).sum())
    steps = (np.arange(SAMPLES) + 0.5) / SAMPLES  # systematic resampling: equal shares of the posterior, no chance
    chosen = np.minimum(np.searchsorted(np.cumsum(weight.ravel()), steps), weight.size - 1)
    rows, columns = np.unravel_index(chosen, weight.shape)
    samples = np.stack([np.full(SAMPLES, 1.0 / SAMPLES), heights[rows], pitches[columns]], axis=-1)
    return Viewpoint(start.focal_px, start.focal_known, height, pitch, start.roll_rad, samples, start.informed)
