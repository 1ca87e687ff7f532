import numpy as np
import pytest

from sd3studio.core.scene.predicates import Predicate
from sd3studio.core.scene.values import Scene, SceneObject
from sd3studio.ml.metrics.table_samples import triples_found
from sd3studio.ml.metrics.table_scores import relations_right
from sd3studio.ml.training.data.graphs import GraphObject, SceneGraph


def graph(*triples: tuple[int, Predicate, int]) -> SceneGraph:
    names = ("cup", "table", "cup")
    return SceneGraph(source="3dsg", objects=tuple(GraphObject(tag=name) for name in names), triples=triples)


def test_triples_count_as_often_as_they_occur():
    gold = graph((0, Predicate.ON, 1), (2, Predicate.ON, 1), (0, Predicate.NEXT_TO, 2))
    assert triples_found(gold, gold) == (3, 3, 3)
    assert triples_found(graph((0, Predicate.ON, 1)), gold) == (1, 3, 1)
    assert triples_found(graph((0, Predicate.ON, 1), (0, Predicate.UNDER, 1)), gold) == (1, 3, 2)
    assert triples_found(graph(), gold) == (0, 3, 0)


@pytest.fixture
def scene() -> Scene:
    table = SceneObject(id="t", label="table", category="table", center=(0.0, 0.0, 0.4), size=(1.6, 0.9, 0.8))
    chair = SceneObject(id="c", label="chair", category="chair", center=(-2.0, 0.0, 0.5), size=(0.5, 0.5, 1.0))
    return Scene(objects={"t": table, "c": chair})


def test_relations_that_are_so_are_told_from_those_that_are_not(scene):
    said = [
        "a chair is to the left of the table.",
        "a chair is to the right of the table.",
        "a dog is to the left of the table.",
        "",
    ]
    right, read = relations_right(said, [scene] * len(said))
    np.testing.assert_array_equal(right, [1, 0, 0, 0])
    np.testing.assert_array_equal(read, [1, 1, 1, 0])
