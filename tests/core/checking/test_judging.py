"""Verdicts on objects and relations from boxes alone."""

from dataclasses import replace

import pytest
from checking_scene import CAMERA, CAR, CLASSES, DOG, PERSON, STREET, box_of, expect, see
from hypothesis import given, settings
from hypothesis import strategies as st

from sd3studio.core.checking import CheckReport
from sd3studio.core.checking.expecting import Expected, Sighting, detector_names, iou
from sd3studio.core.checking.judging import judge
from sd3studio.core.checking.report import ObjectCheck
from sd3studio.core.scene import Relation, Scene, SceneObject
from sd3studio.core.scene.predicates import Predicate

ALL = [expect(CAR), expect(PERSON), expect(DOG)]


def verdicts(
    sightings: list[Sighting], expected: list[Expected] | None = None, scene: Scene = STREET, **options: object
) -> CheckReport:
    return judge(scene, CAMERA, ALL if expected is None else expected, sightings, "detectors", **options)


def object_of(report: CheckReport, name: str) -> ObjectCheck:
    return next(check for check in report.objects if check.id == name)


def asserted(*relations: tuple[str, Predicate, str]) -> Scene:
    return STREET.replace(relations=tuple(Relation(subject=a, predicate=p, object=b) for a, p, b in relations))


def test_a_picture_with_everything_at_its_place_keeps_all() -> None:
    report = verdicts([see(CAR), see(PERSON), see(DOG)])
    assert [check.verdict for check in report.objects] == ["found"] * 3
    assert report.relations and all(check.verdict == "holds" for check in report.relations)
    assert report.score == 1.0 and report.coverage == 1.0


def test_what_is_not_seen_is_missing_and_breaks_its_relations() -> None:
    scene = asserted(("dog", Predicate.RIGHT_OF, "person"), ("person", Predicate.RIGHT_OF, "car"))
    report = verdicts([see(CAR), see(PERSON)], scene=scene, derived=0)
    assert object_of(report, "dog").verdict == "missing"
    assert [check.verdict for check in report.relations] == ["broken", "holds"]
    assert "dog is missing" in report.relations[0].why
    assert report.score == pytest.approx(3 / 5)


def test_what_is_seen_elsewhere_is_at_the_wrong_place_and_its_relations_are_read_in_space() -> None:
    moved = DOG.replace(center=(-0.5, -2.0, 0.3))
    scene = asserted(("dog", Predicate.RIGHT_OF, "person"), ("dog", Predicate.LEFT_OF, "person"))
    report = verdicts([see(CAR), see(PERSON), see(moved)], scene=scene, derived=0)
    check = object_of(report, "dog")
    assert check.verdict == "wrong place" and "left" in check.why
    assert [relation.verdict for relation in report.relations] == ["broken", "holds"]
    assert report.relations[0].why.startswith("The dog is not to the right of the person")


def test_a_thing_that_took_the_place_of_another_is_named_and_not_counted_twice() -> None:
    report = verdicts([see(CAR), see(PERSON), see(DOG, label="cat")])
    check = object_of(report, "dog")
    assert (check.verdict, check.seen_as) == ("missing", "cat")
    assert not [extra for extra in report.objects if extra.verdict == "extra"]


def test_what_the_detectors_take_a_thing_for_at_times_has_not_replaced_it() -> None:
    cat = see(DOG, label="cat")
    faint = [replace(cat, score=0.1)]
    check = object_of(verdicts([see(CAR), see(PERSON), cat], control=faint), "dog")
    assert check.verdict == "cannot decide" and "for one at times" in check.why
    check = object_of(verdicts([see(CAR), see(PERSON), see(DOG, label="bear")], control=faint), "dog")
    assert (check.verdict, check.seen_as) == ("missing", "bear")


