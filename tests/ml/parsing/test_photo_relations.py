"""Relations read in a photo's boxes join its scene, marked; without the weights the scene stays as it is."""

import pytest
from tiny_graphs import record, tiny_system

from sd3studio.core.errors import MissingModelError
from sd3studio.core.scene.predicates import Predicate
from sd3studio.core.scene.values import Relation, Scene
from sd3studio.ml import graph_path, shipped
from sd3studio.ml.parsing.photo_relations import with_relations


@pytest.fixture
def scene() -> Scene:
    one = record(1)
    keys = [key for key in one.boxes if one.scene.objects[key].kind == "object"]
    return Scene.of([one.scene.objects[key].replace(photo_box=one.boxes[key], parent=None) for key in keys])


def test_new_relations_join_those_that_are_there(scene: Scene, monkeypatch):
    first, second, third = list(scene.objects)[:3]
    own = Relation(subject=first, predicate=Predicate.NEXT_TO, object=second)
    new = Relation(subject=third, predicate=Predicate.BEHIND, object=first)
    monkeypatch.setattr(shipped, "mini", lambda *parts: tiny_system())
    monkeypatch.setattr(graph_path, "photo_facts", lambda scene, system: (own, new))
    found, notes = with_relations(scene.replace(relations=(own,)))
    assert found.relations == (own, new) and not notes and found.objects == scene.objects


def test_missing_weights_are_a_note(scene: Scene, monkeypatch):
    def missing(*parts: str):
        raise MissingModelError("SD3 mini's weights are not complete.")

    monkeypatch.setattr(shipped, "mini", missing)
    found, notes = with_relations(scene)
    assert found == scene and notes == ("No relations were read: SD3 mini's weights are not complete.",)
