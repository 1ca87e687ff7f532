"""Does a picture show two things in a relation? Decided from boxes alone, with the right to abstain.

The rules and thresholds for left, right, above and below are those of SpatialBench-UC (arXiv:2601.13462): of each class
the surest box counts if its score is at least 0.2 and it fills 0.5 % of the picture; the centres must be apart by a
tenth of the picture's side; two boxes of a class that are almost equally sure make the case undecided. In front of and
behind are ours: of two things on the ground the nearer one reaches lower in the picture, so their lower edges must be
apart, neither may be cut by the lower edge of the picture, and neither may hang in the air.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sd3studio.core.checking.expecting import Sighting, area_px
from sd3studio.core.scene.predicates import Predicate
from sd3studio.core.scene.value import BoxPx

Outcome = Literal["pass", "fail", "undecided"]

LEAST_SCORE, LEAST_SHARE, AMBIGUOUS = 0.2, 0.005, 0.1
MARGIN = 0.1
"""Of the picture's width or height, between the centres of the boxes."""
DEPTH_MARGIN = 0.05
"""Of the picture's height, between the lower edges of the boxes."""
CUT = 0.01

SIGNS: dict[Predicate, tuple[Literal["x", "y", "depth"], int]] = {
    Predicate.LEFT_OF: ("x", -1), Predicate.RIGHT_OF: ("x", 1), Predicate.ABOVE: ("y", -1), Predicate.UNDER: ("y", 1),
    Predicate.IN_FRONT_OF: ("depth", 1), Predicate.BEHIND: ("depth", -1),
}  # fmt: skip
"""Predicate -> what is compared, and the sign of (first - second) that makes it true. Pixels count from top left."""


@dataclass(frozen=True, slots=True)
class PairCheck:
    """The outcome for one picture, with the reason where it is not a pass, and the boxes that decided."""

    outcome: Outcome
    why: str = ""
    first: BoxPx | None = None
    second: BoxPx | None = None


def judge_pair(
    sightings: Sequence[Sighting], first: str, predicate: Predicate, second: str, width: int, height: int
) -> PairCheck:
    """Whether a picture shows ``first predicate second``.

    Parameters
    ----------
    sightings : what a detector sees in the picture
    first, second : class names of the detector
    predicate : one of `SIGNS`
    width, height : of the picture, px
    """
    boxes: list[BoxPx] = []
    for name in (first, second):
        seen = _of_class(sightings, name, width * height)
        if not seen:
            return PairCheck("undecided", f"No {name} is seen.")
        if len(seen) > 1 and seen[0].score - seen[1].score < AMBIGUOUS:
            return PairCheck("undecided", f"More than one {name} is seen.")
        boxes.append(seen[0].box)
    a, b = boxes
    kind, sign = SIGNS[predicate]
    match kind:
        case "x":
            apart, margin = sign * (_middle(a, 0) - _middle(b, 0)) / width, MARGIN
        case "y":
            apart, margin = sign * (_middle(a, 1) - _middle(b, 1)) / height, MARGIN
        case "depth":
            if max(a[3], b[3]) > (1.0 - CUT) * height:
                return PairCheck("undecided", "The picture's edge cuts one of them off.", a, b)
            apart, margin = sign * (a[3] - b[3]) / height, DEPTH_MARGIN
    if abs(apart) <= margin:
        return PairCheck("undecided", "They are too close to tell.", a, b)
    return PairCheck("pass", "", a, b) if apart > 0 else PairCheck("fail", "It is the other way round.", a, b)


def is_seen(sightings: Sequence[Sighting], name: str, width: int, height: int) -> bool:
    """Whether a sighting of a class counts in a picture of this size (px)."""
    return bool(_of_class(sightings, name, width * height))


def _of_class(sightings: Sequence[Sighting], name: str, picture_px: int) -> list[Sighting]:
    """The sightings of a class that count, surest first."""
    seen = [
        s
        for s in sightings
        if s.label == name and s.score >= LEAST_SCORE and area_px(s.box) >= LEAST_SHARE * picture_px
    ]
    return sorted(seen, key=lambda s: -s.score)


def _middle(box: BoxPx, axis: int) -> float:
    return (box[axis] + box[axis + 2]) / 2.0
