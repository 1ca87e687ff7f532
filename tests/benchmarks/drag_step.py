"""One drag step in a scene of 200 objects with all relations refreshed, beside computing everything anew and peers.

    python tests/benchmarks/drag_step.py [--objects 200] [--repeats 50]

The peers do the same update of one object against all others: the plain-Python reference of the tests with all grades,
and, if it is installed, shapely, which gives only footprint overlaps and distances (a part of 2 of the 15 layers).
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from sd3studio.core.language.captions import captions_of
from sd3studio.core.relations import LAYERS, RelationField, derived_relations
from sd3studio.core.scene import Scene, SceneObject

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "core" / "relations"))
import slow_reference

LABELS = ("chair", "table", "lamp", "dog", "person", "car", "box")


def random_scene(count: int, seed: int = 0) -> Scene:
    """Objects of many sizes on a square that keeps the density of a furnished room."""
    rng = np.random.default_rng(seed)
    side = np.sqrt(count)
    things = []
    for k in range(count):
        size = tuple(rng.uniform(0.1, 2.0, 3).tolist())
        center = (*rng.uniform(-side, side, 2).tolist(), size[2] / 2)
        things.append(
            SceneObject(id=f"o{k}", label=LABELS[k % len(LABELS)], center=center, size=size, yaw=rng.uniform(-3, 3))
        )
    return Scene.of(things)


def moved(scene: Scene, step: int) -> Scene:
    """The scene with one object a little farther along."""
    thing = scene.objects["o7"]
    x, y, z = thing.center
    return scene.with_objects(thing.replace(center=(x + 0.01 * (-1) ** step, y, z)))


def median_ms(work: Callable[[int], object], repeats: int) -> float:
    """Median wall time of `work(step)`."""
    times = []
    for step in range(repeats):
        start = time.perf_counter()
        work(step)
        times.append(time.perf_counter() - start)
    return 1e3 * statistics.median(times)


def naive(scene: Scene) -> None:
    """All grades of one object with all others in plain Python."""
    one = scene.objects["o7"]
    for other in scene.objects.values():
        if other is not one:
            for predicate, frame in LAYERS:
                slow_reference.grade(one, predicate, other, scene.camera, frame)
                slow_reference.grade(other, predicate, one, scene.camera, frame)


def shapely_step(scene: Scene) -> Callable[[int], object] | None:
    """Footprint overlap and distance of the moved object with all others in shapely, or None without shapely."""
    try:
        import shapely
        from shapely.affinity import rotate, translate
    except ImportError:
        return None

    def footprint(thing: SceneObject) -> "shapely.Polygon":
        w, d = thing.size[0] / 2, thing.size[1] / 2
        return translate(rotate(shapely.box(-w, -d, w, d), thing.yaw, use_radians=True), *thing.center[:2])

    others = np.array([footprint(thing) for thing in scene.objects.values()])

    def step(k: int) -> object:
        mine = footprint(moved(scene, k).objects["o7"])
        return shapely.area(shapely.intersection(mine, others)), shapely.distance(mine, others)

    return step


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--objects", type=int, default=200)
    parser.add_argument("--repeats", type=int, default=50)
    args = parser.parse_args()
    scene = random_scene(args.objects)
    field = RelationField(scene)
    small = random_scene(20)
    small_field = RelationField(small)
    rows: list[tuple[str, float]] = [
        (
            "drag step: edit + all relations of all pairs",
            median_ms(lambda k: field.update(moved(scene, k)), args.repeats),
        ),
        ("the same, computed anew", median_ms(lambda k: RelationField(moved(scene, k)), max(5, args.repeats // 5))),
        ("the same step in plain Python", median_ms(lambda k: naive(scene), 3)),
        (
            "facts of the dragged object (10 best)",
            median_ms(lambda k: derived_relations(field, "o7", 10), args.repeats),
        ),
        ("captions of 20 objects", median_ms(lambda k: captions_of(small, field=small_field), args.repeats)),
    ]
    peer = shapely_step(scene)
    if peer is not None:
        rows.insert(3, ("footprint overlap and distance alone in shapely", median_ms(peer, args.repeats)))
    print(f"{args.objects} objects, {len(LAYERS)} layers of grades, medians")
    for name, value in rows:
        print(f"{name:52} {value:9.2f} ms   {value / rows[0][1]:7.2f} x")


if __name__ == "__main__":
    main()
