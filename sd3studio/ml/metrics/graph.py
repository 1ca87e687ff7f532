"""TriRec: how many triples of the gold 3D graph are found, of the source graph and of its completion.

Protocol (the paper says only ``|PT and GT| / |GT|``): triples are compared as sets of exact tags, a scene at a time;
the score is the mean over scenes. The gold graph is that of the visible scene, cut to its salient objects, of which
at least `--visible` of the picture shows (default 0.01: what `DetectorErrors` does not call small), and stuff and
concept. Predicted triples are those that the relation reader gives at least `--stated-from` (by both names where a name
is in doubt; both count), and those that a description tells. Beside them: ``layout``, the graph's relation nodes and
what its layout implies (relations between its boxes that grade above `IMPLIED_FROM`, seen by a mean viewer, for the
camera is not told), which is what a system without a reader states; ``nodes``, its relation nodes alone; ``initial``,
the source's own triples and the converse of each (*a left of b*, *b right of a*).

Precision is the share of predicted triples in the gold graph, which has only the most telling; ``f1`` the harmonic mean
of a scene's precision and recall; ``true`` the share that holds in the scene, told or not, small things included.
``within_reach`` is the share of gold triples between things that the source names rightly (or the setting): what can be
found without adding or renaming anything.

``tsg`` is a description: captions of the scene taken together, and its setting (concept and stuff) as prompts name it;
``vsg`` a simulated detector's graph with its errors, and, of data sets with pictures, the photo's features.
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
    from sd3studio.ml.generation.holistic import Whole
    from sd3studio.ml.system import System
    from sd3studio.ml.training.data.tags import TagBins

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
    def f1(self) -> float:
        """Harmonic mean of recall and precision."""
        return 2.0 * len(self.predicted & self.gold) / max(len(self.predicted) + len(self.gold), 1)

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
    parser.add_argument(
        "--stated-from",
        type=float,
        metavar="P",
        help="least probability of a triple that is stated (default: the program's)",
    )
    parser.add_argument("--source", choices=("both", "tsg", "vsg"), default="both", help="which sources")
    parser.add_argument("--seed", type=int, default=0)


def evaluate(args: argparse.Namespace) -> dict[str, Any]:
    """TriRec of initial and completed graphs, and what it was measured on. Raises `DataError` without scenes."""
    from sd3studio.ml.system import System

    dataset = Dataset(args.data)
    records = [record for record in dataset.records() if record.sentences][: args.limit]
    if not records:
        raise DataError(f"There is no scene with a caption in {args.data}.")
    system = System.load(args.weights, _parts(args.weights))
    report: dict[str, Any] = {
        "scenes": len(records),
        "visible": args.visible,
        "sentences": args.sentences,
        "setting": not args.no_setting,
        "photo": not args.no_photo and dataset.index.recipe.settings.maps and "photo_reader" in system.parts,
    }
    full = {}
    for kind in ("tsg", "vsg") if args.source == "both" else (args.source,):
        sources = sources_of(records, kind, args.sentences, not args.no_setting)
        grids = photo_grids(dataset, len(records)) if kind == "vsg" and report["photo"] else None
        finished = completed_graphs(system, records, sources, grids, args.seed)
        rows = scored(records, sources, finished, system.vocabulary.bins, args.visible, args.stated_from)
        report |= {f"{kind}_{name}": value for name, value in rows.items()}
        full[kind] = rows["trirec"]
    report["trirec"] = min(full.values())
    return report


def scored(
    records: Sequence[SceneRecord],
    sources: Sequence[SceneGraph],
    finished: "Sequence[Whole]",
    bins: "TagBins",
    visible: float = VISIBLE,
    stated_from: float | None = None,
) -> dict[str, Any]:
    """Rows of the report for one kind of source; `stated_from` None: the default of the program."""
    from sd3studio.ml.conditioning.graph_boxes import implied_triples
    from sd3studio.ml.generation.graph_reading import STATED_FROM

    least = STATED_FROM if stated_from is None else stated_from
    gold = [gold_triples(record, visible) for record in records]
    true = [true_triples(record) | gold_triples(record, 0.0) for record in records]
    rows: dict[str, Any] = {"within_reach": _percent(np.array([*map(within_reach, records, sources, gold)]))}
    own = [closure(set(one.sampled.named())) for one in finished]
    layout = [some | implied_triples(one.sampled, bins, IMPLIED_FROM) for some, one in zip(own, finished, strict=True)]
    predicted = {
        "initial_": [closure(set(source.named())) for source in sources],
        "nodes_": own,
        "layout_": layout,
        "": [one.triples_from(least) if one.stated else some for one, some in zip(finished, layout, strict=True)],
    }
    for prefix, some in predicted.items():
        found = [Found(*one) for one in zip(some, gold, true, strict=True)]
        recall = np.array([one.recall for one in found])
        rows[f"{prefix}trirec"] = _percent(recall)
        rows[f"{prefix}trirec_interval"] = [_percent(side) for side in bootstrap(recall)]
        rows[f"{prefix}precision"] = _percent(np.array([one.precision for one in found]))
        rows[f"{prefix}f1"] = _percent(np.array([one.f1 for one in found]))
        rows[f"{prefix}true"] = _percent(np.array([one.truth for one in found]))
        rows[f"{prefix}triples"] = round(float(np.mean([len(one.predicted) for one in found])), 2)
    rows["gold_triples"] = round(float(np.mean([len(some) for some in gold])), 2)
    rows["recall_by_predicate"] = recall_by_predicate(predicted[""], gold)
    return rows


def within_reach(record: SceneRecord, source: SceneGraph, gold: Triples) -> float:
    """Share of the gold triples both of whose ends the source names, or that are of the setting."""
    named = {thing.tag for thing in source.objects}
    named |= {thing.tag for thing in record.gold.objects if thing.kind != "object"}
    return sum(s in named and o in named for s, _, o in gold) / max(len(gold), 1)


def recall_by_predicate(predicted: Sequence[Triples], gold: Sequence[Triples]) -> dict[str, float]:
    """Percent of all gold triples of each predicate that are found."""
    found: dict[str, list[bool]] = {}
    for some, right in zip(predicted, gold, strict=True):
        for triple in right:
            found.setdefault(triple[1], []).append(triple in some)
    return {predicate: round(100.0 * float(np.mean(hits)), 1) for predicate, hits in sorted(found.items())}


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


def sources_of(records: Sequence[SceneRecord], kind: str, sentences: int, setting: bool) -> list[SceneGraph]:
    """The source graph of each scene: ``"tsg"`` or ``"vsg"``."""
    if kind == "vsg":
        return [record.detected for record in records]
    return [description_of(record, sentences, setting) for record in records]


def _parts(weights: Path) -> tuple[str, ...]:
    """The parts that a graph needs, as far as a system has them: small ones may lack the readers."""
    from sd3studio.ml.generation.holistic import PHOTO_PARTS

    return tuple(name for name in PHOTO_PARTS if name in PHOTO_PARTS[:2] or (weights / name).is_dir())


def photo_grids(dataset: Dataset, scenes: int) -> NDArray[np.float16]:
    """(scenes, 49, 1280): photo features of the first scenes with a caption."""
    from sd3studio.ml.training.sources.photos import shard_grids

    found: list[NDArray[np.float16]] = []
    for shard in range(len(dataset.index.shards)):
        told = [bool(record.sentences) for record in dataset.records([shard])]
        found.append(shard_grids(dataset, shard)[np.array(told)])
        if sum(map(len, found)) >= scenes:
            break
    return np.concatenate(found)[:scenes]


def completed_graphs(
    system: "System",
    records: Sequence[SceneRecord],
    sources: Sequence[SceneGraph],
    grids: NDArray[np.float16] | None,
    seed: int,
) -> "list[Whole]":
    """The holistic graph of each source."""
    import torch

    from sd3studio.ml.generation.holistic import whole_graphs
    from sd3studio.ml.training.sources.completions import words_condition

    generator = torch.Generator().manual_seed(seed)
    found: list[Whole] = []
    for start in range(0, len(records), BATCH):
        part = slice(start, start + BATCH)
        cameras = [record.scene.camera for record in records[part]]
        words = None
        if sources[start].source == "tsg":
            texts = [[one.caption.text for one in record.sentences] for record in records[part]]
            words = torch.from_numpy(words_condition(texts).astype(np.float32))
        sizes = [(float(camera.width), float(camera.height)) for camera in cameras]
        seen = None if grids is None else grids[part]
        found += whole_graphs(system, sources[part], generator, picture_px=sizes, words=words, grids=seen)
    return found
