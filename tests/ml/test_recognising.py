"""Where meshes are measured, and what a run writes."""

import json

import pytest

from sd3studio.core.catalogue import shipped_catalogue
from sd3studio.core.recognised import GROUNDS
from sd3studio.ml import recognising
from sd3studio.ml.recognising import main, places_of


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
