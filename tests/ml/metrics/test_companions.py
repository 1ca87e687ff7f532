"""What is filled in beside a sentence's things is judged, and stands."""

from tiny_graphs import records, tiny_system

from sd3studio.core.scene.values import Scene, SceneObject
from sd3studio.ml.metrics.companions import judged, kinds_of_places, scored


def test_the_report_of_a_few_sentences():
    some = records(3)
    rows = scored(some, kinds_of_places(some), tiny_system())
    assert rows["sentences"] == 3
    assert rows["free"] in (None, 100.0) and rows["stands"] in (None, 100.0)


def test_what_floats_sinks_or_does_not_belong_is_seen():
    one = records(1)[0]
    table = SceneObject(id="table", label="table", category="table", center=(0, 0, 0.375), size=(1.2, 0.8, 0.75))
    before = Scene.of([table])
    cup = SceneObject(id="cup", label="cup", center=(0, 0, 0.8), size=(0.1, 0.1, 0.1))
    ghost = SceneObject(id="ghost", label="ghost", center=(4, 0, 2.0), size=(0.5, 0.5, 0.5))
    sunk = SceneObject(id="box", label="box", center=(0.2, 0.1, 0.4), size=(0.6, 0.6, 0.8))
    found = {thing.label: thing for thing in judged(before, before.with_objects(cup, ghost), one, {"cup"})}
    assert found["cup"].in_place and found["cup"].free and found["cup"].stands
    assert not found["ghost"].in_place and not found["ghost"].stands
    assert not judged(before, before.with_objects(sunk), one, set())[0].free
