"""Annotate driven with real mouse and key events: one truth on the photo and in space, review, two annotators."""

import math

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QImage, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QInputDialog, QMessageBox

from sd3studio.core.annotation.outline import handles_of
from sd3studio.core.document import Step
from sd3studio.core.scene import Camera, PhotoRef, Predicate, Provenance, Relation, Scene, SceneObject
from sd3studio.core.scene.masks import decode_mask
from sd3studio.core.scene.picture_boxes import projected_box, visible_box
from sd3studio.services.library import Library
from sd3studio.services.library.scanning import add_folder, scan_all

pytestmark = pytest.mark.gl
NONE, SHIFT, CTRL, ALT = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
)
CAMERA = Camera(position=(0, -6, 1.7), target=(0, 0, 0.6), width=640, height=480)


def photo_file(path, shade=120):
    image = QImage(640, 480, QImage.Format.Format_RGB32)
    image.fill(shade * 0x010101)
    assert image.save(str(path))
    return path


def thing(key, label, x, size=(0.6, 0.6, 1.0), score=0.6, y=0.0):
    made = SceneObject(
        id=key, label=label, category=label, center=(x, y, size[2] / 2), size=size, yaw=0.3,
        provenance=Provenance(source="photo", score=score),
    )  # fmt: skip
    return made.replace(photo_box=visible_box(CAMERA, made))


def scene_of(path, count=2):
    labels = ["chair", "dog", "potted plant", "person", "bench"]
    things = [thing(f"t{k}", labels[k], -1.6 + 0.9 * k, score=0.9 - 0.1 * k) for k in range(count)]
    read = Relation(subject="t0", predicate=Predicate.BEHIND, object="t1",
                    provenance=Provenance(source="photo", score=0.3))  # fmt: skip
    photo = PhotoRef(path=str(path), width=640, height=480, sha256="0" * 64)
    return Scene.of(things, camera=CAMERA, photo=photo, relations=(read,))


@pytest.fixture
def side(window, qtbot, tmp_path):
    """The Annotate side with a photo of two things."""
    window.session.document.open(scene_of(photo_file(tmp_path / "room.png")))
    window.live.reload_photo()
    window.workspaces.go("annotate")
    made = window.workspaces.widget("annotate")
    qtbot.waitUntil(lambda: made.photo.isVisible() and made.photo.width() > 250)
    made.photo.fit()
    return made


def at(side, position):
    x, y = side.photo.point_of((float(position[0]), float(position[1])))
    return QPointF(x, y)


def mouse(widget, kind, place, button, buttons, keys=NONE):
    QApplication.sendEvent(widget, QMouseEvent(kind, place, widget.mapToGlobal(place), button, buttons, keys))


def drag(widget, start, end, keys=NONE, release=True):
    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    mouse(widget, QEvent.Type.MouseMove, start, none, none, keys)
    mouse(widget, QEvent.Type.MouseButtonPress, start, left, left, keys)
    for share in (0.3, 0.7, 1.0):
        mouse(widget, QEvent.Type.MouseMove, start + (end - start) * share, none, left, keys)
    if release:
        mouse(widget, QEvent.Type.MouseButtonRelease, end, left, none, keys)


def handle(window, kind, signs, key="t0"):
    scene = window.session.scene
    found = [h for h in handles_of(CAMERA, scene.objects[key]) if h.kind == kind and h.pull.signs == signs]
    return found[0].points.mean(axis=0)


def agree(window, key="t0"):
    """The projected box and the photo box agree to a pixel."""
    scene = window.session.document.committed
    made = scene.objects[key]
    assert visible_box(scene.camera, made) == pytest.approx(made.photo_box, abs=1.0)
    return made


def test_dragging_in_the_3d_view_moves_the_outline_on_the_photo(side, window):
    box = window.session.scene.objects["t0"].photo_box
    pixel, _ = window.view.camera.project(window.session.scene.objects["t0"].center)
    start = QPointF(float(pixel[0]), float(pixel[1]))
    drag(window.view, start, start + QPointF(60, 0), release=False)
    live = window.session.scene.objects["t0"]
    assert live.photo_box[0] > box[0] + 5
    assert visible_box(CAMERA, live) == pytest.approx(live.photo_box, abs=1e-6)
    mouse(window.view, QEvent.Type.MouseButtonRelease, start + QPointF(60, 0), Qt.MouseButton.LeftButton,
          Qt.MouseButton.NoButton)  # fmt: skip
    agree(window)


