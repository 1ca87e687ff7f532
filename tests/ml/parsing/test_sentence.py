"""Sentence -> scene: the job, its layout, and what it says of bad input."""

from pathlib import Path

import pytest

from sd3studio.core.catalogue import CATALOGUE_FOLDER
from sd3studio.core.errors import SentenceError
from sd3studio.core.messages import Finished, Note, Progress, SceneResult
from sd3studio.core.recognised import steady_score
from sd3studio.core.relations import grade_of
from sd3studio.core.relations.apparent import projected_boxes
from sd3studio.core.relations.supports import surface_height
from sd3studio.core.requests import ParseText
from sd3studio.core.scene.boxes import Boxes
from sd3studio.core.scene.predicates import Predicate
from sd3studio.core.scene.values import Scene
from sd3studio.core.synthesis.dressing import MANY_COLOURS
from sd3studio.core.walls import inner_face
from sd3studio.ml.parsing.sentence import language_of, read_text, run

needs_catalogue = pytest.mark.skipif(
    not (CATALOGUE_FOLDER / "index.json").is_file(), reason="the catalogue is not built"
)
SLIDES = "画一张图有一张桌子、一把椅子，一本书，椅子放在在桌子的左侧，书放在椅子上，椅背对着桌子"


def result_of(text: str) -> SceneResult:
    *before, last = run(ParseText(text=text))
    assert all(isinstance(message, Progress | Note) for message in before)
    assert isinstance(last, Finished)
    return last.result


def stored(scene: Scene) -> set[tuple[str, Predicate, str]]:
    return {(r.subject, r.predicate, r.object) for r in scene.relations}


def assert_all_true(scene: Scene) -> None:
    for relation in scene.relations:
        grade = grade_of(scene, relation.subject, relation.predicate, relation.object, relation.frame)
        assert grade >= 0.5, f"{relation.subject} {relation.predicate.value} {relation.object}: {grade:.2f}"


def assert_in_view(scene: Scene) -> None:
    for thing in scene.solid_objects():
        pixel, depth = scene.camera.project(thing.center)
        assert depth > 0
        assert 0 <= pixel[0] <= scene.camera.width
        assert 0 <= pixel[1] <= scene.camera.height


@needs_catalogue
@pytest.mark.parametrize(
    "text",
    [
        SLIDES,
        "A table, a chair, a book. The chair is at the left of the table, the book is on the chair, "
        "and the chair stands with its back to the table.",
    ],
)
def test_the_prompt_of_the_slides_stands_as_it_says(text: str) -> None:
    scene = result_of(text).scene
    assert stored(scene) == {
        ("chair", Predicate.LEFT_OF, "table"),
        ("book", Predicate.ON, "chair"),
        ("chair", Predicate.FACING_AWAY, "table"),
    }
    assert_all_true(scene)
    assert_in_view(scene)
    assert all(thing.mesh for thing in scene.objects.values())


@needs_catalogue
def test_two_cars_one_in_front_of_the_other() -> None:
    scene = result_of("Two cars, one in front of the other.").scene
    assert stored(scene) == {("car", Predicate.IN_FRONT_OF, "car-2")}
    assert scene.objects["car"].center[1] < scene.objects["car-2"].center[1]
    assert_all_true(scene)


@needs_catalogue
def test_the_man_sits_on_the_couch_and_the_dog_lies_beside_him() -> None:
    scene = result_of("A man is on the couch next to a dog laying down.").scene
    assert stored(scene) == {("man", Predicate.ON, "couch"), ("man", Predicate.NEXT_TO, "dog")}
    assert "sitting" in scene.objects["man"].attributes
    assert "lying" in scene.objects["dog"].attributes
    assert_all_true(scene)


@needs_catalogue
def test_a_floor_lamp_beside_a_cat_on_a_sofa_stands_on_the_floor() -> None:
    scene = result_of("a cat on a sofa next to a floor lamp").scene
    assert_all_true(scene)
    lamp = scene.objects["floor-lamp"]
    assert lamp.center[2] - lamp.size[2] / 2.0 == pytest.approx(0.0, abs=0.01)


