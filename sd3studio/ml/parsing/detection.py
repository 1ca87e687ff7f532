"""What a detector gives, and how to get one by name."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol, SupportsFloat

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]
Box = tuple[float, float, float, float]


def as_box(row: Iterable[SupportsFloat]) -> Box:
    """Four numbers of an array as a box."""
    x0, y0, x1, y1 = (float(value) for value in row)
    return x0, y0, x1, y1


@dataclass(frozen=True, slots=True)
class Detection:
    """An object in a picture.

    Parameters
    ----------
    label : class name, of COCO for the built-in detectors
    score : in [0, 1]; of the merged built-in detector the probability that label and box (IoU 0.5) are right
    box : x0, y0, x1, y1 in pixels, inside the picture
    """

    label: str
    score: float
    box: Box


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Raw findings of one net on one picture, before thresholds and merging.

    Parameters
    ----------
    boxes : (D, 4) x0, y0, x1, y1 in pixels of the picture
    scores : (D,) as the net gives them
    classes : (D,) index of the class
    """

    boxes: Floats
    scores: Floats
    classes: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.scores)

    def chosen(self, which: NDArray[np.bool_] | NDArray[np.int64]) -> "Candidates":
        """The candidates that a mask or an index array picks."""
        return Candidates(self.boxes[which], self.scores[which], self.classes[which])


class Detector(Protocol):
    """Finds objects in pictures."""

    @property
    def name(self) -> str:
        """What it is, for provenance: ``"CenterNet + NanoDet-g"``."""

    def detect(self, pixels: Pixels, threshold: float | None = None) -> list[Detection]:
        """Objects in a picture ((H, W, 3) uint8 RGB), best first.

        `threshold` is the lowest score that is kept; None takes the detector's own.
        """


BUILTIN = "builtin"


@lru_cache(maxsize=4)
def load_detector(name: str = BUILTIN, threads: int | None = None) -> Detector:
    """The detector of this name; nets stay loaded.

    Parameters
    ----------
    name : ``"builtin"`` (both nets merged), ``"nanodet"``, ``"centernet"``, or the folder or hub id of a transformers
        detector
    threads : processor threads of one call; None takes two for one photo. One thread a call and several photos at a
        time is faster in a batch.

    Raises
    ------
    MissingModelError
        The weights are not on disk.
    """
    if name == BUILTIN:
        from sd3studio.ml.parsing.merging import MergedDetector

        return MergedDetector(threads)
    if name == "nanodet":
        from sd3studio.ml.parsing.nanodet import NanoDetDetector

        return NanoDetDetector(threads)
    if name == "centernet":
        from sd3studio.ml.parsing.centernet import CenterNetDetector

        return CenterNetDetector(threads)
    from sd3studio.ml.parsing.transformers_detector import TransformersDetector

    return TransformersDetector(name)
