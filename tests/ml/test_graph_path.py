"""From a sentence's or a photo's graph to a 3D graph, and from that into a scene."""

import pytest
import torch
from tiny_graphs import record, tiny_system, vocabulary

from sd3studio.core.catalogue import shipped_catalogue
from sd3studio.core.layout import overlaps
from sd3studio.core.relations import grade_of
from sd3studio.core.scene.predicates import Predicate
from sd3studio.core.scene.values import Relation, Scene, SceneObject
from sd3studio.ml.conditioning.graph_boxes import boxes_of, viewer
from sd3studio.ml.graph_path import complete, fill_in, graph_of_scene, photo_facts, read, scene_of
from sd3studio.ml.graph_placing import with_added
from sd3studio.ml.training.data.graphs import GraphObject, SceneGraph
from sd3studio.ml.training.data.tags import TagBins


@pytest.fixture(scope="module")
def system():
    return tiny_system()


def table_and_chair() -> Scene:
    table = SceneObject(id="table", label="table", category="table", center=(0.0, 0.0, 0.375), size=(1.2, 0.8, 0.75))
    chair = SceneObject(id="chair", label="chair", category="chair", center=(-1.2, 0.0, 0.45), size=(0.5, 0.5, 0.9))
    left = Relation(subject="chair", predicate=Predicate.LEFT_OF, object="table")
    return Scene.of([table, chair], relations=(left,), sentence="a chair to the left of a table")


def test_what_is_told_is_in_the_3d_graph_and_the_seed_decides_the_rest(system):
    graph = graph_of_scene(table_and_chair())
    one, again, other = (complete(graph, "a chair left of a table", seed, system, steps=4) for seed in (1, 1, 2))
    assert one == again and one != other
    assert one.source == "3dsg" and {"table", "chair"} <= {thing.key for thing in one.objects}
    assert ("chair", "to the left of", "table") in one.named()
    assert all(thing.score is not None for thing in one.objects)


def test_an_empty_graph_is_completed_too(system):
    made = complete(SceneGraph(source="tsg"), "", 0, system, steps=4)
    assert made.source == "3dsg" and not any(thing.key for thing in made.objects)


def test_of_a_graph_of_500_things_the_first_are_used_and_that_is_told():
    things = tuple(GraphObject(key=f"k{k}", tag="chair") for k in range(500))
    triples = ((0, Predicate.NEXT_TO, 1), (0, Predicate.NEXT_TO, 499))
    reading = read(SceneGraph(source="tsg", objects=things, triples=triples), vocabulary())
    assert len(reading.graph.objects) == 10 and len(reading.graph.triples) == 1
    assert "The graph has 500 things; SD3 mini sees the first 10" in reading.notes[-1]


def test_a_tag_that_is_not_known_is_read_as_the_nearest_and_that_is_told():
    tags = ("office chair", "doggy", "kitten", "zzqx")
    graph = SceneGraph(source="tsg", objects=tuple(GraphObject(tag=tag) for tag in tags))
    reading = read(graph, vocabulary())
    assert [thing.tag for thing in reading.graph.objects] == ["chair", "dog", "cat", "zzqx"]
    assert "“kitten”; it takes it for “cat”" in " ".join(reading.notes)
    assert "does not know “zzqx”; it is filled in around it" in " ".join(reading.notes)


def test_filling_in_keeps_what_is_there_and_marks_what_is_new(system):
    scene = table_and_chair()
    for seed in range(4):
        filled, notes = fill_in(scene, scene.sentence, seed, system, steps=4)
        assert all(filled.objects[key] == thing for key, thing in scene.objects.items())
        assert filled.relations == scene.relations
        assert grade_of(filled, "chair", Predicate.LEFT_OF, "table") > 0.5
        new = [thing for key, thing in filled.objects.items() if key not in scene.objects]
        assert {thing.id for thing in new} == set(filled.added_by_model())
        assert all(thing.provenance.score is not None for thing in new)
        assert not overlaps(filled) and any(note.startswith("SD3 mini") for note in notes)


