"""Maps, controls, styles, references and seeds in their panels: values are shown, wishes leave as signals."""

import base64
import io

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest

from sd3studio.core.picture_controls import DepthRange, Reference, Style
from sd3studio.core.requests import Control, GenerateImage
from sd3studio.core.scene import Scene, SceneObject
from sd3studio.core.settings import Generation, Models
from sd3studio.ui.panels.generate import GeneratePanel
from sd3studio.ui.panels.map_pictures import MAP_TITLES, boxes_image
from sd3studio.ui.panels.maps import MapsPanel
from sd3studio.ui.panels.range_slider import RangeSlider

LEFT = Qt.MouseButton.LeftButton
SCENE = Scene.of(
    [SceneObject(id="chair", label="chair", prompt="a red armchair"), SceneObject(id="lamp", label="lamp")]
)


@pytest.fixture
def shown(qtbot):
    def show(widget, width=420, height=700):
        qtbot.addWidget(widget)
        widget.resize(width, height)
        widget.show()
        return widget

    return show


def place(slider, value):
    return slider.place_of(value).toPoint()


def drag(widget, start, end):
    QTest.mousePress(widget, LEFT, Qt.KeyboardModifier.NoModifier, start)
    for share in (0.5, 1.0):
        QTest.mouseMove(widget, start + (end - start) * share)
    QTest.mouseRelease(widget, LEFT, Qt.KeyboardModifier.NoModifier, end)


def test_either_handle_is_dragged_and_they_do_not_cross(shown, qtbot):
    slider = shown(RangeSlider(0.0, 1.0, gap=0.1), 300, 24)
    with qtbot.waitSignal(slider.changed):
        drag(slider, place(slider, 0.0), place(slider, 0.3))
    assert slider.low == pytest.approx(0.3, abs=0.01) and slider.high == 1.0
    drag(slider, place(slider, 1.0), place(slider, 0.05))
    assert slider.high == pytest.approx(slider.low + 0.1)


def test_keys_move_the_handle_in_hand(shown):
    slider = shown(RangeSlider(0.1, 100.0, logarithmic=True), 300, 24)
    slider.show_range(1.0, 10.0)
    QTest.keyClick(slider, Qt.Key.Key_Right)
    assert 1.0 < slider.low < 1.3 and slider.high == 10.0
    QTest.keyClick(slider, Qt.Key.Key_Space)
    QTest.keyClick(slider, Qt.Key.Key_End)
    assert slider.high == pytest.approx(100.0)


def test_values_are_shown_silently(shown, qtbot):
    slider = shown(RangeSlider(0.0, 1.0))
    with qtbot.assertNotEmitted(slider.changed):
        slider.show_range(0.2, 0.4)


@pytest.fixture
def maps(shown):
    panel = shown(MapsPanel(), 700, 240)
    pictures = {name: np.full((30, 40, 3), 90, np.uint8) for name in MAP_TITLES if name != "boxes"}
    panel.show_maps(pictures, 2.0, 8.0)
    panel.show_boxes(boxes_image(SCENE, 80, 60))
    return panel


