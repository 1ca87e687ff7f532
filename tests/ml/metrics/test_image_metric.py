"""The evaluation of pictures: which picture belongs to which scene, what is compared, and what bad folders are told."""

import argparse
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sd3studio.core.errors import DataError, MissingModelError, PhotoError, SceneError
from sd3studio.core.requests import GenerateImage
from sd3studio.core.scene import Scene, SceneObject
from sd3studio.core.scene.json_form import write_scene
from sd3studio.ml.generation.pictures import png_of, result_of
from sd3studio.ml.metrics import image
from sd3studio.ml.metrics.clip import ClipScorer
from sd3studio.ml.metrics.image import add_arguments, compare, evaluate
from sd3studio.ml.metrics.views import View, export, picture_size, pictures_in, views_of
from sd3studio.ml.parsing.detection import Detection

SCENE = Scene.of([SceneObject(id="a", label="chair"), SceneObject(id="b", label="table", center=(1.5, 0.0, 0.5))])


class Finder:
    """A detector that sees bright rectangles: red ones as chairs, green ones as tables."""

    def detect(self, pixels, threshold=None):
        found = []
        for channel, label in enumerate(("chair", "dining table")):
            rows, columns = np.nonzero(pixels[..., channel] > 200)
            if len(rows):
                box = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
                found.append(Detection(label, 0.9, tuple(map(float, box))))
        return found


@pytest.fixture(autouse=True)
def finder(monkeypatch):
    monkeypatch.setattr(image, "load_detector", lambda name, threads: Finder())


def painted(red, green, side=64):
    pixels = np.zeros((side, side, 3), np.uint8)
    for channel, (x0, y0, x1, y1) in enumerate((red, green)):
        pixels[y0:y1, x0:x1, channel] = 255
    return pixels


RED, GREEN = (4, 10, 20, 40), (40, 10, 60, 40)
TRUE = painted(RED, GREEN)


def view(name="mixed-7"):
    boxes = {"a": tuple(map(float, RED)), "b": tuple(map(float, GREEN))}
    return View((name,), SCENE, TRUE, boxes, "a chair is to the left of a table")


def arguments(*words):
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parser.parse_args([str(word) for word in words])


def test_the_true_picture_is_perfect_and_a_picture_that_lacks_an_object_is_not():
    report = compare([(view("x"), TRUE), (view("y"), painted(RED, (0, 0, 0, 0)))])
    assert report["object_recall"] == 0.75
    assert report["relation_accuracy"] == 1.0 and report["pairs"] == 1
    assert report["true_render"]["object_recall"] == report["oracle"]["object_recall"] == 1.0
    assert report["pictures"] == 2 and report["frechet"] > 0.0
    assert "clip_score" not in report


def test_objects_that_change_places_are_found_out():
    report = compare([(view(), painted(GREEN, RED))])
    assert report["object_recall"] == 0.0
    assert report["relation_accuracy_anywhere"] == 0.0
    assert report["frechet"] is None, "one picture has no spread"


def test_true_sides_are_looked_at_once(monkeypatch):
    known = {}
    compare([(view(), TRUE)], known=known)
    looked = []
    monkeypatch.setattr(Finder, "detect", lambda self, pixels, threshold=None: looked.append(1) or [])
    compare([(view(), TRUE)], known=known)
    assert len(looked) == 1


def test_pictures_are_matched_by_name(tmp_path, monkeypatch):
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "mixed-7.png").write_bytes(png_of(TRUE))
    monkeypatch.setattr(image, "views_of", lambda folder, size, limit: iter([view("mixed-6"), view()]))
    report = evaluate(arguments("--pictures", tmp_path / "pictures", "--scenes", tmp_path))
    assert (report["pictures"], report["scenes_without_picture"]) == (1, 1)
    json.dumps(report)


def test_no_picture_with_the_name_of_a_scene_says_what_name_was_expected(tmp_path, monkeypatch):
    (tmp_path / "cat.png").write_bytes(png_of(TRUE))
    monkeypatch.setattr(image, "views_of", lambda folder, size, limit: iter([view()]))
    with pytest.raises(DataError, match=r"mixed-7\.png was expected"):
        evaluate(arguments("--pictures", tmp_path, "--scenes", tmp_path))


def test_a_picture_that_cannot_be_read_is_named(tmp_path, monkeypatch):
    (tmp_path / "mixed-7.png").write_bytes(b"no picture")
    monkeypatch.setattr(image, "views_of", lambda folder, size, limit: iter([view()]))
    with pytest.raises(PhotoError, match=r"mixed-7\.png"):
        evaluate(arguments("--pictures", tmp_path, "--scenes", tmp_path))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--pictures", "nowhere", "--scenes", "."), "no folder nowhere"),
        (("--pictures", ".", "--scenes", "."), "has no pictures"),
        (("--pictures", ".", "--size", "40"), "--size must be between 64 and 2048 px, not 40"),
        (("--pictures", ".", "--generate", "render"), "--generate needs --scenes"),
    ],
)
def test_bad_arguments_are_one_sentence(words, expected, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match=expected):
        evaluate(arguments(*words))


