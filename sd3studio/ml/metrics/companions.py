"""What filling in adds beside the things of a sentence: does it belong there, and does it stand?

Protocol. The sentence is the first caption of a held-out scene, read by the sentence parser and laid out as in the
window; then the scene is filled in. Of the objects that are added: ``in_place`` is the share whose kind occurs in any
held-out scene of the same kind of place (kitchens, streets ...), ``in_scene`` that whose kind the very scene has,
``free`` that which goes into nothing, ``stands`` that which stands on the ground or on a thing, or hangs where its kind
hangs; ``well_placed`` is both. ``concept_right`` is the share of scenes whose place is named rightly.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sd3studio.core.errors import DataError, SentenceError
from sd3studio.core.layout import overlaps
from sd3studio.core.layout.placing import usual_base_m
from sd3studio.core.layout.standing import FREE, standing_of
from sd3studio.core.locations import MODELS
from sd3studio.core.scene.values import Scene
from sd3studio.ml.training.data.records import SceneRecord
from sd3studio.ml.training.data.shards import Dataset

if TYPE_CHECKING:
    from sd3studio.ml.system import System


@dataclass(frozen=True)
class Added:
    """An object that was added, and what holds of it."""

    label: str
    in_place: bool
    in_scene: bool
    free: bool
    stands: bool


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``sd3studio evaluate companions``."""
    parser.add_argument("--data", type=Path, required=True, metavar="DATASET", help="held-out scenes")
    parser.add_argument("--weights", type=Path, default=MODELS / "sd3-mini", metavar="DIR", help="a trained system")
    parser.add_argument("--limit", type=int, default=100, metavar="N", help="sentences (default 100)")
    parser.add_argument("--seed", type=int, default=0)


def evaluate(args: argparse.Namespace) -> dict[str, Any]:
    """The report. Raises `DataError` without scenes."""
    from sd3studio.ml.generation.companions import PARTS
    from sd3studio.ml.system import System

    everything = [record for record in Dataset(args.data).records() if record.sentences]
    chosen = everything[: args.limit]
    if not chosen:
        raise DataError(f"There is no scene with a caption in {args.data}.")
    return scored(chosen, kinds_of_places(everything), System.load(args.weights, PARTS), args.seed)


def kinds_of_places(records: Sequence[SceneRecord]) -> dict[str, set[str]]:
    """Kind of place -> labels of the objects that its scenes show."""
    found: dict[str, set[str]] = {}
    for record in records:
        labels = {thing.tag for thing in record.gold.objects if thing.kind == "object"}
        found.setdefault(record.place, set()).update(labels)
    return found


def scored(
    records: Sequence[SceneRecord], kinds: dict[str, set[str]], system: "System", seed: int = 0
) -> dict[str, Any]:
    """Rows of the report."""
    from sd3studio.ml.graph_path import fill_in

    counts: list[int] = []
    added: list[Added] = []
    concepts: list[bool] = []
    for number, record in enumerate(records):
        text = record.sentences[0].caption.text
        scene = _read(text, seed)
        if scene is None:
            continue
        filled, _ = fill_in(scene, text, seed + number, system)
        new = judged(scene, filled, record, kinds[record.place])
        counts.append(len(new))
        added += new
        named = {thing.label for thing in filled.objects.values() if thing.kind == "concept"}
        concepts.append(bool(named & {thing.tag for thing in record.gold.objects if thing.kind == "concept"}))
    shares = {
        name: _percent([getattr(one, name) for one in added]) for name in ("in_place", "in_scene", "free", "stands")
    }
    return {
        "sentences": len(counts),
        "added": len(added),
        "added_per_sentence": round(float(np.mean(counts)), 2),
        "sentences_with_any": _percent([count > 0 for count in counts]),
        **shares,
        "well_placed": _percent([one.free and one.stands for one in added]),
        "concept_right": _percent(concepts),
    }


def _read(text: str, seed: int) -> Scene | None:
    """The scene of a sentence; None if our parser makes none of it."""
    from sd3studio.core.messages import Finished, SceneResult
    from sd3studio.core.requests import ParseText
    from sd3studio.ml.parsing.sentence import run

    try:
        last = list(run(ParseText(text=text, seed=seed)))[-1]
    except SentenceError:
        return None
    assert isinstance(last, Finished) and isinstance(last.result, SceneResult)
    return last.result.scene


def judged(before: Scene, after: Scene, record: SceneRecord, kinds: set[str]) -> list[Added]:
    """The objects that a scene has more than before, judged."""
    labels = {thing.tag for thing in record.gold.objects}
    clashing = {key for one in overlaps(after) for key in (one.first, one.second)}
    solid = list(after.solid_objects())
    standing = standing_of(solid)
    return [
        Added(
            label=thing.label,
            in_place=thing.label in kinds,
            in_scene=thing.label in labels,
            free=thing.id not in clashing,
            stands=bool(standing.on[row] != FREE) or usual_base_m(thing) > 0.0,
        )
        for row, thing in enumerate(solid)
        if thing.id not in before.objects
    ]


def _percent(values: Sequence[bool]) -> float | None:
    return round(100.0 * float(np.mean(values)), 1) if values else None
