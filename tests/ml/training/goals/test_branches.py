"""Branches and extensions of a run of several stages: the same way again is the same to the bit, another is another."""

import json

import pytest

from sd3studio.core.errors import InputError
from sd3studio.core.training.run import RunRequest, RunState
from sd3studio.ml.training.goals import sd3
from sd3studio.services.runs.branching import branch, extend, stage_steps
from sd3studio.services.runs.store import RunStore
from tests.ml.training import training_fakes


@pytest.fixture(autouse=True)
def tiny(monkeypatch):
    from sd3studio.ml.training import losses, sources

    monkeypatch.setattr(losses, "LOSSES", dict(losses.LOSSES))
    monkeypatch.setattr(sources, "SOURCES", dict(sources.SOURCES))
    training_fakes.register()
    monkeypatch.setattr(sd3, "system_card", lambda request, config, work: "A card.")


@pytest.fixture
def whole(tmp_path):
    """A finished run of two stages, 6 steps each, checkpoints every 2."""
    config = tmp_path / "tiny.json"
    config.write_text(training_fakes.tiny_config().model_dump_json())
    store = RunStore(tmp_path / "runs")
    run = store.create(
        RunRequest(goal="sd3", title="Whole", config=str(config), data=str(tmp_path), checkpoint_every=2)
    )
    finish(run)
    return store, run


def finish(run) -> None:
    for _ in sd3.run(run.request, run.folder):
        pass
    run.put_status(run.status.replace(state=RunState.FINISHED))


def losses_of(run) -> list[tuple[str, int, float]]:
    lines = map(json.loads, (run.work / "metrics.jsonl").read_text().splitlines())
    return [(line["stage"], line["step"], line["loss"]) for line in lines]


def weights_of(run) -> bytes:
    return next(run.result.rglob("*.safetensors")).read_bytes()


def test_a_branch_without_changes_comes_out_the_same(whole, tmp_path):
    store, run = whole
    last = dict(run.checkpoints())
    assert last == {"first": 6, "second": 6}
    for stage in ("second", "first"):
        again = store.create(run.request.replace(title="Cut"))  # to have a checkpoint in the middle of this stage
        training = sd3.run(again.request, again.folder)
        order = None
        while True:
            message = training.send(order)
            order = "stop" if getattr(message, "stage", "") == stage and getattr(message, "step", 0) == 4 else None
            if order and type(message).__name__ == "StepDone":
                training.send(order)
                training.close()
                break
        assert (stage, 4) in again.checkpoints()
        new = branch(store, again, 4, {}, stage)
        assert [step for name, step, _ in losses_of(new) if name == stage] == [1, 2, 3, 4]
        finish(new)
        assert losses_of(new) == losses_of(run) and weights_of(new) == weights_of(run)
        assert (new.request.parent, new.request.parent_step) == (again.id, 4)


def test_a_branch_of_a_finished_stage_goes_another_way(whole):
    store, run = whole
    with pytest.raises(InputError, match="Step 6 is the last of first"):
        branch(store, run, 6, {}, "first")
    with pytest.raises(InputError, match="no checkpoint of step 6 of third"):
        branch(store, run, 6, {}, "third")
    new = branch(store, run, 6, {"steps": 8, "learning_rate": 1e-3}, "first")
    assert (stage_steps(new, "first"), stage_steps(new, "second")) == (8, 6)
    finish(new)
    told = losses_of(new)
    assert [(stage, step) for stage, step, _ in told] == [
        *(("first", k) for k in range(1, 9)),
        *(("second", k) for k in range(1, 7)),
    ]
    assert told[:6] == losses_of(run)[:6] and weights_of(new) != weights_of(run)


def test_an_extended_run_goes_on_after_its_end(whole):
    store, run = whole
    before = losses_of(run)
    extend(store, run, 3)
    assert run.status.state is RunState.WAITING
    finish(run)
    assert losses_of(run)[:12] == before and losses_of(run)[-1][:2] == ("second", 9)


def test_a_branch_of_the_result_begins_with_its_weights(whole):
    store, run = whole
    new = branch(store, run, None, {"steps": 2})
    assert new.request.start == (str(run.result),) and new.request.config == "fine-tuning"


def test_checkpoints_that_are_kept_for_good_can_be_branched_from_after_the_end(whole):
    store, run = whole
    kept = store.create(run.request.replace(keep=1, keep_every=4))
    finish(kept)
    assert kept.checkpoints() == [("first", 4), ("first", 6), ("second", 4), ("second", 6)]
    new = branch(store, kept, 4, {}, "second")
    finish(new)
    assert losses_of(new) == losses_of(run)
