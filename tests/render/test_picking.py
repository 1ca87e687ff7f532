"""Picking and marquee against slow references."""

import math

import numpy as np
import pytest

from sd3studio.core.scene.boxes import Boxes
from sd3studio.core.scene.camera import Camera, FlatCamera
from sd3studio.core.scene.values import Scene, SceneObject
from sd3studio.render.mesh import load_mesh
from sd3studio.render.picking import Picker, first_triangle
from sd3studio.render.primitives import slab_mesh


def random_scene(count: int, seed: int) -> Scene:
    rng = np.random.default_rng(seed)
    return Scene.of(
        SceneObject(
            id=f"o{i}",
            label="box",
            center=tuple(rng.uniform(-4, 4, 3)),
            size=tuple(rng.uniform(0.1, 1.5, 3)),
            yaw=float(rng.uniform(-3, 3)),
            pitch=float(rng.uniform(-1, 1)),
            roll=float(rng.uniform(-1, 1)),
        )
        for i in range(count)
    )


def slow_pick(scene: Scene, origin: np.ndarray, direction: np.ndarray) -> tuple[str | None, float]:
    """Every triangle of every object in world space, one by one."""
    best, found = math.inf, None
    for thing, center, half, turn in _posed(scene):
        for triangle in load_mesh(thing.mesh).unit_triangles:
            a, b, c = (turn @ (2 * half * corner) + center for corner in triangle.astype(float))
            system = np.stack([b - a, c - a, -direction], axis=1)
            if abs(np.linalg.det(system)) < 1e-15:
                continue
            u, v, t = np.linalg.solve(system, origin - a)
            if u >= 0 and v >= 0 and u + v <= 1 and 0 < t < best:
                best, found = t, thing.id
    return found, best


def _posed(scene: Scene):
    boxes = Boxes.of(scene.objects.values())
    return zip(scene.objects.values(), boxes.center, boxes.half, boxes.rotation, strict=True)


def test_pick_agrees_with_every_triangle_tried() -> None:
    scene = random_scene(12, seed=4)
    picker = Picker()
    picker.set_scene(scene)
    rng = np.random.default_rng(9)
    hits = 0
    for _ in range(40):
        origin = rng.uniform(-8, 8, 3)
        aim = scene.objects[f"o{rng.integers(12)}"].center + rng.uniform(-0.4, 0.4, 3)
        direction = aim - origin
        direction /= np.linalg.norm(direction)
        found, distance = slow_pick(scene, origin, direction)
        hit = picker.pick(origin, direction)
        assert (hit.id if hit else None) == found
        if hit:
            hits += 1
            assert hit.distance_m == pytest.approx(distance, abs=1e-6)
            assert np.allclose(hit.point, origin + distance * direction, atol=1e-6)
    assert hits > 10


def test_a_click_past_the_bevel_of_a_box_takes_what_is_behind() -> None:
    front = SceneObject(id="front", label="box", center=(0, 0, 0.5), size=(1, 1, 1), yaw=math.pi / 4)
    wall = SceneObject(id="wall", label="wall", kind="stuff", center=(0, 3, 1), size=(9, 0.1, 4))
    picker = Picker()
    picker.set_scene(Scene.of([front, wall]))
    # the sharp corner of the box reaches 0.7071 to the side, its bevelled mesh a little less
    assert picker.pick((0.703, -5, 0.5), (0, 1, 0)).id == "wall"
    assert picker.pick((0.66, -5, 0.5), (0, 1, 0)).id == "front"


def test_hidden_concepts_and_sky_can_not_be_picked() -> None:
    objects = [
        SceneObject(id="hidden", label="box", center=(0, 0, 0), hidden=True),
        SceneObject(id="room", label="room", kind="concept", center=(0, 1, 0)),
        SceneObject(id="sky", label="sky", kind="stuff", center=(0, 2, 0), size=(9, 9, 9)),
    ]
    picker = Picker()
    picker.set_scene(Scene.of(objects))
    assert picker.pick((0, -9, 0), (0, 1, 0)) is None


