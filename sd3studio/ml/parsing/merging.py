"""Both built-in nets together: three looks at a picture, fused, with calibrated scores.

CenterNet looks twice, once at a larger scale than it was trained at, which finds small things; the smaller looks see
the mirrored picture, so that their mistakes are less alike. Measured numbers: ``models/detector/README.md``.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

import numpy as np

from sd3studio.ml.parsing.calibration import shipped_calibration
from sd3studio.ml.parsing.centernet import CenterNet
from sd3studio.ml.parsing.coco_classes import COCO_CLASSES
from sd3studio.ml.parsing.detection import Candidates, Detection, as_box
from sd3studio.ml.parsing.fusion import Fused, fuse
from sd3studio.ml.parsing.nanodet import NanoDet
from sd3studio.ml.parsing.onnx_net import Pixels

LOWEST_SCORE = 0.08
"""Of a single look; what all looks score lower is never right often enough."""


@dataclass(frozen=True, slots=True)
class Look:
    """One run of one net: at which long side (px), mirrored or not, and how its scores compare with CenterNet's."""

    net: Literal["centernet", "nanodet"]
    long_side_px: int
    mirrored: bool
    trust: float

    @property
    def title(self) -> str:
        """Its name in the calibration file."""
        return f"{self.net} {self.long_side_px}{' mirrored' if self.mirrored else ''}"


LOOKS = (
    Look("centernet", 768, False, 1.0),
    Look("centernet", 512, True, 1.0),
    Look("nanodet", 416, True, 0.8),
)


class Looker:
    """Runs all looks at a picture and fuses what they see."""

    def __init__(self, threads: int | None = None) -> None:
        one_each = 1 if threads is None else threads
        self._nets: dict[str, CenterNet | NanoDet] = {"centernet": CenterNet(one_each), "nanodet": NanoDet(one_each)}
        self._workers = ThreadPoolExecutor(2, thread_name_prefix="look") if threads is None else None

    def fused(self, pixels: Pixels) -> Fused:
        """What is seen in a picture ((H, W, 3) uint8 RGB)."""
        run = map if self._workers is None else self._workers.map
        return fuse(list(run(lambda look: self._seen(look, pixels), LOOKS)), [look.trust for look in LOOKS])

    def _seen(self, look: Look, pixels: Pixels) -> Candidates:
        return self._nets[look.net].candidates(pixels, look.long_side_px, LOWEST_SCORE, look.mirrored)


class MergedDetector:
    """CenterNet and NanoDet-g, merged. Scores are probabilities.

    Parameters
    ----------
    threads : processor threads of each net; None lets two looks run at the same time, one thread each
    """

    name = "CenterNet + NanoDet-g"

    def __init__(self, threads: int | None = None) -> None:
        self._calibration = shipped_calibration()
        self._looker = Looker(threads)

    def detect(self, pixels: Pixels, threshold: float | None = None) -> list[Detection]:
        """Objects in a picture ((H, W, 3) uint8 RGB), best first.

        `threshold` is the lowest probability that is kept; None takes that of the best F1.
        """
        lowest = self._calibration.threshold if threshold is None else threshold
        fused = self._looker.fused(pixels)
        probabilities = self._calibration.probabilities(fused, pixels.shape[1], pixels.shape[0])
        return [
            Detection(COCO_CLASSES[fused.classes[i]], float(probabilities[i]), as_box(fused.boxes[i]))
            for i in np.argsort(-probabilities, kind="stable")
            if probabilities[i] >= lowest
        ]
