"""When the check does not call a thing missing that was not found: it can be there all the same."""

from dataclasses import replace

import pytest
from checking_scene import CAMERA, CAR, DOG, PERSON, STREET, expect, see, thing

from sd3studio.core.checking.expecting import Sighting
from sd3studio.core.checking.judging import judge
from sd3studio.core.checking.report import ObjectCheck
from sd3studio.core.scene import Scene

OTHER = thing("person-2", (2.4, -1.0), (0.5, 0.4, 1.7))
TWO = Scene.of([CAR, PERSON, OTHER], camera=CAMERA)


def check_of(name, sightings, expected, scene=STREET, **options) -> ObjectCheck:
    report = judge(scene, CAMERA, expected, sightings, options.pop("reader", "detectors"), **options)
    return next(check for check in report.objects if check.id == name)


def grown(sighting: Sighting, share: float) -> Sighting:
    """The sighting with its box wider to the right by a share of its width."""
    x0, y0, x1, y1 = sighting.box
    return replace(sighting, box=(x0, y0, x1 + share * (x1 - x0), y1))


@pytest.mark.parametrize(("share", "verdict"), [(0.1, "missing"), (0.6, "cannot decide")])
def test_what_can_be_one_with_another_of_its_kind_is_not_missing(share, verdict):
    expected = [expect(CAR), expect(PERSON), expect(OTHER)]
    check = check_of("person-2", [see(CAR), grown(see(PERSON), share)], expected, TWO)
    assert check.verdict == verdict
    assert verdict == "missing" or "may be both" in check.why


def test_a_larger_thing_of_another_kind_is_no_reason():
    expected = [expect(CAR), expect(PERSON), expect(DOG)]
    assert check_of("dog", [see(CAR), grown(see(PERSON), 0.6)], expected).verdict == "missing"


@pytest.mark.parametrize(("share", "verdict"), [(0.4, "cannot decide"), (0.8, "missing")])
def test_what_was_to_show_only_beside_something_that_is_not_found_is_not_missing(share, verdict):
    table = thing("chair", (1.6, -1.6), (0.8, 0.5, 1.2))
    scene = Scene.of([CAR, PERSON, table], camera=CAMERA)
    whole = expect(PERSON)
    half = replace(whole, seen_px=round(share * whole.whole_px))
    expected = [expect(CAR), half, expect(table)]
    check = check_of("person", [see(CAR)], expected, scene)
    assert check.verdict == verdict
    with_hider = check_of("person", [see(CAR), see(table)], expected, scene)
    assert with_hider.verdict == "missing"


def test_what_a_closer_look_shows_at_its_place_inside_of_another_sighting_is_a_doubt():
    expected = [expect(CAR), expect(PERSON), expect(OTHER)]
    seen = [see(CAR), see(PERSON)]
    assert check_of("person-2", seen, expected, TWO).verdict == "missing"
    check = check_of("person-2", seen, expected, TWO, parts=[replace(see(OTHER), score=0.4)])
    assert check.verdict == "cannot decide" and "closer look" in check.why
    assert check_of("person-2", seen, expected, TWO, parts=[see(CAR)]).verdict == "missing"


def test_an_id_map_has_no_such_doubts():
    table = thing("chair", (1.6, -1.6), (0.8, 0.5, 1.2))
    scene = Scene.of([CAR, PERSON, table], camera=CAMERA)
    whole = expect(PERSON)
    expected = [expect(CAR), replace(whole, seen_px=round(0.4 * whole.whole_px)), expect(table)]
    drawn = [replace(see(CAR), thing=CAR)]
    assert check_of("person", drawn, expected, scene, reader="id map").verdict == "missing"
