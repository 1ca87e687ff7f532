"""Questions about a scene that is known: every answer follows from where things were put."""

import pytest

from sd3studio.core.asking import ask
from sd3studio.core.asking.chinese import english_question
from sd3studio.core.scene.values import PhotoRef, Provenance, Scene, SceneObject

SEEN = {"provenance": Provenance(source="photo", score=0.95)}


def thing(key: str, label: str, x: float, y: float, z: float = 0.5, size=(0.8, 0.8, 1.0), **more) -> SceneObject:
    return SceneObject(id=key, label=label, center=(x, y, z), size=size, **{**SEEN, **more})


SCENE = Scene.of(
    [
        thing("table", "table", 0.0, 0.0, 0.4, (1.6, 0.9, 0.8)),
        thing("cup", "cup", 0.2, 0.0, 0.85, (0.1, 0.1, 0.1), attributes=("red",)),
        thing("man", "person", 2.6, 0.2, 0.9, (0.5, 0.4, 1.8)),
        thing("chair", "chair", -2.2, 0.0),
        thing("chair-2", "chair", -3.6, 0.1, provenance=Provenance(source="photo", score=0.4)),
        thing("car", "car", 0.5, 9.0, 0.8, (1.8, 4.2, 1.5)),
    ],
    photo=PhotoRef(path="photo.jpg", width=768, height=512, sha256="0" * 64),
)


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("What is to the left of the table?", {"chair", "chair-2"}),
        ("What's on the table?", {"cup"}),
        ("Who is to the right of the table?", {"man"}),
        ("What is behind the table?", {"car"}),
        ("How many chairs are there?", {"chair", "chair-2"}),
        ("How many chairs are left of the man?", {"chair", "chair-2"}),
        ("How far is the car?", {"car"}),
        ("Is the cup on the table?", {"cup"}),
        ("is there a car behind the table", {"car"}),
        ("What is the cup on?", {"table"}),
        ("which is nearer, the car or the cup?", {"cup"}),
        ("What is the farthest thing?", {"car"}),
        ("what colour is the cup", {"cup"}),
        ("Where is the cup?", {"table"}),
        ("How tall is the man?", {"man"}),
        ("What is in the photo?", {"table", "cup", "man", "chair", "chair-2", "car"}),
    ],
)
def test_answers_name_what_is_there(question, found):
    answer = ask(SCENE, question)
    assert found <= set(answer.found), answer
    assert "not understood" not in answer.text


@pytest.mark.parametrize(
    "question", ["Is the cup under the table?", "Is there a dog?", "Is the man left of the table?"]
)
def test_what_is_not_so_is_denied(question):
    assert ask(SCENE, question).text.startswith("No")


def test_distances_come_with_their_uncertainty_and_laid_out_ones_without():
    far = ask(SCENE, "How far is the car?").text
    assert "about" in far and " to " in far and "Estimated from one photo" in far
    laid_out = Scene.of(SCENE.objects.values())
    assert "about" not in ask(laid_out, "How far is the car from the table?").text


def test_doubt_is_said():
    answer = ask(SCENE, "How many chairs are there?")
    assert answer.text.startswith("Two") and "unsure" in answer.text and answer.certainty == 0.4
    assert "perhaps" in ask(SCENE, "What is left of the chair?").text


@pytest.mark.parametrize("question", ["", "?", "Tell me a joke", "how", "is", "what is " * 200, "\x00", "有几把椅子"])
def test_what_is_no_question_gets_help_and_no_error(question):
    assert ask(SCENE, question).text
    assert ask(Scene(), question).text


@pytest.mark.parametrize(
    ("question", "english"),
    [
        ("男人左边有什么？", "what is to the left of the man"),
        ("照片里有什么？", "what is in the photo"),
        ("汽车有多远", "how far is the car"),
        ("杯子离汽车有多远？", "how far is the cup from the car"),
        ("汽车离我多远？", "how far is the car"),
        ("有几把椅子？", "how many chair"),
        ("桌子左边有几把椅子？", "how many chair are to the left of the table"),
        ("杯子是什么颜色的？", "what colour is the cup"),
        ("红色的杯子在哪里？", "where is the red cup"),
        ("杯子在桌子上吗？", "is the cup on the table"),
        ("桌子上有杯子吗？", "is there a cup on the table"),
        ("有没有狗？", "is there a dog"),
        ("桌子有多高", "how tall is the table"),
        ("最近的是什么？", "what is the nearest thing"),
        ("汽车和杯子哪个更近？", "which is nearer, the car or the cup"),
        ("左边的椅子在哪儿", "where is the left chair"),
    ],
)
def test_chinese_questions_are_read_as_english_ones(question, english):
    assert english_question(question) == english
    answer = ask(SCENE, question)
    assert english in answer.text and "not understood" not in answer.text


@pytest.mark.parametrize("question", ["为什么天是蓝的？", "的的的", "你好", "麒麟在哪里？"])
def test_other_chinese_questions_get_examples(question):
    assert "男人左边有什么" in ask(SCENE, question).text


def test_several_of_a_kind_are_told_by_their_number():
    people = [thing(f"p{i}", "person", 0.05 * i, 0.0) for i in range(7)]
    assert ask(Scene.of(people, photo=SCENE.photo), "How many people are there?").text == "Seven people."
