"""Spatial search on real photos: precision and recall of 30 queries whose answers follow from COCO boxes.

``python tests/benchmarks/spatial_search.py [DATA]``, DATA holding ``coco128``. The photos are parsed into a fresh
library (or the one in ``--library``), the queries typed as words.

What is right follows from the labelled boxes alone, by rules that know nothing of the program: A is *left of* B if A's
centre lies left of all of B, and farther sideways than up or down; *above* likewise; numbers are counted. Two rows at
the end: all photos, whatever the detector saw; and the photos whose objects were found (IoU 0.5): at least one of each
class of a relation, judged by the boxes that were found, or all things of the class that is counted.
"""

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sd3studio.core.searching import query_of_words
from sd3studio.ml.metrics.yolo_labels import Truth, read_folder
from sd3studio.ml.parsing.sentence import read_text
from sd3studio.services.library import Library
from sd3studio.services.library.batch import Order, begin, work
from sd3studio.services.library.scanning import add_folder, scan_all
from sd3studio.services.library.search import known_labels, search

RELATIONS = (
    ("person", "left of", "person"), ("elephant", "left of", "elephant"), ("giraffe", "right of", "giraffe"),
    ("chair", "left of", "person"), ("person", "right of", "cup"), ("cup", "left of", "cup"),
    ("bus", "left of", "person"), ("person", "left of", "sports ball"), ("bowl", "right of", "bowl"),
    ("person", "left of", "potted plant"), ("car", "right of", "car"), ("pizza", "right of", "person"),
    ("cup", "right of", "spoon"), ("refrigerator", "left of", "clock"), ("wine glass", "left of", "cup"),
    ("bottle", "left of", "cup"), ("suitcase", "right of", "person"), ("tennis racket", "right of", "person"),
    ("person", "above", "person"), ("person", "above", "chair"), ("clock", "above", "person"),
    ("person", "above", "cake"), ("bird", "above", "bird"), ("traffic light", "above", "car"),
)  # fmt: skip
COUNTS = (("person", 2, None), ("person", 3, None), ("elephant", 2, None), ("giraffe", 2, None), ("bowl", 2, None),
          ("cup", 2, None))  # fmt: skip
FOUND_IOU = 0.5


@dataclass(slots=True)
class Tally:
    """Photos that are right and returned, returned, right."""

    both: int = 0
    returned: int = 0
    right: int = 0

    def add(self, returned: set[str], right: set[str]) -> None:
        """Count one query."""
        self.both += len(returned & right)
        self.returned += len(returned)
        self.right += len(right)

    def __str__(self) -> str:
        precision = self.both / self.returned if self.returned else float("nan")
        recall = self.both / self.right if self.right else float("nan")
        counts = f"({self.both}/{self.returned} and {self.both}/{self.right})"
        return f"precision {precision:5.2f} recall {recall:5.2f}  {counts}"


def holds(relation: str, a: np.ndarray, b: np.ndarray) -> bool:
    """Whether box a is left of, right of or above box b, by the labelled boxes."""
    middle_a, middle_b = (a[:2] + a[2:]) / 2.0, (b[:2] + b[2:]) / 2.0
    dx, dy = middle_a - middle_b
    if relation == "left of":
        return middle_a[0] < b[0] and abs(dx) > abs(dy)
    if relation == "right of":
        return middle_a[0] > b[2] and abs(dx) > abs(dy)
    return middle_a[1] < b[1] and abs(dy) > abs(dx)


def right(query: tuple, truth: Truth, ratio: float, which: Sequence[int]) -> bool:
    """Whether a photo answers a query; `which` labelled boxes count, `ratio` is width by height."""
    boxes = truth.boxes * [ratio, 1.0, ratio, 1.0]
    of = {label: [i for i in which if truth.labels[i] == label] for label in truth.labels}
    if isinstance(query[1], int):
        return len(of.get(query[0], ())) >= query[1]
    first, relation, second = query
    return any(i != j and holds(relation, boxes[i], boxes[j]) for i in of.get(first, ()) for j in of.get(second, ()))


