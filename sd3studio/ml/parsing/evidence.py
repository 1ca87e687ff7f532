"""What the boxes of one photo tell about each other: sides that the frame cuts, hidden feet, supports, order."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.size_priors import SizePrior, prior_of

if TYPE_CHECKING:
    from sd3studio.ml.parsing.detection import Detection

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

CUT_SHARE = 0.02
"""A side this near to the frame (share of the picture's side) counts as cut: detectors rarely reach the last pixel."""

BOARDS = frozenset({"skateboard", "surfboard", "snowboard"})
RIDER_FEET_M = {"bicycle": 0.25, "motorcycle": 0.25, "horse": 0.75, "elephant": 1.7, "skateboard": 0.12,
                "surfboard": 0.1, "snowboard": 0.06, "skis": 0.04}  # fmt: skip
"""Height of a rider's feet above the ground."""

SMALL_M = 0.6
"""Chairs carry only things that are not wider than this."""

FOUR_LEGGED = frozenset({"cat", "dog", "sheep", "cow", "bear"})
LYING_RATIO = 2.0
"""Width over height of a box; from the side such an animal stands with 1.1 to 1.6."""
SEATS = frozenset({"chair", "couch", "bench", "bed", "toilet"})
LIVING = frozenset({"person", "cat", "dog", "teddy bear", "bird"})
TABLES = frozenset({"dining table", "bed", "couch", "chair", "bench", "oven", "refrigerator", "microwave"})
WORN = frozenset({
    "tie", "backpack", "handbag", "baseball glove", "baseball bat", "tennis racket", "cell phone", "umbrella", "skis",
    "snowboard", "frisbee", "toothbrush", "hair drier", "surfboard", "suitcase",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Evidence:
    """The boxes of a photo and what was read from their arrangement. N detections, in the order given.

    Parameters
    ----------
    boxes_px : (N, 4) x0, y0, x1, y1
    cut : (N, 4) which sides (left, top, right, bottom) the frame cuts
    hidden_feet : (N,) the bottom is hidden by a nearer thing
    on : (N,) index of the thing that this one stands, lies, sits or rides on, or is worn by; -1 for none
    rests : (N,) the base is on the top surface of `on`
    ground : (N,) probability that the base is on the ground
    rise_m, rise_spread_m : (N,) height of the base above the ground otherwise
    behind : pairs (far, near) read from overlap
    """

    priors: tuple[SizePrior, ...]
    scores: Floats
    boxes_px: Floats
    cut: Bools
    hidden_feet: Bools
    on: NDArray[np.int64]
    rests: Bools
    ground: Floats
    rise_m: Floats
    rise_spread_m: Floats
    behind: tuple[tuple[int, int], ...]

    def __len__(self) -> int:
        return len(self.priors)

    @property
    def fill(self) -> Floats:
        """(N,) how far the things reach into the corners of their boxes (`SizePrior.fill`)."""
        return np.array([prior.fill for prior in self.priors])

    @property
    def labels(self) -> tuple[str, ...]:
        """Class names in order."""
        return tuple(prior.label for prior in self.priors)


def read_evidence(detections: Sequence["Detection"], width_px: int, height_px: int) -> Evidence:
    """The evidence of these detections in a picture of this size."""
    boxes = np.array([d.box for d in detections], float).reshape(-1, 4)
    labels = [d.label for d in detections]
    tolerance = np.array([width_px, height_px]) * CUT_SHARE + 1.0
    cut = np.concatenate([boxes[:, :2] <= tolerance, boxes[:, 2:] >= [width_px, height_px] - tolerance], axis=1)
    on = np.array([_support(i, labels, boxes) for i in range(len(labels))], np.int64)
    hidden, behind = _occlusions(labels, boxes, cut, on)
    bases = np.array([_base(labels[i], labels[on[i]] if on[i] >= 0 else None) for i in range(len(labels))]).reshape(
        -1, 4
    )
    return Evidence(
        priors=tuple(prior_of(label) for label in labels),
        scores=np.array([d.score for d in detections], float),
        boxes_px=boxes,
        cut=cut,
        hidden_feet=hidden,
        on=on,
        rests=bases[:, 3] > 0,
        ground=bases[:, 0],
        rise_m=bases[:, 1],
        rise_spread_m=bases[:, 2],
        behind=behind,
    )


def posture_of(evidence: Evidence, index: int) -> tuple[str, str] | None:
    """A posture that the boxes show, and how: somebody on a seat sits, an animal twice as wide as high lies.

    Sizes alone don't tell: a child who stands is as high as somebody who sits.
    """
    label, carrier = evidence.labels[index], int(evidence.on[index])
    if label == "person" and carrier >= 0 and evidence.labels[carrier] in SEATS - {"bed"}:
        return "sitting", f"on the {evidence.labels[carrier]}"
    left, top, right, bottom = evidence.boxes_px[index]
    whole = not evidence.cut[index].any() and not evidence.hidden_feet[index]
    if label in FOUR_LEGGED and whole and right - left >= LYING_RATIO * (bottom - top):
        return "lying", f"its box is {(right - left) / max(bottom - top, 1.0):.1f} times as wide as high"
    return None


def _base(thing: str, carrier: str | None) -> tuple[float, float, float, bool]:
    """Probability of the ground, height of the base else and its spread (m), and whether it rests on the carrier."""
    prior = prior_of(thing)
    if carrier is None or (carrier == "person" and thing in WORN):
        return prior.ground, prior.elevation_m, prior.elevation_spread_m, False
    if thing == "person" and carrier in RIDER_FEET_M:
        feet = RIDER_FEET_M[carrier]
        return 0.05, feet, 0.05 + 0.3 * feet, carrier in BOARDS
    if thing == "person" and carrier in SEATS and carrier != "bed":
        return 0.85, prior.elevation_m, prior.elevation_spread_m, False  # feet on the ground
    base = prior_of(carrier)
    pose = base.poses[0]
    top = (base.top or 1.0) * pose.size_m[2]
    return 0.02, top, top * pose.spread[2] + 0.02, True


def _support(i: int, labels: Sequence[str], boxes: Floats) -> int:
    """Index of what carries thing `i`, or -1. Of several candidates the one of best fit."""
    best, best_fit = -1, 0.35
    for j, other in enumerate(labels):
        fit = _carries(other, boxes[j], labels[i], boxes[i]) if j != i else 0.0
        if fit > best_fit:
            best, best_fit = j, fit
    return best


def _carries(carrier: str, below: Floats, thing: str, box: Floats) -> float:
    """How well box geometry and classes fit "`carrier` carries `thing`", in [0, 1]."""
    overlap = min(box[2], below[2]) - max(box[0], below[0])
    within = overlap / max(box[2] - box[0], 1.0)  # share of the thing's width above the carrier
    span = below[3] - below[1]
    foot = (box[3] - below[1]) / max(span, 1.0)  # 0: feet at the carrier's top, 1: at its bottom
    if within < 0.5:
        return 0.0
    if thing == "person" and carrier in RIDER_FEET_M:
        narrow = min(box[2] - box[0], below[2] - below[0])
        return overlap / max(narrow, 1.0) * 0.9 if 0.15 < foot < 1.25 and box[1] < below[1] + 0.3 * span else 0.0
    if thing in LIVING and carrier in SEATS:
        return within * 0.8 if 0.3 < foot < 1.05 and box[1] < below[1] + 0.6 * span else 0.0
    if carrier == "person" and thing in WORN:
        inside = _inside(box, below)
        return 0.7 * inside if inside > 0.6 else 0.0
    prior, base = prior_of(thing), prior_of(carrier)
    if carrier in TABLES and base.top is not None and prior.ground < 0.6 and base.label != thing:
        if carrier == "chair" and max(prior.poses[0].size_m[:2]) > SMALL_M:
            return 0.0
        smaller = (box[2] - box[0]) * (box[3] - box[1]) < 0.8 * (below[2] - below[0]) * span
        return within * 0.9 if smaller and -0.08 < foot < 0.92 else 0.0
    return 0.0


def _inside(box: Floats, other: Floats) -> float:
    """Share of `box` that lies in `other`."""
    width = min(box[2], other[2]) - max(box[0], other[0])
    height = min(box[3], other[3]) - max(box[1], other[1])
    area = max((box[2] - box[0]) * (box[3] - box[1]), 1.0)
    return max(width, 0.0) * max(height, 0.0) / area


def _occlusions(
    labels: Sequence[str], boxes: Floats, cut: Bools, on: NDArray[np.int64]
) -> tuple[Bools, tuple[tuple[int, int], ...]]:
    """Whose feet are hidden, and who is behind whom: where boxes overlap, the one that reaches lower is nearer."""
    count = len(labels)
    hidden, behind = np.zeros(count, bool), []
    for far in range(count):
        for near in range(count):
            if far == near or on[far] == near or on[near] == far:
                continue
            lower = boxes[near, 3] - boxes[far, 3]
            span = min(boxes[far, 3] - boxes[far, 1], boxes[near, 3] - boxes[near, 1])
            if lower < 0.06 * span or _inside(boxes[far], boxes[near]) < 0.12:
                continue
            if prior_of(labels[far]).ground < 0.3 or prior_of(labels[near]).ground < 0.3:
                continue  # things on tables and in the air keep no order by their feet
            behind.append((far, near))
            across = min(boxes[far, 2], boxes[near, 2]) - max(boxes[far, 0], boxes[near, 0])
            covers = across / max(boxes[far, 2] - boxes[far, 0], 1.0)
            if covers > 0.55 and boxes[near, 1] < boxes[far, 3] and not cut[far, 3]:
                hidden[far] = True
    return hidden, tuple(behind)
