"""Annotations of other programs go to the photos of the library that they are of."""

import pytest

from sd3studio.core.scene.values import Scene, SceneObject
from sd3studio.services.export import export_scene
from sd3studio.services.import_ import read_annotations
from sd3studio.services.import_.form import ImportedScene
from sd3studio.services.library import Library
from sd3studio.services.library.annotations import STYLE, take_annotations
from sd3studio.services.library.caption_store import captions_of_photo
from sd3studio.services.library.exporting import carry_out, plan_export
from sd3studio.services.library.scanning import add_folder, scan_all

DOG = Scene.of([SceneObject(id="dog", label="dog", photo_box=(10, 10, 90, 90))])


@pytest.fixture
def library(tmp_path):
    for name in ("one/a.jpg", "one/b.jpg", "two/b.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())
    with Library.open(tmp_path / "library") as opened:
        for folder in ("one", "two"):
            add_folder(opened, tmp_path / folder)
        scan_all(opened)
        yield opened


def test_scenes_go_to_the_only_photo_of_their_name_with_their_sentences(library):
    found = [
        ImportedScene("a.jpg", DOG, ("A dog.", "It sits.")),
        ImportedScene("b.jpg", DOG),
        ImportedScene("c.jpg", DOG),
    ]
    taken = take_annotations(library, found, "anna")
    assert taken.stored == 1 and taken.unknown == ("b.jpg", "c.jpg") and "b.jpg, c.jpg" in taken.said
    (photo,) = [n for n in (1, 2, 3) if library.photo(n).scene_version]
    assert library.photo(photo).name == "a.jpg" and library.photo(photo).scene_by == "anna"
    (caption,) = captions_of_photo(library, photo)
    assert (caption.style, caption.text, caption.maker) == (STYLE, "A dog. It sits.", "human")


@pytest.mark.parametrize("form", ["coco", "vg", "cvat", "label-studio"])
def test_what_a_library_exports_comes_back_to_the_same_photos(library, tmp_path, form):
    first = next(n for n in (1, 2, 3) if library.photo(n).name == "a.jpg")
    photo = {"path": library.photo(first).path, "width": 100, "height": 100, "sha256": "0" * 64}
    scene = Scene.model_validate({**DOG.model_dump(), "photo": photo})
    library.put_scene(first, scene, "anna")
    out = tmp_path / f"scenes.{'xml' if form == 'cvat' else 'json'}"
    carry_out(library, plan_export(library, [first], form, "", out))
    taken = take_annotations(library, read_annotations(out, form).scenes, "ben")
    assert taken.stored == 1 and library.photo(first).scene_by in ("anna", "ben")
    assert {t.label for t in library.scene_of(first).objects.values()} == {"dog"}


def test_the_window_and_a_single_file_mean_the_photo_by_its_path(library, tmp_path):
    row = next(library.photo(n) for n in (1, 2, 3) if library.photo(n).path.endswith("two/b.jpg"))
    scene = Scene.model_validate(
        {**DOG.model_dump(), "photo": {"path": row.path, "width": 100, "height": 100, "sha256": "0" * 64}}
    )
    export_scene(scene, "json", tmp_path / "b.json")
    assert take_annotations(library, read_annotations(tmp_path / "b.json", "json").scenes, "anna").stored == 1
    assert library.photo(row.id).scene_version == 1
