"""Rendered maps against the geometry of the scene, off-screen."""

import math

import numpy as np
import pytest

from sd3studio.core.scene.boxes import Boxes, ray_hits
from sd3studio.core.scene.camera import Camera, FlatCamera
from sd3studio.core.scene.values import Scene, SceneObject
from sd3studio.render.maps import ALL_MAPS, release_offscreen, render_maps
from sd3studio.render.palette import ADE20K, class_colour

pytestmark = [pytest.mark.gl, pytest.mark.usefixtures("gl")]


def pixel_rays(camera: Camera) -> tuple[np.ndarray, np.ndarray]:
    xs, ys = np.meshgrid(np.arange(camera.width) + 0.5, np.arange(camera.height) + 0.5)
    return camera.ray(np.stack([xs, ys], axis=-1))


def slabs(scene: Scene) -> Scene:
    """The same boxes as stuff: drawn with sharp edges, so that the boxes are exact."""
    return scene.replace(objects={k: v.replace(kind="stuff", label="wall") for k, v in scene.objects.items()})


def traced(scene: Scene, camera: Camera) -> tuple[np.ndarray, np.ndarray]:
    """Depth along the view axis and number of the nearest box, ray by ray."""
    origin, rays = pixel_rays(camera)
    boxes = Boxes.of(scene.objects.values())
    flat = rays.reshape(-1, 3)
    origins = np.broadcast_to(origin, rays.shape).reshape(-1, 3)
    distances = np.array([ray_hits(boxes, *ray) for ray in zip(origins, flat, strict=True)])
    number = distances.argmin(axis=1) + 1
    nearest = distances.min(axis=1)
    number[np.isinf(nearest)] = 0
    shape = rays.shape[:2]
    return (nearest * (flat @ camera.axes[2])).reshape(shape), number.reshape(shape)


def inner(number: np.ndarray) -> np.ndarray:
    """Pixels whose neighbours all have the same number."""
    same = np.ones(number.shape, bool)
    for axis in (0, 1):
        for step in (-1, 1):
            same &= np.roll(number, step, axis) == number
    return same


FLAT = {
    "front": FlatCamera(position=(0.3, -1_000.0, 0.8), target=(0.3, 0.0, 0.8), span_m=4.0, width=160, height=120),
    "above": FlatCamera(position=(0.3, 0.4, 900.0), target=(0.3, 0.4, 0.0), span_m=6.0, width=160, height=120),
    "corner": FlatCamera(position=(-700.0, -700.0, 600.0), target=(0.5, 0.5, 0.6), span_m=5.0, width=160, height=120),
}


@pytest.mark.parametrize("view", [None, *FLAT])
def test_depth_and_ids_agree_with_rays_cast_at_the_boxes(boxes_scene: Scene, view: str | None) -> None:
    scene = slabs(boxes_scene)
    camera = FLAT[view] if view else scene.camera
    maps = render_maps(scene, ("depth", "id"), camera=camera)
    depth, number = traced(scene, camera)
    assert (maps.id != number).mean() < 0.002
    shown = (number > 0) & inner(number)
    assert np.abs(maps.depth_m[shown] - depth[shown]).max() < (5e-4 if view else 2e-4)  # of 1,000 m as float32
    assert np.isinf(maps.depth_m[maps.id == 0]).all()
    assert maps.ids == ("near", "far")
    assert maps.near_m == pytest.approx(depth[number > 0].min(), abs=1e-3)


@pytest.mark.parametrize("roll", [0.0, 0.4])
def test_a_turned_and_rolled_view_still_agrees(roll: float) -> None:
    camera = Camera(position=(3.0, -4.0, 3.0), target=(0.0, 0.3, 0.4), roll=roll, width=120, height=90)
    box = SceneObject(
        id="a", label="wall", kind="stuff", center=(0, 0, 0.6), size=(1, 2, 0.7), yaw=0.5, pitch=0.3, roll=-0.6
    )
    scene = Scene.of([box], camera=camera)
    maps = render_maps(scene, ("depth", "id"))
    depth, number = traced(scene, scene.camera)
    assert (maps.id != number).mean() < 0.004
    shown = (number > 0) & inner(number)
    assert np.abs(maps.depth_m[shown] - depth[shown]).max() < 2e-4


