"""Times of one step of a drag with magnetism, with kept relations, of the graph drawing, and of editing by sentences.

python tests/benchmarks/editing_steps.py [--objects 200] [--kept 10]
"""

import argparse
import random
import statistics
import time
from collections.abc import Callable

from sd3studio.core.edits import MoveObjects
from sd3studio.core.layout.keeping import Keeping, keep
from sd3studio.core.relations import grade_of, list_relations
from sd3studio.core.requests import EditByText
from sd3studio.core.scene import Camera, Predicate, Relation, Scene, SceneObject
from sd3studio.core.scene.node_link import drawn
from sd3studio.core.snapping import Snapping, Surroundings, snap
from sd3studio.ml.parsing.edit_by_text import run

SENTENCES = (
    "move b1 to the right of b2", "remove b3", "make b4 red", "turn b5 towards b6", "把b7删掉", "swap b8 and b9",
)  # fmt: skip


def random_scene(count: int) -> Scene:
    """Boxes on a square that keeps the density of a furnished room."""
    rng = random.Random(0)
    side = count**0.5
    things = []
    for k in range(count):
        center = (rng.uniform(-side, side), rng.uniform(-side, side), 0.3)
        things.append(SceneObject(id=f"b{k}", label=f"b{k}", size=(0.6, 0.6, 0.6), center=center))
    return Scene.of(things, camera=Camera(position=(0.0, -2.0 * side, 4.0), target=(0.0, 0.0, 0.5)))


def kept_relations(scene: Scene, count: int) -> list[Relation]:
    """True relations of others with the first object; a drag to the right makes all of them follow."""
    keys = [key for key in list(scene.objects)[1:] if grade_of(scene, key, Predicate.RIGHT_OF, "b0") >= 0.5]
    return [Relation(subject=key, predicate=Predicate.RIGHT_OF, object="b0") for key in keys[:count]]


def median_ms(work: Callable[[int], object], repeats: int, clock: Callable[[], float] = time.perf_counter) -> float:
    """Median time of `work(step)`, of the wall clock or another one."""
    times = []
    for step in range(repeats):
        start = clock()
        work(step)
        times.append(clock() - start)
    return 1e3 * statistics.median(times)


def session_step_ms(count: int, clock: Callable[[], float], kept: int = 10) -> float:
    """One step of a drag as the window does it: live constraints, grades, conflicts, the list (bar: 33 ms, 30/s)."""
    from sd3studio.core.document import Document
    from sd3studio.core.edits import KeepRelation, Sequence
    from sd3studio.core.layout.keeping import live_constraints
    from sd3studio.ui.canvas.tools.drags import Corrected
    from sd3studio.ui.session import Session

    scene = random_scene(count)
    held = [row.relation for row in list_relations(scene) if "b0" in row.key] + kept_relations(scene, kept)
    scene = Sequence(tuple(KeepRelation(relation) for relation in held[:kept])).apply(scene)
    session = Session(Document(scene))
    last_word = live_constraints(scene, ["b0"])
    assert last_word is not None

    def step(k: int) -> None:
        session.document.preview(Corrected(MoveObjects(("b0",), (0.2 * k, 0.1 * k, 0.0)), last_word))
        assert session.relations

    return median_ms(step, 60, clock)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--objects", type=int, default=200)
    parser.add_argument("--kept", type=int, default=10)
    args = parser.parse_args()
    scene = random_scene(args.objects)
    around, how = Surroundings(scene, ["b0"]), Snapping(grid_m=0.1)
    relations = kept_relations(scene, args.kept)
    dragged = [MoveObjects(("b0",), (2.0 * k, 0.0, 0.0)).apply(scene) for k in range(1, 21)]
    live = Keeping(scene, relations, ["b0"])
    drawing = drawn(scene)
    more = scene.with_objects(SceneObject(id="new", label="new"))
    rows = [
        ("snapping, set up at mouse-down", median_ms(lambda _: Surroundings(scene, ["b0"]), 10)),
        ("snapping, one step", median_ms(lambda k: snap(around, (0.05 * k, 0.03 * k, 0.0), how), 200)),
        ("kept relations, set up and one step", median_ms(lambda k: keep(scene, dragged[k], relations, ["b0"]), 20)),
        ("kept relations, one step", median_ms(lambda k: live.step(dragged[k]), 20)),
        ("graph drawing from scratch", median_ms(lambda _: drawn(scene), 3)),
        ("graph drawing after a change", median_ms(lambda _: drawn(more, drawing.positions), 5)),
    ]
    for name, clock in (("wall", time.perf_counter), ("processor", time.process_time)):
        rows.append((f"window's step, 50 objects, 10 kept, {name}", session_step_ms(50, clock)))
    for text in SENTENCES:
        request = EditByText(scene=scene, text=text)
        rows.append((f"“{text}”", median_ms(lambda _, asked=request: list(run(asked)), 3)))
    print(f"{args.objects} objects, {len(relations)} kept relations; medians")
    for name, value in rows:
        print(f"{name:40s} {value:8.2f} ms")


if __name__ == "__main__":
    main()
