"""NanoDet-g: 80 COCO classes, three strides, each side of a box as a distribution over eleven distances.

Generalised focal loss, Li et al. 2020, arXiv:2006.04388; net by RangiLyu, https://github.com/RangiLyu/nanodet.
"""

import numpy as np
from numpy.typing import NDArray

from sd3studio.ml.parsing.boxes import suppressed
from sd3studio.ml.parsing.coco_classes import COCO_CLASSES
from sd3studio.ml.parsing.detection import Candidates, Detection, as_box
from sd3studio.ml.parsing.onnx_net import Floats, Pixels, fit, open_net

INPUT_PX = 416
LOWEST_SCORE = 0.05
THRESHOLD = 0.34
NMS_IOU = 0.5

STRIDES_PX = (8, 16, 32)
BINS = 11
_MEAN_BGR = np.array([103.53, 116.28, 123.675], np.float32)
_STD_BGR = np.array([57.375, 57.12, 58.395], np.float32)


class NanoDet:
    """The net: picture in, candidates out."""

    def __init__(self, threads: int | None = None) -> None:
        self._session = open_net("nanodet", threads)

    def candidates(
        self, pixels: Pixels, long_side_px: int = INPUT_PX, lowest: float = LOWEST_SCORE, mirrored: bool = False
    ) -> Candidates:
        """What the net sees in a picture ((H, W, 3) uint8 RGB) scaled to a long side, duplicates included.

        `mirrored` shows it the mirror image; the boxes are those of the picture all the same.
        """
        fitted = fit(pixels, long_side_px, mirrored)
        net_input = ((fitted.pixels[..., ::-1] - _MEAN_BGR) / _STD_BGR).transpose(2, 0, 1)[None]
        outputs = self._session.run(None, {"image": net_input})
        size = fitted.pixels.shape[:2]
        found = [
            _decode(scores[0], sides[0], size, stride, lowest)
            for scores, sides, stride in zip(outputs[:3], outputs[3:], STRIDES_PX, strict=True)
        ]
        boxes, scores, classes = (np.concatenate(part) for part in zip(*found, strict=True))
        return Candidates(fitted.to_picture(boxes, pixels.shape[1], pixels.shape[0]), scores, classes)


def _decode(
    scores: Floats, sides: Floats, size: tuple[int, int], stride: int, lowest: float
) -> tuple[Floats, Floats, NDArray[np.int64]]:
    """Boxes (input pixels), scores and classes of the cells of one stride above a score.

    Parameters
    ----------
    scores : (cells, 80) in [0, 1]
    sides : (cells, 44) logits of the distances left, top, right, bottom
    size : height and width of the input
    """
    columns = -(-size[1] // stride)
    cells, classes = np.nonzero(scores > lowest)
    logits = sides[cells].reshape(-1, 4, BINS)
    weights = np.exp(logits - logits.max(axis=2, keepdims=True))
    reach = (weights @ np.arange(BINS, dtype=np.float32)) / weights.sum(axis=2) * stride  # (D, 4)
    centre = (np.stack([cells % columns, cells // columns], axis=1) + 0.5) * stride
    boxes = np.concatenate([centre - reach[:, :2], centre + reach[:, 2:]], axis=1).astype(np.float32)
    return boxes, scores[cells, classes], classes.astype(np.int64)


class NanoDetDetector:
    """NanoDet-g alone, at the threshold that is best for it."""

    name = "NanoDet-g"

    def __init__(self, threads: int | None = None) -> None:
        self._net = NanoDet(threads)

    def detect(self, pixels: Pixels, threshold: float | None = None) -> list[Detection]:
        """Objects in a picture ((H, W, 3) uint8 RGB), best first, scores as the net gives them."""
        lowest = THRESHOLD if threshold is None else threshold
        found = suppressed(self._net.candidates(pixels, lowest=lowest), NMS_IOU)
        return as_detections(found)


def as_detections(found: Candidates) -> list[Detection]:
    """Candidates of COCO classes as detections, best first."""
    return [
        Detection(COCO_CLASSES[found.classes[i]], float(found.scores[i]), as_box(found.boxes[i]))
        for i in np.argsort(-found.scores, kind="stable")
    ]
