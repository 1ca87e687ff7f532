"""In the window: maps are live and exported, drafts follow a drag, the rest of a picture is kept, styles are kept."""

import json

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QMessageBox

from sd3studio.core.errors import MissingModelError
from sd3studio.core.picture_controls import DepthRange
from sd3studio.services.scene_files import read_png_request
from sd3studio.services.styles import own_styles
from tests import fake_jobs
from tests.ui.test_window import on_screen, send_mouse, type_sentence

pytestmark = pytest.mark.gl
LEFT, NONE = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton


@pytest.fixture(autouse=True)
def forget_jobs():
    fake_jobs.asked.clear()
    fake_jobs.fail_with.clear()


@pytest.fixture
def room(window, qtbot):
    type_sentence(window, qtbot)
    window.docks["maps"].raise_()
    qtbot.waitUntil(lambda: not window.maps.thumbnails["boxes"].picture.image.isNull(), timeout=5_000)
    fake_jobs.asked.clear()
    return window


def drafts_asked():
    return [request for request in fake_jobs.asked if request.kind == "draft_image"]


def test_near_and_far_change_the_depth_and_are_in_the_request(room, qtbot):
    picture = room.maps.thumbnails["depth"].picture
    before = picture.image.copy()
    assert room.maps.far.value() > room.maps.near.value() > 0.5
    QTest.keyClick(room.maps.range, Qt.Key.Key_PageUp)
    assert picture.image != before
    chosen = room.generate_panel.request(room.session.scene).depth_range
    assert chosen.near_m == pytest.approx(room.maps.near.value(), abs=0.01) and not room.maps.auto.isChecked()
    with qtbot.waitSignal(room.work.image_made, timeout=5_000) as made:
        room.generate()
    assert read_png_request(made.args[0]).depth_range == chosen
    room.maps.auto.click()
    assert room.generate_panel.depth_range == DepthRange()
    room.recall(made.args[0])
    assert room.maps.near.value() == pytest.approx(chosen.near_m, abs=0.01) and not room.maps.auto.isChecked()


def test_each_map_is_exported_in_the_size_of_the_picture(room, tmp_path, monkeypatch):
    size = (room.generate_panel.size.currentData()[1], room.generate_panel.size.currentData()[0])
    room.steering.export("depth", tmp_path / "d.png")
    depth = np.asarray(Image.open(tmp_path / "d.png"))
    assert depth.shape == size and depth.max() > 1_000  # millimetres
    kind = "Depth as shown, 8 bit (*.png)"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "shown"), kind))
    QTest.mouseClick(room.maps.thumbnails["depth"].export, LEFT)
    assert np.asarray(Image.open(tmp_path / "shown.png")).dtype == np.uint8
    path = room.steering.file_to_drag("boxes")
    boxes = json.loads(path.read_text())
    assert {box["label"] for box in boxes["boxes"]} == {"cup", "table"} and boxes["width"] == size[1]
    room.steering.export_all(tmp_path / "all")
    assert {"depth.png", "boxes.json", "prompt.txt", "maps.json"} <= {p.name for p in (tmp_path / "all").iterdir()}


def test_a_map_is_enlarged(room, qtbot):
    QTest.mouseClick(room.maps.thumbnails["boxes"].picture, LEFT)
    from sd3studio.ui.map_viewer import MapViewer

    (viewer,) = room.findChildren(MapViewer)
    assert viewer.isVisible() and viewer.picture.image.width() > 400
    viewer.close()
    qtbot.waitUntil(lambda: not room.findChildren(MapViewer))


def test_the_prompt_beside_the_maps_is_the_prompt_of_the_picture(room):
    assert "cup" in room.maps.prompt.text()
    room.maps.prompt.setFocus()
    room.maps.prompt.selectAll()
    QTest.keyClicks(room.maps.prompt, "a red cup")
    assert room.generate_panel.request(room.session.scene).prompt == "a red cup"
    room.generate_panel.prompt.clear()
    room.maps.prompt.clearFocus()
    room.maps.prompt.setModified(False)
    room.steering.refresh_prompt()
    assert "table" in room.maps.prompt.text()


