"""A sentence says a fact or doesn't, and what the scene contradicts is noticed."""

import pytest

from sd3studio.core.relations import RelationField
from sd3studio.core.scene import Predicate, Scene, SceneObject
from sd3studio.core.scene.caption import Fact
from sd3studio.ml.conditioning.text_tokens import NamedThing
from sd3studio.ml.parsing.english import parse_english
from sd3studio.ml.reading_back import contradicts, is_awkward, is_plain, says, says_apart, supposes, told_apart

SCENE = Scene.of(
    [
        SceneObject(id="table", label="table", center=(0.0, 0.0, 0.4), size=(1.6, 0.9, 0.8)),
        SceneObject(id="vase", label="vase", center=(0.0, 0.0, 0.95), size=(0.2, 0.2, 0.3)),
    ]
)
FACT = Fact(subject="vase", predicate=Predicate.ON, object="table")


@pytest.mark.parametrize(
    ("text", "said", "wrong"),
    [
        ("A vase is on the table.", True, False),
        ("The vase stands on a table.", True, False),
        ("A vase is under the table.", False, True),
        ("The table is behind the vase.", False, True),
        ("A vase.", False, False),
        ("A vase is on the piano.", False, False),
    ],
)
def test_sentences_are_judged(text: str, said: bool, wrong: bool) -> None:
    graph = parse_english(text)
    assert says(graph, FACT, SCENE) is said
    assert contradicts(graph, FACT, SCENE, RelationField(SCENE)) is wrong


def test_turned_round_is_the_same_fact() -> None:
    above = Fact(subject="vase", predicate=Predicate.ABOVE, object="table")
    assert says(parse_english("The table is under the vase."), above, SCENE)


VASE_AND_TABLE = (NamedThing("vase", ("blue",)), NamedThing("table"))
LEFT_AND_RIGHT = (NamedThing("left dog", definite=True), NamedThing("right dog", definite=True))


@pytest.mark.parametrize(
    ("text", "things", "plain"),
    [
        ("A blue vase can be seen on the table.", VASE_AND_TABLE, True),
        ("A vase is on the table bookshelf.", VASE_AND_TABLE, False),
        ("A vase is on on the table.", VASE_AND_TABLE, False),
        ("A vase is next to the left of the table.", VASE_AND_TABLE, False),
        ("The vase is on the vase.", VASE_AND_TABLE, False),
        ("The left dog is behind the right dog.", LEFT_AND_RIGHT, True),
        ("The right left dog is behind the right dog.", LEFT_AND_RIGHT, False),
    ],
)
def test_a_sentence_names_both_and_stumbles_over_nothing(text, things, plain) -> None:
    assert is_plain(text, things) is plain


def test_what_is_known_is_not_presented() -> None:
    assert is_awkward("There is the left dog behind the right dog.")
    assert not is_awkward("There is a dog behind the chair.")


def test_a_posture_that_nobody_saw_is_a_supposition() -> None:
    man = SceneObject(id="man", label="man", center=(0.0, 0.0, 0.9), size=(0.5, 0.4, 1.8))
    fact = Fact(subject="man", predicate=Predicate.NEXT_TO, object="table")
    text = "The man is sitting next to the table."
    assert supposes(text, fact, SCENE.with_objects(man))
    assert not supposes(text, fact, SCENE.with_objects(man.replace(attributes=("sitting",))))
    assert not supposes("The vase stands on the table.", FACT, SCENE)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("The left dog is behind the right dog.", True),
        ("The right dog is in front of the left dog.", True),
        ("The right dog is behind the left dog.", False),
    ],
)
def test_two_of_a_kind_are_told_apart_by_their_names(text: str, said: bool) -> None:
    assert says_apart(parse_english(told_apart(text, LEFT_AND_RIGHT)), Predicate.BEHIND) is said
