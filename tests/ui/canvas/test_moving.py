"""Moving without a window: locks, typed numbers, steps, magnetism, gizmo planes, groups."""

import math

import numpy as np
import pytest

from sd3studio.core.edits import AddObjects, GroupUnderConcept, SetBox
from sd3studio.core.scene import Camera, SceneObject
from sd3studio.ui.canvas.navigation import Orbit
from sd3studio.ui.canvas.tools.base import PointerEvent
from sd3studio.ui.canvas.tools.gizmo import gizmo_of
from sd3studio.ui.canvas.tools.pointer import PointerTool
from tests.ui.canvas.fake_canvas import CAMERA, FakeCanvas, at, drag

GRABBED = np.array([0.0, -0.4, 0.3])
START = (0.0, 0.0, 0.4)


@pytest.fixture
def canvas():
    return FakeCanvas()


def center(canvas, key="table"):
    return canvas.document.scene.objects[key].center


def dragged(canvas, by, keys="", **held):
    """The pointer tool in a drag of the table by `by`, after typing `keys`."""
    tool = drag(canvas, at(GRABBED), at(GRABBED + np.array(by), **held))
    press(tool, keys)
    return tool


def press(tool, keys):
    for name in keys.split():
        assert tool.key(name.lower(), shift=name.isupper() and len(name) == 1), name


def test_a_key_locks_the_axis_and_pressed_again_lets_go(canvas):
    tool = dragged(canvas, (0.5, 0.3, 0.0), "x")
    assert center(canvas) == pytest.approx((0.5, 0.0, 0.4), abs=0.06)
    assert center(canvas)[1:] == pytest.approx(START[1:])
    assert any(axis == "x" for _, _, axis in canvas.feedback.lines)
    press(tool, "x")
    assert center(canvas) == pytest.approx((0.5, 0.3, 0.4), abs=1e-6)


def test_shift_and_a_key_locks_the_plane_of_the_other_two(canvas):
    dragged(canvas, (0.5, 0.3, 0.0), "Y")
    x, y, z = center(canvas)
    assert x == pytest.approx(0.5, abs=0.1)
    assert y == 0.0
    assert z > 0.45


def test_a_turned_thing_is_locked_to_its_own_axis_at_the_second_press(canvas):
    canvas.document.apply(SetBox("table", START, (1.4, 0.8, 0.8), math.radians(30.0)))
    tool = dragged(canvas, (0.5, 0.1, 0.0))
    free = center(canvas)
    press(tool, "x x")
    x, y, _ = np.subtract(center(canvas), START)
    assert y / x == pytest.approx(math.tan(math.radians(30.0)))
    press(tool, "x")
    assert center(canvas) == pytest.approx(free)


def test_typed_numbers_take_the_place_of_the_mouse(canvas):
    tool = dragged(canvas, (0.5, 0.3, 0.0), "1 . 2 5 tab - 2")
    assert center(canvas) == pytest.approx((1.25, -2.0, 0.4))
    assert "1.25" in canvas.feedback.readout and "-2|" in canvas.feedback.readout
    press(tool, "enter")
    assert canvas.document.committed.objects["table"].center == pytest.approx((1.25, -2.0, 0.4))
    assert center(canvas, "cup")[:2] == pytest.approx((1.55, -2.0))
    tool.move(at((3, 3, 0.3)))  # the button is still down
    tool.release(at((3, 3, 0.3)))
    assert center(canvas) == pytest.approx((1.25, -2.0, 0.4))
    assert canvas.document.position == 1


def test_deleted_digits_give_the_drag_back_to_the_mouse(canvas):
    dragged(canvas, (0.5, 0.3, 0.0), "7 backspace")
    assert center(canvas) == pytest.approx((0.5, 0.3, 0.4), abs=1e-6)


