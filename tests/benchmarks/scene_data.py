"""Scenes a second of the data generator at 128 px with all maps: wall and processor time, by part and by processes.

Run: python tests/benchmarks/scene_data.py [SCENES]. The bar is 20 scenes/s on two cores. Processor time is given too,
because on a machine that does other work the wall time says little: scenes/s on two free cores is about twice the
scenes a second of processor time.
"""

import os
import resource
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("LP_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")


def _cpu_s() -> float:
    """Processor time of this process and of its finished children."""
    mine, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return mine.ru_utime + mine.ru_stime + children.ru_utime + children.ru_stime


def _timed(label: str, count: int, work: object) -> None:
    wall, cpu = time.perf_counter(), _cpu_s()
    work()  # type: ignore[operator]
    wall, cpu = time.perf_counter() - wall, _cpu_s() - cpu
    print(
        f"{label:44} {count / wall:8.1f} scenes/s wall {count / cpu:8.1f} scenes/s of one processor "
        f"({1e3 * cpu / count:.1f} ms)"
    )


def main(count: int) -> None:
    from sd3studio.core.catalogue import shipped_catalogue
    from sd3studio.core.scene.values import Scene
    from sd3studio.core.synthesis import compose
    from sd3studio.ml.training.data.making import make_dataset
    from sd3studio.ml.training.data.records import SampleSettings, make_sample
    from sd3studio.ml.training.data.shards import DatasetRecipe
    from sd3studio.render.maps import render_maps

    settings = SampleSettings()
    entries = list(shipped_catalogue())
    parts = [entries[start : start + 20] for start in range(0, len(entries), 20)]
    scenes = [Scene.of(e.as_object(f"o{k}", float(k)) for k, e in enumerate(part)) for part in parts]
    _timed(
        "load the meshes (meshes, not scenes)", len(entries), lambda: [render_maps(s, ("id",), 64, 64) for s in scenes]
    )
    few = min(count, 100)
    _timed("compose", few, lambda: [compose("mixed", seed) for seed in range(few)])
    _timed(
        "compose, draw, describe, meshes loaded", few, lambda: [make_sample("mixed", s, settings) for s in range(few)]
    )
    for workers in (1, 2):
        with tempfile.TemporaryDirectory() as folder:
            recipe = DatasetRecipe(kind="mixed", count=count, seed=0, shard_scenes=64)
            _timed(
                f"data set on disk, {workers} process{'es' if workers > 1 else ''}, with their start",
                count,
                lambda: make_dataset(Path(folder) / "d", recipe, workers=workers),  # noqa: B023
            )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 512)
