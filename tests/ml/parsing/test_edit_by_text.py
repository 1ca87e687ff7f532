"""Sentences that change a room: the stated thing is so afterwards, and nothing else has moved."""

import math
import random

import pytest

from sd3studio.core.document import Document
from sd3studio.core.edits import RemoveObjects
from sd3studio.core.errors import SentenceError
from sd3studio.core.language.commands import Command, Reading
from sd3studio.core.relations.field import grade_of
from sd3studio.core.requests import REQUEST, EditByText
from sd3studio.core.scene import Predicate, Relation, Scene, SceneObject
from sd3studio.ml.parsing.command_words import VERBS
from sd3studio.ml.parsing.edit_by_text import edited, read_commands
from tests.ml.parsing.edited_room import ROOM, both, called, gone, holds, in_row, new, said, shifted, sized

P = Predicate

SENTENCES = [
    ("move the lamp to the right of the sofa", holds("lamp", P.RIGHT_OF, "sofa"), {"lamp"}),
    ("Move the lamp behind the sofa.", holds("lamp", P.BEHIND, "sofa"), {"lamp"}),
    ("place the dog in front of the sofa", holds("dog", P.IN_FRONT_OF, "sofa"), {"dog"}),
    ("put the cat next to the dog", holds("cat", P.NEXT_TO, "dog"), {"cat"}),
    ("put the book on the sofa", holds("book", P.ON, "sofa"), {"book"}),
    ("put the dog under the table", holds("dog", P.UNDER, "table"), {"dog"}),
    ("bring the cat closer to the sofa", holds("cat", P.NEXT_TO, "sofa"), {"cat"}),
    (
        "place the dog between the two chairs",
        both(holds("dog", P.RIGHT_OF, "chair"), holds("dog", P.LEFT_OF, "chair-2")),
        {"dog"},
    ),
    ("move the red chair to the left of the sofa", holds("chair", P.LEFT_OF, "sofa"), {"chair"}),
    ("move the chair right of the table behind the sofa", holds("chair-2", P.BEHIND, "sofa"), {"chair-2"}),
    ("move the chair that is left of the table behind the sofa", holds("chair", P.BEHIND, "sofa"), {"chair"}),
    ("move the book from the table to the sofa", holds("book", P.NEXT_TO, "sofa"), {"book"}),
    ("could you please move the dog to the left of the cat?", holds("dog", P.LEFT_OF, "cat"), {"dog"}),
    ("the lamp should be to the right of the sofa", holds("lamp", P.RIGHT_OF, "sofa"), {"lamp"}),
    ("the lamp is in front of the sofa", holds("lamp", P.IN_FRONT_OF, "sofa"), {"lamp"}),
    ("move the lamp 1 m to the left", shifted("lamp", -1.0, 0.0), {"lamp"}),
    ("move the cat a bit closer", shifted("cat", 0.0, -0.2), {"cat"}),
    ("push the lamp back by 50 cm", shifted("lamp", 0.0, 0.5), {"lamp"}),
    ("raise the vase by 20 cm", shifted("vase", 0.0, 0.0, 0.2), {"vase"}),
    (
        "slide the table right by half a metre",
        both(shifted("table", 0.5, 0.0), shifted("book", 0.5, 0.0)),
        {"table", "book", "vase"},
    ),
    ("take the book off the table", lambda s: s.objects["book"].center[2] < 0.1, {"book"}),
    ("put the lamp in the middle of the room", lambda s: abs(s.objects["lamp"].center[0]) < 1.2, {"lamp"}),
    ("remove the dog", gone("dog"), {"dog"}),
    ("delete the cat and the dog", gone("cat", "dog"), {"cat", "dog"}),
    ("get rid of the red chair", gone("chair"), {"chair"}),
    ("remove the chair left of the table", gone("chair"), {"chair"}),
    ("remove both chairs", gone("chair", "chair-2"), {"chair", "chair-2"}),
    ("delete all chairs", gone("chair", "chair-2"), {"chair", "chair-2"}),
    ("remove what is on the table", gone("book", "vase"), {"book", "vase"}),
    ("clear the table", gone("book", "vase"), {"book", "vase"}),
    (
        "delete everything except the table and the sofa",
        lambda s: set(s.objects) == {"table", "sofa", "window"} or set(s.objects) == {"table", "sofa"},
        None,
    ),
    ("remove the animals", gone("cat", "dog"), {"cat", "dog"}),
    ("take the dog away", gone("dog"), {"dog"}),
    ("remove the table", both(gone("table"), lambda s: s.objects["book"].center[2] < 0.1), {"table", "book", "vase"}),
    ("add a cat", new("cat"), set()),
    (
        "add two chairs around the table",
        both(new("chair", 2), holds("chair-3", P.NEXT_TO, "table"), holds("chair-4", P.FACING, "table")),
        set(),
    ),
    (
        "add three books on the table",
        both(new("book", 3), holds("book-2", P.ON, "table"), holds("book-4", P.ON, "table")),
        set(),
    ),
    (
        "add a red chair to the left of the sofa",
        both(holds("chair-3", P.LEFT_OF, "sofa"), called("chair-3", "red")),
        set(),
    ),
    ("put a small dog under the table", holds("dog-2", P.UNDER, "table"), set()),
    ("add another lamp", new("lamp"), set()),
    ("a cat on the sofa", both(new("cat"), holds("cat-2", P.ON, "sofa")), set()),
    ("there is a lamp behind the sofa", both(new("lamp"), holds("lamp-2", P.BEHIND, "sofa")), set()),
    ("make the sofa red", both(called("sofa", "red"), lambda s: s.objects["sofa"].colour[0] > 0.6), {"sofa"}),
    ("paint the table dark blue", called("table", "dark blue"), {"table"}),
    ("make both chairs green", both(called("chair", "green"), called("chair-2", "green")), {"chair", "chair-2"}),
    (
        "change the colour of the blue chair to yellow",
        both(called("chair-2", "yellow"), lambda s: "blue" not in s.objects["chair-2"].attributes),
        {"chair-2"},
    ),
    ("the sofa is green", called("sofa", "green"), {"sofa"}),
    ("make the sofa red and the table blue", both(called("sofa", "red"), called("table", "blue")), {"sofa", "table"}),
    ("make the table wooden", called("table", "wooden"), {"table"}),
    ("turn the red chair towards the window", holds("chair", P.FACING, "window"), {"chair"}),
    ("make the blue chair face the sofa", holds("chair-2", P.FACING, "sofa"), {"chair-2"}),
    ("turn the dog away from the cat", holds("dog", P.FACING_AWAY, "cat"), {"dog"}),
    ("turn the red chair by 90 degrees", lambda s: abs(s.objects["chair"].yaw - math.pi / 2) < 1e-6, {"chair"}),
    ("rotate the sofa 45 degrees clockwise", lambda s: abs(s.objects["sofa"].yaw + math.pi / 4) < 1e-6, {"sofa"}),
    ("turn the sofa around", lambda s: abs(abs(s.objects["sofa"].yaw) - math.pi) < 1e-6, {"sofa"}),
    (
        "both chairs should face the table",
        both(holds("chair", P.FACING, "table"), holds("chair-2", P.FACING, "table")),
        {"chair", "chair-2"},
    ),
    (
        "swap the lamp and the dog",
        lambda s: s.objects["lamp"].center[:2] == ROOM.objects["dog"].center[:2],
        {"lamp", "dog"},
    ),
    (
        "swap the cat with the vase",
        both(holds("cat", P.ON, "table"), lambda s: s.objects["vase"].center[2] < 0.2),
        {"cat", "vase"},
    ),
    ("make the table 2 m wide", sized("table", width=2.0), {"table"}),
    ("make the lamp twice as tall", sized("lamp", height=3.0), {"lamp"}),
    ("scale the dog by 1.5", sized("dog", 0.45, 1.2, 0.9), {"dog"}),
    ("double the size of the vase", both(sized("vase", 0.3, 0.3, 0.6), holds("vase", P.ON, "table")), {"vase"}),
    ("set the height of the lamp to 2 m", sized("lamp", height=2.0), {"lamp"}),
    ("make the sofa 50 % bigger", sized("sofa", 2.85, 1.35, 1.275), {"sofa"}),
    ("make the leftmost chair bigger", sized("chair", 0.625, 0.625, 1.125), {"chair"}),
    (
        "make the table higher",
        both(sized("table", height=0.9375), holds("book", P.ON, "table")),
        {"table", "book", "vase"},
    ),
    ("replace the cat with a dog", both(gone("cat"), new("dog")), {"cat"}),
    ("turn the cat into a horse", both(gone("cat"), new("horse")), {"cat"}),
    ("rename the dog to Rex", lambda s: s.objects["dog"].label == "Rex", {"dog"}),
    ("duplicate the vase", both(new("vase"), holds("vase-2", P.ON, "table")), set()),
    ("remove the chair on the right", gone("chair-2"), {"chair-2"}),
    ("remove the second chair from the left", gone("chair-2"), {"chair-2"}),
    ("i want the lamp behind the sofa", holds("lamp", P.BEHIND, "sofa"), {"lamp"}),
    ("add a small round wooden table", both(new("table"), called("table-2", "wooden")), set()),
    ("replace both chairs with stools", both(gone("chair", "chair-2"), new("stool", 2)), {"chair", "chair-2"}),
    ("move the cat from the floor to the sofa", holds("cat", P.NEXT_TO, "sofa"), {"cat"}),
    ("remove chair-2", gone("chair-2"), {"chair-2"}),
    ("hide the window", lambda s: s.objects["window"].hidden, {"window"}),
    ("lock the sofa", lambda s: s.objects["sofa"].locked, {"sofa"}),
    ("remove the dog and add a cat next to the sofa", both(gone("dog"), holds("cat-2", P.NEXT_TO, "sofa")), {"dog"}),
    (
        "move the lamp behind the sofa and make it blue",
        both(holds("lamp", P.BEHIND, "sofa"), called("lamp", "blue")),
        {"lamp"},
    ),
    (
        "put the vase on the sofa and the book on the red chair",
        both(holds("vase", P.ON, "sofa"), holds("book", P.ON, "chair")),
        {"vase", "book"},
    ),
    (
        "Put the dog on the left side of the sofa, then make it black.",
        both(holds("dog", P.LEFT_OF, "sofa"), called("dog", "black")),
        {"dog"},
    ),
    (
        "move everything on the table to the sofa",
        both(holds("vase", P.NEXT_TO, "sofa"), holds("book", P.NEXT_TO, "sofa")),
        {"vase", "book"},
    ),
]

