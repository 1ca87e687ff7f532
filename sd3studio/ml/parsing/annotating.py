"""Help for an annotator: what is in a box that was drawn on a photo, and its mask."""

from collections.abc import Iterator

import numpy as np

from sd3studio.core.checking.expecting import iou
from sd3studio.core.errors import PhotoError
from sd3studio.core.messages import Finished, JobMessage, MaskResult, NamesResult, Progress
from sd3studio.core.requests import CutOut, NameBox
from sd3studio.core.scene.masks import decode_mask, encode_mask
from sd3studio.core.scene.value import BoxPx
from sd3studio.core.scene.values import Mask
from sd3studio.ml.parsing.detection import BUILTIN, Detection, load_detector
from sd3studio.ml.parsing.masks import Bools, grabcut
from sd3studio.ml.parsing.picture import Photo, read_photo

AROUND = 0.35
"""A box is looked at with so much of its size around it."""

LOWEST = 0.05
NAMES = 6
FINE_PX = 224
"""Longer side of the crop in which a single thing is cut out: about 60 ms."""


def name_box(request: NameBox) -> Iterator[JobMessage]:
    """Classes of what is in a box; ends in ``Finished(NamesResult)``. Raises `PhotoError`, `MissingModelError`."""
    yield Progress(0, 2, "Looking at the box")
    photo = read_photo(request.photo)
    box = _inside(photo, request.box)
    detector = load_detector(request.detector)
    found = list(detector.detect(photo.pixels, LOWEST))
    yield Progress(1, 2, "Looking at the box")
    left, top, right, bottom = _around(photo, box)
    near = detector.detect(np.ascontiguousarray(photo.pixels[top:bottom, left:right]), LOWEST)
    for one in near:
        x0, y0, x1, y1 = one.box
        found.append(Detection(one.label, one.score, (x0 + left, y0 + top, x1 + left, y1 + top)))
    yield Finished(NamesResult(_ranked(found, box)))


def cut_out(request: CutOut) -> Iterator[JobMessage]:
    """The mask of the thing in a box; ends in ``Finished(MaskResult)``. Raises `PhotoError`, `MissingModelError`."""
    yield Progress(0, 1, "Cutting it out")
    photo = read_photo(request.photo)
    box = _inside(photo, request.box)
    keep, drop = _pixels(photo, request.keep), _pixels(photo, request.drop)
    if request.segmenter == BUILTIN:
        mask = grabcut(photo.pixels, box, keep, drop, FINE_PX)
    else:
        from sd3studio.ml.parsing.transformers_segmenter import load_segmenter

        mask = load_segmenter(request.segmenter).masks(photo.pixels, [box], [request.label])[0]
        mask = None if mask is None else _with_strokes(mask, keep, drop)
    yield Finished(MaskResult(encode_mask(mask) if mask is not None and mask.any() else None))


def _ranked(found: list[Detection], box: BoxPx) -> tuple[tuple[str, float], ...]:
    """Labels by the score of their best detection, weighed by how well that lies in the box."""
    best: dict[str, float] = {}
    for one in found:
        best[one.label] = max(best.get(one.label, 0.0), one.score * iou(one.box, box) ** 0.5)
    ranked = sorted(best.items(), key=lambda item: -item[1])
    return tuple((label, round(value, 4)) for label, value in ranked[:NAMES] if value >= LOWEST)


def _inside(photo: Photo, box: BoxPx) -> BoxPx:
    x0, x1 = (float(np.clip(v, 0, photo.width)) for v in sorted((box[0], box[2])))
    y0, y1 = (float(np.clip(v, 0, photo.height)) for v in sorted((box[1], box[3])))
    if x1 - x0 < 2 or y1 - y0 < 2:
        raise PhotoError("That box holds no part of the photo. Draw a larger one.")
    return x0, y0, x1, y1


def _around(photo: Photo, box: BoxPx) -> tuple[int, int, int, int]:
    pad = AROUND * max(box[2] - box[0], box[3] - box[1])
    left, top = max(0, int(box[0] - pad)), max(0, int(box[1] - pad))
    return left, top, min(photo.width, int(box[2] + pad) + 1), min(photo.height, int(box[3] + pad) + 1)


def _pixels(photo: Photo, mask: Mask | None) -> Bools | None:
    if mask is None:
        return None
    if (mask.height, mask.width) != (photo.height, photo.width):
        raise PhotoError(
            f"The strokes are for a picture of {mask.width} x {mask.height} pixels; this one has "
            f"{photo.width} x {photo.height}."
        )
    return decode_mask(mask)


def _with_strokes(mask: Bools, keep: Bools | None, drop: Bools | None) -> Bools:
    mask = mask | keep if keep is not None else mask
    return mask & ~drop if drop is not None else mask
