"""What can't be trained on, or from: one photo, NaN in a box, weights of another size. Each is a sentence."""

import json
import shutil

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from sd3studio.core.errors import DataError, MissingModelError, SceneError
from sd3studio.core.locations import MODELS
from sd3studio.core.scene.json_form import write_scene
from sd3studio.core.training.run import RunRequest
from sd3studio.ml.training.data.own import make_own_dataset, read_own_scenes
from sd3studio.ml.training.data.records import SampleSettings
from sd3studio.ml.training.goals import lora, relations, sd3, sizes
from tests.ml.training.goals.test_goals import room, to_end, vsd_file

SETTINGS = SampleSettings(size_px=64, captions=2, quality="draft", maps=False)


@pytest.mark.gl
def test_one_photo_that_is_to_judge_by_is_nothing_to_learn_from(tmp_path):
    alone = next(one for k in range(100) if (one := room(f"room-{k}")).split == "dev")
    make_own_dataset(tmp_path / "set", [alone], SETTINGS)
    data = str(tmp_path / "set")
    for request in (
        RunRequest(goal="sd3", config="fine-tuning", only="text_codec", data=data),
        RunRequest(goal="sizes", data=data),
        RunRequest(goal="lora", data=data, model="x"),
        RunRequest(goal="relations", data=data),
    ):
        goal = {"sd3": sd3, "sizes": sizes, "lora": lora, "relations": relations}[request.goal]
        with pytest.raises(DataError, match="add some more"):
            to_end(goal.run(request, tmp_path / request.goal))


def test_a_folder_without_a_data_set_is_a_sentence(tmp_path):
    request = RunRequest(goal="sd3", config="fine-tuning", only="text_codec", data=str(tmp_path))
    with pytest.raises(DataError, match=r"index.json is missing"):
        to_end(sd3.run(request, tmp_path / "run"))


def test_nan_in_a_box_names_the_field(tmp_path):
    path = vsd_file(tmp_path / "vsd.json")
    items = json.loads(path.read_text())
    items[3]["triple_list"][0]["s_bbox"][1] = float("nan")
    path.write_text(json.dumps(items))
    with pytest.raises(DataError, match=r"3\.triple_list\.0\.s_bbox\.1.*finite"):
        to_end(relations.run(RunRequest(goal="relations", data=str(path)), tmp_path / "run"))
    scene = json.loads(write_scene(room("a").scene))
    scene["objects"][0]["photo_box"] = [0.0, float("nan"), 5.0, 5.0]
    (tmp_path / "scene.json").write_text(json.dumps(scene))
    with pytest.raises(SceneError, match="NaN is not a number"):
        read_own_scenes([tmp_path / "scene.json"])


@pytest.mark.parametrize("damage", ["net", "features"])
def test_a_relation_model_of_another_size_is_a_sentence(tmp_path, damage):
    folder = shutil.copytree(MODELS / "relations", tmp_path / "model")
    tensors = load_file(folder / "model.safetensors")
    for name in ("net0.0.weight",) if damage == "net" else [n for n in tensors if n.startswith("scale.")]:
        tensors[name] = np.ascontiguousarray(tensors[name][..., :10])
    save_file(tensors, folder / "model.safetensors")
    data = str(vsd_file(tmp_path / "vsd.json"))
    request = RunRequest(goal="relations", data=data, start=(str(folder),))
    with pytest.raises(MissingModelError, match="don't fit together"):
        to_end(relations.run(request, tmp_path / "run"))


@pytest.mark.gl
def test_a_system_of_another_size_is_a_sentence(tmp_path):
    make_own_dataset(tmp_path / "set", [room(f"room-{k}") for k in range(6)], SETTINGS)
    folder = shutil.copytree(MODELS / "sd3-mini", tmp_path / "model")
    path = next((folder / "text_codec").glob("*.safetensors"))
    tensors = load_file(path)
    name = min(tensors)
    tensors[name] = np.ascontiguousarray(tensors[name][..., :1])
    save_file(tensors, path)
    request = RunRequest(
        goal="sd3", config="fine-tuning", only="text_codec", data=str(tmp_path / "set"), start=(str(folder),), steps=1
    )
    with pytest.raises(MissingModelError, match=rf"text_codec can't be loaded.*{name}") as caught:
        to_end(sd3.run(request, tmp_path / "run"))
    assert "low_cpu_mem_usage" not in str(caught.value)
