"""The library: photos in folders, states, versions of scenes, and who did what."""

import os
import shutil
import sqlite3
import threading
from pathlib import Path

import pytest

from sd3studio.core.errors import InputError, StudioError
from sd3studio.core.locations import RESOURCES
from sd3studio.core.scene.values import Scene, SceneObject
from sd3studio.services.library import MACHINE, Library, State
from sd3studio.services.library.scanning import Scanned, add_folder, folders, forget_folder, scan_all

SAMPLE = next((RESOURCES / "samples").glob("*.jpg"))


def room(*labels: str) -> Scene:
    return Scene.of(
        SceneObject(id=f"{label}-{i}", label=label, center=(1.5 * i - 1.0, 0.0, 0.5)) for i, label in enumerate(labels)
    )


@pytest.fixture
def photos(tmp_path) -> Path:
    """A folder with three photos, one of them below."""
    folder = tmp_path / "photos"
    (folder / "below").mkdir(parents=True)
    for name in ("a.jpg", "b.JPG", "below/c.jpg", ".hidden.jpg", "notes.txt"):
        shutil.copy(SAMPLE, folder / name)
    return folder


@pytest.fixture
def library(tmp_path, photos):
    with Library.open(tmp_path / "library") as opened:
        add_folder(opened, photos)
        assert scan_all(opened) == Scanned(added=3)
        yield opened


def test_second_scan_changes_nothing_and_a_changed_file_is_read_again(library, photos):
    assert scan_all(library) == Scanned(same=3)
    (photos / "a.jpg").write_bytes(SAMPLE.read_bytes() + b"more")
    (photos / "b.JPG").unlink()
    assert scan_all(library) == Scanned(changed=1, gone=1, same=1)
    assert library.by_path(photos / "b.JPG").missing
    shutil.copy(SAMPLE, photos / "b.JPG")
    scan_all(library)
    assert not library.by_path(photos / "b.JPG").missing


def test_a_folder_inside_another_adds_no_photo_twice(library, photos):
    inner = add_folder(library, photos / "below")
    assert scan_all(library, [inner]) == Scanned(same=1)
    assert library.count() == 3
    assert [row.photos for row in folders(library)] == [3, 0]


def test_a_forgotten_folder_leaves_its_files(library, photos):
    library.put_scene(1, room("dog"), "anna")
    assert forget_folder(library, 1) == 3
    assert library.count() == 0 and (photos / "a.jpg").exists()


def test_scenes_have_versions_and_the_same_scene_is_not_stored_twice(library):
    first, second = room("dog", "couch"), room("dog", "couch", "lamp")
    assert library.put_scene(1, first, MACHINE) == 1
    assert library.photo(1).state is State.PARSED
    assert library.put_scene(1, second, "anna") == library.put_scene(1, second, "anna") == 2
    assert library.photo(1).state is State.IN_WORK
    assert library.scene_of(1) == second and library.scene_of(1, version=1) == first
    assert [(v.version, v.author) for v in library.scene_versions(1)] == [(2, "anna"), (1, MACHINE)]
    assert {thing.label for thing in library.index_of(1).things} == {"dog", "couch", "lamp"}


def test_states_go_with_who_and_when(library):
    library.set_state(2, "checked", "ben")
    library.set_state(2, State.REJECTED, "anna")
    told = [(event.author, event.what, event.detail["to"]) for event in library.history(2)]
    assert told == [("anna", "state", "rejected"), ("ben", "state", "checked")]
    with pytest.raises(InputError, match="no state"):
        library.set_state(2, "finished", "anna")
    with pytest.raises(InputError, match="no photo 99"):
        library.set_states([1, 99], "checked", "anna")
    assert library.photo(1).state is State.NEW


def test_the_next_photo_goes_round(library):
    library.put_scene(1, room("cup"), MACHINE)
    library.put_scene(3, room("cup"), MACHINE)
    assert library.next_photo("parsed").id == 1
    assert library.next_photo("parsed", after=1).id == 3
    assert library.next_photo("parsed", after=3).id == 1
    assert library.next_photo("checked") is None


def test_many_threads_and_a_second_program_may_write(library, tmp_path):
    def work(number: int) -> None:
        with Library.open(tmp_path / "library") as other:
            for step in range(5):
                other.put_scene(number, room(*["cup"] * (step + 1)), f"user {number}")

    threads = [threading.Thread(target=work, args=(number,)) for number in (1, 2, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [library.photo(number).scene_version for number in (1, 2, 3)] == [5, 5, 5]


def test_a_newer_programs_library_and_a_damaged_one_are_refused_with_a_sentence(library, tmp_path):
    library.close()
    file = sqlite3.connect(tmp_path / "library" / "library.sqlite")
    file.execute("UPDATE meta SET value = '99' WHERE key = 'version'")
    file.commit()
    file.close()
    with pytest.raises(InputError, match=r"newer SD3 Studio \(version 99"):
        Library.open(tmp_path / "library")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "library.sqlite").write_bytes(b"no database at all" * 1000)
    with pytest.raises(StudioError, match="broken can't be"):
        Library.open(tmp_path / "broken")


@pytest.mark.skipif(os.name == "nt", reason="names of files are bytes on POSIX only")
def test_files_that_cant_be_in_a_library_are_told_with_a_reason(tmp_path):
    folder = tmp_path / "photos"
    (folder / "sub").mkdir(parents=True)
    for name in ("good.jpg", 'it\'s "so".jpg', "new\nline.jpg", "🐕.jpg", "phone.HEIC", "notes.txt"):
        (folder / name).write_bytes(b"x")
    (folder / "sub" / "again").symlink_to(folder)  # a loop
    (folder / "dangling.jpg").symlink_to(folder / "nothing.jpg")
    Path(os.fsdecode(os.fsencode(str(folder)) + b"/bad\xff.jpg")).write_bytes(b"x")
    with Library.open(tmp_path / "library") as library:
        found = scan_all(library, [add_folder(library, folder)])
        assert (found.added, found.passed_over) == (5, 2)
        assert "link to nothing" in found.said and "not UTF-8" in found.said and "\n" not in found.said
        assert scan_all(library).same == 5


def test_passed_over_files_are_few_words():
    one = Scanned(passed_over=1, why=("'a' is a link to nothing",))
    whole = one
    for _ in range(7):
        whole = whole.plus(one)
    assert whole.passed_over == 8 and whole.said.endswith("; 3 more.") and Scanned().said == ""
