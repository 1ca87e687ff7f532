"""How large things of a class usually are, from corrected scenes: the shipped priors, moved by what was measured.

Each pose of a class is a normal distribution of the logarithms of width, depth and height. A thing counts for the pose
that it fits best; the mean moves as if the prior had been seen `PRIOR_WEIGHT` times (the conjugate update of a normal
with a known spread), and the spread likewise. Classes that were not seen stay as they are.
"""

import json
from collections import defaultdict
from collections.abc import Generator, Iterable
from pathlib import Path

import numpy as np

from sd3studio.core.errors import DataError
from sd3studio.core.files import write_atomic
from sd3studio.core.messages import Note
from sd3studio.core.scene.values import SceneObject
from sd3studio.core.size_priors import SIZES_NAME, sizes_file
from sd3studio.core.training.messages import Planned, Sampled, StageDone, StepDone, TrainMessage
from sd3studio.core.training.run import RunRequest
from sd3studio.ml.training.data.shards import Dataset, learnt_part
from sd3studio.ml.training.goals.card import card

PRIOR_WEIGHT = 5.0
MEASURED = ("user", "photo")
"""Where things come from whose sizes count, if a person set them: the parser's own guesses would confirm themselves."""


def run(request: RunRequest, folder: Path) -> Generator[TrainMessage, str | None, None]:
    """Measure and keep the file of priors. Raises `DataError` where nothing was measured."""
    yield Planned({"sizes": 1})
    data = learnt_part(Path(request.data))
    seen = sizes_of(thing for record in Dataset(data).records() for thing in record.scene.solid_objects())
    known = json.loads(sizes_file().read_text(encoding="utf-8"))
    updated, moved = updated_classes(known["classes"], seen)
    if not moved:
        raise DataError(
            f"{request.data} holds no thing of a known class whose size a person set. Correct some sizes in Annotate."
        )
    yield StepDone("sizes", 1, 1, 0.0, {}, 0.0, 0.0, float(sum(map(len, seen.values()))), 0.0)
    text = "\n".join(f"{name}: {count} seen, size times {factor:.2f}" for name, count, factor in moved)
    yield Sampled("sizes", 1, {}, text=text)
    (folder / "result").mkdir(parents=True, exist_ok=True)
    write_atomic(folder / "result" / SIZES_NAME, json.dumps({**known, "classes": updated}, indent=1).encode())
    write_atomic(folder / "result" / "README.md", card(request, {"Classes": text}).encode())
    yield Note(f"{len(moved)} classes moved.")
    yield StageDone("sizes", 1, folder / "result")


def sizes_of(things: Iterable[SceneObject]) -> dict[str, list[tuple[float, float, float]]]:
    """Class -> width, depth, height (m) of each thing whose size a person stands for."""
    found: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
    for thing in things:
        if thing.category and "size" not in thing.provenance.priors and thing.provenance.source in MEASURED:
            found[thing.category].append(thing.size)
    return dict(found)


def updated_classes(classes: dict, seen: dict[str, list[tuple[float, float, float]]]) -> tuple[dict, list]:
    """The classes of the file with what was seen, and (class, count, mean factor of its sizes) of those that moved."""
    updated, moved = json.loads(json.dumps(classes)), []
    for name, sizes in sorted(seen.items()):
        if name not in updated:
            continue
        logs = np.log(np.array(sizes))
        poses = updated[name]["poses"]
        means = np.log(np.array([pose["size"] for pose in poses]))
        spreads = np.array([pose["spread"] for pose in poses])
        distance = (((logs[:, None] - means) / spreads) ** 2).sum(axis=2)  # (things, poses)
        nearest = distance.argmin(axis=1)
        factors = []
        for k, pose in enumerate(poses):
            own = logs[nearest == k]
            if not len(own):
                continue
            total = PRIOR_WEIGHT + len(own)
            mean = (PRIOR_WEIGHT * means[k] + own.sum(axis=0)) / total
            variance = (PRIOR_WEIGHT * spreads[k] ** 2 + ((own - mean) ** 2).sum(axis=0)) / total
            pose["size"] = [round(float(v), 4) for v in np.exp(mean)]
            pose["spread"] = [round(float(max(v, 0.02)), 4) for v in np.sqrt(variance)]
            factors.append(float(np.exp((mean - means[k]).mean())))
        if factors:
            moved.append((name, len(sizes), float(np.mean(factors))))
    return updated, moved