def test_drafts_follow_a_drag_latest_first_and_keep_looks(room, qtbot):
    room.commands.actions["make.draft"].trigger()
    qtbot.waitUntil(lambda: room.draft_view.isVisible() and not room.draft_view.picture.pixmap().isNull())
    assert room.generate_panel.draft.isChecked()
    assert len(drafts_asked()) == 1
    start = on_screen(room, (0.3, -0.4, 0.6))
    send_mouse(room.view, QEvent.Type.MouseButtonPress, start, LEFT, LEFT)
    for step in range(1, 9):
        send_mouse(room.view, QEvent.Type.MouseMove, start + QPoint(12 * step, 0), NONE, LEFT)
    dragged = room.session.scene
    assert dragged is not room.session.document.committed
    qtbot.waitUntil(lambda: drafts_asked()[-1].request.scene.objects == dragged.objects, timeout=5_000)
    assert len(drafts_asked()) < 9  # while one is made, the scenes between are left out
    assert drafts_asked()[-1].tokens["table"] == (1, 0)  # the look of the first draft
    send_mouse(room.view, QEvent.Type.MouseButtonRelease, start + QPoint(96, 0), LEFT, NONE)
    room.session.document.select(("cup",))
    room.editing.recolour((1.0, 0.0, 0.0))
    qtbot.waitUntil(lambda: "cup" not in drafts_asked()[-1].tokens and "table" in drafts_asked()[-1].tokens)
    room.generate_panel.seed.setValue(99)
    room.editing.nudge(0.1, 0.0)
    qtbot.waitUntil(lambda: drafts_asked()[-1].tokens == {})  # another seed, other looks
    qtbot.waitUntil(lambda: not room.drafts.making)
    count = len(drafts_asked())
    QTest.mouseClick(room.draft_view.close_button, LEFT)
    room.editing.nudge(0.1, 0.0)
    assert not room.draft_view.isVisible() and not room.drafts.on and len(drafts_asked()) == count


def test_a_draft_that_fails_ends_the_mode_with_a_sentence(room, qtbot):
    fake_jobs.fail_with.append(MissingModelError("The weights are not there."))
    room.drafts.toggle(True)
    qtbot.waitUntil(lambda: not room.drafts.on, timeout=5_000)
    assert any("No drafts: The weights" in text for text in room.notices.texts())
    assert not room.draft_view.isVisible()


def test_the_rest_of_the_marked_picture_is_kept(room, qtbot):
    with qtbot.waitSignal(room.work.image_made, timeout=5_000) as made:
        room.generate()
    before = room.session.scene
    room.session.document.select(("cup",))
    room.editing.nudge(0.2, 0.0)
    assert room.can_keep_rest()
    with qtbot.waitSignal(room.work.image_made, timeout=5_000) as again:
        room.commands.actions["make.rest"].trigger()
    request = read_png_request(again.args[0])
    assert request.keep.name == made.args[0].name and request.keep.scene.objects == before.objects
    assert request.scene.objects == room.session.scene.objects
    assert request.seed == read_png_request(made.args[0]).seed


def test_words_of_the_panel_become_a_style_and_go_again(room, monkeypatch):
    panel = room.generate_panel
    panel.prompt.setPlainText("pastel colours")
    panel.negative.setText("fog")
    monkeypatch.setattr("sd3studio.ui.controllers.steering.QInputDialog.getText", lambda *_: ("Mine", True))
    QTest.mouseClick(panel.style_row.save, LEFT)
    (style,) = own_styles(room.app.home)
    assert (style.name, style.prompt, style.negative) == ("Mine", "pastel colours", "fog")
    request = panel.request(room.session.scene)
    assert request.style == style and request.prompt == "" and request.unwanted == "fog"
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.Yes)
    QTest.mouseClick(panel.style_row.delete, LEFT)
    assert own_styles(room.app.home) == () and panel.request(room.session.scene).style is None


def test_a_reference_is_taken_from_a_file_and_a_bad_one_is_said(room, tmp_path):
    Image.new("RGB", (64, 48), (200, 50, 50)).save(tmp_path / "photo.png")
    room.steering.take_reference(tmp_path / "photo.png")
    assert room.generate_panel.request(room.session.scene).reference.name == "photo.png"
    (tmp_path / "bad.png").write_bytes(b"nothing")
    room.steering.take_reference(tmp_path / "bad.png")
    assert any("bad.png" in text for text in room.notices.texts())
    QTest.mouseClick(room.generate_panel.reference_row.clear, LEFT)
    assert room.generate_panel.request(room.session.scene).reference is None
