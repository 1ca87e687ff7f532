"""`sd3studio queue`: everything that the queue can do, from the command line, on the same store as the window."""

import json
from pathlib import Path

import pytest
from fake_jobs import fail_with

from sd3studio.app import queue_folder
from sd3studio.cli import queue as queue_command
from sd3studio.cli.main import main
from sd3studio.core.errors import MissingModelError, OutOfMemoryError
from sd3studio.core.png import read_record
from sd3studio.core.scene import Camera, Scene, SceneObject
from sd3studio.core.scene.json_form import write_scene
from sd3studio.services.jobs import JobState, JobStore


@pytest.fixture
def scene_file(tmp_path, monkeypatch):
    monkeypatch.setattr(queue_command, "JOBS", {"generate_image": "fake_jobs:generate_image"})
    scene = Scene.of([SceneObject(id="chair", label="chair")], camera=Camera(width=128, height=64))
    path = tmp_path / "scene.json"
    path.write_text(write_scene(scene), encoding="utf-8")
    return str(path)


def listed(capsys, *options):
    capsys.readouterr()
    assert main(["queue", "list", "--json", *options]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_batch_is_queued_and_made_in_order(scene_file, capsys, own_home):
    assert main(["queue", "add", scene_file, "--seeds", "3"]) == 0
    assert capsys.readouterr().out == "queued 1 to 3\n"
    assert main(["queue", "run"]) == 0
    paths = [Path(line) for line in capsys.readouterr().out.split()]
    assert [path.parent for path in paths] == [own_home / "results"] * 3
    assert [read_record(path.read_bytes()).request.seed for path in paths] == [0, 1, 2]
    assert listed(capsys)["jobs"] == []
    assert [job["state"] for job in listed(capsys, "--all")["jobs"]] == ["done"] * 3


def test_a_named_file_is_written_wherever_the_queue_runs(scene_file, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["queue", "add", scene_file, "-o", "one.png"]) == 0
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert main(["queue", "run"]) == 0
    assert (tmp_path / "one.png").is_file()


def test_jobs_are_moved_held_back_and_taken_out(scene_file, capsys):
    main(["queue", "add", scene_file, "--seeds", "4"])
    assert main(["queue", "move", "q4", "--front"]) == 0
    assert main(["queue", "move", "1", "--to", "3"]) == 0
    assert main(["queue", "move", "2", "--back"]) == 0
    main(["queue", "add", scene_file, "--front"])
    assert [job["job"] for job in listed(capsys)["jobs"]] == [5, 4, 1, 3, 2]
    assert main(["queue", "pause"]) == 0
    assert main(["queue", "run"]) == 0
    assert "paused" in capsys.readouterr().err and listed(capsys)["paused"] is True
    assert main(["queue", "resume"]) == 0
    assert main(["queue", "cancel", "3", "q4"]) == 0
    assert capsys.readouterr().out == "3 cancelled\n4 cancelled\n"
    assert main(["queue", "run", "--limit", "1"]) == 0
    assert main(["queue", "cancel", "--waiting"]) == 0
    assert listed(capsys)["jobs"] == []


def test_a_failure_shows_its_reason_and_can_be_tried_again(scene_file, capsys):
    main(["queue", "add", scene_file, "--seeds", "2"])
    fail_with.append(MissingModelError("There is no model there."))
    assert main(["queue", "run"]) == 2
    assert "job 1 failed: There is no model there." in capsys.readouterr().err
    (failed,) = listed(capsys)["jobs"]
    assert failed["state"] == "failed" and failed["reason"] == "There is no model there."
    assert main(["queue", "retry", "--failed"]) == 0
    assert main(["queue", "run"]) == 0
    assert [job["state"] for job in listed(capsys, "--all")["jobs"]] == ["done", "done"]


def test_ctrl_c_gives_the_running_job_back(scene_file, monkeypatch):
    main(["queue", "add", scene_file])
    monkeypatch.setattr(queue_command, "run_job", lambda *rest: (_ for _ in ()).throw(KeyboardInterrupt))
    assert main(["queue", "run"]) == 130
    with JobStore(queue_folder()) as store:
        (job,) = store.jobs()
        assert job.state is JobState.QUEUED and job.tries == 0


def test_a_job_too_large_for_the_machine_is_a_failed_job(scene_file, capsys):
    main(["queue", "add", scene_file])
    fail_with.append(OutOfMemoryError("The device ran out of memory.", {"width": 256}))
    capsys.readouterr()
    assert main(["queue", "run", "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["jobs"][0]["reason"] == "The device ran out of memory."


@pytest.mark.parametrize(
    "command",
    [["cancel"], ["cancel", "9"], ["retry"], ["retry", "9"], ["move", "9", "--front"], ["move", "9", "--to", "1"]],
)
def test_what_cannot_be_is_one_sentence(command, capsys):
    assert main(["queue", *command]) == 2
    said = capsys.readouterr().err
    assert said.startswith("sd3studio queue: ") and said.count("\n") == 1
