"""Search by what stands where, filters, words, facets, like scenes and duplicates."""

from dataclasses import replace

import pytest

from sd3studio.core.errors import InputError
from sd3studio.core.messages import PhotoFacts, PhotoWork, QueryResult
from sd3studio.core.scene.predicates import Predicate
from sd3studio.core.scene.values import Scene, SceneObject
from sd3studio.core.searching import SceneQuery, WantedRelation, WantedThing, query_of_words, resolved
from sd3studio.core.searching.chinese import HAN
from sd3studio.ml.parsing.chinese import parse_chinese
from sd3studio.services.library import MACHINE, Library
from sd3studio.services.library import search as library_search
from sd3studio.services.library.caption_store import write_caption
from sd3studio.services.library.facets import facets
from sd3studio.services.library.filters import Filters, split_filters
from sd3studio.services.library.querying import typed_query
from sd3studio.services.library.scanning import add_folder, scan_all
from sd3studio.services.library.search import match_in, photo_ids, search
from sd3studio.services.library.similar import Signatures, duplicates
from sd3studio.services.library.storing import store_work


def row_of(*labels: str, colour: str = "") -> Scene:
    """Things from left to right, 1.5 m apart, before the default camera."""
    return Scene.of(
        SceneObject(
            id=f"{label.replace(' ', '-')}-{i}",
            label=label,
            center=(1.5 * i - 1.5, 0.0, 0.4),
            size=(0.6, 0.6, 0.8),
            attributes=(colour,) if colour else (),
        )
        for i, label in enumerate(labels)
    )


SCENES = {
    "a.jpg": row_of("dog", "couch"),
    "b.jpg": row_of("couch", "dog"),
    "c.jpg": row_of("chair", "chair", "potted plant"),
    "d.jpg": row_of("car", "bus", colour="red"),
    "e.jpg": row_of("person", "dog", "couch"),
}


@pytest.fixture
def library(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for name in (*SCENES, "f.jpg"):
        (folder / name).write_bytes(name.encode())
    with Library.open(tmp_path / "library") as opened:
        add_folder(opened, folder)
        scan_all(opened)
        for name, scene in SCENES.items():
            opened.put_scene(opened.by_path(folder / name).id, scene, MACHINE)
        yield opened


def read(text: str, labels) -> QueryResult:
    """Read a query without a sentence parser."""
    query, likenesses = resolved(query_of_words(text, lambda clause: pytest.fail(clause), labels), set(labels))
    return QueryResult(query, tuple(likenesses))


def names(library: Library, text: str) -> list[str]:
    found, _, _ = typed_query(library, text, read)
    return [library.photo(hit.photo).name for hit in found.hits]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("dog left of couch", ["a.jpg", "e.jpg"]),
        ("couch right of dog", ["a.jpg", "e.jpg"]),
        ("dog right of couch", ["b.jpg"]),
        ("dog left of couch and no person", ["a.jpg"]),
        ("two chairs", ["c.jpg"]),
        ("exactly one dog", ["a.jpg", "b.jpg", "e.jpg"]),
        ("two chairs left of potted plant", ["c.jpg"]),
        ("red car left of bus", ["d.jpg"]),
        ("blue car left of bus", []),
        ("person left of dog, dog left of couch", ["e.jpg"]),
        ("couch label:person", ["e.jpg"]),
        ("label:chair>=2", ["c.jpg"]),
    ],
)
def test_words_find_what_stands_where(library, text, expected):
    assert sorted(names(library, text)) == expected


def test_synonyms_and_kinds_find_labels(library):
    for noun, expected in (("sofa", 3), ("vehicle", 1), ("animal", 3), ("man", 1), ("zebra", 0)):
        assert search(library, SceneQuery(things=(WantedThing(label=noun),))).total == expected, noun


def test_what_has_no_such_label_is_looked_for_among_words(library):
    write_caption(library, 6, "mine", "Sunset over the harbour", "anna")
    found, result, filters = typed_query(library, "harbour sunset", lambda text, labels: QueryResult(SceneQuery()))
    assert [hit.photo for hit in found.hits] == [6] and result.query.is_empty and filters.words
    assert "looked for" in found.notes[-1]


def test_a_drawn_layout_finds_by_place(library):
    things = (WantedThing(label="dog", box=(0.1, 0.4, 0.3, 0.7)), WantedThing(label="couch", box=(0.6, 0.4, 0.9, 0.7)))
    relation = WantedRelation(subject=0, predicate=Predicate.LEFT_OF, object=1, view="picture")
    found = search(library, SceneQuery(things=things, relations=(relation,)))
    assert {library.photo(hit.photo).name for hit in found.hits} == {"a.jpg", "e.jpg"}


def test_what_matched_is_told(library):
    query = query_of_words("dog left of couch", lambda text: None, ("dog", "couch"))
    assert match_in(library, query, 5).keys == ("dog-1", "couch-2")
    assert match_in(library, query, 2) is None


