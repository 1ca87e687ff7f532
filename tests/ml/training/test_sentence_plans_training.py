"""Captions read as sentences with gaps, and the model that is fitted on them."""

from sd3studio.core.scene.predicates import Predicate
from sd3studio.ml.sentence_plans import OTHER_NUMBER, SAME, Asked
from sd3studio.ml.training.data.annotated import AnnotatedImage, LabelledBox
from sd3studio.ml.training.relation_model import Recipe
from sd3studio.ml.training.sentence_plans import Read, fit_plans, read_captions

BOXES = ((10.0, 10.0, 20.0, 20.0), (0.0, 18.0, 60.0, 40.0))


def read(subject: str, predicate: Predicate, other: str, caption: str) -> Read:
    boxes = tuple(LabelledBox(label=label, box=box) for label, box in zip((subject, other), BOXES, strict=True))
    triples = ((0, predicate.value, 1),)
    return read_captions([AnnotatedImage(image_id="a", boxes=boxes, triples=triples, captions=(caption,))])[0]


def test_labels_other_numbers_and_other_nouns_leave_gaps() -> None:
    found = read("garbage can", Predicate.NEXT_TO, "car", "The trash bin is by the red cars.")
    assert found.plan == "the <obj0> is by the red <obj1>"
    assert found.nouns == ("trash bin", OTHER_NUMBER)


def test_the_order_of_the_sentence_is_kept() -> None:
    found = read("desk", Predicate.UNDER, "stapler", "The stapler is on the table.")
    assert found.plan == "the <obj1> is on the <obj0>"
    assert found.nouns == ("table", SAME)


def test_what_is_not_named_gives_no_plan() -> None:
    found = read("bandana", Predicate.ON, "man", "It is sunny.")
    assert found.plan is None
    assert found.nouns == (None, None)


def test_the_model_learns_whose_plan_is_whose_and_keeps_what_two_say() -> None:
    on, under = (Asked("cup", p, "desk", BOXES) for p in (Predicate.ON, Predicate.UNDER))
    told = [Read(on, "the <obj0> is on the <obj1>", (SAME, SAME))] * 4
    told += [Read(under, "the <obj1> is on the <obj0>", (SAME, SAME))] * 4
    told += [Read(under, "only one says <obj0> and <obj1>", (SAME, SAME))]
    recipe = Recipe(hidden=(16,), epochs=60, batch=4, dropout=0.0, input_dropout=0.0, smoothing=0.0)
    model = fit_plans(told, nets=1, recipe=recipe)
    assert set(model.plans) == {"the <obj0> is on the <obj1>", "the <obj1> is on the <obj0>"}
    first, second = (max(said, key=said.__getitem__) for said in model.sentences([on, under]))
    assert (first, second) == ("The cup is on the desk.", "The desk is on the cup.")
