"""Grouping under a concept and taking it apart again."""

import pytest
from hypothesis import given, settings

from sd3studio.core.edits import AssertRelation, GroupUnderConcept, Ungroup
from sd3studio.core.edits.grouping import members_of, with_members
from sd3studio.core.errors import SceneError
from sd3studio.core.scene import Predicate, Relation
from sd3studio.core.scene.boxes import Boxes
from tests.core.edits.boxes_drawn import box_scenes


@given(box_scenes())
@settings(max_examples=40, deadline=None)
def test_ungrouping_undoes_grouping(scene):
    edit = GroupUnderConcept(tuple(scene.objects), "set")
    grouped = edit.apply(scene)
    assert Ungroup(edit.key(scene)).apply(grouped) == scene


@given(box_scenes(least=2))
@settings(max_examples=40, deadline=None)
def test_box_of_the_group_is_around_its_members(scene):
    ids = tuple(scene.objects)[:2]
    edit = GroupUnderConcept(ids, "set")
    grouped = edit.apply(scene)
    assert members_of(grouped, edit.key(scene)) == ids
    low, high = Boxes.of(grouped.objects[key] for key in ids).bounds()
    own_low, own_high = Boxes.of([grouped.objects[edit.key(scene)]]).bounds()
    assert (own_low[0] <= low.min(axis=0) + 1e-6).all() and (own_high[0] >= high.max(axis=0) - 1e-6).all()


def test_groups_nest_and_outer_one_takes_over():
    scene = _three()
    inner = GroupUnderConcept(("b0", "b1"), "pair").apply(scene)
    outer = GroupUnderConcept(("pair", "b2"), "all").apply(inner)
    assert members_of(outer, "all") == ("b0", "b1", "b2", "pair")
    assert set(with_members(outer, ("b2", "pair"))) == {"b0", "b1", "b2", "pair"}
    flat = Ungroup("pair").apply(outer)
    assert flat.objects["b0"].parent == "all"


def _three():
    from sd3studio.core.scene import Scene, SceneObject

    return Scene.of([SceneObject(id=f"b{k}", label="box", center=(float(k), 0.0, 0.5)) for k in range(3)])


def test_relations_of_a_dissolved_group_are_forgotten():
    scene = GroupUnderConcept(("b0", "b1"), "pair").apply(_three())
    scene = AssertRelation(Relation(subject="b2", predicate=Predicate.IN, object="pair")).apply(scene)
    assert Ungroup("pair").apply(scene).relations == ()


@pytest.mark.parametrize(
    ("ids", "name", "words"), [((), "x", "at least one"), (("b0",), "  ", "name"), (("no",), "x", "'no'")]
)
def test_senseless_groups_are_refused(ids, name, words):
    with pytest.raises(SceneError, match=words):
        GroupUnderConcept(ids, name).apply(_three())


def test_object_is_no_group():
    with pytest.raises(SceneError, match="no group"):
        Ungroup("b0").apply(_three())
