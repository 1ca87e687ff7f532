"""Sentences of graphs by a small untrained system, and the cases that must come out right by the shipped one."""

from collections.abc import Iterator

import pytest
import torch

from sd3studio.core.locations import SD3_MINI
from sd3studio.core.relations import RelationField
from sd3studio.core.scene import Camera, Predicate, Scene, SceneObject
from sd3studio.ml import text_path
from sd3studio.ml.conditioning.said import SAID_WIDTH
from sd3studio.ml.conditioning.text_tokens import TextTokenizer
from sd3studio.ml.nets.denoiser import Denoiser
from sd3studio.ml.nets.text_codec import TextCodec
from sd3studio.ml.parsing.english import parse_english
from sd3studio.ml.shipped import mini
from sd3studio.ml.system import System, SystemConfig, TransitionSettings
from sd3studio.ml.text_path import box_sentences, captions, predicates_of, triple_sentences, write
from sd3studio.ml.training.data.annotated import AnnotatedImage, LabelledBox
from sd3studio.ml.training.data.graphs import GraphObject, SceneGraph

PARTS = ("graph_codec", "text_codec", "text_diffusion")


@pytest.fixture(scope="module")
def untrained() -> System:
    """A system that babbles."""
    tokenizer = TextTokenizer.train(["a <obj0> is on the <obj1> .", "some <obj0> are behind a <obj1>"], 60)
    config = SystemConfig(transitions={"text": TransitionSettings(steps=10)})
    torch.manual_seed(0)
    system = System(config, {}, None, tokenizer)
    size = tokenizer.size
    system.parts["text_codec"] = TextCodec(size, size + 1, SAID_WIDTH, width=16, depth=1, heads=2).eval()
    system.parts["text_diffusion"] = Denoiser(
        size, size + 1, positions=(32,), width=16, depth=1, heads=2, condition_width=SAID_WIDTH
    ).eval()
    return system


def a_graph(subject: str, predicate: Predicate, other: str) -> SceneGraph:
    ends = (GraphObject(tag=subject), GraphObject(tag=other))
    return SceneGraph(source="tsg", objects=ends, triples=((0, predicate, 1),))


def cars() -> Scene:
    """Two cars one behind the other on a street, seen slantwise so that they stand side by side in the picture."""
    near = SceneObject(id="near", label="car", attributes=("gray",), center=(-2.0, 4.0, 0.75), size=(1.8, 4.2, 1.5))
    far = SceneObject(id="far", label="car", attributes=("blue",), center=(-2.0, 11.0, 0.75), size=(1.8, 4.2, 1.5))
    return Scene.of([near, far], camera=Camera(position=(3.5, -2.0, 1.7), target=(3.5, 8.0, 1.2), fov_y=1.0))


def test_the_same_seed_says_the_same_and_order_is_kept(untrained: System) -> None:
    graphs = [a_graph("cup", Predicate.ON, "table"), a_graph("dog", Predicate.BEHIND, "cat")]
    first, second = (write(graphs, untrained, seed=3, samples=4) for _ in range(2))
    assert first == second
    assert len(first) == 2
    assert all(one.sentences for one in first)


def test_babble_is_never_shown_as_a_caption(untrained: System) -> None:
    scene = cars()
    told = captions(scene, 4, 0, untrained)
    assert {caption.maker for caption in told} == {"rule"}
    assert told == text_path.captions_of(scene, 4, 0)


def test_what_the_net_says_is_shown_only_if_it_is_so(untrained: System, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = cars()

    def saying(sentence: str) -> tuple[str, ...]:
        monkeypatch.setattr(text_path, "write", lambda graphs, *_, **__: [text_path.Told((sentence,))] * len(graphs))
        return tuple(caption.text for caption in captions(scene, 4, 0, untrained) if caption.maker == "model")

    true = "The gray car is parked in front of the blue car."
    assert saying(true) == (true,)
    assert saying("The gray car is parked behind the blue car.") == ()
    assert saying("A bird sings.") == ()


def test_boxes_become_a_predicate_and_a_sentence(untrained: System, monkeypatch: pytest.MonkeyPatch) -> None:
    boxes = (LabelledBox(label="cup", box=(10, 0, 30, 20)), LabelledBox(label="table", box=(0, 20, 90, 80)))
    image = AnnotatedImage(image_id="1", boxes=boxes, triples=((0, "in", 1),))

    class Always:
        def probabilities(self, *_: object) -> torch.Tensor:
            return torch.eye(9)[:1].numpy()

    assert predicates_of([image], Always()) == [Predicate.ON]  # type: ignore[arg-type]
    monkeypatch.setattr(text_path, "SAMPLES", 4)
    found = box_sentences([image], untrained, relations=Always())  # type: ignore[arg-type]
    assert [predicate for predicate, _ in found] == [Predicate.ON]
    assert len(triple_sentences([image], untrained)) == 1


# ---- with the trained weights


@pytest.fixture(scope="module")
def trained() -> Iterator[System]:
    missing = [name for name in PARTS if not (SD3_MINI / name).is_dir()]
    if missing:
        pytest.skip(f"the trained weights of {', '.join(missing)} are not in {SD3_MINI}")
    yield mini(*PARTS)


def test_two_cars_that_look_side_by_side_are_said_to_be_one_in_front_of_the_other(trained: System) -> None:
    scene = cars()
    field = RelationField(scene)
    assert field.grade("near", Predicate.IN_FRONT_OF, "far") > 0.5
    said = [one for seed in range(3) for one in captions(scene, 4, seed, trained) if one.scope == "pair"]
    assert any(caption.maker == "model" for caption in said)
    for caption in said:
        assert "in front of" in caption.text or "behind" in caption.text
        assert "next to" not in caption.text and "beside" not in caption.text


@pytest.mark.parametrize(
    ("text", "subject", "predicate", "other"),
    [
        ("A man is on the couch next to a dog laying down.", "man", Predicate.ON, "couch"),
        ("A man is on the couch next to a dog laying down.", "man", Predicate.NEXT_TO, "dog"),
        (
            "Some weeds in the middle are in front of the railway tracks.",
            "weed",
            Predicate.IN_FRONT_OF,
            "railway track",
        ),
    ],
)
def test_text_to_graph_to_text_says_the_same(
    trained: System, text: str, subject: str, predicate: Predicate, other: str
) -> None:
    read = parse_english(text)
    assert (subject, predicate, other) in read.named()
    labels = {"weed": "weeds", "railway track": "railway tracks"}
    graph = a_graph(labels.get(subject, subject), predicate, labels.get(other, other))
    told = write([graph] * 3, trained, seed=1, styles=["plain", "short", "rich"])
    for one in told:
        assert (subject, predicate, other) in parse_english(one.sentences[0]).named(), one.sentences[0]
