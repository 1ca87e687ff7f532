"""Several objects in the window: clipboard, lining up, groups, the room builder, by real events."""

import math

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

from sd3studio.core.edits import AddObjects
from sd3studio.core.rooms import Room, grouped, outdoors
from sd3studio.core.scene import Scene, SceneObject
from sd3studio.render.stuff import stuff_look
from sd3studio.ui.room_builder import FLOORS, GROUNDS, WALLS, RoomBuilder
from sd3studio.ui.room_plan import RoomPlan
from sd3studio.ui.room_preview import RoomPreview, camera_from_above

pytestmark = pytest.mark.gl
LEFT, NONE = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton


def box(key, x, y=0.0, size=0.5):
    return SceneObject(id=key, label=key, center=(x, y, size / 2), size=(size, size, size))


@pytest.fixture
def window(window):
    """The window with three boxes in a row."""
    window.session.document.open(Scene.of([box("a", -2.0, 0.3), box("b", 0.4, -0.2), box("c", 2.0, 0.1)]))
    window.view.setFocus()
    return window


def committed(window):
    return window.session.document.committed


def test_cut_and_paste_bring_objects_to_another_scene_under_the_mouse(window, monkeypatch):
    window.session.document.select(("a", "b"))
    QTest.keyClick(window, Qt.Key.Key_X, Qt.KeyboardModifier.ControlModifier)
    assert set(committed(window).objects) == {"c"}
    window.session.document.open(Scene.of([box("a", 5.0)]))
    monkeypatch.setattr(window.view, "underMouse", lambda: True)
    pixel, _ = window.view.camera.project((1.0, 0.5, 0.0))
    window.view.overlay.state.cursor_px = tuple(pixel)
    QTest.keyClick(window, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    objects = committed(window).objects
    assert set(objects) == {"a", "a-2", "b"}
    assert objects["b"].center[0] - objects["a-2"].center[0] == pytest.approx(2.4)
    middle = (objects["b"].center[0] + objects["a-2"].center[0]) / 2
    assert middle == pytest.approx(1.0, abs=0.02)
    assert set(window.session.document.selection) == {"a-2", "b"}
    window.commands.actions["edit.undo"].trigger()
    assert set(committed(window).objects) == {"a"}


def test_other_text_on_the_clipboard_is_said_and_changes_nothing(window):
    QGuiApplication.clipboard().setText("just words")
    before = committed(window)
    window.commands.actions["edit.paste"].trigger()
    assert committed(window) is before
    assert any("clipboard" in text for text in window.notices.texts())


def test_buttons_line_up_and_space_what_is_selected(window):
    window.docks["object"].raise_()
    window.session.document.select(("a", "b", "c"))
    buttons = window.inspector.arrange.buttons
    QTest.mouseClick(buttons["align-front"], LEFT)
    assert [thing.center[1] for thing in committed(window).objects.values()] == pytest.approx([-0.2] * 3)
    QTest.mouseClick(buttons["distribute-across-gaps"], LEFT)
    assert committed(window).objects["b"].center[0] == pytest.approx(0.0)
    assert window.session.document.undo_label == "Distribute"
    window.session.document.select(("a", "b"))
    assert not buttons["distribute-up-gaps"].isEnabled() and buttons["align-top"].isEnabled()


def test_group_is_selected_dragged_as_one_and_dissolved(window):
    window.session.document.select(("a", "b"))
    window.arranging.group("row of boxes")
    assert window.session.document.selection == ("row-of-boxes",)
    assert window.view.overlay.state.gizmo is not None
    assert set(window.view.overlay.state.gizmo.ids) == {"a", "b"}
    window.commands.actions["arrange.ungroup"].trigger()
    assert set(committed(window).objects) == {"a", "b", "c"}
    assert set(window.session.document.selection) == {"a", "b"}


def test_bookmarks_in_the_camera_panel_go_and_delete(window):
    panel = window.camera_panel.bookmarks
    window.viewing.add_bookmark("one")
    first = committed(window).camera
    window.editing.set_camera(first.replace(position=(3.0, -3.0, 2.0)))
    panel.list.setCurrentRow(0)
    QTest.mouseClick(panel.go, LEFT)
    assert committed(window).camera == first
    panel.list.setFocus()
    QTest.keyClick(panel, Qt.Key.Key_Delete)
    assert committed(window).bookmarks == () and panel.name() == ""


def test_a_bookmark_is_renamed_in_the_list_unless_the_name_is_taken(window, qtbot):
    panel = window.camera_panel.bookmarks
    window.docks["camera"].raise_()
    window.viewing.add_bookmark("one")
    window.viewing.add_bookmark("two")
    panel.list.setCurrentRow(0)
    for typed in ("door", "two"):
        QTest.mouseClick(panel.rename, LEFT)
        editor = panel.list.findChild(QLineEdit)
        editor.setText(typed)
        QTest.keyClick(editor, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: panel.list.findChild(QLineEdit) is None)
        assert [one.name for one in committed(window).bookmarks] == ["door", "two"]
        assert panel.name() == "door" and panel.list.count() == 2
    assert any("already a camera bookmark" in text for text in window.notices.texts())


def test_focal_length_and_field_of_view_follow_each_other(window):
    panel = window.camera_panel
    panel.focal.setValue(24.0)
    assert panel.field_of_view.value() == pytest.approx(53.1)
    panel.field_of_view.setValue(90.0)
    assert panel.focal.value() == pytest.approx(12.0)


def send(widget, kind, place, buttons, keys=Qt.KeyboardModifier.NoModifier):
    button = NONE if kind == QEvent.Type.MouseMove else LEFT
    QApplication.sendEvent(widget, QMouseEvent(kind, place, widget.mapToGlobal(place), button, buttons, keys))


def drag_plan(plan, start, end):
    send(plan, QEvent.Type.MouseButtonPress, start, LEFT)
    for share in (0.5, 1.0):
        send(plan, QEvent.Type.MouseMove, start + (end - start) * share, LEFT)
    send(plan, QEvent.Type.MouseButtonRelease, end, NONE)


def test_plan_shows_from_above_what_stands_there(qtbot):
    sofa = SceneObject(id="sofa", label="sofa", center=(0.5, 0.2, 0.4), size=(2.0, 0.8, 0.8))
    dialogs = [RoomBuilder(scene) for scene in (Scene(), Scene.of([sofa]))]
    for dialog in dialogs:
        qtbot.addWidget(dialog)
        dialog.plan.resize(460, 400)
    empty, filled = (dialog.plan.grab().toImage() for dialog in dialogs)
    for side in ((-0.5, 0.1), (1.5, 0.1), (0.2, -0.2), (0.2, 0.6)):
        x, y = (round(value) for value in dialogs[1].plan.at(side).toTuple())
        near = [(x + i, y + j) for i in range(-2, 3) for j in range(-2, 3)]
        assert any(empty.pixel(*place) != filled.pixel(*place) for place in near)


def test_room_is_planned_with_mouse_and_numbers_previewed_and_built(window, qtbot):
    window.files.new()
    dialog = RoomBuilder(committed(window), window)
    qtbot.addWidget(dialog)
    dialog.preview_requested.connect(window.arranging._preview_room)
    dialog.room_requested.connect(window.arranging.build_room)
    dialog.show()
    dialog.plan.grab()  # painted once: the plan knows its scale
    assert committed(window).objects == {}
    QTest.mouseClick(dialog.add_buttons["door"], LEFT)
    dialog.left_m.setValue(1.0)
    assert any(thing.label == "door" for thing in window.session.scene.objects.values())  # seen already
    plan = dialog.plan
    wall = plan.at((2.0, 0.9))
    drag_plan(plan, wall, wall + QPointF(0.5 * plan._scale, 0.0))
    assert dialog.width_m.value() == pytest.approx(4.5)
    QTest.mouseClick(dialog.build, LEFT)
    things = committed(window).objects
    door = next(thing for thing in things.values() if thing.label == "door")
    assert door.center[0] == pytest.approx(-1.0)
    assert things["room"].kind == "concept" and door.parent == "room"
    window.commands.actions["edit.undo"].trigger()
    assert committed(window).objects == {}


def test_room_builder_shows_how_the_room_will_look_from_its_opening_to_its_end(window, qtbot):
    window.files.new()
    seen = []

    def plan_a_door(dialog):
        preview = dialog.findChild(RoomPreview)
        qtbot.waitUntil(lambda: not preview.pixmap().isNull(), timeout=5_000)
        seen.append(preview.pixmap().toImage())
        QTest.mouseClick(dialog.add_buttons["door"], LEFT)
        qtbot.waitUntil(lambda: preview.pixmap().toImage() != seen[0], timeout=5_000)
        assert not preview.grab().toImage().isNull() and preview.geometry().top() > dialog.plan.geometry().bottom()
        dialog.reject()

    QTimer.singleShot(50, lambda: plan_a_door(QApplication.activeModalWidget()))
    window.arranging.show_room_builder()
    assert seen and window.session.scene.objects == {} and committed(window).objects == {}


def test_the_camera_of_the_preview_sees_the_room_and_not_all_the_ground():
    room = AddObjects(grouped(Scene(), Room.rectangle(4.0, 3.0))).apply(Scene())
    outside = AddObjects((outdoors(room, "grass", 40.0, 40.0),)).apply(room)
    cameras = [camera_from_above(scene, 300, 200) for scene in (room, outside)]
    assert cameras[0] == cameras[1]
    pixels, _ = cameras[0].project([(x, y, z) for x in (-2, 2) for y in (-1.5, 1.5) for z in (0, 2.6)])
    assert (pixels > 0).all() and (pixels < (300, 200)).all()
    camera_from_above(Scene(), 300, 200)


def test_openings_are_dragged_along_their_wall_only_as_far_as_it_goes(qtbot):
    from sd3studio.core.rooms import Opening

    plan = RoomPlan()
    qtbot.addWidget(plan)
    plan.resize(460, 400)
    plan.show_room(Room.rectangle(4.0, 3.0, openings=(Opening(wall=2, at_m=2.0),)))
    plan.grab()
    middle = plan.at((0.0, 1.5))
    with qtbot.waitSignal(plan.opening_selected):
        drag_plan(plan, middle, middle + QPointF(0.0, 80.0))
    assert plan.room.openings[0].at_m == 2.0
    drag_plan(plan, middle, middle + QPoint(900, 0))
    assert plan.room.openings[0].at_m == pytest.approx(0.475)


def test_a_door_that_is_too_high_is_explained_and_not_built(qtbot):
    dialog = RoomBuilder(Scene())
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.add_buttons["door"].click()
    dialog.height_m.setValue(2.0)
    assert "2.1 m" in dialog.problem.text()
    assert not dialog.build.isEnabled()


@pytest.mark.parametrize("names", [FLOORS, WALLS, GROUNDS])
def test_what_can_be_chosen_looks_different(names):
    looks = {stuff_look(SceneObject(id="x", label=name, kind="stuff")) for name in names}
    assert len(looks) == len(names)


def test_what_is_done_to_a_group_is_done_to_all_in_it_as_one_step(window):
    window.files.new()
    window.arranging.build_room(Room.rectangle(4.0, 3.0), "kitchen")
    built = committed(window)
    walls = [key for key, thing in built.objects.items() if thing.label == "wall"]

    def after(command):
        window.commands.actions[command].trigger()
        found = committed(window)
        window.commands.actions["edit.undo"].trigger()
        assert committed(window) == built
        window.session.document.select(("kitchen",))
        return found.objects

    window.session.document.select(("kitchen",))
    assert after("edit.delete") == {}
    assert len(after("edit.duplicate")) == 2 * len(built.objects)
    assert all(thing.hidden for thing in after("object.hide").values())
    assert all(thing.locked for thing in after("object.lock").values())
    moved = after("object.nudge_right")
    assert all(moved[key].center[0] == pytest.approx(built.objects[key].center[0] + 0.1) for key in walls)


def test_things_drop_together_with_what_stands_on_them(window):
    table = SceneObject(id="table", label="table", center=(0, 0, 1.4), size=(1.4, 0.8, 0.8))
    cup = SceneObject(id="cup", label="cup", center=(0, 0, 1.85), size=(0.1, 0.1, 0.1))
    window.session.document.open(Scene.of([table, cup]))
    for chosen in (("table",), ("table", "cup")):
        window.session.document.select(chosen)
        window.commands.actions["object.drop"].trigger()
        heights = [thing.center[2] for thing in committed(window).objects.values()]
        assert heights == pytest.approx([0.4, 0.85])
        window.commands.actions["edit.undo"].trigger()
        assert committed(window).objects["table"].center[2] == pytest.approx(1.4)


@pytest.mark.parametrize("turned_deg", [0, 30])
def test_a_room_that_was_built_is_opened_again_and_changed_as_one_step(window, monkeypatch, turned_deg):
    window.files.new()
    window.arranging.build_room(Room.rectangle(4.0, 3.0), "kitchen")
    for _ in range(turned_deg // 15):
        window.commands.actions["object.turn_left"].trigger()
    assert window.commands.actions["arrange.change_room"].isEnabled()
    before = committed(window)

    def change(dialog):
        dialog.show()
        assert dialog.name.text() == "kitchen" and dialog.width_m.value() == pytest.approx(4.0)
        assert dialog.plan.turned_deg == pytest.approx(turned_deg)
        dialog.width_m.setValue(5.5)
        wall = max(thing.size[0] for thing in window.session.scene.objects.values() if thing.label == "wall")
        assert wall == pytest.approx(5.5)  # seen already
        QTest.mouseClick(dialog.build, LEFT)

    monkeypatch.setattr(RoomBuilder, "exec", change)
    window.commands.actions["arrange.change_room"].trigger()
    things = committed(window).objects
    assert set(things) == set(before.objects)
    floor = next(thing for thing in things.values() if thing.label == "floor")
    assert max(floor.size) == pytest.approx(5.5) and math.degrees(floor.yaw) == pytest.approx(turned_deg)
    window.commands.actions["edit.undo"].trigger()
    assert committed(window) == before


def test_a_picture_hangs_on_its_wall_while_the_room_is_made_wider_and_after(window, monkeypatch):
    window.files.new()
    window.arranging.build_room(Room.rectangle(4.0, 3.0), "kitchen")
    turned = math.pi / 2.0
    picture = SceneObject(id="picture", label="picture", center=(1.97, 0.3, 1.5), size=(0.6, 0.04, 0.5), yaw=turned)
    window.editing.apply(AddObjects((picture,)))
    window.session.document.select(("kitchen",))
    before = committed(window)

    def change(dialog):
        dialog.show()
        dialog.width_m.setValue(6.0)
        assert window.session.scene.objects["picture"].center == pytest.approx((2.97, 0.3, 1.5))  # seen already
        QTest.mouseClick(dialog.build, LEFT)

    monkeypatch.setattr(RoomBuilder, "exec", change)
    window.commands.actions["arrange.change_room"].trigger()
    assert committed(window).objects["picture"].center == pytest.approx((2.97, 0.3, 1.5))
    window.commands.actions["edit.undo"].trigger()
    assert committed(window) == before
