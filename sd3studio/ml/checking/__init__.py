"""Picture and scene -> verdicts: reads a picture back, by detectors or by the renderer's id map, and judges it.

`run` is the job for one picture. A `Checker` holds what many pictures of one scene share: the layout's visible boxes
and what the detectors make of a true render of it, which tells what they can be trusted with.
"""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from sd3studio.core.errors import InputError, PhotoError
from sd3studio.core.files import read_bounded
from sd3studio.core.messages import CheckResult, Finished, JobMessage, Progress
from sd3studio.core.png import REQUEST_KEY, PictureRecord, is_png, read_record, read_texts
from sd3studio.core.requests import CheckPicture
from sd3studio.core.scene.values import Scene
from sd3studio.ml.checking.checker import Checker
from sd3studio.ml.parsing.picture import MAX_FILE_BYTES, read_photo

STAGES = ("Reading the picture", "Drawing what it should show", "Looking for the objects")
MAX_SIDE_PX = 1_280


def run(request: CheckPicture) -> Iterator[JobMessage]:
    """Check one picture; ends in ``Finished(CheckResult)``.

    Raises `PhotoError` for a picture that can't be read, `InputError` where there is no scene to check it against or no
    id map of it, `MissingModelError` without EGL or weights.
    """
    yield Progress(0, len(STAGES), STAGES[0])
    photo = read_photo(request.picture)
    record = record_of(Path(request.picture))
    scene = request.scene or (record.request.scene if record else None)
    if scene is None:
        raise InputError(
            f"{request.picture} does not carry a scene, so there is nothing to check it against. Name a scene file too."
        )
    yield Progress(1, len(STAGES), STAGES[1])
    drawn = request.reader != "detectors" and record is not None and record.request.backend == "render"
    pixels = photo.pixels if drawn else reduced(photo.pixels)
    checker = checker_of(scene, pixels.shape[1], pixels.shape[0], request.detector, request.derived)
    yield Progress(2, len(STAGES), STAGES[2])
    report = checker.check(pixels, record, request.reader, name=str(request.picture))
    yield Finished(CheckResult(report.scaled(photo.width, photo.height)))


def reduced(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture (H, W, 3), its longest side brought down to `MAX_SIDE_PX`: detectors look at less than that."""
    height, width = pixels.shape[:2]
    scale = MAX_SIDE_PX / max(height, width)
    if scale >= 1.0:
        return pixels
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS))


def record_of(path: Path) -> PictureRecord | None:
    """What a picture of ours carries; None for any other picture. Raises `PhotoError` for a damaged record."""
    data = read_bounded(path, MAX_FILE_BYTES, PhotoError)
    if not is_png(data) or REQUEST_KEY not in read_texts(data, str(path)):
        return None
    return read_record(data, str(path))


class _Key:
    """A scene as a key of the cache: scenes compare by value but have no hash."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene

    def __hash__(self) -> int:
        return hash((tuple(self.scene.objects), self.scene.camera))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self.scene == other.scene


def checker_of(scene: Scene, width: int, height: int, detector: str = "builtin", derived: int = 12) -> Checker:
    """The checker for pictures of `scene` of this size (px); the latest few are kept."""
    return _kept_checker(_Key(scene), width, height, detector, derived)


@lru_cache(maxsize=4)
def _kept_checker(key: _Key, width: int, height: int, detector: str, derived: int) -> Checker:
    return Checker(key.scene, width, height, detector, derived)