def test_dragging_a_side_of_the_photo_box_moves_the_thing_in_space(side, window):
    window.session.document.select(("t0",))
    before, steps = window.session.scene.objects["t0"], len(window.session.document.steps)
    x0, y0, x1, y1 = before.photo_box
    drag(side.photo, at(side, (x1, (y0 + y1) / 2)), at(side, (x1 + 40, (y0 + y1) / 2)))
    after = agree(window)
    assert after.photo_box == pytest.approx((x0, y0, x1 + 40, y1), abs=1.5)
    assert after.size[0] > before.size[0] and after.yaw == before.yaw
    assert after.center[2] - after.size[2] / 2 == pytest.approx(0.0, abs=1e-6)
    assert len(window.session.document.steps) == steps + 1


def test_dragging_the_middle_goes_over_the_ground_and_esc_gives_up(side, window):
    before = window.session.scene.objects["t0"]
    middle = np.mean([before.photo_box[:2], before.photo_box[2:]], axis=0)
    drag(side.photo, at(side, middle), at(side, np.add(middle, (50, 8))), release=False)
    assert window.session.scene.objects["t0"].center[0] > before.center[0] + 0.1
    QTest.keyClick(side.photo, Qt.Key.Key_Escape)
    assert window.session.scene.objects["t0"] == before
    drag(side.photo, at(side, middle), at(side, np.add(middle, (50, 8))))
    after = agree(window)
    assert after.center[2] == before.center[2] and after.size == before.size
    assert window.session.document.selection == ("t0",)


def test_corners_of_the_base_top_and_ring_resize_and_turn(side, window):
    document = window.session.document
    document.select(("t0",))
    before = document.committed.objects["t0"]
    corner = handle(window, "pull", (1, -1, 0))
    drag(side.photo, at(side, corner), at(side, np.add(corner, (25, 12))))
    wider = agree(window)
    assert wider.size[2] == before.size[2] and wider.size[:2] != before.size[:2]
    top = handle(window, "top", (0, 0, 1))
    drag(side.photo, at(side, top), at(side, top - [0, 30]))
    taller = agree(window)
    assert taller.size[2] > wider.size[2] + 0.1 and taller.size[:2] == wider.size[:2]
    arrow = next(h for h in handles_of(CAMERA, taller) if h.kind == "turn").points[0]
    drag(side.photo, at(side, arrow), at(side, np.add(arrow, (60, -20))))
    turned = agree(window)
    assert abs(math.remainder(turned.yaw - taller.yaw, math.tau)) > 0.1 and turned.size == taller.size


def test_clicking_again_takes_the_thing_behind(side, window):
    small = thing("small", "cup", -1.6, (0.2, 0.2, 0.3), y=-0.4)
    window.session.document.open(window.session.scene.with_objects(small))
    box = small.photo_box
    middle = at(side, ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)).toPoint()
    QTest.mouseClick(side.photo, Qt.MouseButton.LeftButton, NONE, middle)
    assert window.session.document.selection == ("small",)
    QTest.mouseClick(side.photo, Qt.MouseButton.LeftButton, NONE, middle)
    assert window.session.document.selection == ("t0",)


def test_wheel_zooms_to_the_cursor_and_middle_drag_pans(side, qtbot):
    photo, place = side.photo, QPointF(100, 80)
    before = photo.zoom.to_photo(100, 80)
    photo.zoom_by(2.0, place)
    assert photo.zoom.to_photo(100, 80) == pytest.approx(before)
    x = photo.zoom.x
    middle, none = Qt.MouseButton.MiddleButton, Qt.MouseButton.NoButton
    mouse(photo, QEvent.Type.MouseButtonPress, place, middle, middle)
    mouse(photo, QEvent.Type.MouseMove, place + QPointF(30, 0), none, middle)
    mouse(photo, QEvent.Type.MouseButtonRelease, place + QPointF(30, 0), middle, none)
    assert photo.zoom.x == x + 30
    QTest.keyClick(photo, Qt.Key.Key_Z)
    assert photo.zoom.to_widget(320, 240) == pytest.approx((photo.width() / 2, photo.height() / 2))


