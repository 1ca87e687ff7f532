"""The journal gives back everything that was committed, whatever end the program came to."""

import json
import random

import pytest

from sd3studio.core.document import Document
from sd3studio.core.edits import AddObjects, MoveObjects, RemoveObjects, RenameObject
from sd3studio.core.errors import SceneError
from sd3studio.core.scene import Scene, SceneObject
from sd3studio.services.journal import Journal, read_journal


def some_edits(document, seed, count=30):
    rng = random.Random(seed)
    for number in range(count):
        ids = list(document.committed.objects)
        choice = rng.random()
        if choice < 0.3 or not ids:
            document.apply(AddObjects((SceneObject(id=f"n{seed}-{number}", label="thing"),)))
        elif choice < 0.6:
            document.apply(MoveObjects((rng.choice(ids),), (rng.random(), 0.0, 0.0)))
        elif choice < 0.7:
            document.apply(RemoveObjects((rng.choice(ids),)))
        elif choice < 0.8:
            document.apply(RenameObject(rng.choice(ids), f"name {number}"), merge=rng.random() < 0.5)
        elif choice < 0.95:
            document.undo()
        else:
            document.redo()


@pytest.mark.parametrize("seed", range(6))
def test_reading_gives_the_whole_history_back(tmp_path, seed):
    document = Document()
    journal = Journal(tmp_path / "a.journal", document)
    some_edits(document, seed)
    steps, position = read_journal(journal.path)
    assert [step.label for step in steps] == [step.label for step in document.steps]
    assert [step.scene for step in steps] == [step.scene for step in document.steps]
    assert position == document.position
    journal.close()


def test_torn_end_loses_only_the_torn_line(tmp_path):
    document = Document()
    journal = Journal(tmp_path / "a.journal", document)
    histories = [document.steps]
    document.history_changed.connect(lambda: histories.append(document.steps))
    some_edits(document, 1)
    journal.close()
    whole = journal.path.read_bytes()
    torn = tmp_path / "torn.journal"
    for cut in range(len(whole) - 1, whole.index(b"\n") + 1, -97):
        torn.write_bytes(whole[:cut])
        steps, position = read_journal(torn)
        assert 0 <= position < len(steps)
    torn.write_bytes(whole[: len(whole) - 3])
    steps, _ = read_journal(torn)
    assert tuple(steps) in (histories[-1], histories[-2])


def test_recovered_history_can_be_continued(tmp_path):
    document = Document()
    journal = Journal(tmp_path / "a.journal", document)
    some_edits(document, 2)
    journal.close()
    again = Document()
    again.restore(*read_journal(journal.path))
    second = Journal(journal.path, again)
    some_edits(again, 3)
    steps, position = read_journal(second.path)
    second.close()
    assert steps[position].scene == again.scene


def test_opening_another_scene_starts_the_journal_anew(tmp_path):
    document = Document()
    journal = Journal(tmp_path / "a.journal", document)
    some_edits(document, 4)
    document.open(Scene(title="other"))
    steps, _ = read_journal(journal.path)
    journal.close()
    assert [step.scene.title for step in steps] == ["other"]


def test_unusable_journal_is_a_sentence(tmp_path):
    path = tmp_path / "x.journal"
    path.write_text(json.dumps({"nothing": 1}))
    with pytest.raises(SceneError, match="holds no scene"):
        read_journal(path)


def test_unwritable_place_is_said_and_editing_goes_on(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("x")
    document = Document()
    journal = Journal(blocked / "a.journal", document)
    document.apply(AddObjects((SceneObject(id="a", label="a"),)))
    assert "not being saved" in journal.failed
    assert "a" in document.scene.objects


def test_who_did_what_when_comes_back(tmp_path):
    document = Document(Scene())
    document.author = "Mia"
    journal = Journal(tmp_path / "a.journal", document)
    document.apply(AddObjects((SceneObject(id="cup", label="cup"),)))
    journal.close()
    steps, _ = read_journal(tmp_path / "a.journal")
    assert steps == list(document.steps)
    assert steps[1].author == "Mia" and steps[1].when
