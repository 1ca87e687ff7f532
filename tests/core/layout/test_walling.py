"""Things against walls and on them."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sd3studio.core.edits import AddObjects
from sd3studio.core.layout import overlaps
from sd3studio.core.layout.walling import hang, side_told, walled
from sd3studio.core.relations import conflicts
from sd3studio.core.rooms import Room, grouped
from sd3studio.core.scene import Relation, Scene, SceneObject
from sd3studio.core.scene.predicates import Predicate
from sd3studio.core.walls import Face

NEXT, ABOVE = Predicate.NEXT_TO, Predicate.ABOVE
YAW = {"left": math.pi / 2.0, "back": 0.0, "right": -math.pi / 2.0}


def thing(key: str, size=(1.2, 0.6, 0.8), x=0.0) -> SceneObject:
    return SceneObject(id=key, label=key, center=(x, 0.0, size[2] / 2.0), size=size)


def wall(side: str) -> SceneObject:
    return SceneObject(id=side, label=f"{side} wall" if side != "plain" else "wall", kind="stuff", size=(3, 0.1, 2.6))


def scene_of(things, relations) -> Scene:
    said = tuple(Relation(subject=a, predicate=p, object=b) for a, p, b in relations)
    return Scene.of(things).replace(relations=said)


@given(
    st.lists(
        st.tuples(st.sampled_from(sorted(YAW)), st.integers(2, 20), st.integers(2, 10), st.integers(2, 22)),
        min_size=1, max_size=7,
    ),
    st.integers(0, 3),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_all_at_walls_touch_theirs_with_their_backs_and_stand_free(told, loose):
    things = [thing(f"t{k}", (w / 10, d / 10, h / 10), 3.0 * k) for k, (_, w, d, h) in enumerate(told)]
    inner = [thing(f"i{k}", x=1.5 * k).replace(center=(1.5 * k, -4.0, 0.4)) for k in range(loose)]
    sides = sorted({side for side, *_ in told})
    relations = [(f"t{k}", NEXT, side) for k, (side, *_) in enumerate(told)]
    made, walls = walled(scene_of([*things, *inner, *map(wall, sides)], relations), {})
    assert walls == set(sides)
    for k, (side, *_) in enumerate(told):
        placed = made.objects[f"t{k}"]
        face = Face.towards(made.objects[side], np.array(placed.center[:2]))
        off = float((np.array(placed.center[:2]) - face.point) @ face.normal)
        assert off - placed.size[1] / 2.0 == pytest.approx(0.005, abs=1e-6)
        assert placed.yaw == pytest.approx(YAW[side])
    assert not overlaps(made)
    assert [made.objects[one.id] for one in inner] == inner
    for one in made.solid_objects():
        x, y, _ = one.center
        assert "left" not in sides or x > made.objects["left"].center[0]
        assert "right" not in sides or x < made.objects["right"].center[0]
        assert "back" not in sides or y < made.objects["back"].center[1]


@pytest.mark.parametrize("side", ["plain", "left", "right"])
def test_a_picture_hangs_above_what_it_is_above_and_that_stands_at_the_wall(side):
    sofa, picture = thing("sofa", (1.9, 0.9, 0.9)), thing("picture", (0.8, 0.03, 0.6))
    made, _ = walled(scene_of([sofa, picture, wall(side)], [("picture", ABOVE, "sofa")]), {"picture": side})
    sofa, picture = made.objects["sofa"], made.objects["picture"]
    assert picture.center[2] - 0.3 > sofa.center[2] + 0.45
    assert picture.parent == side and not conflicts(made)
    assert picture.yaw == sofa.yaw == pytest.approx(YAW.get(side, 0.0))
    along = 0 if side == "plain" else 1
    assert picture.center[along] == pytest.approx(sofa.center[along])


def test_several_hang_beside_each_other_and_what_stands_on_a_thing_goes_along():
    table, cup = thing("table"), thing("cup", (0.1, 0.1, 0.1)).replace(center=(0.3, 0.0, 0.85))
    hung = {f"p{k}": "plain" for k in range(3)}
    pictures = [thing(key, (0.7, 0.03, 0.5)) for key in hung]
    scene = scene_of([table, cup, *pictures, wall("plain")], [("table", NEXT, "plain")])
    made, _ = walled(scene, hung)
    xs = sorted(made.objects[key].center[0] for key in hung)
    assert min(np.diff(xs)) > 0.7
    moved, carried = (np.subtract(made.objects[k].center, scene.objects[k].center) for k in ("table", "cup"))
    assert carried == pytest.approx(moved)


def test_without_a_told_side_or_a_hung_thing_nothing_is_done():
    scene = scene_of([thing("sofa"), wall("plain")], [("sofa", NEXT, "plain")])
    assert walled(scene, {}) is None
    assert [side_told(wall(side)) for side in ("left", "plain")] == ["left", None]
    assert side_told(SceneObject(id="w", label="rear wall", kind="stuff")) == "back"


def test_in_a_room_that_stands_things_hang_on_the_inner_side_and_leave_room_for_each_other():
    scene = AddObjects(grouped(Scene(), Room.rectangle(4.0, 3.0, open_sides=frozenset({0})), "room")).apply(Scene())
    back = max((one for one in scene.objects.values() if one.label == "wall"), key=lambda one: one.center[1]).id
    for key in ("a", "b"):
        scene = hang(scene.with_objects(thing(key, (0.8, 0.03, 0.6))), key, back)
    first, second = (scene.objects[key].center for key in "ab")
    assert max(first[1], second[1]) < scene.objects[back].center[1] and first[2] == second[2] > 1.2
    assert abs(first[0] - second[0]) > 0.8


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("loose", [0, 2])
def test_what_is_at_the_back_wall_and_at_one_of_the_sides_stands_in_their_corner(side, loose):
    inner = [thing(f"i{k}").replace(center=(1.5 * k, -4.0, 0.4)) for k in range(loose)]
    others = [thing("sofa", (2.0, 0.9, 0.8)), thing("bed", (1.6, 2.0, 0.5)), thing("picture", (0.8, 0.05, 0.6))]
    things = [thing("lamp", (0.4, 0.3, 1.5)), thing("plant", (0.5, 0.5, 1.0)), *others, *inner]
    relations = [(key, NEXT, where) for key in ("lamp", "plant") for where in ("back", side)]
    relations += [("sofa", NEXT, "back"), ("bed", NEXT, side)]
    made, _ = walled(scene_of([*things, wall("back"), wall(side)], relations), {"picture": "back"})
    lamp, plant = made.objects["lamp"], made.objects["plant"]
    faces = {key: Face.towards(made.objects[key], np.array(lamp.center[:2])) for key in ("back", side)}
    gaps = [float((np.array(lamp.center[:2]) - faces[key].point) @ faces[key].normal) for key in ("back", side)]
    assert gaps == pytest.approx([0.155, 0.205])
    assert abs(plant.center[0] - lamp.center[0]) == pytest.approx(0.3 + 0.45)
    assert not overlaps(made)
    assert [made.objects[one.id] for one in inner] == inner


def test_what_hangs_above_the_same_thing_hangs_side_by_side():
    pictures = [thing(f"p{k}", (0.6, 0.04, 0.5)) for k in range(3)]
    relations = [("bed", NEXT, "back"), *((f"p{k}", ABOVE, "bed") for k in range(3))]
    made, _ = walled(scene_of([thing("bed"), *pictures, wall("back")], relations), {f"p{k}": "back" for k in range(3)})
    hung = [made.objects[f"p{k}"] for k in range(3)]
    assert {one.center[1:] for one in hung} == {hung[0].center[1:]}
    assert np.diff([one.center[0] for one in hung]) == pytest.approx([0.9, 0.9])
    assert hung[1].center[0] == pytest.approx(made.objects["bed"].center[0])
