"""Triples as people type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sd3studio.core.errors import InputError
from sd3studio.core.language.told import relation_told
from sd3studio.core.scene import Predicate, Scene, SceneObject

SCENE = Scene.of(
    [
        SceneObject(id="lamp", label="floor lamp"),
        SceneObject(id="table", label="table"),
        SceneObject(id="car-1", label="car", attributes=("blue",)),
        SceneObject(id="car-2", label="car", attributes=("gray",)),
    ]
)


@given(st.sampled_from(list(Predicate)), st.permutations(["lamp", "table", "car-1", "car-2"]))
def test_every_predicate_between_any_two_ids(predicate, ids):
    told = relation_told(SCENE, f"{ids[0]} {predicate.value} {ids[1]}")
    assert (told.subject, told.predicate, told.object) == (ids[0], predicate, ids[1])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("the floor lamp is on the left of the table", ("lamp", Predicate.LEFT_OF, "table")),
        ("Blue car behind gray car", ("car-1", Predicate.BEHIND, "car-2")),
        ("table below lamp", ("table", Predicate.UNDER, "lamp")),
    ],
)
def test_labels_articles_and_other_phrases_are_understood(text, said):
    assert relation_told(SCENE, text).key[:3] == said


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("car behind lamp", "may be any of car-1, car-2"),
        ("sofa on table", "no “sofa”"),
        ("lamp loves table", "Predicates are"),
        ("lamp on lamp", "itself"),
        ("", "Predicates are"),
    ],
)
def test_what_is_not_understood_is_said(text, reason):
    with pytest.raises(InputError, match=reason):
        relation_told(SCENE, text)