def test_a_moved_object_is_picked_where_it_is_now() -> None:
    scene = random_scene(5, seed=1)
    picker = Picker()
    picker.set_scene(scene)
    moved = scene.with_objects(scene.objects["o2"].replace(center=(50.0, 0.0, 0.0)))
    picker.set_scene(moved)
    assert picker.pick((50, -9, 0), (0, 1, 0)).id == "o2"


def test_pick_pixel_agrees_with_where_the_camera_shows_the_middle() -> None:
    camera = Camera(position=(3, -6, 2), target=(0, 0, 0.5), width=640, height=480)
    scene = Scene.of([SceneObject(id="box", label="box", center=(0.4, 0.2, 0.5))])
    picker = Picker()
    picker.set_scene(scene)
    pixel, _ = camera.project((0.4, 0.2, 0.5))
    assert picker.pick_pixel(camera, *pixel).id == "box"
    assert picker.pick_pixel(camera, 2, 2) is None


def test_marquee_by_middles_agrees_with_one_projection_at_a_time() -> None:
    scene = random_scene(60, seed=2)
    camera = Camera(position=(0, -9, 3), target=(0, 0, 0), width=400, height=300)
    picker = Picker()
    picker.set_scene(scene)
    expected = []
    for thing in scene.objects.values():
        (x, y), depth = camera.project(thing.center)
        if depth > 0 and 100 <= x <= 260 and 80 <= y <= 200:
            expected.append(thing.id)
    assert picker.marquee(camera, (260, 80), (100, 200), touching=False) == tuple(expected)
    assert 0 < len(expected) < 60


SEEN_BY = {
    "with perspective": Camera(position=(0, -14, 1), target=(0, 0, 0), width=120, height=90),
    "flat": FlatCamera(position=(0, -900, 100), target=(0, 0, 0), span_m=10.0, width=120, height=90),
}


@pytest.mark.parametrize("how", SEEN_BY)
def test_touching_marquee_agrees_with_pixels_of_the_box(how: str) -> None:
    """Reference: shoot a ray through every pixel of the rectangle at the box alone."""
    from sd3studio.core.scene.boxes import ray_hits

    scene = random_scene(25, seed=5)
    camera = SEEN_BY[how]
    picker = Picker()
    picker.set_scene(scene)
    low, high = (30.0, 30.0), (62.0, 55.0)
    found = set(picker.marquee(camera, low, high))
    xs, ys = np.meshgrid(np.linspace(low[0], high[0], 65), np.linspace(low[1], high[1], 51))
    origin, rays = camera.ray(np.stack([xs, ys], axis=-1).reshape(-1, 2))
    boxes = Boxes.of(scene.objects.values())
    through = zip(np.broadcast_to(origin, rays.shape), rays, strict=True)
    seen = {boxes.ids[k] for ray in through for k in np.flatnonzero(np.isfinite(ray_hits(boxes, *ray)))}
    assert seen <= found
    # nothing is taken that is clearly outside: a rectangle two pixels wider must be needed at most
    assert len(found - seen) <= 1
    assert 0 < len(found) < 25


def test_objects_behind_the_camera_are_not_in_the_marquee() -> None:
    scene = Scene.of([SceneObject(id="behind", label="box", center=(0, -20, 0))])
    picker = Picker()
    picker.set_scene(scene)
    camera = Camera(position=(0, -5, 0), target=(0, 0, 0), width=100, height=100)
    assert picker.marquee(camera, (0, 0), (100, 100)) == ()


def test_a_ray_along_a_degenerate_triangle_misses_quietly() -> None:
    triangles = np.array([[[0, 0, 0], [0, 0, 0], [0, 0, 0]], [[0, 0, 0], [1, 0, 0], [2, 0, 0]]], float)
    assert first_triangle(triangles, np.array([0.5, -1, 0]), np.array([0, 1.0, 0])) == math.inf


def test_slab_is_hit_from_both_sides() -> None:
    triangles = slab_mesh().unit_triangles
    assert first_triangle(triangles, np.array([0.1, -3, 0.1]), np.array([0, 1.0, 0])) == pytest.approx(2.5)
    assert first_triangle(triangles, np.array([0.1, 3, 0.1]), np.array([0, -1.0, 0])) == pytest.approx(2.5)
    assert first_triangle(triangles, np.array([0.1, 0, 0.1]), np.array([0, 1.0, 0])) == pytest.approx(0.5)
