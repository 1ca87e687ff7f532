"""Recall, precision and F1 of the object detectors on a folder of photos with YOLO labels.

Protocol: all boxes of all photos are counted together (micro average); a detection is right if its class is that of a
labelled box that it overlaps with IoU of at least 0.5 and that no surer detection has taken. Each detector stands at
its own threshold. `photos_per_second` includes reading the files, two photos at a time, one thread each.
"""

import argparse
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from sd3studio.core.errors import DataError, PhotoError
from sd3studio.ml.metrics.matching import matches, scores_of_counts
from sd3studio.ml.metrics.yolo_labels import Truth, read_folder
from sd3studio.ml.parsing.boxes import areas_px
from sd3studio.ml.parsing.detection import BUILTIN, Detection, load_detector
from sd3studio.ml.parsing.picture import read_photo

MERGED = "merged"
DETECTORS = {"nanodet": "nanodet", "centernet": "centernet", MERGED: BUILTIN}

SIZES = {"small": (0.0, 32.0**2), "medium": (32.0**2, 96.0**2), "large": (96.0**2, np.inf)}
"""Labelled boxes by area in pixels, as COCO cuts them."""

LARGE_SHARE = 0.02

Found = tuple[list[Detection], tuple[int, int]]
"""The detections of a photo, and its width and height (px)."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `sd3studio evaluate detection`."""
    parser.add_argument("--images", type=Path, required=True, help="folder with photos")
    parser.add_argument("--labels", type=Path, required=True, help="folder with a YOLO text file per photo")
    parser.add_argument("--names", type=Path, help="class names, text or YAML; COCO's 80 without it")
    parser.add_argument("--detector", help="measure this detector alone: a name, folder or hub id")


def evaluate(args: argparse.Namespace) -> dict[str, Any]:
    """The figures: of the merged detector (or of the one that was named) at the top, of each detector below."""
    data = read_folder(args.images, args.labels, args.names)
    wanted = {args.detector: args.detector} if args.detector else DETECTORS
    reports = {title: measure(name, data) for title, name in wanted.items()}
    chief = reports[args.detector or MERGED]
    top = {key: chief[key] for key in ("recall", "precision", "f1", "photos_per_second")}
    counts = {"photos": len(data), "objects": sum(len(truth.labels) for _, truth in data)}
    return {**top, **counts, **reports}


def measure(name: str, data: Sequence[tuple[Path, Truth]]) -> dict[str, Any]:
    """Figures of one detector. Raises `DataError` if a photo can't be read."""
    detector = load_detector(name, 1)

    def look(item: tuple[Path, Truth]) -> Found:
        try:
            photo = read_photo(item[0])
        except PhotoError as error:
            raise DataError(f"The data set holds a photo that can't be used. {error}") from error
        return detector.detect(photo.pixels), (photo.width, photo.height)

    start = time.perf_counter()
    with ThreadPoolExecutor(2) as workers:
        found = list(workers.map(look, data))
    seconds = time.perf_counter() - start
    return {**figures(found, [truth for _, truth in data]), "photos_per_second": len(data) / seconds}


def figures(found: Sequence[Found], truths: Sequence[Truth]) -> dict[str, Any]:
    """Recall, precision, F1, and recall by the size of the labelled boxes."""
    given, hits, areas, shares = 0, [], [], []
    for (detections, (width, height)), truth in zip(found, truths, strict=True):
        true_boxes = truth.boxes_px(width, height)
        taken = matches(
            [d.box for d in detections],
            [d.label for d in detections],
            [d.score for d in detections],
            true_boxes,
            truth.labels,
        )
        given += len(detections)
        hits.append(np.isin(np.arange(len(truth.labels)), taken))
        areas.append(areas_px(true_boxes))
        shares.append(areas_px(truth.boxes))
    hit, area, share = np.concatenate(hits), np.concatenate(areas), np.concatenate(shares)
    by_size = {f"recall_{size}": _share_of(hit[(area >= low) & (area < high)]) for size, (low, high) in SIZES.items()}
    over = _share_of(hit[share > LARGE_SHARE])
    return {**scores_of_counts(int(hit.sum()), given, len(hit)), **by_size, "recall_over_2_percent": over}


def _share_of(hit: np.ndarray) -> float | None:
    """Mean, or None where there is nothing to find."""
    return float(hit.mean()) if len(hit) else None