def test_a_drawn_box_is_a_thing_at_once_and_its_class_is_typed(side, window, qtbot):
    QTest.keyClick(side.photo, Qt.Key.Key_B)
    assert side.photo.tool_name == "box"
    drag(side.photo, at(side, (380, 200)), at(side, (470, 390)))
    assert "thing" in window.session.scene.objects
    agree(window, "thing")
    picker = side._picker
    qtbot.waitUntil(lambda: "couch" in picker.names()[:6])
    assert picker.names()[0] in ("chair", "dog")
    QTest.keyClicks(picker.search, "person")
    QTest.keyClick(picker.search, Qt.Key.Key_Return)
    made = agree(window, "thing")
    assert (made.label, made.category) == ("person", "person")
    assert made.size[2] == pytest.approx(1.7, abs=0.7)


def test_masks_are_painted_erased_filled_and_cut_out(side, window, qtbot):
    document = window.session.document
    document.select(("t0",))
    QTest.keyClick(side.photo, Qt.Key.Key_Y)
    drag(side.photo, at(side, (100, 200)), at(side, (160, 200)))
    painted = decode_mask(document.committed.objects["t0"].mask)
    assert painted[200, 130] and not painted[300, 130]
    drag(side.photo, at(side, (120, 200)), at(side, (140, 200)), ALT)
    assert not decode_mask(document.committed.objects["t0"].mask)[200, 130]
    QTest.keyClick(side.photo, Qt.Key.Key_Y, ALT)
    for corner in ((200, 100), (260, 100), (260, 160)):
        QTest.mouseClick(side.photo, Qt.MouseButton.LeftButton, NONE, at(side, corner).toPoint())
    QTest.keyClick(side.photo, Qt.Key.Key_Return)
    assert decode_mask(document.committed.objects["t0"].mask)[110, 250]
    QTest.mouseClick(side.cut_out, Qt.MouseButton.LeftButton)
    box = projected_box(CAMERA, document.committed.objects["t0"])
    middle = round((box[1] + box[3]) / 2), round((box[0] + box[2]) / 2)
    qtbot.waitUntil(lambda: bool(decode_mask(document.committed.objects["t0"].mask)[middle]))


def test_dragging_the_horizon_corrects_the_camera_and_keeps_the_photo_boxes(side, window):
    document = window.session.document
    boxes = {key: one.photo_box for key, one in document.committed.objects.items()}
    QTest.keyClick(side.photo, Qt.Key.Key_I)
    assert side.lens.isVisible()
    point = side.photo.tool.points()[0][2]
    drag(side.photo, at(side, point), at(side, np.add(point, (0, 14))))
    corrected = document.committed
    assert corrected.camera != CAMERA and corrected.camera.position == CAMERA.position
    for key, box in boxes.items():
        agree(window, key)
        assert corrected.objects[key].photo_box == pytest.approx(box)
    side.lens.keep.setCurrentIndex(1)
    place = document.committed.objects["t0"].center
    side.lens.focal.setValue(30.0)
    assert document.committed.camera.focal_mm == pytest.approx(30.0, abs=0.1)
    assert document.committed.objects["t0"].center == place


def test_a_known_height_rescales_everything(side, window):
    document = window.session.document
    document.select(("t0",))
    side.photo.take_tool("camera")
    side.lens.length.setValue(2.0)
    QTest.mouseClick(side.lens.scale, Qt.MouseButton.LeftButton)
    assert document.committed.objects["t0"].size[2] == pytest.approx(2.0)
    assert document.committed.camera.position[2] == pytest.approx(3.4)
    agree(window)
    agree(window, "t1")