def test_depth_handles_are_those_of_the_scene_until_they_are_moved(maps, qtbot):
    assert (maps.near.value(), maps.far.value()) == (2.0, 8.0) and maps.auto.isChecked()
    chosen = []
    maps.depth_range_changed.connect(chosen.append)
    drag(maps.range, place(maps.range, 8.0), place(maps.range, 20.0))
    assert chosen[-1].far_m == pytest.approx(20.0, rel=0.1) and chosen[-1].near_m == pytest.approx(2.0, rel=0.01)
    assert not maps.auto.isChecked()
    maps.show_maps({}, 1.0, 5.0)
    assert maps.near.value() == 2.0
    with qtbot.waitSignal(maps.depth_range_changed) as told:
        QTest.mouseClick(maps.auto, LEFT, pos=QPoint(8, maps.auto.height() // 2))
    assert told.args[0] == DepthRange() and (maps.near.value(), maps.far.value()) == (1.0, 5.0)


def test_metres_are_typed_and_near_stays_nearer(maps, qtbot):
    maps.near.setFocus()
    maps.near.lineEdit().setText("9.5")
    with qtbot.waitSignal(maps.depth_range_changed) as told:
        QTest.keyClick(maps.near, Qt.Key.Key_Return)
    assert told.args[0].near_m == 9.5 and told.args[0].far_m > 9.5


def test_a_click_enlarges_a_button_exports_and_a_drag_takes_the_file_out(maps, qtbot, tmp_path):
    thumbnail = maps.thumbnails["normal"]
    with qtbot.waitSignal(maps.enlarge_requested) as told:
        QTest.mouseClick(thumbnail.picture, LEFT)
    assert told.args == ["normal"]
    with qtbot.waitSignal(maps.enlarge_requested):
        QTest.keyClick(thumbnail.picture, Qt.Key.Key_Return)
    with qtbot.waitSignal(maps.map_export_requested) as told:
        QTest.mouseClick(maps.thumbnails["boxes"].export, LEFT)
    assert told.args == ["boxes"]
    assert thumbnail.dragged_data() is None
    thumbnail.file_of = lambda name: tmp_path / f"{name}.png"
    with (
        qtbot.waitSignal(thumbnail.picture.drag_started),
        qtbot.assertNotEmitted(maps.enlarge_requested),
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr("sd3studio.ui.panels.map_thumbnail.QDrag.exec", lambda *_: None)
        drag(thumbnail.picture, QPoint(10, 10), QPoint(60, 40))
    data = thumbnail.dragged_data()
    assert data.urls() == [QUrl.fromLocalFile(str(tmp_path / "normal.png"))] and data.hasImage()


def test_the_written_prompt_is_edited_and_written_again(maps, qtbot):
    maps.show_prompt("a chair and a lamp", "")
    assert maps.prompt.text() == "a chair and a lamp" and not maps.rewrite.isEnabled()
    maps.prompt.setFocus()
    maps.prompt.setCursorPosition(0)
    with qtbot.waitSignal(maps.prompt_edited) as told:
        QTest.keyClicks(maps.prompt, "X")
    assert told.args == ["Xa chair and a lamp"]
    maps.show_prompt("a chair", "Xa chair and a lamp")
    assert maps.prompt.text() == "Xa chair and a lamp"
    with qtbot.waitSignal(maps.prompt_edited) as told:
        QTest.mouseClick(maps.rewrite, LEFT)
    assert told.args == [""] and maps.prompt.text() == "a chair"


def test_boxes_have_colours_and_phrases():
    image = boxes_image(SCENE, 320, 240)
    colours = {image.pixelColor(x, y).name() for x in range(0, 320, 4) for y in range(0, 240, 4)}
    assert len(colours) > 4


@pytest.fixture
def panel(shown):
    return shown(GeneratePanel(Generation(), Models()), 380, 800)


def choose(panel, backend):
    panel.backend.setCurrentIndex(panel.backend.findData(backend))


def test_controls_are_on_or_off_with_strength_and_part(panel):
    choose(panel, "diffusers")
    depth, boxes = panel.controls["depth"], panel.controls["boxes"]
    assert panel.request(SCENE).controls == (Control(map="depth"),)
    depth.strength.setValue(0.6)
    drag(depth.part, place(depth.part, 1.0), place(depth.part, 0.5))
    QTest.mouseClick(boxes.on, LEFT, pos=QPoint(8, boxes.on.height() // 2))
    first, second = panel.request(SCENE).controls
    assert first.strength == 0.6 and first.end == pytest.approx(0.5, abs=0.03) and second.map == "boxes"
    QTest.mouseClick(depth.on, LEFT, pos=QPoint(8, depth.on.height() // 2))
    assert [control.map for control in panel.request(SCENE).controls] == ["boxes"]


def test_a_request_is_shown_whole_and_comes_back(panel):
    out = io.BytesIO()
    Image.new("RGB", (8, 8), (200, 10, 10)).save(out, "PNG")
    request = GenerateImage(
        scene=SCENE.replace(camera=SCENE.camera.replace(width=512, height=384)), backend="diffusers", width=512,
        height=384, seed=5, steps=9, guidance=3.0, prompt="a room", negative_prompt="fog", model="folder",
        controls=(Control(map="normal", strength=0.4, start=0.1, end=0.7, model="net"),),
        depth_range=DepthRange(near_m=1.0, far_m=4.0), style=Style(name="Oil", prompt="oil painting"),
        reference=Reference(picture=base64.b64encode(out.getvalue()).decode(), name="r.png", model="adapter"),
    )  # fmt: skip
    panel.show_request(request)
    assert panel.request(SCENE) == request
    assert not panel.reference_row.picture.pixmap().isNull()


def test_a_picture_that_was_drawn_freely_comes_back_so(panel):
    scene = SCENE.replace(camera=SCENE.camera.replace(width=512, height=384))
    request = GenerateImage(scene=scene, backend="sd3-mini", width=512, height=384, seed=5, steps=9, freedom=0.75)
    panel.show_request(request)
    assert panel.request(SCENE).freedom == 0.75 and not panel.freedom.isHidden()
    panel.backend.setCurrentIndex(panel.backend.findData("diffusers"))
    assert panel.request(SCENE).freedom == 0.0 and panel.freedom.isHidden()


def test_the_seed_stays_while_only_the_layout_changes(panel):
    moved = SCENE.with_objects(SCENE.objects["lamp"].replace(center=(1, 0, 0.5)))
    first = panel.next_request(SCENE)
    assert panel.next_request(moved).seed == first.seed
    again = panel.next_request(moved)
    assert again.seed != first.seed  # nothing changed: another picture is wanted
    panel.negative.setText("fog")
    worded = panel.next_request(moved)
    assert worded.seed != again.seed
    panel.seed.setValue(77)
    assert panel.next_request(moved).seed == 77
    panel.show_request(worded)
    assert panel.next_request(SCENE).seed == worded.seed
    panel.seed_mode.setCurrentIndex(panel.seed_mode.findData("always"))
    panel.negative.setText("")
    assert panel.next_request(SCENE).seed == panel.next_request(SCENE).seed == worded.seed
    QTest.mouseClick(panel.dice, LEFT)
    assert panel.next_request(SCENE).seed != worded.seed
    panel.seed_mode.setCurrentIndex(panel.seed_mode.findData("never"))
    before = panel.seed.value()
    panel.next_seed()
    assert panel.seed.value() != before


def test_a_style_proposes_numbers_to_diffusers_alone(panel):
    style = Style(name="Ink", prompt="ink", steps=44, guidance=2.0)
    panel.style_row.show_styles([style], [])
    panel.style_row.box.setCurrentIndex(1)
    panel.style_row.box.activated.emit(1)
    assert panel.steps.value() == 12 and panel.request(SCENE).style == style
    choose(panel, "diffusers")
    panel.style_row.box.activated.emit(1)
    assert panel.steps.value() == 44 and panel.guidance.value() == 2.0
    choose(panel, "render")
    assert panel.request(SCENE).style is None


def test_a_dropped_file_is_a_wish_for_a_reference(panel, qtbot, tmp_path):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "p.jpg"))])
    keys = Qt.KeyboardModifier.NoModifier
    with qtbot.waitSignal(panel.reference_row.file_chosen) as told:
        panel.reference_row.dropEvent(QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, LEFT, keys))
    assert told.args == [tmp_path / "p.jpg"]