def test_of_two_cars_on_a_road_neither_hides_the_other() -> None:
    scene = result_of("two cars on a road").scene
    assert_all_true(scene)
    first, second = projected_boxes(Boxes.of(scene.solid_objects()), scene.camera)
    both = min(first[2], second[2]) - max(first[0], second[0])
    assert both < 0.2 * min(first[2] - first[0], second[2] - second[0])


def test_the_weeds_are_in_front_of_the_tracks() -> None:
    result = result_of("Some weeds in the middle are in front of the railway tracks.")
    assert len([o for o in result.scene.objects.values() if o.label == "weed"]) == 3
    assert len([o for o in result.scene.objects.values() if o.label == "railway track"]) == 1
    assert any("does not say how many" in note for note in result.notes)
    assert_all_true(result.scene)


@needs_catalogue
def test_counts_become_objects() -> None:
    scene = result_of("Two chairs are to the left of a table.").scene
    assert sorted(scene.objects) == ["chair", "chair-2", "table"]
    assert len(scene.relations) == 2
    assert_all_true(scene)


@needs_catalogue
def test_what_is_against_a_wall_has_its_back_to_it() -> None:
    scene = result_of("A couch against the wall. A lamp is to the left of the couch.").scene
    couch, wall = scene.objects["couch"], scene.objects["wall"]
    assert wall.size[0] > wall.size[1] and abs(couch.yaw) < 0.01
    assert 0.0 <= wall.center[1] - wall.size[1] / 2.0 - (couch.center[1] + couch.size[1] / 2.0) < 0.3


def test_ground_lies_under_its_things_and_a_wall_behind() -> None:
    scene = result_of("A red car is parked on the street in front of a white wall.").scene
    assert scene.objects["street"].kind == "stuff"
    assert scene.objects["street"].center[2] < 0
    assert scene.objects["wall"].center[1] > scene.objects["car"].center[1]
    assert scene.objects["car"].colour is not None
    assert_all_true(scene)


@needs_catalogue
def test_a_room_is_a_concept_around_what_is_in_it() -> None:
    scene = result_of("There is a chair in the kitchen.").scene
    assert scene.objects["kitchen"].kind == "concept"
    assert scene.objects["chair"].parent == "kitchen"


def test_all_things_of_a_sentence_are_part_of_the_room_that_it_names() -> None:
    scene = result_of("a kitchen with a table and a cup to the left of the table").scene
    assert {scene.objects[key].parent for key in ("table", "cup")} == {"kitchen"}


@pytest.mark.parametrize(
    ("text", "label", "mesh", "prompt"),
    [
        ("a cup of coffee on the table", "cup", "cup", "cup of coffee"),
        ("a bowl of soup on the table", "bowl", "bowl-soup", "bowl of soup"),
        ("一杯咖啡在桌子上", "cup", "cup", "cup of coffee"),
    ],
)
def test_a_vessel_with_a_drink_is_one_thing(text: str, label: str, mesh: str, prompt: str) -> None:
    scene = result_of(text).scene
    assert sorted(thing.label for thing in scene.objects.values() if thing.kind == "object") == [label, "table"]
    assert (scene.objects[label].mesh or "").startswith(mesh)
    assert scene.objects[label].prompt == prompt


def test_what_flies_over_a_thing_is_in_the_air_above_it() -> None:
    scene = result_of("a purple elephant flying over the sofa").scene
    elephant, sofa = scene.objects["elephant"], scene.objects["sofa"]
    assert elephant.center[:2] == pytest.approx(sofa.center[:2])
    assert elephant.center[2] - elephant.size[2] / 2.0 > sofa.center[2] + sofa.size[2] / 2.0


