"""Any transformers segmenter in place of GrabCut: SAM-like nets prompted with the boxes, or instance segmentation."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.errors import MissingModelError
from sd3studio.ml.parsing.boxes import areas_px, overlaps_px
from sd3studio.ml.parsing.detection import Box
from sd3studio.ml.parsing.hub_model import config_of, net_of, processor_of, transformers_library
from sd3studio.ml.parsing.masks import Segmenter

Pixels = NDArray[np.uint8]
Bools = NDArray[np.bool_]

LEAST_OVERLAP = 0.5
"""IoU of an instance's frame with a box, from which its mask is that thing's."""

INSTANCE_SCORE = 0.3
BOXES_A_RUN = 16


@lru_cache(maxsize=2)
def load_segmenter(name: str) -> Segmenter:
    """The segmenter in a folder or of a hub id. Raises `MissingModelError` if it is not there or is no segmenter."""
    library, config = transformers_library(), config_of(name)
    if type(config) in library.MODEL_FOR_MASK_GENERATION_MAPPING:
        return PromptedSegmenter(name)
    if type(config) in library.MODEL_FOR_UNIVERSAL_SEGMENTATION_MAPPING:
        return InstanceSegmenter(name)
    raise MissingModelError(
        f"The model {name} ({config.model_type}) is no segmenter that can cut things out. Name a SAM or a Mask2Former."
    )


class PromptedSegmenter:
    """Segment Anything and its family (Kirillov et al. 2023, arXiv:2304.02643), prompted with each box."""

    def __init__(self, name: str) -> None:
        self._net = net_of("AutoModelForMaskGeneration", name)
        self._processor = processor_of("AutoProcessor", name)

    def masks(self, pixels: Pixels, boxes: Sequence[Box], labels: Sequence[str]) -> list[Bools | None]:
        """One mask (H, W) bool per box; None where it came out empty."""
        runs = [boxes[i : i + BOXES_A_RUN] for i in range(0, len(boxes), BOXES_A_RUN)]
        return [mask for run in runs for mask in self._run(pixels, run)]

    def _run(self, pixels: Pixels, boxes: Sequence[Box]) -> list[Bools | None]:
        import torch

        inputs = self._processor(images=pixels, input_boxes=[[list(box) for box in boxes]], return_tensors="pt")
        sizes = inputs.pop("original_sizes")
        reshaped = inputs.pop("reshaped_input_sizes", None)
        with torch.inference_mode():
            outputs = self._net(**inputs, multimask_output=False)
        extra = () if reshaped is None else (reshaped,)
        masks = self._processor.post_process_masks(outputs.pred_masks.cpu(), sizes, *extra)[0]  # (boxes, 1, H, W)
        return [mask if mask.any() else None for mask in np.asarray(masks[:, 0], bool)]


class InstanceSegmenter:
    """Mask2Former, MaskFormer, OneFormer and the like: the instance that fills a box best is cut out."""

    def __init__(self, name: str) -> None:
        self._net = net_of("AutoModelForUniversalSegmentation", name)
        self._processor = processor_of("AutoImageProcessor", name)

    def masks(self, pixels: Pixels, boxes: Sequence[Box], labels: Sequence[str]) -> list[Bools | None]:
        """One mask (H, W) bool per box; None where no instance fills it."""
        if not boxes:
            return []
        instances = self._instances(pixels)
        if not instances:
            return [None] * len(boxes)
        frames = np.array([_frame(mask) for mask in instances], float)
        common = overlaps_px(boxes, frames)
        overlap = common / np.maximum(areas_px(boxes)[:, None] + areas_px(frames)[None, :] - common, 1.0)
        best = overlap.argmax(axis=1)
        return [instances[i] if overlap[row, i] >= LEAST_OVERLAP else None for row, i in enumerate(best)]

    def _instances(self, pixels: Pixels) -> list[Bools]:
        import torch

        inputs = self._processor(images=pixels, return_tensors="pt")
        with torch.inference_mode():
            outputs = self._net(**inputs)
        result: Any = self._processor.post_process_instance_segmentation(
            outputs, threshold=INSTANCE_SCORE, target_sizes=[pixels.shape[:2]]
        )[0]
        numbers = np.asarray(result["segmentation"])
        masks = [numbers == segment["id"] for segment in result["segments_info"]]
        return [mask for mask in masks if mask.any()]


def _frame(mask: Bools) -> Box:
    """The box around a mask."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1)
