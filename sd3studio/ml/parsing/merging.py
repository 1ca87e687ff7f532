"""Both built-in nets together."""

import numpy as np

from sd3studio.ml.parsing import centernet, nanodet
from sd3studio.ml.parsing.boxes import suppressed
from sd3studio.ml.parsing.detection import Candidates, Detection
from sd3studio.ml.parsing.nanodet import as_detections
from sd3studio.ml.parsing.onnx_net import Pixels


class MergedDetector:
    """CenterNet and NanoDet-g, merged."""

    name = "CenterNet + NanoDet-g"

    def __init__(self, threads: int | None = None) -> None:
        self._centernet = centernet.CenterNet(threads)
        self._nanodet = nanodet.NanoDet(threads)

    def detect(self, pixels: Pixels) -> list[Detection]:
        """Objects in a picture ((H, W, 3) uint8 RGB), best first."""
        parts = [
            self._centernet.candidates(pixels, lowest=centernet.THRESHOLD),
            self._nanodet.candidates(pixels, lowest=nanodet.THRESHOLD),
        ]
        together = Candidates(
            np.concatenate([part.boxes for part in parts]),
            np.concatenate([part.scores for part in parts]),
            np.concatenate([part.classes for part in parts]),
        )
        return as_detections(suppressed(together, 0.5))
