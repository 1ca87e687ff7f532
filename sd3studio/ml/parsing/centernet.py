"""MobileNetV3-CenterNet: objects as peaks of a heat map, with the distances to the four sides at each peak.

Objects as points, Zhou et al. 2019, arXiv:1904.07850; net by 610265158, https://github.com/610265158/mobilenetv3_centernet.
"""

import numpy as np

from sd3studio.ml.parsing.boxes import suppressed
from sd3studio.ml.parsing.detection import Candidates, Detection
from sd3studio.ml.parsing.nanodet import as_detections
from sd3studio.ml.parsing.onnx_net import Floats, Pixels, fit, open_net

INPUT_PX = 512
LOWEST_SCORE = 0.05
THRESHOLD = 0.25
NMS_IOU = 0.5

STRIDE_PX = 4


class CenterNet:
    """The net: picture in, candidates out."""

    def __init__(self, threads: int | None = None) -> None:
        self._session = open_net("centernet", threads)

    def candidates(
        self, pixels: Pixels, long_side_px: int = INPUT_PX, lowest: float = LOWEST_SCORE, mirrored: bool = False
    ) -> Candidates:
        """What the net sees in a picture ((H, W, 3) uint8 RGB) scaled to a long side.

        `mirrored` shows it the mirror image; the boxes are those of the picture all the same.
        """
        fitted = fit(pixels, long_side_px, mirrored)
        heat, sides = self._session.run(None, {"image": fitted.pixels[None].astype(np.float32)})
        found = _decode(heat[0], sides[0], lowest)
        return Candidates(fitted.to_picture(found.boxes, pixels.shape[1], pixels.shape[0]), found.scores, found.classes)


def _decode(heat: Floats, sides: Floats, lowest: float) -> Candidates:
    """Peaks (no larger neighbour among the eight) of the heat map above a score, boxes in pixels of the input.

    Parameters
    ----------
    heat : (H / 4, W / 4, 80) in [0, 1]
    sides : (H / 4, W / 4, 4) distances left, top, right, bottom, pixels of the input
    """
    rows, columns, classes = np.nonzero(heat > lowest)
    height, width = heat.shape[:2]
    scores = heat[rows, columns, classes]
    is_peak = np.ones(len(scores), bool)
    for down, right in [(d, r) for d in (-1, 0, 1) for r in (-1, 0, 1) if d or r]:
        beside = heat[np.clip(rows + down, 0, height - 1), np.clip(columns + right, 0, width - 1), classes]
        is_peak &= scores >= beside
    rows, columns, classes, scores = rows[is_peak], columns[is_peak], classes[is_peak], scores[is_peak]
    point = np.stack([columns, rows], axis=1).astype(np.float32) * STRIDE_PX
    reach = sides[rows, columns]
    boxes = np.concatenate([point - reach[:, :2], point + reach[:, 2:]], axis=1)
    return Candidates(boxes, scores, classes.astype(np.int64))


class CenterNetDetector:
    """CenterNet alone, at the threshold that is best for it."""

    name = "MobileNetV3-CenterNet"

    def __init__(self, threads: int | None = None) -> None:
        self._net = CenterNet(threads)

    def detect(self, pixels: Pixels, threshold: float | None = None) -> list[Detection]:
        """Objects in a picture ((H, W, 3) uint8 RGB), best first, scores as the net gives them."""
        lowest = THRESHOLD if threshold is None else threshold
        found = suppressed(self._net.candidates(pixels, lowest=lowest), NMS_IOU)
        return as_detections(found)