def test_other_things_in_a_vessel_stay_things() -> None:
    assert {"bowl", "apple"} <= {thing.label for thing in result_of("a bowl of apples").scene.objects.values()}


@needs_catalogue
def test_a_thing_in_the_sky_flies() -> None:
    scene = result_of("A kite in the sky above a man on the beach.").scene
    assert scene.objects["kite"].center[2] > 2.5
    assert_all_true(scene)


@needs_catalogue
def test_clothes_and_body_parts_are_words_about_their_owner() -> None:
    scene = result_of("A woman in a red dress holds an umbrella in her hand.").scene
    assert sorted(scene.objects) == ["umbrella", "woman"]
    assert "red dress" in scene.objects["woman"].prompt


@needs_catalogue
def test_windows_are_on_the_face_of_the_house() -> None:
    scene = result_of("A house with two windows and a door.").scene
    house = scene.objects["house"]
    front = house.center[1] - house.size[1] / 2
    for name in ("window", "window-2", "door"):
        assert scene.objects[name].center[1] <= front
        assert scene.objects[name].parent == "house"


@needs_catalogue
@needs_catalogue
@pytest.mark.parametrize(
    ("text", "label"), [("A scissors on a desk.", "scissors"), ("The skis are by a tree.", "skis")]
)
def test_what_has_no_singular_keeps_its_name(text: str, label: str) -> None:
    thing = result_of(text).scene.objects[label]
    assert thing.label == thing.category == label


@needs_catalogue
@pytest.mark.parametrize("text", ["A dining table with four chairs and a vase.", "餐桌有四把椅子，花瓶在餐桌上。"])
def test_the_chairs_of_a_table_stand_around_it(text: str) -> None:
    scene = result_of(text).scene
    table = next(o.id for o in scene.solid_objects() if o.category == "dining table")
    assert scene.objects[table].mesh != "dining-table-set"  # that one has chairs of its own
    chairs = [o for o in scene.solid_objects() if o.category == "chair"]
    assert len(chairs) == 4 and ("vase", Predicate.ON, table) in stored(scene)
    assert {(c.id, Predicate.NEXT_TO, table) for c in chairs} <= stored(scene)
    across, along = (sorted(chair.center[axis] for chair in chairs) for axis in (0, 1))
    assert across[0] < -0.7 and across[-1] > 0.7 and along[0] < -0.6 and along[-1] > 0.6
    assert_all_true(scene)


@needs_catalogue
def test_an_unknown_noun_is_drawn_as_something_and_says_so() -> None:
    result = result_of("A wizard stands next to a flurbwock.")
    assert result.scene.objects["wizard"].category == "person"
    assert "drawn as" in result.scene.objects["wizard"].provenance.detail
    assert result.scene.objects["flurbwock"].mesh is None
    assert "plain box" in result.scene.objects["flurbwock"].provenance.detail
    assert any("flurbwock" in note for note in result.notes)


@needs_catalogue
def test_a_table_is_laid_unless_a_colour_or_material_is_said() -> None:
    assert result_of("A dining table.").scene.objects["dining-table"].mesh in MANY_COLOURS
    for said in ("A green table.", "A wooden table."):
        assert result_of(said).scene.objects["table"].mesh not in MANY_COLOURS


@needs_catalogue
@pytest.mark.parametrize(
    ("text", "laid"),
    [
        ("A vase on the dining table.", False),
        ("A bowl in the middle of the dining table.", False),
        ("An empty table.", False),
        ("The table is bare.", False),
        ("There is nothing on the table.", False),
        ("桌子上有一个花瓶。", False),
        ("A vase on a laid table.", True),
        ("A set table with a vase on it.", True),
        ("A cat under a table.", True),
        ("A book on a chair next to a table.", True),
    ],
)
def test_a_table_is_not_laid_where_it_is_told_what_is_on_it(text: str, laid: bool) -> None:
    (table,) = (thing for thing in result_of(text).scene.objects.values() if thing.category == "dining table")
    assert (table.mesh in MANY_COLOURS) == laid


