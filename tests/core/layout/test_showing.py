"""Arranging for the picture: animals at an angle, small things nearer, and what was true stays true."""

import math

import pytest

from sd3studio.core.layout import framed_for, overlaps, shown_well
from sd3studio.core.layout.showing import TURNED_RAD, picture_shares
from sd3studio.core.relations import grade_of
from sd3studio.core.scene import Relation, Scene, SceneObject
from sd3studio.core.scene.predicates import Predicate


def thing(name, at, size, **more):
    return SceneObject(id=name, label=name, category=name, center=(*at, size[2] / 2.0), size=size, **more)


def scene(*things, relation=None):
    wish = (Relation(subject=things[0].id, predicate=relation, object=things[1].id),) if relation else ()
    return Scene.of(things, relations=wish)


def holds(made):
    return all(grade_of(made, r.subject, r.predicate, r.object, r.frame) >= 0.5 for r in made.relations)


HORSE = thing("horse", (0.5, 0.0), (0.6, 2.2, 1.6))
ZEBRA = thing("zebra", (-0.5, 0.0), (0.6, 2.2, 1.5))
BIRD = thing("bird", (-0.9, 0.0), (0.2, 0.25, 0.2))


def test_animals_are_shown_at_an_angle_with_room_for_it():
    made = shown_well(scene(ZEBRA, HORSE, relation=Predicate.LEFT_OF), 512, 512)
    assert made.objects["zebra"].yaw == pytest.approx(TURNED_RAD)
    assert made.objects["horse"].yaw == pytest.approx(-TURNED_RAD)
    assert holds(made) and not overlaps(made)


@pytest.mark.parametrize("predicate", [Predicate.LEFT_OF, Predicate.IN_FRONT_OF])
def test_a_small_thing_comes_nearer_and_its_relation_still_holds(predicate):
    at = (-0.9, 0.0) if predicate is Predicate.LEFT_OF else (0.5, -2.0)
    bird = BIRD.replace(center=(*at, 0.1))
    before = scene(bird, HORSE, relation=predicate)
    made = shown_well(before, 512, 512)
    assert picture_shares(made)["bird"] > 1.5 * picture_shares(framed_for(before, 512, 512))["bird"]
    assert holds(made) and not overlaps(made)


def test_what_a_relation_turns_and_what_is_locked_stays_as_it_is():
    told = Relation(subject="zebra", predicate=Predicate.FACING, object="horse")
    facing = scene(ZEBRA, HORSE).replace(relations=(told,))
    assert shown_well(facing, 512, 512).objects == facing.objects
    locked = scene(ZEBRA.replace(locked=True), HORSE.replace(locked=True))
    assert shown_well(locked, 512, 512).objects == locked.objects


def test_another_shape_of_picture_is_framed_anew_and_the_same_is_not():
    made = shown_well(scene(HORSE), 768, 512)
    assert framed_for(made, 384, 256).camera.position == made.camera.position
    square = framed_for(made, 512, 512)
    assert (square.camera.width, square.camera.height) == (512, 512)
    pixel, _ = square.camera.project((0.5, 0.0, 0.8))
    assert math.hypot(pixel[0] - 256, pixel[1] - 256) < 80
