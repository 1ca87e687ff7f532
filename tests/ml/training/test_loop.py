import fcntl
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import training_fakes
from safetensors.torch import load_file

from sd3studio.core.errors import DataError, InputError, JobError, StudioError
from sd3studio.core.messages import Note
from sd3studio.core.training.messages import SAMPLE_NOW, SAVE_NOW, STOP, Sampled, Saved, StageDone, StepDone
from sd3studio.ml.nets.object_codec import ObjectCodec
from sd3studio.ml.system import PartConfig, System, SystemConfig
from sd3studio.ml.training import checkpoints, loop
from sd3studio.ml.training.config import TrainConfig
from sd3studio.ml.training.loop import _starting_system, learning_rate, train
from sd3studio.ml.training.metrics_log import MetricsLog
from sd3studio.ml.training.run_folder import RunFolder

WEIGHTS = "system/graph_diffusion/diffusion_pytorch_model.safetensors"


@pytest.fixture(autouse=True)
def _tiny(monkeypatch):
    training_fakes.register()
    monkeypatch.setitem(training_fakes.CALLS, "left", 10**9)


def run_all(config: TrainConfig, run: Path, **options):
    return list(train(config, run, config.stages, run, **options))


def losses(run: Path) -> list[tuple]:
    return [(line["stage"], line["step"], line["loss"], line["gradient_norm"]) for line in MetricsLog(run).lines()]


def same_weights(one: Path, other: Path) -> bool:
    a, b = load_file(one / WEIGHTS), load_file(other / WEIGHTS)
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> Path:
    """The runs that `train_tiny` leaves."""
    folder = tmp_path_factory.mktemp("runs")
    folders = (str(Path(__file__).parents[3]), str(Path(__file__).parent))
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(folders), "OMP_NUM_THREADS": "1"}
    program = Path(__file__).with_name("train_tiny.py")
    done = subprocess.run([sys.executable, str(program), str(folder)], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2_000:]
    return folder


def test_a_run_killed_at_any_moment_ends_bit_for_bit_as_if_it_had_not_been(runs):
    assert json.loads((runs / "kills.json").read_bytes()) >= 2  # a quick machine is done sooner
    assert losses(runs / "killed") == losses(runs / "whole")
    assert same_weights(runs / "killed", runs / "whole")


def test_two_processes_see_the_losses_that_one_does(runs):
    shared, alone = losses(runs / "shared"), losses(runs / "whole")
    assert [line[:2] for line in shared] == [line[:2] for line in alone]
    assert [line[2] for line in shared] == pytest.approx([line[2] for line in alone], rel=1e-3)


def test_stopped_in_the_midst_and_resumed_gives_the_same_weights(tmp_path):
    config = training_fakes.tiny_config()
    run_all(config, tmp_path / "whole")
    messages = train(config, tmp_path / "halves", config.stages, tmp_path)
    order = None
    while not isinstance(message := messages.send(order), Saved) or message.step != 3:
        order = STOP if isinstance(message, StepDone) and message.step == 3 else None
    with pytest.raises(StopIteration):
        messages.send(None)
    with pytest.raises(InputError, match="--resume"):
        run_all(config, tmp_path / "halves")
    run_all(config, tmp_path / "halves", resume=True)
    assert losses(tmp_path / "halves") == losses(tmp_path / "whole")
    assert same_weights(tmp_path / "halves", tmp_path / "whole")


def test_learning_happens_and_the_running_mean_is_kept(tmp_path):
    config = training_fakes.tiny_config(steps=80, batch=8, accumulate=1, log_every=10, checkpoint_every=1_000)
    messages = run_all(config.replace(stages=config.stages[:1]), tmp_path)
    done = [message for message in messages if isinstance(message, StepDone)]
    assert sum(m.loss for m in done[-10:]) < 0.6 * sum(m.loss for m in done[:10])
    assert isinstance(messages[-1], StageDone)
    loaded = System.load(tmp_path / "system")
    assert loaded.config == config.system


