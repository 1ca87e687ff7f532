"""Panes, compass, keys by place, horizon: where things are in the view."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sd3studio.core.scene import Camera
from sd3studio.core.scene.camera import FlatCamera
from sd3studio.ui.canvas.compass import FROM, tip_at, tips
from sd3studio.ui.canvas.frame_marks import horizon_px
from sd3studio.ui.canvas.keys import digit_of_codes
from sd3studio.ui.canvas.navigation import STANDARD_VIEWS, TELE_FOV, Orbit
from sd3studio.ui.canvas.panes import Panes

sizes = st.integers(40, 3_000)


@given(sizes, sizes)
def test_four_panes_have_one_size_and_do_not_overlap(width, height):
    panes = Panes()
    panes.show_four(True)
    panes.lay_out(width, height)
    assert len({pane.size_px for pane in panes.shown}) == 1
    for pane in panes.shown:
        x, y, w, h = pane.rect_px
        assert x >= 0 and y >= 0 and x + w <= width and y + h <= height
        middle = (x + w / 2, y + h / 2)
        assert panes.at(middle) is pane
        assert pane.local(middle) == (w / 2, h / 2)


@pytest.mark.parametrize(("key", "shown"), [("top", (0, 1)), ("front", (0, 2)), ("right", (1, 2))])
def test_side_panes_look_along_an_axis_without_perspective(key, shown):
    panes = Panes()
    panes.show_four(True)
    panes.lay_out(802, 602)
    pane = next(p for p in panes.shown if p.key == key)
    camera = pane.camera(Camera())
    near, far = [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]
    across = 3 - sum(shown)
    near[across], far[across] = -1.0, 1.0
    assert camera.project(near)[0] == pytest.approx(camera.project(far)[0], abs=1e-9)
    assert abs(camera.axes[2][across]) == pytest.approx(1.0)


@given(st.floats(-3.0, 3.0), st.floats(-1.4, 1.4), st.floats(1.0, 40.0))
def test_without_perspective_the_target_is_seen_as_large(azimuth, elevation, distance):
    orbit = Orbit((1.0, 2.0, 0.5), distance, azimuth, elevation)
    flat = orbit.flattened()
    assert isinstance(flat.camera(800, 600), FlatCamera) and not orbit.camera(800, 600).flat
    sizes_px = [float(o.camera(800, 600).px_per_m(o.back_m)) for o in (orbit, flat)]
    assert sizes_px[0] == pytest.approx(sizes_px[1])
    assert flat.flattened(False) == orbit


@given(st.floats(-3.0, 3.0), st.floats(-1.4, 1.4), st.floats(1.0, 40.0))
def test_a_flat_view_becomes_the_camera_of_a_scene_that_shows_nearly_the_same(azimuth, elevation, distance):
    flat = Orbit((1.0, 2.0, 0.5), distance, azimuth, elevation, flat=True)
    camera = flat.with_perspective().camera(800, 600)
    assert type(camera) is Camera and camera.fov_y == pytest.approx(TELE_FOV)
    beside = flat.target + 0.3 * distance * camera.axes[0]
    assert camera.project(beside)[0] == pytest.approx(flat.camera(800, 600).project(beside)[0], abs=0.01)


@given(st.sampled_from(sorted(STANDARD_VIEWS)), st.booleans())
def test_a_side_is_seen_without_perspective_until_the_view_is_turned(name, flat_by_choice):
    orbit = Orbit((1.0, 2.0, 0.5), 6.0, 0.4, 0.3).flattened(flat_by_choice)
    seen = orbit.looking_from(name)
    assert seen.side == name and seen.flat == (flat_by_choice or name != "corner")
    assert seen.panned(30, 10, 600).zoomed(0.8).looking_from("top").flat
    assert seen.turned(20, 5).flat == flat_by_choice and seen.turned(20, 5).side is None
    assert seen.looking_from("corner").flat == flat_by_choice


@pytest.mark.parametrize("name", FROM)
def test_each_end_of_the_compass_looks_from_its_side(name):
    seen = Orbit().looking(*STANDARD_VIEWS[FROM[name]]).camera(800, 600)
    nearest = tips(seen)[-1]
    assert nearest.name == name
    assert tip_at(seen, nearest.position_px) == name


def test_beside_the_compass_there_is_no_tip():
    assert tip_at(Orbit().camera(800, 600), (400.0, 300.0)) is None


@pytest.mark.parametrize("platform", ["linux", "win32", "darwin"])
def test_digits_are_known_by_their_place(platform):
    codes = {
        "linux": [(10, 0), (15, 0), (19, 0)],
        "win32": [(2, 0), (7, 0), (11, 0)],
        "darwin": [(0, 18), (0, 22), (0, 29)],
    }
    assert [digit_of_codes(*code, platform) for code in codes[platform]] == [1, 6, 0]
    assert digit_of_codes(24, 99, platform) is None  # Q, or A on French keyboards


@given(st.floats(-0.6, 0.6), st.floats(-1.2, 1.2), st.floats(-3.0, 3.0))
def test_the_horizon_is_where_far_points_at_eye_height_are(roll, down, turn):
    ahead = (math.sin(turn), math.cos(turn))
    camera = Camera(position=(0, 0, 1.7), target=(*ahead, 1.7 - down), roll=roll)
    (x0, y0), (x1, y1) = horizon_px(camera)
    pixel, _ = camera.project((1e7 * ahead[0], 1e7 * ahead[1], 1.7))
    share = (pixel[0] - x0) / (x1 - x0)
    assert pixel[1] == pytest.approx(y0 + share * (y1 - y0), abs=0.5)
