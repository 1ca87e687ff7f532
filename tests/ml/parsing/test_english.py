"""English sentences -> text graphs."""

import pytest

from sd3studio.core.language.text_graph import Mention, TextGraph
from sd3studio.core.scene.predicates import Predicate
from sd3studio.ml.parsing.english import parse_english, parse_many_english
from sd3studio.ml.parsing.english_cleaning import clean


def said(text: str) -> set[tuple[str, str, str]]:
    return {(subject, predicate.value, thing) for subject, predicate, thing in parse_english(text).named()}


def mention(graph: TextGraph, noun: str) -> Mention:
    return next(m for m in graph.mentions if m.noun == noun)


@pytest.mark.parametrize(
    ("text", "triple"),
    [
        ("A cup is on the table.", ("cup", "on", "table")),
        ("a cup on a table", ("cup", "on", "table")),
        ("There is a cup on the table.", ("cup", "on", "table")),
        ("On the table is a cup.", ("cup", "on", "table")),
        ("On top of the table there is a cup.", ("cup", "on", "table")),
        ("A cup sits on top of the table.", ("cup", "on", "table")),
        ("The table has a cup on it.", ("cup", "on", "table")),
        ("A table with a cup on it.", ("cup", "on", "table")),
        ("The cup that is on the table is red.", ("cup", "on", "table")),
        ("A woman puts a cup on the table.", ("cup", "on", "table")),
        ("A boat is parked in front of a building.", ("boat", "in front of", "building")),
        ("In front of the house there is a red car.", ("car", "in front of", "house")),
        ("Under the sink is a cabinet.", ("cabinet", "under", "sink")),
        ("Beside the bed there's a nightstand.", ("nightstand", "next to", "bed")),
        ("A lamp stands to the left of the sofa.", ("lamp", "to the left of", "sofa")),
        ("To the left of the sofa stands a lamp.", ("lamp", "to the left of", "sofa")),
        ("the grass is green to the left of the funnel cake.", ("grass", "to the left of", "funnel cake")),
        ("hills are located on right side of water", ("hill", "to the right of", "water")),
        ("A cat is hiding underneath the sofa.", ("cat", "under", "sofa")),
        ("Power lines hang above the street.", ("power line", "above", "street")),
        ("The dog is lying inside the box.", ("dog", "in", "box")),
        ("A man wearing a red hat.", ("hat", "on", "man")),
        ("The building has a window.", ("window", "on", "building")),
        ("A room with a bed.", ("bed", "in", "room")),
        ("A man with a dog.", ("dog", "next to", "man")),
        ("A girl is riding a horse.", ("girl", "on", "horse")),
        ("The statue is covered with snow.", ("snow", "on", "statue")),
        ("The house is surrounded by trees.", ("house", "next to", "tree")),
        ("A chair facing the window.", ("chair", "facing", "window")),
        ("The chair stands with its back to the window.", ("chair", "facing away from", "window")),
        ("The chair's back is towards the table.", ("chair", "facing away from", "table")),
        ("A man is looking at a dog.", ("man", "facing", "dog")),
        ("The tree is taller than the house.", ("tree", "taller than", "house")),
        ("A cup of coffee.", ("coffee", "in", "cup")),
        ("A pile of books is beside the chair.", ("book", "next to", "chair")),
        ("train in front of trees", ("train", "in front of", "tree")),
        ("garbage can in front of building", ("garbage can", "in front of", "building")),
        ("there is some ice cream in a cone.", ("ice cream", "in", "cone")),
        ("clock on the wall above the door", ("clock", "above", "door")),
    ],
)
def test_a_phrasing_says_its_triple(text: str, triple: tuple[str, str, str]) -> None:
    assert triple in said(text)


def test_the_couch_and_the_lying_dog() -> None:
    graph = parse_english("A man is on the couch next to a dog laying down.")
    assert {("man", "on", "couch"), ("man", "next to", "dog")} == {(s, p.value, o) for s, p, o in graph.named()}
    assert mention(graph, "dog").attributes == ("lying",)


def test_the_weeds_before_the_tracks() -> None:
    graph = parse_english("Some weeds in the middle are in front of the railway tracks.")
    assert [(s, p.value, o) for s, p, o in graph.named()] == [("weed", "in front of", "railway track")]
    assert mention(graph, "weed").plural


@pytest.mark.parametrize(
    "text",
    [
        "There are two cars, one in front of the other.",
        "Two cars, one in front of the other",
        "One car is in front of another.",
    ],
)
def test_one_in_front_of_the_other_are_two_things(text: str) -> None:
    graph = parse_english(text)
    assert [m.noun for m in graph.mentions] == ["car", "car"]
    assert [(s, p.value, o) for s, p, o in graph.named()] == [("car", "in front of", "car")]


