"""The canvas in the window, by real mouse and key events: panes, typed numbers, view keys, measuring, focus."""

import math

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from sd3studio.core.edits import MoveObjects
from sd3studio.core.scene import Scene, SceneObject
from sd3studio.ui.canvas.compass import tips

pytestmark = pytest.mark.gl
NO_KEY = Qt.KeyboardModifier.NoModifier
LEFT, NONE = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton


@pytest.fixture
def window(window):
    """The window with a table and a box beside it, magnetism off."""
    table = SceneObject(id="table", label="table", center=(0, 0, 0.4), size=(1.4, 0.8, 0.8))
    box = SceneObject(id="box", label="box", center=(1.6, 0, 0.3), size=(0.6, 0.6, 0.6))
    window.session.document.open(Scene.of([table, box]))
    window.view.magnetism = False
    window.view.setFocus()
    return window


def on_screen(window, point, pane=None):
    pane = pane or window.view.panes.main
    pixel, _ = pane.camera(window.session.scene.camera).project(point)
    return QPoint(round(float(pixel[0])) + pane.rect_px[0], round(float(pixel[1])) + pane.rect_px[1])


def mouse(view, kind, place, button, buttons, keys=NO_KEY):
    where = QPointF(place)
    QApplication.sendEvent(view, QMouseEvent(kind, where, view.mapToGlobal(where), button, buttons, keys))


def grab(view, start, *places, keys=NO_KEY):
    """Press at `start` and move over the places; the button stays down."""
    mouse(view, QEvent.Type.MouseMove, start, NONE, NONE)
    mouse(view, QEvent.Type.MouseButtonPress, start, LEFT, LEFT, keys)
    for place in places:
        mouse(view, QEvent.Type.MouseMove, place, NONE, LEFT, keys)


def release(view, place):
    mouse(view, QEvent.Type.MouseButtonRelease, place, LEFT, NONE)


def grab_table(window):
    start = on_screen(window, (0.3, -0.4, 0.6))
    end = start + QPoint(60, 0)
    grab(window.view, start, start + QPoint(30, 0), end)
    return end


def table(window):
    return window.session.scene.objects["table"]


def test_a_number_typed_during_a_drag_moves_exactly_and_is_one_step(window):
    steps = len(window.session.document.steps)
    here = grab_table(window)
    for key in (Qt.Key.Key_X, Qt.Key.Key_1, Qt.Key.Key_Period, Qt.Key.Key_5, Qt.Key.Key_Return):
        QTest.keyClick(window.view, key)
    release(window.view, here)
    assert table(window).center == pytest.approx((1.5, 0.0, 0.4))
    assert len(window.session.document.steps) == steps + 1
    assert not window.view.edges.on  # X was the drag's


def test_escape_reverts_and_lost_focus_commits(window):
    here = grab_table(window)
    QTest.keyClick(window.view, Qt.Key.Key_Escape)
    release(window.view, here)
    assert table(window).center == (0, 0, 0.4)
    here = grab_table(window)
    moved = table(window).center
    assert moved[0] > 0.1
    QApplication.sendEvent(window.view, QFocusEvent(QEvent.Type.FocusOut, Qt.FocusReason.ActiveWindowFocusReason))
    release(window.view, here)
    assert window.session.document.committed.objects["table"].center == moved
    assert not window.view.tool.dragging


def test_pressing_alt_during_a_drag_suspends_magnetism_at_once(window):
    window.view.magnetism = True
    start = on_screen(window, (0.3, -0.4, 0.6))
    grab(window.view, start, on_screen(window, (0.7, -0.4, 0.6)), on_screen(window, (0.87, -0.37, 0.6)))
    caught = table(window).center
    assert caught[0] == pytest.approx(0.6)  # flush with the box
    QTest.keyPress(window.view, Qt.Key.Key_Alt)
    assert table(window).center[0] == pytest.approx(0.57, abs=0.012)
    QTest.keyRelease(window.view, Qt.Key.Key_Alt)
    assert table(window).center == caught


