"""Palettes and the looks of stuff."""

import pytest

from sd3studio.core.scene.values import SceneObject
from sd3studio.render.palette import ADE20K, class_colour
from sd3studio.render.stuff import Pattern, box_colour, is_sky, stuff_look


def test_the_table_has_150_classes() -> None:
    assert len(ADE20K) == 150
    assert ADE20K["wall"] == (120, 120, 120)
    assert ADE20K["flag"] == (92, 0, 255)


@pytest.mark.parametrize(
    ("name", "known"), [("couch", "sofa"), ("Dining-Table", "table"), ("brick wall", "wall"), ("dog", "animal")]
)
def test_other_names_get_the_colour_of_the_class(name: str, known: str) -> None:
    assert class_colour(name) == ADE20K[known]


def test_the_label_helps_where_the_category_is_unknown() -> None:
    assert class_colour("thingummy", "lamp") == ADE20K["lamp"]


def test_made_colours_are_stable_distinct_and_never_taken() -> None:
    names = [f"thing {number}" for number in range(200)]
    colours = [class_colour(name) for name in names]
    assert colours == [class_colour(name) for name in names]
    assert len(set(colours)) > 195
    assert not set(colours) & {*ADE20K.values(), (0, 0, 0)}


@pytest.mark.parametrize(
    ("label", "pattern"),
    [
        ("floor", Pattern.PLANKS),
        ("brick wall", Pattern.PLASTER),
        ("street", Pattern.ASPHALT),
        ("green grass", Pattern.GRASS),
        ("lake", Pattern.WATER),
        ("something", Pattern.PLAIN),
    ],
)
def test_stuff_looks_like_what_it_is_called(label: str, pattern: Pattern) -> None:
    assert stuff_look(SceneObject(id="s", label=label, kind="stuff")).pattern == pattern


def test_sky_is_stuff_only() -> None:
    assert is_sky(SceneObject(id="s", label="blue sky", kind="stuff"))
    assert not is_sky(SceneObject(id="s", label="sky"))


def test_boxes_of_one_category_share_a_colour() -> None:
    one = SceneObject(id="a", label="old chair", category="chair")
    assert box_colour(one) == box_colour(one.replace(id="b", label="new chair"))
