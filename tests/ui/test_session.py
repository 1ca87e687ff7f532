"""What follows from the scene follows it, and is made once for each scene."""

from sd3studio.core.document import Document
from sd3studio.core.edits import MoveObjects
from sd3studio.core.language import prompt
from sd3studio.core.scene import Predicate, Scene, SceneObject
from sd3studio.ui.panels.relations import names_in
from sd3studio.ui.session import Session


def session_of_two():
    table = SceneObject(id="table", label="table", category="dining table", center=(0, 0, 0.4), size=(1.4, 0.8, 0.8))
    cup = SceneObject(id="cup", label="cup", category="cup", center=(0, 0, 0.85), size=(0.08, 0.08, 0.1))
    return Session(Document(Scene.of([table, cup])))


def test_words_follow_a_preview_and_its_end():
    session = session_of_two()
    before = session.captions, session.prompt, session.facts
    session.document.preview(MoveObjects(("cup",), (3.0, 0.0, -0.8)))
    assert all(fact.predicate != Predicate.ON for fact in session.facts)
    assert session.prompt != before[1]
    session.document.end_preview()
    assert (session.captions, session.prompt, session.facts) == before


def test_all_words_of_a_scene_share_one_field_of_relations(monkeypatch):
    session = session_of_two()
    session.field  # noqa: B018 (computed here, and only here)
    monkeypatch.setattr(prompt, "RelationField", lambda scene: 1 / 0)
    assert "cup" in session.prompt


def test_what_stands_on_a_thing_is_carried():
    assert session_of_two().carried_by(["table"]) == ("table", "cup")
    assert session_of_two().carried_by(["cup"]) == ("cup",)


def test_twins_are_told_apart_by_number():
    things = [SceneObject(id=key, label="chair") for key in ("chair", "chair-2")]
    assert names_in(Scene.of([*things, SceneObject(id="desk", label="desk")])) == {
        "chair": "chair 1",
        "chair-2": "chair 2",
        "desk": "desk",
    }