def test_four_views_show_and_drag_the_same_scene(window):
    QTest.keyClick(window.view, Qt.Key.Key_V)
    panes = {pane.key: pane for pane in window.view.panes.shown}
    assert set(panes) == {"top", "main", "front", "right"}
    start = on_screen(window, (0.2, 0.1, 0.8), panes["top"])
    goal = on_screen(window, (0.2, 0.6, 0.8), panes["top"])
    grab(window.view, start, (start + goal) / 2, goal)
    release(window.view, goal)
    assert table(window).center[:2] == pytest.approx((0.0, 0.5), abs=0.03)
    start = on_screen(window, (-0.5, 0.0, 0.6), panes["front"])
    goal = on_screen(window, (-0.5, 0.0, 0.9), panes["front"])
    grab(window.view, start, (start + goal) / 2, goal)
    release(window.view, goal)
    x, y, z = table(window).center
    assert (x, z) == pytest.approx((0.0, 0.7), abs=0.03)
    assert y == pytest.approx(0.5, abs=0.03)
    QTest.keyClick(window.view, Qt.Key.Key_V)
    assert len(window.view.panes.shown) == 1


def test_each_of_four_panes_is_drawn(window, qtbot):
    window.view.show_labels = False
    window.view.show_four(True)
    qtbot.wait(250)
    picture = window.view.grabFramebuffer()
    ratio = window.view.devicePixelRatioF()
    for pane in window.view.panes.shown:
        place = on_screen(window, (0.1, 0.05, 0.6), pane)
        corner = QPoint(pane.rect_px[0] + pane.rect_px[2] - 6, pane.rect_px[1] + 6)
        assert picture.pixelColor(place * ratio) != picture.pixelColor(corner * ratio), pane.key


