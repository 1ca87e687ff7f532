"""Exports: planned as a diff, merged into what is there, taken back; hostile files change nothing."""

import json
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sd3studio.core.errors import DataError, InputError, PhotoError, StudioError
from sd3studio.core.locations import RESOURCES
from sd3studio.core.scene.values import PhotoRef, Relation, Scene, SceneObject
from sd3studio.services.export import EXPORTERS
from sd3studio.services.export.many import A_FILE_EACH
from sd3studio.services.import_ import read_annotations
from sd3studio.services.library import Library, metadata
from sd3studio.services.library.caption_store import write_caption
from sd3studio.services.library.exporting import SCENE_FORMS, carry_out, exports, plan_export, undo_export
from sd3studio.services.library.scanning import add_folder, scan_all

pyexiv2 = pytest.importorskip("pyexiv2", reason="pyexiv2 is not installed (pip install 'sd3studio[metadata]')")
SAMPLE = min((RESOURCES / "samples").glob("*.jpg"), key=lambda path: path.stat().st_size)
RICH = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
    'xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="4" xmlns:mine="http://example.com/mine/" mine:key="kept">'
    '<dc:subject xmlns:dc="http://purl.org/dc/elements/1.1/"><rdf:Bag><rdf:li>holiday</rdf:li></rdf:Bag></dc:subject>'
    "</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end='w'?>"
).encode()


@pytest.fixture
def library(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for name in ("a.jpg", "b.jpg"):
        shutil.copy(SAMPLE, folder / name)
    with Library.open(tmp_path / "library") as opened:
        add_folder(opened, folder)
        scan_all(opened)
        write_caption(opened, 1, "sentence", "Ein schöner Hund.", "anna")
        write_caption(opened, 2, "sentence", "Two dogs & a <cat>.", "anna")
        yield opened


def photo(library: Library, number: int = 1) -> Path:
    return Path(library.photo(number).path)


def state_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.mark.parametrize("form", ["txt", "xmp", "embed"])
def test_an_export_is_planned_written_once_and_taken_back(library, form):
    folder = photo(library).parent
    metadata.sidecar_of(photo(library)).write_bytes(RICH)
    before = state_of(folder)
    plan = plan_export(library, [1, 2], form, "sentence")
    assert "+Ein schöner Hund." in list(plan.diff())
    assert state_of(folder) == before
    done = carry_out(library, plan)
    assert (done.written, done.kept, done.problems) == (2, 0, ())
    assert not any(change.is_new for change in plan_export(library, [1, 2], form, "sentence").changes)
    assert carry_out(library, plan_export(library, [1, 2], form, "sentence")).written == 0
    assert undo_export(library, done.step) == (2, ())
    assert state_of(folder) == before
    assert exports(library)[0][2]


def test_a_sidecar_is_merged_not_replaced(library):
    path = metadata.sidecar_of(photo(library))
    path.write_bytes(RICH)
    carry_out(library, plan_export(library, [1], "xmp", "sentence"))
    with pyexiv2.ImageData(path.read_bytes()) as image:
        xmp = image.read_xmp()
    assert xmp["Xmp.xmp.Rating"] == "4" and xmp["Xmp.dc.subject"] == ["holiday"]
    assert "kept" in xmp.values()
    assert metadata.read_sidecar(path) == metadata.Described("Ein schöner Hund.", "anna")


def test_embedding_leaves_the_pixels_and_the_photo_stays_the_same_for_the_library(library):
    from PIL import Image

    before = Image.open(photo(library)).tobytes()
    carry_out(library, plan_export(library, [1], "embed", "sentence"))
    assert Image.open(photo(library)).tobytes() == before
    assert metadata.read_embedded(photo(library)).text == "Ein schöner Hund."
    with pyexiv2.ImageData(photo(library).read_bytes()) as image:
        assert image.read_iptc()["Iptc.Application2.Caption"] == "Ein schöner Hund."
    assert scan_all(library).changed == 0


def test_what_somebody_else_wrote_there_stays_unless_asked(library):
    theirs = photo(library).with_suffix(".txt")
    theirs.write_text("Their words.\n")
    plan = plan_export(library, [1, 2], "txt", "sentence")
    assert [bool(change.kept) for change in plan.changes] == [True, False]
    assert carry_out(library, plan).kept == 1 and theirs.read_text() == "Their words.\n"
    done = carry_out(library, plan_export(library, [1], "txt", "sentence", overwrite=True))
    assert theirs.read_text() == "Ein schöner Hund.\n"
    write_caption(library, 1, "sentence", "Newer words.", "anna")
    assert plan_export(library, [1], "txt", "sentence").changes[0].is_new  # what we wrote may be brought up to date
    theirs.write_text("Changed since.\n")
    assert undo_export(library, done.step)[1] and theirs.read_text() == "Changed since.\n"


def test_two_photos_that_would_write_one_file_are_refused(library, tmp_path):
    (tmp_path / "more").mkdir()
    shutil.copy(SAMPLE, tmp_path / "more" / "a.jpg")
    add_folder(library, tmp_path / "more")
    scan_all(library)
    write_caption(library, 3, "sentence", "Third.", "anna")
    with pytest.raises(InputError, match="Two photos would write"):
        plan_export(library, [1, 2, 3], "txt", "sentence", tmp_path / "out")


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
def test_tables_for_trainers(library, tmp_path, form):
    write_caption(library, 2, "sentence", "=HYPERLINK(1)", "anna")
    path = tmp_path / "photos" / f"metadata.{form}"
    done = carry_out(library, plan_export(library, [1, 2], form, "sentence", path))
    assert done.written == 1
    if form == "jsonl":
        rows = [json.loads(line) for line in path.read_text().splitlines()]
        assert (rows[0]["file_name"], rows[0]["text"]) == ("a.jpg", "Ein schöner Hund.")
    elif form == "csv":
        assert "'=HYPERLINK(1)" in path.read_text() and "\n=" not in path.read_text()
    else:
        parquet = pytest.importorskip("pyarrow.parquet")
        assert parquet.read_table(path).column("text").to_pylist() == ["Ein schöner Hund.", "=HYPERLINK(1)"]
    assert undo_export(library, done.step) == (1, ()) and not path.exists()


TEXT = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=200).map(str.strip).filter(bool)