def test_what_the_detectors_make_of_a_thing_that_no_class_covers_is_not_something_that_moved_there() -> None:
    seen = [see(PERSON), see(CAR, label="dog")]
    unnamed = replace(expect(CAR), names=frozenset())
    assert object_of(verdicts(seen, [unnamed, expect(PERSON), expect(DOG)]), "dog").verdict == "cannot decide"
    assert object_of(verdicts(seen), "dog").verdict == "wrong place"


def test_what_something_unexpected_can_hide_is_not_missing() -> None:
    x0, y0, x1, y1 = see(DOG).box
    before = Sighting("suitcase", 0.8, ((x0 + x1) / 2.0, y0, x1 + (x1 - x0), y1))
    check = object_of(verdicts([see(CAR), see(PERSON), before]), "dog")
    assert check.verdict == "cannot decide" and "can hide" in check.why
    assert object_of(verdicts([see(CAR), see(PERSON), before], control=[before]), "dog").verdict == "missing"


def test_what_nobody_asked_for_is_extra() -> None:
    stranger = PERSON.replace(id="stranger", center=(-0.2, -3.0, 0.85))
    report = verdicts([see(CAR), see(PERSON), see(DOG), see(stranger)])
    extras = [check for check in report.objects if check.verdict == "extra"]
    assert [(extra.id, extra.label) for extra in extras] == [("extra-1", "person")]
    assert report.score < 1.0


def test_what_the_detectors_make_of_a_true_render_is_not_extra() -> None:
    ghost = see(PERSON.replace(center=(-0.2, -3.0, 0.85)))
    assert len(verdicts([see(CAR), see(PERSON), see(DOG), ghost], control=[ghost]).objects) == 3


def test_what_can_be_a_part_of_something_that_moved_is_not_extra() -> None:
    moved = see(PERSON.replace(center=(-0.2, -3.0, 0.85)))
    x0, y0, x1, y1 = moved.box
    shoe = Sighting("skateboard", 0.9, (x0, y1 - 0.2 * (y1 - y0), x0 + 0.6 * (x1 - x0), y1))
    seen = [see(CAR), see(DOG), moved, shoe]
    assert [check.label for check in verdicts(seen).objects] == ["car", "person", "dog"]
    at_place = [see(CAR), see(DOG), see(PERSON), shoe]  # nobody is there that it could be a part of
    assert [check.label for check in verdicts(at_place).objects][3:] == ["skateboard"]


def test_nothing_is_called_missing_that_a_true_render_does_not_show_to_the_detectors() -> None:
    report = verdicts([see(CAR), see(PERSON)], [expect(CAR), expect(PERSON), expect(DOG, control=0.0)])
    check = object_of(report, "dog")
    assert check.verdict == "cannot decide" and "true render" in check.why
    assert all(kept is not False for kept in report.statements)


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"names": frozenset()}, "class"),
        ({"seen_px": 10}, "shows behind"),
        ({"seen_px": 40, "whole_px": 45}, "too small"),
        ({"seen_px": 0, "whole_px": 0, "box": None, "whole": None, "control": None}, "outside"),
    ],
)
def test_what_could_not_be_seen_is_not_decided_and_says_why(changes: dict, word: str) -> None:
    report = verdicts([see(CAR), see(PERSON)], [expect(CAR), expect(PERSON), replace(expect(DOG), **changes)])
    check = object_of(report, "dog")
    assert check.verdict == "cannot decide" and word in check.why


def test_a_hidden_thing_that_is_seen_all_the_same_counts_as_found() -> None:
    dim = replace(expect(DOG), seen_px=10)
    assert object_of(verdicts([see(DOG)], [dim], Scene.of([DOG], camera=CAMERA)), "dog").verdict == "found"


def test_a_box_between_here_and_elsewhere_is_not_decided() -> None:
    x0, y0, x1, y1 = box_of(PERSON)
    shift = 0.45 * (x1 - x0)
    half = Sighting("person", 0.9, (x0 + shift, y0, x1 + shift, y1))
    report = verdicts([see(CAR), half, see(DOG)])
    assert 0.3 < iou(half.box, box_of(PERSON)) < 0.5
    assert object_of(report, "person").verdict == "cannot decide"


