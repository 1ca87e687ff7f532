"""What runs train, for a few steps on small real things: results are used, and a stop changes nothing."""

import json
from pathlib import Path

import numpy as np
import pytest

from sd3studio.core.errors import DataError, MissingModelError
from sd3studio.core.scene import Relation, Scene, SceneObject
from sd3studio.core.scene.json_form import write_scene
from sd3studio.core.scene.predicates import VSD_PREDICATES, Predicate
from sd3studio.core.scene.values import Provenance
from sd3studio.core.training.messages import STOP, StageDone, StepDone
from sd3studio.core.training.run import RunRequest
from sd3studio.ml.training.data.own import OwnScene, make_own_dataset, problems_of, read_own_scenes, version_of
from sd3studio.ml.training.data.records import SampleSettings
from sd3studio.ml.training.data.shards import Dataset
from sd3studio.ml.training.goals import relations, sizes

SCORED = {"text_codec": "relations said, %", "graph_diffusion": "TriRec, %"}
SETTINGS = SampleSettings(size_px=64, captions=3, quality="draft")


def to_end(training, stop_at=None):
    """All messages; with `stop_at` the order to stop is given after so many steps."""
    told, order = [], None
    while True:
        try:
            told.append(training.send(order))
        except StopIteration:
            return told
        steps = sum(isinstance(message, StepDone) for message in told)
        order = STOP if stop_at is not None and steps >= stop_at and isinstance(told[-1], StepDone) else None


def room(name, side=1.0):
    """A chair beside a table, with a size that a person set."""
    things = [
        SceneObject(id="table", label="table", category="dining table", center=(0, 0, 0.4), size=(1.4, 0.8, 0.8),
                    mesh="dining-table", provenance=Provenance(source="photo", score=0.8)),
        SceneObject(id="chair", label="chair", category="chair", center=(side * 1.3, 0, 0.45), size=(0.5, 0.5, 0.9)),
    ]  # fmt: skip
    beside = Predicate.RIGHT_OF if side > 0 else Predicate.LEFT_OF
    return OwnScene(name, Scene.of(things, relations=(Relation(subject="chair", predicate=beside, object="table"),)))


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """A data set of a dozen rooms, both splits."""
    folder = tmp_path_factory.mktemp("own") / "set"
    scenes = [room(f"room-{k}", 1.0 if k % 2 else -1.0) for k in range(24)]
    scenes[0] = OwnScene(scenes[0].name, scenes[0].scene, ("A chair is to the left of the table.",))
    made = make_own_dataset(folder, scenes, SETTINGS)
    assert set(made) == {"train", "dev"} and sum(i.recipe.count for i in made.values()) == 24
    return folder


@pytest.mark.gl
def test_own_scenes_become_a_data_set_with_their_sentences(own):
    records = [record for part in ("train", "dev") for record in Dataset(own / part).records()]
    said = [one for record in records for one in record.sentences]
    human = [one for one in said if one.caption.maker == "human"]
    assert [one.caption.text for one in human] == ["A chair is to the left of the table."]
    assert human[0].graph.named() == (("chair", "to the left of", "table"),)
    assert [thing.key for thing in human[0].graph.objects] == ["chair", "table"]
    assert all(record.sentences and record.boxes for record in records)
    sample = next(Dataset(own / "train").samples(("rgb", "id")))
    assert sample.maps["rgb"].shape == (64, 64, 3) and len(np.unique(sample.maps["id"])) == 3


def test_problems_are_told_before_anything_is_made(tmp_path):
    assert "no scene" in problems_of([])[0]
    scenes = [room("a"), OwnScene("b", Scene()), OwnScene("a", room("a").scene, ("",))]
    told = " ".join(problems_of(scenes))
    for part in ("no objects", "captions are empty", "more than once"):
        assert part in told
    assert "No scene is in the split" in " ".join(problems_of([room("a")]))
    with pytest.raises(DataError, match="no objects"):
        make_own_dataset(tmp_path / "x", [OwnScene("b", Scene())], SETTINGS)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    with pytest.raises(DataError, match="not an empty folder"):
        make_own_dataset(tmp_path / "full", [room("a")], SETTINGS)


