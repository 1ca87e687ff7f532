import json

import pytest

from sd3studio.cli.main import main
from sd3studio.ml.training import losses, sources


@pytest.fixture
def config(tmp_path, monkeypatch):
    from pathlib import Path

    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "ml" / "training"))
    for table in (losses.LOSSES, sources.SOURCES):
        for key, value in table.items():
            monkeypatch.setitem(table, key, value)
    import training_fakes

    training_fakes.register()
    path = tmp_path / "tiny.json"
    path.write_text(training_fakes.tiny_config().model_dump_json())
    yield path
    for table in (losses.LOSSES, sources.SOURCES):
        table.pop("tiny", None)
    losses.LOSSES.pop("nan", None)


def test_all_steps_are_trained_and_told_as_json_lines(config, tmp_path, capsys):
    run = tmp_path / "run"
    words = ["train", "--config", str(config), "--out", str(run), "--steps", "2", "--json"]
    assert main(words) == 0
    messages = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [message["stage"] for message in messages if message["message"] == "StageDone"] == ["first", "second"]
    assert (run / "system" / "model_index.json").is_file()


def test_one_step_and_then_the_next(config, tmp_path, capsys):
    run = tmp_path / "run"
    words = ["train", "--config", str(config), "--out", str(run), "--steps", "2"]
    assert main([*words, "--stage", "dgae"]) == 0
    assert main([*words, "--stage", "graph"]) == 0
    assert json.loads((run / "progress.json").read_bytes())["finished"] == ["first", "second"]
    assert "first is finished after 2 steps" in capsys.readouterr().err


def test_what_is_wrong_is_one_sentence(config, tmp_path, capsys):
    assert main(["train", "--config", "none", "--out", str(tmp_path / "run")]) == 2
    assert "There is no configuration 'none'" in capsys.readouterr().err
    assert main(["train", "--config", str(config), "--out", str(tmp_path / "run"), "--stage", "align"]) == 2
    assert "no stage of the step 'align'" in capsys.readouterr().err
    assert main(["train", "--config", str(config), "--out", str(tmp_path / "run"), "--steps", "0"]) == 2
    assert "must be at least 1" in capsys.readouterr().err


def test_an_order_in_the_run_folder_is_followed_and_the_run_goes_on_later(config, tmp_path, capsys):
    from sd3studio.ml.training.orders import give_order

    run = tmp_path / "run"
    give_order(run, "stop")
    words = ["train", "--config", str(config), "--out", str(run), "--json"]
    assert main(words) == 0
    messages = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [message["message"] for message in messages] == ["StepDone", "Saved"]
    assert not (run / "order").exists()
    assert main([*words, "--resume"]) == 0
    messages = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert next(message["step"] for message in messages if message["message"] == "StepDone") == 2


def test_a_first_signal_saves_and_stops(config, tmp_path, capsys, monkeypatch):
    import signal

    from sd3studio.cli import train

    line = train.print_line

    seen = []

    def interrupt(message):
        line(message)
        seen.append(type(message).__name__)
        if len(seen) == 1:
            signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(train, "print_line", interrupt)
    before = signal.getsignal(signal.SIGTERM)
    words = ["train", "--config", str(config), "--out", str(tmp_path / "run"), "--json"]
    assert main(words) == 0
    assert seen == ["StepDone", "StepDone", "Saved"]
    assert signal.getsignal(signal.SIGTERM) is before


def test_unknown_orders_are_refused(tmp_path):
    from sd3studio.core.errors import InputError
    from sd3studio.ml.training.orders import give_order, take_order

    with pytest.raises(InputError, match="no order 'faster'"):
        give_order(tmp_path, "faster")
    assert take_order(tmp_path) is None
    (tmp_path / "order").write_text("nonsense")
    assert take_order(tmp_path) is None and not (tmp_path / "order").exists()