def test_normals_are_those_of_the_faces_in_the_eye_frame() -> None:
    box = SceneObject(id="a", label="wall", kind="stuff", center=(0, 0, 0.5), size=(2, 1, 1), yaw=0.7)
    camera = Camera(position=(0.5, -5, 2.5), target=(0, 0, 0.5), width=160, height=120)
    maps = render_maps(Scene.of([box], camera=camera), ("normal", "id"))
    assert np.allclose(np.linalg.norm(maps.normal[maps.id > 0], axis=1), 1.0, atol=2e-3)
    assert (maps.normal[maps.id == 0] == 0.0).all()
    turn = Boxes.of([box]).rotation[0]
    to_eye = camera.view_matrix()[:3, :3]
    expected = np.concatenate([(to_eye @ turn).T, -(to_eye @ turn).T])
    error = np.abs(maps.normal[maps.id > 0][:, None] - expected).max(axis=2).min(axis=1)
    assert error.max() < 3e-3
    # what is seen looks at the viewer
    assert (maps.normal[maps.id > 0][:, 2] > 0).mean() > 0.999


def test_non_uniform_scale_keeps_normals_upright() -> None:
    """The bevelled box, flattened: its top must still point up."""
    box = SceneObject(id="a", label="plate", center=(0, 0, 0.1), size=(3, 2, 0.02))
    camera = Camera(position=(0, -3, 3), target=(0, 0, 0.1), width=120, height=90)
    maps = render_maps(Scene.of([box], camera=camera), ("normal", "id"))
    up = camera.view_matrix()[:3, :3] @ [0, 0, 1]
    assert np.allclose(maps.normal[45, 60], up, atol=3e-3)


def test_changing_one_object_gives_the_same_picture_as_starting_anew(boxes_scene: Scene) -> None:
    render_maps(boxes_scene)
    moved = boxes_scene.objects["near"].replace(center=(-0.8, 0.4, 0.5), yaw=1.0, colour=(0.2, 0.4, 0.9))
    changed = boxes_scene.with_objects(moved)
    step = render_maps(changed, quality="view")
    release_offscreen()
    anew = render_maps(changed, quality="view")
    for name in ("rgb", "depth_m", "normal", "id", "class_rgb"):
        assert np.array_equal(getattr(step, name), getattr(anew, name)), name


def test_adding_removing_and_hiding_follow(boxes_scene: Scene) -> None:
    render_maps(boxes_scene, ("id",))
    without = boxes_scene.replace(objects={"far": boxes_scene.objects["far"]})
    only = render_maps(without, ("id",))
    assert only.ids == ("far",)
    assert set(np.unique(only.id)) == {0, 1}
    hidden = boxes_scene.with_objects(boxes_scene.objects["far"].replace(hidden=True))
    assert set(np.unique(render_maps(hidden, ("id",)).id)) == {0, 1}
    assert set(np.unique(render_maps(boxes_scene, ("id",)).id)) == {0, 1, 2}


def test_an_empty_scene_has_maps_of_nothing() -> None:
    maps = render_maps(Scene(camera=Camera(width=64, height=48)), ground="none")
    assert not maps.id.any()
    assert np.isinf(maps.depth_m).all()
    assert (maps.near_m, maps.far_m) == (0.0, 0.0)
    assert not maps.class_rgb.any()


def test_sky_fills_what_would_be_nothing(boxes_scene: Scene) -> None:
    scene = boxes_scene.with_objects(SceneObject(id="sky", label="sky", kind="stuff"))
    maps = render_maps(scene, ("depth", "id", "class"))
    assert maps.id.min() > 0
    assert tuple(maps.class_rgb[0, 0]) == ADE20K["sky"]
    assert np.isinf(maps.depth_m[0, 0])


def test_classes_have_the_colours_of_the_data_set(boxes_scene: Scene) -> None:
    maps = render_maps(boxes_scene, ("id", "class"))
    assert set(map(tuple, maps.class_rgb[maps.id == 2])) == {ADE20K["chair"]}
    assert set(map(tuple, maps.class_rgb[maps.id == 1])) == {class_colour("box")}


def test_ground_is_in_depth_only_when_asked_for(boxes_scene: Scene) -> None:
    scene = boxes_scene.replace(camera=boxes_scene.camera.replace(position=(0.0, -5.0, 2.0)))
    without = render_maps(scene, ("depth", "id"))
    with_ground = render_maps(scene, ("depth", "id"), ground="all")
    assert np.array_equal(without.id, with_ground.id)
    row = scene.camera.height - 1
    assert np.isinf(without.depth_m[row]).all()
    origin, rays = pixel_rays(scene.camera)
    expected = -origin[2] / rays[row, :, 2] * (rays[row] @ scene.camera.axes[2])
    assert np.allclose(with_ground.depth_m[row], expected, rtol=1e-3)


