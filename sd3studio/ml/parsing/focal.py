"""The focal length that EXIF data tells, in the program's convention: millimetres on a 24 mm high frame.

The frame is as high as the upright picture, whatever its shape: ``focal_px = focal_mm / 24 * height_px``, for landscape
and portrait alike (as in `sd3studio.core.scene.camera`). A portrait photo of a phone with an equivalent focal length of
28 mm therefore has a smaller number here than the same phone's landscape photo.
"""

import math
from collections.abc import Mapping

from sd3studio.core.scene.camera import SENSOR_HEIGHT_MM

FILM_DIAGONAL_MM = math.hypot(36.0, 24.0)
"""The 35 mm equivalent is defined by the diagonal (CIPA DCG-001), so that 4:3 sensors come out right too."""

_FOCAL_LENGTH = 0x920A
_FOCAL_LENGTH_35MM = 0xA405
_PLANE_X_RESOLUTION = 0xA20E
_PLANE_UNIT = 0xA210
_PIXEL_X_DIMENSION = 0xA002
_MM_OF_UNIT = {2: 25.4, 3: 10.0, 4: 1.0, 5: 0.001}
_SENSOR_WIDTH_MM = (2.0, 70.0)
"""Widths between the smallest phone sensor and medium format; others show that the tags are wrong."""
_PLAUSIBLE_MM = (1.0, 2_000.0)


def focal_mm_of_exif(tags: Mapping[int, object], stored_size: tuple[int, int], size: tuple[int, int]) -> float | None:
    """Focal length (mm on a frame 24 mm high), or None if the tags don't tell or contradict what is possible.

    ``FocalLengthIn35mmFilm`` comes first; else ``FocalLength`` with the pixel pitch of ``FocalPlaneXResolution``.

    Parameters
    ----------
    tags : EXIF tag number -> value
    stored_size, size : width and height (px) as stored in the file and upright
    """
    focal_px = _by_film_equivalent(tags, size)
    if focal_px is None:
        focal_px = _by_pixel_pitch(tags, stored_size)
    if focal_px is None:
        return None
    focal_mm = focal_px * SENSOR_HEIGHT_MM / size[1]
    return focal_mm if _PLAUSIBLE_MM[0] < focal_mm < _PLAUSIBLE_MM[1] else None


def _by_film_equivalent(tags: Mapping[int, object], size: tuple[int, int]) -> float | None:
    film_mm = _positive(tags.get(_FOCAL_LENGTH_35MM))
    return None if film_mm is None else film_mm * math.hypot(*size) / FILM_DIAGONAL_MM


def _by_pixel_pitch(tags: Mapping[int, object], stored_size: tuple[int, int]) -> float | None:
    focal_mm, per_unit = _positive(tags.get(_FOCAL_LENGTH)), _positive(tags.get(_PLANE_X_RESOLUTION))
    unit_mm = _MM_OF_UNIT.get(int(_positive(tags.get(_PLANE_UNIT)) or 2))
    if focal_mm is None or per_unit is None or unit_mm is None:
        return None
    sensor_px = _positive(tags.get(_PIXEL_X_DIMENSION)) or float(stored_size[0])
    pitch_mm = unit_mm / per_unit
    if not _SENSOR_WIDTH_MM[0] <= sensor_px * pitch_mm <= _SENSOR_WIDTH_MM[1]:
        return None
    return focal_mm / pitch_mm * stored_size[0] / sensor_px  # the photo may have been scaled since it was taken


def _positive(value: object) -> float | None:
    """A positive finite number, or None; EXIF holds integers, ratios (also 0/0) and sometimes text."""
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return number if math.isfinite(number) and number > 0 else None
