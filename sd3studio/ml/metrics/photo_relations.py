"""How many of the relations that are read in photos hold: those that SD3 mini keeps, and what geometry alone would say.

Protocol. Pictures of held-out rendered scenes are enlarged to 512 px and read by the shipped detectors and all that
follows (`sd3studio parse --relations`). A thing that was found is one of the scene's if their boxes overlap by more
than half (IoU) and its class is the name or a kind of it; only relations between two such things are judged, in the
viewer's frame. ``kept``: the relations that stand in the parsed scene. ``geometry``: the `PER_PHOTO` most salient facts
of the same scene's geometry, which captions were made of before.
"""

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from sd3studio.core.catalogue import shipped_catalogue
from sd3studio.core.checking.expecting import iou
from sd3studio.core.errors import DataError
from sd3studio.core.relations import LAYER_INDEX, RelationField, derived_relations
from sd3studio.core.scene.values import Scene
from sd3studio.ml.training.data.graphs import TRUE_FROM
from sd3studio.ml.training.data.records import SceneRecord
from sd3studio.ml.training.data.shards import Dataset

PER_PHOTO = 8
SIDE_PX = 512
KINDS = {
    "dining table": {"table", "coffee table", "desk"},
    "couch": {"sofa", "armchair"},
    "person": {"man", "woman", "boy", "girl", "child"},
    "tv": {"monitor", "television"},
    "chair": {"armchair", "stool"},
}
"""Detector's class -> labels of the scenes that it stands for, besides its own name."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``sd3studio evaluate photo_relations``."""
    parser.add_argument("--data", type=Path, required=True, metavar="DATASET", help="held-out scenes with pictures")
    parser.add_argument("--limit", type=int, default=150, metavar="N", help="only the first N (default 150)")


def evaluate(args: argparse.Namespace) -> dict[str, Any]:
    """The report. Raises `DataError` if there are no pictures."""
    from sd3studio.core.requests import ParsePhoto
    from sd3studio.ml.parsing.photo import parse_many

    counts = {name: np.zeros(2, int) for name in ("kept", "geometry")}
    photos = 0
    with tempfile.TemporaryDirectory() as folder:
        pictures = dict(_written(Dataset(args.data), Path(folder), args.limit))
        if not pictures:
            raise DataError(f"There is no scene with a picture in {args.data}.")
        request = ParsePhoto(photo="batch", relations=True)
        for one in parse_many(list(pictures), request, workers=1):
            if one.result is not None:
                photos += 1
                for name, found in judged(one.result.scene, pictures[one.path]).items():
                    counts[name] += (sum(found), len(found))
    report: dict[str, Any] = {"photos": photos}
    for name, (right, told) in counts.items():
        report |= {f"{name}_relations": int(told), f"{name}_hold": round(100.0 * right / max(told, 1), 1)}
    return report


def judged(scene: Scene, record: SceneRecord) -> dict[str, list[bool]]:
    """Of the relations between things that are there, kept and by geometry alone, which hold in the true scene."""
    same = matched(scene, record)
    truth = RelationField(record.scene)

    def holds(subject: str, predicate: Any, object: str) -> bool | None:
        a, b = same.get(subject), same.get(object)
        if a is None or b is None or a == b or (predicate, "camera") not in LAYER_INDEX:
            return None
        return truth.grade(a, predicate, b) > TRUE_FROM

    kept = [holds(one.subject, one.predicate, one.object) for one in scene.relations]
    said = derived_relations(RelationField(scene), limit=PER_PHOTO)
    measured = [holds(one.subject, one.predicate, one.object) for one in said if one.frame == "camera"]
    return {
        "kept": [one for one in kept if one is not None],
        "geometry": [one for one in measured if one is not None],
    }


def matched(scene: Scene, record: SceneRecord) -> dict[str, str]:
    """Ids of the parsed scene's things -> ids of the true ones, where box and class agree."""
    found = {}
    scale = SIDE_PX / record.scene.camera.width
    solid = {thing.id: thing.label for thing in record.scene.solid_objects()}
    for thing in scene.solid_objects():
        if thing.photo_box is None:
            continue
        overlaps = {
            key: iou(thing.photo_box, (box[0] * scale, box[1] * scale, box[2] * scale, box[3] * scale))
            for key, box in record.boxes.items()
            if key in solid and _alike(thing.label, solid[key])
        }
        best = max(overlaps, key=lambda key: overlaps[key], default=None)
        if best is not None and overlaps[best] > 0.5:
            found[thing.id] = best
    return found


def _alike(found: str, true: str) -> bool:
    return found == true or true in KINDS.get(found, ()) or shipped_catalogue().category_of(true) == found


def _written(dataset: Dataset, folder: Path, limit: int) -> Iterator[tuple[Path, SceneRecord]]:
    """Pictures of a data set as files, and their records."""
    import cv2

    if not dataset.index.recipe.settings.maps:
        return
    for number, sample in enumerate(dataset.samples(("rgb",))):
        if number >= limit:
            return
        path = folder / f"{number:05d}.png"
        large = cv2.resize(np.asarray(sample.maps["rgb"]), (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_CUBIC)
        cv2.imwrite(str(path), large[..., ::-1])
        yield path, sample.record