def test_each_other_splits_a_plural() -> None:
    assert said("Two dogs are next to each other.") == {("dog", "next to", "dog")}
    assert said("A dog and a cat are facing each other.") == {("dog", "facing", "cat")}


@pytest.mark.parametrize(
    ("text", "noun", "count"),
    [
        ("Two chairs are behind the table.", "chair", 2),
        ("There are twelve cups on the shelf.", "cup", 12),
        ("3 dogs under a tree", "dog", 3),
        ("a pair of shoes on the mat", "shoe", 2),
        ("A chair is behind the table.", "chair", 1),
    ],
)
def test_counts(text: str, noun: str, count: int) -> None:
    assert mention(parse_english(text), noun).count == count


@pytest.mark.parametrize(
    ("text", "triples"),
    [
        ("A table and a vase on it.", {("vase", "on", "table")}),
        ("There is a table and a vase on it.", {("vase", "on", "table")}),
        ("A dog and a cat behind it.", {("cat", "behind", "dog")}),
        ("There is a tree. A dog and a cat are behind it.", {("dog", "behind", "tree"), ("cat", "behind", "tree")}),
    ],
)
def test_it_means_what_was_named_before(text: str, triples: set[tuple[str, str, str]]) -> None:
    assert said(text) == triples
    assert "it" not in {m.noun for m in parse_english(text).mentions}


@pytest.mark.parametrize(
    ("text", "noun", "plural"),
    [
        ("A photo of a broccoli to the left of a bicycle.", "broccoli", False),
        ("A photo of a skis above a keyboard.", "ski", False),
        ("There are a few chairs behind the table.", "chair", True),
        ("Chairs stand behind the table.", "chair", True),
    ],
)
def test_what_has_an_article_is_one(text: str, noun: str, plural: bool) -> None:
    assert mention(parse_english(text), noun).plural == plural


def test_attributes_stand_before_and_after_the_noun() -> None:
    graph = parse_english("The small wooden table is old. A girl in blue sits by the red door.")
    assert set(mention(graph, "table").attributes) == {"small", "wooden", "old"}
    assert set(mention(graph, "girl").attributes) == {"blue", "sitting"}
    assert mention(graph, "door").attributes == ("red",)


@pytest.mark.parametrize(
    ("text", "noun", "attributes"),
    [
        ("a cat next to a round table", "table", ("round",)),
        ("a long brown leather sofa", "sofa", ("long", "brown", "leather")),
        ("a light blue chair", "chair", ("light blue",)),
        ("a bottle made of glass", "bottle", ("glass",)),
        ("a chair made out of wood", "chair", ("wooden",)),
        ("a sleeping dog on a carpet", "dog", ("sleeping",)),
        ("a red double-decker bus", "double-decker bus", ("red",)),
        ("a 2 m tall lamp", "lamp", ("2 m tall",)),
        ("a paper towel", "paper towel", ()),
        ("a standing lamp", "standing lamp", ()),
        ("five pine trees", "pine tree", ()),
    ],
)
def test_shapes_materials_shades_and_lengths_are_attributes(text: str, noun: str, attributes: tuple[str, ...]) -> None:
    graph = parse_english(text)
    assert mention(graph, noun).attributes == attributes
    assert not {m.noun for m in graph.mentions} & {"glass", "wood", "m", "double"}


@pytest.mark.parametrize(
    ("text", "triples"),
    [
        (
            "a kitchen with a fridge to the left of an oven and a round table in front of them",
            {
                ("fridge", "to the left of", "oven"),
                ("table", "in front of", "fridge"),
                ("table", "in front of", "oven"),
                ("fridge", "in", "kitchen"),
            },
        ),
        (
            "a cup to the right of a laptop and a chair in front of it",
            {("cup", "to the right of", "laptop"), ("chair", "in front of", "laptop")},
        ),
        (
            "There is a picture above the fireplace and a rug in front of it.",
            {("picture", "above", "fireplace"), ("rug", "in front of", "fireplace")},
        ),
        (
            "a sofa with a lamp next to it and a picture above it. A rug lies in front of it.",
            {("lamp", "next to", "sofa"), ("picture", "above", "sofa"), ("rug", "in front of", "sofa")},
        ),
        ("a bird on a fence behind which a cow is grazing", {("bird", "on", "fence"), ("cow", "behind", "fence")}),
    ],
)
def test_a_longer_description_is_read_as_it_is_meant(text: str, triples: set[tuple[str, str, str]]) -> None:
    assert said(text) == triples


