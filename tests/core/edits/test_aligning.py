"""Aligning and spacing: the stated edges are on one line, gaps are equal, and nothing moves along another axis."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sd3studio.core.edits import AlignObjects, DistributeObjects, SetLocked
from sd3studio.core.edits.aligning import LINES, axes_of, extents
from sd3studio.core.errors import SceneError
from sd3studio.core.scene import Scene, SceneObject
from tests.core.edits.boxes_drawn import box_scenes

frames = st.sampled_from(["world", "camera"])
SIDES = {-1: -1.0, 0: 0.0, 1: 1.0}


def edges(scene, line, frame):
    axis, end = LINES[line]
    middles, halves = extents(list(scene.objects.values()), axes_of(scene.camera, frame)[axis])
    return middles + SIDES[end] * halves


@given(box_scenes(least=2), st.sampled_from(sorted(LINES)), frames)
@settings(max_examples=80, deadline=None)
def test_aligned_edges_are_on_one_line_and_stay_there(scene, line, frame):
    edit = AlignObjects(tuple(scene.objects), line, frame)
    once = edit.apply(scene)
    assert np.ptp(edges(once, line, frame)) < 1e-6
    twice = edit.apply(once)
    for key, thing in once.objects.items():
        assert np.allclose(twice.objects[key].center, thing.center, atol=1e-6)
    axis = axes_of(scene.camera, frame)[LINES[line][0]]
    for key, thing in once.objects.items():
        shift = np.subtract(thing.center, scene.objects[key].center)
        assert np.allclose(shift, (shift @ axis) * axis, atol=1e-6)


@given(box_scenes(least=2), frames)
@settings(max_examples=30, deadline=None)
def test_aligning_does_not_depend_on_the_order(scene, frame):
    ids = tuple(scene.objects)
    one = AlignObjects(ids, "left", frame).apply(scene)
    other = AlignObjects(ids[::-1], "left", frame).apply(scene)
    assert one == other


@given(box_scenes(least=3), st.sampled_from(["across", "along", "up"]), st.sampled_from(["gaps", "centres"]), frames)
@settings(max_examples=80, deadline=None)
def test_spaced_evenly_between_the_outermost(scene, direction, even, frame):
    after = DistributeObjects(tuple(scene.objects), direction, even, frame).apply(scene)
    axis = axes_of(scene.camera, frame)[("across", "along", "up").index(direction)]
    before, _ = extents(list(scene.objects.values()), axis)
    order = np.argsort(before, kind="stable")
    middles, halves = (values[order] for values in extents(list(after.objects.values()), axis))
    assert middles[0] == before[order[0]] and middles[-1] == before[order[-1]]
    steps = np.diff(middles) if even == "centres" else (middles - halves)[1:] - (middles + halves)[:-1]
    assert np.ptp(steps) < 1e-6


def row(*spots):
    return Scene.of([SceneObject(id=f"b{k}", label="box", center=(x, 0.0, 0.5)) for k, x in enumerate(spots)])


def test_others_go_to_the_locked_one():
    scene = SetLocked(("b1",), True).apply(row(0.0, 5.0, 9.0))
    after = AlignObjects(("b0", "b1", "b2"), "left").apply(scene)
    assert [thing.center[0] for thing in after.objects.values()] == [5.0, 5.0, 5.0]


def test_named_object_is_what_the_others_go_to():
    after = AlignObjects(("b0", "b2"), "right", to="b1").apply(row(0.0, 5.0, 9.0))
    assert after.objects["b0"].center[0] == 5.0 and after.objects["b1"].center[0] == 5.0


def test_two_objects_are_too_few_to_space():
    with pytest.raises(SceneError, match="three"):
        DistributeObjects(("b0", "b1"), "across").apply(row(0.0, 1.0))


def test_locked_object_between_others_is_named():
    scene = SetLocked(("b1",), True).apply(row(0.0, 5.0, 9.0))
    with pytest.raises(SceneError, match="locked"):
        DistributeObjects(("b0", "b1", "b2"), "across").apply(scene)