@pytest.mark.parametrize("quality", ["draft", "view", "final"])
def test_pictures_show_the_objects_in_their_colours(boxes_scene: Scene, quality: str) -> None:
    red = boxes_scene.objects["near"].replace(colour=(0.9, 0.1, 0.1))
    maps = render_maps(boxes_scene.with_objects(red), ("rgb", "id"), quality=quality)
    assert maps.rgb.shape == (120, 160, 3)
    inside = maps.rgb[inner(maps.id) & (maps.id == 1)].astype(int)
    assert (inside[:, 0] > inside[:, 1] + 40).all()
    outside = maps.rgb[:10].astype(int)
    assert (outside > 120).all()


def test_a_shadow_falls_away_from_the_sun() -> None:
    box = SceneObject(id="a", label="box", center=(0, 0, 0.5), colour=(0.5, 0.5, 0.5))
    camera = Camera(position=(0, -0.1, 9), target=(0, 0, 0), width=120, height=120)
    base = Scene.of([box], camera=camera)
    release_offscreen()  # the very first picture must have it, too
    lit = {}
    for name, azimuth in (("east", 0.0), ("west", math.pi)):
        scene = base.replace(light=base.light.replace(azimuth=azimuth, elevation=0.7))
        lit[name] = render_maps(scene, ("rgb",), quality="view").rgb.astype(int).sum(axis=2)
    left, right = (slice(55, 65), slice(30, 42)), (slice(55, 65), slice(78, 90))
    assert lit["east"][left].mean() < lit["east"][right].mean() - 60
    assert lit["west"][right].mean() < lit["west"][left].mean() - 60


def test_highlight_changes_the_picture_only_around_the_object(boxes_scene: Scene) -> None:
    from sd3studio.render.style import Highlight

    plain = render_maps(boxes_scene, ("rgb", "id"), quality="draft")
    marked = render_maps(boxes_scene, ("rgb",), quality="draft", highlight=Highlight(selected={"far"}))
    changed = (plain.rgb != marked.rgb).any(axis=2)
    rows, columns = np.nonzero(plain.id == 2)
    near = np.zeros_like(changed)
    near[max(rows.min() - 3, 0) : rows.max() + 4, max(columns.min() - 3, 0) : columns.max() + 4] = True
    assert changed[plain.id == 2].mean() > 0.9
    assert not changed[~near].any()
    again = render_maps(boxes_scene, ("rgb",), quality="draft")
    assert np.array_equal(again.rgb, plain.rgb)


def test_simplified_forms_keep_ids_at_close_range() -> None:
    from sd3studio.core.catalogue import CATALOGUE_FOLDER

    if not (CATALOGUE_FOLDER / "meshes" / "chair.glb").is_file():
        pytest.skip("the catalogue is not built")
    camera = Camera(position=(1.0, -1.8, 1.2), target=(0, 0, 0.4), width=256, height=256)
    chair = SceneObject(id="chair", label="chair", mesh="chair", center=(0, 0, 0.45), size=(0.5, 0.5, 0.9))
    scene = Scene.of([chair], camera=camera)
    exact = render_maps(scene, ("id", "depth"), exact=True)
    shown = render_maps(scene, ("id", "depth"))
    assert exact.id.any()
    assert (exact.id != shown.id).sum() < 0.01 * exact.id.sum()
    both = (exact.id > 0) & (shown.id > 0)
    assert np.median(np.abs(exact.depth_m[both] - shown.depth_m[both])) < 0.005


def test_parts_are_the_materials_of_a_mesh(boxes_scene: Scene) -> None:
    camera = Camera(position=(3.0, -4.0, 1.8), target=(0, 0, 0.8), width=192, height=192)
    bus = SceneObject(id="bus", label="bus", mesh="bus", center=(0, 0, 0.8), size=(1.2, 2.4, 1.6))
    exact, shown = (render_maps(Scene.of([bus], camera=camera), ("id", "part"), exact=exact) for exact in (True, False))
    assert set(np.unique(exact.id)) == {0, 1}
    numbers, areas = np.unique(exact.part[exact.id == 1], return_counts=True)
    assert len(numbers) >= 5 and areas.max() < 0.8 * areas.sum()
    assert (exact.part != shown.part).mean() < 0.02
    boxes = render_maps(boxes_scene, ("id", "part"))
    assert boxes.id.any() and not boxes.part.any()