def test_relating_takes_a_key_two_clicks_and_a_digit(side, window, monkeypatch):
    middles = [
        at(side, np.mean([o.photo_box[:2], o.photo_box[2:]], axis=0)).toPoint()
        for o in window.session.scene.objects.values()
    ]
    before = window.session.scene.objects
    QTest.keyClick(side.photo, Qt.Key.Key_G)
    for middle in middles:
        QTest.mouseClick(side.photo, Qt.MouseButton.LeftButton, NONE, middle)
    assert side.predicates.isVisible()
    QTest.keyClick(side.predicates, Qt.Key.Key_8)
    said = window.session.document.committed.relations[-1]
    assert (said.subject, said.predicate, said.object) == ("t0", Predicate.LEFT_OF, "t1")
    assert window.session.scene.objects == before  # what is seen is told, nothing is moved
    for middle in middles[::-1]:
        QTest.mouseClick(side.photo, Qt.MouseButton.LeftButton, NONE, middle)
    monkeypatch.setattr(QInputDialog, "getText", lambda *rest: ("on top of", True))
    QTest.keyClick(side.predicates, Qt.Key.Key_T)
    said = window.session.document.committed.relations[-1]
    assert (said.subject, said.predicate, said.text) == ("t1", Predicate.ON, "on top of")


def test_strips_pull_sides_move_and_turn(side, window):
    document = window.session.document
    document.select(("t0",))
    before = document.committed.objects["t0"]
    top = side.strips.views["Top"]
    places = {(kind, pull.signs): point for kind, pull, point in top.handles(before)}
    drag(top, places["pull", (1, 0, 0)], places["pull", (1, 0, 0)] + QPointF(10, 0))
    wider = agree(window)
    assert wider.size[0] > before.size[0] and wider.size[1:] == before.size[1:]
    places = {(kind, pull.signs): point for kind, pull, point in top.handles(wider)}
    drag(top, places["turn", (0, 0, 0)], places["turn", (0, 0, 0)] + QPointF(25, -10))
    assert document.committed.objects["t0"].yaw != wider.yaw
    front = side.strips.views["Front"]
    middle = QPointF(front.width() / 2.0, front.height() / 2.0)
    height = document.committed.objects["t0"].center[2]
    drag(front, middle, middle - QPointF(0, 8))
    assert document.committed.objects["t0"].center[2] > height


def test_splitting_merging_and_flags_by_key(side, window):
    document = window.session.document
    document.select(("t0",))
    QTest.keyClick(side.photo, Qt.Key.Key_S, SHIFT)
    assert len(document.committed.objects) == 3 and len(document.selection) == 2
    QTest.keyClick(side.photo, Qt.Key.Key_M, SHIFT)
    assert len(document.committed.objects) == 2
    agree(window)
    QTest.keyClick(side.photo, Qt.Key.Key_T)
    QTest.keyClick(side.photo, Qt.Key.Key_O)
    done = document.committed.objects["t0"]
    assert done.truncated and done.occluded


@pytest.fixture
def library_of_three(window, app, tmp_path, qtbot):
    """Three photos of a library, the first open in Annotate with five things."""
    folder = tmp_path / "photos"
    folder.mkdir()
    paths = [photo_file(folder / f"{name}.png", shade) for name, shade in (("a", 90), ("b", 110), ("c", 130))]
    with Library.open(home=app.home) as library:
        scan_all(library, [add_folder(library, folder)])
        for path in paths:
            row = library.by_path(path)
            library.put_scene(row.id, scene_of(row.path, 5), "SD3 Studio")
            library.set_state(row.id, "parsed", "SD3 Studio")
        first = library.by_path(paths[0]).id
    app.settings = app.settings.replace(annotating=app.settings.annotating.replace(annotator="Mia"))
    window.workspaces.go("annotate")
    side = window.workspaces.widget("annotate")
    side.review.open(first)
    qtbot.waitUntil(lambda: len(window.review_panel.items) > 5)
    return side