@needs_catalogue
def test_a_book_lies_on_the_top_of_a_laid_table() -> None:
    scene = result_of("A book on a laid table.").scene
    book, table = scene.objects["book"], scene.objects["table"]
    assert table.mesh in MANY_COLOURS
    assert book.center[2] - book.size[2] / 2 == pytest.approx(surface_height(table), abs=0.01)
    assert_all_true(scene)


@needs_catalogue
@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("A toy airplane is on a table.", "toy airplane"),
        ("There is a model train on the desk.", "model train"),
        ("A miniature boat stands on a shelf.", "boat"),
        ("桌子上有一架玩具飞机。", "toy airplane"),
        ("桌子上有一艘迷你船。", "boat"),
    ],
)
def test_a_toy_has_the_size_of_one(text: str, label: str) -> None:
    toy = next(thing for thing in result_of(text).scene.objects.values() if thing.label == label)
    assert max(toy.size) < 0.4


def test_a_train_behind_which_a_vase_shall_be_seen_is_a_toy_and_told_to_be_one() -> None:
    result = result_of("A vase behind a train.")
    assert_all_true(result.scene)
    assert {thing.label for thing in result.scene.solid_objects()} == {"vase", "toy train"}
    assert any(note.startswith("The train is drawn as a toy") for note in result.notes)
    real = result_of("A vase in front of a train.").scene
    assert max(max(thing.size) for thing in real.solid_objects()) > 5.0


def test_small_and_big_change_the_size() -> None:
    small = result_of("A small dog.").scene.objects["dog"].size
    usual = result_of("A dog.").scene.objects["dog"].size
    assert small[2] < usual[2]


@needs_catalogue
def test_a_told_length_is_the_size_and_the_rest_follows() -> None:
    usual, told = (result_of(text).scene.objects["lamp"] for text in ("a lamp", "a 50 cm high lamp"))
    assert told.size[2] == 0.5
    assert told.size[0] == pytest.approx(usual.size[0] * 0.5 / usual.size[2])
    assert told.provenance.priors["size"] == "as the sentence says"


def test_the_shape_chooses_the_mesh() -> None:
    assert "round" in result_of("a round table").scene.objects["table"].mesh


def test_what_was_read_is_marked_as_read_from_text() -> None:
    scene = result_of("A cup is on a table.").scene
    assert {r.provenance.source for r in scene.relations} == {"text"}
    assert all(o.provenance.source == "text" and "size" in o.provenance.priors for o in scene.objects.values())
    assert scene.sentence == "A cup is on a table."


@needs_catalogue
def test_the_same_request_gives_the_same_scene() -> None:
    text = "Three chairs around a table with a vase on it."
    assert result_of(text).scene == result_of(text).scene


@needs_catalogue
def test_captions_speak_of_the_scene() -> None:
    captions = result_of("A cup is on a table.").captions
    assert any("cup" in caption.text and "table" in caption.text for caption in captions)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "empty"),
        ("   \n\t ", "empty"),
        ("...!?", "no English or Chinese words"),
        ("🙂🚗🌳", "no English or Chinese words"),
        ("12345 67", "no English or Chinese words"),
        ("book " * 5_000, "2,000 words"),
        ("桌" * 3_000, "2,000 words"),
        ("x" * 20_000, "10,000 characters"),
    ],
)
def test_bad_input_is_one_clear_sentence(text: str, word: str) -> None:
    with pytest.raises(SentenceError, match=word):
        list(run(ParseText(text=text)))


@needs_catalogue
@pytest.mark.parametrize("text", ["Hello!", "It is beautiful.", "Running quickly and happily.", "很漂亮。"])
def test_a_sentence_that_names_no_thing_says_so(text: str) -> None:
    with pytest.raises(SentenceError, match="No thing to place"):
        list(run(ParseText(text=text)))


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("A cup on a table", "en"),
        ("桌子上有杯子", "zh"),
        ("桌子上有一个 cup", "zh"),
        ("A chair (椅) is to the left of the table", "en"),
    ],
)
def test_the_script_tells_the_language(text: str, language: str) -> None:
    assert language_of(text) == language
    assert read_text(text).language == language


