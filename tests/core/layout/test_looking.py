"""The camera of a finished layout: nothing moves, what was true stays true, walls shut nothing out."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sd3studio.core.layout.framing import framing_camera
from sd3studio.core.layout.looking import looked_at
from sd3studio.core.relations import grade_of
from sd3studio.core.relations.apparent import projected_boxes
from sd3studio.core.scene.boxes import Boxes
from sd3studio.core.scene.predicates import Predicate
from sd3studio.core.scene.values import Relation, Scene, SceneObject


def thing(key, x, y, size=(0.5, 0.5, 0.8), yaw=0.0):
    return SceneObject(id=key, label=key, center=(x, y, size[2] / 2.0), size=size, yaw=yaw)


def wall(side, x, y, size):
    return SceneObject(id=side, label=f"{side} wall", kind="stuff", center=(x, y, 1.3), size=size)


def framed(*things, relations=()):
    scene = Scene.of(things)
    return scene.replace(camera=framing_camera(scene, 512, 512), relations=tuple(relations))


def azimuth(scene):
    ahead = scene.camera.axes[2]
    return math.atan2(-float(ahead[0]), float(ahead[1]))


@given(
    st.lists(st.tuples(st.integers(-30, 30), st.integers(-30, 30), st.integers(2, 20)), min_size=1, max_size=7),
    st.sampled_from([(512, 512), (768, 512), (300, 700)]),
)
@settings(max_examples=30, deadline=None)
def test_all_things_are_in_the_picture_and_none_moves(told, size):
    things = [thing(f"t{k}", x / 10, y / 10, (0.4, 0.4, h / 10)) for k, (x, y, h) in enumerate(told)]
    scene = Scene.of(things)
    scene = scene.replace(camera=framing_camera(scene, *size))
    seen = looked_at(scene)
    assert seen.objects == scene.objects and (seen.camera.width, seen.camera.height) == size
    boxes = projected_boxes(Boxes.of(things), seen.camera)
    assert (boxes[:, :2] >= 0.0).all() and (boxes[:, 2:] <= np.array(size)).all()


def test_what_one_thing_hides_is_looked_at_from_the_side_or_from_above():
    scene = framed(thing("small", 0.0, 1.0, (0.3, 0.3, 0.5)), thing("tall", 0.0, -0.5, (0.7, 0.3, 1.0)))
    seen = looked_at(scene)
    assert seen.camera != scene.camera

    def covered(scene):
        small, tall = projected_boxes(Boxes.of(scene.solid_objects()), scene.camera)
        common = np.clip(np.minimum(small[2:], tall[2:]) - np.maximum(small[:2], tall[:2]), 0.0, None).prod()
        return common / (small[2:] - small[:2]).prod()

    assert covered(scene) > 0.9 and covered(seen) < 0.5


def test_a_few_things_side_by_side_are_looked_at_from_the_front():
    scene = framed(*(thing(f"t{k}", 1.0 * k, 0.0) for k in range(3)))
    assert abs(azimuth(looked_at(scene))) < 1e-6


@pytest.mark.parametrize("predicate", [Predicate.BEHIND, Predicate.LEFT_OF])
def test_relations_that_were_true_stay_true(predicate):
    things = [thing("a", 0.0, 1.5), thing("b", 0.3, 0.0, (1.2, 0.4, 1.4)), thing("c", 2.0, 0.5)]
    told = Relation(subject="a", predicate=predicate, object="c" if predicate is Predicate.LEFT_OF else "b")
    scene = framed(*things, relations=[told])
    grade = grade_of(scene, told.subject, told.predicate, told.object, told.frame)
    seen = looked_at(scene)
    assert grade >= 0.5
    assert grade_of(seen, told.subject, told.predicate, told.object, told.frame) >= min(0.6, grade)


def test_between_two_walls_it_is_looked_straight_in():
    walls = [wall("left", -2.0, 0.0, (0.1, 5.0, 2.6)), wall("right", 2.0, 0.0, (0.1, 5.0, 2.6))]
    things = [thing("a", -1.5, 1.0, yaw=math.pi / 2.0), thing("b", 0.0, -1.0, (1.0, 0.3, 1.5)), thing("c", 0.0, 1.5)]
    assert abs(azimuth(looked_at(framed(*things, *walls)))) < 1e-6


@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_beside_one_wall_the_camera_is_on_its_inner_side(sign):
    side = wall("left" if sign < 0 else "right", sign * 2.0, 0.0, (0.1, 6.0, 2.6))
    things = [thing("shelf", sign * 1.75, 0.0, (1.0, 0.3, 1.8), yaw=-sign * math.pi / 2.0), thing("b", 0.0, 0.0)]
    seen = looked_at(framed(*things, side))
    assert sign * seen.camera.position[0] < 2.0
    assert sign * azimuth(seen) <= 0.0  # it looks at the face of the shelf, not along it


def test_an_empty_scene_stays_as_it_is():
    assert looked_at(Scene()) == Scene()
