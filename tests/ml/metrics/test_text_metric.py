"""The evaluation of sentences: what is scored against what, from which files, and what bad files are told."""

import argparse
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from sd3studio.core.errors import DataError, MissingModelError
from sd3studio.core.scene.predicates import Predicate
from sd3studio.ml.metrics import text
from sd3studio.ml.metrics.bootstrap import interval, mean_interval
from sd3studio.ml.metrics.predictions import read_predictions
from sd3studio.ml.training.data.annotated import split_of

CUP = {"s": "cup", "p": "on", "o": "table", "s_bbox": [80, 120, 50, 80], "o_bbox": [110, 300, 10, 200]}
LAMP = {"s": "lamp", "p": "behind", "o": "sofa", "s_bbox": [50, 200, 5, 40], "o_bbox": [90, 250, 120, 400]}
SAID = {
    "cup": ["a cup is on the table.", "There is a white cup on a table."],
    "lamp": ["the lamp is behind the sofa", "the sofa is in front of a lamp"],
}


@pytest.fixture
def vsd_file(tmp_path: Path) -> Path:
    """Twenty images, cups and lamps in turn."""
    items = [
        {"img_id": f"i{k}", "triple_list": [LAMP if k % 2 else CUP], "captions": SAID["lamp" if k % 2 else "cup"]}
        for k in range(20)
    ]
    path = tmp_path / "vsd.json"
    path.write_text(json.dumps(items))
    return path


