"""Why nobody could tell of an object whether it is in the picture: reasons not to call it missing.

*Missing* is said only of what the detectors see clearly (0.5) in every version of a true render of the same scene:
else a picture without it and a picture with it would look the same to them. Nor is it said where even a very faint
sighting (0.05) of such a thing is anywhere in the picture, also at a second, closer look; nor where what is seen in
its place is what the detectors, however faintly, see there in a true render too (a cat that they take for a dog).

A detector gives one box for two things that are close together. So a thing is not called missing where another one of
its kind is seen larger than it should be, nor where it was to show only beside something that is not seen either.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sd3studio.core.checking.expecting import Expected, Sighting, area_px, iou, overlap, share_inside
from sd3studio.core.checking.report import Reader
from sd3studio.core.checking.sameness import (
    AT_PLACE_IOU,
    CLEAR_SCORE,
    CONTROL_SCORE,
    ELSEWHERE_IOU,
    FAINTEST_SCORE,
    is_known,
    is_outdone,
    same_name,
)

HIDING_SHARE = 0.25
"""From what share of its place on something unexpected can hide a thing from the detectors."""

MUCH_SEEN = 0.6
"""What shows less of itself than this share looks otherwise when what hides it is gone."""

BEYOND_SHARE = 0.25
"""From what share of it outside of an object's places on a sighting is more than that object."""

MIN_SEEN_SHARE, MIN_SEEN_PICTURE = 0.25, 0.0005
"""Of an object, the visible share; of the picture, the share that it fills: with less, nobody could tell."""
MIN_MAP_PX = 12
"""Pixels from which an id map tells that an object is seen."""


def unseen_reason(expected: Expected, reader: Reader, picture_px: int) -> str:
    """Why nobody could tell whether the object is in the picture; empty if one could."""
    name = expected.thing.label
    if not expected.whole_px:
        return f"The {name} is outside the picture."
    share = expected.seen_px / expected.whole_px
    if reader == "id map":
        return "" if expected.seen_px >= MIN_MAP_PX else f"The {name} is hidden by other things."
    if not expected.names:
        return f"No class of the detectors covers a {expected.thing.category or name}."
    if share < MIN_SEEN_SHARE:
        return f"Only {share:.0%} of the {name} shows behind other things."
    if expected.seen_px < MIN_SEEN_PICTURE * picture_px:
        return f"The {name} is too small in the picture ({expected.seen_px} px)."
    if expected.control is None or expected.control_score < CONTROL_SCORE:
        return f"The detectors do not see the {name} clearly in a true render of the scene either."
    return ""


@dataclass(frozen=True, slots=True)
class Seen:
    """All that speaks for or against an object that was not found.

    Parameters
    ----------
    expected : all objects of the scene
    sightings, loose : what was seen, and what of that is no object's
    placed : object id -> what it was found as
    control : what true renders of the scene look like; what they show at the same spot speaks for nothing
    parts : what a closer look shows inside of what was seen
    """

    expected: Sequence[Expected]
    sightings: Sequence[Sighting]
    loose: Sequence[Sighting]
    placed: Mapping[str, Sighting]
    control: Sequence[Sighting] = ()
    parts: Sequence[Sighting] = ()

    def in_place_of(self, thing: Expected) -> Sighting | None:
        """The surest clear sighting of something else where an object should be."""
        there = (s for s in self.loose if s.score >= CLEAR_SCORE and overlap(thing, s.box) >= AT_PLACE_IOU)
        return max(there, key=lambda s: s.score, default=None)


def doubt(thing: Expected, other: Sighting | None, seen: Seen) -> str:
    """Why an object that was not found may be there all the same; empty if nothing speaks for it.

    `other` is what is seen in its place.
    """
    return (
        _unsure_reason(thing, seen)
        or _confused_reason(thing, other, seen)
        or _hidden_reason(thing, other, seen)
        or _changed_reason(thing, seen)
        or _joined_reason(thing, seen)
    )


def _unsure_reason(thing: Expected, seen: Seen) -> str:
    """Something like it is seen, however faintly."""
    label = thing.thing.label
    for sighting in seen.loose:
        if sighting.thing is not None or not same_name(thing, sighting) or is_outdone(sighting, seen.sightings):
            continue
        there = overlap(thing, sighting.box) >= ELSEWHERE_IOU
        if there or not is_known(sighting, seen.control):
            place = "there" if there else "elsewhere"
            return f"Something like a {label} is seen {place}, but too faintly ({sighting.score:.2f})."
    for part in seen.parts:
        if same_name(thing, part) and overlap(thing, part.box) >= ELSEWHERE_IOU:
            return f"A closer look shows something like a {label} there, if it is not a part of what is before it."
    return ""


def _confused_reason(thing: Expected, other: Sighting | None, seen: Seen) -> str:
    """What is seen in its place may be that object: the detectors see it so in a true render too."""
    if other is None or other.thing is not None:
        return ""
    same = [s for s in seen.control if s.label == other.label and iou(s.box, other.box) >= AT_PLACE_IOU]
    if not any(s.score >= FAINTEST_SCORE for s in same):
        return ""
    name = thing.thing.label
    return f"A {other.label} is seen in the place of the {name}, but the detectors take the {name} for one at times."


def _hidden_reason(thing: Expected, other: Sighting | None, seen: Seen) -> str:
    """Something that a true render does not show is before its place."""
    place = thing.box or thing.whole
    if other is not None or place is None:
        return ""
    for sighting in seen.loose:
        covered = share_inside(place, sighting.box) if sighting.score >= CLEAR_SCORE else 0.0
        if sighting.thing is None and covered >= HIDING_SHARE and not is_known(sighting, seen.control):
            return f"A {sighting.label} that nobody asked for can hide the {thing.thing.label}."
    return ""


def _changed_reason(thing: Expected, seen: Seen) -> str:
    """Much of it was to be hidden, by something that was not found: it would look otherwise than in a true render."""
    if thing.thing.id in seen.placed or thing.whole is None or thing.seen_px >= MUCH_SEEN * thing.whole_px:
        return ""
    for other in seen.expected:
        if other is thing or other.box is None or other.thing.id in seen.placed:
            continue
        if share_inside(thing.whole, other.box) >= HIDING_SHARE:
            label = other.thing.label
            return (
                f"The {label} that should hide part of the {thing.thing.label} is not seen, so it may look different."
            )
    return ""


def _joined_reason(thing: Expected, seen: Seen) -> str:
    """Another one of its kind is seen larger than it should be: it may be both."""
    for other in seen.expected:
        sighting = seen.placed.get(other.thing.id)
        if other is thing or sighting is None or sighting.thing is not None or not same_name(thing, sighting):
            continue
        beyond = min(1.0 - share_inside(sighting.box, place) for place in other.places)
        if beyond >= BEYOND_SHARE and area_px(sighting.box) > 0.0:
            return f"What is seen of another {other.thing.label} is larger than that should be, and may be both."
    return ""