def test_two_of_a_kind_are_told_apart_by_their_places() -> None:
    other = PERSON.replace(id="person-2", center=(0.2, -0.5, 0.85))
    scene = STREET.with_objects(other)
    report = verdicts([see(CAR), see(other), see(DOG)], [*ALL, expect(other)], scene)
    assert object_of(report, "person-2").verdict == "found"
    assert object_of(report, "person").verdict == "missing"


def test_a_faint_sighting_does_not_count_against_a_clear_one_of_another_class() -> None:
    report = verdicts([see(CAR), see(PERSON), see(DOG, 0.2), see(DOG, 0.9, "cat")])
    assert object_of(report, "dog").verdict == "missing"


def test_facing_is_not_decided_by_boxes() -> None:
    report = verdicts([see(CAR), see(PERSON), see(DOG)], scene=asserted(("person", Predicate.FACING, "car")), derived=0)
    assert report.relations[0].verdict == "cannot decide" and "which way" in report.relations[0].why


def test_what_is_meant_from_a_things_own_side_is_not_decided_by_boxes() -> None:
    relation = Relation(subject="person", predicate=Predicate.RIGHT_OF, object="car", frame="object")
    report = verdicts([see(CAR), see(PERSON), see(DOG)], scene=STREET.replace(relations=(relation,)), derived=0)
    assert report.relations[0].verdict == "cannot decide"


def test_a_report_fits_another_size_of_the_picture() -> None:
    report = verdicts([see(CAR), see(PERSON)])
    larger = report.scaled(2 * CAMERA.width, 2 * CAMERA.height)
    assert larger.objects[0].expected == pytest.approx([2 * v for v in report.objects[0].expected or ()])
    assert larger.objects[2].found is None and larger.score == report.score


def test_depth_is_read_from_size_and_foot() -> None:
    scene = asserted(("person", Predicate.IN_FRONT_OF, "car"))
    behind = PERSON.replace(center=(-2.0, 7.0, 0.85))
    near = PERSON.replace(center=(-2.0, -4.0, 0.85))
    for place, verdict in ((behind, "broken"), (near, "holds")):
        report = verdicts([see(CAR), see(place), see(DOG)], scene=scene, derived=0)
        assert report.relations[0].verdict == verdict, place


def test_a_drawn_object_is_judged_by_its_own_placement_and_heading() -> None:
    turned = PERSON.replace(yaw=-1.5708)
    drawn = [replace(see(item), thing=item) for item in (CAR, turned, DOG)]
    scene = asserted(("person", Predicate.FACING, "car"), ("person", Predicate.FACING, "dog"))
    report = judge(scene, CAMERA, ALL, drawn, "id map", derived=0)
    assert [check.verdict for check in report.relations] == ["holds", "broken"]


@pytest.mark.parametrize(
    ("label", "category", "names"),
    [
        ("red car", "car", {"car"}),
        ("armchair", "armchair", {"chair", "couch"}),
        ("oak table", None, {"dining table"}),
        ("old man", None, {"person"}),
        ("floor lamp", "floor lamp", set()),
        ("dog house", None, set()),
    ],
)
def test_names_of_detectors_for_things(label: str, category: str | None, names: set[str]) -> None:
    assert detector_names(SceneObject(id="x", label=label, category=category), CLASSES) == names


def test_reports_survive_json() -> None:
    report = verdicts([see(CAR), see(PERSON, 0.3)])
    assert CheckReport.model_validate_json(report.model_dump_json()) == report
    data = report.data()
    assert 0.0 <= data["score"] <= 1.0 and {"objects", "relations", "coverage", "counts"} <= set(data)