def arguments(path: Path, *words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    text.add_arguments(parser)
    return parser.parse_args(["--data", str(path), "--split", "all", *words])


def captions_file(folder: Path, caption: dict[str, str]) -> Path:
    path = folder / "captions.json"
    path.write_text(json.dumps({f"i{k}": caption["lamp" if k % 2 else "cup"] for k in range(20)}))
    return path


def test_a_file_of_references_scores_in_full(vsd_file, tmp_path):
    path = captions_file(tmp_path, {name: captions[0] for name, captions in SAID.items()})
    report = text.evaluate(arguments(vsd_file, "--predictions", str(path)))
    assert report["bleu4"] == pytest.approx(100.0, abs=1e-4)
    assert report["relation_accuracy"] == 1.0
    assert report["spice"] > 80.0
    assert (report["items"], report["references_per_item"], report["split"]) == (20, 2.0, "all")
    assert report["intervals"]["bleu4"][0] == pytest.approx(100.0, abs=1e-4)


def test_a_wrong_predicate_costs_relation_accuracy_and_its_inverse_does_not(vsd_file, tmp_path):
    said = {"cup": "the cup is under the table", "lamp": "a sofa is in front of the lamp"}
    report = text.evaluate(arguments(vsd_file, "--predictions", str(captions_file(tmp_path, said)), "--no-spice"))
    assert report["relation_accuracy"] == 0.5
    assert "spice" not in report


def test_templates_stand_beside_every_system(vsd_file, tmp_path):
    path = captions_file(tmp_path, {"cup": "yes", "lamp": "no"})
    report = text.evaluate(arguments(vsd_file, "--predictions", str(path), "--no-spice"))
    best = report["templates"]["best"]
    assert best["bleu4"] == max(report["templates"]["bleu4"].values()) > report["bleu4"]
    assert best["relation_accuracy"] == 1.0
    assert report["slips"] == 1.0 and report["slips_references"] == 0.0


def test_boxes_are_scored_by_the_predicted_predicate(vsd_file, monkeypatch):
    asked = []

    def write(items, system, style, plans):
        assert style == "short" and plans is None
        asked.extend(items)
        return [text.fill("the {s} is {p} the {o}", item, Predicate(item.triples[0][1])) for item in items]

    path = SimpleNamespace(triple_sentences=write, RELATIONS="none", plans_of=lambda style, folder: None)
    monkeypatch.setitem(sys.modules, "sd3studio.ml.text_path", path)
    monkeypatch.setattr("sd3studio.ml.text_path", sys.modules["sd3studio.ml.text_path"], raising=False)
    monkeypatch.setattr(text, "loaded", lambda folder, required: None)
    monkeypatch.setattr(text, "held_out_predicates", lambda path, items: [Predicate.ON] * len(items))
    report = text.evaluate(arguments(vsd_file, "--input", "boxes", "--no-spice"))
    assert report["relation_accuracy"] == report["relation_accuracy_said"] == 0.5
    assert {item.captions for item in asked} == {()}, "the writer must not see the references"


def test_the_predicates_of_boxes_come_from_a_model_that_saw_other_images(vsd_file, monkeypatch):
    seen = []

    def fit(prior, features, classes, nets):
        seen.append(len(classes))
        return SimpleNamespace(from_features=lambda asked: np.eye(9)[[4] * len(asked)])

    monkeypatch.setattr(text, "fit_ensemble", fit)
    items = [item for item in text.items_of(vsd_file, "all") if split_of(item.image_id) == "dev"]
    assert text.held_out_predicates(vsd_file, items) == [Predicate.BEHIND] * len(items)
    assert seen == [20 - len(items)]


def test_the_split_is_one_image_in_five(vsd_file):
    chosen = {item.image_id for item in text.items_of(vsd_file, "dev")}
    assert chosen == {f"i{k}" for k in range(20) if split_of(f"i{k}") == "dev"}


def test_without_networks_it_says_what_is_missing(vsd_file, tmp_path):
    with pytest.raises(MissingModelError, match="text_codec"):
        text.evaluate(arguments(vsd_file, "--system", str(tmp_path / "nothing")))


def test_captions_may_be_a_list_or_lines(tmp_path):
    rows = [{"image_id": 1, "caption": ["a cat", "more"]}, {"img_id": "2", "caption": "a dog"}]
    for form in (json.dumps(rows), "\n".join(map(json.dumps, rows))):
        (tmp_path / "captions").write_text(form)
        assert read_predictions(tmp_path / "captions", ["2", "1"]) == ["a dog", "a cat"]


BROKEN = {
    "not JSON": ("hello", "line 1"),
    "a number": ("3", "list or an object"),
    "empty": ("[]", "list or an object"),
    "no caption": ('[{"img_id": "i0"}]', "entry 1: 'img_id' and 'caption'"),
    "caption is no text": ('{"i0": 3}', "image i0 must be a text"),
    "twice": ('[{"img_id": "i0", "caption": "a"}, {"img_id": "i0", "caption": "b"}]', "second caption"),
    "an image lacks": ('{"i0": "a cup"}', "no caption for 19 of the 20 images, i1 for one"),
    "deep": ("[" * 100_000, "line 1"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_file_of_captions_is_one_sentence(what, vsd_file, tmp_path):
    form, expected = BROKEN[what]
    path = tmp_path / "captions.json"
    path.write_text(form)
    with pytest.raises(DataError, match=expected) as raised:
        text.evaluate(arguments(vsd_file, "--predictions", str(path)))
    assert str(path) in str(raised.value)


def test_intervals_hold_the_mean_and_narrow_with_more_items():
    values = np.random.default_rng(0).random(400)
    low, high = mean_interval(values)
    assert low < values.mean() < high
    narrow, wide = high - low, np.subtract(*mean_interval(values[:50])[::-1])
    assert narrow < wide
    assert interval(lambda chosen: 1.0, 1) is None


@pytest.mark.parametrize("given", ["triple", "boxes"])
def test_networks_write_what_is_scored(given, vsd_file, tmp_path, monkeypatch):
    monkeypatch.setattr("sd3studio.ml.text_path.SAMPLES", 4)
    monkeypatch.setattr(text, "held_out_predicates", lambda path, items: [Predicate.ON] * len(items))
    words = ("--input", given, "--system", str(tiny_system(tmp_path)), "--limit", "3", "--no-spice")
    report = text.evaluate(arguments(vsd_file, *words))
    assert report["items"] == 3 and report["bleu4"] < 100.0
    assert report["perplexity"] > 1.0 and report["perplexity_references"] > 1.0
    assert report["relation_accuracy"] == (
        pytest.approx(2 / 3) if given == "boxes" else report["relation_accuracy_said"]
    )


def tiny_system(folder: Path) -> Path:
    """Text networks with random weights."""
    from sd3studio.ml.conditioning.said import SAID_WIDTH
    from sd3studio.ml.conditioning.text_tokens import TextTokenizer
    from sd3studio.ml.system import PartConfig, System, SystemConfig, TransitionSettings

    TextTokenizer.train([caption for captions in SAID.values() for caption in captions], words=80).save(
        folder / "t.json"
    )
    small = {"width": 16, "depth": 1, "heads": 2}
    parts = {
        "text_codec": PartConfig(kind="TextCodec", settings={**small, "condition_width": SAID_WIDTH}),
        "text_diffusion": PartConfig(
            kind="Denoiser", settings={**small, "positions": [32], "condition_width": SAID_WIDTH}
        ),
        "text_prior": PartConfig(kind="TokenPrior", settings={**small, "length": 33}),
    }
    config = SystemConfig(
        parts=parts, transitions={"text": TransitionSettings(steps=10)}, tokenizer=str(folder / "t.json")
    )
    System.build(config, seed=0).save(folder / "system")
    return folder / "system"