def test_a_glass_of_water_is_no_material() -> None:
    assert said("a glass of water") == {("water", "in", "glass")}
    assert [m.noun for m in parse_english("a pile of wood").mentions] == ["wood"]


def test_a_list_with_commas_is_at_one_place() -> None:
    on = {(thing, "on", "sofa") for thing in ("cat", "dog", "bird")}
    assert said("a cat, a dog and a bird on the sofa") == on


def test_a_number_of_some_is_no_thing() -> None:
    assert [m.noun for m in parse_english("Two of the three dogs are brown.").mentions] == ["dog"]


def test_words_of_a_phrase_are_no_attributes() -> None:
    assert mention(parse_english("A hydrant is next to the wall."), "hydrant").attributes == ()


def test_it_means_the_subject_of_the_sentence_before() -> None:
    assert said("A dog sits on a mat. It is next to a cat.") == {("dog", "on", "mat"), ("dog", "next to", "cat")}


def test_it_after_a_preposition_means_the_last_thing() -> None:
    assert ("lamp", "behind", "chair") in said("A cat sleeps under a chair, and a lamp stands behind it.")


def test_he_means_a_man_and_not_a_table() -> None:
    assert ("dog", "behind", "man") in said("A man stands by the table. A dog is behind him.")


def test_the_same_noun_with_the_article_is_the_same_thing() -> None:
    graph = parse_english("A dog is on a mat. The dog is next to a cat. Another dog is behind the cat.")
    assert [m.noun for m in graph.mentions].count("dog") == 2
    assert [m.noun for m in graph.mentions].count("cat") == 1


@pytest.mark.parametrize(
    ("text", "noun"),
    [
        ("There is a fire hydrant on the sidewalk. A dog is next to the fire hydrant.", "fire hydrant"),
        ("A teddy bear sits on a bed. A lamp is beside the teddy bear.", "teddy bear"),
        ("A traffic light is behind a bus. A man is near the traffic light.", "traffic light"),
    ],
)
def test_a_noun_of_two_words_that_is_named_again_is_the_same_thing(text: str, noun: str) -> None:
    graph = parse_english(text)
    assert [mention.noun for mention in graph.mentions].count(noun) == 1 and len(graph.mentions) == 3
    assert graph.mentions[graph.triples[-1].object].noun == noun


def test_it_means_what_the_clause_before_ended_with() -> None:
    graph = parse_english("A dog and a cat; the dog is on a sofa; the cat is under it.")
    told = [(graph.mentions[t.subject].noun, graph.mentions[t.object].noun) for t in graph.triples]
    assert told == [("dog", "sofa"), ("cat", "sofa")]


def test_a_different_colour_is_a_different_thing() -> None:
    graph = parse_english("The red car is behind the blue car.")
    assert [m.attributes for m in graph.mentions] == [("red",), ("blue",)]


def test_two_mentions_of_one_triple_are_two_things() -> None:
    assert said("The guy is in front of the guy.") == {("guy", "in front of", "guy")}


def test_coordinated_nouns_and_clauses() -> None:
    text = "A chair and a table are to the left of the bed and the lamp is on top of the table."
    assert said(text) == {
        ("chair", "to the left of", "bed"),
        ("table", "to the left of", "bed"),
        ("lamp", "on", "table"),
    }
    assert said("A cup is on the table and the tray.") == {("cup", "on", "table"), ("cup", "on", "tray")}


def test_between_has_one_thing_on_either_side() -> None:
    triples = said("Put a red ball between the chair and the table.")
    assert triples == {("ball", "to the right of", "chair"), ("ball", "to the left of", "table")}


def test_a_relative_clause_speaks_of_its_noun() -> None:
    assert ("box", "under", "bed") in said("The cat is inside a box which is under the bed.")


def test_ones_own_left_is_in_the_objects_frame() -> None:
    graph = parse_english("The cat is to the dog's left.")
    assert [(t.predicate.value, t.frame) for t in graph.triples] == [("to the left of", "object")]
    assert graph.named()[0][::2] == ("cat", "dog")


def test_left_and_right_of_the_picture() -> None:
    assert said("A dog on the left and a cat on the right.") == {("dog", "to the left of", "cat")}


def test_what_is_on_somebodys_head_is_on_him() -> None:
    assert ("hat", "on", "man") in said("A man in blue has a hat on his head.")


def test_a_pronoun_without_antecedent_is_a_doubt() -> None:
    graph = parse_english("It is on the table.")
    assert graph.triples == ()
    assert "It" in graph.notes[0]


