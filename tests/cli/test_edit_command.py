"""`sd3studio edit`: a sentence in, a changed scene file out; bad input is one sentence and exit code 2."""

import json
import math
from pathlib import Path

import pytest

from sd3studio.cli.main import main
from sd3studio.core.relations import conflicts
from sd3studio.core.scene import Scene, SceneObject
from sd3studio.core.scene.json_form import read_scene, write_scene


@pytest.fixture
def room_file(tmp_path: Path) -> Path:
    things = [
        SceneObject(id="sofa", label="sofa", category="couch", center=(0.0, 0.0, 0.4), size=(1.9, 0.9, 0.8)),
        SceneObject(id="dog", label="dog", category="dog", center=(2.0, 0.0, 0.3), size=(0.3, 0.8, 0.6)),
    ]
    path = tmp_path / "room.json"
    path.write_text(write_scene(Scene.of(things)), encoding="utf-8")
    return path


def test_sentence_changes_the_scene_file(room_file, tmp_path, capsys):
    out = tmp_path / "out.json"
    assert main(["edit", str(room_file), "--say", "remove the dog", "--say", "paint the sofa red", "-o", str(out)]) == 0
    scene = read_scene(out.read_text(encoding="utf-8"))
    assert set(scene.objects) == {"sofa"} and scene.objects["sofa"].attributes == ("red",)
    assert capsys.readouterr().out == f"{out}\n"


def test_sentences_take_a_step_back_or_do_it_once_more(room_file, capsys):
    says = ("remove the dog", "undo", "move the sofa 1 m to the left", "once more")
    assert main(["edit", str(room_file), *(part for text in says for part in ("--say", text))]) == 0
    scene = read_scene(capsys.readouterr().out)
    assert set(scene.objects) == {"sofa", "dog"} and scene.objects["sofa"].center[0] == pytest.approx(-2.0)


def test_nothing_to_take_back_is_said(room_file, capsys):
    assert main(["edit", str(room_file), "--say", "undo"]) == 2
    assert "no step before it" in capsys.readouterr().err


def test_what_was_done_as_json(room_file, capsys):
    assert main(["edit", str(room_file), "--say", "删掉狗", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["removed"] == ["dog"] and report["steps"][0]["done"] == "Removed the dog."


def test_selection_is_what_this_means(room_file, capsys):
    assert main(["edit", str(room_file), "--say", "lock this", "--select", "dog"]) == 0
    assert read_scene(capsys.readouterr().out).objects["dog"].locked


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--say", "remove the cat"], "no “cat”"),
        (["--say", ""], "empty"),
        (["--say", "lock this", "--select", "x"], "x"),
    ],
)
def test_bad_input_is_a_sentence(room_file, capsys, words, reason):
    assert main(["edit", str(room_file), *words]) == 2
    said = capsys.readouterr().err
    assert reason in said and "Traceback" not in said


def run_edit(capsys, *args):
    """Exit code, and the scene that was printed."""
    code = main(["edit", *map(str, args)])
    out = capsys.readouterr().out
    return code, read_scene(out) if code == 0 else out


def test_steps_are_made_in_their_order(room_file, capsys):
    steps = ["--move", "dog:1,0,0", "--align", "front:sofa,dog", "--group", "set:sofa,dog", "--focal", "50"]
    code, scene = run_edit(capsys, room_file, *steps, "--bookmark", "near")
    assert code == 0
    sofa, dog = scene.objects["sofa"], scene.objects["dog"]
    assert dog.center[0] == 3.0
    assert dog.center[1] - dog.size[1] / 2 == pytest.approx(sofa.center[1] - sofa.size[1] / 2)
    assert sofa.parent == dog.parent == "set"
    assert scene.camera.focal_mm == pytest.approx(50.0)
    assert scene.bookmarks[0].camera == scene.camera


