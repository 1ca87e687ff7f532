"""Composing a few things for the picture: each is large enough, and what was true in space stays so."""

import math

import numpy as np
import pytest

from sd3studio.core import recognised
from sd3studio.core.layout import framing_camera, overlaps, shown_well
from sd3studio.core.layout.showing import picture_shares
from sd3studio.core.layout.staging import MARGIN, _looked, _Stage, staged
from sd3studio.core.relations import grade_of
from sd3studio.core.relations.apparent import projected_boxes
from sd3studio.core.scene import Relation, Scene, SceneObject
from sd3studio.core.scene.boxes import Boxes
from sd3studio.core.scene.predicates import Predicate

SIZE = 512


def thing(name, at, size, **more):
    return SceneObject(id=name, label=name, category=name, center=(*at, size[2] / 2.0), size=size, **more)


def pair(predicate, cup_at):
    car = thing("car", (0.0, 0.0), (1.8, 4.4, 1.5))
    cup = thing("vase", cup_at, (0.2, 0.2, 0.3))
    relation = Relation(subject="vase", predicate=predicate, object="car")
    return Scene.of([car, cup], relations=(relation,))


def holds(scene):
    return all(grade_of(scene, r.subject, r.predicate, r.object, r.frame) >= 0.5 for r in scene.relations)


@pytest.mark.parametrize(
    ("predicate", "at", "times"),
    [(Predicate.LEFT_OF, (-1.5, 0.0), 2.0), (Predicate.RIGHT_OF, (1.5, 0.0), 2.0),
     (Predicate.IN_FRONT_OF, (0.0, -3.0), 8.0)],
)  # fmt: skip
def test_a_small_thing_beside_a_large_one_fills_more_of_the_picture(predicate, at, times):
    before = pair(predicate, at)
    plain = before.replace(camera=framing_camera(before, SIZE, SIZE))
    made = shown_well(before, SIZE, SIZE)
    assert picture_shares(made)["vase"] >= times * picture_shares(plain)["vase"]
    assert holds(made) and not overlaps(made)
    assert made.objects["vase"].center[2] == pytest.approx(0.15)  # it stands on the ground
    assert made.camera.position[2] > 0.0


def test_all_of_every_thing_is_in_the_picture():
    made = shown_well(pair(Predicate.BEHIND, (0.0, 3.0)), SIZE, SIZE)
    boxes = projected_boxes(Boxes.of(made.solid_objects()), made.camera)
    assert (boxes >= 0.0).all() and (boxes <= SIZE).all()


def test_the_line_of_sight_to_each_thing_is_that_of_the_camera_that_frames_them():
    scene, (elevation, fov) = pair(Predicate.IN_FRONT_OF, (0.4, -4.0)), (math.radians(24.0), math.radians(50.0))
    stage = _Stage.of(scene, 1.0, "")
    above = _looked(stage, stage.state.center[None], np.array([[elevation, fov]])).above[0]
    camera = framing_camera(scene, SIZE, SIZE, elevation_rad=elevation, fov_y=fov, margin=MARGIN)
    for name, row in stage.setting.index.items():
        way = np.array(scene.objects[name].center) - np.array(camera.position)
        assert above[row] == pytest.approx(math.degrees(math.asin(-way[2] / np.linalg.norm(way))), abs=2.5)
    assert above[stage.setting.index["vase"]] > above[stage.setting.index["car"]] + 5.0


def test_what_stands_behind_looks_out_at_the_side():
    one, other = thing("horse", (0.0, 0.0), (0.6, 2.2, 1.7)), thing("zebra", (0.0, 3.0), (0.6, 2.1, 1.5))
    scene = Scene.of([one, other], relations=(Relation(subject="horse", predicate="in front of", object="zebra"),))
    made = shown_well(scene, SIZE, SIZE)
    near, far = projected_boxes(Boxes.of(made.solid_objects()), made.camera)
    seen = max(near[0] - far[0], far[2] - near[2]) / (far[2] - far[0])
    assert (seen > 0.6 or far[3] < near[1]) and holds(made)


def test_surroundings_and_locked_things_are_left_where_they_are():
    scene = pair(Predicate.LEFT_OF, (-1.5, 0.0))
    grass = SceneObject(id="grass", label="grass", kind="stuff", size=(20, 20, 0.1), center=(0, 0, -0.05))
    assert staged(scene.with_objects(grass), SIZE, SIZE) is None
    locked = scene.with_objects(*(o.replace(locked=True) for o in scene.objects.values()))
    assert staged(locked, SIZE, SIZE).objects == locked.objects


def test_the_same_scene_is_always_composed_the_same():
    scene = pair(Predicate.LEFT_OF, (-1.5, 0.0))
    assert shown_well(scene, SIZE, SIZE) == shown_well(scene, SIZE, SIZE)


def test_what_rests_on_a_thing_goes_with_it_and_stays_where_it_was_put() -> None:
    table = thing("table", (0.0, 0.0), (1.4, 0.8, 0.75))
    cup = thing("cup", (0.1, 0.1), (0.1, 0.1, 0.1)).replace(center=(0.1, 0.1, 0.8))
    bus = thing("bus", (4.5, 0.0), (2.5, 9.0, 3.0))
    wishes = (
        Relation(subject="cup", predicate=Predicate.ON, object="table"),
        Relation(subject="table", predicate=Predicate.LEFT_OF, object="bus"),
    )
    made = shown_well(Scene.of([table, cup, bus], relations=wishes), SIZE, SIZE)
    assert holds(made)
    moved = [made.objects[name].center[k] - at[k] for k in (0, 1) for name, at in (("table", table.center),)]
    for k, by in enumerate(moved):
        assert made.objects["cup"].center[k] == pytest.approx(cup.center[k] + by, abs=1e-3)


def test_a_flat_thing_is_looked_down_upon_if_it_is_told_only_so(monkeypatch):
    flat, tall = (tuple((score,) for score in scores) for scores in ((0.0, 0.1, 0.9, 0.9), (0.9, 0.9, 0.8, 0.2)))
    monkeypatch.setattr(recognised, "recognised", lambda place="": {"keyboard": flat, "vase": tall})
    keyboard = thing("keyboard", (0.0, 0.0), (0.45, 0.15, 0.03), mesh="keyboard")
    vase = thing("vase", (0.6, 0.0), (0.2, 0.2, 0.3), mesh="vase")
    relation = Relation(subject="keyboard", predicate=Predicate.LEFT_OF, object="vase")
    for scene in (Scene.of([keyboard, vase], relations=(relation,)), Scene.of([keyboard])):
        made = shown_well(scene, SIZE, SIZE)
        way = np.array(made.objects["keyboard"].center) - np.array(made.camera.position)
        assert 28.0 < math.degrees(math.asin(-way[2] / np.linalg.norm(way))) < 50.0
        assert holds(made)
    alone = shown_well(Scene.of([vase]), SIZE, SIZE)
    assert math.degrees(math.asin(-float(alone.camera.axes[2, 2]))) == pytest.approx(17.0, abs=0.01)
