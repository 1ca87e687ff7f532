"""Scene, expectation and sightings -> report: the whole check once the picture has been read."""

from collections.abc import Mapping, Sequence

from sd3studio.core.checking.doubting import unseen_reason
from sd3studio.core.checking.expecting import Expected, Sighting, best_place
from sd3studio.core.checking.lifting import placements
from sd3studio.core.checking.matching import Match, extra_checks, matches, object_checks
from sd3studio.core.checking.relating import DERIVED, relation_checks, relations_to_check
from sd3studio.core.checking.report import AttributeCheck, CheckReport, ObjectCheck, Reader
from sd3studio.core.checking.sameness import AT_PLACE_IOU, ELSEWHERE_IOU
from sd3studio.core.scene.camera import Camera
from sd3studio.core.scene.value import BoxPx
from sd3studio.core.scene.values import Scene, SceneObject

UNCOVERED = 0.9
"""A thing of which less than this share shows is covered in part."""


def judge(
    scene: Scene,
    camera: Camera,
    expected: Sequence[Expected],
    sightings: Sequence[Sighting],
    reader: Reader,
    control: Sequence[Sighting] = (),
    derived: int = DERIVED,
    colours: Mapping[str, tuple[AttributeCheck, ...]] | None = None,
    parts: Sequence[Sighting] = (),
) -> CheckReport:
    """The verdicts on a picture.

    Parameters
    ----------
    scene : what the picture should show
    camera : that the picture was seen with, in the picture's size
    expected : where each solid object of the scene should be, in the scene's order
    sightings : what was seen
    control : what the same detectors see in a true render of the scene
    derived : at most so many relations besides the stored ones
    colours : object id -> verdicts on its colours, for objects at their places
    parts : what a closer look shows inside of what was seen, and may be a thing of its own
    """
    found = matches(expected, sightings, control)
    picture_px = camera.width * camera.height
    objects = object_checks(expected, sightings, found, reader, picture_px, control, parts)
    extras = extra_checks(expected, sightings, found, control, objects)
    at = _placements(camera, expected, sightings, found, objects)
    tellable = {e.thing.id for e in expected if not unseen_reason(e, reader, picture_px)}
    relations = relation_checks(scene, relations_to_check(scene, derived, tellable), objects, at, camera, reader)
    told = colours or {}
    objects = tuple(
        check.replace(attributes=told[check.id]) if check.verdict == "found" and check.id in told else check
        for check in objects
    )
    return CheckReport(
        width=camera.width, height=camera.height, reader=reader, objects=(*objects, *extras), relations=relations
    )


def _placements(
    camera: Camera,
    expected: Sequence[Expected],
    sightings: Sequence[Sighting],
    found: Sequence[Match],
    objects: Sequence[ObjectCheck],
) -> dict[str, tuple[SceneObject, ...]]:
    """Object id -> where it can stand, for those that were found at their place or elsewhere."""
    known: dict[str, tuple[SceneObject, ...]] = {}
    for match in found:
        if objects[match.expected].verdict == "cannot decide":
            continue
        thing, seen = expected[match.expected], sightings[match.sighting]
        if seen.thing is not None:
            known[thing.thing.id] = (seen.thing.replace(id=thing.thing.id, parent=None),)
            continue
        spots = [
            spot for place in _places(thing, seen, match) for spot in placements(camera, thing.thing, place, seen.box)
        ]
        if match.iou >= AT_PLACE_IOU:
            spots.append(thing.thing)  # a box that something new covers in part tells of no shift
        known[thing.thing.id] = tuple({spot.center: spot for spot in spots}.values())
    return known


def _places(thing: Expected, seen: Sighting, match: Match) -> list[BoxPx]:
    """The boxes with which what is seen of a thing is compared to tell how it moved.

    At its place that which fits best. Elsewhere what the detectors see in a true render; of what other things cover
    there in part the whole too, for it may be covered by nothing where it is now.
    """
    if match.iou >= ELSEWHERE_IOU:
        place = best_place(thing, seen.box)
        return [] if place is None else [place]
    covered = thing.seen_px < UNCOVERED * thing.whole_px
    usual = thing.control or best_place(thing, seen.box)
    return list(dict.fromkeys(place for place in (usual, thing.whole if covered else None) if place is not None))
