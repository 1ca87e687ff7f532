"""Clashes: the named set is a clash, no part of it is, and the repairs do what they say."""

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sd3studio.core.edits import SetLocked
from sd3studio.core.errors import SceneError
from sd3studio.core.layout import clashing
from sd3studio.core.layout.clashing import clash_in, repairs
from sd3studio.core.layout.logic import contradict
from sd3studio.core.layout.setting import Setting, State
from sd3studio.core.layout.wishes import HARD, wishes_of
from sd3studio.core.relations.field import grade_of
from sd3studio.core.scene import Camera, Predicate, Relation, Scene, SceneObject

P = Predicate
THINGS = [
    SceneObject(id=key, label=key, center=(2.0 * k, 0.0, 0.5), size=(0.8, 0.8, 1.0)) for k, key in enumerate("abcd")
]
SCENE = Scene.of(THINGS, camera=Camera(position=(3.0, -14.0, 4.0), target=(3.0, 0.0, 0.5)))
SIDES = [P.LEFT_OF, P.RIGHT_OF, P.BEHIND, P.IN_FRONT_OF]


def rel(subject, predicate, other):
    return Relation(subject=subject, predicate=predicate, object=other)


def holds(scene, relation):
    return grade_of(scene, relation.subject, relation.predicate, relation.object, relation.frame) >= 0.5


CIRCLE = (rel("a", P.LEFT_OF, "b"), rel("b", P.LEFT_OF, "c"), rel("c", P.LEFT_OF, "a"))


def test_wishes_that_can_be_met_don_t_clash():
    assert clash_in(SCENE, [rel("d", P.LEFT_OF, "a"), rel("b", P.BEHIND, "c")]) is None


def test_circle_is_named_and_what_has_nothing_to_do_with_it_is_not():
    clash = clash_in(SCENE, [rel("d", P.BEHIND, "a"), *CIRCLE, rel("d", P.NEXT_TO, "a")])
    assert clash.proven and clash.minimal and set(r.key for r in clash.wishes) == {r.key for r in CIRCLE}
    assert clash.sentence.startswith("These can't all be true")


def test_what_the_first_question_takes_is_not_taken_from_the_search(monkeypatch):
    asked = []

    def loads_a_solver_first(*question):
        if not asked:
            time.sleep(0.6)
        asked.append(question)
        return contradict(*question)

    monkeypatch.setattr(clashing, "contradict", loads_a_solver_first)
    clash = clash_in(SCENE, [rel("d", P.BEHIND, "a"), *CIRCLE], limit_s=0.5)
    assert clash.minimal and len(clash.wishes) == len(CIRCLE)


wish_lists = st.lists(
    st.tuples(st.sampled_from("abcd"), st.sampled_from(SIDES), st.sampled_from("abcd")).filter(lambda t: t[0] != t[2]),
    min_size=2, max_size=6, unique=True,
)  # fmt: skip


@given(wish_lists)
@settings(max_examples=40, deadline=None)
def test_named_set_clashes_and_no_part_of_it_does(told):
    wishes = [rel(*one) for one in told]
    setting = Setting.of(SCENE)
    state, listed = State.of(setting), wishes_of(setting, wishes, HARD)
    if not contradict(setting, state, listed):
        return
    clash = clash_in(SCENE, wishes, limit_s=30.0)
    named = wishes_of(setting, clash.wishes, HARD)
    assert clash.minimal and contradict(setting, state, named)
    for left_out in named:
        assert not contradict(setting, state, [one for one in named if one is not left_out])


def test_every_repair_of_a_circle_ends_it():
    scene = SCENE.replace(relations=CIRCLE)
    clash = clash_in(scene, CIRCLE)
    found = repairs(scene, clash, CIRCLE)
    assert len(found) >= 3
    for repair in found:
        after = repair.edit.apply(scene)
        assert all(holds(after, relation) for relation in after.relations), repair.sentence
        assert repair.drops[0] not in after.relations
    assert [len(repair.moves) for repair in found] == sorted(len(repair.moves) for repair in found)


def test_unlocking_is_offered_where_it_helps():
    scene = SetLocked(("a", "b"), True).apply(SCENE)
    wish = rel("b", P.LEFT_OF, "a")
    clash = clash_in(scene, [wish])
    found = repairs(scene, clash)
    unlocking = next(repair for repair in found if repair.sentence.startswith("Unlock"))
    assert holds(unlocking.edit.apply(scene), wish)


def test_relation_that_no_move_changes_is_its_own_clash():
    clash = clash_in(SCENE, [rel("a", P.TALLER, "b")])
    assert clash.wishes == (rel("a", P.TALLER, "b"),) and "can't change" in clash.sentence


def test_unknown_object_is_told():
    with pytest.raises(SceneError, match="'x'"):
        clash_in(SCENE, [rel("a", P.LEFT_OF, "x")])


def test_time_is_bounded_and_what_is_not_known_is_said():
    rng = random.Random(1)
    wishes = {}
    while len(wishes) < 40:
        first, second = rng.sample("abcd", 2)
        one = rel(first, rng.choice(SIDES), second)
        wishes[one.key] = one
    clash = clash_in(SCENE, list(wishes.values()), limit_s=0.0)
    assert clash is not None and not clash.minimal
