"""What is in a data set: counts of places, classes, predicates, phrasings; sizes of graphs; lengths of captions."""

from collections import Counter
from pathlib import Path
from statistics import mean

from sd3studio.ml.training.data.graphs import SceneGraph
from sd3studio.ml.training.data.shards import INDEX, SPLITS, Dataset


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
    for record in data.records():
        solid = record.scene.solid_objects()
        counts["places"][record.place] += 1
        counts["classes"].update(thing.category or thing.label for thing in solid)
        counts["gold"].update(predicate.value for _, predicate, _ in record.gold.triples)
        counts["detected"].update(predicate.value for _, predicate, _ in record.detected.triples)
        things.append(len(solid))
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
    }


def _mean(values: list[int] | list[float]) -> float:
    return round(mean(values), 3) if values else 0.0
