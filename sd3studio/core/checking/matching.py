"""Which sighting is which object of the scene, and the verdict on each object.

Thresholds (ours, with reasons):

- *found* from an overlap of 0.5: what PASCAL VOC and COCO call a right box, and what the built-in detectors' scores
  are the probability of. Below 0.3 the box is elsewhere (a thing that moved by half its width overlaps by 0.33);
  between the two a detector can't tell a moved thing from a badly boxed one. An id map can, so there 0.5 is the only
  border.
- A thing at its place may be seen with a low score (0.15), because it is expected there; elsewhere only a clear
  sighting (0.3, the detectors' own threshold) is believed, and an extra only from 0.6 on.
- *Missing* is said only of what the detectors see clearly (0.5) in every version of a true render of the same scene:
  else a picture without it and a picture with it would look the same to them. Nor is it said where even a very faint
  sighting (0.05) of such a thing is anywhere in the picture, also at a second, closer look; nor where what is seen in
  its place is what the detectors, however faintly, see there in a true render too (a cat that they take for a dog).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sd3studio.core.checking.expecting import Expected, Sighting, area_px, iou, overlap, share_inside
from sd3studio.core.checking.report import ObjectCheck, Reader

AT_PLACE_IOU, ELSEWHERE_IOU = 0.5, 0.3
SAME_SPOT_IOU = 0.6
FAINTEST_SCORE, LOWEST_SCORE, CLEAR_SCORE, EXTRA_SCORE, CONTROL_SCORE = 0.05, 0.15, 0.3, 0.6, 0.5
RIVAL = 0.4
"""A sighting counts only if its score is at least this share of that of another class at the same spot."""

PART_SHARE, PART_AREA = 0.7, 0.5
"""From what share of it inside another box on a sighting can be a part of that, and how large it is of that at most."""

HIDING_SHARE = 0.25
"""From what share of its place on something unexpected can hide a thing from the detectors."""

MIN_SEEN_SHARE, MIN_SEEN_PICTURE = 0.25, 0.0005
"""Of an object, the visible share; of the picture, the share that it fills: with less, nobody could tell."""
MIN_MAP_PX = 12
"""Pixels from which an id map tells that an object is seen."""


@dataclass(frozen=True, slots=True)
class Match:
    """Object number `expected` is what was sighted as number `sighting`; `iou` is the overlap of the two."""

    expected: int
    sighting: int
    iou: float


def same_name(expected: Expected, sighting: Sighting) -> bool:
    """Whether a sighting can be this object, by its name; of a drawn object by its category, or label without one."""
    if sighting.thing is not None:
        ours, drawn = expected.thing, sighting.thing
        return (ours.category or ours.label) == (drawn.category or drawn.label)
    return sighting.label in expected.names or sighting.label == expected.thing.label


def matches(
    expected: Sequence[Expected], sightings: Sequence[Sighting], control: Sequence[Sighting] = ()
) -> tuple[Match, ...]:
    """The pairing of objects and sightings of the same name: first at their places, then anywhere else.

    Both times the best total (Hungarian method): greatest overlaps, then smallest distances. What the detectors see at
    the same spot of a true render (`control`) has not come from elsewhere.
    """
    fit = np.zeros((len(expected), len(sightings)))
    named = np.zeros(fit.shape, bool)
    for i, thing in enumerate(expected):
        for j, sighting in enumerate(sightings):
            named[i, j] = same_name(thing, sighting)
            if named[i, j] and sighting.score >= LOWEST_SCORE:
                fit[i, j] = overlap(thing, sighting.box)
    fit[:, [_is_outdone(s, sightings) for s in sightings]] = 0.0
    placed = _assigned(np.where(fit >= ELSEWHERE_IOU, fit + _preferences(expected, sightings), 0.0))
    found = [Match(i, j, float(fit[i, j])) for i, j in placed]
    rest = _elsewhere(expected, sightings, named, found, control)
    return (*found, *(Match(i, j, overlap(expected[i], sightings[j].box)) for i, j in rest))


def _preferences(expected: Sequence[Expected], sightings: Sequence[Sighting]) -> np.ndarray:
    """Small bonuses (n, m): of equal overlaps the surer sighting, and the drawn object with the same id, win."""
    bonus = 0.05 * np.array([[s.score for s in sightings]] * len(expected)).reshape(len(expected), len(sightings))
    for i, thing in enumerate(expected):
        for j, sighting in enumerate(sightings):
            bonus[i, j] += 1.0 * (sighting.thing is not None and sighting.thing.id == thing.thing.id)
    return bonus


def _elsewhere(
    expected: Sequence[Expected],
    sightings: Sequence[Sighting],
    named: np.ndarray,
    found: Sequence[Match],
    control: Sequence[Sighting],
) -> list[tuple[int, int]]:
    taken_i, taken_j = {m.expected for m in found}, {m.sighting for m in found}
    near = np.zeros(named.shape)
    for i, thing in enumerate(expected):
        place = thing.box or thing.whole
        for j, sighting in enumerate(sightings):
            free = named[i, j] and i not in taken_i and j not in taken_j and sighting.score >= CLEAR_SCORE
            doubled = any(iou(sighting.box, sightings[k].box) >= AT_PLACE_IOU for k in taken_j)
            if place is None or not free or doubled or _is_known(sighting, control):
                continue
            if _is_outdone(sighting, sightings) or _is_in_unnamed(sighting, expected):
                continue
            same = sighting.thing is not None and sighting.thing.id == thing.thing.id
            near[i, j] = 1.0 / (1.0 + np.hypot(*_offset(place, sighting.box))) + 10.0 * same
    return _assigned(near)


def _is_in_unnamed(sighting: Sighting, expected: Sequence[Expected]) -> bool:
    """Whether a sighting lies inside an object that no class covers: then it is what the detectors make of that."""
    return sighting.thing is None and any(
        not thing.names and thing.whole is not None and share_inside(sighting.box, thing.whole) >= PART_SHARE
        for thing in expected
    )


def _offset(a: Sequence[float], b: Sequence[float]) -> tuple[float, float]:
    return (a[0] + a[2] - b[0] - b[2]) / 2.0, (a[1] + a[3] - b[1] - b[3]) / 2.0


def _assigned(value: np.ndarray) -> list[tuple[int, int]]:
    """Pairs of the best total value; those of no value are left out."""
    from scipy.optimize import linear_sum_assignment  # slow to import

    rows, columns = linear_sum_assignment(value, maximize=True)
    return [(int(i), int(j)) for i, j in zip(rows, columns, strict=True) if value[i, j] > 0.0]


def _is_known(sighting: Sighting, control: Sequence[Sighting]) -> bool:
    """Whether the detectors see the same at the same spot of a true render, nearly as clearly."""
    return any(
        same.label == sighting.label
        and same.score >= RIVAL * sighting.score
        and iou(same.box, sighting.box) >= AT_PLACE_IOU
        for same in control
    )


def _is_outdone(sighting: Sighting, sightings: Sequence[Sighting]) -> bool:
    """Whether another class is far surer at the same spot: that is then what stands there."""
    return sighting.thing is None and any(
        other.label != sighting.label
        and sighting.score < RIVAL * other.score
        and iou(sighting.box, other.box) >= SAME_SPOT_IOU
        for other in sightings
    )


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


def object_checks(
    expected: Sequence[Expected],
    sightings: Sequence[Sighting],
    found: Sequence[Match],
    reader: Reader,
    picture_px: int,
    control: Sequence[Sighting] = (),
) -> tuple[ObjectCheck, ...]:
    """The verdict on every object of the scene, in its order; `control` is what true renders of it look like."""
    by_object = {match.expected: match for match in found}
    taken = {match.sighting for match in found}
    free = [sighting for j, sighting in enumerate(sightings) if j not in taken and sighting.score >= CLEAR_SCORE]
    loose = [sighting for j, sighting in enumerate(sightings) if j not in taken]
    checks = []
    for i, thing in enumerate(expected):
        reason = unseen_reason(thing, reader, picture_px)
        match = by_object.get(i)
        if match is None:
            other = _in_its_place(thing, free)
            reason = reason or _unsure_reason(thing, loose, sightings, control)
            reason = reason or _confused_reason(thing, other, control) or _hidden_reason(thing, other, free, control)
            checks.append(_unmatched(thing, reason, other))
        else:
            checks.append(_matched(thing, sightings[match.sighting], match.iou, reader, reason))
    return tuple(checks)


def _unsure_reason(
    thing: Expected,
    loose: Sequence[Sighting],
    sightings: Sequence[Sighting],
    control: Sequence[Sighting],
) -> str:
    """Why an object that was not found may be there all the same; empty if nothing speaks for it.

    `loose` are the sightings that are no object's; what a true render shows at the same spot speaks for nothing.
    """
    label = thing.thing.label
    for sighting in loose:
        if sighting.thing is not None or not same_name(thing, sighting) or _is_outdone(sighting, sightings):
            continue
        there = overlap(thing, sighting.box) >= ELSEWHERE_IOU
        if there or not _is_known(sighting, control):
            place = "there" if there else "elsewhere"
            return f"Something like a {label} is seen {place}, but too faintly ({sighting.score:.2f})."
    return ""


def _in_its_place(thing: Expected, free: Sequence[Sighting]) -> Sighting | None:
    """The surest sighting of something else where an object should be."""
    return max((s for s in free if overlap(thing, s.box) >= AT_PLACE_IOU), key=lambda s: s.score, default=None)


def _confused_reason(thing: Expected, other: Sighting | None, control: Sequence[Sighting]) -> str:
    """Why what is seen in an object's place may be that object: the detectors see it so in a true render too."""
    if other is None or other.thing is not None:
        return ""
    same = [s for s in control if s.label == other.label and iou(s.box, other.box) >= AT_PLACE_IOU]
    if not any(s.score >= FAINTEST_SCORE for s in same):
        return ""
    name = thing.thing.label
    return f"A {other.label} is seen in the place of the {name}, but the detectors take the {name} for one at times."


