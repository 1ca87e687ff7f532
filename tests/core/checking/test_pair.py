"""The verdict on a pair in a picture: what is told, what is not, and that it obeys the laws of the relation."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sd3studio.core.checking.expecting import Sighting
from sd3studio.core.checking.pair import SIGNS, judge_pair
from sd3studio.core.scene.predicates import INVERSE, Predicate

SIDE = 400
boxes = st.tuples(*[st.floats(0, SIDE - 80)] * 2, *[st.floats(40, 75)] * 2).map(
    lambda b: (b[0], b[1], b[0] + b[2], b[1] + b[3])
)


def judged(seen, predicate, first="dog", second="chair"):
    return judge_pair(seen, first, predicate, second, SIDE, SIDE).outcome


@given(boxes, boxes, st.sampled_from(sorted(SIGNS)))
def test_the_inverse_relation_of_the_swapped_pair_has_the_same_verdict(a, b, predicate):
    seen = [Sighting("dog", 0.9, a), Sighting("chair", 0.8, b)]
    assert judged(seen, predicate) == judged(seen, INVERSE[predicate], "chair", "dog")


@given(boxes, boxes, st.sampled_from(sorted(SIGNS)))
def test_a_relation_and_its_opposite_never_both_pass(a, b, predicate):
    seen = [Sighting("dog", 0.9, a), Sighting("chair", 0.8, b)]
    outcomes = {judged(seen, predicate), judged(seen, INVERSE[predicate])}
    assert outcomes in ({"pass", "fail"}, {"undecided"})


@pytest.mark.parametrize(
    ("predicate", "outcome"),
    [
        (Predicate.LEFT_OF, "pass"), (Predicate.RIGHT_OF, "fail"), (Predicate.ABOVE, "undecided"),
        (Predicate.BEHIND, "undecided"),
    ],
)  # fmt: skip
def test_side_by_side(predicate, outcome):
    seen = [Sighting("dog", 0.9, (20, 200, 120, 300)), Sighting("chair", 0.9, (250, 190, 380, 310))]
    assert judged(seen, predicate) == outcome


def test_the_nearer_thing_reaches_lower_in_the_picture():
    near, far = (150, 200, 250, 350), (160, 120, 240, 220)
    assert judged([Sighting("dog", 0.9, near), Sighting("chair", 0.9, far)], Predicate.IN_FRONT_OF) == "pass"
    assert judged([Sighting("dog", 0.9, far), Sighting("chair", 0.9, near)], Predicate.IN_FRONT_OF) == "fail"


@pytest.mark.parametrize(
    "seen",
    [
        [Sighting("dog", 0.9, (0, 0, 100, 100))],
        [Sighting("dog", 0.9, (0, 0, 100, 100)), Sighting("chair", 0.1, (300, 0, 400, 100))],
        [Sighting("dog", 0.9, (0, 0, 100, 100)), Sighting("chair", 0.9, (300, 0, 315, 15))],
        [Sighting("dog", 0.9, (0, 0, 90, 90)), *[Sighting("chair", 0.8, (x, 0, x + 60, 90)) for x in (200, 300)]],
    ],
    ids=["one is missing", "one is unsure", "one is tiny", "two of a kind"],
)
def test_it_abstains(seen):
    assert judged(seen, Predicate.LEFT_OF) == "undecided"