SENTENCES += [
    ("the vase is too small", sized("vase", 0.1875, 0.1875, 0.375), {"vase"}),
    ("the table is much too wide", sized("table", width=1.4 * 0.64), {"table"}),
    ("the table should be 2 m by 1 m", sized("table", 2.0, 1.0), {"table"}),
    ("make the vase 20 x 20 x 50 cm", sized("vase", 0.2, 0.2, 0.5), {"vase"}),
    ("make the sofa taller than the lamp", sized("sofa", height=1.5 * 1.25), {"sofa"}),
    ("make the lamp taller than the sofa", sized("lamp"), set()),
    ("the sofa green", called("sofa", "green"), {"sofa"}),
    ("center the dog in the room", lambda s: abs(s.objects["dog"].center[0]) < 1.5, {"dog"}),
    (
        "put a vase of flowers on the sofa",
        both(new("vase of flowers"), holds("vase-of-flowers", P.ON, "sofa")),
        set(),
    ),
    ("add a cup in the middle of the table", holds("cup", P.ON, "table"), set()),
    ("add another lamp on the other side of the sofa", holds("lamp-2", P.RIGHT_OF, "sofa"), set()),
    (
        "add a lamp on both sides of the table",
        both(new("lamp", 2), holds("lamp-2", P.LEFT_OF, "table"), holds("lamp-3", P.RIGHT_OF, "table")),
        set(),
    ),
    ("remove the thing on the left of the sofa", gone("lamp"), {"lamp"}),
    (
        "make the first chair green and the others yellow",
        both(called("chair", "green"), called("chair-2", "yellow")),
        {"chair", "chair-2"},
    ),
    ("move the dog forward 2 meters", shifted("dog", 0.0, -2.0), {"dog"}),
    ("add three people walking on the floor", new("person", 3), set()),
    ("add a carpet in front of the sofa", new("rug"), set()),
    ("add grass", lambda s: s.objects["grass"].size[:2] == (40.0, 40.0), set()),
    (
        "line up the cat, the dog and the lamp",
        in_row("cat", "dog", "lamp"),
        {"cat", "dog", "lamp"},
    ),
    ("space the cat, the book and the dog evenly", shifted("cat", 0.0, 0.0), {"book"}),
]

