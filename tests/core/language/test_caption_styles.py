"""Captions by templates: variables, optional parts, facts, and what templates can't be."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sd3studio.core.errors import InputError
from sd3studio.core.language.caption_styles import NOTHING, STYLES, caption_in_style, check_template
from sd3studio.core.relations import grade_of
from sd3studio.core.scene.values import Scene, SceneObject

ROOM = Scene.of(
    [
        SceneObject(id="dog", label="dog", center=(-1.5, 0.0, 0.3), size=(0.8, 0.4, 0.6)),
        SceneObject(id="couch", label="couch", center=(1.5, 0.0, 0.4), size=(2.0, 0.9, 0.8)),
    ]
)


def said(template: str, **about: str) -> str:
    return caption_in_style(ROOM, template, about).text


def test_variables_of_photo_and_scene():
    assert said("{date} {filename}: {tags}", date="2024-05-31", filename="img") == "2024-05-31 img: dog, couch"
    assert said("{objects}.") == "a dog and a couch."


def test_optional_parts_go_with_their_variables():
    assert said("[Taken in {place}. ]{tags}") == "dog, couch"
    assert said("[Taken in {place}. ]{tags}", place="Rome") == "Taken in Rome. dog, couch"
    assert said("{tags} ({place})") == "dog, couch"


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("Taken in {place}. {tags}.", "dog, couch."),
        ("{tags}. Taken in {place} with a {camera}.", "dog, couch."),
        ("{tags}, taken in {place}.", "dog, couch."),
        ("{date}, {place}: {tags}", "2024: dog, couch"),
        ("Seen {where}", "A photo."),
        ("{caption} Taken {where}.", said("{caption}")),
    ],
)
def test_clauses_of_which_nothing_is_known_go_away(template, text):
    assert said(template, date="2024") == text if "date" in template else said(template) == text


@pytest.mark.parametrize(
    ("kind", "label", "place", "where"),
    [
        ("concept", "kitchen", "a kitchen", "in a kitchen"),
        ("concept", "street", "a street", "on a street"),
        ("concept", "countryside", "the countryside", "in the countryside"),
        ("stuff", "grass", "grass", "on grass"),
        ("stuff", "floor", "", ""),
    ],
)
def test_the_place_is_that_of_the_file_else_what_the_scene_shows(kind, label, place, where):
    scene = ROOM.with_objects(SceneObject(id="place", label=label, kind=kind))
    made = [caption_in_style(scene, template).text for template in ("{tags}[ {place}]", "{tags}[ {where}]")]
    assert [text.partition("couch")[2].removeprefix(f", {label}").strip() for text in made] == [place, where]
    assert caption_in_style(scene, "Taken {where}.", {"place": "Rome"}).text == "Taken in Rome."


def test_a_place_that_the_sentence_names_is_not_said_twice():
    kitchen = SceneObject(id="place", label="kitchen", kind="concept")
    text = caption_in_style(ROOM.with_objects(kitchen), STYLES["dated"], {"date": "2024-05-31"}).text
    assert text.startswith("2024-05-31: A kitchen") and text.count("kitchen") == 1


@pytest.mark.parametrize("style", STYLES)
def test_every_style_states_true_facts_only(style):
    caption = caption_in_style(ROOM, STYLES[style])
    assert caption.text and caption.scope == "scene"
    assert all(grade_of(ROOM, f.subject, f.predicate, f.object, f.frame) > 0.5 for f in caption.facts)


def test_more_facts_are_said_when_asked_for():
    assert said("{facts:1}").count(".") <= said("{facts}").count(".")
    assert caption_in_style(Scene(), "{facts}").text == NOTHING


@pytest.mark.parametrize("template", ["", "  ", "{colour}", "{caption", "caption}", "{tags:3}", "{0}", "{__class__}"])
def test_templates_that_cant_be_are_refused(template):
    with pytest.raises(InputError):
        check_template(template)


@settings(deadline=None, max_examples=50)
@given(st.text(max_size=60))
def test_any_text_is_a_template_or_a_sentence(template):
    try:
        caption = caption_in_style(ROOM, template)
    except InputError:
        return
    assert 1 <= len(caption.text) <= 4_000
