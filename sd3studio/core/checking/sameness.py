"""Whether two sightings, or a sighting and an object of the scene, can be the same thing; the thresholds of the check.

Thresholds (ours, with reasons):

- *found* from an overlap of 0.5: what PASCAL VOC and COCO call a right box, and what the built-in detectors' scores
  are the probability of. Below 0.3 the box is elsewhere (a thing that moved by half its width overlaps by 0.33);
  between the two a detector can't tell a moved thing from a badly boxed one. An id map can, so there 0.5 is the only
  border.
- A thing at its place may be seen with a low score (0.15), because it is expected there; elsewhere only a clear
  sighting (0.3, the detectors' own threshold) is believed, and an extra only from 0.6 on.
"""

from collections.abc import Sequence

from sd3studio.core.checking.expecting import Expected, Sighting, iou

AT_PLACE_IOU, ELSEWHERE_IOU = 0.5, 0.3
SAME_SPOT_IOU = 0.6
FAINTEST_SCORE, LOWEST_SCORE, CLEAR_SCORE, EXTRA_SCORE, CONTROL_SCORE = 0.05, 0.15, 0.3, 0.6, 0.5
RIVAL = 0.4
"""A sighting counts only if its score is at least this share of that of another class at the same spot."""


def same_name(expected: Expected, sighting: Sighting) -> bool:
    """Whether a sighting can be this object, by its name; of a drawn object by its category, or label without one."""
    if sighting.thing is not None:
        ours, drawn = expected.thing, sighting.thing
        return (ours.category or ours.label) == (drawn.category or drawn.label)
    return sighting.label in expected.names or sighting.label == expected.thing.label


def is_known(sighting: Sighting, control: Sequence[Sighting]) -> bool:
    """Whether the detectors see the same at the same spot of a true render, nearly as clearly."""
    return any(
        same.label == sighting.label
        and same.score >= RIVAL * sighting.score
        and iou(same.box, sighting.box) >= AT_PLACE_IOU
        for same in control
    )


def is_outdone(sighting: Sighting, sightings: Sequence[Sighting]) -> bool:
    """Whether another class is far surer at the same spot: that is then what stands there."""
    return sighting.thing is None and any(
        other.label != sighting.label
        and sighting.score < RIVAL * other.score
        and iou(sighting.box, other.box) >= SAME_SPOT_IOU
        for other in sightings
    )
