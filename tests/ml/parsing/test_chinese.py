"""Chinese sentences -> text graphs."""

import pytest

from sd3studio.core.language.chinese_words import number_of
from sd3studio.core.language.text_graph import Mention, TextGraph
from sd3studio.ml.parsing.chinese import clean_chinese, parse_chinese

SLIDES = "画一张图有一张桌子、一把椅子，一本书，椅子放在桌子的左侧，书放在椅子上，椅背对着桌子"


def said(text: str) -> set[tuple[str, str, str]]:
    return {(subject, predicate.value, thing) for subject, predicate, thing in parse_chinese(text).named()}


def mention(graph: TextGraph, noun: str) -> Mention:
    return next(m for m in graph.mentions if m.noun == noun)


@pytest.mark.parametrize("text", [SLIDES, SLIDES.replace("放在桌子的", "放在在桌子的"), SLIDES.replace("，", " ，  ")])
def test_the_prompt_of_the_slides(text: str) -> None:
    graph = parse_chinese(text)
    assert [m.noun for m in graph.mentions] == ["table", "chair", "book"]
    assert [m.count for m in graph.mentions] == [1, 1, 1]
    assert said(text) == {
        ("chair", "to the left of", "table"),
        ("book", "on", "chair"),
        ("chair", "facing away from", "table"),
    }


@pytest.mark.parametrize(
    ("text", "triple"),
    [
        ("桌子上有一个杯子。", ("cup", "on", "table")),
        ("桌上放着一本书", ("book", "on", "table")),
        ("一本书在桌子上面", ("book", "on", "table")),
        ("在桌子上有一本书", ("book", "on", "table")),
        ("把书放在桌子上", ("book", "on", "table")),
        ("椅子位于桌子的右侧", ("chair", "to the right of", "table")),
        ("桌子的左边是一把椅子", ("chair", "to the left of", "table")),
        ("树下停着一辆汽车", ("car", "under", "tree")),
        ("狗在沙发前面", ("dog", "in front of", "couch")),
        ("汽车在房子后面", ("car", "behind", "house")),
        ("猫在盒子里", ("cat", "in", "box")),
        ("台灯在书的旁边", ("desk lamp", "next to", "book")),
        ("吊灯在桌子上方", ("pendant lamp", "above", "table")),
        ("椅子面对桌子", ("chair", "facing", "table")),
        ("椅子朝向窗户", ("chair", "facing", "window")),
        ("椅子背对着窗户", ("chair", "facing away from", "window")),
        ("椅子的靠背朝向桌子", ("chair", "facing away from", "table")),
        ("椅背对桌子", ("chair", "facing away from", "table")),
        ("男人戴着帽子", ("hat", "on", "man")),
        ("一个女孩骑着自行车", ("girl", "on", "bicycle")),
        ("桌子上的书在台灯左边", ("book", "on", "table")),
        ("背对桌子的椅子", ("chair", "facing away from", "table")),
        ("汽车比自行车大", ("car", "bigger than", "bicycle")),
        ("客厅里有一张沙发", ("couch", "in", "living room")),
    ],
)
def test_a_phrasing_says_its_triple(text: str, triple: tuple[str, str, str]) -> None:
    assert triple in said(text)


@pytest.mark.parametrize(
    ("text", "noun", "count"),
    [("两把椅子在桌子旁边", "chair", 2), ("十二个杯子在桌子上", "cup", 12), ("3只狗", "dog", 3), ("一双鞋", "shoe", 2)],
)
def test_counts_with_measure_words(text: str, noun: str, count: int) -> None:
    assert mention(parse_chinese(text), noun).count == count


@pytest.mark.parametrize(
    ("text", "vessel", "content"),
    [
        ("一杯咖啡在桌子上", "cup", "coffee"),
        ("一杯热咖啡在桌子上", "cup", "coffee"),
        ("桌子上有一杯茶", "cup", "tea"),
        ("一碗汤在桌子上", "bowl", "汤"),
        ("一盘鱼在桌子上", "plate", "fish"),
        ("一瓶花在桌子上", "vase", "flower"),
    ],
)
def test_food_and_drink_is_counted_by_the_vessel_that_is_seen(text: str, vessel: str, content: str) -> None:
    assert said(text) == {(vessel, "on", "table"), (content, "in", vessel)}


def test_a_number_that_is_not_said_is_a_plural() -> None:
    found = mention(parse_chinese("一些书在桌子上"), "book")
    assert found.plural
    assert found.count == 1


def test_colours_and_posture_are_attributes() -> None:
    graph = parse_chinese("一只黑色的猫躺在红沙发上")
    assert mention(graph, "cat").attributes == ("black", "lying")
    assert mention(graph, "couch").attributes == ("red",)


def test_between() -> None:
    assert said("花瓶在桌子和椅子之间") == {("vase", "to the right of", "table"), ("vase", "to the left of", "chair")}


def test_a_clause_without_subject_goes_on_with_the_topic() -> None:
    assert said("一只猫，在桌子下面") == {("cat", "under", "table")}


def test_a_place_without_reference_is_of_what_was_spoken_of() -> None:
    assert said("桌子左边有一把椅子，右边有一盏灯，上面有一本书") == {
        ("chair", "to the left of", "table"),
        ("lamp", "to the right of", "table"),
        ("book", "on", "table"),
    }


def test_left_and_right_of_the_picture() -> None:
    assert said("左边有一只狗，右边有一只猫") == {("dog", "to the left of", "cat")}


def test_pronouns_agree_with_people_and_things() -> None:
    triples = said("一只狗站在一个男人旁边，它面对着他")
    assert ("dog", "facing", "man") in triples


def test_a_bare_noun_is_the_thing_named_before_and_a_counted_one_is_new() -> None:
    graph = parse_chinese("一辆红色汽车，一辆蓝色的汽车在红色汽车的后面")
    assert [m.attributes for m in graph.mentions] == [("red",), ("blue",)]
    assert (graph.triples[0].subject, graph.triples[0].object) == (1, 0)


def test_what_one_says_to_a_drawing_program_is_left_out() -> None:
    assert clean_chinese("请画一张图，有一只狗") == "一只狗"
    assert [m.noun for m in parse_chinese("这张图里，两只猫坐在窗台上").mentions] == ["cat", "windowsill"]


@pytest.mark.parametrize("text", ["", "。", "，，，", "你好", "很漂亮", "在在在"])
def test_odd_texts_give_no_triples(text: str) -> None:
    assert parse_chinese(text).triples == ()


@pytest.mark.parametrize(
    ("text", "value"), [("两", 2), ("十", 10), ("十二", 12), ("二十", 20), ("35", 35), ("好", 0), ("好十", 0)]
)
def test_numbers(text: str, value: int) -> None:
    assert number_of(text) == value


@pytest.mark.parametrize(
    ("text", "triples"),
    [
        ("墙角有一盏灯。", {("lamp", "next to", "back wall"), ("lamp", "next to", "right wall")}),
        ("一盏灯在左边的墙角。", {("lamp", "next to", "back wall"), ("lamp", "next to", "left wall")}),
        (
            "房间的角落里有一盏灯，桌子靠着墙。",
            {
                ("lamp", "in", "room"),
                ("lamp", "next to", "wall"),
                ("lamp", "next to", "right wall"),
                ("table", "next to", "wall"),
            },
        ),
    ],
)
def test_what_is_in_a_corner_is_at_two_walls(text: str, triples: set[tuple[str, str, str]]) -> None:
    assert said(text) == triples
    assert all(m.implied == (m.head == "wall" and m.noun != "wall") for m in parse_chinese(text).mentions)