CHINESE = [
    ("把台灯移到沙发的右边", holds("lamp", P.RIGHT_OF, "sofa"), {"lamp"}),
    ("删掉狗", gone("dog"), {"dog"}),
    ("在桌子周围加两把椅子", both(new("chair", 2), holds("chair-3", P.NEXT_TO, "table")), set()),
    ("把沙发变成红色", called("sofa", "red"), {"sofa"}),
    ("把书放在沙发上", holds("book", P.ON, "sofa"), {"book"}),
    ("删除桌子上的书", gone("book"), {"book"}),
    ("把红色的椅子移到沙发旁边", holds("chair", P.NEXT_TO, "sofa"), {"chair"}),
    ("把狗和猫删掉", gone("dog", "cat"), {"dog", "cat"}),
    ("把红色的椅子转向窗户", holds("chair", P.FACING, "window"), {"chair"}),
    ("让狗背对着猫", holds("dog", P.FACING_AWAY, "cat"), {"dog"}),
    ("把沙发旋转90度", lambda s: abs(s.objects["sofa"].yaw - math.pi / 2) < 1e-6, {"sofa"}),
    ("把灯向左移动1米", shifted("lamp", -1.0, 0.0), {"lamp"}),
    ("交换灯和狗", lambda s: s.objects["lamp"].center[:2] == ROOM.objects["dog"].center[:2], {"lamp", "dog"}),
    ("把猫换成一只狗", both(gone("cat"), new("dog")), {"cat"}),
    ("把沙发变大", sized("sofa", 2.375, 1.125, 1.0625), {"sofa"}),
    ("把桌子的宽度改为2米", sized("table", width=2.0), {"table"}),
    ("加一只猫", new("cat"), set()),
    ("在沙发上加一只猫", holds("cat-2", P.ON, "sofa"), set()),
    ("添加一盏灯放在桌子旁边", both(new("lamp"), holds("lamp-2", P.NEXT_TO, "table")), set()),
    ("把狗改名为旺财", lambda s: s.objects["dog"].label == "旺财", {"dog"}),
    ("删掉狗，在沙发旁边加一只猫", both(gone("dog"), holds("cat-2", P.NEXT_TO, "sofa")), {"dog"}),
    ("把书放到沙发上，再把它变成蓝色", both(holds("book", P.ON, "sofa"), called("book", "blue")), {"book"}),
    ("沙发上有一只猫", both(new("cat"), holds("cat-2", P.ON, "sofa")), set()),
    ("灯在沙发的右边", holds("lamp", P.RIGHT_OF, "sofa"), {"lamp"}),
    ("把所有的椅子都删掉", gone("chair", "chair-2"), {"chair", "chair-2"}),
    ("桌子左边的椅子删掉", gone("chair"), {"chair"}),
    ("把灯移到左边一点", shifted("lamp", -0.2, 0.0), {"lamp"}),
    ("给沙发上加一只猫", holds("cat-2", P.ON, "sofa"), set()),
    (
        "把椅子都转向桌子",
        both(holds("chair", P.FACING, "table"), holds("chair-2", P.FACING, "table")),
        {"chair", "chair-2"},
    ),
    ("隐藏窗户", lambda s: s.objects["window"].hidden, {"window"}),
    ("花瓶太小了", sized("vase", 0.1875, 0.1875, 0.375), {"vase"}),
    ("让花瓶大一点", sized("vase", 0.1875, 0.1875, 0.375), {"vase"}),
    ("猫和狗换个位置", lambda s: s.objects["cat"].center[:2] == ROOM.objects["dog"].center[:2], {"cat", "dog"}),
    ("猫再往右移50厘米", shifted("cat", 0.5, 0.0), {"cat"}),
    ("把窗户挂高一点", shifted("window", 0.0, 0.0, 0.2), {"window"}),
    ("把沙发转过来", lambda s: abs(abs(s.objects["sofa"].yaw) - math.pi) < 1e-6, {"sofa"}),
    ("除了沙发和桌子，其他都删掉", lambda s: set(s.objects) == {"sofa", "table"}, None),
    ("把右边的椅子删掉", gone("chair-2"), {"chair-2"}),
    ("桌子上的东西全部拿走", gone("book", "vase"), {"book", "vase"}),
    ("在桌子两边各放一盏灯", both(holds("lamp-2", P.LEFT_OF, "table"), holds("lamp-3", P.RIGHT_OF, "table")), set()),
    ("在沙发的另一边加一盏灯", holds("lamp-2", P.RIGHT_OF, "sofa"), set()),
    ("把狗放到沙发上，再在旁边加一只猫", both(holds("dog", P.ON, "sofa"), holds("cat-2", P.NEXT_TO, "dog")), {"dog"}),
    ("让狗离猫近一点", holds("dog", P.NEXT_TO, "cat"), {"dog"}),
    ("让猫离桌子远一点", lambda s: s.objects["cat"].center[0] < -2.8, {"cat"}),
    ("把猫、狗和灯排成一排", in_row("cat", "dog", "lamp"), {"cat", "dog", "lamp"}),
]


