"""TriRec: how many triples of the gold 3D graph are found, of the source graph and of its completion.

Protocol (the paper says only ``|PT and GT| / |GT|``): triples are compared as sets of exact tags, a scene at a time;
the score is the mean over scenes. The gold graph is that of the visible scene, cut to its salient objects, of which
at least `--visible` of the picture shows (default 0.01: what `DetectorErrors` does not call small), and stuff and
concept. Predicted triples are the graph's relations, those told included, and what its layout implies: relations
between its boxes that grade above `IMPLIED_FROM`, seen by a mean viewer, for the camera is not told. Sources with boxes
in space don't exist, so the initial graphs have their own triples, and the converse of each (*a left of b*, *b right of
a*), which the completions' imply, too. Precision is the share of predicted triples in the gold graph, which has only
the most telling; `true` is the share that holds in the scene, told or not.

``tsg`` is a description: captions of the scene taken together, and its setting (concept and stuff) as prompts name it;
``vsg`` a simulated detector's graph with its errors, and, of data sets with pictures, the photo's features and the
setting that `PhotoSetting` reads from them.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.errors import DataError
from sd3studio.core.locations import MODELS
from sd3studio.core.relations import RelationField
from sd3studio.core.scene.predicates import INVERSE, Predicate
from sd3studio.ml.training.data.captions import Captioner
from sd3studio.ml.training.data.graphs import TRUE_FROM, SceneGraph
from sd3studio.ml.training.data.records import SceneRecord
from sd3studio.ml.training.data.shards import Dataset

if TYPE_CHECKING:
    from sd3studio.ml.generation.graph_sampling import Completed
    from sd3studio.ml.nets.photo_setting import PhotoSetting
    from sd3studio.ml.system import System

Triples = set[tuple[str, str, str]]

VISIBLE = 0.01
IMPLIED_FROM = 0.3
SENTENCES = 16
"""Captions of a description; the record's, then more made in the same way."""
BATCH = 64
RESAMPLES = 1_000


@dataclass(frozen=True)
class Found:
    """Of one scene: predicted, gold, and true triples, by tags."""

    predicted: Triples
    gold: Triples
    true: Triples

    @property
    def recall(self) -> float:
        """Share of the gold triples."""
        return len(self.predicted & self.gold) / max(len(self.gold), 1)

    @property
    def precision(self) -> float:
        """Share of the predicted triples that the gold graph has."""
        return len(self.predicted & self.gold) / max(len(self.predicted), 1)

    @property
    def truth(self) -> float:
        """Share of the predicted triples that hold in the scene."""
        return len(self.predicted & (self.true | self.gold)) / max(len(self.predicted), 1)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, required=True, metavar="DATASET", help="held-out scenes")
    parser.add_argument("--weights", type=Path, default=MODELS / "sd3-mini", metavar="DIR", help="a trained system")
    parser.add_argument("--limit", type=int, metavar="N", help="only the first N scenes")
    parser.add_argument("--visible", type=float, default=VISIBLE, metavar="SHARE", help="of the picture, to be salient")
    parser.add_argument("--sentences", type=int, default=SENTENCES, metavar="K", help="captions of a description")
    parser.add_argument("--no-setting", action="store_true", help="descriptions don't name concept and stuff")
    parser.add_argument("--no-photo", action="store_true", help="the detector's graph without the photo's features")
    parser.add_argument("--source", choices=("both", "tsg", "vsg"), default="both", help="which sources")
    parser.add_argument("--seed", type=int, default=0)


def evaluate(args: argparse.Namespace) -> dict[str, Any]:
    """TriRec of initial and completed graphs, and what it was measured on. Raises `DataError` without scenes."""
    from sd3studio.ml.system import System

    dataset = Dataset(args.data)
    records = [record for record in dataset.records() if record.sentences][: args.limit]
    if not records:
        raise DataError(f"There is no scene with a caption in {args.data}.")
    system = System.load(args.weights, ("graph_codec", "graph_diffusion"))
    setting = _photo_setting(args.weights)
    report: dict[str, Any] = {
        "scenes": len(records),
        "visible": args.visible,
        "sentences": args.sentences,
        "setting": not args.no_setting,
        "photo": not args.no_photo and dataset.index.recipe.settings.maps,
    }
    full = {}
    for kind in ("tsg", "vsg") if args.source == "both" else (args.source,):
        sources = _sources(records, kind, args.sentences, not args.no_setting)
        photo = _photos(dataset, records) if kind == "vsg" and report["photo"] else None
        finished = _completed(system, records, sources, photo, args.seed, setting)
        rows = scored(records, sources, [one.graph for one in finished], system.vocabulary.bins, args.visible)
        report |= {f"{kind}_{name}": value for name, value in rows.items()}
        full[kind] = rows["trirec"]
    report["trirec"] = min(full.values())
    return report


