"""Turning, tilting, scaling and pulling sides without a window, by mouse and by typed numbers."""

import math

import numpy as np
import pytest

from sd3studio.core.scene import Camera
from sd3studio.ui.canvas.navigation import Orbit
from sd3studio.ui.canvas.tools.base import PointerEvent
from sd3studio.ui.canvas.tools.gizmo import gizmo_of
from sd3studio.ui.canvas.tools.pointer import PointerTool
from tests.ui.canvas.fake_canvas import CAMERA, FakeCanvas

ASIDE = Camera(position=(4, -6, 3), target=(0, 0, 0.5), width=800, height=600)
ABOVE = Orbit((0.0, 0.0, 0.4)).flattened().looking(0.0, math.pi / 2).camera(800, 600)


@pytest.fixture
def canvas():
    made = FakeCanvas()
    made.document.select(("table",))
    return made


def table(canvas):
    return canvas.document.scene.objects["table"]


def taken(canvas, mode, axis, kind, camera=CAMERA):
    """The tool after a press on a handle, the handle, and the gizmo."""
    gizmo = gizmo_of([table(canvas)], camera, mode, False, pull=camera is ABOVE)
    handle = next(h for h in gizmo.handles if (h.axis, h.kind) == (axis, kind))
    tool = PointerTool(canvas)
    place = tuple(handle.points_px[0]) if kind == "ring" else handle.tip_px
    tool.press(PointerEvent(place, camera), gizmo)
    return tool, handle, gizmo


def test_typed_degrees_turn_exactly(canvas):
    tool, handle, _ = taken(canvas, "turn", "z", "ring")
    tool.move(PointerEvent(tuple(handle.points_px[10]), CAMERA))
    for name in "37.5":
        assert tool.key(name, False)
    tool.key("enter", False)
    assert math.degrees(table(canvas).yaw) == pytest.approx(37.5)
    assert canvas.document.undo_label == "Turn"


@pytest.mark.parametrize(("shift", "step"), [(False, 15.0), (True, 1.0)])
def test_ctrl_turns_to_whole_steps(canvas, shift, step):
    tool, handle, _ = taken(canvas, "turn", "z", "ring")
    tool.move(PointerEvent(tuple(handle.points_px[7]), CAMERA, ctrl=True, shift=shift))
    turned = math.degrees(table(canvas).yaw)
    assert turned == pytest.approx(round(turned / step) * step)
    assert turned == pytest.approx(7 * 360 / 64, abs=step / 2 + 0.5)


def test_the_yaw_ring_is_the_largest(canvas):
    def radius(axis):
        ring = taken(canvas, "turn", axis, "ring", ASIDE)[1]
        return np.ptp(ring.points_px, axis=0).max()

    assert radius("z") > 1.3 * max(radius("x"), radius("y"))


def test_an_arc_of_the_move_gizmo_turns(canvas):
    tool, arc, _ = taken(canvas, "move", "z", "ring")
    tool.move(PointerEvent(tuple(arc.points_px[-1]), CAMERA))
    assert math.degrees(table(canvas).yaw) == pytest.approx(54.0, abs=1.0)


def test_the_pitch_ring_tilts_and_keeps_the_thing_on_the_floor(canvas):
    tool, handle, _ = taken(canvas, "turn", "x", "ring", ASIDE)
    tool.move(PointerEvent(tuple(handle.points_px[4]), ASIDE))
    tool.key("2", False)
    tool.key("0", False)
    thing = table(canvas)
    assert math.degrees(thing.pitch) == pytest.approx(20.0)
    half_height = 0.4 * math.cos(thing.pitch) + 0.4 * math.sin(thing.pitch)
    assert thing.center[2] == pytest.approx(half_height)


def test_ctrl_scales_a_side_to_a_tenth_of_a_metre(canvas):
    tool, handle, gizmo = taken(canvas, "scale", "x", "box")
    far = np.add(gizmo.origin_px, 1.234 * np.subtract(handle.tip_px, gizmo.origin_px))
    tool.move(PointerEvent(tuple(far), CAMERA, ctrl=True))
    assert table(canvas).size[0] == pytest.approx(1.7)
    assert "1.70 m" in canvas.feedback.readout


def test_a_typed_factor_scales_and_a_key_chooses_another_side(canvas):
    tool, handle, _ = taken(canvas, "scale", "all", "box")
    tool.move(PointerEvent(handle.tip_px, CAMERA))
    for name in "1.5":
        tool.key(name, False)
    assert table(canvas).size == pytest.approx((2.1, 1.2, 1.2))
    tool.key("z", False)
    assert table(canvas).size == pytest.approx((1.4, 0.8, 1.2))


@pytest.mark.parametrize("turn", [0.0, 0.6])
def test_a_dot_pulls_its_side_and_the_opposite_one_stays(canvas, turn):
    thing = table(canvas).replace(yaw=turn)
    canvas.document.open(canvas.document.scene.with_objects(thing))
    canvas.document.select(("table",))
    tool, handle, _ = taken(canvas, "move", "+x", "dot", ABOVE)
    metre = float(ABOVE.px_per_m(1.0))
    outward = np.array([math.cos(turn), -math.sin(turn)])
    tool.move(PointerEvent(tuple(np.array(handle.tip_px) + 0.3 * metre * outward), ABOVE))
    after = table(canvas)
    assert after.size == pytest.approx((1.7, 0.8, 0.8), abs=0.01)
    along = np.array([math.cos(turn), math.sin(turn)])
    left = np.array(after.center[:2]) - along * after.size[0] / 2
    assert left == pytest.approx(-0.7 * along, abs=0.01)


def test_a_corner_pulls_two_sides_with_a_number_each(canvas):
    tool, handle, _ = taken(canvas, "move", "+x+y", "dot", ABOVE)
    tool.move(PointerEvent(handle.tip_px, ABOVE))
    for name in (".", "2", "tab", "-", ".", "3"):
        assert tool.key(name, False)
    assert table(canvas).size == pytest.approx((1.6, 0.5, 0.8))


def test_no_side_is_pulled_through_the_opposite_one(canvas):
    tool, handle, _ = taken(canvas, "move", "+y", "dot", ABOVE)
    tool.move(PointerEvent(handle.tip_px, ABOVE))
    for name in "-9":
        tool.key(name, False)
    assert table(canvas).size[1] == pytest.approx(0.005)


def test_an_axis_that_points_at_the_viewer_has_no_arrow(canvas):
    gizmo = gizmo_of([table(canvas)], ABOVE, "move", False)
    assert {h.axis for h in gizmo.handles if h.kind == "arrow"} == {"x", "y"}
    assert {h.axis for h in gizmo.handles if h.kind == "disc"} == {"xy"}
