"""Chairs around a table: evenly, facing it, out of each other's way."""

import math

import numpy as np
import pytest

from sd3studio.core.layout import overlaps
from sd3studio.core.layout.seating import seated
from sd3studio.core.relations import grade_of
from sd3studio.core.scene import Relation, Scene, SceneObject
from sd3studio.core.scene.predicates import Predicate


def thing(name, at, size, **more):
    return SceneObject(id=name, label=name.split("-")[0], center=(*at, size[2] / 2.0), size=size, **more)


def scene_of(count, table, *others, **more):
    chairs = [thing(f"chair-{k}", (3.0 + k, 3.0), (0.45, 0.45, 0.9), **more) for k in range(count)]
    near = [Relation(subject=chair.id, predicate=Predicate.NEXT_TO, object="table") for chair in chairs]
    return Scene.of([table, *chairs, *others], relations=near), {"table": [chair.id for chair in chairs]}


@pytest.mark.parametrize(
    ("count", "attributes"), [*((n, ()) for n in (2, 3, 4, 6, 8)), *((n, ("round",)) for n in (2, 3, 4, 6))]
)
def test_each_faces_the_table_from_near_and_none_is_in_another(count, attributes):
    table = thing("table", (1.0, 2.0), (1.5, 1.45, 0.75), attributes=attributes, yaw=0.4)
    scene, rings = scene_of(count, table)
    made = seated(scene, rings)
    assert not overlaps(made)
    assert all(grade_of(made, key, Predicate.NEXT_TO, "table") >= 0.5 for key in rings["table"])
    assert all(grade_of(made, key, Predicate.FACING, "table") >= 0.5 for key in rings["table"])
    middle = np.mean([made.objects[key].center[:2] for key in rings["table"]], axis=0)
    assert math.dist(middle, table.center[:2]) < 0.75
    assert made.objects["table"] is table


def test_where_the_end_is_taken_they_stand_at_the_long_sides():
    table = thing("table", (0.0, 0.0), (1.6, 0.9, 0.75))
    scene, rings = scene_of(4, table, thing("lamp", (-1.1, 0.0), (0.3, 0.3, 1.5)))
    made = seated(scene, rings)
    assert sorted(round(made.objects[key].center[1], 2) for key in rings["table"]) == [-0.73, -0.73, 0.73, 0.73]
    assert not overlaps(made)


def test_where_there_is_no_room_or_they_are_locked_they_stay():
    table = thing("table", (0.0, 0.0), (1.6, 0.9, 0.75))
    walls = [thing(f"wall-{k}", (0.0, y), (6.0, 0.1, 2.5)) for k, y in enumerate((-0.7, 0.7))]
    ends = [thing(f"box-{k}", (x, 0.0), (0.4, 0.6, 0.6)) for k, x in enumerate((-1.1, 1.1))]
    scene, rings = scene_of(4, table, *walls, *ends)
    assert seated(scene, rings) is scene
    scene, rings = scene_of(4, table, locked=True)
    assert seated(scene, rings) is scene