def test_a_photo_with_five_things_is_corrected_without_the_mouse(library_of_three, window, qtbot):
    side, document = library_of_three, window.session.document
    photo = side.photo
    photo.setFocus()
    qtbot.waitUntil(photo.hasFocus)
    panel = window.review_panel
    assert [item.ids[0] for item in panel.items[:5]] == ["t4", "t3", "t2", "t1", "t0"]  # doubtful ones first
    QTest.keyClick(photo, Qt.Key.Key_J)  # the bench: it is a couch, farther left and taller
    assert document.selection == ("t4",)
    QTest.keyClick(photo, Qt.Key.Key_K)
    QTest.keyClicks(side._picker.search, "couch")
    QTest.keyClick(side._picker.search, Qt.Key.Key_Return)
    before = document.committed.objects["t4"]
    QTest.keyClick(photo, Qt.Key.Key_Left)
    QTest.keyClick(photo, Qt.Key.Key_Up, ALT)
    QTest.keyClick(photo, Qt.Key.Key_BracketLeft)
    QTest.keyClick(photo, Qt.Key.Key_T)
    QTest.keyClick(photo, Qt.Key.Key_Return)  # right now: the next one is marked
    done = agree(window, "t4")
    assert (done.label, done.truncated, done.checked) == ("couch", True, True)
    assert done.center[0] == pytest.approx(before.center[0] - 0.1)
    assert done.size[2] == pytest.approx(before.size[2] + 0.05)
    assert done.yaw == pytest.approx(before.yaw + math.pi / 12)
    assert document.selection == ("t3",)
    QTest.keyClick(photo, Qt.Key.Key_Backspace)  # no person there
    assert "t3" not in document.committed.objects
    for _ in range(3):
        QTest.keyClick(photo, Qt.Key.Key_Return)
    assert all(one.checked for one in document.committed.objects.values())
    assert panel.marked().suggestion.relation.predicate is Predicate.BEHIND
    QTest.keyClick(photo, Qt.Key.Key_Backspace)  # the parser was wrong
    assert document.committed.rejected[0].predicate is Predicate.BEHIND
    QTest.keyClick(photo, Qt.Key.Key_B, SHIFT)  # a thing that is missing
    QTest.keyClicks(side._picker.search, "clock")
    QTest.keyClick(side._picker.search, Qt.Key.Key_Return)
    assert agree(window, "thing").label == "clock"
    QTest.keyClick(window, Qt.Key.Key_K, CTRL | ALT)
    assert side.review.state() == "checked"
    first, scene = side.review.photo_id, document.committed
    QTest.keyClick(window, Qt.Key.Key_D, CTRL | SHIFT)
    assert side.review.photo_id != first and "t3" in document.committed.objects
    with Library.open(home=window.app.home) as library:
        assert library.scene_of(first) == scene
        events = library.history(first)
        assert {event.author for event in events if event.what in ("scene", "state")} >= {"Mia"}


def test_photos_are_gone_through_by_keys_and_changes_are_kept(library_of_three, window, qtbot):
    side, document = library_of_three, window.session.document
    first = side.review.photo_id
    document.select(("t0",))
    QTest.keyClick(side.photo, Qt.Key.Key_Right)
    moved = document.committed
    QTest.keyClick(side.photo, Qt.Key.Key_D)
    assert side.review.photo_id != first and document.committed.objects != moved.objects
    assert side.film.count() == 3 and side.film.currentRow() == 1
    QTest.keyClick(side.photo, Qt.Key.Key_A)
    assert side.review.photo_id == first and document.committed == moved
    assert side.review.state() == "in work"
    assert document.author == "Mia"


def test_comments_tell_who_wrote_them(library_of_three, window, qtbot):
    window.session.document.select(("t1",))
    QTest.keyClick(window, Qt.Key.Key_C, CTRL | ALT)
    qtbot.waitUntil(window.review_panel.comment.hasFocus)
    QTest.keyClicks(window.review_panel.comment, "a wolf?")
    QTest.keyClick(window.review_panel.comment, Qt.Key.Key_Return)
    comment = window.session.document.committed.comments[0]
    assert (comment.about, comment.author, comment.text) == ("t1", "Mia", "a wolf?")


def test_two_annotators_are_compared_and_decided_between(library_of_three, window, qtbot):
    document, panel = window.session.document, window.compare_panel
    mine = document.committed
    window.docks["compare"].raise_()
    other = mine.with_objects(mine.objects["t0"].replace(label="stool", center=(-1.4, 0.3, 0.5)))
    panel.show_other(other, "another")
    panel.show_scene(mine)
    assert panel.numbers["class_kappa"].text() not in ("—", "1.00")
    assert [item.kind for item in panel.items] == ["changed"]
    panel.list.setCurrentRow(0)
    assert document.selection == ("t0",)
    QTest.mouseClick(panel.take, Qt.MouseButton.LeftButton)
    assert document.committed.objects["t0"].label == "stool"
    qtbot.waitUntil(lambda: not panel.items)


