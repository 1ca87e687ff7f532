"""Does a picture obey its scene? Decided by the shipped detectors, which never saw a generated picture.

Protocol. In the true render of a scene the detectors find things; a finding counts as an object of the scene if it
overlaps the box around the object's visible pixels (id map) with IoU of at least 0.5, each object once, surer findings
first. These are the objects *wanted* of any other picture of the scene. That the finding has the object's own name is
not asked: a globe seen as a sports ball in the render should be seen as one in the picture too.

object_recall : share of the wanted objects for which the detectors find something in the picture with the same label,
    or one of its group in `LIKE`, and IoU of at least 0.5 with where it was found in the render or its visible box
object_recall_same_label : the same without the groups
relation_accuracy : of the pairs of objects so found that stand clearly left, right, above or below each other by their
    visible boxes (`core.relations.apparent`), the share that stand so in the picture too, by the boxes found there
relation_accuracy_anywhere : the same where a label is enough, wherever it was found; harder
layout_iou : mean IoU of the visible boxes of wanted objects with the box of their label in the picture, wherever that
    is; wanted objects without such a box are left out. `layout_iou_all` counts them as 0

The pairing of wanted objects and findings of a picture has the greatest total IoU (Hungarian method), and where nothing
overlaps the smallest distances. All figures are over all objects or pairs of all pictures together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from sd3studio.core.relations.apparent import apparent_codes
from sd3studio.core.scene.value import BoxPx
from sd3studio.core.scene.values import Scene
from sd3studio.ml.metrics.bootstrap import interval
from sd3studio.ml.metrics.matching import RIGHT_IOU
from sd3studio.ml.parsing.boxes import ious
from sd3studio.ml.parsing.detection import Detection

Floats = NDArray[np.float64]

LIKE = (
    *(("chair", "couch", "bench"), ("cup", "bowl", "vase", "bottle", "wine glass"), ("tv", "laptop", "cell phone")),
    *(("car", "truck", "bus", "train"), ("bicycle", "motorcycle"), ("handbag", "backpack", "suitcase")),
    *(("dog", "cat", "sheep", "cow", "horse", "bear"), ("apple", "orange", "sports ball", "donut")),
    *(("oven", "microwave", "refrigerator"), ("sandwich", "hot dog", "pizza", "cake"), ("sink", "toilet")),
)
"""Classes of COCO that the detectors take for each other on our renders (ours)."""

_GROUP = {label: number for number, group in enumerate(LIKE) for label in group}


@dataclass(frozen=True, slots=True, eq=False)
class Wanted:
    """W objects that the detectors find in the true render: labels, boxes found (W, 4) and visible boxes (W, 4), px of
    the render, whose size (width, height) is `size`."""

    labels: tuple[str, ...]
    found: Floats
    visible: Floats
    size: tuple[int, int]


@dataclass(slots=True)
class Tally:
    """Counts over one or more pictures; see the protocol of this module."""

    wanted: float = 0.0
    found: float = 0.0
    same_label: float = 0.0
    pairs: float = 0.0
    pairs_right: float = 0.0
    pairs_anywhere: float = 0.0
    pairs_right_anywhere: float = 0.0
    seen: float = 0.0
    iou: float = 0.0

    def row(self) -> list[float]:
        """Its numbers, in order."""
        return [getattr(self, field.name) for field in fields(self)]


FIGURES: dict[str, tuple[str, str]] = {
    "object_recall": ("found", "wanted"),
    "object_recall_same_label": ("same_label", "wanted"),
    "relation_accuracy": ("pairs_right", "pairs"),
    "relation_accuracy_anywhere": ("pairs_right_anywhere", "pairs_anywhere"),
    "layout_iou": ("iou", "seen"),
    "layout_iou_all": ("iou", "wanted"),
}
"""Figure -> the two counts that it is the ratio of."""


def alike(first: str, second: str) -> bool:
    """Whether two labels are the same or of one group."""
    return first == second or (first in _GROUP and _GROUP[first] == _GROUP.get(second))


def wanted_of(visible_boxes: Mapping[str, BoxPx], detections: Sequence[Detection], size: tuple[int, int]) -> Wanted:
    """The findings in the true render, of this size (width, height), that are objects of the scene."""
    visible = np.array(list(visible_boxes.values()), float).reshape(-1, 4)
    boxes = np.array([detection.box for detection in detections], float).reshape(-1, 4)
    overlap = ious(boxes, visible)
    pairs = []
    for k in sorted(range(len(detections)), key=lambda k: -detections[k].score) if len(visible) else ():
        best = int(overlap[k].argmax())
        if overlap[k, best] >= RIGHT_IOU:
            pairs.append((k, best))
            overlap[:, best] = 0.0
    first, second = [k for k, _ in pairs], [i for _, i in pairs]
    return Wanted(tuple(detections[k].label for k in first), boxes[first], visible[second], size)


def tally_of(wanted: Wanted, detections: Sequence[Detection], size: tuple[int, int]) -> Tally:
    """Counts of a picture of this size (width, height), not always the render's, in which these were found."""
    scale = np.tile(np.array(wanted.size) / size, 2)
    boxes = np.array([detection.box for detection in detections], float).reshape(-1, 4) * scale
    labels = [detection.label for detection in detections]
    overlap = np.maximum(ious(wanted.found, boxes), ious(wanted.visible, boxes))
    pairs = _paired(wanted, boxes, labels, overlap)
    at_place = [(i, j) for i, j in pairs if overlap[i, j] >= RIGHT_IOU]
    strict = _paired(wanted, boxes, labels, overlap, strict=True)
    counts = Tally(wanted=len(wanted.labels), found=len(at_place), seen=len(pairs))
    counts.same_label = sum(overlap[i, j] >= RIGHT_IOU for i, j in strict)
    counts.iou = float(sum(ious(wanted.visible[i], boxes[j])[0, 0] for i, j in pairs))
    counts.pairs_right, counts.pairs = relations_kept(wanted.visible, boxes, at_place)
    counts.pairs_right_anywhere, counts.pairs_anywhere = relations_kept(wanted.visible, boxes, pairs)
    return counts


