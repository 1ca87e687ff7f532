"""Damaged, cut off, foreign and malicious files given to the window's open and drop paths: sentences, never a crash."""

import io
import json
import random
import struct
import zipfile
import zlib

import pytest
import trimesh
from PIL import Image
from PySide6.QtWidgets import QMessageBox

from sd3studio.core.png import SIGNATURE, embed_record, embed_texts
from sd3studio.core.requests import GenerateImage
from sd3studio.core.scene.json_form import write_scene
from sd3studio.services.projects import Project, project_bytes
from sd3studio.ui.import_dialog import ImportDialog
from tests import fake_jobs
from tests.fake_jobs import two_things
from tests.services.test_user_catalogue import library

pytestmark = pytest.mark.gl
CASES = 24
"""Damaged files of each kind."""


def picture() -> bytes:
    drawn = io.BytesIO()
    Image.new("RGB", (32, 24), (9, 99, 199)).save(drawn, "PNG")
    return drawn.getvalue()


def originals(folder) -> dict[str, bytes]:
    """A good file of each kind, by suffix."""
    ours = embed_record(picture(), GenerateImage(scene=two_things()))
    box = trimesh.creation.box(extents=(1.0, 0.5, 0.8))
    return {
        ".glb": bytes(box.export(file_type="glb")),
        ".obj": box.export(file_type="obj").encode(),
        ".ply": bytes(box.export(file_type="ply")),
        ".stl": bytes(box.export(file_type="stl")),
        ".png": ours,
        ".json": write_scene(two_things()).encode(),
        ".sd3s": project_bytes(Project(two_things(), {"a.png": ours}, {"1": GenerateImage(scene=two_things())})),
        ".sh3f": library(folder).read_bytes(),
    }


def damaged(data: bytes, rng: random.Random) -> bytes:
    """The file cut off, with bytes changed, taken out, doubled, or put in."""
    data, kind = bytearray(data), rng.randrange(5)
    at = rng.randrange(len(data))
    if kind == 0:
        return bytes(data[:at])
    if kind == 1:
        for _ in range(rng.randrange(1, 12)):
            data[rng.randrange(len(data))] = rng.randrange(256)
    elif kind == 2:
        del data[at : at + rng.randrange(1, 200)]
    elif kind == 3:
        data[at:at] = data[at : at + rng.randrange(1, 200)]
    else:
        data[at : at + 4] = struct.pack("<I", rng.choice((0, 2**31 - 1, 2**32 - 1)))
    return bytes(data)


def bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr("manifest.json", b"0" * 30_000_000)
    return packed.getvalue()


def climbing() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as bundle:
        bundle.writestr("manifest.json", json.dumps({"format": "sd3studio-project", "version": 1, "files": {}}))
        bundle.writestr("../../evil.png", picture())
    return packed.getvalue()


def huge_picture() -> bytes:
    """A PNG that says that it is 60,000 x 60,000."""
    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + b"IHDR" + head + struct.pack(">I", zlib.crc32(b"IHDR" + head))
    return SIGNATURE + chunk


def nested_glb() -> bytes:
    """Nodes that are their own children."""
    tree = json.dumps({"asset": {"version": "2.0"}, "scenes": [{"nodes": [0]}], "nodes": [{"children": [0]}]}).encode()
    tree += b" " * (-len(tree) % 4)
    return struct.pack("<4sII", b"glTF", 2, 20 + len(tree)) + struct.pack("<I4s", len(tree), b"JSON") + tree


EVIL = {
    "bomb.sd3s": bomb(),
    "climbing.sd3s": climbing(),
    "bomb.sh3f": bomb(),
    "huge.png": huge_picture(),
    "texts.png": embed_texts(picture(), {"sd3studio.scene": "[" * 100_000, "sd3studio.request": "{}"}),
    "unpacking.png": embed_texts(picture(), {"sd3studio.scene": "0" * 70_000_000, "sd3studio.request": "{}"}),
    "nan.png": embed_texts(picture(), {"sd3studio.scene": '{"format": NaN}', "sd3studio.request": "1"}),
    "cyclic.glb": nested_glb(),
    "empty.obj": b"",
    "nan.obj": b"v nan nan nan\nv 1 0 0\nv 0 1 0\nf 1 2 3\n",
    "far.obj": b"v 1e300 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n",
    "missing.obj": b"v 0 0 0\nf 1 2 99\n",
    "deep.json": b"[" * 200_000,
    "a folder.json": None,
}


@pytest.fixture
def guarded(window, monkeypatch):
    """A window that answers no to every question; an error that nobody expected fails the test."""
    fake_jobs.asked.clear()
    unexpected = []
    monkeypatch.setattr("sys.excepthook", lambda kind, error, trace: unexpected.append(error))
    monkeypatch.setattr(QMessageBox, "question", lambda *args: QMessageBox.StandardButton.No)
    monkeypatch.setattr(ImportDialog, "exec", turned_and_taken)
    yield window
    assert not unexpected


def turned_and_taken(dialog) -> bool:
    """Whoever is asked how a model stands tries all answers and says yes."""
    for field in (dialog.unit, dialog.up):
        for row in range(field.count()):
            field.setCurrentIndex(row)
            field.activated.emit(row)
    return dialog.add.isEnabled()


def give(window, qtbot, path) -> None:
    """Open and drop a file; the window has to stay usable, and what it says has to be sentences."""
    window.notices.clear()
    window.open_path(path)
    window.drop_files([path])
    if hasattr(window, "drop_menu"):
        window.drop_menu.close()
    qtbot.waitUntil(lambda: not window.work.busy, timeout=20_000)
    for text in window.notices.texts():
        assert "Traceback" not in text and len(text) < 1_000, text
    window.session.document.open(two_things())
    assert window.session.scene.objects


@pytest.mark.parametrize("suffix", [".glb", ".obj", ".ply", ".stl", ".png", ".json", ".sd3s", ".sh3f"])
def test_damaged_files_are_sentences(guarded, qtbot, tmp_path, suffix):
    good = originals(tmp_path)[suffix]
    for number in range(CASES if suffix != ".sh3f" else CASES // 3):
        path = tmp_path / f"damaged-{number}{suffix}"
        path.write_bytes(damaged(good, random.Random(f"{suffix}/{number}")))
        give(guarded, qtbot, path)


def test_malicious_files_are_sentences(guarded, qtbot, tmp_path):
    for name, data in EVIL.items():
        path = tmp_path / name
        if data is None:
            path.mkdir()
        else:
            path.write_bytes(data)
        give(guarded, qtbot, path)
    assert not (tmp_path.parent / "evil.png").exists()


def test_files_of_another_kind_under_a_wrong_name_are_sentences(guarded, qtbot, tmp_path):
    good = originals(tmp_path)
    for number, (suffix, data) in enumerate(zip(good, list(good.values())[1:], strict=False)):
        path = tmp_path / f"wrong-{number}{suffix}"
        path.write_bytes(data)
        give(guarded, qtbot, path)