def test_a_room_is_built_from_nothing_and_filled_from_another_scene(room_file, capsys):
    room = ["--room", "5x4x2.8", "--door", "back:1.2", "--window", "left", "--open", "front"]
    code, scene = run_edit(capsys, "new", *room, "--ground", "grass:30x20", "--paste", f"{room_file}:dog")
    assert code == 0
    labels = [thing.label for thing in scene.objects.values()]
    assert {"room", "floor", "wall", "door", "window", "grass", "dog"} <= set(labels)
    assert "sofa" not in labels
    assert all(thing.parent == "room" for thing in scene.objects.values() if thing.label in ("wall", "door"))


@pytest.mark.parametrize(
    "step",
    [
        ("--align", "up:sofa"), ("--align", "left:cat"), ("--align", "left"), ("--move", "dog:1,2"),
        ("--move", "dog:1,2,nan"), ("--turn", "dog:much"), ("--distribute", "across:sofa,dog"), ("--room", "4"),
        ("--ground", "grass:0x3"), ("--focal", "0"), ("--camera", "nowhere"), ("--paste", "missing.json:dog"),
        ("--ungroup", "dog"),
    ],
)  # fmt: skip
def test_steps_that_make_no_sense_are_one_sentence(room_file, capsys, step):
    assert main(["edit", str(room_file), *step]) == 2
    err = capsys.readouterr().err
    assert "Traceback" not in err and len(err.strip().splitlines()) <= 2


def test_sentences_hang_things_on_walls_and_put_them_inside_of_the_room(room_file, capsys):
    told = (
        "add a sofa against the left wall",
        "add a picture on the wall above the sofa",
        "add a bookcase against the right wall",
    )
    said = [word for one in told for word in ("--say", one)]
    code, scene = run_edit(capsys, "new", "--room", "5x4", "--open", "front", *said)
    sofa, picture, bookcase = (scene.objects[key] for key in ("sofa", "picture", "bookcase"))
    assert code == 0 and picture.center[2] - 0.5 * picture.size[2] > sofa.size[2]
    assert picture.center[0] == pytest.approx(-2.5, abs=0.1) and picture.yaw == pytest.approx(sofa.yaw)
    assert 2.2 < bookcase.center[0] < 2.5 and bookcase.yaw == pytest.approx(-math.pi / 2)
    assert {r.predicate.value for r in scene.relations if r.subject == "picture"} == {"part of", "above"}
    assert scene.objects[picture.parent].label == "wall" and not conflicts(scene)
    room_file.write_text(write_scene(scene), encoding="utf-8")
    code, scene = run_edit(capsys, room_file, "--room", "6x4", "--open", "front", "--in-place-of", "room")
    assert code == 0 and scene.objects[scene.objects["picture"].parent].label == "wall"
    room_file.write_text(write_scene(scene), encoding="utf-8")
    code, scene = run_edit(capsys, room_file, "--say", "put the picture on the sofa")
    assert code == 0 and scene.objects["picture"].parent is None
    assert {r.predicate.value for r in scene.relations if r.subject == "picture"} == {"on"}


def test_a_group_is_moved_turned_and_given_another_plan_as_a_whole(room_file, capsys):
    steps = ["--room", "4x3", "--turn", "room:30", "--move", "room:1,0,0"]
    code, scene = run_edit(capsys, "new", *steps)
    floor = next(thing for thing in scene.objects.values() if thing.label == "floor")
    assert code == 0 and floor.yaw == pytest.approx(math.radians(30)) and floor.center[:2] == pytest.approx((1, 0))
    room_file.write_text(write_scene(scene), encoding="utf-8")
    code, scene = run_edit(capsys, room_file, "--room", "5x3", "--in-place-of", "room")
    floor = next(thing for thing in scene.objects.values() if thing.label == "floor")
    assert code == 0 and floor.size[0] == pytest.approx(5.0) and floor.yaw == pytest.approx(math.radians(30))


def test_nothing_to_do_is_said(room_file, capsys):
    assert main(["edit", str(room_file)]) == 2
    assert "--align" in capsys.readouterr().err


def test_distance_between_two_objects(room_file, capsys):
    assert main(["measure", str(room_file), "sofa", "dog", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["by"] == pytest.approx([2.0, 0.0, -0.1])
    assert told["gap"] == pytest.approx(2.0 - 0.95 - 0.15)
    assert main(["measure", str(room_file), "sofa", "cat"]) == 2
