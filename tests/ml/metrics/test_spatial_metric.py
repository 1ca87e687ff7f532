"""The layout benchmark: its prompts, its composed scenes, and what it counts."""

from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from sd3studio.core.relations import grade_of
from sd3studio.core.scene.predicates import INVERSE, Predicate
from sd3studio.ml.metrics import spatial
from sd3studio.ml.metrics.spatial_prompts import COMMON, SpatialPrompt, composed, spatial_prompts
from sd3studio.ml.parsing.detection import Detection


def test_prompts_are_fifty_pairs_said_both_ways_and_always_the_same():
    prompts = spatial_prompts()
    assert len(prompts) == 300 and len({p.id for p in prompts}) == 300
    assert Counter(p.predicate for p in prompts) == dict.fromkeys((p.predicate for p in prompts), 50)
    for one, other in zip(prompts[::2], prompts[1::2], strict=True):
        assert (other.first, other.predicate, other.second) == (one.second, INVERSE[one.predicate], one.first)
    assert prompts == spatial_prompts()
    assert spatial_prompts(seed=1) != prompts
    assert {p.first for p in spatial_prompts(COMMON)} <= set(COMMON)


def test_a_prompt_is_a_sentence():
    assert SpatialPrompt("x", "elephant", Predicate.UNDER, "cup").text == "A photo of an elephant below a cup."


@pytest.mark.parametrize("prompt", spatial_prompts(COMMON, pairs=6), ids=lambda p: p.id)
def test_the_composed_scene_holds_what_the_prompt_says(prompt):
    scene = composed(prompt, 256, 256)
    assert grade_of(scene, "first", prompt.predicate, "second", "camera") > 0.5
    for thing in scene.solid_objects():
        pixel, depth = scene.camera.project(thing.center)
        assert depth > 0 and 0 < pixel[0] < 256 and 0 < pixel[1] < 256


def test_pictures_of_another_system_are_counted(tmp_path, monkeypatch):
    """One picture passes, one fails, the other four are not there: decided are two."""
    prompts = spatial_prompts(COMMON, pairs=1)
    left = next(p for p in prompts if p.predicate is Predicate.LEFT_OF)
    other = next(p for p in prompts if p.predicate is Predicate.RIGHT_OF)
    for prompt, shade in ((left, 10), (other, 200)):
        Image.fromarray(np.full((100, 100, 3), shade, np.uint8)).save(tmp_path / f"{prompt.id}.png")

    class Seeing:
        def detect(self, pixels, threshold):
            wrong = pixels[0, 0, 0] > 100
            a, b = ((60, 10, 95, 60), (5, 10, 40, 60)) if wrong else ((5, 10, 40, 60), (60, 10, 95, 60))
            return [Detection(left.first, 0.9, a), Detection(left.second, 0.9, b)]

    monkeypatch.setattr(spatial, "load_detector", lambda name: Seeing())
    args = SimpleNamespace(
        system="pictures", pictures=tmp_path, model="", classes="common", pairs=1, seed=1234, tries=1, size=512,
        keep=None, list=False,
    )  # fmt: skip
    told = spatial.evaluate(args)
    assert told["planar.pass_rate"] == 0.25
    assert told["planar.coverage"] == 0.5
    assert told["planar.pass_when_decided"] == 0.5
    assert told["depth.coverage"] == 0.0
