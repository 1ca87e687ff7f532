"""Any transformers object detector, with classes of its own or open-vocabulary, in place of the built-in nets.

DETR, RT-DETR, YOLOS and the like bring their classes; OWL-ViT, OWLv2 and Grounding DINO are asked for the categories
of the catalogue, each "a photo of a ...".
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from sd3studio.core.catalogue import shipped_catalogue
from sd3studio.core.errors import MeshError, MissingModelError
from sd3studio.ml.parsing.boxes import suppressed
from sd3studio.ml.parsing.coco_classes import COCO_CLASSES
from sd3studio.ml.parsing.detection import Candidates, Detection, as_box
from sd3studio.ml.parsing.hub_model import config_of, net_of, processor_of, transformers_library
from sd3studio.ml.parsing.onnx_net import Pixels

THRESHOLD, OPEN_THRESHOLD = 0.5, 0.15
"""Of detectors with fixed classes, and of open-vocabulary ones, whose scores run lower."""

NMS_IOU = 0.6
QUERIES_A_RUN = 40
"""Grounding DINO reads all names as one text of at most 256 tokens."""

OTHER_NAMES = {"airplane": "aeroplane", "tv": "tvmonitor", "couch": "sofa", "dining table": "diningtable"}
"""COCO's name -> the name in Pascal VOC, which some detectors use."""

Style = Literal["fixed", "owl", "grounded"]


class TransformersDetector:
    """A detector in a folder or of a hub id.

    Parameters
    ----------
    name : folder or hub id
    queries : what an open-vocabulary detector is asked for; None takes the categories of the catalogue, and COCO's
        classes if there is no catalogue

    Raises
    ------
    MissingModelError
        The model is not there, or is not a detector.
    """

    def __init__(self, name: str, queries: Sequence[str] | None = None) -> None:
        self.name = Path(name).name or name
        self._style = _style(name)
        self._queries = tuple(dict.fromkeys(queries if queries is not None else _catalogue_queries()))
        self._net, self._processor = _parts(name, self._style)

    def detect(self, pixels: Pixels, threshold: float | None = None) -> list[Detection]:
        """Objects in a picture ((H, W, 3) uint8 RGB), best first, scores as the net gives them."""
        lowest = threshold if threshold is not None else THRESHOLD if self._style == "fixed" else OPEN_THRESHOLD
        if self._style == "fixed":
            found = self._fixed(pixels, lowest)
        else:
            groups = [self._queries[i : i + QUERIES_A_RUN] for i in range(0, len(self._queries), QUERIES_A_RUN)]
            found = [item for group in groups for item in self._open(pixels, lowest, group)]
        return _tidy(found, pixels.shape[1], pixels.shape[0])

    def _fixed(self, pixels: Pixels, lowest: float) -> list[Detection]:
        import torch

        inputs = self._processor(images=pixels, return_tensors="pt")
        with torch.inference_mode():
            outputs = self._net(**inputs)
        result = self._processor.post_process_object_detection(
            outputs, threshold=lowest, target_sizes=[pixels.shape[:2]]
        )[0]
        names = self._net.config.id2label
        return _detections(result, [_coco_name(str(names[int(i)])) for i in result["labels"]])

    def _open(self, pixels: Pixels, lowest: float, queries: Sequence[str]) -> list[Detection]:
        import torch

        if self._style == "owl":
            text: Any = [[f"a photo of a {query}" for query in queries]]
            inputs = self._processor(text=text, images=pixels, return_tensors="pt", padding=True)
        else:
            text = ". ".join(queries) + "."
            inputs = self._processor(text=text, images=pixels, return_tensors="pt")
        with torch.inference_mode():
            outputs = self._net(**inputs)
        after, sizes = self._processor.post_process_grounded_object_detection, [pixels.shape[:2]]
        if self._style == "owl":
            result = after(outputs, threshold=lowest, target_sizes=sizes)[0]
            return _detections(result, [queries[int(i)] for i in result["labels"]])
        result = after(outputs, inputs["input_ids"], threshold=lowest, text_threshold=lowest, target_sizes=sizes)[0]
        return _detections(result, [_said(words, queries) for words in result["text_labels"]])


def _style(name: str) -> Style:
    library, config = transformers_library(), config_of(name)
    if type(config) in library.MODEL_FOR_ZERO_SHOT_OBJECT_DETECTION_MAPPING:
        if config.model_type.startswith("owl"):
            return "owl"
        if config.model_type.endswith("grounding-dino"):
            return "grounded"
    if type(config) in library.MODEL_FOR_OBJECT_DETECTION_MAPPING:
        return "fixed"
    raise MissingModelError(
        f"The model {name} ({config.model_type}) is no object detector that can be used. Name a DETR, for one."
    )


def _parts(name: str, style: Style) -> tuple[Any, Any]:
    if style == "fixed":
        return net_of("AutoModelForObjectDetection", name), processor_of("AutoImageProcessor", name)
    return net_of("AutoModelForZeroShotObjectDetection", name), processor_of("AutoProcessor", name)


def _catalogue_queries() -> tuple[str, ...]:
    try:
        return shipped_catalogue().categories
    except MeshError:
        return COCO_CLASSES


def _coco_name(label: str) -> str:
    """COCO's name of a class that another data set calls otherwise; the label itself if it is not one."""
    lower = label.strip().lower()
    return next((coco for coco, other in OTHER_NAMES.items() if other == lower), lower)


def _said(words: str, queries: Sequence[str]) -> str:
    """The query that a grounded detector's words belong to; it may give a part of one or parts of two."""
    text = words.strip().lower()
    return next((query for query in queries if query.lower() == text), None) or next(
        (query for query in queries if text and (query.lower() in text or text in query.lower())), text or "thing"
    )


def _detections(result: Any, labels: Sequence[str]) -> list[Detection]:
    scores, boxes = result["scores"].tolist(), result["boxes"].tolist()
    return [
        Detection(label, min(max(score, 0.0), 1.0), as_box(box))
        for label, score, box in zip(labels, scores, boxes, strict=True)
    ]


def _tidy(found: Sequence[Detection], width: int, height: int) -> list[Detection]:
    """Boxes cut at the frame, empty ones and duplicates dropped, best first."""
    if not found:
        return []
    labels = sorted({d.label for d in found})
    boxes = np.clip([d.box for d in found], 0.0, [width, height, width, height]).astype(np.float32)
    whole = np.isfinite(boxes).all(axis=1) & np.all(boxes[:, 2:] - boxes[:, :2] >= 1.0, axis=1)
    scores = np.array([d.score for d in found], np.float32)
    classes = np.array([labels.index(d.label) for d in found], np.int64)
    best = suppressed(Candidates(boxes, scores, classes).chosen(whole), NMS_IOU)
    return [
        Detection(labels[label], float(score), as_box(box))
        for box, score, label in zip(best.boxes, best.scores, best.classes, strict=True)
    ]