def _paired(
    wanted: Wanted, boxes: Floats, labels: Sequence[str], overlap: Floats, strict: bool = False
) -> list[tuple[int, int]]:
    """(wanted, finding) pairs of like labels with the greatest total IoU, then the smallest distances."""
    if not len(wanted.labels) or not len(labels):
        return []
    same = (lambda a, b: a == b) if strict else alike
    allowed = np.array([[same(first, second) for second in labels] for first in wanted.labels])
    centers = [(rows[:, :2] + rows[:, 2:]) / 2.0 for rows in (wanted.found, boxes)]
    distance = np.linalg.norm(centers[0][:, None] - centers[1][None], axis=-1) / max(wanted.size)
    worth = np.where(allowed, overlap + 1e-3 / (1.0 + distance), 0.0)
    return [(int(i), int(j)) for i, j in zip(*linear_sum_assignment(-worth), strict=True) if allowed[i, j]]


def relations_kept(true: Floats, boxes: Floats, pairs: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """How many of the clear relations of `true` boxes hold between the `boxes` paired with them, and how many there
    are."""
    first, second = np.triu_indices(len(pairs), 1)
    a, b = np.array([i for i, _ in pairs], int), np.array([j for _, j in pairs], int)
    expected = apparent_codes(true[a[first]], true[a[second]])
    shown = apparent_codes(boxes[b[first]], boxes[b[second]])
    clear = expected > 0
    return int((expected == shown)[clear].sum()), int(clear.sum())


def figures(tallies: Sequence[Tally]) -> dict[str, object]:
    """The figures of many pictures, each None where there is nothing to count, with 95 % bootstrap intervals."""
    rows = np.array([one.row() for one in tallies], float).reshape(-1, len(fields(Tally)))
    column = {field.name: k for k, field in enumerate(fields(Tally))}
    report: dict[str, object] = {}
    intervals: dict[str, object] = {}
    for name, (top, bottom) in FIGURES.items():
        pair = rows[:, [column[top], column[bottom]]]
        ratio = _ratio(pair)
        report[name] = ratio if np.isfinite(ratio) else None
        intervals[name] = interval(lambda chosen, pair=pair: _ratio(pair[chosen]), len(rows))
    totals = rows.sum(axis=0)
    counts = {"objects_wanted": "wanted", "objects_found": "found", "pairs": "pairs"}
    return report | {name: int(totals[column[key]]) for name, key in counts.items()} | {"intervals": intervals}


def _ratio(pair: Floats) -> float:
    top, bottom = pair.sum(axis=0)
    return float(top / bottom) if bottom else float("nan")


def exact_detections(visible_boxes: Mapping[str, BoxPx], scene: Scene) -> list[Detection]:
    """What a perfect detector, the id map, finds: every visible object, just where it is."""
    things = scene.objects
    return [Detection(things[key].category or things[key].label, 1.0, box) for key, box in visible_boxes.items()]
