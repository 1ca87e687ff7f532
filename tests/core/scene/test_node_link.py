"""The graph drawing: same scene, same drawing; nodes stay put when the graph changes a bit; edits from nodes."""

import itertools
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sd3studio.core.edits import AssertRelation, GroupUnderConcept, MoveObjects, RemoveObjects, SetParent, graph_nodes
from sd3studio.core.errors import SceneError
from sd3studio.core.scene import Predicate, Relation, Scene, SceneObject
from sd3studio.core.scene.graph import graph_of
from sd3studio.core.scene.node_link import LINE, NODE_GAP, drawn
from tests.core.layout.random_rooms import random_room
from tests.core.scene.test_json_form import scenes

P = Predicate


def rel(subject, predicate, other):
    return Relation(subject=subject, predicate=predicate, object=other)


ROOM = Scene.of(
    [
        SceneObject(id="sofa", label="sofa", attributes=("red", "soft")),
        SceneObject(id="lamp", label="lamp", center=(2.0, 0.0, 0.5)),
        SceneObject(id="cat", label="cat", center=(0.0, 2.0, 0.5), attributes=("black",)),
    ],
    relations=(rel("lamp", P.RIGHT_OF, "sofa"), rel("cat", P.ON, "sofa")),
)


@given(scenes())
@settings(max_examples=50, deadline=None)
def test_drawing_has_the_nodes_and_links_of_the_graph(scene):
    drawing, graph = drawn(scene), graph_of(scene)
    assert set(drawing.nodes) == set(graph.nodes)
    assert {(link.start, link.end) for link in drawing.links} == set(graph.edges)
    assert drawn(scene) == drawing


@given(st.integers(0, 50))
@settings(max_examples=20, deadline=None)
def test_nothing_moves_when_something_is_added_or_removed(seed):
    scene = random_room(random.Random(seed % 4), 6)
    ids = list(scene.objects)
    scene = AssertRelation(rel(ids[0], P.NEXT_TO, ids[1])).apply(scene)
    before = drawn(scene)
    more = AssertRelation(rel(ids[2], P.BEHIND, ids[3])).apply(scene)
    more = more.with_objects(SceneObject(id="new", label="new", attributes=("red",)))
    after = drawn(more, before.positions)
    assert all(after.nodes[key].at == node.at for key, node in before.nodes.items() if node.kind != "relation")
    assert {tuple(n.at) for n in before.nodes.values()} <= {tuple(n.at) for n in after.nodes.values()}
    fewer = RemoveObjects((ids[0],)).apply(more)
    left = drawn(fewer, after.positions)
    assert all(left.positions[name] == after.positions[name] for name in left.positions)


def test_moving_things_in_space_leaves_the_drawing():
    before = drawn(ROOM)
    moved = MoveObjects(("lamp",), (5.0, 0.0, 0.0)).apply(ROOM)
    assert drawn(moved, before.positions) == before


def test_dragged_node_stays_where_it_was_put():
    before = drawn(ROOM)
    after = drawn(ROOM, before.moved_positions({"cat": (500.0, 40.0), "sofa/a0": (1.0, 2.0)}))
    assert after.nodes["cat"].at == (500.0, 40.0)
    assert after.nodes["lamp"].at == before.nodes["lamp"].at


def test_object_nodes_don_t_lie_on_each_other():
    scene = random_room(random.Random(3), 12)
    at = np.array([node.at for node in drawn(scene).nodes.values()])
    gaps = np.linalg.norm(at[:, None] - at[None], axis=2) + np.eye(len(at)) * 1e9
    assert gaps.min() >= NODE_GAP


def test_several_relations_of_a_pair_stand_side_by_side():
    scene = AssertRelation(rel("lamp", P.NEXT_TO, "sofa")).apply(ROOM)
    places = [node.at for node in drawn(scene).nodes.values() if node.of in (("lamp", "sofa"), ("sofa", "lamp"))]
    assert len(places) == 2 and np.linalg.norm(np.subtract(*places)) >= LINE


def test_computed_relations_are_drawn_apart_and_can_not_be_deleted():
    drawing = drawn(ROOM, derived=[rel("cat", P.BEHIND, "lamp"), rel("cat", P.ON, "sofa")])
    assert [node.stored for node in drawing.nodes.values() if node.kind == "relation"] == [True, True, False]
    with pytest.raises(SceneError, match="follows from"):
        graph_nodes.delete(ROOM, drawing.nodes["/d0"])


def test_connecting_two_nodes_asserts_the_relation():
    after = graph_nodes.connect(ROOM, "cat", P.FACING, "lamp").apply(ROOM)
    assert after.relations[-1].key == ("cat", P.FACING, "lamp", "camera")