def found(truth: Truth, things: Sequence[tuple[str, Sequence[float]]]) -> list[int]:
    """The labelled boxes that were found: each thing answers one at most, the best overlaps first."""
    pairs = sorted(
        (
            (_iou(box, np.array(seen)), i, j)
            for i, (box, label) in enumerate(zip(truth.boxes, truth.labels, strict=True))
            for j, (name, seen) in enumerate(things)
            if name == label
        ),
        reverse=True,
    )
    mine: dict[int, int] = {}
    for overlap, i, j in pairs:
        if overlap >= FOUND_IOU and i not in mine and j not in mine.values():
            mine[i] = j
    return sorted(mine)


def _iou(a: np.ndarray, b: np.ndarray) -> float:
    low, high = np.maximum(a[:2], b[:2]), np.minimum(a[2:], b[2:])
    shared = float(np.prod(np.maximum(high - low, 0.0)))
    return shared / (float(np.prod(a[2:] - a[:2])) + float(np.prod(b[2:] - b[:2])) - shared)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    root = Path(__file__).resolve().parents[2]
    parser.add_argument("data", nargs="?", type=Path, default=root.parent / "shared" / "data")
    parser.add_argument("--library", type=Path, help="folder of a library that is kept")
    args = parser.parse_args()
    folder = args.data / "coco128"
    truths = {photo.name: truth for photo, truth in read_folder(folder / "images", folder / "labels")}
    with tempfile.TemporaryDirectory() as temporary, Library.open(args.library or Path(temporary)) as library:
        add_folder(library, folder / "images")
        scan_all(library)
        run = begin(library, Order(steps=("look", "parse")))
        for _ in work(library, run) if run is not None else ():
            pass
        _print(library, truths)


def _print(library: Library, truths: dict[str, Truth]) -> None:
    rows = library.photos(range(1, library.count() + 1))
    ratios = {row.name: row.width / row.height for row in rows}
    names = {row.id: row.name for row in rows}
    seen = {
        row.name: found(truths[row.name], [(t.label, t.box) for t in library.index_of(row.id).things if t.box])
        for row in rows
    }
    everywhere, where_found = Tally(), Tally()
    for query in (*RELATIONS, *COUNTS):
        counts = isinstance(query[1], int)
        words = f"at least {query[1]} {query[0]}s" if counts else f"{query[0]} {query[1]} {query[2]}"
        hits = {
            names[hit.photo]
            for hit in search(library, query_of_words(words, read_text, known_labels(library)), limit=10_000).hits
        }
        whole = {n for n, t in truths.items() if right(query, t, ratios[n], range(len(t.labels)))}
        everywhere.add(hits, whole)
        usable = {n for n, t in truths.items() if _usable(query, t, seen[n])}
        expected = {n for n in usable if right(query, truths[n], ratios[n], seen[n])}
        one = Tally()
        one.add(hits & usable, expected)
        where_found.add(hits & usable, expected)
        print(f"{words:34} {one}   all photos: {len(hits & whole)}/{len(hits)} and {len(hits & whole)}/{len(whole)}")
    print(f"\n{len(RELATIONS) + len(COUNTS)} queries, photos whose objects were found: {where_found}")
    print(f"{len(RELATIONS) + len(COUNTS)} queries, all {len(truths)} photos:              {everywhere}")


def _usable(query: tuple, truth: Truth, seen: Sequence[int]) -> bool:
    """Whether the objects that a query is about were found in a photo."""
    labels = [truth.labels[i] for i in seen]
    if isinstance(query[1], int):
        return query[0] in truth.labels and labels.count(query[0]) == truth.labels.count(query[0])
    first, _, second = query
    return labels.count(first) >= (2 if first == second else 1) and second in labels


if __name__ == "__main__":
    main()