def test_a_number_that_no_scene_can_hold_is_said_and_changes_nothing(canvas):
    tool = dragged(canvas, (0.5, 0.3, 0.0), "7")
    press(tool, "0 0 0 0 0 0 0")
    assert center(canvas)[0] <= 1e5 and "too much" in canvas.feedback.readout
    press(tool, "backspace backspace backspace backspace backspace backspace backspace enter")
    assert center(canvas) == pytest.approx((7.0, 0.0, 0.4))


def test_escape_after_typing_reverts(canvas):
    tool = dragged(canvas, (0.5, 0.3, 0.0), "3")
    assert tool.cancel()
    assert center(canvas) == START
    assert not canvas.document.can_undo


def test_ctrl_and_shift_snap_to_centimetres(canvas):
    dragged(canvas, (0.2374, 0.1612, 0.0), ctrl=True, shift=True)
    assert center(canvas) == pytest.approx((0.24, 0.16, 0.4), abs=1e-9)


def test_a_fine_lift_is_not_held_back_by_the_floor(canvas):
    canvas.magnetism = True
    dragged(canvas, (0.0, 0.0, 0.04), "z")
    assert center(canvas)[2] == pytest.approx(0.4)
    dragged(canvas, (0.0, 0.0, 0.04), "z", shift=True)
    assert 0.4 < center(canvas)[2] < 0.41


def box_beside(canvas, x=1.5, **fields):
    """A second box, its left side at x."""
    box = SceneObject(id="box", label="box", center=(x + 0.3, 0.0, 0.3), size=(0.6, 0.8, 0.6), **fields)
    canvas.document.apply(AddObjects((box,)))
    canvas.magnetism = True


def test_magnetism_puts_sides_together_and_draws_a_guide(canvas):
    box_beside(canvas)
    dragged(canvas, (0.78, 0.3, 0.0))  # the table's right side is at 0.7: 2 cm are missing
    assert center(canvas)[0] == pytest.approx(0.8)
    assert "flush with box" in canvas.feedback.readout
    assert any(axis == "guide" for _, _, axis in canvas.feedback.lines)


@pytest.mark.parametrize("held", [{"alt": True}, {"shift": True}])
def test_a_held_key_suspends_magnetism(canvas, held):
    box_beside(canvas)
    share = 0.1 if "shift" in held else 1.0
    dragged(canvas, (0.78 / share, 0.3 / share, 0.0), **held)
    assert center(canvas)[0] == pytest.approx(0.78, abs=1e-6)


def test_magnetism_that_is_off_does_nothing(canvas):
    box_beside(canvas)
    canvas.magnetism = False
    dragged(canvas, (0.78, 0.3, 0.0))
    assert center(canvas)[0] == pytest.approx(0.78, abs=1e-6)


def test_furniture_dragged_to_a_wall_turns_its_back_to_it_as_one_step(canvas):
    wall = SceneObject(id="wall", label="wall", kind="stuff", center=(0, 2.05, 1.2), size=(6, 0.1, 2.4))
    scene = canvas.document.scene
    canvas.document.open(scene.with_objects(wall, scene.objects["table"].replace(label="couch", yaw=math.pi)))
    canvas.magnetism = True
    tool = dragged(canvas, (0.0, 1.58, 0.0))
    assert "with its back to the wall" in canvas.feedback.readout
    tool.finish()
    couch, cup = (canvas.document.scene.objects[key] for key in ("table", "cup"))
    assert couch.center == pytest.approx((0.0, 1.6, 0.4)) and math.remainder(couch.yaw, math.tau) == pytest.approx(0.0)
    assert cup.center[0] == pytest.approx(-0.3) and canvas.document.undo_label == "Move to the wall"
    canvas.document.undo()
    assert canvas.document.scene.objects["table"].yaw == pytest.approx(math.pi)


def test_small_things_climb_onto_what_is_below_and_back_to_the_floor(canvas):
    box_beside(canvas)
    cup = at((0.3, -0.05, 0.85))
    tool = drag(canvas, cup, at((1.8, -0.05, 0.85)))
    assert center(canvas, "cup")[2] == pytest.approx(0.65, abs=1e-6)
    assert "on the box" in canvas.feedback.readout
    tool.move(at((1.8, 1.2, 0.85)))
    assert center(canvas, "cup")[2] == pytest.approx(0.05, abs=1e-6)