def test_orders_save_and_sample(tmp_path):
    config = training_fakes.tiny_config(checkpoint_every=100)
    messages = train(config, tmp_path, config.stages, tmp_path)
    assert isinstance(next(messages), StepDone)
    sampled = messages.send(SAMPLE_NOW)
    assert isinstance(sampled, Sampled) and set(sampled.losses) == {"tiny"}
    saved = messages.send(SAVE_NOW)
    assert isinstance(saved, Saved) and saved.step == 1 and (saved.folder / checkpoints.GUARD).is_file()
    messages.close()


def test_a_sample_changes_nothing(tmp_path):
    config = training_fakes.tiny_config()
    run_all(config, tmp_path / "plain")
    messages = train(config, tmp_path / "sampled", config.stages, tmp_path)
    order = None
    for _ in range(1_000):
        try:
            message = messages.send(order)
        except StopIteration:
            break
        order = SAMPLE_NOW if isinstance(message, StepDone) and message.step % 2 else None
    assert losses(tmp_path / "sampled") == losses(tmp_path / "plain")


def test_a_loss_that_is_not_a_number_stops_and_names_the_step_and_what_is_kept(tmp_path):
    training_fakes.CALLS["left"] = 9  # two a step: it fails in the second half of step 5
    config = training_fakes.tiny_config(losses={"nan": 1.0})
    with pytest.raises(JobError, match=r"first stopped at step 5: the loss nan became nan.*step 4 is kept"):
        run_all(config, tmp_path)
    training_fakes.CALLS["left"] = 10**9
    messages = run_all(config, tmp_path, resume=True)
    assert Note("The stage first goes on after step 4.") in messages


def test_a_broken_newest_checkpoint_is_passed_over_and_said(tmp_path):
    config = training_fakes.tiny_config()
    messages = train(config, tmp_path, config.stages, tmp_path)
    saved = [message for message in (next(messages) for _ in range(6)) if isinstance(message, Saved)]
    messages.close()
    file = saved[-1].folder / "mean.safetensors"
    file.write_bytes(file.read_bytes()[:-7])
    notes = [m.text for m in run_all(config, tmp_path, resume=True) if isinstance(m, Note)]
    assert any("mean.safetensors is damaged" in text for text in notes)
    assert f"The stage first goes on after step {saved[-2].step}." in notes


def test_no_whole_checkpoint_is_an_error_that_names_the_folder(tmp_path):
    config = training_fakes.tiny_config()
    messages = train(config, tmp_path, config.stages, tmp_path)
    while not isinstance(message := next(messages), Saved):
        pass
    messages.close()
    (message.folder / checkpoints.GUARD).unlink()
    with pytest.raises(JobError, match="None of the 1 checkpoints"):
        run_all(config, tmp_path, resume=True)


def test_only_the_newest_checkpoints_are_kept(tmp_path):
    config = training_fakes.tiny_config(checkpoint_every=1, keep=2)
    messages = train(config, tmp_path, config.stages, tmp_path)
    for message in messages:
        if isinstance(message, Saved) and message.step == 5:
            break
    messages.close()
    assert sorted(path.name for path in (tmp_path / "checkpoints" / "first").iterdir()) == [
        "step-00000004",
        "step-00000005",
    ]


def test_a_full_disk_leaves_the_earlier_checkpoint_whole(tmp_path, monkeypatch):
    config = training_fakes.tiny_config()
    written = checkpoints.write_atomic
    left = {"files": 5 + 3}

    def write(path: Path, data: bytes) -> None:
        left["files"] -= 1
        if left["files"] < 0:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data[:10])
            raise StudioError(f"Can't write {path}: the disk is full.")
        written(path, data)

    monkeypatch.setattr(checkpoints, "write_atomic", write)
    monkeypatch.setattr(checkpoints.Checkpoints.__init__, "__defaults__", (write, 0))
    with pytest.raises(StudioError, match="the disk is full"):
        run_all(config, tmp_path)
    assert [path.name for path in (tmp_path / "checkpoints" / "first").iterdir()] == ["step-00000002"]
    left["files"] = 10**6
    assert Note("The stage first goes on after step 2.") in run_all(config, tmp_path, resume=True)