def test_filters_by_state_caption_date_and_words(library):
    library.set_state(1, "checked", "anna")
    write_caption(library, 2, "mine", "A dog by the fireplace", "anna")
    assert photo_ids(library, Filters(states=("checked",))) == [1]
    assert photo_ids(library, Filters(caption="human")) == [2]
    assert photo_ids(library, Filters(words="firepl")) == [2]
    assert photo_ids(library, Filters(file="C.JP")) == [3]
    assert photo_ids(library, Filters(labels=(("dog", 1),), states=("parsed",))) == [2, 5]
    assert split_filters('dog state:in-work "red door"') == ("dog", Filters(states=("in work",), words="red door"))
    with pytest.raises(InputError, match="no state"):
        split_filters("state:finished")


def test_words_with_signs_of_the_query_language_are_only_words(library):
    for text in ('"', "a OR b", "NEAR(", "*", "100%_", "';--", "x" * 5000):
        everything = photo_ids(library, Filters())
        assert photo_ids(library, Filters(words=text)) in ([], everything)  # signs alone are no words: nothing is asked
        assert photo_ids(library, Filters(file=text, camera=text, folder_words=text)) == []


def test_facets_count(library):
    counts = facets(library)
    assert counts.states["parsed"] == 5 and counts.states["new"] == 1
    assert counts.labels["dog"] == 3 and counts.labels["chair"] == 1
    assert counts.predicates["to the left of"] == 5
    assert facets(library, Filters(labels=(("bus", 1),))).labels == {"bus": 1, "car": 1}


def test_like_scenes_come_first(library):
    signatures = Signatures(library)
    assert signatures.like(1)[0].photo in (2, 5)
    assert signatures.like(1)[-1].photo in (3, 4) or len(signatures.like(1)) < 4
    library.put_scene(4, SCENES["a.jpg"], "anna")
    assert signatures.like(1)[0].photo == 4
    with pytest.raises(InputError, match="no scene yet"):
        signatures.like(6)


def test_the_same_file_and_a_near_picture_are_duplicates(library):
    looks = (0x123456789ABCDEF, 0x123456789ABCDEF ^ 0b101, 0x7EDCBA9876543210, 0x0F0F0F0F0F0F0F0F, 0x3333333333333333)
    facts = [PhotoFacts(f"{i:064x}", bits, 64, 48) for i, bits in enumerate(looks)]
    facts[4] = replace(facts[3], looks=looks[4])
    with library.database.change() as db:
        for number, fact in enumerate(facts, start=1):
            store_work(db, number, PhotoWork(facts=fact), "", "", "")
    assert sorted(duplicates(library)) == [(1, 2), (4, 5)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("dog not left of couch", ["b.jpg"]),
        ("no person left of dog", ["a.jpg", "b.jpg"]),
        ("dog without a person", ["a.jpg", "b.jpg"]),
        ("dog but not a person", ["a.jpg", "b.jpg"]),
        ("dog -person", ["a.jpg", "b.jpg"]),
        ("at most one chair", ["a.jpg", "b.jpg", "d.jpg", "e.jpg"]),
        ("fewer than two chairs, no couch", ["d.jpg"]),
        ("exactly zero dogs", ["c.jpg", "d.jpg"]),
        ("1-2 chairs", ["c.jpg"]),
        ("bus or chair", ["c.jpg", "d.jpg"]),
        ("at least two chairs or dogs, no bus", ["c.jpg"]),
        ("person or car left of a bus", ["d.jpg"]),
        ("something left of a dog", ["b.jpg", "e.jpg"]),
        ("show me photos of someone left of a dog", ["e.jpg"]),
        ("nothing left of the dog", ["a.jpg"]),
        ("至多一把椅子，没有狗", ["d.jpg"]),
    ],
)
def test_numbers_denials_and_alternatives(library, text, expected):
    def parse(clause: str):
        return parse_chinese(clause) if HAN.search(clause) else pytest.fail(clause)

    def read(words: str, labels) -> QueryResult:
        query, likenesses = resolved(query_of_words(words, parse, labels), set(labels))
        return QueryResult(query, tuple(likenesses))

    found, _, _ = typed_query(library, text, read)
    assert sorted(library.photo(hit.photo).name for hit in found.hits) == expected


def test_what_is_not_known_of_things_is_left_out_and_said(library):
    query = SceneQuery(things=(WantedThing(label="bus", attributes=("huge",)),))
    result = QueryResult(query, ({"bus": 1.0},))
    found, read_as, _ = typed_query(library, "huge bus", lambda text, labels: result)
    assert found.total == 1 and "huge" in found.notes[0] and not read_as.query.things[0].attributes


def test_a_search_goes_on_until_all_candidates_are_looked_at(library, monkeypatch):
    monkeypatch.setattr(library_search, "FIRST_LOOKED_AT", 1)
    monkeypatch.setattr(library_search, "PORTION", 1)
    query = query_of_words("dog left of couch, couch right of dog", lambda text: None, ("dog", "couch"))
    query = query.replace(relations=(*query.relations, query.relations[0].replace(view="picture")))
    steps = list(library_search.searching(library, query))
    assert [step.whole for step in steps] == [False] * (len(steps) - 1) + [True] and len(steps) > 1
    assert [step.looked_at for step in steps] == list(range(1, len(steps) + 1))
    assert {step.candidates for step in steps[1:]} == {len(steps)}
    assert {library.photo(hit.photo).name for hit in steps[-1].hits} == {"a.jpg", "e.jpg"}
    assert search(library, query) == steps[-1]
