"""Where meshes are measured, and what a run writes."""

import json

import pytest

from sd3studio.core.catalogue import shipped_catalogue
from sd3studio.core.layout.framing import framing_camera
from sd3studio.core.recognised import GROUNDS
from sd3studio.core.scene import Scene
from sd3studio.ml import recognising
from sd3studio.ml.recognising import LooksKept, main, places_of


@pytest.mark.parametrize(
    ("mesh", "places"),
    [
        ("bear", {"", "beach", "snowfield", "street"}),  # grass is its usual place
        ("car", {"", "field", "beach", "snowfield"}),
        ("dog", {"", *GROUNDS}),
        ("cup", {"", *GROUNDS}),  # what a sentence gets
        ("cup-paper", {""}),
    ],
)
def test_meshes_are_measured_where_they_may_be(mesh: str, places: set[str]) -> None:
    entry = shipped_catalogue().get(mesh)
    assert entry is not None
    assert set(places_of(entry)) == places


def test_scores_of_other_meshes_and_places_are_kept(tmp_path, monkeypatch) -> None:
    path = tmp_path / "recognised.json"
    old = {"scores": {"car": [[0.5]], "cat": [[0.1]]}, "places": {"beach": {"car": [[0.4]]}}}
    path.write_text(json.dumps(old))
    monkeypatch.setattr(recognising, "PATH", path)
    monkeypatch.setattr(recognising, "load_detector", lambda *arguments: None)
    monkeypatch.setattr(recognising, "scores_of", lambda entry, *rest: [[0.9]])
    assert main(["--only", "cat", "--keep", "--rendered"]) == 0
    made = json.loads(path.read_text())
    assert made["scores"]["car"] == [[0.5]] and made["scores"]["cat"] == [[0.1]]
    assert made["scores"]["cat-siamese"] == [[0.9]]
    assert made["places"]["beach"] == {"car": [[0.4]], "cat": [[0.9]], "cat-siamese": [[0.9]]}


def test_meshes_can_be_named(tmp_path, monkeypatch) -> None:
    path = tmp_path / "recognised.json"
    monkeypatch.setattr(recognising, "PATH", path)
    monkeypatch.setattr(recognising, "load_detector", lambda *arguments: None)
    monkeypatch.setattr(recognising, "scores_of", lambda entry, *rest: [[0.9]])
    assert main(["--only", "cup-paper,bowl"]) == 0
    assert set(json.loads(path.read_text())["scores"]) == {"cup-paper", "bowl", "bowl-soup"}


def test_a_thing_keeps_its_looks_from_one_side_to_the_other() -> None:
    cup = shipped_catalogue().get("cup")
    assert cup is not None
    scene = Scene.of([cup.as_object("cup")])
    painter, seen = LooksKept(), []
    for elevation in (0.3, 0.6):
        picture = painter.paint(scene.replace(camera=framing_camera(scene, 320, 320, elevation_rad=elevation)))
        assert picture.shape == (320, 320, 3) and picture.std() > 5.0
        seen.append((picture, dict(painter.tokens)))
    assert seen[0][1]["cup"] == seen[1][1]["cup"]
    assert (seen[0][0] != seen[1][0]).any()