def test_the_version_tells_the_same_scenes_from_others():
    one, other = [room("a"), room("b")], [room("b"), room("a")]
    assert version_of(one, SETTINGS) == version_of(other, SETTINGS)
    assert version_of(one, SETTINGS) != version_of([room("a"), room("b", -1.0)], SETTINGS)


def test_scenes_are_read_from_files_with_captions_beside_them(tmp_path):
    (tmp_path / "a.json").write_text(write_scene(room("a").scene))
    (tmp_path / "a.txt").write_text("One.\nTwo.\n")
    (tmp_path / "other.json").write_text("{}]")
    found = read_own_scenes([tmp_path])
    assert [(one.name, one.captions) for one in found] == [("a", ("One.", "Two."))]


def vsd_file(path: Path, pairs: int = 60) -> Path:
    """Balls over boxes are "above", balls below them "under": what the shipped model learns in no time."""
    items = []
    for k in range(pairs):
        high = k % 2 == 0
        ball = [10.0, 50.0, 40.0, 80.0] if high else [150.0, 190.0, 40.0, 80.0]
        triple = {"s": "ball", "p": "above" if high else "under", "o": "box", "s_bbox": ball,
                  "o_bbox": [80.0, 120.0, 30.0, 90.0]}  # fmt: skip
        items.append({"img_id": f"{k}", "triple_list": [triple], "captions": []})
    path.write_text(json.dumps(items))
    return path


def test_the_relation_model_learns_and_a_stop_changes_nothing(tmp_path):
    request = RunRequest(goal="relations", data=str(vsd_file(tmp_path / "vsd.json")), steps=4, batch=16)
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    told = to_end(relations.run(request, whole))
    assert isinstance(told[-1], StageDone)
    steps = [message for message in told if isinstance(message, StepDone)]
    assert steps[3].loss < steps[0].loss and steps[-1].scores["relations right, %"] == 100.0
    to_end(relations.run(request, cut), stop_at=6)
    assert not (cut / "result").exists()
    to_end(relations.run(request, cut))
    names = ("model.safetensors", "config.json")
    assert [(cut / "result" / n).read_bytes() for n in names] == [(whole / "result" / n).read_bytes() for n in names]
    model = relations.RelationModel.load(whole / "result")
    row = model.probabilities(["ball"], [[40, 10, 80, 50]], ["box"], [[30, 80, 90, 120]])[0]
    assert VSD_PREDICATES[int(row.argmax())] is Predicate.ABOVE
    assert "Cross-validated" not in (whole / "result" / "README.md").read_text()


@pytest.mark.gl
def test_the_relation_model_learns_from_own_scenes(own, tmp_path):
    told = to_end(relations.run(RunRequest(goal="relations", data=str(own), steps=1), tmp_path))
    assert isinstance(told[-1], StageDone)


def test_too_little_to_learn_from_is_a_sentence(tmp_path):
    request = RunRequest(goal="relations", data=str(vsd_file(tmp_path / "vsd.json", 4)))
    with pytest.raises(DataError, match="at least 10"):
        to_end(relations.run(request, tmp_path / "run"))


@pytest.mark.gl
def test_sizes_move_towards_what_was_measured(own, tmp_path):
    told = to_end(sizes.run(RunRequest(goal="sizes", data=str(own)), tmp_path))
    assert isinstance(told[-1], StageDone)
    version = Dataset(own / "train").index.recipe.scenes_sha256
    assert f"(version {version[:12]})" in (tmp_path / "result" / "README.md").read_text()
    from sd3studio.core.size_priors import SIZES_NAME, sizes_file

    before = json.loads(sizes_file().read_text())["classes"]
    after = json.loads((tmp_path / "result" / SIZES_NAME).read_text())["classes"]

    def nearest(classes, size):
        poses = [np.array(pose["size"]) for pose in classes["chair"]["poses"]]
        return min(np.abs(np.log(pose / size)).max() for pose in poses)

    measured = np.array((0.5, 0.5, 0.9))
    assert nearest(after, measured) < nearest(before, measured)
    assert after["bus"] == before["bus"]