@pytest.mark.parametrize(
    ("text", "check", "changed"), [*SENTENCES, *CHINESE], ids=lambda value: value if isinstance(value, str) else ""
)
def test_sentence_does_what_it_says_and_nothing_else(text, check, changed):
    result = said(text)
    assert check(result.scene), result.sentence
    if changed is not None:
        kept = {key for key, one in ROOM.objects.items() if result.scene.objects.get(key) == one}
        assert set(ROOM.objects) - kept <= changed


def test_there_are_enough_sentences():
    assert len(SENTENCES) >= 60 and len(CHINESE) >= 20


def test_whole_sentence_is_one_step_back():
    document = Document(ROOM)
    document.apply(said("remove the dog and add a cat next to the sofa, then make the sofa red").edit)
    assert document.scene != ROOM
    document.undo()
    assert document.scene is ROOM


def test_ambiguous_reference_is_told():
    result = said("turn the chair by 90 degrees")
    assert "may mean any of 2" in result.notes[0] and "taken the chair (chair)" in result.notes[0]


def test_selected_thing_is_meant_without_doubt():
    result = said("make the chair green", selection=("chair-2",))
    assert "green" in result.scene.objects["chair-2"].attributes and not result.notes


def test_this_means_the_selection():
    assert "green" in said("make this green", selection=("dog",)).scene.objects["dog"].attributes


