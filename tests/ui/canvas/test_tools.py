"""The tools without a window: presses, moves and releases against a canvas that only remembers."""

import math

import numpy as np
import pytest

from sd3studio.core.scene import Camera
from sd3studio.ui.canvas.tools.base import Feedback, PointerEvent
from sd3studio.ui.canvas.tools.gizmo import LENGTH_PX, gizmo_of
from sd3studio.ui.canvas.tools.moving import MoveDrag
from tests.ui.canvas.fake_canvas import CAMERA, FakeCanvas, at, drag


@pytest.fixture
def canvas():
    return FakeCanvas()


def test_click_selects_what_is_under_the_cursor(canvas):
    tool = drag(canvas, at((0, -0.4, 0.4)))
    tool.release(at((0, -0.4, 0.4)))
    assert canvas.document.selection == ("table",)
    assert not canvas.document.can_undo


def test_shift_click_adds_and_takes_away(canvas):
    for expected in (("table",), ()):
        event = at((0, -0.4, 0.4), shift=True)
        drag(canvas, event).release(event)
        assert canvas.document.selection == expected


def test_click_on_nothing_deselects(canvas):
    canvas.document.select(("table",))
    event = PointerEvent((5.0, 5.0), CAMERA)
    drag(canvas, event).release(event)
    assert canvas.document.selection == ()


def test_drag_follows_the_cursor_over_the_ground_and_carries_what_stands_on_it(canvas):
    before = canvas.document.scene
    grabbed = np.array([0.2, -0.4, 0.3])
    goal = grabbed + np.array([0.7, 0.5, 0.0])
    tool = drag(canvas, at(grabbed), at(grabbed + np.array([0.2, 0.1, 0])), at(goal))
    assert canvas.document.committed is before
    tool.release(at(goal))
    after = canvas.document.scene
    for key in ("table", "cup"):
        moved = np.subtract(after.objects[key].center, before.objects[key].center)
        assert moved == pytest.approx([0.7, 0.5, 0.0], abs=1e-6)
    assert after.objects["plant"] is before.objects["plant"]
    canvas.document.undo()
    assert canvas.document.scene is before


def test_what_has_the_last_word_corrects_each_step_of_a_drag(canvas):
    def keep_off_the_right(scene):
        table = scene.objects["table"]
        x, y, z = table.center
        return scene.with_objects(table.replace(center=(min(x, 0.3), y, z)))

    canvas.corrections["table", "cup"] = keep_off_the_right
    grabbed = np.array([0.0, -0.4, 0.3])
    tool = drag(canvas, at(grabbed), at(grabbed + np.array([0.9, 0.2, 0])))
    assert canvas.document.scene.objects["table"].center == pytest.approx((0.3, 0.2, 0.4))
    assert canvas.feedback.readout == "x +0.30   y +0.20 m   held by what is kept"
    tool.move(at(grabbed + np.array([0.2, 0.2, 0])))
    assert canvas.feedback.readout == "x +0.20   y +0.20 m"
    tool.move(at(grabbed + np.array([0.9, 0.2, 0])))
    tool.release(at(grabbed))
    assert canvas.document.committed.objects["table"].center == pytest.approx((0.3, 0.2, 0.4))
    assert canvas.document.undo_label == "Move"


def test_escape_gives_the_drag_up(canvas):
    before = canvas.document.scene
    tool = drag(canvas, at((0, -0.4, 0.4)), at((1, 1, 0.4)))
    assert canvas.document.scene != before
    assert tool.cancel()
    assert canvas.document.scene is before
    assert not canvas.document.can_undo
    assert canvas.feedback == Feedback()


def test_a_tiny_movement_is_a_click(canvas):
    tool = drag(canvas, at((0, -0.4, 0.4)), at((0, -0.4, 0.4), dx=2.0))
    tool.release(at((0, -0.4, 0.4), dx=2.0))
    assert not canvas.document.can_undo


def test_ctrl_snaps_to_the_step(canvas):
    grabbed = np.array([0.0, -0.4, 0.3])
    drag(canvas, at(grabbed), at(grabbed + np.array([0.237, 0.161, 0]), ctrl=True)).release(at(grabbed))
    center = canvas.document.scene.objects["table"].center
    assert center[:2] == pytest.approx([0.2, 0.2], abs=1e-9)


def test_shift_goes_a_tenth_of_the_way(canvas):
    grabbed = np.array([0.0, -0.4, 0.3])
    tool = drag(canvas, at(grabbed))
    tool.move(at(grabbed + np.array([1.0, 0, 0]), shift=True))
    assert canvas.document.scene.objects["table"].center[0] == pytest.approx(0.1, abs=1e-6)


def test_locked_objects_are_not_dragged(canvas):
    drag(canvas, at((2, 0.8, 0.5)), at((1, 0, 0.5))).release(at((1, 0, 0.5)))
    assert canvas.document.selection == ("plant",)
    assert not canvas.document.can_undo


def test_drag_from_nothing_selects_with_a_rectangle(canvas):
    tool = drag(canvas, PointerEvent((10.0, 590.0), CAMERA), PointerEvent((790.0, 10.0), CAMERA))
    assert canvas.feedback.marquee_px == (10.0, 10.0, 790.0, 590.0)
    tool.release(PointerEvent((790.0, 10.0), CAMERA))
    assert set(canvas.document.selection) == {"table", "cup", "plant"}