@pytest.mark.gl
@pytest.mark.slow
def test_a_lora_of_a_tiny_pipeline_goes_on_bit_for_bit(own, tmp_path):
    pytest.importorskip("peft")
    import sys

    sys.path.insert(0, str(Path(__file__).parents[2] / "generation"))
    from tiny_models import save_stable_diffusion

    from sd3studio.ml.training.goals import lora

    model = save_stable_diffusion(tmp_path / "sd")
    request = RunRequest(goal="lora", data=str(own), model=str(model), steps=4, rank=2, checkpoint_every=2)
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    to_end(lora.run(request, whole))
    to_end(lora.run(request, cut), stop_at=3)
    to_end(lora.run(request, cut))
    name = "pytorch_lora_weights.safetensors"
    assert (cut / "result" / name).read_bytes() == (whole / "result" / name).read_bytes()
    lines = [json.loads(line)["loss"] for line in (cut / "work" / "metrics.jsonl").read_text().splitlines()]
    assert lines == [json.loads(x)["loss"] for x in (whole / "work" / "metrics.jsonl").read_text().splitlines()]
    from diffusers import StableDiffusionPipeline

    pipeline = StableDiffusionPipeline.from_pretrained(model, local_files_only=True, safety_checker=None)
    pipeline.load_lora_weights(str(whole / "result"))
    assert pipeline.get_active_adapters()


def test_a_lora_without_its_pipeline_is_a_sentence(tmp_path):
    pytest.importorskip("peft")
    from sd3studio.ml.training.goals import lora

    with pytest.raises(MissingModelError, match=r"model_index.json"):
        lora._pipeline(RunRequest(goal="lora", data="x", model=str(tmp_path)))


@pytest.mark.gl
@pytest.mark.parametrize("stage", ["text_codec", "graph_diffusion"])
def test_a_sample_tells_what_is_written_about_the_same_graphs(own, tmp_path, stage):
    from sd3studio.core.training.messages import SAMPLE_NOW, Sampled
    from sd3studio.ml.training.goals import sd3

    request = RunRequest(
        goal="sd3", config="fine-tuning", only=stage, data=str(own), steps=1, batch=2, checkpoint_every=100
    )
    training, order, samples = sd3.run(request, tmp_path), None, []
    while len(samples) < 2:
        message = training.send(order)
        order = SAMPLE_NOW if isinstance(message, StepDone | Sampled) else None
        samples += [message] if isinstance(message, Sampled) else []
    training.close()
    lines = samples[0].text.splitlines()
    assert len(lines) >= 2 and all(" => " in line for line in lines)
    assert samples[1].text == samples[0].text
    assert any(word in samples[0].text for word in ("table", "chair"))
    scores = samples[0].scores
    assert scores == samples[1].scores and set(scores) > {SCORED[stage]}
    assert 0.0 <= scores[SCORED[stage]] <= 100.0


def test_relation_models_have_scores_with_intervals(tmp_path):
    from sd3studio.ml.parsing.relation_model import FOLDER
    from sd3studio.ml.training.goals.scoring import scores_of

    told = scores_of(FOLDER, vsd_file(tmp_path / "vsd.json"), 10)
    ((name, value),) = told.items()
    assert name.startswith("relations: right of") and " to " in value


