"""Scenes out of the library to train on: by state and query, sentences of people with them, and what can't be."""

import json
from pathlib import Path

import pytest

from sd3studio.core.errors import DataError, InputError
from sd3studio.core.locations import RESOURCES
from sd3studio.core.messages import Finished, QueryResult
from sd3studio.core.scene.json_form import read_scene
from sd3studio.core.scene.values import Scene, SceneObject
from sd3studio.core.searching import SceneQuery
from sd3studio.core.training.requests import FromLibrary, MakeDataset
from sd3studio.services.library import MACHINE, Library, State, datasets
from sd3studio.services.library.caption_store import write_caption
from sd3studio.services.library.datasets import gather
from sd3studio.services.library.scanning import add_folder, scan_all

SAMPLE = next((RESOURCES / "samples").glob("*.jpg"))


def read(text, labels) -> QueryResult:
    """Reads nothing: filters alone choose here."""
    return QueryResult(SceneQuery())


def room(label: str) -> Scene:
    return Scene.of([SceneObject(id="a", label=label, center=(0, 0, 0.5)), SceneObject(id="b", label="rug")])


@pytest.fixture
def library(tmp_path):
    """Three photos: one checked, one parsed, one without a scene."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for k in range(3):
        (folder / f"ph oto-{k}.jpg").write_bytes(SAMPLE.read_bytes() + bytes([k]))
    with Library.open(tmp_path / "library") as opened:
        add_folder(opened, folder)
        scan_all(opened)
        opened.put_scene(1, room("chair"), "anna")
        opened.set_state(1, State.CHECKED, "anna")
        opened.put_scene(2, room("dog"), MACHINE)
        write_caption(opened, 1, "plain", "A chair on\n a rug.", "anna")
        yield opened


def wanted(library, **changes) -> FromLibrary:
    return FromLibrary(library=str(library.folder), **changes)


def test_only_checked_photos_come_with_their_sentences(library, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    found = gather(library, wanted(library, states=("checked",)), out, read)
    assert (found.scenes, found.captioned, found.problems) == (1, 1, ())
    name = next(out.glob("*.json"))
    assert read_scene(name.read_text(), name.name).objects["a"].label == "chair"
    assert name.with_suffix(".txt").read_text() == "A chair on a rug."


def test_a_query_chooses_and_what_has_no_scene_is_told(library, tmp_path):
    found = gather(library, wanted(library), tmp_path / "all", read)
    assert found.scenes == 2 and "1 of 3 photos have no scene" in found.problems[0]
    assert gather(library, wanted(library, query="label:dog"), tmp_path / "dogs", read).scenes == 1
    with pytest.raises(InputError, match="no state"):
        gather(library, wanted(library, states=("shiny",)), tmp_path / "x", read)
    with pytest.raises(DataError, match="No photo"):
        gather(library, wanted(library, query="label:unicorn"), tmp_path / "x", read)
    with pytest.raises(DataError, match="None of the 1 photos"):
        gather(library, wanted(library, states=("new",)), tmp_path / "x", read)


@pytest.mark.gl
def test_the_job_makes_a_data_set_of_the_library(library, tmp_path):
    request = MakeDataset(library=wanted(library), output=str(tmp_path / "set"), size_px=64, captions=2)
    made = next(m.result for m in datasets.make(request) if isinstance(m, Finished))
    assert sum(made.scenes.values()) == 2
    assert any("no scene" in problem for problem in made.problems)
    index = json.loads(next(Path(made.folder).rglob("index.json")).read_text())
    assert index["recipe"]["kind"] == "own"