def test_it_stops_before_the_disk_is_full(tmp_path):
    config = training_fakes.tiny_config(min_free_mb=1e12)
    with pytest.raises(JobError, match=r"stopped at step 2: only .* MB are left on the disk of .*min_free_mb"):
        run_all(config, tmp_path)


def test_a_run_of_another_configuration_is_refused_with_what_differs(tmp_path):
    run_all(training_fakes.tiny_config(), tmp_path)
    with pytest.raises(InputError, match=r"another configuration: stages\.0\.lr \(0\.01 and 0\.02\) differs"):
        run_all(training_fakes.tiny_config(lr=0.02), tmp_path, resume=True)


def test_one_run_folder_has_one_trainer(tmp_path):
    config = training_fakes.tiny_config()
    messages = train(config, tmp_path, config.stages, tmp_path)
    next(messages)
    with pytest.raises(JobError, match=f"process {os.getpid()}"):
        run_all(config, tmp_path, resume=True)
    messages.close()
    with (tmp_path / "lock").open() as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_an_empty_data_set_is_a_sentence(tmp_path):
    with pytest.raises(DataError, match="nothing to train first on"):
        run_all(training_fakes.tiny_config(source_options={"count": 0}), tmp_path)


def test_unknown_losses_and_sources_are_named(tmp_path):
    with pytest.raises(InputError, match="no loss 'wrong'"):
        run_all(training_fakes.tiny_config(losses={"wrong": 1.0}), tmp_path)
    with pytest.raises(InputError, match="no source 'wrong'"):
        run_all(training_fakes.tiny_config(source="wrong"), tmp_path / "other")


def test_a_later_step_starts_from_the_system_of_the_earlier_one(tmp_path):
    config = training_fakes.tiny_config()
    list(train(config, tmp_path, config.chosen("dgae"), tmp_path))
    before = load_file(tmp_path / WEIGHTS)
    messages = list(train(config, tmp_path, config.chosen("graph"), tmp_path))
    assert messages[-1].stage == "second"
    assert json.loads((tmp_path / "progress.json").read_bytes()) == {"finished": ["first", "second"]}
    after = load_file(tmp_path / WEIGHTS)
    assert not all(torch.equal(before[name], after[name]) for name in before)
    whole = tmp_path / "whole"
    run_all(config, whole)
    assert same_weights(whole, tmp_path)


def test_a_run_can_start_from_the_parts_of_another(tmp_path):
    config = training_fakes.tiny_config(lr=1e-9)
    run_all(config, tmp_path / "one")
    run_all(config.replace(seed=5), tmp_path / "other", start_from=[tmp_path / "one" / "system"])
    one, other = load_file(tmp_path / "one" / WEIGHTS), load_file(tmp_path / "other" / WEIGHTS)
    assert all(torch.allclose(one[name], other[name], atol=1e-5) for name in one)


def test_a_codec_learns_to_read_parts_on_from_one_that_did_not(tmp_path):
    plain = PartConfig(kind="ObjectCodec", settings={"meshes": ["chair"]})
    more = plain.replace(settings={**plain.settings, "parts": 4})
    systems = [SystemConfig(parts={"image_codec": part}) for part in (plain, more)]
    System.build(systems[0], 3).save(tmp_path)
    tiny = training_fakes.tiny_config(seed=8)
    stage = tiny.stages[0].replace(learns=("image_codec",))
    config = tiny.replace(system=systems[1], stages=(stage,))
    grown = _starting_system(config, RunFolder(tmp_path / "run", config), [tmp_path], [stage]).parts["image_codec"]
    known, all_now = System.load(tmp_path).parts["image_codec"].state_dict(), grown.state_dict()
    assert all(torch.equal(all_now[name], known[name]) for name in known)
    assert set(all_now) - set(known) == {"part_looks.looks.weight"} and not all_now["part_looks.looks.weight"].any()
    with pytest.raises(InputError, match="image_codec"):
        wider = more.replace(settings={**more.settings, "width": 32})
        other = config.replace(system=SystemConfig(parts={"image_codec": wider}))
        _starting_system(other, RunFolder(tmp_path / "run", config), [tmp_path], [stage])


