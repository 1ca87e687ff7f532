"""What is wrong with stored relations: the named set is the smallest, and every offered repair does what it says."""

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from sd3studio.core.layout.clashing import clash_in
from sd3studio.core.layout.explaining import connected_wishes, explain
from sd3studio.core.relations import conflicts
from sd3studio.core.scene import Camera, Predicate, Relation, Scene, SceneObject

P = Predicate
SIDES = (P.LEFT_OF, P.RIGHT_OF, P.BEHIND, P.IN_FRONT_OF)
THINGS = [
    SceneObject(id=key, label=key, center=(2.0 * k, 0.0, 0.5), size=(0.8, 0.8, 1.0)) for k, key in enumerate("abcde")
]
SCENE = Scene.of(THINGS, camera=Camera(position=(4.0, -14.0, 4.0), target=(4.0, 0.0, 0.5)))


def rel(subject, predicate, other, **fields):
    return Relation(subject=subject, predicate=predicate, object=other, **fields)


def with_relations(*relations):
    return SCENE.replace(relations=relations)


def test_nothing_is_explained_where_all_is_well():
    assert explain(with_relations(rel("a", P.LEFT_OF, "b"))) is None


def test_what_only_lies_elsewhere_is_moved_with_one_click():
    scene = with_relations(rel("a", P.RIGHT_OF, "b"), rel("c", P.LEFT_OF, "d"))
    found = explain(scene)
    assert found.clash is None and "should be to the right of" in found.sentence
    first, *others = found.repairs
    assert first.sentence.startswith("Move the a") and not conflicts(first.edit.apply(scene))
    assert any(repair.sentence.startswith("Say what is so: the a is to the left of the b") for repair in others)
    for repair in found.repairs:
        after = repair.edit.apply(scene)
        assert not conflicts(after) and rel("c", P.LEFT_OF, "d") in after.relations


def test_relations_that_have_nothing_to_do_with_a_conflict_are_not_looked_at():
    chain = (rel("a", P.LEFT_OF, "b"), rel("b", P.LEFT_OF, "c"), rel("d", P.LEFT_OF, "e"))
    assert connected_wishes(chain, chain[:1]) == chain[:2]


told = st.tuples(st.sampled_from("abcd"), st.sampled_from(SIDES), st.sampled_from("abcd")).filter(
    lambda t: t[0] != t[2]
)


@given(st.lists(told, min_size=2, max_size=5, unique=True))
@settings(max_examples=10, deadline=None)
def test_named_set_is_minimal_and_repairs_break_nothing_else(listed):
    scene = with_relations(*(rel(*one) for one in listed))
    found = explain(scene, limit_s=20.0)
    assert (found is None) == (not conflicts(scene))
    if found is None or found.clash is None:
        return
    assert all(wish in scene.relations for wish in found.clash.wishes)
    if found.clash.minimal:
        for part in itertools.combinations(found.clash.wishes, len(found.clash.wishes) - 1):
            other = clash_in(scene, part, limit_s=20.0) if part else None
            assert other is None or not other.proven  # the search for a layout may miss one; a proof never errs
    for repair in found.repairs:
        after = repair.edit.apply(scene)
        moved = {key for key, thing in after.objects.items() if thing is not scene.objects[key]}
        assert moved <= set(repair.moves)
        gone = [relation for relation in scene.relations if relation not in after.relations]
        assert gone == list(repair.drops)
        left = {conflict.relation.key for conflict in conflicts(after)}
        assert "left to do" in repair.sentence or not left & {w.key for w in found.clash.wishes}
