"""Billboards, furniture libraries, projects, samples and dropped files, in the window."""

import pytest
import trimesh
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog

from sd3studio.core.scene import Scene, SceneObject
from sd3studio.services.own_catalogue import GROUP
from sd3studio.services.projects import read_project
from sd3studio.ui.import_dialog import ImportDialog
from sd3studio.ui.project_dialog import ProjectDialog
from sd3studio.ui.samples_gallery import SamplesGallery
from sd3studio.ui.scene_pictures import ScenePictures
from tests import fake_jobs
from tests.fake_jobs import two_things
from tests.services.test_user_catalogue import library

pytestmark = pytest.mark.gl


@pytest.fixture(autouse=True)
def forget_jobs():
    fake_jobs.asked.clear()
    fake_jobs.fail_with.clear()


@pytest.fixture
def made(window, qtbot):
    """The window with a cup on a table and one picture of it, seed 5."""
    window.session.document.open(two_things())
    window.generate_panel.seed.setValue(5)
    with qtbot.waitSignal(window.work.image_made, timeout=5_000):
        window.generate()
    return window


def drop(window, path):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(50, 50), Qt.DropAction.CopyAction, data, buttons, keys)
    QApplication.sendEvent(window, enter)  # Qt drops on what took the drag in
    QApplication.sendEvent(window, QDropEvent(QPointF(50, 50), Qt.DropAction.CopyAction, data, buttons, keys))


def test_a_picture_stands_in_the_scene_as_tall_as_said(window, tmp_path, monkeypatch):
    Image.new("RGB", (40, 80), (200, 60, 20)).save(tmp_path / "poster.png")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *args: (str(tmp_path / "poster.png"), ""))

    def answer(dialog):
        dialog.show()
        dialog.height_m.setValue(2.0)
        (seen,) = window.session.scene.objects.values()
        assert seen.size[2] == pytest.approx(2.0)  # while it is asked
        return QDialog.DialogCode.Accepted

    monkeypatch.setattr(ImportDialog, "exec", answer)
    window.commands.actions["file.billboard"].trigger()
    (thing,) = window.session.document.committed.objects.values()
    assert thing.size == pytest.approx((1.0, 0.02, 2.0)) and thing.label == "poster"


def test_of_a_picture_that_was_not_taken_no_mesh_stays(window, tmp_path, monkeypatch):
    Image.new("RGB", (40, 80), (200, 60, 20)).save(tmp_path / "poster.png")
    meshes, answers = window.app.home / "meshes", []
    there = set(meshes.glob("*.glb"))

    def answer(dialog):
        (seen,) = window.session.scene.objects.values()
        assert (meshes / f"{seen.mesh}.glb").is_file()  # while it is asked
        return answers.pop(0)

    monkeypatch.setattr(ImportDialog, "exec", answer)
    answers.append(QDialog.DialogCode.Rejected)
    window.ask_billboard(tmp_path / "poster.png")
    assert not window.session.scene.objects and set(meshes.glob("*.glb")) == there
    answers += [QDialog.DialogCode.Accepted, QDialog.DialogCode.Rejected]
    window.ask_billboard(tmp_path / "poster.png")
    (thing,) = window.session.document.committed.objects.values()
    window.session.document.undo()
    window.ask_billboard(tmp_path / "poster.png")  # what the history needs stays
    window.session.document.redo()
    assert {file.stem for file in set(meshes.glob("*.glb")) - there} == {thing.mesh}
    assert list(window.session.scene.objects.values()) == [thing]


def test_a_model_is_asked_for_its_unit_and_seen_meanwhile_unless_that_is_plain(window, tmp_path, monkeypatch):
    plain, printed = tmp_path / "shelf.glb", tmp_path / "Vase.stl"
    trimesh.creation.box(extents=(0.4, 0.9, 0.2)).export(plain)
    trimesh.creation.box(extents=(100, 120, 300)).export(printed)  # millimetres, Z up
    answers = []

    def answer(dialog):
        dialog.show()
        assert (dialog.unit.currentData(), dialog.axis) == ("cm", "z") and dialog.size_m == pytest.approx((1, 1.2, 3))
        dialog.unit.setCurrentIndex(dialog.unit.findData("mm"))
        dialog.unit.activated.emit(dialog.unit.currentIndex())
        assert window.session.scene.objects["vase"].size == pytest.approx((0.1, 0.12, 0.3), abs=1e-4)
        dialog.height_m.setValue(0.6)
        assert dialog.unit.currentText() == "by its height"
        return answers.pop()

    monkeypatch.setattr(ImportDialog, "exec", answer)
    window.drop_files([plain])
    assert window.session.document.committed.objects["shelf"].size == pytest.approx((0.4, 0.2, 0.9), abs=1e-4)
    answers += [QDialog.DialogCode.Accepted, QDialog.DialogCode.Rejected]
    window.drop_files([printed])
    assert list(window.session.scene.objects) == ["shelf"]
    window.drop_files([printed])
    assert window.session.document.committed.objects["vase"].size == pytest.approx((0.2, 0.24, 0.6), abs=1e-4)