@pytest.mark.gl
def test_weights_are_shown_on_the_same_scenes_beside_the_truth(own, tmp_path):
    from sd3studio.core.locations import SD3_MINI
    from sd3studio.core.png import is_png
    from sd3studio.ml.parsing.relation_model import FOLDER
    from sd3studio.ml.training.goals.side_by_side import shown_by

    one, again = shown_by(SD3_MINI, own, 1), shown_by(SD3_MINI, own, 1)
    assert one == again and len(one.truth) == len(one.made) == 1
    assert is_png(one.truth[0].png) and is_png(one.made[0].png) and one.made[0].text
    pairs = shown_by(FOLDER, vsd_file(tmp_path / "vsd.json"), 3)
    assert pairs.truth[0].text in ("ball above box", "ball under box") and pairs.made[0].text.endswith("%)")
    with pytest.raises(DataError):
        shown_by(SD3_MINI, tmp_path, 1)


def test_a_kernel_regression_learns_the_new_pairs_and_keeps_its_own():
    from sd3studio.ml.parsing.relation_model import kernel
    from sd3studio.ml.training.relation_model import RIDGE, extended_kernel, fit_kernel

    rng = np.random.default_rng(0)
    x, classes = rng.normal(size=(40, 172)), rng.integers(0, len(VSD_PREDICATES), 40)
    whole = fit_kernel(x, classes)
    grown = extended_kernel(fit_kernel(x[20:], classes[20:]), x[:20], classes[:20])
    for name in ("kernel.points", "kernel.mean"):
        np.testing.assert_allclose(grown[name], whole[name], atol=1e-5)
    likeness = kernel(x, x) + RIDGE * np.eye(40)
    np.testing.assert_allclose(likeness @ grown["kernel.values"], likeness @ whole["kernel.values"], atol=1e-4)
    assert extended_kernel({}, x, classes) == {}


def test_little_memory_is_smaller_batches_in_more_parts_and_no_copy_of_the_weights():
    from sd3studio.ml.training.goals.sd3 import config_of

    usual, small, own = (
        config_of(RunRequest(goal="sd3", config="fine-tuning", **changes)).chosen("all", "text_codec")[0]
        for changes in ({}, {"memory": "small"}, {"memory": "small", "batch": 3, "average": True})
    )
    assert (small.batch * small.accumulate, small.batch) == (usual.batch * usual.accumulate, usual.batch // 4)
    assert small.recompute and not usual.recompute and small.ema == 0.0 < usual.ema
    assert (own.batch, own.accumulate, own.ema) == (3, usual.accumulate, usual.ema)


@pytest.mark.gl
@pytest.mark.slow
def test_a_lora_learns_under_the_control_maps_of_a_controlnet(own, tmp_path):
    pytest.importorskip("peft")
    import sys

    sys.path.insert(0, str(Path(__file__).parents[2] / "generation"))
    from tiny_models import save_controlnet, save_sdxl_controlnet, save_stable_diffusion

    from sd3studio.ml.training.goals import lora

    model, net = save_stable_diffusion(tmp_path / "sd"), save_controlnet(tmp_path / "net")
    plain = RunRequest(goal="lora", data=str(own), model=str(model), steps=2, rank=2)
    losses = {}
    for name, changes in {
        "plain": {}, "depth": {"control": str(net)}, "normal": {"control": str(net), "control_map": "normal"},
        "small": {"control": str(net), "memory": "small"},
    }.items():  # fmt: skip
        told = to_end(lora.run(plain.replace(**changes), tmp_path / name))
        losses[name] = [message.loss for message in told if isinstance(message, StepDone)]
    assert len({tuple(values) for values in losses.values()}) == 3
    assert losses["small"] == pytest.approx(losses["depth"], rel=1e-5)  # what is computed again is the same
    assert "depth maps" in (tmp_path / "depth" / "result" / "README.md").read_text()
    other = save_sdxl_controlnet(tmp_path / "xl")
    with pytest.raises(MissingModelError, match="another family"):
        to_end(lora.run(plain.replace(control=str(other)), tmp_path / "other"))
