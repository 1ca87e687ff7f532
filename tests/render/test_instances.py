"""The instance table: only what differs is written, and the result is always that of a fresh table."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sd3studio.core.scene.camera import Camera
from sd3studio.core.scene.values import Scene, SceneObject
from sd3studio.render.instances import CODE, HEIGHT, HOVERED, SELECTED, TINT, InstanceTable, packed_tint
from sd3studio.render.view import View, clip_distances, levels_for, visible_instances

NAMES = "abcde"
things = st.builds(
    SceneObject,
    id=st.just("a"),
    label=st.sampled_from(["floor", "sky", "chair"]),
    kind=st.sampled_from(["object", "stuff", "concept"]),
    center=st.tuples(*[st.floats(-5, 5)] * 3),
    size=st.tuples(*[st.floats(0.1, 2)] * 3),
    yaw=st.floats(-3, 3),
    hidden=st.booleans(),
    attributes=st.sampled_from([(), ("red",), ("old", "dark blue")]),
)
scenes = st.dictionaries(st.sampled_from(NAMES), things).map(
    lambda chosen: Scene.of(thing.replace(id=key) for key, thing in chosen.items())
)


def state(table: InstanceTable) -> dict[str, object]:
    meshes = [table.meshes[number] for number in table.mesh_of]
    arrays = {name: getattr(table, name).tolist() for name in ("rows", "centers", "half_diagonals", "hidden", "solid")}
    return {**arrays, "meshes": meshes, "ids": table.ids, "sky": table.sky_id}


@settings(max_examples=60)
@given(st.lists(scenes, min_size=1, max_size=5))
def test_any_sequence_of_scenes_ends_as_the_last_one_alone(sequence: list[Scene]) -> None:
    table, fresh = InstanceTable(), InstanceTable()
    for scene in sequence:
        table.update(scene)
        table.flag(selected=list(scene.objects)[:1])
    fresh.update(sequence[-1])
    table.flag()
    fresh.flag()
    assert state(table) == state(fresh)


def scene_of(count: int) -> Scene:
    return Scene.of(SceneObject(id=f"o{i}", label="box", center=(float(i), 0, 0.5)) for i in range(count))


def test_a_drag_step_rewrites_one_row() -> None:
    scene, table = scene_of(50), InstanceTable()
    table.update(scene)
    assert table.rewritten == 50
    assert not table.update(scene)
    assert table.update(scene.with_objects(scene.objects["o7"].replace(yaw=1.0)))
    assert table.rewritten == 1


def test_an_added_object_leaves_the_others_alone() -> None:
    scene, table = scene_of(10), InstanceTable()
    table.update(scene)
    table.update(scene.with_objects(SceneObject(id="new", label="box")))
    assert table.rewritten == 1
    assert table.ids[-1] == "new"


def test_a_floor_is_drawn_above_the_grass_that_is_level_with_it() -> None:
    def ground(key: str, side: float, top: float) -> SceneObject:
        return SceneObject(id=key, label=key, kind="stuff", center=(0.0, 0.0, top - 0.01), size=(side, side, 0.02))

    table = InstanceTable()
    table.update(Scene.of([ground("floor", 4.0, 0.0), ground("grass", 40.0, 0.0), ground("rug", 2.0, 0.01)]))
    heights = table.rows[:, HEIGHT]
    assert 0.001 < heights[0] + 0.01 < 0.005 and np.allclose(heights[1:], [-0.01, 0.0], atol=1e-6)
    table.update(Scene.of([ground("floor", 4.0, 0.0)]))
    assert np.allclose(table.rows[:, HEIGHT], [-0.01])


def test_flags_are_set_and_taken_away() -> None:
    table = InstanceTable()
    table.update(scene_of(4))
    table.flag(selected={"o1", "gone"}, hovered="o1")
    assert table.rows[:, CODE].tolist() == [0, SELECTED + HOVERED, 0, 0]
    table.flag(hovered="o2")
    assert table.rows[:, CODE].tolist() == [0, 0, HOVERED, 0]


def test_colour_words_tint_and_an_explicit_colour_wins() -> None:
    table = InstanceTable()
    named = SceneObject(id="a", label="box", attributes=("large", "red"))
    table.update(Scene.of([named, named.replace(id="b", colour=(0.0, 1.0, 0.0))]))
    assert table.rows[1, TINT] == packed_tint((0.0, 1.0, 0.0)) == 255 * 256
    assert table.rows[0, TINT] not in (-1.0, table.rows[1, TINT])


def visible(scene: Scene, camera: Camera) -> set[str]:
    table = InstanceTable()
    table.update(scene)
    near, far = clip_distances(table, camera)
    view = View(camera, camera.width, camera.height, near, far)
    return {scene_ids[row] for scene_ids in [table.ids] for row in visible_instances(table, view, 1.0, 0.0).order}


@given(st.integers(0, 1_000))
def test_nothing_that_the_camera_sees_is_culled(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scene = Scene.of(
        SceneObject(id=f"o{i}", label="box", center=tuple(rng.uniform(-9, 9, 3)), size=tuple(rng.uniform(0.1, 3, 3)))
        for i in range(30)
    )
    camera = Camera(position=(0, -4, 1), target=tuple(rng.uniform(-1, 1, 3)), width=90, height=60)
    kept = visible(scene, camera)
    for thing in scene.objects.values():
        pixel, depth = camera.project(thing.center)
        if depth > 0.05 and (pixel >= 0).all() and (pixel <= [90, 60]).all():
            assert thing.id in kept


def test_what_lies_behind_is_culled() -> None:
    scene = scene_of(1).with_objects(SceneObject(id="behind", label="box", center=(0, -30, 0)))
    assert visible(scene, Camera(position=(0, -5, 1), target=(0, 0, 0))) == {"o0"}


def test_levels_grow_coarser_with_distance() -> None:
    levels = levels_for(np.array([2_000.0, 150.0, 40.0, 15.0, 5.0]), 1.0)
    assert levels.tolist() == [0, 1, 2, 3, 4]
    assert levels_for(np.array([5.0]), 0.0).tolist() == [0]