def _hidden_reason(
    thing: Expected, other: Sighting | None, free: Sequence[Sighting], control: Sequence[Sighting]
) -> str:
    """Why an object that is not seen may be hidden: something that a true render does not show is before its place."""
    place = thing.box or thing.whole
    if other is not None or place is None:
        return ""
    for sighting in free:
        covered = share_inside(place, sighting.box)
        if sighting.thing is None and covered >= HIDING_SHARE and not _is_known(sighting, control):
            return f"A {sighting.label} that nobody asked for can hide the {thing.thing.label}."
    return ""


def _plain(thing: Expected) -> ObjectCheck:
    return ObjectCheck(id=thing.thing.id, label=thing.thing.label, verdict="found", expected=thing.box or thing.whole)


def _matched(thing: Expected, seen: Sighting, fit: float, reader: Reader, reason: str) -> ObjectCheck:
    check = _plain(thing).replace(seen_as=seen.label, score=min(seen.score, 1.0), iou=min(fit, 1.0), found=seen.box)
    name = thing.thing.label
    if fit >= AT_PLACE_IOU:
        return check
    if reason:
        return check.replace(verdict="cannot decide", why=reason)
    if reader == "detectors" and fit >= ELSEWHERE_IOU:
        why = f"What is seen of the {name} overlaps its place by {fit:.2f}: too little to be at it, too much to be off."
        return check.replace(verdict="cannot decide", why=why)
    return check.replace(verdict="wrong place", why=f"The {name} is {_where(thing, seen)} of where it should be.")


