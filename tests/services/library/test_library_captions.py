"""Captions: whose they are, when they are stale, what is doubtful, changing many and taking that back."""

import pytest

from sd3studio.core.errors import InputError
from sd3studio.core.language.caption_styles import caption_in_style
from sd3studio.core.messages import QueryResult
from sd3studio.core.scene.caption import Caption
from sd3studio.core.scene.predicates import Predicate
from sd3studio.core.searching import IndexedRelation, IndexedThing, SceneIndex, query_of_words, resolved
from sd3studio.services.library import MACHINE, Library
from sd3studio.services.library.caption_editing import (
    caption_steps,
    contradictions,
    count_tokens,
    denied,
    flags_of,
    is_generic,
    plan_replace,
    replace_all,
    undo_captions,
)
from sd3studio.services.library.caption_store import (
    add_style,
    captions_of_photo,
    put_caption,
    template_of,
    write_caption,
)
from sd3studio.services.library.scanning import add_folder, scan_all
from tests.library_jobs import scene_of


@pytest.fixture
def library(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for name in ("a.jpg", "b.jpg"):
        (folder / name).write_bytes(name.encode())
    with Library.open(tmp_path / "library") as opened:
        add_folder(opened, folder)
        scan_all(opened)
        for number in (1, 2):
            scene = scene_of(folder / opened.photo(number).name)
            opened.put_scene(number, scene, MACHINE)
            caption = caption_in_style(scene, "{caption} {facts:1}")
            with opened.database.change() as db:
                put_caption(db, number, "sentence", caption, MACHINE, opened.photo(number).scene_hash, "{caption}")
        yield opened


def only(library: Library, photo: int = 1):
    (caption,) = captions_of_photo(library, photo)
    return caption


def test_a_persons_text_is_never_overwritten_by_the_program(library):
    write_caption(library, 1, "sentence", "  My words. ", "anna")
    with library.database.change() as db:
        assert not put_caption(db, 1, "sentence", Caption(text="A photo."), MACHINE, "x", "")
    assert (only(library).text, only(library).maker, only(library).author) == ("My words.", "human", "anna")
    write_caption(library, 1, "sentence", "", "anna")
    assert captions_of_photo(library, 1) == ()


def test_a_changed_scene_makes_its_captions_stale_and_contradicted_ones_are_told(library):
    assert not only(library).stale and flags_of(only(library), library.index_of(1)) == ()
    scene = library.scene_of(1)
    turned = {
        key: thing.replace(center=(-thing.center[0], -thing.center[1], thing.center[2]))
        for key, thing in scene.objects.items()
    }
    library.put_scene(1, scene.replace(objects=turned), "anna")
    assert only(library).stale
    assert {"stale", "contradicted"} <= set(flags_of(only(library), library.index_of(1)))


def test_a_persons_words_are_held_against_the_scene(library):
    index = library.index_of(1)
    relation = next(r for r in index.relations if r.predicate is Predicate.LEFT_OF and r.space == 1.0)
    first, second = index.things[relation.subject].label, index.things[relation.object].label

    def read(text: str) -> QueryResult:
        query, likenesses = resolved(query_of_words(text, lambda clause: pytest.fail(clause), labels), labels)
        return QueryResult(query, tuple(likenesses))

    labels = {thing.label for thing in index.things}
    write_caption(library, 1, "mine", f"{first} left of {second}", "anna")
    mine = next(c for c in captions_of_photo(library, 1) if c.style == "mine")
    assert contradictions(mine, index, read) == []
    write_caption(library, 1, "mine", f"{first} not left of {second}", "anna")
    mine = next(c for c in captions_of_photo(library, 1) if c.style == "mine")
    assert contradictions(mine, index, read) == [f"{first} not to the left of {second}"]


def test_find_and_replace_is_undone_as_a_whole_but_not_over_later_words(library):
    before = [only(library, n).text for n in (1, 2)]
    planned = plan_replace(library, [1, 2], " is ", " was ")
    assert {item.photo for item in planned} == {1, 2}
    step = replace_all(library, planned, "anna")
    assert [(name, number) for name, _, number in caption_steps(library)] == [(step, 2)]
    assert only(library, 2).maker == "human" and " was " in only(library, 2).text
    write_caption(library, 2, "sentence", "Later words.", "ben")
    assert undo_captions(library, step, "anna") == (1, 1)
    assert only(library, 1).text == before[0] and only(library, 1).maker == "rule"
    assert only(library, 2).text == "Later words."
    assert caption_steps(library) == []


def test_bad_patterns_and_styles_are_sentences(library):
    for find, put in (("(", "x"), ("(a", "x"), ("a", r"\7")):
        with pytest.raises(InputError, match="regular expression"):
            plan_replace(library, [1, 2], find, put, pattern=True)
    with pytest.raises(InputError, match=r"no variable \{colour\}"):
        add_style(library, "mine", "{colour}")
    with pytest.raises(InputError, match="name of its own"):
        add_style(library, "tags", "{tags}")
    add_style(library, "mine", "[{date}: ]{tags}")
    assert template_of(library, "mine") == "[{date}: ]{tags}"


def test_general_and_long_texts_are_flagged(library):
    index = library.index_of(1)
    label = index.things[0].label
    assert is_generic("A photo.", index) and is_generic("a picture of something", index)
    assert not is_generic(f"The {label} near the window", index)
    write_caption(library, 1, "sentence", f"The {label} " * 60, "anna")
    assert "too long" in flags_of(only(library), index)
    assert count_tokens("a dog") == 4


def test_what_a_text_says_is_denied_where_no_such_pair_stands_so():
    things = (
        IndexedThing("dog", "dog", "object", 1.0, None, 1.0),
        IndexedThing("cup", "cup", "object", 1.0, None, 2.0),
    )
    index = SceneIndex(things, (IndexedRelation(0, Predicate.LEFT_OF, 1, 0.9, 0.9),))

    def denied_of(text: str) -> list[str]:
        labels = {"dog", "cup"}
        query, likenesses = resolved(query_of_words(text, lambda clause: pytest.fail(clause), labels), labels)
        return denied(QueryResult(query, tuple(likenesses)), index)

    assert denied_of("dog left of cup") == [] == denied_of("cup right of dog") == denied_of("dog not behind cup")
    assert denied_of("dog right of cup") == ["dog to the right of cup"]
    assert denied_of("dog not left of cup") == ["dog not to the left of cup"]
