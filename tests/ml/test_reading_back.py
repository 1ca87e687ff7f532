"""A sentence says a fact or doesn't, and what the scene contradicts is noticed."""

import pytest

from sd3studio.core.relations import RelationField
from sd3studio.core.scene import Predicate, Scene, SceneObject
from sd3studio.core.scene.caption import Fact
from sd3studio.ml.parsing.english import parse_english
from sd3studio.ml.reading_back import contradicts, says

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