def test_leaving_annotate_stores_the_scene_and_ends_following(library_of_three, window):
    side, document = library_of_three, window.session.document
    document.select(("t0",))
    QTest.keyClick(side.photo, Qt.Key.Key_Right)
    window.workspaces.go("compose")
    assert document.follow is None
    with Library.open(home=window.app.home) as library:
        assert library.scene_of(side.review.photo_id) == document.committed


def test_the_photo_stands_beside_the_view_alone_or_under_it(side, window):
    QTest.keyClick(side.photo, Qt.Key.Key_V, SHIFT)
    assert side.photo.isVisible() and not window.view.isVisible()
    QTest.keyClick(side.photo, Qt.Key.Key_V, SHIFT)
    assert not side.photo.isVisible() and window.view.isVisible() and window.view.through_camera
    window.commands.actions["annotate.layout"].trigger()
    assert side.photo.isVisible() and window.view.isVisible()
    QTest.keyClick(side.photo, Qt.Key.Key_V, SHIFT)
    window.workspaces.go("compose")
    assert window.view.isVisible() and not side.isVisible()


def test_annotators_are_scored_on_the_ground_truth_sample(library_of_three, window, app):
    side, panel = library_of_three, window.compare_panel
    window.docks["compare"].raise_()
    side._on_score()
    assert "Name the expert" in panel.scores.text()
    app.settings = app.settings.replace(annotating=app.settings.annotating.replace(expert="Eva"))
    with Library.open(home=app.home) as library:
        (photo,) = side.review._sample
        scene = library.scene_of(photo)
        library.put_scene(photo, scene.with_objects(scene.objects["t0"].replace(label="stool")), "Eva")
    side._on_score()
    assert "SD3 Studio: 1 photos, overlap 1.00" in panel.scores.text()
    assert side.review.scores()["SD3 Studio"].class_kappa < 1.0


def test_the_photo_box_is_moved_and_stretched_by_keys(side, window):
    window.session.document.select(("t0",))
    x0, y0, x1, y1 = window.session.scene.objects["t0"].photo_box
    QTest.keyClick(side.photo, Qt.Key.Key_Right, CTRL)
    assert agree(window).photo_box == pytest.approx((x0 + 2, y0, x1 + 2, y1), abs=0.2)
    QTest.keyClick(side.photo, Qt.Key.Key_Down, CTRL | SHIFT)
    assert agree(window).photo_box == pytest.approx((x0 + 2, y0, x1 + 2, y1 + 2), abs=0.4)


def test_what_the_library_keeps_is_not_asked_for(library_of_three, window, monkeypatch):
    asked = []
    monkeypatch.setattr(QMessageBox, "question", lambda *rest: asked.append(rest))
    window.session.document.select(("t0",))
    QTest.keyClick(library_of_three.photo, Qt.Key.Key_Right)
    assert not window.session.is_saved
    assert type(window).may_lose_changes(window) and not asked  # the fixture answers for the window itself
    with Library.open(home=window.app.home) as library:
        assert library.scene_of(library_of_three.review.photo_id) == window.session.document.committed


def test_flags_are_set_by_check_boxes(side, window):
    window.session.document.select(("t0",))
    inspector = window.inspector
    for box, name in (
        (inspector.truncated, "truncated"),
        (inspector.occluded, "occluded"),
        (inspector.checked, "checked"),
    ):
        box.click()
        assert getattr(window.session.document.committed.objects["t0"], name) and box.isChecked()
    QTest.keyClick(side.photo, Qt.Key.Key_T)
    assert not inspector.truncated.isChecked()


def test_what_was_corrected_before_a_crash_is_stored_after_it(library_of_three, window):
    """The recovered document has the steps since the photo was opened; nothing of them is in the library yet."""
    side, document = library_of_three, window.session.document
    opened = document.committed
    moved = opened.with_objects(opened.objects["t0"].replace(label="wolf"))
    side.review.photo_id = None  # as at a start
    document.restore([Step("Open", opened), Step("Rename", moved)], 1)
    side.review.look()
    assert side.review.has_changes()
    window.workspaces.go("compose")
    with Library.open(home=window.app.home) as library:
        assert library.scene_of(side.review.photo_id) == moved