@pytest.mark.parametrize("answer", [QDialog.DialogCode.Accepted, QDialog.DialogCode.Rejected])
def test_of_a_model_that_was_turned_over_only_the_form_that_was_taken_stays(window, tmp_path, monkeypatch, answer):
    path, meshes = tmp_path / "vase.stl", window.app.home / "meshes"
    trimesh.creation.box(extents=(100, 120, 300)).export(path)
    there = set(meshes.glob("*.glb"))

    def turn_over(dialog):
        dialog.show()
        for axis in ("y", "z", "y"):
            dialog.up.setFocus()
            QTest.keyClick(dialog.up, Qt.Key.Key_Up if axis == "y" else Qt.Key.Key_Down)
            assert dialog.axis == axis
        assert len(set(meshes.glob("*.glb")) - there) == 2
        return answer

    monkeypatch.setattr(ImportDialog, "exec", turn_over)
    window.drop_files([path])
    kept = {file.stem for file in set(meshes.glob("*.glb")) - there}
    assert kept == {thing.mesh for thing in window.session.document.committed.objects.values()}
    assert len(kept) == (answer == QDialog.DialogCode.Accepted)
    monkeypatch.setattr(ImportDialog, "exec", lambda dialog: QDialog.DialogCode.Rejected)
    window.drop_files([path])  # what a scene uses stays when it is asked for again, and not taken
    assert {file.stem for file in set(meshes.glob("*.glb")) - there} == kept


def test_a_library_comes_into_the_catalogue_with_pictures_and_stays(window, qtbot, tmp_path):
    count = len(window.catalogue)
    window.open_path(library(tmp_path))
    qtbot.waitUntil(lambda: len(window.catalogue) == count + 2, timeout=10_000)
    panel = window.catalogue_panel
    assert panel.group.currentData() == GROUP and panel._filter.rowCount() == 2
    assert "2 things of Small.sh3f" in window.notices.texts()[-1]
    QTest.keyClick(panel.search, Qt.Key.Key_Return)
    (thing,) = window.session.scene.objects.values()
    assert thing.size == (0.4, 0.5, 0.6)
    index = panel._filter.index(0, 0)
    before = index.data(Qt.ItemDataRole.DecorationRole).cacheKey()
    qtbot.waitUntil(lambda: index.data(Qt.ItemDataRole.DecorationRole).cacheKey() != before, timeout=10_000)


def test_a_file_that_is_no_library_is_a_sentence(window, qtbot, tmp_path):
    (tmp_path / "bad.sh3f").write_bytes(b"no zip")
    window.open_path(tmp_path / "bad.sh3f")
    qtbot.waitUntil(lambda: any("bad.sh3f" in text for text in window.notices.texts()), timeout=5_000)


def test_a_project_keeps_scene_history_pictures_and_what_waits(made, qtbot, tmp_path, monkeypatch):
    path = tmp_path / "room.sd3s"
    made.session.document.select(("cup",))
    made.editing.nudge(0.25, 0.0)
    made.queueing.hold(True)
    made.generate()
    qtbot.waitUntil(lambda: len(made.bundles.waiting()) == 1)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *args: (str(path), ""))
    monkeypatch.setattr(ProjectDialog, "exec", lambda self: 1)
    made.commands.refresh()
    made.commands.actions["file.save_project"].trigger()
    project = read_project(path)
    assert len(project.pictures) == 1 and len(project.requests) == 1 and project.journal

    saved = made.session.document.committed
    made.pictures.delete(made.results.paths())
    made.queueing.cancel_waiting()
    made.files.new()
    monkeypatch.setattr(made, "may_queue", lambda count: True)
    drop(made, path)
    assert made.session.document.committed == saved and made.session.document.can_undo
    made.session.document.undo()
    assert made.session.scene.objects["cup"].center[0] == pytest.approx(0.0)
    assert len(made.results.paths()) == 1
    qtbot.waitUntil(lambda: len(made.bundles.waiting()) == 1)
    drop(made, path)
    assert len(made.results.paths()) == 1, "a picture that is there is not written twice"


def test_a_dropped_picture_of_ours_offers_what_can_be_brought_back(made, tmp_path):
    picture = made.results.paths()[0]
    made.files.new()
    made.generate_panel.seed.setValue(1)
    drop(made, picture)
    titles = {action.text(): action for action in made.drop_menu.actions()}
    titles["Use its seed"].trigger()
    assert made.generate_panel.seed.value() == 5 and not made.session.scene.objects
    titles["Open its scene and settings"].trigger()
    assert "cup" in made.session.scene.objects
    made.drop_menu.close()


def test_a_dropped_photo_is_read(window, qtbot, tmp_path):
    Image.new("RGB", (64, 48)).save(tmp_path / "photo.png")
    drop(window, tmp_path / "photo.png")
    qtbot.waitUntil(lambda: [request.kind for request in fake_jobs.asked] == ["parse_photo"], timeout=5_000)


def test_the_gallery_draws_samples_and_opens_the_chosen_one(window, qtbot):
    def choose():
        (gallery,) = window.findChildren(SamplesGallery)
        gallery.search.setText("still")
        shown = [row for row in range(gallery.list.count()) if not gallery.list.item(row).isHidden()]
        assert len(shown) == 1
        gallery.list.setCurrentRow(shown[0])
        gallery.list.setFocus()
        QTest.keyClick(gallery.list, Qt.Key.Key_Return)

    QTimer.singleShot(100, choose)
    window.commands.actions["file.sample_scene"].trigger()
    assert len(window.session.scene.objects) > 3 and window.session.path is None


def test_pictures_of_samples_are_there_at_once_the_next_time(window, qtbot, tmp_path):
    first, again = (ScenePictures(window.view, tmp_path / "cache") for _ in "ab")
    scene = Scene.of([SceneObject(id="a", label="box")])
    taken = []
    first.ask(lambda: scene, 40, taken.append, key="one")
    qtbot.waitUntil(lambda: len(taken) == 1, timeout=20_000)
    first.ask(pytest.fail, 40, taken.append, key="one")
    again.ask(pytest.fail, 40, taken.append, key="one")  # another window, another day
    assert len(taken) == 3 and taken[2].size() == taken[0].size()
    again.ask(lambda: scene, 40, taken.append, key="two")
    assert len(taken) == 3
    qtbot.waitUntil(lambda: len(taken) == 4, timeout=20_000)
