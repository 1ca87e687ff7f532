"""Photos of scenes, what a detector finds in them, and what they really show: for the photo reader."""

from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray

from sd3studio.core.errors import DataError, InputError
from sd3studio.core.files import write_atomic
from sd3studio.ml.conditioning.graph_tensors import KINDS, GraphVocabulary
from sd3studio.ml.conditioning.photo_boxes import photo_boxes
from sd3studio.ml.nets.photo_reader import NOTHING
from sd3studio.ml.system import System
from sd3studio.ml.training.data.graphs import GraphObject, SceneGraph
from sd3studio.ml.training.data.records import SceneRecord
from sd3studio.ml.training.data.shards import Dataset
from sd3studio.ml.training.losses import Batch
from sd3studio.ml.training.sources.relations import SPOKEN

MOST_BOXES = 14


class PhotoSource:
    """Batches: ``photo`` (B, 49, 1280), ``boxes_*`` of `PhotoBoxes`, ``shown`` (B, W) bool and ``held`` (B, T) words.

    W counts the words of things; ``held`` is `NOTHING` for boxes that hold nothing.
    """

    def __init__(self, records: Sequence[SceneRecord], grids: NDArray[np.float16], vocabulary: GraphVocabulary) -> None:
        self.records, self.grids, self.vocabulary = records, grids, vocabulary

    @classmethod
    def open(cls, folder: Path, system: System, *, folders: Sequence[str] = ("",), cache: str = "") -> Self:
        """All scenes of the data sets `folders`, with pictures, below `folder`; features are kept in `cache`."""
        if system.vocabulary is None:
            raise InputError("The source photos needs a system with a vocabulary.")
        records: list[SceneRecord] = []
        grids: list[NDArray[np.float16]] = []
        for name in folders:
            dataset = Dataset(Path(folder) / name)
            for shard in range(len(dataset.index.shards)):
                records += dataset.records([shard])
                grids.append(shard_grids(dataset, shard, cache))
        return cls(records, np.concatenate(grids), system.vocabulary)

    def __len__(self) -> int:
        return len(self.records)

    def batch(self, indices: Sequence[int], generator: torch.Generator) -> Batch:
        """These scenes."""
        records = [self.records[k] for k in indices]
        found = [boxed(record.detected) for record in records]
        boxes = photo_boxes(found, self.vocabulary, [_size(record) for record in records])
        shown = torch.zeros(len(records), self.vocabulary.things_end, dtype=torch.bool)
        held = torch.full(boxes.tag.shape, NOTHING)
        for row, (record, some) in enumerate(zip(records, found, strict=True)):
            shown[row, sorted(shown_words(record, self.vocabulary))] = True
            names = {thing.key: thing for thing in record.gold.objects}
            for k, thing in enumerate(some):
                if thing.key in names:
                    held[row, k] = self.vocabulary.number(KINDS["object"], names[thing.key].tag)
        return {
            "photo": torch.from_numpy(self.grids[list(indices)].astype(np.float32)),
            "boxes_tag": boxes.tag,
            "boxes_box": boxes.box,
            "boxes_share": boxes.share,
            "boxes_mask": boxes.mask,
            "shown": shown,
            "held": held,
        }


def boxed(graph: SceneGraph) -> list[GraphObject]:
    """A detector's things, at most `MOST_BOXES`, the surest first."""
    found = [thing for thing in graph.objects if thing.box is not None and thing.kind == "object"]
    return sorted(found, key=lambda thing: -(thing.score or 0.0))[:MOST_BOXES]


def shown_words(record: SceneRecord, vocabulary: GraphVocabulary) -> set[int]:
    """Words of the concept, the stuff, and the objects that a scene shows well."""
    least = SPOKEN * record.scene.camera.width * record.scene.camera.height
    return {
        vocabulary.number(KINDS[thing.kind], thing.tag)
        for thing in record.gold.objects
        if thing.kind != "object" or record.pixels.get(thing.key, 0) >= least
    }


def shard_grids(dataset: Dataset, shard: int, cache: str = "") -> NDArray[np.float16]:
    """(N, 49, 1280) photo features of a shard's pictures. Raises `DataError` if the data set has none."""
    from safetensors.numpy import load_file, save

    from sd3studio.ml.features import image_features

    entry = dataset.index.shards[shard]
    if not entry.maps_sha256:
        raise DataError(f"The data set {dataset.folder} has no pictures. Make it without --no-maps.")
    kept = Path(cache) / f"grid-{entry.maps_sha256[:20]}.safetensors" if cache else None
    if kept is not None and kept.is_file():
        return load_file(kept)["grid"]
    pixels = [np.asarray(sample.maps["rgb"]) for sample in dataset.samples(("rgb",), [shard])]
    grid = image_features(pixels).grid.astype(np.float16)
    grid = grid.reshape(len(grid), -1, grid.shape[-1])
    if kept is not None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(kept, save({"grid": grid}))
    return grid


def _size(record: SceneRecord) -> tuple[float, float]:
    return float(record.scene.camera.width), float(record.scene.camera.height)
