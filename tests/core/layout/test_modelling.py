"""What is too large to be shown with something small becomes a toy, and only then."""

import pytest

from sd3studio.core.catalogue import shipped_catalogue
from sd3studio.core.layout import arrange, shown_well
from sd3studio.core.layout.modelling import toy_note, toy_size, with_toys
from sd3studio.core.layout.showing import picture_shares
from sd3studio.core.scene import Scene
from sd3studio.core.scene.predicates import Predicate
from sd3studio.core.scene.values import Relation


def entry(category):
    return shipped_catalogue().of_category(category)[0]


def scene_of(first, predicate, second):
    things = [entry(first).as_object("a"), entry(second).as_object("b")]
    return Scene.of(things).replace(relations=(Relation(subject="a", predicate=predicate, object="b"),))


def shown(scene):
    return shown_well(arrange(scene).scene, 512, 512)


def test_beside_a_vase_a_train_is_a_toy_that_is_seen_as_well_as_the_vase():
    before = scene_of("vase", Predicate.BEHIND, "train")
    made = with_toys(before, shown(before))
    toy = made.objects["b"]
    assert toy.label == "toy train" and toy.category == "train" and max(toy.size) <= 1.2
    assert made.objects["a"] is before.objects["a"]
    assert min(picture_shares(shown(made)).values()) > 5.0 * min(picture_shares(shown(before)).values())
    assert toy_note(toy).startswith("The train is drawn as a toy, ")
    assert toy_note(toy).endswith(" m long: beside a real train the vase could not be made out.")


@pytest.mark.parametrize(
    ("first", "predicate", "second"),
    [
        ("vase", Predicate.IN_FRONT_OF, "train"),  # near the camera it is seen
        ("chair", Predicate.BEHIND, "car"),
        ("bird", Predicate.BEHIND, "airplane"),
        ("person", Predicate.ON, "train"),
        ("vase", Predicate.BEHIND, "bed"),
    ],
)
def test_all_else_stays_real(first, predicate, second):
    before = scene_of(first, predicate, second)
    assert with_toys(before, shown(before)) is None


def test_what_is_locked_or_of_a_told_size_is_no_toy():
    before = scene_of("vase", Predicate.BEHIND, "train")
    train = before.objects["b"]
    told = train.provenance.replace(priors={"size": "size of the train, changed because it is called small"})
    for kept in (train.replace(locked=True), train.replace(provenance=told)):
        scene = before.with_objects(kept)
        assert with_toys(scene, shown(scene)) is None


def test_toys_keep_the_shape_of_what_they_show():
    plane = entry("airplane")
    size = toy_size(plane)
    assert max(size) < 0.4 and size[0] / size[1] == pytest.approx(plane.size[0] / plane.size[1], rel=1e-2)
    assert toy_size(entry("cup")) is None and toy_size(entry("bed")) is None