def test_marquee_given_up_restores_the_selection(canvas):
    canvas.document.select(("cup",))
    tool = drag(canvas, PointerEvent((10.0, 590.0), CAMERA), PointerEvent((790.0, 10.0), CAMERA))
    tool.cancel()
    assert canvas.document.selection == ("cup",)


def gizmo_for(canvas, mode, local=False):
    canvas.document.select(("table",))
    return gizmo_of([canvas.document.scene.objects["table"]], CAMERA, mode, local)


def test_gizmo_has_the_same_size_near_and_far(canvas):
    table = canvas.document.scene.objects["table"]
    for distance in (3.0, 30.0):
        camera = Camera(position=(0, -distance, 0.3), target=(0, 0, 0), width=800, height=600)
        gizmo = gizmo_of([table], camera, "move", False)
        arrow = next(handle for handle in gizmo.handles if handle.axis == "x")
        assert math.dist(arrow.tip_px, gizmo.origin_px) == pytest.approx(LENGTH_PX, rel=0.02)


@pytest.mark.parametrize(("axis", "moved"), [("x", 0), ("y", 1), ("z", 2)])
def test_arrow_moves_along_its_axis_only(canvas, axis, moved):
    gizmo = gizmo_for(canvas, "move")
    arrow = next(handle for handle in gizmo.handles if handle.axis == axis)
    start = PointerEvent(arrow.tip_px, CAMERA)
    direction = np.subtract(arrow.tip_px, gizmo.origin_px)
    far = PointerEvent(tuple(arrow.tip_px + direction * 0.7), CAMERA)
    drag(canvas, start, far, gizmo=gizmo).release(far)
    change = np.subtract(canvas.document.scene.objects["table"].center, (0, 0, 0.4))
    assert change[moved] > 0.05
    assert np.delete(change, moved) == pytest.approx([0, 0], abs=1e-9)


def test_ring_turns_about_the_middle(canvas):
    gizmo = gizmo_for(canvas, "turn")
    ring = next(handle for handle in gizmo.handles if handle.kind == "ring" and handle.axis == "z")
    start = PointerEvent(tuple(ring.points_px[0]), CAMERA)
    quarter = PointerEvent(tuple(ring.points_px[16]), CAMERA)
    drag(canvas, start, quarter, gizmo=gizmo).release(quarter)
    table, cup = (canvas.document.scene.objects[key] for key in ("table", "cup"))
    assert table.yaw == pytest.approx(math.pi / 2, abs=0.02)
    assert cup.center[:2] == pytest.approx([0.0, 0.3], abs=0.01)


def test_scale_box_changes_one_side_and_keeps_the_base(canvas):
    gizmo = gizmo_for(canvas, "scale")
    box = next(handle for handle in gizmo.handles if handle.axis == "z")
    start = PointerEvent(box.tip_px, CAMERA)
    far = PointerEvent(tuple(gizmo.origin_px + 2.0 * np.subtract(box.tip_px, gizmo.origin_px)), CAMERA)
    drag(canvas, start, far, gizmo=gizmo).release(far)
    table = canvas.document.scene.objects["table"]
    assert table.size == pytest.approx((1.4, 0.8, 1.6), rel=0.02)
    assert table.center[2] - table.size[2] / 2 == pytest.approx(0.0, abs=1e-9)


def test_no_gizmo_for_locked_things(canvas):
    assert gizmo_of([canvas.document.scene.objects["plant"]], CAMERA, "move", False) is None


def test_errors_of_a_drag_never_add_up(canvas):
    before = canvas.document.scene
    start = at((0, -0.4, 0.4))
    tool = MoveDrag(canvas, ["table"], "xy", np.array([0, -0.4, 0.4]), start)
    rng = np.random.default_rng(1)
    for _ in range(200):
        tool.move(at(np.append(rng.uniform(-2, 2, 2), 0.4)))
    tool.move(start)
    center = canvas.document.scene.objects["table"].center
    assert center == pytest.approx(before.objects["table"].center, abs=1e-9)


def test_a_drag_near_the_horizon_does_not_run_away():
    low = Camera(position=(0, -6, 0.9), target=(0, 0, 0.7), width=800, height=600)
    canvas = FakeCanvas()
    grabbed = np.array([0.0, -0.4, 0.75])
    pixel, _ = low.project(grabbed)
    start = PointerEvent((float(pixel[0]), float(pixel[1])), low)
    tool = MoveDrag(canvas, ["table"], "xy", grabbed, start)
    tool.move(PointerEvent((start.position_px[0] + 30.0, start.position_px[1] - 20.0), low))
    x, y, z = np.subtract(canvas.document.scene.objects["table"].center, (0, 0, 0.4))
    metres_a_px = 5.6 / low.focal_px
    assert x == pytest.approx(30.0 * metres_a_px, rel=0.02)
    assert 20.0 * metres_a_px < y < 4.0 * 20.0 * metres_a_px
    assert z == pytest.approx(0.0, abs=1e-12)