def test_ctrl_and_wheel_pull_the_side_under_the_mouse_as_one_step(window):
    window.view.show_four(True)
    window.session.document.select(("table",))
    steps = len(window.session.document.steps)
    place = QPointF(on_screen(window, (0.65, 0.0, 0.8), window.view.panes.sides[0]))
    for _ in range(3):
        event = QWheelEvent(
            place, window.view.mapToGlobal(place), QPoint(), QPoint(0, 120), NONE,
            Qt.KeyboardModifier.ControlModifier, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(window.view, event)
    assert table(window).size == pytest.approx((1.46, 0.8, 0.8))
    assert table(window).center[0] == pytest.approx(0.03)
    assert len(window.session.document.steps) == steps + 1


def test_a_click_on_the_compass_looks_from_there(window):
    camera = window.view.camera
    tip = next(tip for tip in tips(camera) if tip.name == "+z")
    grab(window.view, QPoint(*(round(v) for v in tip.position_px)))
    assert window.view.orbit.elevation_rad == pytest.approx(math.pi / 2.0)
    assert not window.view.through_camera


@pytest.mark.skipif("sys.platform != 'linux'", reason="scan codes of X11")
def test_view_keys_act_by_their_place_on_a_french_keyboard(window):
    for scan_code, key, text, azimuth in (
        (11, Qt.Key.Key_Eacute, "é", math.pi / 2),
        (10, Qt.Key.Key_Ampersand, "&", 0),
    ):
        QApplication.sendEvent(window.view, QKeyEvent(QEvent.Type.KeyPress, key, NO_KEY, scan_code, 0, 0, text))
        assert window.view.orbit.azimuth_rad == pytest.approx(azimuth)


def test_the_number_pad_has_the_views_of_other_programs(window):
    pad = Qt.KeyboardModifier.KeypadModifier
    QTest.keyClick(window.view, Qt.Key.Key_3, pad)
    assert window.view.orbit.azimuth_rad == pytest.approx(math.pi / 2)
    QTest.keyClick(window.view, Qt.Key.Key_3)
    assert abs(window.view.orbit.azimuth_rad) == pytest.approx(math.pi)
    QTest.keyClick(window.view, Qt.Key.Key_5, pad)
    assert not window.view.orbit.flat
    QTest.keyClick(window.view, Qt.Key.Key_5, pad)
    assert window.view.orbit.flat


def test_from_a_side_there_is_no_perspective_until_the_view_is_turned(window):
    view = window.view
    QTest.keyClick(view, Qt.Key.Key_1)
    assert view.orbit.flat and "Front" in view.overlay.state.badge
    middle, start = Qt.MouseButton.MiddleButton, QPoint(200, 200)
    mouse(view, QEvent.Type.MouseButtonPress, start, middle, middle)
    mouse(view, QEvent.Type.MouseMove, start + QPoint(40, 20), NONE, middle)
    mouse(view, QEvent.Type.MouseButtonRelease, start + QPoint(40, 20), middle, NONE)
    assert not view.orbit.flat and view.overlay.state.badge == ""
    QTest.keyClick(view, Qt.Key.Key_2)
    QTest.keyClick(view, Qt.Key.Key_V)  # a side view as the main one of four would be there twice
    assert view.panes.four and not view.orbit.flat


def test_how_to_measure_is_told_as_long_as_it_is_measured(window):
    QTest.keyClick(window.view, Qt.Key.Key_M)
    assert any("Esc again ends measuring" in text for text in window.notices.texts())
    QTest.keyClick(window.view, Qt.Key.Key_Escape)
    assert not window.viewing.measuring and not window.notices.texts()


def test_measuring_two_points_and_two_objects(window):
    before = window.session.document.committed
    QTest.keyClick(window.view, Qt.Key.Key_M)
    for point, inwards in (((-0.7, -0.4, 0.8), 2), ((0.7, -0.4, 0.8), -2)):  # corners of the table
        place = on_screen(window, point) + QPoint(inwards, 2)
        grab(window.view, place)
        release(window.view, place)
    (measure,) = window.view.overlay.state.feedback.measures
    assert measure.by_m == pytest.approx((1.4, 0.0, 0.0))
    QTest.keyClick(window.view, Qt.Key.Key_M)
    window.session.document.select(("table", "box"))
    QTest.keyClick(window.view, Qt.Key.Key_M)
    (measure,) = window.view.overlay.state.feedback.measures
    assert measure.gap.gap_m == pytest.approx(0.6)
    assert window.session.document.committed is before
    for _ in range(2):
        QTest.keyClick(window.view, Qt.Key.Key_Escape)
    assert window.view.tool is window.view.pointer_tool


def test_camera_bookmarks_are_kept_and_come_back(window):
    viewing, document = window.viewing, window.session.document
    viewing.add_bookmark("first")
    first = document.committed.camera
    window.view.look_from("right")
    viewing.add_bookmark("side")
    viewing.go_to_bookmark("side")
    assert window.view.through_camera
    assert np.subtract(document.committed.camera.position, first.position)[0] > 1.0
    viewing.step_bookmark(1)
    assert document.committed.camera == first
    viewing.remove_bookmark("first")
    assert [b.name for b in document.committed.bookmarks] == ["side"]


def test_the_frame_of_the_picture_follows_the_size_that_is_chosen(window):
    size = window.generate_panel.size
    for row in range(size.count()):
        size.setCurrentIndex(row)
        width, height = size.itemData(row)
        state = window.view.overlay.state
        x0, y0, x1, y1 = state.picture_px or state.frame_px
        assert (x1 - x0) / (y1 - y0) == pytest.approx(width / height, rel=0.01)
        assert f"{width} × {height}" in state.picture_text + state.frame_text


def test_the_labels_of_a_crowd_wait_until_nothing_moves(window, qtbot):
    things = [SceneObject(id=f"o{n}", label=f"box {n}", center=(n % 20 - 10.0, n // 20, 0.5)) for n in range(310)]
    window.session.document.open(Scene.of(things))
    window.session.document.select(("o5",))
    view = window.view
    view.frame(())
    assert [tag.text for tag in view.overlay.state.tags] == ["box 5"]
    qtbot.waitUntil(lambda: len(view.overlay.state.tags) > 1, timeout=20_000)


def test_the_status_bar_follows_what_is_pointed_at(window):
    window.session.document.open(Scene.of([SceneObject(id="a", label="box", center=(0.0, 0.0, 0.5))]))
    window.view.hovered_changed.emit("a")
    window.session.document.apply(MoveObjects(("a",), (1.25, 0.0, 0.0)))
    assert "x 1.25" in window.place_label.text()
