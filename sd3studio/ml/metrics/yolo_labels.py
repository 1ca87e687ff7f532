"""Folders of photos with YOLO labels: one text file per photo, a line per box: ``class cx cy width height``.

The four numbers are shares of the picture. Lines count classes from 0, in COCO's order unless a file of names is given.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.errors import DataError
from sd3studio.ml.parsing.coco_classes import COCO_CLASSES

PHOTO_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif")
_MOST_BYTES = 5_000_000
_SLACK = 0.01
"""Shares may leave [0, 1] by so much: rounding."""


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """The labelled boxes of a photo: (D, 4) x0, y0, x1, y1 as shares of width and height, and their D class names."""

    boxes: NDArray[np.float64]
    labels: tuple[str, ...]

    def boxes_px(self, width: int, height: int) -> NDArray[np.float64]:
        """(D, 4) boxes in pixels of a picture of this size."""
        return self.boxes * [width, height, width, height]


def read_folder(images: Path, labels: Path, names: Path | None = None) -> list[tuple[Path, Truth]]:
    """The photos of a folder, by name, each with its labels; a photo without a file of labels has no objects.

    Raises
    ------
    DataError
        A folder is missing or has no photos, no photo has labels, or a label file is not in the form.
    """
    for folder in (images, labels):
        if not folder.is_dir():
            raise DataError(f"There is no folder {folder}. Name the folders with --images and --labels.")
    photos = sorted(path for path in images.iterdir() if path.suffix.lower() in PHOTO_SUFFIXES)
    if not photos:
        raise DataError(f"The folder {images} has no photos ({', '.join(PHOTO_SUFFIXES)}).")
    known = dict(enumerate(COCO_CLASSES)) if names is None else read_names(names)
    files = [labels / f"{photo.stem}.txt" for photo in photos]
    if not any(file.is_file() for file in files):
        raise DataError(f"No photo of {images} has labels in {labels}: {files[0].name} was expected, for one.")
    return [(photo, read_labels(file, known)) for photo, file in zip(photos, files, strict=True)]


def read_labels(path: Path, names: Mapping[int, str]) -> Truth:
    """The labels in a file; none if the file does not exist. Raises `DataError` naming file and line."""
    rows, labels = [], []
    for number, line in enumerate(_text(path).splitlines() if path.exists() else (), start=1):
        if line.strip():
            index, box = _parsed(line, f"{path}, line {number}")
            if index not in names:
                raise DataError(f"{path}, line {number}: there is no class {index}; the names go to {max(names)}.")
            rows.append(box)
            labels.append(names[index])
    return Truth(np.array(rows, float).reshape(-1, 4), tuple(labels))


def _parsed(line: str, where: str) -> tuple[int, tuple[float, float, float, float]]:
    words = line.split()
    try:
        index, (cx, cy, width, height) = int(words[0]), map(float, words[1:])
    except ValueError as error:
        raise DataError(f"{where}: 'class cx cy width height' was expected, {line.strip()[:60]!r} came.") from error
    box = (cx - width / 2.0, cy - height / 2.0, cx + width / 2.0, cy + height / 2.0)
    if not all(map(math.isfinite, box)) or min(width, height) <= 0.0 or min(box) < -_SLACK or max(box) > 1.0 + _SLACK:
        raise DataError(f"{where}: the box {' '.join(words[1:])} is not inside the picture (shares from 0 to 1).")
    return index, box


def read_names(path: Path) -> dict[int, str]:
    """Class names by number: a text file with one name a line, or a YAML file with ``names:`` as list or mapping."""
    text = _text(path)
    if path.suffix.lower() not in (".yaml", ".yml"):
        names: object = [line.strip() for line in text.splitlines() if line.strip()]
    else:
        import yaml

        try:
            document = yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise DataError(f"The names in {path} can't be read: {error}") from error
        names = document.get("names") if isinstance(document, dict) else None
    pairs = names.items() if isinstance(names, dict) else enumerate(names) if isinstance(names, list) else ()
    known = {number: str(name) for number, name in pairs if isinstance(number, int)}
    if not known:
        raise DataError(f"{path} has no class names: one a line, or in YAML a list or a mapping called 'names'.")
    return known


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise DataError(f"{path} has more than {_MOST_BYTES // 1_000_000} MB; that is no list of labels.")
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"The file {path} can't be read as text ({error}).") from error
