"""The relation tool without a window: two clicks or one drag name two things; Esc goes back a step."""

import pytest

from sd3studio.ui.canvas.tools.base import LONGEST_NAME, short_name
from sd3studio.ui.canvas.tools.relate import FIRST, RelateTool
from tests.ui.canvas.fake_canvas import FakeCanvas, at

CUP, TABLE, PLANT, NOTHING = (0.3, 0, 0.88), (-0.5, -0.4, 0.4), (2, 1, 0.8), (-3, 2, 0)


@pytest.fixture
def canvas():
    return FakeCanvas()


@pytest.fixture
def asked(canvas):
    return []


@pytest.fixture
def tool(canvas, asked):
    return RelateTool(canvas, lambda a, b: asked.append((a, b)))


def click(tool, point):
    tool.press(at(point), None)
    tool.release(at(point))


def test_two_clicks_ask_about_two_things(tool, canvas, asked):
    tool.hover(at(CUP))
    assert canvas.feedback.readout == FIRST
    click(tool, CUP)
    assert not tool.dragging and not asked
    tool.hover(at(PLANT))
    assert canvas.feedback.readout == "cup  →  plant"
    assert canvas.feedback.lines[0][:2] == ((0.3, 0, 0.85), (2, 1, 0.5))
    click(tool, PLANT)
    assert asked == [("cup", "plant")] and tool.subject is None


def test_a_drag_from_one_to_the_other_does_the_same(tool, asked):
    tool.press(at(TABLE), None)
    assert tool.dragging
    tool.move(at(PLANT))
    tool.release(at(PLANT))
    assert asked == [("table", "plant")]


def test_nothing_and_the_same_thing_twice_are_no_relation(tool, canvas, asked):
    click(tool, NOTHING)
    assert tool.subject is None
    click(tool, CUP)
    click(tool, CUP)
    assert not asked and tool.subject is None and canvas.feedback.readout == FIRST


def test_a_long_name_is_cut_in_the_view():
    assert short_name("lamp") == "lamp"
    told = short_name("a lamp that somebody has named as if there were no end of room")
    assert len(told) <= LONGEST_NAME and told.startswith("a lamp that") and told.endswith("…")


def test_escape_drops_the_first_thing_and_then_has_nothing_to_give_up(tool):
    click(tool, CUP)
    assert tool.cancel() and tool.subject is None
    assert not tool.cancel()
