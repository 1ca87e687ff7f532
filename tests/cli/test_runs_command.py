"""`sd3studio runs`: the life of a run from the command line, by a goal that behaves."""

import contextlib
import io
import json

import pytest

from sd3studio.cli.main import main
from sd3studio.core.training.in_use import weights_in_use
from sd3studio.services.runs import launching
from sd3studio.services.runs.working import work
from tests.services.runs import run_fakes


@pytest.fixture(autouse=True)
def in_this_process(monkeypatch):
    """A run that is started is trained at once, here; what its process prints goes elsewhere."""

    def start(run):
        with contextlib.redirect_stdout(io.StringIO()):
            work(run, run_fakes.TRAINERS)

    monkeypatch.setattr(launching, "start", start)


def told(capsys, *words: str) -> str:
    capsys.readouterr()
    assert main(["runs", *words]) == 0
    return capsys.readouterr().out


def refused(capsys, *words: str) -> str:
    capsys.readouterr()
    assert main(["runs", *words]) == 2
    return capsys.readouterr().err


def test_a_run_is_asked_for_looked_at_and_put_to_use(tmp_path, capsys, own_home):
    (tmp_path / "set").mkdir()
    begin = ("start", "sd3", "--data", str(tmp_path / "set"), "--steps", "6", "--memory", "small", "--no-average")
    one = json.loads(told(capsys, *begin, "--title", "Mine", "--json"))["id"]
    two = told(capsys, *begin, "--title", "Other", "--seed", "3").strip()
    assert [row["state"] for row in json.loads(told(capsys, "list", "--json"))] == ["finished"] * 2
    shown = json.loads(told(capsys, "show", one, "--json"))
    assert (shown["request"]["memory"], shown["request"]["average"], shown["step"]) == ("small", False, 6)
    assert shown["last"]["fake"]["loss"] == pytest.approx(1 / 6)
    assert "seed" in told(capsys, "compare", one, two)
    told(capsys, "promote", one)
    assert one in weights_in_use("sd3", own_home).name
    told(capsys, "rollback", "sd3")
    assert weights_in_use("sd3", own_home).name == "sd3-mini"
    told(capsys, "export", one, "-o", str(tmp_path / "out"))
    assert (tmp_path / "out" / "weights.txt").read_text() == "6"
    child = told(capsys, "branch", one, "--title", "Child").strip()
    assert json.loads(told(capsys, "show", child, "--json"))["request"]["parent"] == one
    held = json.loads(told(capsys, *begin, "--hold", "--json"))
    assert held["state"] == "stopped" and "Not begun" in held["reason"]
    told(capsys, "remove", two)
    assert two not in told(capsys, "list")


def test_what_can_t_be_is_a_sentence(tmp_path, capsys):
    assert "There is no data at" in refused(capsys, "start", "sd3", "--data", str(tmp_path / "gone"))
    assert "There is no run 'gone'" in refused(capsys, "show", "gone")
    assert "name the folder of a Stable Diffusion" in refused(capsys, "start", "lora", "--data", str(tmp_path))
    (tmp_path / "train").mkdir()
    (tmp_path / "train" / "index.json").write_text("{}")
    assert "index.json: recipe" in refused(capsys, "start", "sd3", "--data", str(tmp_path))
    one = told(capsys, "start", "sd3", "--data", "/", "--steps", "2").strip()
    assert "is finished" in refused(capsys, "resume", one)
    assert "so it can't be told to pause" in refused(capsys, "pause", one)
    assert "--show needs --scenes" in refused(capsys, "compare", one, "--show", str(tmp_path / "seen"))