def _where(thing: Expected, seen: Sighting) -> str:
    place = thing.box or thing.whole or seen.box
    right, down = _offset(seen.box, place)
    if max(abs(right), abs(down)) < 0.15 * max(place[2] - place[0], place[3] - place[1]):
        return "bigger or smaller in the picture, before or behind"
    if abs(right) >= abs(down):
        return "to the right" if right > 0 else "to the left"
    return "below" if down > 0 else "above"


def _unmatched(thing: Expected, reason: str, other: Sighting | None) -> ObjectCheck:
    check = _plain(thing)
    if reason:
        return check.replace(verdict="cannot decide", why=reason)
    if other is None:
        return check.replace(verdict="missing", why=f"No {thing.thing.label} is seen.")
    why = f"A {other.label} is seen in the place of the {thing.thing.label}."
    return check.replace(verdict="missing", seen_as=other.label, score=other.score, found=other.box, why=why)


def extra_checks(
    expected: Sequence[Expected],
    sightings: Sequence[Sighting],
    found: Sequence[Match],
    control: Sequence[Sighting],
    checks: Sequence[ObjectCheck],
) -> tuple[ObjectCheck, ...]:
    """Things in the picture that nobody asked for; `checks` are the verdicts on those that were.

    Not extra is what stands at the place of an object (another name for it, or what took its place), what lies inside
    one that no class covers (books in a bookcase), what the detectors see at the same spot in a true render, and what
    lies inside something larger that a true render does not show there: it can be a part of that (the shoe of somebody
    who moved is read as a skateboard), and no true render tells what its parts look like at that spot.
    """
    taken = {match.sighting for match in found}
    taken_ids = {check.id for check in checks}
    replacing = {check.found for check in checks if check.verdict == "missing"}
    extras: list[ObjectCheck] = []
    for j, sighting in enumerate(sightings):
        if j in taken or sighting.score < EXTRA_SCORE or sighting.box in replacing:
            continue
        if _is_outdone(sighting, sightings):
            continue
        if sighting.thing is None and _is_explained(sighting, expected, sightings, taken, control):
            continue
        if any(iou(sighting.box, extra.found) >= SAME_SPOT_IOU for extra in extras if extra.found):
            continue
        number = len(extras) + 1
        while f"extra-{number}" in taken_ids:
            number += 1_000
        why = f"Nobody asked for this {sighting.label}."
        check = ObjectCheck(id=f"extra-{number}", label=sighting.label, verdict="extra", why=why)
        extras.append(check.replace(seen_as=sighting.label, score=min(sighting.score, 1.0), found=sighting.box))
    return tuple(extras)


