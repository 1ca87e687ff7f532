"""Composed scenes: the same for a seed, nothing in anything, nothing in the air, most things seen."""

import math
from functools import cache

import numpy as np
import pytest

from sd3studio.core.catalogue import shipped_catalogue
from sd3studio.core.errors import DataError
from sd3studio.core.layout import overlaps
from sd3studio.core.relations import grade_of
from sd3studio.core.scene.json_form import write_scene
from sd3studio.core.scene.predicates import Predicate
from sd3studio.core.scene.values import Scene, SceneObject
from sd3studio.core.synthesis import KINDS, RECIPES, compose, compose_place, place_of, seen_shares
from sd3studio.core.synthesis.plot import WALL_YAW

SEEDS = range(6)
FLYING = {"kite"}


@cache
def scenes_of(place: str) -> tuple[Scene, ...]:
    return tuple(compose_place(place, seed) for seed in SEEDS)


def lowest(thing: SceneObject) -> float:
    return thing.center[2] - thing.size[2] / 2.0


def touches_a_wall(thing: SceneObject, scene: Scene) -> bool:
    """Whether its back is at a wall."""
    back = np.array([-math.sin(thing.yaw), math.cos(thing.yaw)]) * thing.size[1] / 2.0
    x, y = np.array(thing.center[:2]) + back
    return any(
        abs(x - wall.center[0]) < wall.size[0] / 2.0 + 0.03 and abs(y - wall.center[1]) < wall.size[1] / 2.0 + 0.03
        for wall in scene.objects.values()
        if wall.label == "wall"
    )


@pytest.mark.parametrize("place", RECIPES)
def test_the_same_seed_gives_the_same_scene(place: str) -> None:
    assert write_scene(compose_place(place, 3)) == write_scene(compose_place(place, 3))


def test_other_seeds_give_other_scenes() -> None:
    assert len({write_scene(scene) for scene in scenes_of("kitchen")}) == len(SEEDS)


def test_the_size_of_the_picture_changes_the_camera_only() -> None:
    scene, small = compose("rooms", 12), compose("rooms", 12, size_px=64)
    assert small.objects == scene.objects
    assert small.camera == scene.camera.replace(width=64, height=64)
    assert place_of("rooms", 12) in KINDS["rooms"]


@pytest.mark.parametrize("place", RECIPES)
def test_scenes_have_three_to_fourteen_things_that_belong_to_one_concept(place: str) -> None:
    for scene in scenes_of(place):
        assert 3 <= len(scene.solid_objects()) <= 14
        concepts = [thing.id for thing in scene.objects.values() if thing.kind == "concept"]
        assert len(concepts) == 1
        assert {thing.parent for thing in scene.objects.values() if thing.kind != "concept"} == set(concepts)
        assert any(thing.kind == "stuff" for thing in scene.objects.values())


@pytest.mark.parametrize("place", RECIPES)
def test_nothing_goes_into_anything_else(place: str) -> None:
    for scene in scenes_of(place):
        assert overlaps(scene) == ()


@pytest.mark.parametrize("place", RECIPES)
def test_nothing_floats(place: str) -> None:
    for scene in scenes_of(place):
        for thing in scene.solid_objects():
            held = lowest(thing) <= 0.03 or thing.category in FLYING or touches_a_wall(thing, scene)
            others = [other.id for other in scene.solid_objects() if other.id != thing.id]
            held = held or any(
                grade_of(scene, thing.id, predicate, other) > 0.5
                for predicate in (Predicate.ON, Predicate.IN)
                for other in others
            )
            assert held, f"{thing.id} in {scene.title}"
            assert lowest(thing) > -0.02


@pytest.mark.parametrize("place", RECIPES)
def test_most_things_are_in_view(place: str) -> None:
    shares = np.concatenate([seen_shares(scene.solid_objects(), scene.camera) for scene in scenes_of(place)])
    assert (shares >= 0.25).mean() >= 0.8


def test_what_stands_at_a_wall_turns_its_back_to_it() -> None:
    at_wall = [
        thing
        for place in ("bedroom", "kitchen", "bathroom")
        for scene in scenes_of(place)
        for thing in scene.solid_objects()
        if thing.category in ("bed", "oven", "refrigerator", "toilet", "wardrobe")
        and min(abs(thing.yaw - yaw) for yaw in WALL_YAW.values()) < 1e-6
    ]
    assert len(at_wall) >= 20
    for place in ("bedroom", "kitchen", "bathroom"):
        for scene in scenes_of(place):
            for thing in scene.solid_objects():
                if thing in at_wall:
                    assert touches_a_wall(thing, scene)


def test_chairs_face_their_table() -> None:
    graded = []
    for scene in scenes_of("dining room"):
        tables = [thing.id for thing in scene.solid_objects() if thing.category == "dining table"]
        chairs = [thing.id for thing in scene.solid_objects() if thing.category == "chair"]
        graded += [grade_of(scene, chair, Predicate.FACING, tables[0]) for chair in chairs if tables]
    assert len(graded) > 6
    assert np.mean([grade > 0.5 for grade in graded]) > 0.9


def test_scenes_are_varied_in_light_colours_and_cameras() -> None:
    scenes = [scene for place in RECIPES for scene in scenes_of(place)]
    colours = {word for scene in scenes for thing in scene.solid_objects() for word in thing.attributes}
    assert len({scene.light for scene in scenes}) > 60
    assert len(colours) >= 15
    assert np.ptp([scene.camera.fov_y for scene in scenes]) > math.radians(20.0)
    assert np.ptp([scene.camera.position[0] for scene in scenes]) > 4.0


def test_every_category_that_recipes_name_is_in_the_catalogue() -> None:
    catalogue = shipped_catalogue()
    for recipe in RECIPES.values():
        for step in (*recipe.first, *recipe.more):
            for name in step.what:
                entry = catalogue.get(name.removeprefix("=")) if name.startswith("=") else catalogue.of_category(name)
                assert entry, f"{name} of {recipe.concept}"


def test_kinds_and_places_that_are_not_there_are_named() -> None:
    with pytest.raises(DataError, match=r"no kind of scenes 'caves'.*rooms, streets, mixed"):
        compose("caves", 0)
    with pytest.raises(DataError, match="no place 'cave'"):
        compose_place("cave", 0)
    assert set(KINDS["mixed"]) == set(RECIPES)