def test_charts_are_places_in_textures_of_the_parts_that_have_one() -> None:
    camera = Camera(position=(0.0, 0.0, 1.0), target=(0, 0.001, 0), width=96, height=96)
    pizza = SceneObject(id="pizza", label="pizza", mesh="pizza", center=(0, 0, 0.02), size=(0.5, 0.5, 0.04))
    maps = render_maps(Scene.of([pizza], camera=camera), ("id", "part", "chart", "depth"))
    top = maps.part == maps.part[48, 48]
    across, down = np.float64(maps.chart[..., 0]), np.float64(maps.chart[..., 1])
    assert maps.chart[maps.id == 0].max(initial=0) == 0
    row = np.flatnonzero(top[48])
    assert np.abs(np.diff(across[48, row])).mean() > 2.0 and np.ptp(across[48, row]) > 200  # from edge to edge
    assert np.ptp(down[np.flatnonzero(top[:, 48]), 48]) > 200
    plain = render_maps(Scene.of([pizza], camera=camera), ("id", "depth"), exact=True)
    assert np.array_equal(plain.id, maps.id) and np.array_equal(plain.depth_m, maps.depth_m)


@pytest.mark.parametrize(
    "thing",
    [
        SceneObject(id="huge", label="box", size=(9e4, 9e4, 1.0), center=(0, 0, -1)),
        SceneObject(id="tiny", label="box", size=(1e-4, 1e-4, 1e-4), center=(0, 0, 0.5)),
        SceneObject(id="around", label="box", size=(20.0, 20.0, 20.0)),
        SceneObject(id="away", label="box", center=(9e4, 9e4, 9e4)),
    ],
    ids=lambda thing: thing.id,
)
def test_extreme_objects_give_finite_maps(boxes_scene: Scene, thing: SceneObject) -> None:
    maps = render_maps(boxes_scene.with_objects(thing), ALL_MAPS, quality="draft")
    assert not np.isnan(maps.depth_m).any()
    assert np.isfinite(maps.normal).all()
    assert (maps.depth_m > 0).all()


def test_a_camera_that_looks_straight_down_works() -> None:
    camera = Camera(position=(0, 0, 5), target=(0, 0, 0), width=60, height=60)
    box = SceneObject(id="a", label="wall", kind="stuff", center=(0, 0, 0.5))
    maps = render_maps(Scene.of([box], camera=camera), ("depth", "rgb"), quality="draft")
    assert maps.depth_m[30, 30] == pytest.approx(4.0, abs=1e-3)


def test_other_sizes_keep_the_vertical_field_of_view(boxes_scene: Scene) -> None:
    small = render_maps(boxes_scene, ("id",))
    large = render_maps(boxes_scene, ("id",), width=400, height=240)
    assert large.id.shape == (240, 400)
    share = (small.id == 1).any(axis=1).mean()
    assert (large.id == 1).any(axis=1).mean() == pytest.approx(share, abs=0.03)


def test_an_unknown_map_is_refused(boxes_scene: Scene) -> None:
    with pytest.raises(ValueError, match="unknown maps"):
        render_maps(boxes_scene, ("depths",))


def test_each_thread_has_its_own_context(boxes_scene: Scene) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def work(_: int) -> np.ndarray:
        found = render_maps(boxes_scene, ("id",)).id
        release_offscreen()
        return found

    here = render_maps(boxes_scene, ("id",)).id
    with ThreadPoolExecutor(2) as pool:
        for there in pool.map(work, range(3)):
            assert np.array_equal(here, there)


def test_a_driver_without_indirect_drawing_gives_the_same_maps(boxes_scene: Scene) -> None:
    from sd3studio.render.maps import offscreen_renderer

    wall = SceneObject(id="wall", label="wall", kind="stuff", center=(0, 4, 1), size=(6, 0.1, 2))
    scene = boxes_scene.with_objects(wall, boxes_scene.objects["near"].replace(id="third", center=(-1.5, 0, 0.5)))
    one_call = render_maps(scene, ALL_MAPS, quality="view")
    pool = offscreen_renderer().passes.pool
    before, pool._indirect = pool._indirect, False
    try:
        one_by_one = render_maps(scene, ALL_MAPS, quality="view")
    finally:
        pool._indirect = before
    for name in ("rgb", "depth_m", "normal", "id"):
        assert np.array_equal(getattr(one_call, name), getattr(one_by_one, name)), name