def scored(
    records: Sequence[SceneRecord],
    sources: Sequence[SceneGraph],
    finished: Sequence[SceneGraph],
    bins: Any,
    visible: float = VISIBLE,
) -> dict[str, Any]:
    """Rows of the report for one kind of source."""
    from sd3studio.ml.conditioning.graph_boxes import implied_triples

    gold = [gold_triples(record, visible) for record in records]
    true = [true_triples(record) for record in records]
    rows: dict[str, Any] = {}
    closed = [closure(set(source.named())) for source in sources]
    own = [closure(set(graph.named())) for graph in finished]
    both = [some | implied_triples(graph, bins, IMPLIED_FROM) for some, graph in zip(own, finished, strict=True)]
    for name, predicted in (("initial", closed), ("nodes", own), ("", both)):
        found = [Found(*one) for one in zip(predicted, gold, true, strict=True)]
        prefix = f"{name}_" if name else ""
        recall = np.array([one.recall for one in found])
        rows[f"{prefix}trirec"] = _percent(recall)
        rows[f"{prefix}trirec_interval"] = [_percent(side) for side in bootstrap(recall)]
        rows[f"{prefix}precision"] = _percent(np.array([one.precision for one in found]))
        rows[f"{prefix}true"] = _percent(np.array([one.truth for one in found]))
    rows["predicted_triples"] = round(float(np.mean([len(some) for some in both])), 2)
    rows["gold_triples"] = round(float(np.mean([len(some) for some in gold])), 2)
    return rows


def gold_triples(record: SceneRecord, visible: float) -> Triples:
    """The gold graph's triples by tags, between salient things."""
    pixels = record.scene.camera.width * record.scene.camera.height
    things = record.gold.objects
    kept = {
        k
        for k, thing in enumerate(things)
        if thing.kind != "object" or record.pixels.get(thing.key, 0) >= visible * pixels
    }
    return {(things[s].tag, p.value, things[o].tag) for s, p, o in record.gold.triples if s in kept and o in kept}


def true_triples(record: SceneRecord) -> Triples:
    """All triples that hold between visible objects, by tags, in the viewer's frame."""
    from sd3studio.ml.conditioning.graph_boxes import true_relations

    labels = {key: record.scene.objects[key].label for key in record.pixels}
    relations = true_relations(RelationField(record.scene), labels, TRUE_FROM)
    return {(labels[a], p, labels[b]) for a, p, b in relations}


def closure(triples: Triples) -> Triples:
    """The triples and their converses."""
    more = {(o, INVERSE[Predicate(p)].value, s) for s, p, o in triples if Predicate(p) in INVERSE}
    return triples | more


def description_of(record: SceneRecord, sentences: int, setting: bool) -> SceneGraph:
    """What `sentences` captions of a scene say together; beyond the record's own they are made as those were."""
    from sd3studio.ml.training.sources.completions import union_of

    graphs = [one.graph for one in record.sentences[:sentences]]
    if len(graphs) < sentences:
        rng = Random(f"description/{record.kind}/{record.seed}")
        captioner = Captioner(record.scene, RelationField(record.scene), record.pixels)
        said = [captioner.say(rng) for _ in range(sentences - len(graphs))]
        graphs += [one.graph for one in said if one is not None]
    return union_of(graphs, record.gold, setting)


def bootstrap(values: NDArray[np.float64], resamples: int = RESAMPLES, seed: int = 0) -> tuple[NDArray, NDArray]:
    """The 95 % interval of a mean over scenes, both ends as arrays of one value."""
    rng = np.random.default_rng(seed)
    means = values[rng.integers(0, len(values), (resamples, len(values)))].mean(1)
    low, high = np.percentile(means, [2.5, 97.5])
    return np.array([low]), np.array([high])


def _percent(values: NDArray[np.float64]) -> float:
    return round(100.0 * float(values.mean()), 2)


def _sources(records: Sequence[SceneRecord], kind: str, sentences: int, setting: bool) -> list[SceneGraph]:
    if kind == "vsg":
        return [record.detected for record in records]
    return [description_of(record, sentences, setting) for record in records]


def _photo_setting(weights: Path) -> "PhotoSetting | None":
    from sd3studio.ml.nets.photo_setting import PhotoSetting

    folder = weights / "photo_setting"
    return PhotoSetting.from_pretrained(folder) if folder.is_dir() else None


def _photos(dataset: Dataset, records: Sequence[SceneRecord]) -> NDArray[np.float16]:
    from sd3studio.ml.training.sources.completions import conditions_of

    return conditions_of(dataset, records, words=False).photo


def _completed(
    system: "System",
    records: Sequence[SceneRecord],
    sources: Sequence[SceneGraph],
    photo: NDArray[np.float16] | None,
    seed: int,
    setting: "PhotoSetting | None" = None,
) -> "list[Completed]":
    import torch

    from sd3studio.ml.generation.graph_sampling import completed
    from sd3studio.ml.training.sources.completions import words_condition

    generator = torch.Generator().manual_seed(seed)
    found: list[Completed] = []
    for start in range(0, len(records), BATCH):
        part = slice(start, start + BATCH)
        cameras = [record.scene.camera for record in records[part]]
        seen = None if photo is None else torch.from_numpy(photo[part].astype(np.float32))
        words = None
        if sources[start].source == "tsg":
            texts = [[one.caption.text for one in record.sentences] for record in records[part]]
            words = torch.from_numpy(words_condition(texts).astype(np.float32))
        sizes = [(float(camera.width), float(camera.height)) for camera in cameras]
        found += completed(system, sources[part], generator, picture_px=sizes, words=words, photo=seen, setting=setting)
    return found
