"""Strip and viewer: groups, stars, several selected, zoom, comparing, the layout over the picture, recall by keys."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QPixmap, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox

from sd3studio.ui.panels.picture_canvas import PictureCanvas
from sd3studio.ui.panels.results import HEAD_ROLE
from tests import fake_jobs
from tests.fake_jobs import two_things

pytestmark = pytest.mark.gl
LEFT = Qt.MouseButton.LeftButton
ALT = Qt.KeyboardModifier.AltModifier


@pytest.fixture
def made(window, qtbot):
    """The window with three pictures: seeds 1 and 2 of a cup on a table, seed 3 after the cup was moved."""
    fake_jobs.asked.clear()
    fake_jobs.fail_with.clear()
    window.session.document.open(two_things())
    for seed in (1, 2, 3):
        if seed == 3:
            window.session.document.select(("cup",))
            window.editing.nudge(0.2, 0.0)
        window.generate_panel.seed.setValue(seed)
        with qtbot.waitSignal(window.work.image_made, timeout=5_000):
            window.generate()
    return window


def heads(window):
    rows = (window.results.list.item(row) for row in range(window.results.list.count()))
    return [row.data(HEAD_ROLE) for row in rows if row.data(HEAD_ROLE)]


def view_first(window, qtbot):
    window.pictures.view(window.results.paths()[0])
    viewer = window.pictures.viewer
    qtbot.waitUntil(viewer.isActiveWindow)
    return viewer


def test_pictures_are_grouped_by_scene_and_the_heading_says_what_changed(made, qtbot):
    qtbot.waitUntil(lambda: [head[2] for head in heads(made)] == ["moved cup", ""])
    assert [head[3] for head in heads(made)] == ["1 picture", "2 pictures"]


def test_a_star_stays_and_filters(made, qtbot):
    strip = made.results
    strip.mark(strip.paths()[1])
    strip.list.setFocus()
    QTest.keyClick(strip.list, Qt.Key.Key_Period)
    chosen = made.pictures.folder.stars()
    assert len(chosen) == 1
    QTest.mouseClick(strip.starred_only, LEFT)
    assert [path.name for path in strip.paths()] == list(chosen)
    QTest.mouseClick(strip.starred_only, LEFT)
    assert len(strip.paths()) == 3


def test_several_are_selected_and_deleted_and_no_object_is(made, qtbot, monkeypatch):
    asked = []
    answer = QMessageBox.StandardButton.Yes
    monkeypatch.setattr(QMessageBox, "question", lambda *args: asked.append(args[2]) or answer)
    made.results.list.setFocus()
    made.results.list.selectAll()
    QTest.keyClick(made.results.list, Qt.Key.Key_Delete)
    assert asked == ["Delete 3 pictures from the disk?"]
    assert not list(made.app.results.glob("*.png")) and not made.results.has_pictures()
    assert "cup" in made.session.scene.objects


def test_keys_in_the_viewer_bring_back_all_seed_prompt_or_all_but_the_seed(made, qtbot):
    canvas = view_first(made, qtbot).canvas
    made.generate_panel.seed.setValue(99)
    QTest.keyClick(canvas, Qt.Key.Key_S)
    assert made.generate_panel.seed.value() == 3
    QTest.keyClick(canvas, Qt.Key.Key_P)
    assert "cup" in made.generate_panel.prompt.toPlainText()
    made.files.new()
    QTest.keyClick(canvas, Qt.Key.Key_A)
    assert "cup" in made.session.scene.objects and made.generate_panel.prompt.toPlainText() == ""
    made.files.new()
    QTest.keyClick(canvas, Qt.Key.Key_R)
    assert "cup" in made.session.scene.objects and made.generate_panel.seed.value() != 3


def test_page_keys_leaf_through_the_pictures(made, qtbot):
    viewer, paths = view_first(made, qtbot), made.results.paths()
    QTest.keyClick(viewer.canvas, Qt.Key.Key_PageDown)
    assert viewer.path == paths[1]
    for _ in range(3):
        QTest.keyClick(viewer.canvas, Qt.Key.Key_PageDown)
    assert viewer.path == paths[2]


def test_alt_arrows_compare_with_the_neighbour_in_every_way(made, qtbot):
    viewer = view_first(made, qtbot)
    QTest.keyClick(viewer.canvas, Qt.Key.Key_Right, ALT)
    assert viewer.canvas.mode == "side" and viewer.with_what.currentData() == str(made.results.paths()[1])
    QTest.keyClick(viewer.canvas, Qt.Key.Key_Up, ALT)
    assert viewer.canvas.mode == "wipe"
    QTest.keyClick(viewer.canvas, Qt.Key.Key_Up, ALT)
    assert viewer.canvas.mode == "blink"
    qtbot.waitUntil(lambda: viewer.canvas.shows_second, timeout=3_000)


def test_the_layout_is_laid_over_and_wiped_against(made, qtbot):
    viewer = view_first(made, qtbot)
    plain = viewer.canvas.grab().toImage()
    QTest.keyClick(viewer.canvas, Qt.Key.Key_L)
    assert viewer.outlines.value() == 80
    assert viewer.canvas.grab().toImage() != plain
    QTest.keyClick(viewer.canvas, Qt.Key.Key_L)
    assert viewer.canvas.grab().toImage() == plain
    QTest.keyClick(viewer.canvas, Qt.Key.Key_Down, ALT)
    assert viewer.canvas.mode == "wipe" and viewer.with_what.currentData() is None


def test_verdicts_are_drawn_over_the_picture_after_a_check(made, qtbot):
    viewer = view_first(made, qtbot)
    QTest.keyClick(viewer.canvas, Qt.Key.Key_V)
    qtbot.waitUntil(lambda: "verdicts" in viewer.canvas._overlays, timeout=5_000)


@pytest.fixture
def canvas(qtbot, qapp):
    shown = PictureCanvas()
    qtbot.addWidget(shown)
    shown.resize(400, 300)
    for colour, show in (("red", shown.show_picture), ("blue", lambda p, n: shown.show_second(p, n, "wipe"))):
        picture = QPixmap(200, 150)
        picture.fill(QColor(colour))
        show(picture, colour)
    with qtbot.waitExposed(shown):
        shown.show()
    return shown


def is_red(canvas, x):
    colour = canvas.pixel_at(QPoint(x, 250))
    return colour.red() > colour.blue()


def test_the_divider_of_the_wipe_is_dragged(canvas):
    assert is_red(canvas, 150) and not is_red(canvas, 250)
    QTest.mousePress(canvas, LEFT, pos=QPoint(200, 150))
    QTest.mouseMove(canvas, QPoint(320, 150))
    QTest.mouseRelease(canvas, LEFT, pos=QPoint(320, 150))
    assert is_red(canvas, 250) and not is_red(canvas, 350)


def test_the_wheel_zooms_to_the_cursor_and_double_click_fits(canvas):
    place = QPointF(100, 75)
    before = canvas._to_share(place)
    none = Qt.MouseButton.NoButton
    turn = QWheelEvent(place, canvas.mapToGlobal(place), QPoint(), QPoint(0, 360), none,
                       Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False)  # fmt: skip
    QApplication.sendEvent(canvas, turn)
    assert canvas.scale > 3.0
    after = canvas._to_share(place)
    assert (after - before).manhattanLength() < 1e-6
    QTest.mouseDClick(canvas, LEFT, pos=QPoint(60, 60))
    assert canvas.fits and canvas.scale == pytest.approx(2.0)