def test_spans_point_into_the_text() -> None:
    graph = parse_english("The red  car is behind the blue bus.")
    for found in graph.mentions:
        assert graph.text[found.start : found.end] == found.phrase


@pytest.mark.parametrize(
    "text", ["", ".", "?!", "Running quickly.", "Hello!", "On.", "in front of", "the the the", "of of"]
)
def test_odd_texts_give_no_triples(text: str) -> None:
    assert parse_english(text).triples == ()


def test_many_texts_come_in_order() -> None:
    texts = [f"A cup is on the {noun}." for noun in ("table", "chair", "shelf")]
    assert [graph.mentions[1].noun for graph in parse_many_english(texts)] == ["table", "chair", "shelf"]


def test_clean_mends_glued_articles_and_blanks() -> None:
    assert clean("a ring in thelobe") == "a ring in the lobe"
    assert clean("some chairs  around a table") == "some chairs around a table"
    assert clean("A dog,a cat") == "A dog, a cat"


@pytest.mark.parametrize(
    "text",
    [
        "The chair has its back to the table.",
        "The chair has its back turned towards the table.",
        "The chair turns its back on the table.",
    ],
)
def test_a_back_that_a_thing_has_or_turns_is_read(text):
    graph = parse_english(text)
    said = [(graph.mentions[t.subject].head, t.predicate, graph.mentions[t.object].head) for t in graph.triples]
    assert said == [("chair", Predicate.FACING_AWAY, "table")]


@pytest.mark.parametrize(
    ("text", "triples"),
    [
        ("A clock on the back wall and a sofa below it.", {("clock", "on", "back wall"), ("sofa", "under", "clock")}),
        ("A painting on the wall and below it a sofa.", {("painting", "on", "wall"), ("sofa", "under", "painting")}),
        (
            "A clock is on the wall and below it hangs a mirror.",
            {("clock", "on", "wall"), ("mirror", "under", "clock")},
        ),
        ("A shelf on the left wall, with books on it.", {("shelf", "on", "left wall"), ("book", "on", "shelf")}),
        ("A bed against the wall and a clock above it.", {("bed", "next to", "wall"), ("clock", "above", "bed")}),
        ("A rug on the floor and a table on it.", {("rug", "on", "floor"), ("table", "on", "rug")}),
        ("A sofa in front of the wall and a clock on it.", {("sofa", "in front of", "wall"), ("clock", "on", "wall")}),
        ("A house beside a road and a car on it.", {("house", "next to", "road"), ("car", "on", "road")}),
    ],
)
def test_it_hardly_means_a_wall_or_the_floor(text, triples):
    assert said(text) == triples


@pytest.mark.parametrize(
    ("text", "triples"),
    [
        (
            "A dog next to the bench and a bicycle to the left of the car.",
            {("dog", "next to", "bench"), ("bicycle", "to the left of", "car")},
        ),
        (
            "A lamp is on the desk and a picture hangs on the wall.",
            {("lamp", "on", "desk"), ("picture", "on", "wall")},
        ),
        ("A chair and a table next to a bed.", {("chair", "next to", "bed"), ("table", "next to", "bed")}),
    ],
)
def test_of_several_things_each_is_at_its_own_place(text, triples):
    assert said(text) == triples


@pytest.mark.parametrize(
    ("text", "thing", "walls"),
    [
        ("A picture on the back wall and a lamp in the corner.", "lamp", {"back wall", "right wall"}),
        ("A lamp stands in the left corner and a picture hangs on the wall.", "lamp", {"wall", "left wall"}),
        ("A bed against the left wall and a lamp in a corner of the room.", "lamp", {"back wall", "left wall"}),
        (
            "A clock on the wall, a bed in the corner, a lamp in the other corner.",
            "lamp",
            {"wall", "left wall"},
        ),
        ("A lamp in the corner of the picture and a clock on the wall.", "lamp", set()),
        ("A lamp in the front corner and a clock on the wall.", "lamp", set()),
        ("The tiles in the upper left corner are on the wall.", "tile", set()),
        ("A lamp in the corner.", "lamp", {"back wall", "right wall"}),
        ("A lamp stands in the left corner of the kitchen.", "lamp", {"back wall", "left wall"}),
        ("A dog at the corner.", "dog", set()),
        ("A dog in the corner of the park.", "dog", set()),
        ("A cat on the grass and a dog in the corner.", "dog", set()),
    ],
)
def test_what_is_in_the_corner_of_a_room_is_at_two_walls(text, thing, walls):
    assert {other for one, predicate, other in said(text) if (one, predicate) == (thing, "next to")} == walls