@pytest.mark.parametrize(("version", "images", "triple", "pair"), [("v1", 50, 0.80, 0.84), ("v2", 280, 0.45, 0.75)])
def test_real_captions_are_read(real_data: Path, version: str, images: int, triple: float, pair: float) -> None:
    from sd3studio.ml.metrics.sentences import read_vsd, score
    from sd3studio.ml.parsing.english import parse_many_english

    items = read_vsd(real_data / "vsd" / f"vsd_{version}_val.json")[::10][:images]
    captions = [caption for item in items for caption in item.captions]
    report = score(items, parse_many_english(captions))
    assert report["captions"] >= 280
    assert report["triple_recall"] >= triple
    assert report["pair_recall"] >= pair


@needs_catalogue
@pytest.mark.parametrize(
    "text", ["A bird to the left of a horse.", "A cup in front of a car.", "A chair behind a dog."]
)
def test_two_things_are_both_large_enough_in_the_picture(text: str) -> None:
    *_, last = run(ParseText(text=text, width=512, height=512))
    assert isinstance(last, Finished)
    scene = last.result.scene
    assert_all_true(scene)
    assert (scene.camera.width, scene.camera.height) == (512, 512)
    boxes = projected_boxes(Boxes.of(scene.solid_objects()), scene.camera)
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]) / 512**2
    assert areas.min() >= 0.012 and (boxes >= 0).all() and (boxes <= 512).all()


@needs_catalogue
@pytest.mark.parametrize(("wine", "mesh"), [("red wine", "wine-glass-red"), ("white wine", "wine-glass-white")])
def test_a_glass_of_wine_is_one_thing(wine: str, mesh: str) -> None:
    scene = result_of(f"A glass of {wine} to the left of a sandwich.").scene
    assert {thing.category: thing.mesh for thing in scene.solid_objects()} == {
        "wine glass": mesh,
        "sandwich": "sandwich-sub",
    }


@needs_catalogue
def test_of_several_meshes_one_is_taken_that_is_recognised_unless_words_choose() -> None:
    assert steady_score(result_of("An apple.").scene.objects["apple"].mesh) >= 0.5
    assert result_of("A green apple.").scene.objects["apple"].mesh == "apple-green"
    assert result_of("A red apple.").scene.objects["apple"].mesh == "apple-striped"


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("A clock on the back wall and a lamp in the corner.", "floor lamp"),
        ("A lamp on the floor.", "floor lamp"),
        ("A lamp on a table against the wall.", "lamp"),
        ("A lamp next to a book.", "lamp"),
    ],
)
def test_a_lamp_on_the_floor_is_one_for_the_floor(text: str, category: str) -> None:
    lamp = result_of(text).scene.objects["lamp"]
    assert lamp.category == category and lamp.label == "lamp"


@needs_catalogue
def test_a_corner_without_walls_brings_its_walls_and_says_so() -> None:
    result = result_of("A sofa in the left corner of the room, a lamp in the right corner.")
    things = result.scene.objects
    added = {key for key, thing in things.items() if thing.provenance.source == "model"}
    assert added == {"back-wall", "left-wall", "right-wall"}
    assert any("a back wall" in note and "a right wall" in note for note in result.notes)
    for key, side in (("sofa", "left-wall"), ("lamp", "right-wall")):
        assert inner_face(things["back-wall"], things.values()).gap_m(Boxes.of([things[key]])) < 0.05
        assert inner_face(things[side], things.values()).gap_m(Boxes.of([things[key]])) < 0.05
    assert things["lamp"].category == "floor lamp"
    assert not any("wall" in key for key in result_of("A tree in the corner of the park.").scene.objects)
