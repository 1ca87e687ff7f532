"""Fit the calibration of the merged detector on labelled photos, and say how well it does on photos held out.

``python -m sd3studio.ml.parsing.calibrate --images DIR --labels DIR [--out models/detector/calibration.json]``
"""

import argparse
import json
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.errors import DataError, StudioError
from sd3studio.ml.metrics.matching import matches, scores_of_counts
from sd3studio.ml.metrics.yolo_labels import Truth, read_folder
from sd3studio.ml.parsing.calibration import CONTEXT_FEATURES, features, fitted_weights
from sd3studio.ml.parsing.coco_classes import COCO_CLASSES
from sd3studio.ml.parsing.fusion import Fused
from sd3studio.ml.parsing.merging import LOOKS, Looker
from sd3studio.ml.parsing.picture import read_photo

FOLDS, REPEATS = 5, 10

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """One photo: what was seen, its features, and what is there."""

    fused: Fused
    rows: Floats
    true_boxes: Floats
    true_classes: tuple[int, ...]

    def right(self, scores: Floats) -> NDArray[np.bool_]:
        """(D,) whether each finding is right when they are ranked by these scores."""
        classes = self.fused.classes.tolist()
        return matches(self.fused.boxes, classes, scores, self.true_boxes, self.true_classes) >= 0


def main() -> int:
    """Fit, print the figures as JSON, and write the file if one is named."""
    parser = argparse.ArgumentParser(prog="python -m sd3studio.ml.parsing.calibrate", description=__doc__)
    parser.add_argument("--images", type=Path, required=True)
    parser.add_argument("--labels", type=Path, required=True)
    parser.add_argument("--names", type=Path)
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    try:
        data = read_folder(args.images, args.labels, args.names)
        looker = Looker(1)
        with ThreadPoolExecutor(2) as workers:
            examples = list(workers.map(lambda item: _example(looker, *item), data))
    except StudioError as error:
        print(f"calibrate: {error}", file=sys.stderr)
        return 2
    held_out = cross_validated(examples)
    weights = fit(examples)
    threshold = round(held_out["f1"] / 2.0, 3)
    report = {
        "looks": [look.title for look in LOOKS],
        "threshold": threshold,
        "weights": {
            name: round(float(weight), 5)
            for name, weight in zip([*(look.title for look in LOOKS), *CONTEXT_FEATURES], weights, strict=True)
        },
        "photos": len(examples),
        "objects": sum(len(example.true_classes) for example in examples),
        "cross_validated": held_out,
        "resubstitution": score(examples, weights, threshold),
    }
    text = json.dumps(report, indent=2) + "\n"
    print(text, end="")
    if args.out:
        args.out.parent.mkdir(parents=True, exist_ok=True)
        args.out.write_text(text, encoding="utf-8")
    return 0


def _example(looker: Looker, path: Path, truth: Truth) -> Example:
    photo = read_photo(path)
    fused = looker.fused(photo.pixels)
    foreign = sorted(set(truth.labels) - set(COCO_CLASSES))
    if foreign:
        raise DataError(f"The labels of {path.name} name {foreign[0]!r}, which is none of COCO's 80 classes.")
    classes = tuple(COCO_CLASSES.index(label) for label in truth.labels)
    rows = features(fused, photo.width, photo.height)
    return Example(fused, rows, truth.boxes_px(photo.width, photo.height), classes)


def fit(examples: Sequence[Example]) -> Floats:
    """Weights fitted on all findings of the photos."""
    right = [example.right(example.fused.scores.mean(axis=1)) for example in examples]
    return fitted_weights(np.concatenate([e.rows for e in examples]), np.concatenate(right), len(LOOKS))


def counts(examples: Sequence[Example], weights: Floats, threshold: float) -> NDArray[np.int64]:
    """Right findings, findings, and labelled boxes of the photos, at a threshold of the probability."""
    total = np.zeros(3, np.int64)
    for example in examples:
        probabilities = 1.0 / (1.0 + np.exp(-example.rows @ weights))
        kept = probabilities >= threshold
        total += [int(example.right(probabilities)[kept].sum()), int(kept.sum()), len(example.true_classes)]
    return total


def score(examples: Sequence[Example], weights: Floats, threshold: float) -> dict[str, float]:
    """Recall, precision and F1 of the photos."""
    return {key: round(value, 4) for key, value in scores_of_counts(*counts(examples, weights, threshold)).items()}


def cross_validated(examples: Sequence[Example]) -> dict[str, float]:
    """Figures on photos held out, mean over repeats; weights and threshold come from the other photos only."""
    runs = []
    for seed in range(REPEATS):
        fold = np.random.default_rng(seed).permutation(len(examples)) % FOLDS
        total = np.zeros(3, np.int64)
        for part in range(FOLDS):
            rest = [e for e, f in zip(examples, fold, strict=True) if f != part]
            weights = fit(rest)
            threshold = scores_of_counts(*counts(rest, weights, 0.3))["f1"] / 2.0
            total += counts([e for e, f in zip(examples, fold, strict=True) if f == part], weights, threshold)
        runs.append(scores_of_counts(*total))
    return {key: round(float(np.mean([run[key] for run in runs])), 4) for key in runs[0]}


if __name__ == "__main__":
    sys.exit(main())
