"""The measure tool without a window."""

import pytest

from sd3studio.ui.canvas.tools.base import PointerEvent
from sd3studio.ui.canvas.tools.measure import MeasureTool
from tests.ui.canvas.fake_canvas import CAMERA, FakeCanvas, at

FLOOR, OTHER = (-1.5, -1.0, 0.0), (-1.5, 1.0, 0.0)


@pytest.fixture
def canvas():
    return FakeCanvas()


def click(tool, point):
    tool.press(at(point), None)
    tool.release(at(point))


def test_two_clicks_measure_and_the_scene_stays(canvas):
    tool, before = MeasureTool(canvas), canvas.document.scene
    click(tool, FLOOR)
    tool.hover(at((0, -2, 0)))
    assert len(canvas.feedback.measures) == 1  # shown already while the second point is sought
    click(tool, OTHER)
    (measure,) = canvas.feedback.measures
    assert measure.distance_m == pytest.approx(2.0, abs=1e-6)
    assert measure.by_m == pytest.approx((0.0, 2.0, 0.0), abs=1e-6)
    assert measure.gap is None
    assert canvas.document.scene is before


def test_a_drag_measures_too(canvas):
    tool = MeasureTool(canvas)
    tool.press(at(FLOOR), None)
    tool.move(at((0, 0, 0)))
    tool.release(at(OTHER))
    assert canvas.feedback.measures[0].distance_m == pytest.approx(2.0, abs=1e-6)


def test_points_on_two_objects_tell_the_gap_between_them(canvas):
    tool = MeasureTool(canvas)
    click(tool, (0, -0.4, 0.4))
    click(tool, (2, 0.8, 0.5))
    (measure,) = canvas.feedback.measures
    assert (measure.first, measure.second) == ("table", "plant")
    assert measure.gap.gap_m == pytest.approx(((1.8 - 0.7) ** 2 + (0.8 - 0.4) ** 2) ** 0.5)
    assert "gap 1.170 m" in measure.sentence


def test_escape_drops_what_was_begun_then_all(canvas):
    tool = MeasureTool(canvas)
    click(tool, FLOOR)
    click(tool, OTHER)
    click(tool, FLOOR)
    assert tool.cancel()
    assert len(canvas.feedback.measures) == 1
    assert tool.cancel()
    assert not canvas.feedback.measures
    assert not tool.cancel()


def test_a_click_at_the_sky_is_no_point(canvas):
    tool = MeasureTool(canvas)
    tool.press(PointerEvent((400.0, -200.0), CAMERA), None)
    assert not tool.dragging
