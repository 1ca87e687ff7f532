"""What is in a data set: counts of places, classes, predicates, phrasings; sizes of graphs; lengths of captions."""

from bisect import bisect_left
from collections import Counter
from itertools import pairwise
from pathlib import Path
from statistics import mean

from sd3studio.ml.training.data.graphs import SceneGraph
from sd3studio.ml.training.data.shards import INDEX, SPLITS, Dataset, version_in

SIZES_M = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
"""Edges of the classes of sizes: of the longest side of a thing."""


def parts_of(folder: Path) -> dict[str, Path]:
    """Name -> folder of each part of a data set: of one of own scenes ``train`` and ``dev``, else all."""
    parts = {name: folder / name for name in SPLITS if (folder / name / INDEX).is_file()}
    return parts or {"all": folder}


def summarise(folder: Path) -> dict[str, object]:
    """Read every record of a data set and count. Raises `DataError`."""
    data = Dataset(folder)
    counts: dict[str, Counter[str]] = {
        name: Counter() for name in ("places", "classes", "gold", "said", "detected", "phrasings")
    }
    lengths: list[int] = []
    things: list[int] = []
    shown: list[float] = []
    graphs: list[SceneGraph] = []
    sizes: list[float] = []
    for record in data.records():
        solid = record.scene.solid_objects()
        counts["places"][record.place] += 1
        counts["classes"].update(thing.category or thing.label for thing in solid)
        counts["gold"].update(predicate.value for _, predicate, _ in record.gold.triples)
        counts["detected"].update(predicate.value for _, predicate, _ in record.detected.triples)
        things.append(len(solid))
        sizes += [max(thing.size) for thing in solid]
        shown.append(sum(thing.id in record.pixels for thing in solid) / len(solid))
        graphs.append(record.gold)
        for one in record.sentences:
            counts["said"].update(predicate.value for _, predicate, _ in one.graph.triples)
            counts["phrasings"].update(one.templates)
            lengths.append(len(one.caption.text.split()))
    return {
        "scenes": len(graphs),
        "complete": data.index.complete,
        "kind": data.index.recipe.kind,
        "version": version_in(folder),
        "size_px": data.index.recipe.settings.size_px,
        "shards": len(data.index.shards),
        "megabytes": round(sum(path.stat().st_size for path in Path(folder).iterdir()) / 1e6, 1),
        "objects_per_scene": _mean(things),
        "visible_share": _mean(shown),
        "gold_nodes": _mean([len(graph.objects) for graph in graphs]),
        "gold_triples": _mean([len(graph.triples) for graph in graphs]),
        "captions": len(lengths),
        "words_per_caption": _mean(lengths),
        "longest_caption_words": max(lengths, default=0),
        "phrasings": len(counts["phrasings"]),
        "places": dict(counts["places"].most_common()),
        "classes": dict(counts["classes"].most_common()),
        "predicates_gold": dict(counts["gold"].most_common()),
        "predicates_said": dict(counts["said"].most_common()),
        "predicates_detected": dict(counts["detected"].most_common()),
        "sizes_m": _binned(sizes, SIZES_M),
        "caption_words": {str(words): count for words, count in sorted(Counter(lengths).items())},
    }


def _binned(values: list[float], edges: tuple[float, ...]) -> dict[str, int]:
    """How many values lie between each two edges, and above the last; by names such as ``"0.5 to 1"``."""
    names = [f"{low:g} to {high:g}" for low, high in pairwise((0.0, *edges))] + [f"over {edges[-1]:g}"]
    found = Counter(names[bisect_left(edges, value)] for value in values)
    return {name: found[name] for name in names if found[name]}


def _mean(values: list[int] | list[float]) -> float:
    return round(mean(values), 3) if values else 0.0