def lamp_on_table() -> SceneGraph:
    one = record(0)
    layout = next(thing.layout for thing in one.gold.objects if thing.layout is not None)
    assert layout is not None
    things = (
        GraphObject(key="table", tag="table", layout=layout, score=1.0),
        GraphObject(tag="cup", layout=layout.model_copy(update={"size": (31, 31, 31)}), score=0.9),
        GraphObject(tag="kitchen", kind="concept", score=0.9),
        GraphObject(tag="floor", kind="stuff", score=0.9),
        GraphObject(tag="sheep", layout=layout, score=0.01),
    )
    triples = ((1, Predicate.ON, 0), (0, Predicate.ON, 3))
    return SceneGraph(source="3dsg", objects=things, triples=triples)


def test_what_is_added_stands_on_its_support_with_a_plausible_size():
    scene = table_and_chair()
    filled, left_out = with_added(scene, lamp_on_table(), TagBins())
    assert not left_out and {"cup", "kitchen", "floor"} <= {thing.label for thing in filled.objects.values()}
    assert "sheep" not in {thing.label for thing in filled.objects.values()}  # not sure enough
    cup = next(thing for thing in filled.objects.values() if thing.label == "cup")
    entry = shipped_catalogue().get(cup.mesh)
    assert entry is not None and entry.category == "cup"
    assert all(
        low - 1e-6 <= side <= high + 1e-6
        for low, side, high in zip(entry.size_low, cup.size, entry.size_high, strict=True)
    )
    assert grade_of(filled, cup.id, Predicate.ON, "table") > 0.5
    assert not overlaps(filled)


def test_a_scene_with_a_floor_and_a_room_gets_no_second_one(system):
    scene = table_and_chair()
    own = scene.with_objects(
        SceneObject(id="floor", label="tiles", kind="stuff", size=(6, 6, 0.02)),
        SceneObject(id="room", label="kitchen", kind="concept", size=(6, 6, 3)),
    )
    filled = scene_of(lamp_on_table(), own, system)
    assert [thing.label for thing in filled.objects.values() if thing.kind != "object"] == ["tiles", "kitchen"]
    new = [thing for key, thing in filled.objects.items() if key not in own.objects]
    assert new and {thing.parent for thing in new} == {"room"}


def test_what_finds_no_room_is_left_out_and_named():
    spots = [(2.5 * (k % 7 - 3), 2.5 * (k // 7 - 3), 1.5) for k in range(49)]
    around = [
        SceneObject(id=f"wall-{k}", label="box", center=spot, size=(2.49, 2.49, 3)) for k, spot in enumerate(spots)
    ]
    layout = lamp_on_table().objects[0].layout
    graph = SceneGraph(source="3dsg", objects=(GraphObject(tag="bus", layout=layout, score=0.9),))
    filled, left_out = with_added(Scene.of(around), graph, TagBins())
    assert left_out == ("bus",) and len(filled.objects) == 49


def test_things_on_others_are_put_on_their_tops():
    boxes = boxes_of(lamp_on_table(), TagBins(), viewer())
    table, cup = boxes[0], boxes[1]
    assert table.center[2] == pytest.approx(table.size[2] / 2.0)
    assert cup.center[2] - cup.size[2] / 2.0 == pytest.approx(table.size[2])


def photographed(seed: int) -> Scene:
    one = record(seed)
    shown = {key: box for key, box in one.boxes.items() if one.scene.objects[key].kind == "object"}
    things = [one.scene.objects[key].replace(photo_box=box, parent=None) for key, box in shown.items()]
    return Scene.of(things, camera=one.scene.camera)


def test_facts_of_a_photo_are_those_that_boxes_and_geometry_agree_on(system):
    scene, reader = photographed(1), system.parts["graph_relations"]
    with torch.no_grad():
        before = reader.out[-1].bias.clone()
        reader.out[-1].bias.fill_(9.0)  # sure of everything
    facts = photo_facts(scene, system)
    with torch.no_grad():
        reader.out[-1].bias.fill_(-9.0)
    unsure = photo_facts(scene, system)
    reader.out[-1].bias.data = before
    assert facts and not unsure
    pairs = [frozenset((fact.subject, fact.object)) for fact in facts]
    assert len(set(pairs)) == len(pairs)
    for fact in facts:
        assert grade_of(scene, fact.subject, fact.predicate, fact.object) > 0.5
        assert fact.provenance.source == "model" and fact.provenance.score > 0.7
