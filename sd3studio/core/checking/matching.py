"""Which sighting is which object of the scene, and the verdict on each object."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sd3studio.core.checking.doubting import Seen, doubt, unseen_reason
from sd3studio.core.checking.expecting import Expected, Sighting, area_px, iou, overlap, share_inside
from sd3studio.core.checking.report import ObjectCheck, Reader
from sd3studio.core.checking.sameness import (
    AT_PLACE_IOU,
    CLEAR_SCORE,
    ELSEWHERE_IOU,
    EXTRA_SCORE,
    LOWEST_SCORE,
    SAME_SPOT_IOU,
    is_known,
    is_outdone,
    same_name,
)

PART_SHARE, PART_AREA = 0.7, 0.5
"""From what share of it inside another box on a sighting can be a part of that, and how large it is of that at most."""


@dataclass(frozen=True, slots=True)
class Match:
    """Object number `expected` is what was sighted as number `sighting`; `iou` is the overlap of the two."""

    expected: int
    sighting: int
    iou: float


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
    fit[:, [is_outdone(s, sightings) for s in sightings]] = 0.0
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
            if place is None or not free or doubled or is_known(sighting, control):
                continue
            if is_outdone(sighting, sightings) or _is_in_unnamed(sighting, expected):
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


def object_checks(
    expected: Sequence[Expected],
    sightings: Sequence[Sighting],
    found: Sequence[Match],
    reader: Reader,
    picture_px: int,
    control: Sequence[Sighting] = (),
    parts: Sequence[Sighting] = (),
) -> tuple[ObjectCheck, ...]:
    """The verdict on every object of the scene, in its order.

    Parameters
    ----------
    control : what true renders of the scene look like
    parts : what a closer look shows inside of what was seen, and may be a thing of its own
    """
    by_object = {match.expected: match for match in found}
    taken = {match.sighting for match in found}
    loose = tuple(sighting for j, sighting in enumerate(sightings) if j not in taken)
    placed = {expected[match.expected].thing.id: sightings[match.sighting] for match in found}
    seen = Seen(expected, sightings, loose, placed, control, parts)
    checks = []
    for i, thing in enumerate(expected):
        reason = unseen_reason(thing, reader, picture_px)
        match = by_object.get(i)
        if match is None:
            other = seen.in_place_of(thing)
            if reader == "detectors":
                reason = reason or doubt(thing, other, seen)
            checks.append(_unmatched(thing, reason, other))
        else:
            checks.append(_matched(thing, sightings[match.sighting], match.iou, reader, reason))
    return tuple(checks)


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
    who moved is read as a skateboard), and no true render tells what its parts look like at that spot. Of two clear
    sightings of a kind that are no object's, one inside the other, the larger one is the thing.
    """
    taken = {match.sighting for match in found}
    taken_ids = {check.id for check in checks}
    replacing = {check.found for check in checks if check.verdict == "missing"}
    extras: list[ObjectCheck] = []
    for j, sighting in enumerate(sightings):
        if j in taken or sighting.score < EXTRA_SCORE or sighting.box in replacing:
            continue
        if is_outdone(sighting, sightings):
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
        and not is_known(other, control)
        for other in sightings
    )
    part |= any(
        other.label == sighting.label
        and other.score >= EXTRA_SCORE
        and share_inside(sighting.box, other.box) >= PART_SHARE
        and area_px(sighting.box) < area_px(other.box)
        for j, other in enumerate(sightings)
        if j not in taken
    )
    doubled = any(iou(sighting.box, sightings[j].box) >= AT_PLACE_IOU for j in taken)
    return at_place or _is_in_unnamed(sighting, expected) or part or doubled or is_known(sighting, control)


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
                if same_name(thing, sighting) and not is_outdone(sighting, control):
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