def test_only_the_weights_that_a_stage_names_learn(tmp_path):
    config = training_fakes.tiny_config()
    run_all(config, tmp_path / "start")
    before = load_file(tmp_path / "start" / WEIGHTS)
    chosen = sorted(before)[0]
    stage = config.stages[0].replace(only=(chosen,))
    run_all(config.replace(stages=(stage,)), tmp_path / "run", start_from=[tmp_path / "start" / "system"])
    after = load_file(tmp_path / "run" / WEIGHTS)
    assert [name for name in before if not torch.equal(before[name], after[name])] == [chosen]
    wrong = config.replace(stages=(stage.replace(only=("no such weight",)),))
    with pytest.raises(InputError, match="no such weight"):
        run_all(wrong, tmp_path / "wrong", start_from=[tmp_path / "start" / "system"])


@pytest.mark.parametrize(("learns", "adds"), [(True, False), (False, False), (True, True), (False, True)])
def test_a_codec_gets_to_know_meshes_that_were_added_if_it_learns_or_grows(tmp_path, monkeypatch, learns, adds):
    known = {"categories": ["chair"], "meshes": ["chair"], "charts": ["chair#0"], "fine_charts": []}
    monkeypatch.setattr(ObjectCodec, "sizes", staticmethod(lambda vocabulary, tokenizer: dict(known)))
    plain = PartConfig(kind="ObjectCodec", settings={"width": 16})
    System.build(SystemConfig(parts={"image_codec": plain}), 3).save(tmp_path)
    known |= {"meshes": ["armchair", "chair"], "charts": ["armchair#0", "chair#0"]}
    more = plain.replace(settings={**plain.settings, "own_looks": True}) if adds else plain
    tiny = training_fakes.tiny_config(seed=8)
    stage = tiny.stages[0].replace(learns=("image_codec",))
    config = tiny.replace(system=SystemConfig(parts={"image_codec": more}), stages=(stage,))
    folder, stages = RunFolder(tmp_path / "run", config), [stage] if learns else []
    codec = _starting_system(config, folder, [tmp_path], stages).parts["image_codec"]
    trained = System.load(tmp_path).parts["image_codec"]
    if not (learns or adds):  # fresh rows that nobody trains would paint worse than the one for unknown meshes
        assert codec.mesh_row("armchair") == 0 and torch.equal(codec.mesh.weight, trained.mesh.weight)
        return
    assert codec.mesh_row("armchair") == 1
    assert torch.equal(codec.mesh.weight[2], trained.mesh.weight[1])
    assert (codec.look_counts is not None) is adds


def test_rate_rises_and_falls():
    stage = training_fakes.tiny_config(steps=10, warmup=4, lr=1.0).stages[0]
    rates = [learning_rate(stage, step) for step in range(1, 11)]
    assert rates[:5] == [0.25, 0.5, 0.75, 1.0, 1.0]
    assert sorted(rates[4:], reverse=True) == rates[4:] and 0.0 < rates[-1] < 0.2
    assert learning_rate(stage.replace(schedule="constant"), 10) == 1.0


def test_bfloat16_arithmetic_keeps_float32_weights(tmp_path):
    from accelerate.state import AcceleratorState

    AcceleratorState._reset_state(True)
    try:
        config = training_fakes.tiny_config(precision="bf16", steps=2)
        run_all(config, tmp_path)
    finally:
        AcceleratorState._reset_state(True)
    assert {value.dtype for value in load_file(tmp_path / WEIGHTS).values()} == {torch.float32}


def test_the_loop_has_no_case_for_a_stage():
    assert "if stage ==" not in Path(loop.__file__).read_text()
