"""A scene as a short vector, so that like scenes are found fast: hashed labels, numbers, relations and places.

Features are hashed with a sign into a fixed width (feature hashing, Weinberger et al. 2009, arXiv:0902.2206), so that
any label has a place; the cosine of two vectors estimates how much of both scenes agrees.
"""

import zlib
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.searching.index import SceneIndex

Floats = NDArray[np.float32]

WIDTH = 128
COLUMNS, ROWS = 3, 3
"""Cells of the picture in which a thing is noted."""
LABEL_WEIGHT, NUMBER_WEIGHT, RELATION_WEIGHT, PLACE_WEIGHT = 1.0, 0.4, 0.6, 0.3


def signature_of(index: SceneIndex) -> Floats:
    """(WIDTH,) float32 of length 1; all zero for an empty scene."""
    vector = np.zeros(WIDTH, np.float32)
    for feature, weight in _features(index):
        code = zlib.crc32(feature.encode())
        vector[code % WIDTH] += weight if code & 0x80000000 else -weight
    length = float(np.linalg.norm(vector))
    return vector / np.float32(length) if length > 0.0 else vector


def signature_bytes(index: SceneIndex) -> bytes:
    """The vector as half floats, little-endian."""
    return signature_of(index).astype("<f2").tobytes()


def _features(index: SceneIndex) -> Iterator[tuple[str, float]]:
    for label, number in index.counts().items():
        yield f"label {label}", LABEL_WEIGHT
        for step in range(2, min(number, 6) + 1):
            yield f"number {label} {step}", NUMBER_WEIGHT
    for subject, predicate, thing, grade, _, _ in index.best_by_label():
        if grade > 0.5:
            yield f"relation {subject} {predicate.value} {thing}", RELATION_WEIGHT * grade
    for thing in index.things:
        if thing.box is not None and thing.kind == "object":
            column = min(int((thing.box[0] + thing.box[2]) / 2.0 * COLUMNS), COLUMNS - 1)
            row = min(int((thing.box[1] + thing.box[3]) / 2.0 * ROWS), ROWS - 1)
            yield f"place {thing.label} {column} {row}", PLACE_WEIGHT