def test_pronouns_mean_what_was_spoken_of():
    scene = said("add two chairs around the table and make them red").scene
    assert all("red" in scene.objects[key].attributes for key in ("chair-3", "chair-4"))


@pytest.mark.parametrize(("text", "words"), [
    ("move the unicorn behind the sofa", "no “unicorn”"),
    ("把独角兽移到沙发后面", "没有|独角兽"),
    ("make it", "Not understood"),
    ("blah blah", "Nothing to do"),
    ("remove the green chair", "no “green chair”"),
    ("put the sofa on the sofa", "itself"),
    ("make the vase 1 mm wide", "0.5 cm"),
    ("make the table 1000000 m wide", "bounds"),
    ("the dog should not be on the sofa", "where it should"),
    ("it should be on the table", "not clear"),
    ("", "empty"),
    ("!!! ???", "no English or Chinese words"),
    ("put the sofa in the vase", "fit"),
    ("make it night", "prompt of *Generate*"),
    ("add a wall", "*Arrange*"),
    ("line up the sofa", "At least two things"),
    ("space both chairs evenly", "At least three things"),
])  # fmt: skip
def test_what_can_not_be_done_is_a_sentence(text, words):
    with pytest.raises(SentenceError) as error:
        said(text)
    assert any(word in str(error.value) for word in words.split("|")), str(error.value)


