"""New objects come to a free spot."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_rooms import random_room

from sd3studio.core.errors import SceneError
from sd3studio.core.layout import overlaps, place
from sd3studio.core.layout.placing import view_center
from sd3studio.core.layout.standing import FREE, standing_of
from sd3studio.core.scene import Camera, Scene, SceneObject

TABLE = SceneObject(id="table", label="table", category="dining table", center=(0, 0, 0.375), size=(1.4, 0.8, 0.75))
CUP = SceneObject(id="cup", label="cup", category="cup", size=(0.1, 0.1, 0.1))
CHAIR = SceneObject(id="new", label="chair", category="chair", size=(0.5, 0.5, 0.9))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([CHAIR, CUP.replace(id="new"), TABLE.replace(id="new")]))
def test_a_new_object_is_in_nothing_and_stands_on_something(seed, new):
    scene = random_room(random.Random(seed), 6)
    placed = scene.with_objects(place(scene, new))
    assert not [o for o in overlaps(placed) if "new" in (o.first, o.second)]
    things = list(placed.objects.values())
    assert standing_of(things).on[-1] != FREE


def test_a_cup_goes_on_the_table_and_the_next_beside_it():
    scene = Scene.of([TABLE])
    first = place(scene, CUP)
    second = place(scene.with_objects(first), CUP.replace(id="cup-2"))
    assert first.center[2] == second.center[2] == pytest.approx(0.8)
    assert np.hypot(*np.subtract(first.center, second.center)[:2]) >= 0.1


def test_a_chair_goes_to_the_floor_near_what_is_named():
    far = SceneObject(id="tree", label="tree", center=(10, 5, 2), size=(1, 1, 4))
    placed = place(Scene.of([TABLE, far]), CHAIR, near="tree")
    assert placed.center[2] == pytest.approx(0.45)
    assert 0.7 <= np.hypot(placed.center[0] - 10, placed.center[1] - 5) <= 2.0


def test_in_an_empty_scene_it_is_in_the_middle_of_the_view():
    camera = Camera(position=(3, -5, 2), target=(3, 1, 0))
    assert place(Scene(camera=camera), CHAIR).center[:2] == pytest.approx((3, 1))
    level = Camera(position=(3, -5, 2), target=(3, 1, 2))
    assert view_center(level) == pytest.approx((3, 1))


def test_a_full_table_sends_the_next_thing_to_the_floor():
    slab = SceneObject(id="slab", label="slab", center=(0, 0, 0.85), size=(1.4, 0.8, 0.2))
    assert place(Scene.of([TABLE, slab]), CUP).center[2] == pytest.approx(0.05)


def test_an_unknown_neighbour_is_named():
    with pytest.raises(SceneError, match="ghost"):
        place(Scene(), CUP, near="ghost")