@settings(max_examples=40, deadline=None)
@given(TEXT)
def test_any_text_comes_back_from_a_sidecar(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("xmp") / "photo.jpg.xmp"
    try:
        path.write_bytes(metadata.merged_sidecar(path, text, "anna"))
    except DataError as error:
        assert "left as it is" in str(error)  # what exiv2 can't keep is refused, never written differently
        return
    assert metadata.read_sidecar(path).text == text


HOSTILE_SIDECARS = {
    "truncated": RICH[: len(RICH) // 2],
    "not xml": b"\x00\x01\x02" * 500,
    "wrong encoding": RICH.replace(b"holiday", b"\xff\xfe\xfa"),
    "utf-16 without a mark": RICH.decode().encode("utf-16-le"),
    "entities": b'<!DOCTYPE a [<!ENTITY b "c">]><x:xmpmeta xmlns:x="adobe:ns:meta/">&b;</x:xmpmeta>',
    "other xml": b"<html><body>no metadata</body></html>",
    "empty": b"",
    "deep": b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + b"<a>" * 100_000,
    "huge": RICH + b" " * metadata.MOST_SIDECAR_BYTES,
}


@pytest.mark.parametrize("kind", HOSTILE_SIDECARS)
def test_a_hostile_sidecar_gives_a_sentence_and_is_left_alone(tmp_path, kind):
    path = tmp_path / "photo.jpg.xmp"
    path.write_bytes(HOSTILE_SIDECARS[kind])
    with pytest.raises(DataError, match=r"photo\.jpg\.xmp"):
        path.write_bytes(metadata.merged_sidecar(path, "new", "anna"))
    assert path.read_bytes() == HOSTILE_SIDECARS[kind]


def test_hostile_pictures_give_a_sentence_and_are_left_alone(tmp_path):
    whole = SAMPLE.read_bytes()
    path = tmp_path / "photo.jpg"
    for cut in (0, 3, 100, len(whole) // 2, len(whole) - 2_000):
        path.write_bytes(whole[:cut])
        with pytest.raises(PhotoError):
            metadata.with_embedded(path, "new", "anna")
        assert path.read_bytes() == whole[:cut]
    marker = b"\xff\xe1" + (60_000).to_bytes(2, "big") + b"http://ns.adobe.com/xap/1.0/\x00" + b"<x:xmpmeta" * 5_996
    path.write_bytes(whole[:2] + marker[:60_002] + whole[2:])
    try:
        made = metadata.with_embedded(path, "new", "anna")
    except StudioError:
        return
    assert b"new" in made
    gif = tmp_path / "photo.gif"
    gif.write_bytes(b"GIF89a")
    with pytest.raises(PhotoError, match="can't hold a caption"):
        metadata.with_embedded(gif, "new", "anna")


@pytest.mark.parametrize("form", SCENE_FORMS)
def test_scenes_are_exported_as_one_data_set_read_again_and_taken_back(library, tmp_path, form):
    thing = SceneObject(id="dog", label="dog", photo_box=(10, 20, 200, 220))
    other = SceneObject(id="mat", label="mat", center=(1.5, 0, 0.2), photo_box=(300, 200, 500, 300))
    on = Relation(subject="dog", predicate="on", object="mat")
    photo = PhotoRef(path="a.jpg", width=640, height=480, sha256="0" * 64)
    scene = Scene.of([thing, other], relations=(on,), photo=photo)
    library.put_scene(1, scene, "anna")
    out = tmp_path / "out" if form in A_FILE_EACH else tmp_path / "out" / f"scenes{EXPORTERS[form].suffix}"
    plan = plan_export(library, [1, 2], form, "", out)
    assert "1 of 2 photos have no scene" in plan.notes[0] and "+1 scenes" in list(plan.diff())
    assert not out.exists()
    done = carry_out(library, plan)
    assert done.written and not done.problems and done.notes
    file = out if out.is_file() else out / f"a-1{EXPORTERS[form].suffix}"
    (found,) = read_annotations(file, form).scenes
    assert {t.label for t in found.scene.objects.values()} == {"dog", "mat"}
    assert undo_export(library, done.step)[0] == done.written and not list((tmp_path / "out").iterdir())


def test_a_data_set_needs_a_file_and_a_scene(library, tmp_path):
    with pytest.raises(InputError, match="Name the file"):
        plan_export(library, [1, 2], "coco", "")
    plan = plan_export(library, [1, 2], "coco", "", tmp_path / "a.json")
    assert not plan.changes and carry_out(library, plan).written == 0