@settings(max_examples=40, deadline=None)
@given(st.permutations(range(3)), st.sets(st.integers(0, 2)))
def test_the_order_of_sightings_changes_nothing(order: list[int], kept: set[int]) -> None:
    seen = [see(CAR), see(PERSON), see(DOG)]
    chosen = [seen[i] for i in order if i in kept]
    report = verdicts(chosen)
    assert report == verdicts([seen[i] for i in sorted(kept)])
    assert report.counts()["found"] == len(kept) and 0.0 <= report.score <= 1.0


def test_a_very_faint_sighting_at_the_place_forbids_to_call_a_thing_missing() -> None:
    report = verdicts([see(CAR), see(PERSON), see(DOG, 0.08)])
    assert object_of(report, "dog").verdict == "cannot decide"
    assert (
        object_of(verdicts([see(CAR), see(PERSON), see(DOG, 0.08), see(DOG, 0.9, "cat")]), "dog").verdict == "missing"
    )


def test_what_a_true_render_shows_elsewhere_too_is_not_a_thing_that_moved() -> None:
    ghost = see(DOG.replace(center=(-0.5, -2.5, 0.3)))
    assert object_of(verdicts([see(CAR), see(PERSON), ghost], control=[ghost]), "dog").verdict == "missing"
    assert object_of(verdicts([see(CAR), see(PERSON), ghost]), "dog").verdict == "wrong place"


def test_a_thing_at_its_place_whose_box_is_cut_may_stand_where_it_was_laid_out() -> None:
    dog = DOG.replace(center=(1.9, 0.2, 0.3))
    scene = asserted(("person", Predicate.IN_FRONT_OF, "dog")).with_objects(dog)
    x0, y0, x1, y1 = box_of(PERSON)
    cut = Sighting("person", 0.9, (x0, y0, x1, y0 + 0.6 * (y1 - y0)))  # something stands before the legs
    expected = [expect(CAR), expect(PERSON), expect(dog)]
    whole, part = (verdicts([see(CAR), one, see(dog)], expected, scene, derived=0) for one in (see(PERSON), cut))
    assert object_of(part, "person").verdict == "found"
    assert (whole.relations[0].verdict, part.relations[0].verdict) == ("holds", "cannot decide")


def test_what_is_covered_in_its_place_may_be_whole_elsewhere() -> None:
    scene = asserted(("dog", Predicate.IN_FRONT_OF, "person"))
    dog = DOG.replace(center=(1.9, -2.4, 0.3))
    x0, y0, x1, y1 = box_of(PERSON)
    upper = (x0, y0, x1, y0 + 0.5 * (y1 - y0))
    hidden = replace(expect(PERSON), box=upper, control=upper, seen_px=1_000, whole_px=2_000)
    moved = PERSON.replace(center=(2.2, -1.0, PERSON.center[2]))
    scene = scene.with_objects(dog)
    report = verdicts([see(CAR), see(moved), see(dog)], [expect(CAR), hidden, expect(dog)], scene, derived=0)
    assert object_of(report, "person").verdict == "wrong place"
    assert report.relations[0].verdict != "broken"  # twice as high is no proof that it is nearer than the dog


def test_of_two_sightings_of_one_thing_the_larger_one_is_extra() -> None:
    part, whole = Sighting("cat", 0.8, (40, 300, 80, 360)), Sighting("cat", 0.7, (40, 300, 115, 360))
    report = verdicts([see(CAR), see(PERSON), see(DOG), part, whole])
    extras = [check for check in report.objects if check.verdict == "extra"]
    assert [check.found for check in extras] == [whole.box]
    x0, y0, _, _ = see(CAR).box
    before = Sighting("car", 0.9, (x0, y0, x0 + 50.0, y0 + 40.0))  # another one before the car that is at its place
    report = verdicts([see(CAR), see(PERSON), see(DOG), before], control=[see(CAR)])
    assert [check.found for check in report.objects if check.verdict == "extra"] == [before.box]
