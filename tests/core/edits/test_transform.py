"""Tilting and pulling sides: what stays where it was."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sd3studio.core.edits import PullFaces, TiltObjects
from sd3studio.core.scene import Scene, SceneObject
from sd3studio.core.scene.boxes import CORNER_SIGNS, Boxes

angles = st.floats(-3.0, 3.0)
lengths = st.floats(0.05, 5.0)


@st.composite
def boxes(draw):
    size = (draw(lengths), draw(lengths), draw(lengths))
    center = tuple(draw(st.floats(-5, 5)) for _ in range(3))
    return SceneObject(
        id="box", label="box", size=size, center=center, yaw=draw(angles), pitch=draw(angles), roll=draw(angles)
    )


@given(boxes(), angles, angles)
def test_a_tilted_thing_keeps_its_lowest_point(thing, pitch, roll):
    after = TiltObjects(("box",), pitch, roll).apply(Scene.of([thing])).objects["box"]
    low, _ = Boxes.of([thing, after]).bounds()
    assert low[1, 2] == pytest.approx(low[0, 2], abs=1e-9)
    assert math.cos(after.pitch - thing.pitch - pitch) == pytest.approx(1.0)
    assert after.size == thing.size


@given(boxes(), st.tuples(*[st.floats(-4, 4)] * 3), st.tuples(*[st.sampled_from([-1, 1])] * 3))
def test_the_corner_opposite_to_the_pulled_sides_stays(thing, by, sides):
    after = PullFaces("box", by, sides).apply(Scene.of([thing])).objects["box"]
    opposite = int((-np.array(sides) == CORNER_SIGNS).all(axis=1).argmax())
    corners = Boxes.of([thing, after]).corners()[:, opposite]
    assert corners[1] == pytest.approx(corners[0], abs=1e-9)
    assert after.size == pytest.approx(np.maximum(0.005, np.add(thing.size, by)))


def test_locked_things_are_neither_tilted_nor_pulled():
    scene = Scene.of([SceneObject(id="box", label="box", locked=True)])
    assert TiltObjects(("box",), 0.3).apply(scene).objects == scene.objects
    assert PullFaces("box", (1.0, 0.0, 0.0)).apply(scene).objects == scene.objects
