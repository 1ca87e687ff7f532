"""Gold graphs and the detector's view of drawn scenes."""

from random import Random

import numpy as np
import pytest

from sd3studio.core.relations import RelationField, grade_of
from sd3studio.core.scene.predicates import Predicate
from sd3studio.core.scene.values import Scene, SceneObject
from sd3studio.ml.training.data.detector_view import NO_ERRORS, DetectorErrors, areas_of, box_of, detector_graph
from sd3studio.ml.training.data.graphs import GraphObject, SceneGraph, gold_facts, gold_graph
from sd3studio.ml.training.data.tags import TagBins

SCENE = Scene.of(
    [
        SceneObject(id="room", label="kitchen", kind="concept"),
        SceneObject(id="floor", label="floor", kind="stuff", center=(0, 0, -0.05), size=(9, 9, 0.1), parent="room"),
        SceneObject(id="table", label="table", category="dining table", attributes=("wooden",), center=(0, 0, 0.4),
                    size=(1.4, 0.8, 0.8), parent="room"),
        SceneObject(id="cup", label="cup", category="cup", attributes=("red",), center=(0.2, 0, 0.85),
                    size=(0.1, 0.1, 0.1), parent="room"),
        SceneObject(id="dog", label="dog", category="dog", center=(1.6, 0.0, 0.3), size=(0.3, 0.7, 0.6), parent="room"),
    ]
)  # fmt: skip
IDS = np.zeros((64, 64), np.int32)
IDS[40:] = 2
IDS[28:44, 10:36] = 3
IDS[22:28, 24:29] = 4
IDS[34:50, 44:56] = 5


def test_the_gold_graph_has_concept_ground_and_what_is_visible() -> None:
    field = RelationField(SCENE)
    visible = {"floor", "table", "cup"}
    graph = gold_graph(SCENE, gold_facts(field, visible), TagBins(), visible)
    named = set(graph.named())
    assert [node.key for node in graph.objects] == ["room", "floor", "table", "cup"]
    assert {("cup", "on", "table"), ("table", "on", "floor"), ("cup", "part of", "kitchen")} <= named
    assert not any("dog" in (s, o) for s, _, o in named)
    assert all((node.layout is not None) == (node.kind == "object") for node in graph.objects)


def test_gold_relations_are_true() -> None:
    field = RelationField(SCENE)
    facts = gold_facts(field, {"table", "cup", "dog"})
    assert facts
    assert all(grade_of(SCENE, f.subject, f.predicate, f.object) > 0.5 for f in facts)


def test_a_detector_without_errors_sees_what_the_id_map_shows() -> None:
    graph = detector_graph(SCENE, IDS, Random(0), NO_ERRORS)
    assert [node.key for node in graph.objects] == ["table", "cup", "dog"]
    assert graph.objects[1].box == (24.0, 22.0, 29.0, 28.0)
    assert graph.objects[0].attributes == ("wooden",)
    assert ("dog", "to the right of", "table") in graph.named() or ("table", "to the left of", "dog") in graph.named()
    allowed = {Predicate.LEFT_OF, Predicate.RIGHT_OF, Predicate.ABOVE, Predicate.UNDER, Predicate.ON}
    assert {predicate for _, predicate, _ in graph.triples} <= allowed


def test_a_detector_sees_nothing_that_is_not_drawn_unless_it_errs() -> None:
    nothing = np.zeros((64, 64), np.int32)
    assert detector_graph(SCENE, nothing, Random(0), NO_ERRORS).objects == ()
    invented = detector_graph(SCENE, nothing, Random(0), DetectorErrors(invented=1.0)).objects
    assert len(invented) == 1
    assert invented[0].key == ""


def test_the_error_rates_are_kept() -> None:
    rng = Random(5)
    errors = DetectorErrors(miss=0.3, confused=0.2, duplicate=0.25, invented=0.0, small_px=0.001)
    graphs = [detector_graph(SCENE, IDS, rng, errors) for _ in range(600)]
    dogs = [[node for node in graph.objects if node.key == "dog"] for graph in graphs]
    found = [nodes for nodes in dogs if nodes]
    assert len(found) / len(dogs) == pytest.approx(0.7, abs=0.06)
    assert np.mean([len(nodes) == 2 for nodes in found]) == pytest.approx(0.25, abs=0.06)
    assert np.mean([nodes[0].tag != "dog" for nodes in found]) == pytest.approx(0.2, abs=0.06)


def test_small_things_are_missed_more_often() -> None:
    rng = Random(1)
    graphs = [detector_graph(SCENE, IDS, rng, DetectorErrors(small_px=0.02)) for _ in range(300)]
    seen = {key: sum(any(n.key == key for n in g.objects) for g in graphs) for key in ("cup", "table")}
    assert seen["cup"] < 0.75 * seen["table"]


def test_boxes_and_areas_come_from_the_id_map() -> None:
    assert areas_of(IDS, 5).tolist() == [0, 24 * 64 - 4 * 26 - 10 * 12, 16 * 26, 30, 16 * 12]
    assert box_of(IDS, 5) == (44.0, 34.0, 56.0, 50.0)
    assert box_of(IDS, 1) is None


def test_a_triple_that_joins_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="does not join two objects"):
        SceneGraph(source="tsg", objects=(GraphObject(tag="cup"),), triples=((0, Predicate.ON, 1),))