def test_a_lifted_thing_catches_on_the_surface_below(canvas):
    canvas.magnetism = True
    canvas.document.apply(SetBox("cup", (0.3, 0.0, 1.35), (0.1, 0.1, 0.1), 0.0))
    canvas.document.select(("cup",))
    gizmo = gizmo_of([canvas.document.scene.objects["cup"]], CAMERA, "move", False)
    drag(canvas, at((0.3, 0.0, 1.6)), at((0.3, 0.0, 1.12)), gizmo=gizmo)  # 2 cm are missing
    assert center(canvas, "cup")[2] == pytest.approx(0.85, abs=1e-6)


def test_the_plane_handle_moves_in_its_plane_only(canvas):
    canvas.document.select(("table",))
    camera = Camera(position=(4, -6, 3), target=(0, 0, 0.5), width=800, height=600)
    gizmo = gizmo_of([canvas.document.scene.objects["table"]], camera, "move", False)
    handle = next(h for h in gizmo.handles if h.axis == "xz")
    middle = handle.points_px[:4].mean(axis=0)
    tool = PointerTool(canvas)
    tool.press(PointerEvent(tuple(middle), camera), gizmo)
    tool.move(PointerEvent(tuple(np.add(middle, (40.0, -50.0))), camera))
    x, y, z = np.subtract(center(canvas), START)
    assert y == pytest.approx(0.0, abs=1e-9)
    assert abs(x) > 0.05 and z > 0.1


@pytest.mark.parametrize(("azimuth", "kept"), [(0.0, 1), (math.pi / 2, 0)])
def test_in_a_flat_view_things_move_in_the_plane_of_the_view(canvas, azimuth, kept):
    orbit = Orbit((0.0, 0.0, 0.5)).flattened().looking(azimuth, 0.0)
    camera = orbit.camera(800, 600)
    front = (0.2, -0.4, 0.3) if kept == 1 else (0.7, 0.1, 0.3)
    pixel, _ = camera.project(front)
    per_m = float(camera.px_per_m(orbit.back_m))
    start = PointerEvent(tuple(pixel), camera)
    tool = PointerTool(canvas)
    canvas.pick = lambda position_px: "table"
    tool.press(start, None)
    tool.move(PointerEvent((pixel[0] + 0.5 * per_m, pixel[1] - 0.25 * per_m), camera))
    moved = np.subtract(center(canvas), START)
    assert moved[kept] == pytest.approx(0.0, abs=1e-9)
    assert np.delete(moved, kept) == pytest.approx((0.5, 0.25), abs=0.01)


def test_dragging_one_of_a_selected_group_moves_all_of_it(canvas):
    canvas.document.apply(GroupUnderConcept(("table", "cup"), "set"))
    canvas.document.select(("set",))
    before = canvas.document.scene
    drag(canvas, at(GRABBED), at(GRABBED + np.array([0.4, 0.2, 0.0])))
    for key in ("table", "cup", "set"):
        moved = np.subtract(center(canvas, key), before.objects[key].center)
        assert moved == pytest.approx((0.4, 0.2, 0.0), abs=1e-6)
    assert canvas.document.selection == ("set",)


def test_the_gizmo_moves_a_group_with_its_members(canvas):
    canvas.document.apply(GroupUnderConcept(("table", "cup"), "set"))
    things = [canvas.document.scene.objects[key] for key in ("set", "table", "cup")]
    gizmo = gizmo_of(things, CAMERA, "move", False)
    arrow = next(h for h in gizmo.handles if h.axis == "x" and h.kind == "arrow")
    tool = drag(canvas, PointerEvent(arrow.tip_px, CAMERA), gizmo=gizmo)
    tool.move(PointerEvent(arrow.tip_px, CAMERA))
    tool.key("2", shift=False)
    for thing in things:
        assert center(canvas, thing.id)[0] == pytest.approx(thing.center[0] + 2.0)
