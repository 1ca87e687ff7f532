"""`sd3studio check` and `generate --until` on small pictures."""

import io
import json
from pathlib import Path

import pytest
from PIL import Image

from sd3studio.cli.main import main
from sd3studio.core.catalogue import shipped_catalogue
from sd3studio.core.png import is_png
from sd3studio.core.scene import Camera, Scene
from sd3studio.core.scene.json_form import write_scene

pytestmark = pytest.mark.gl


def scene(woman: bool = True) -> Scene:
    things = [shipped_catalogue().of_category("person")[0].as_object("person", -1.2, -1.0)]
    if woman:
        things.append(shipped_catalogue().of_category("person")[1].as_object("woman", 1.2, -1.5))
    return Scene.of(things, camera=Camera(position=(0.0, -7.0, 1.6), target=(0.0, 0.0, 0.8), width=576, height=384))


@pytest.fixture
def files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Path]:
    """Two scenes, of which one lacks the woman, and a render of each."""
    paths = {}
    for name, woman in (("whole", True), ("lonely", False)):
        paths[name] = tmp_path / f"{name}.json"
        paths[name].write_text(write_scene(scene(woman)), encoding="utf-8")
        paths[f"{name} picture"] = tmp_path / "pictures" / f"{name}.png"
        assert main(["generate", str(paths[name]), "-o", str(paths[f"{name} picture"]), "--backend", "render"]) == 0
    capsys.readouterr()
    return paths


def test_a_picture_of_ours_is_checked_against_its_own_scene(files: dict, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(files["whole picture"]), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["score"] == 1.0 and report["reader"] == "id map"
    assert {item["id"]: item["verdict"] for item in report["objects"]} == {"person": "found", "woman": "found"}
    assert {item["verdict"] for item in report["relations"]} == {"holds"}


def test_a_picture_is_checked_against_another_scene_and_a_low_score_is_no_failure(
    files: dict, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "overlay.png"
    words = ["check", str(files["lonely picture"]), str(files["whole"]), "--reader", "detectors"]
    assert main([*words, "--overlay", str(out)]) == 0
    said = capsys.readouterr()
    assert said.out.startswith("score 0.") and "missing        woman" in said.out
    assert is_png(out.read_bytes()) and Image.open(io.BytesIO(out.read_bytes())).size == (576, 384)


def test_a_folder_is_ranked_and_reported(files: dict, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = files["whole picture"].parent
    (folder / "broken.png").write_bytes(b"no picture")
    words = ["check", str(folder), str(files["whole"]), "--report", str(tmp_path / "report"), "--json"]
    assert main(words) == 2
    said = capsys.readouterr()
    data = json.loads(said.out)
    assert [Path(item["picture"]).name for item in data["pictures"]] == ["whole.png", "lonely.png"]
    assert (data["checked"], data["failed"]) == (2, 1) and "broken.png" in said.err
    page = (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    assert page.index("whole.png") < page.index("lonely.png") and page.count("<img ") == 2


def test_a_photo_without_a_scene_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Image.new("RGB", (64, 64)).save(tmp_path / "photo.png")
    assert main(["check", str(tmp_path / "photo.png")]) == 2
    assert "does not carry a scene" in capsys.readouterr().err


def test_seeds_are_tried_and_all_tries_are_kept(files: dict, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    out = tmp_path / "best.png"
    words = ["generate", str(files["whole"]), "-o", str(out), "--seed", "4", "--until", "0.9", "--budget", "3"]
    assert main([*words, "--json"]) == 0
    said = capsys.readouterr()
    data = json.loads(said.out)
    assert data["reached"] is True and data["seed"] == 4 and data["score"] == 1.0
    assert out.read_bytes() == (tmp_path / "best.tries" / "seed-4.png").read_bytes()
    kept = json.loads((tmp_path / "best.tries.json").read_text(encoding="utf-8"))
    assert kept["tries"][0]["check"]["objects"] and (tmp_path / "best.tries.csv").read_text().startswith("rank,picture")
    assert "seed 4: score 1.00" in said.err


def test_options_of_the_search_need_a_target(files: dict, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["generate", str(files["whole"]), "-o", str(tmp_path / "x.png"), "--budget", "3"]) == 2
    assert "--budget goes with --until" in capsys.readouterr().err