def test_part_of_a_concept_becomes_the_parent():
    scene = GroupUnderConcept(("sofa",), "lounge").apply(ROOM)
    after = graph_nodes.connect(scene, "lamp", P.PART_OF, "lounge").apply(scene)
    assert after.objects["lamp"].parent == "lounge"
    node = drawn(after).nodes["/p/lamp"]
    assert graph_nodes.delete(after, node).apply(after).objects["lamp"].parent is None


def test_deleting_nodes():
    nodes = drawn(ROOM).nodes
    assert graph_nodes.delete(ROOM, nodes["sofa/a0"]).apply(ROOM).objects["sofa"].attributes == ("soft",)
    assert [r.predicate for r in graph_nodes.delete(ROOM, nodes["/r0"]).apply(ROOM).relations] == [P.ON]
    assert "cat" not in graph_nodes.delete(ROOM, nodes["cat"]).apply(ROOM).objects


def test_renaming_nodes():
    nodes = drawn(ROOM).nodes
    assert graph_nodes.rename(ROOM, nodes["cat"], " tom  cat ").apply(ROOM).objects["cat"].label == "tom cat"
    assert graph_nodes.rename(ROOM, nodes["sofa/a1"], "blue").apply(ROOM).objects["sofa"].attributes == ("red", "blue")
    keys = {r.key for r in graph_nodes.rename(ROOM, nodes["/r0"], "Behind").apply(ROOM).relations}
    assert ("lamp", P.BEHIND, "sofa", "camera") in keys and len(keys) == 2


def test_relation_turned_round():
    after = graph_nodes.reverse(ROOM, drawn(ROOM).nodes["/r0"]).apply(ROOM)
    assert ("sofa", P.RIGHT_OF, "lamp", "camera") in {r.key for r in after.relations}


def test_attribute_added_once():
    once = graph_nodes.add_attribute(ROOM, "cat", "small").apply(ROOM)
    assert graph_nodes.add_attribute(once, "cat", "small").apply(once).objects["cat"].attributes == ("black", "small")


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda: graph_nodes.connect(ROOM, "cat", P.ON, "cat"), "itself"),
        (lambda: graph_nodes.connect(ROOM, "cat", P.ON, "/r0"), "Only objects"),
        (lambda: graph_nodes.rename(ROOM, drawn(ROOM).nodes["/r0"], "near-ish"), "no relation"),
        (lambda: graph_nodes.rename(ROOM, drawn(ROOM).nodes["cat"], " "), "needs a text"),
        (lambda: graph_nodes.add_attribute(ROOM, "cat", " "), "needs a word"),
        (lambda: SetParent(("cat",), "cat").apply(ROOM), "part of itself"),
    ],
)
def test_senseless_edits_are_sentences(act, words):
    with pytest.raises(SceneError, match=words):
        act()


@pytest.mark.parametrize("count", [5, 12, 40])
def test_no_text_lies_on_another(count):
    scene = random_room(random.Random(count), min(count, 14))
    things = list(scene.objects.values())
    more = [t.replace(id=f"{t.id}x{k}") for k in range(3) for t in things][: max(count - len(things), 0)]
    scene = scene.with_objects(*more)
    ids = list(scene.objects)
    for a, b in itertools.pairwise(ids):
        scene = AssertRelation(rel(a, P.RIGHT_OF, b)).apply(scene)
    nodes = list(drawn(GroupUnderConcept(tuple(ids), "living room").apply(scene)).nodes.values())
    texts = [node for node in nodes if not node.key.startswith("/p/")]
    covered = 0
    for k, one in enumerate(texts):
        for other in texts[:k]:
            dx, dy = np.abs(np.subtract(one.at, other.at))
            covered += dx < 3.5 * (len(one.text) + len(other.text)) and dy < 18
    assert covered == 0


def test_deleting_several_nodes_is_one_step_and_deletes_just_these():
    nodes = drawn(ROOM).nodes
    after = graph_nodes.delete_all(ROOM, [nodes["sofa/a0"], nodes["sofa/a1"], nodes["/r0"]]).apply(ROOM)
    assert after.objects["sofa"].attributes == () and [r.predicate for r in after.relations] == [P.ON]
    after = graph_nodes.delete_all(ROOM, [nodes["cat"], nodes["cat/a0"], nodes["/r1"], nodes["/r0"]]).apply(ROOM)
    assert set(after.objects) == {"sofa", "lamp"} and after.relations == ()


def test_another_predicate_keeps_the_rest_of_a_relation():
    scene = ROOM.replace(relations=(rel("lamp", P.RIGHT_OF, "sofa").replace(kept=True),))
    edit = graph_nodes.change_predicate(scene, drawn(scene).nodes["/r0"], rel("lamp", P.BEHIND, "sofa"))
    assert edit.apply(scene).relations == (rel("lamp", P.BEHIND, "sofa").replace(kept=True),)
