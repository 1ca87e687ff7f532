"""Where things stand that a sentence puts nowhere, and what is made of the places that it names."""

import pytest

from sd3studio.core.messages import Finished, Note
from sd3studio.core.recognised import GROUNDS, OPEN_PLACES
from sd3studio.core.requests import ParseText
from sd3studio.core.scene.values import Scene, SceneObject
from sd3studio.ml.conditioning.backdrop import place_for
from sd3studio.ml.parsing import sentence
from sd3studio.ml.parsing.whereabouts import open_ground, place_of


def parsed(text: str) -> tuple[Scene, list[str]]:
    messages = list(sentence.run(ParseText(text=text, width=256, height=256)))
    scene = next(message.result.scene for message in messages if isinstance(message, Finished))
    return scene, [message.text for message in messages if isinstance(message, Note)]


def test_a_bear_that_is_nowhere_gets_a_ground_that_is_marked_and_told() -> None:
    scene, notes = parsed("A bear.")
    (ground,) = (thing for thing in scene.objects.values() if thing.kind == "stuff")
    assert ground.label in {GROUNDS[place] for place in OPEN_PLACES[1:]}
    assert ground.id in scene.added_by_model() and ground.provenance.source == "model"
    assert any(ground.label in note for note in notes)
    low_z = ground.center[2] + ground.size[2] / 2.0
    assert low_z == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize(
    "text",
    ["A bear on the grass.", "A bear on a road.", "A bear in a forest.", "A cup.", "A bear and a car.", "A horse."],
)
def test_what_is_somewhere_or_fine_as_it_is_stays_there(text: str) -> None:
    scene, notes = parsed(text)
    assert scene.added_by_model() == ()
    assert not any("told best" in note for note in notes)


@pytest.mark.parametrize(
    ("label", "place"),
    [("snow", "snowfield"), ("sand", "beach"), ("road", "street"), ("grass", "field"), ("floor", "")],
)
def test_a_named_ground_is_a_place(label: str, place: str) -> None:
    ground = SceneObject(id="g", label=label, category=label, kind="stuff", center=(0, 0, -0.01), size=(4, 4, 0.02))
    bear = SceneObject(id="b", label="bear", category="bear", mesh="bear", center=(0, 0, 0.5))
    assert place_of(Scene.of([bear, ground])) == place
    assert open_ground(Scene.of([bear, ground])) == ("", None)


def test_a_sky_tells_less_than_the_snow_under_it() -> None:
    stuff = [SceneObject(id=name, label=name, category=name, kind="stuff") for name in ("sky", "snow")]
    assert place_of(Scene.of(stuff)) == "snowfield"


def test_an_open_ground_does_not_take_the_id_of_a_thing() -> None:
    bears = [SceneObject(id=key, label="bear", category="bear", mesh="bear") for key in ("sand", "snow")]
    place, ground = open_ground(Scene.of(bears))
    assert place in OPEN_PLACES[1:] and ground is not None and ground.id not in ("sand", "snow")
    assert place_for(Scene.of([*bears, ground])) == "field"