def test_ten_thousand_words_are_refused():
    with pytest.raises(SentenceError, match="at most"):
        said("remove the dog and " * 2_500)


def test_part_that_can_not_be_done_does_not_stop_the_rest():
    result = said("remove the unicorn and make the sofa red")
    assert "red" in result.scene.objects["sofa"].attributes
    assert any("unicorn" in note for note in result.notes)


def test_locked_thing_stays_and_says_so():
    locked = said("lock the sofa").scene
    with pytest.raises(SentenceError, match="Unlock"):
        said("move the sofa left", locked)


def test_new_place_replaces_the_stated_one():
    placed = said("move the lamp to the left of the sofa").scene
    scene = said("move the lamp to the right of the sofa", placed).scene
    kept = {(r.subject, r.predicate, r.object) for r in scene.relations}
    assert kept == {("lamp", P.RIGHT_OF, "sofa")}


def test_relation_that_a_move_breaks_is_forgotten_and_told():
    scene = ROOM.replace(relations=(Relation(subject="book", predicate=P.ON, object="table"),))
    result = said("move the book 5 m to the left", scene)
    assert result.scene.relations == () and any("forgotten" in note for note in result.notes)


def test_contradictory_wishes_meet_the_last_one():
    result = said("move the lamp to the left of the sofa and move it to the right of the sofa")
    assert grade_of(result.scene, "lamp", P.RIGHT_OF, "sofa") >= 0.5


def test_description_fills_an_empty_scene():
    result = said("a cat on a sofa", Scene())
    assert grade_of(result.scene, "cat", P.ON, "sofa") >= 0.5


def test_command_about_a_thing_in_an_empty_scene_is_refused():
    with pytest.raises(SentenceError, match="the scene is empty"):
        said("remove the dog", Scene())


def test_request_survives_json():
    request = EditByText(scene=ROOM, text="remove the dog", selection=("dog",))
    assert REQUEST.validate_json(request.model_dump_json()) == request


ENGLISH = (
    "move put the a red blue chair sofa lamp table dog cat book to on under behind left right of and , . then by 2 m "
    "90 degrees twice as big it them both all everything except two from facing away 's back % into between next is"
)
CHINESE_BITS = (
    "把 将 移到 放在 删掉 加 在 的 上 右边 旁边 周围 沙发 桌子 椅子 狗 猫 两把 一只 红色 变成 换成 转 度 90 米 ， 和 "
    "所有 它 交换 向 左 移动 大 改名为 让 面对"
)


@pytest.mark.parametrize("seed", range(4))
def test_word_salad_is_read_or_refused_and_never_breaks(seed):
    rng = random.Random(seed)
    for _ in range(150):
        chinese = rng.random() < 0.4
        words, space = (CHINESE_BITS.split(), "") if chinese else ([*ENGLISH.split(), *sorted(VERBS)], " ")
        text = space.join(rng.choice(words) for _ in range(rng.randint(1, 10)))
        try:
            reading = read_commands(text)
            commands = tuple(step for step in reading.steps if isinstance(step, Command) and step.action != "add")
            result = edited(ROOM, Reading(commands, reading.unread), text)
        except SentenceError:
            continue
        assert result.edit.apply(ROOM) == result.scene


def test_against_the_wall_is_with_the_back_to_it():
    wall = SceneObject(id="wall", label="wall", kind="stuff", center=(0.0, 4.0, 1.3), size=(9.0, 0.1, 2.6))
    room = ROOM.with_objects(wall, ROOM.objects["sofa"].replace(yaw=0.6))
    found = said("put the sofa against the wall", room)
    sofa = found.scene.objects["sofa"]
    assert sofa.yaw == pytest.approx(0.0, abs=0.01)
    assert sofa.center[1] + sofa.size[1] / 2.0 == pytest.approx(3.95, abs=0.01)
    assert "against the wall" in found.sentence