def test_folders_without_scenes_or_with_broken_ones_are_named(tmp_path):
    with pytest.raises(DataError, match="no folder"):
        next(views_of(tmp_path / "nothing"))
    with pytest.raises(DataError, match="no scene files"):
        next(views_of(tmp_path))
    (tmp_path / "room.json").write_text("{}")
    with pytest.raises(SceneError, match=r"room\.json"):
        next(views_of(tmp_path))


def test_a_folder_that_is_no_clip_model_is_named(tmp_path):
    with pytest.raises(MissingModelError, match=r"config\.json"):
        evaluate(arguments("--pictures", tmp_path, "--scenes", tmp_path, "--clip", tmp_path))


def test_names_without_ending_lead_to_pictures(tmp_path):
    Image.fromarray(TRUE).save(tmp_path / "a.jpg")
    (tmp_path / "notes.txt").write_text("no picture")
    assert pictures_in(tmp_path) == {"a": tmp_path / "a.jpg"}


def test_the_longer_side_is_what_is_asked_for():
    wide = SCENE.replace(camera=SCENE.camera.replace(width=800, height=400))
    assert picture_size(wide, 256) == (256, 128)
    assert picture_size(wide, None) == (256, 128)


@pytest.mark.gl
def test_scene_files_are_drawn_and_exported_under_the_same_names(tmp_path: Path):
    (tmp_path / "room.json").write_text(write_scene(SCENE))
    found = next(views_of(tmp_path, size_px=96))
    assert found.names == ("room",) and max(found.true.shape[:2]) == 96
    assert set(found.boxes) == {"a", "b"} and found.caption
    assert export(tmp_path, tmp_path / "out") == 1
    assert next(views_of(tmp_path / "out" / "scenes")).scene == SCENE
    assert set(pictures_in(tmp_path / "out" / "pictures")) == {"room"}


@pytest.mark.gl
def test_pictures_of_ours_carry_their_scene(tmp_path: Path):
    result = result_of(GenerateImage(scene=SCENE, backend="render", width=64, height=64), TRUE)
    (tmp_path / "shot.png").write_bytes(result.png)
    assert evaluate(arguments("--pictures", tmp_path, "--size", 64))["pictures"] == 1


@pytest.mark.gl
def test_pictures_are_made_and_kept(tmp_path: Path):
    (tmp_path / "scenes").mkdir()
    (tmp_path / "scenes" / "room.json").write_text(write_scene(SCENE))
    words = ("--pictures", tmp_path / "made", "--scenes", tmp_path / "scenes", "--generate", "render", "--size", 96)
    assert evaluate(arguments(*words))["pictures"] == 1
    first = (tmp_path / "made" / "room.png").stat().st_mtime_ns
    evaluate(arguments(*words))
    assert (tmp_path / "made" / "room.png").stat().st_mtime_ns == first


def test_a_clip_model_of_the_users_scores_pictures_by_their_captions(tmp_path):
    scorer = ClipScorer(tiny_clip(tmp_path / "clip"))
    score = scorer.score(TRUE, "a chair")
    assert 0.0 <= score <= 100.0
    assert score == scorer.score(TRUE, "a chair")
    report = compare([(view("x"), TRUE), (view("y"), TRUE)], scorer)
    assert report["clip_score"] == pytest.approx(scorer.score(TRUE, view().caption))


def tiny_clip(folder: Path) -> Path:
    """A CLIP with random weights and a tokenizer of single characters, as transformers saves them."""
    import torch

    from sd3studio.ml.libraries import prepare_libraries, quiet

    prepare_libraries()
    with quiet():
        from transformers import CLIPConfig, CLIPImageProcessorPil, CLIPModel, CLIPTokenizerFast

        torch.manual_seed(0)
        letters = [*"abcdefghijklmnopqrstuvwxyz", *(f"{c}</w>" for c in "abcdefghijklmnopqrstuvwxyz")]
        vocabulary = {piece: k for k, piece in enumerate([*letters, "<|startoftext|>", "<|endoftext|>"])}
        folder.mkdir()
        (folder / "vocab.json").write_text(json.dumps(vocabulary))
        (folder / "merges.txt").write_text("#version: 0.2\n")
        size = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
        text = {**size, "vocab_size": len(vocabulary), "max_position_embeddings": 77}
        text |= {"bos_token_id": vocabulary["<|startoftext|>"], "eos_token_id": vocabulary["<|endoftext|>"]}
        vision = {**size, "image_size": 32, "patch_size": 16}
        CLIPModel(CLIPConfig(text_config=text, vision_config=vision, projection_dim=8)).save_pretrained(folder)
        CLIPTokenizerFast(str(folder / "vocab.json"), str(folder / "merges.txt")).save_pretrained(folder)
        square = {"height": 32, "width": 32}
        CLIPImageProcessorPil(size={"shortest_edge": 32}, crop_size=square).save_pretrained(folder)
    return folder
