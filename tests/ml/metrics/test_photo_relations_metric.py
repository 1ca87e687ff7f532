"""Relations of parsed photos are held against the true scene."""

from tiny_graphs import record

from sd3studio.core.scene.predicates import INVERSE
from sd3studio.core.scene.values import Relation, Scene
from sd3studio.ml.metrics.photo_relations import SIDE_PX, judged, matched


def parsed(seed: int) -> Scene:
    """What a perfect parser would make of a scene's picture, at the size that pictures are read in."""
    one = record(seed)
    scale = SIDE_PX / one.scene.camera.width
    things = [
        one.scene.objects[key].replace(photo_box=tuple(side * scale for side in box), parent=None)
        for key, box in one.boxes.items()
        if one.scene.objects[key].kind == "object"
    ]
    return Scene.of(things, camera=one.scene.camera)


def test_a_perfect_parse_is_all_right_and_a_turned_relation_is_wrong():
    one, scene = record(1), parsed(1)
    assert matched(scene, one) == {key: key for key in scene.objects}
    found = judged(scene, one)
    assert found["geometry"] and all(found["geometry"]) and not found["kept"]
    triple = next(
        (one.gold.objects[s].key, p, one.gold.objects[o].key)
        for s, p, o in one.gold.triples
        if p in INVERSE and INVERSE[p] != p and one.gold.objects[o].key in scene.objects
    )
    right = Relation(subject=triple[0], predicate=triple[1], object=triple[2])
    wrong = Relation(subject=triple[2], predicate=triple[1], object=triple[0])
    assert judged(scene.replace(relations=(right, wrong)), one)["kept"] == [True, False]
