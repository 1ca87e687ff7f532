"""Two annotators: overlap in space, agreement, adjudication, ground truth, suggestions."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sd3studio.core.annotation.adjudicating import adjudicated, differences
from sd3studio.core.annotation.comparing import cohen_kappa, compare, statement
from sd3studio.core.annotation.sampling import ground_truth_sample, score_against
from sd3studio.core.annotation.suggesting import relation_in_words, suggestions, unchecked
from sd3studio.core.annotation.volumes import common_volume, iou_3d
from sd3studio.core.edits import AcceptRelation, RejectRelation
from sd3studio.core.errors import DataError, SceneError
from sd3studio.core.relations import RelationField, derived_relations
from sd3studio.core.scene import Predicate, Provenance, Relation, Scene, SceneObject

P = Predicate
turns = st.floats(-3.1, 3.1)
sizes = st.tuples(*[st.floats(0.3, 3.0)] * 3)


@st.composite
def boxes(draw, reach=1.5):
    return SceneObject(
        id="x", label="x", center=draw(st.tuples(*[st.floats(-reach, reach)] * 3)), size=draw(sizes),
        yaw=draw(turns), pitch=draw(turns), roll=draw(turns),
    )  # fmt: skip


@given(boxes(), boxes(), turns, st.tuples(*[st.floats(-3, 3)] * 3))
@settings(max_examples=60, deadline=None)
def test_overlap_is_symmetric_bounded_and_moves_along(a, b, yaw, by):
    value = iou_3d(a, b)
    assert 0.0 <= value <= 1.0
    assert iou_3d(b, a) == pytest.approx(value, abs=1e-6)
    assert iou_3d(a, a) == pytest.approx(1.0, abs=1e-6)

    def moved(thing):
        x, y, z = thing.center
        c, s = math.cos(yaw), math.sin(yaw)
        return thing.replace(center=(c * x - s * y + by[0], s * x + c * y + by[1], z + by[2]), yaw=thing.yaw + yaw)

    assert iou_3d(moved(a), moved(b)) == pytest.approx(value, abs=1e-6)


@given(boxes(0.8), boxes(0.8))
@settings(max_examples=15, deadline=None)
def test_common_volume_is_that_of_counted_points(a, b):
    from sd3studio.core.scene.boxes import Boxes

    both = Boxes.of([a, b])
    local = (np.random.default_rng(0).random((40_000, 3)) - 0.5) * a.size
    points = local @ both.rotation[0].T + a.center
    inside = (np.abs((points - b.center) @ both.rotation[1]) <= np.array(b.size) / 2.0).all(axis=1)
    volume = float(np.prod(a.size))
    assert common_volume(a, b) == pytest.approx(inside.mean() * volume, abs=0.015 * volume)


def test_upright_boxes_overlap_as_reckoned_by_hand():
    a = SceneObject(id="a", label="a", center=(0, 0, 0), size=(2, 2, 2))
    assert common_volume(a, a.replace(center=(1, 1, 1))) == pytest.approx(1.0)
    turned = a.replace(yaw=math.pi / 4)
    assert common_volume(a, turned) == pytest.approx(2 * 8 * (math.sqrt(2) - 1), abs=1e-6)  # an octagon, 2 m high
    assert common_volume(a, a.replace(center=(5, 0, 0))) == 0.0


def thing(key, x=0.0, label="chair", **fields):
    return SceneObject(id=key, label=label, center=(x, 0.0, 0.5), size=(0.6, 0.6, 1.0), **fields)


def said(a, predicate, b, **fields):
    return Relation(subject=a, predicate=predicate, object=b, **fields)


A = Scene.of([thing("a"), thing("b", 2.0, "table"), thing("c", 4.0)],
             relations=(said("a", P.LEFT_OF, "b"), said("c", P.NEXT_TO, "b")))  # fmt: skip
B = Scene.of([thing("x", 0.1, yaw=0.5), thing("y", 2.0, "desk"), thing("z", 9.0)],
             relations=(said("y", P.RIGHT_OF, "x"), said("x", P.BEHIND, "y")))  # fmt: skip


def test_the_difference_of_two_graphs():
    found = compare(A, B)
    assert [(p.a, p.b) for p in found.pairs] == [("a", "x"), ("b", "y")]
    assert (found.only_a, found.only_b) == (("c",), ("z",))
    assert found.pairs[0].distance_m == pytest.approx(0.1)
    assert found.pairs[0].yaw_error_rad == pytest.approx(0.5)
    assert found.pairs[1].differs == ("label",)
    assert (found.object_precision, found.object_recall) == (pytest.approx(2 / 3), pytest.approx(2 / 3))
    assert (found.relation_precision, found.relation_recall) == (0.5, 0.5)
    assert found.relations_both == (A.relations[0],)
    assert found.class_kappa == pytest.approx(cohen_kappa(["chair", "table"], ["chair", "desk"]))
    assert 0.0 < found.relation_kappa < 1.0
    assert found.as_data()["relations_only_b"] == [["x", "behind", "y", "camera"]]


def test_a_graph_does_not_differ_from_itself_whatever_its_ids():
    renamed = {"a": "p", "b": "q", "c": "r"}
    other = Scene.of(
        [t.replace(id=renamed[t.id]) for t in A.objects.values()],
        relations=tuple(r.replace(subject=renamed[r.subject], object=renamed[r.object]) for r in A.relations),
    )
    found = compare(A, other)
    assert found.is_empty
    assert (found.iou, found.class_kappa, found.relation_kappa) == (pytest.approx(1.0), 1.0, 1.0)


def test_kappa_of_the_textbook():
    a = ["yes"] * 25 + ["no"] * 25
    b = ["yes"] * 20 + ["no"] * 5 + ["yes"] * 10 + ["no"] * 15
    assert cohen_kappa(a, b) == pytest.approx(0.4)
    assert cohen_kappa([], []) is None


def test_both_sides_of_a_statement_are_one():
    assert statement(said("a", P.LEFT_OF, "b")) == statement(said("b", P.RIGHT_OF, "a"))
    assert statement(said("a", P.ON, "b")) != statement(said("b", P.ON, "a"))


def test_taking_everything_from_b_makes_a_say_what_b_says():
    items = differences(A, B)
    assert {item.kind for item in items} == {
        "changed", "only a", "only b", "relation only a", "relation only b"
    }  # fmt: skip
    merged = adjudicated(A, B, items)
    assert compare(merged, B).is_empty
    assert adjudicated(A, B, ()) is A or adjudicated(A, B, ()) == A


def test_one_item_changes_one_thing():
    item = next(item for item in differences(A, B) if item.kind == "changed" and item.a == "b")
    merged = adjudicated(A, B, (item,))
    assert merged.objects["b"].label == "desk"
    assert [t for k, t in merged.objects.items() if k != "b"] == [t for k, t in A.objects.items() if k != "b"]


@given(st.sets(st.text(min_size=1, max_size=6), min_size=1, max_size=60), st.integers(0, 99), st.floats(0.05, 0.15))
@settings(max_examples=40, deadline=None)
def test_the_ground_truth_sample_is_a_share_chosen_by_seed(keys, seed, share):
    chosen = ground_truth_sample(keys, seed, share)
    assert len(chosen) == math.ceil(share * len(keys) - 1e-9)
    assert set(chosen) <= keys
    assert chosen == ground_truth_sample(sorted(keys), seed, share)
    more = ground_truth_sample(keys | {"another photo"}, seed, share)
    assert len(set(chosen) - set(more)) <= 1


def test_scores_against_the_truth():
    assert score_against({"p": A}, {"q": B}) is None
    perfect = score_against({"p": A, "q": B}, {"p": A})
    assert (perfect.photos, perfect.object_f1, perfect.relation_recall) == (1, 1.0, 1.0)
    assert score_against({"p": A}, {"p": B}).object_f1 == pytest.approx(2 / 3)
    with pytest.raises(DataError, match="5% to 15%"):
        ground_truth_sample(["a"], 0, 0.5)


def test_suggestions_come_unsure_first_and_never_again_once_decided():
    read = said("a", P.BEHIND, "b", provenance=Provenance(source="photo", score=0.4))
    scene = A.replace(relations=(*A.relations, read))
    facts = derived_relations(RelationField(scene))
    first = suggestions(scene, facts)
    assert first[0].relation == read
    derived = [one for one in first if not one.stored]
    assert [one.score for one in derived] == sorted(one.score for one in derived)
    decided = AcceptRelation(derived[0].relation).apply(RejectRelation(read).apply(scene))
    again = {statement(one.relation) for one in suggestions(decided, facts)}
    assert not again & {statement(read), statement(derived[0].relation)}


def test_unchecked_things_of_low_score_come_first():
    sure, unsure = (thing(k, provenance=Provenance(source="photo", score=s)) for k, s in (("a", 0.9), ("b", 0.3)))
    scene = Scene.of([sure, unsure, thing("c", checked=True)])
    assert [t.id for t in unchecked(scene)] == ["b", "a"]


@pytest.mark.parametrize(
    ("words", "key"),
    [
        ("on top of", ("a", P.ON, "b")),
        ("in front of", ("a", P.IN_FRONT_OF, "b")),
        ("在左侧", ("a", P.LEFT_OF, "b")),
        ("taller than", ("a", P.TALLER, "b")),
        ("standing in front of", ("a", P.IN_FRONT_OF, "b")),
        ("wearing", ("b", P.ON, "a")),
        ("is holding", ("b", P.ON, "a")),
    ],
)
def test_free_words_become_a_predicate_and_are_kept(words, key):
    relation = relation_in_words(A, "a", words, "b")
    assert (relation.subject, relation.predicate, relation.object) == key
    assert relation.text == ("" if words == key[1].value else words)


def test_words_that_mean_nothing_are_refused():
    with pytest.raises(SceneError, match="no relation that is known"):
        relation_in_words(A, "a", "admires", "b")