WALLED = Scene.of(
    [
        SceneObject(id="back-wall", label="back wall", kind="stuff", center=(0.0, 2.05, 1.3), size=(4.2, 0.1, 2.6)),
        SceneObject(id="left-wall", label="left wall", kind="stuff", center=(-2.05, 0.0, 1.3), size=(0.1, 4.0, 2.6)),
        SceneObject(id="right-wall", label="right wall", kind="stuff", center=(2.05, 0.0, 1.3), size=(0.1, 4.0, 2.6)),
        SceneObject(id="lamp", label="lamp", center=(1.0, 0.0, 0.5), size=(0.4, 0.4, 1.0)),
    ]
)


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("move the lamp to the corner", 1.0),
        ("put the lamp in the left corner", -1.0),
        ("move the lamp into the right corner of the room", 1.0),
        ("move the lamp to the other corner", -1.0),
        ("the lamp is in the left corner", -1.0),
        ("把灯移到左边的墙角", -1.0),
    ],
)
def test_a_thing_goes_into_the_corner_of_the_walls_that_are_there(text, side):
    result = edited(WALLED, read_commands(text), text)
    assert result.scene.objects["lamp"].center == pytest.approx((1.8 * side, 1.8, 0.5), abs=0.02)
    assert set(result.scene.objects) == set(WALLED.objects)


@pytest.mark.parametrize("text", ["move the lamp to the corner", "add a chair in the corner", "a cat in the corner"])
def test_without_walls_there_is_no_corner(text):
    with pytest.raises(SentenceError, match="There is no corner"):
        edited(Scene.of([WALLED.objects["lamp"]]), read_commands(text), text)


def test_a_room_that_is_a_concept_has_a_middle_and_what_stands_on_a_thing_goes_with_it():
    floor = SceneObject(
        id="floor", label="wooden floor", kind="stuff", center=(3.0, -3.0, -0.01), size=(6.0, 4.0, 0.02)
    )
    room = ROOM.with_objects(floor, SceneObject(id="room", label="living room", kind="concept"))
    scene = said("put the table in the middle of the room", room).scene
    assert scene.objects["table"].center[:2] == pytest.approx((3.0, -3.0))
    assert grade_of(scene, "book", P.ON, "table") >= 0.5


def test_what_is_added_is_part_of_the_room_that_the_scene_is():
    room = ROOM.with_objects(SceneObject(id="room", label="living room", kind="concept"))
    scene = said("add a plant next to the sofa", room).scene
    assert [thing.parent for key, thing in scene.objects.items() if key not in room.objects] == ["room"]
    assert said("add a plant", ROOM).scene.objects["plant"].parent is None


def test_a_picture_above_a_thing_hangs_on_the_wall_behind_it():
    wall = SceneObject(id="wall", label="wall", kind="stuff", center=(0.0, 2.5, 1.3), size=(9.0, 0.1, 2.6))
    scene = said("hang a picture above the sofa", RemoveObjects(("window",)).apply(ROOM.with_objects(wall))).scene
    picture = scene.objects["picture"]
    assert picture.center[1] + picture.size[1] / 2.0 == pytest.approx(2.45, abs=0.02) and picture.parent == "wall"
    assert abs(picture.center[0]) < 0.01 and picture.center[2] - picture.size[2] / 2.0 > 0.85


def test_a_thing_of_no_kind_is_only_one_that_is_there():
    with pytest.raises(SentenceError, match="no “thing on the lamp”"):
        said("remove the thing on the lamp")


def test_chairs_in_a_row_are_not_in_the_table():
    row = ROOM.with_objects(ROOM.objects["cat"].replace(id="chair-3", label="chair", center=(0.0, -1.4, 0.15)))
    scene = said("put all chairs in a row", row).scene
    chairs = [scene.objects[key] for key in ("chair", "chair-2", "chair-3")]
    assert {round(chair.center[1], 6) for chair in chairs} == {-1.4}
