import json

import pytest
import training_fakes

from sd3studio.core.errors import InputError
from sd3studio.ml.training.config import first_difference, load_config, shipped_configs
from sd3studio.ml.training.losses import LOSSES, loss_named
from sd3studio.ml.training.sources import SOURCES


def test_unknown_keys_are_named_with_file_and_field(tmp_path):
    path = tmp_path / "run.json"
    values = training_fakes.tiny_config().model_dump(mode="json")
    values["stages"][1]["learning_rate"] = 1.0
    path.write_text(json.dumps(values))
    with pytest.raises(InputError, match=r"run\.json: stages\.1\.learning_rate: there is no such setting"):
        load_config(str(path))
    path.write_text("{")
    with pytest.raises(InputError, match=r"run\.json: the file"):
        load_config(str(path))
    with pytest.raises(InputError, match=r"There is no configuration 'none'. There are: .*table"):
        load_config("none")


def test_a_stage_must_fit_the_system(tmp_path):
    path = tmp_path / "run.json"
    values = training_fakes.tiny_config().model_dump(mode="json")
    values["stages"][0]["learns"] = ["text_codec"]
    path.write_text(json.dumps(values))
    with pytest.raises(InputError, match=r"stages.first.learns: the system has no part 'text_codec'"):
        load_config(str(path))


def test_steps_choose_their_stages():
    config = training_fakes.tiny_config()
    assert [stage.name for stage in config.chosen("dgae")] == ["first"]
    assert [stage.name for stage in config.chosen("all")] == ["first", "second"]
    assert [stage.name for stage in config.chosen("all", only="second")] == ["second"]
    with pytest.raises(InputError, match=r"no stage of the step 'align'. It has: first \(dgae\)"):
        config.chosen("align")


def test_the_first_difference_is_told():
    config = training_fakes.tiny_config()
    assert first_difference(config, training_fakes.tiny_config()) is None
    assert first_difference(config, config.replace(seed=4)) == "seed (0 and 4)"
    assert first_difference(config, config.with_steps(3)) == "stages.0.steps (6 and 3)"


@pytest.mark.parametrize("name", shipped_configs())
def test_shipped_configurations_name_losses_and_sources_that_there_are(name):
    config = load_config(name)
    for stage in config.stages:
        assert stage.source in SOURCES
        for loss in stage.losses:
            assert loss in LOSSES and callable(loss_named(loss))
