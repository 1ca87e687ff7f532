"""Photo boxes and boxes in space agree, to a pixel and better."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sd3studio.core.annotation.fitting import base_height, fit_to_box, ground_point, misfit_px
from sd3studio.core.annotation.lifting import lift_box, stands
from sd3studio.core.scene import Camera, Scene, SceneObject
from sd3studio.core.scene.picture_boxes import projected_box, visible_box
from tests.core.annotation.photo_scenes import cameras, standing_things


def inside(camera, box):
    return box is not None and box[0] > 2 and box[1] > 2 and box[2] < camera.width - 2 and box[3] < camera.height - 2


@given(cameras(), standing_things(), standing_things())
@settings(max_examples=60, deadline=None)
def test_any_photo_box_of_a_standing_thing_is_met_to_a_pixel(camera, thing, other):
    goal = projected_box(camera, other)
    assume(inside(camera, goal) and inside(camera, projected_box(camera, thing)))
    # a box that some box of this turn can have: that of the other thing, turned alike
    goal = projected_box(camera, other.replace(yaw=thing.yaw))
    assume(inside(camera, goal))
    fitted = fit_to_box(camera, thing, goal, standing=True)
    assert misfit_px(camera, fitted, goal) < 1.0
    assert base_height(fitted) == pytest.approx(base_height(thing), abs=1e-9)
    assert (fitted.yaw, fitted.label) == (thing.yaw, thing.label)


@given(cameras(), standing_things(), st.tuples(*[st.floats(-25, 25)] * 4))
@settings(max_examples=60, deadline=None)
def test_a_floating_thing_keeps_its_distance(camera, thing, by):
    box = projected_box(camera, thing)
    goal = tuple(np.add(box, by)) if box else None
    assume(inside(camera, box) and inside(camera, goal) and goal[2] - goal[0] > 12 and goal[3] - goal[1] > 30)
    raised = thing.replace(center=(thing.center[0], thing.center[1], thing.center[2] + 0.3))
    fitted = fit_to_box(camera, raised, goal, standing=False)
    assert misfit_px(camera, fitted, goal) < 1.0


@given(cameras(), standing_things())
@settings(max_examples=40, deadline=None)
def test_fitting_to_its_own_box_changes_nothing(camera, thing):
    box = projected_box(camera, thing)
    assume(inside(camera, box))
    fitted = fit_to_box(camera, thing, box, standing=True)
    assert fitted.center == pytest.approx(thing.center, abs=1e-9)
    assert fitted.size == pytest.approx(thing.size, abs=1e-9)


def test_a_side_at_the_frame_only_says_that_the_thing_goes_on():
    camera = Camera(width=640, height=480)
    thing = SceneObject(id="a", label="couch", center=(-2.4, 0.0, 0.4), size=(2.0, 0.9, 0.8))
    seen = visible_box(camera, thing)
    assert seen[0] == 0.0
    fitted = fit_to_box(camera, thing, seen, standing=True)
    assert fitted.size == pytest.approx(thing.size, abs=1e-9)


@given(cameras(), st.floats(80, 560), st.floats(60, 300), st.floats(40, 90), st.floats(60, 160))
@settings(max_examples=60, deadline=None)
def test_a_drawn_box_is_lifted_so_that_it_projects_onto_itself(camera, x, y, width, height):
    box = (x, y, min(x + width, 630.0), min(y + height, 470.0))
    assume(box[2] - box[0] > 20 and box[3] - box[1] > 20)
    for label in ("person", "clock", "something new"):
        thing = lift_box(Scene(camera=camera), box, label, "new")
        assert misfit_px(camera, thing, box) < 1.0, label
        assert thing.photo_box == box
        assert not thing.truncated


def test_a_cup_drawn_on_a_table_stands_on_it():
    camera = Camera(position=(0, -3, 1.7), target=(0, 0, 0.7), width=640, height=480)
    table = SceneObject(id="table", label="dining table", category="dining table", center=(0, 0, 0.37),
                        size=(1.6, 0.9, 0.74))  # fmt: skip
    cup = SceneObject(id="cup", label="cup", center=(0.2, 0.0, 0.79), size=(0.09, 0.09, 0.1))
    scene = Scene.of([table], camera=camera)
    lifted = lift_box(scene, projected_box(camera, cup), "cup", "cup")
    assert base_height(lifted) == pytest.approx(0.74, abs=1e-6)
    assert lifted.center == pytest.approx(cup.center, abs=0.02)
    assert stands(scene.with_objects(lifted), lifted)


@given(cameras(), st.floats(10, 630), st.floats(300, 470))
@settings(max_examples=40, deadline=None)
def test_the_ground_point_projects_back(camera, x, y):
    point = ground_point(camera, (x, y))
    assume(point is not None)
    assert camera.project(point)[0] == pytest.approx((x, y), abs=1e-6)