def _is_explained(
    sighting: Sighting,
    expected: Sequence[Expected],
    sightings: Sequence[Sighting],
    taken: set[int],
    control: Sequence[Sighting],
) -> bool:
    at_place = any(overlap(thing, sighting.box) >= AT_PLACE_IOU for thing in expected)
    part = any(
        other.score >= CLEAR_SCORE
        and share_inside(sighting.box, other.box) >= PART_SHARE
        and area_px(sighting.box) <= PART_AREA * area_px(other.box)
        and not _is_known(other, control)
        for other in sightings
    )
    doubled = any(iou(sighting.box, sightings[j].box) >= AT_PLACE_IOU for j in taken)
    return at_place or _is_in_unnamed(sighting, expected) or part or doubled or _is_known(sighting, control)


def with_control(expected: Sequence[Expected], controls: Sequence[Sequence[Sighting]]) -> tuple[Expected, ...]:
    """The expectations with what the detectors see of each object in true renders, each sighting of one object only.

    `controls` are the sightings in several versions of the same render (other light, noise): the box is that of the
    first one, the score the lowest of all, so that only what is seen in every version counts as seen.
    """
    first: dict[int, Sighting] = {}
    lowest = dict.fromkeys(range(len(expected)), 1.0)
    for number, control in enumerate(controls):
        fit = np.zeros((len(expected), len(control)))
        for i, thing in enumerate(expected):
            for j, sighting in enumerate(control):
                if same_name(thing, sighting) and not _is_outdone(sighting, control):
                    fit[i, j] = _control_fit(thing, sighting)
        seen = {i: control[j] for i, j in _assigned(fit)}
        if number == 0:
            first = seen
        for i in lowest:
            lowest[i] = min(lowest[i], seen[i].score if i in seen else 0.0)
    return tuple(
        replace(thing, control=first[i].box, control_score=lowest[i]) if i in first else thing
        for i, thing in enumerate(expected)
    )


def _control_fit(thing: Expected, sighting: Sighting) -> float:
    """How well a sighting in a true render fits an object; a telling part of it will do."""
    fit = overlap(thing, sighting.box)
    part = thing.whole is not None and share_inside(sighting.box, thing.whole) >= 0.85
    return fit + 0.05 * sighting.score if fit >= ELSEWHERE_IOU or part else 0.0
