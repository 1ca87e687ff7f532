"""What kind of place a photo shows, by the things that were found in it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

INDOOR = frozenset({"kitchen", "living room", "bedroom", "bathroom", "office", "dining room"})

EVIDENCE: Mapping[str, Mapping[str, float]] = {
    "street": {
        "traffic light": 3, "stop sign": 3, "parking meter": 3, "fire hydrant": 2.5, "bus": 2.5, "car": 2,
        "truck": 2, "motorcycle": 1.5, "bicycle": 1.2, "person": 0.2, "handbag": 0.4, "backpack": 0.3,
        "bench": 0.4,
    },
    "railway": {
        "train": 4, "person": 0.1,
    },
    "kitchen": {
        "oven": 3, "refrigerator": 3, "microwave": 3, "toaster": 2.5, "sink": 1.4, "bowl": 0.7, "knife": 0.7,
        "spoon": 0.6, "bottle": 0.4, "cup": 0.3, "broccoli": 0.8, "carrot": 0.8,
    },
    "dining room": {
        "dining table": 1.8, "wine glass": 1.5, "fork": 1.4, "knife": 1.0, "spoon": 0.9, "pizza": 1.6,
        "cake": 1.4, "cup": 0.8, "bowl": 1.0, "sandwich": 1.4, "hot dog": 1.2, "donut": 1.2, "chair": 0.5,
        "bottle": 0.5, "broccoli": 1.0, "carrot": 1.0, "vase": 0.5, "banana": 0.7, "apple": 0.7, "orange": 0.7,
    },
    "living room": {
        "couch": 3, "tv": 1.6, "remote": 1.5, "potted plant": 0.7, "vase": 0.7, "book": 0.5, "chair": 0.5,
        "clock": 0.4, "cat": 0.6, "dog": 0.3, "teddy bear": 0.5,
    },
    "bedroom": {
        "bed": 3.5, "teddy bear": 0.9, "cat": 0.3, "book": 0.2, "clock": 0.2,
    },
    "bathroom": {
        "toilet": 4, "toothbrush": 3, "hair drier": 2.5, "sink": 1.6,
    },
    "office": {
        "keyboard": 2.2, "mouse": 2.2, "laptop": 2, "tv": 0.8, "cell phone": 0.6, "book": 0.5, "chair": 0.5,
        "scissors": 0.6,
    },
    "sports field": {
        "baseball bat": 3, "baseball glove": 3, "tennis racket": 3, "sports ball": 2.5, "frisbee": 1.8,
        "skateboard": 2,
    },
    "beach": {
        "surfboard": 3, "boat": 1.6, "umbrella": 0.4,
    },
    "snow slope": {
        "skis": 3.5, "snowboard": 3.5,
    },
    "sky": {
        "airplane": 3, "kite": 2.2,
    },
    "countryside": {
        "cow": 2.5, "sheep": 2.5, "horse": 2, "elephant": 2.5, "giraffe": 2.5, "zebra": 2.5, "bear": 2.5,
        "bird": 0.7,
    },
    "park": {
        "bench": 1.2, "frisbee": 1.0, "dog": 0.7, "kite": 0.8, "bird": 0.6,
    },
}  # fmt: skip
"""Place -> class -> how strongly one such thing speaks for it; hand-set."""

LEAST_EVIDENCE = 0.9


@dataclass(frozen=True, slots=True)
class Place:
    """A guess of the place; `score` in [0, 1]; `indoor` None when nothing tells."""

    name: str
    score: float
    indoor: bool | None


def place_of(labels: Sequence[str], scores: Sequence[float]) -> Place | None:
    """The place that these things speak for, or None when they speak for none. Several of a kind count little more."""
    totals = {place: _evidence(words, labels, scores) for place, words in EVIDENCE.items()}
    best = max(totals, key=lambda place: totals[place])
    if totals[best] < LEAST_EVIDENCE:
        return None
    whole = sum(math.exp(min(value, 30.0)) for value in totals.values())
    share = math.exp(min(totals[best], 30.0)) / whole
    return Place(best, round(min(share, 0.95), 3), best in INDOOR)


def _evidence(words: Mapping[str, float], labels: Sequence[str], scores: Sequence[float]) -> float:
    strongest: dict[str, float] = {}
    for label, score in zip(labels, scores, strict=True):
        if label in words:
            again = 0.15 * words[label] if label in strongest else 0.0
            strongest[label] = max(strongest.get(label, 0.0), words[label] * score) + again * score
    return sum(strongest.values())
