"""What a photo's file tells without understanding the picture: EXIF, perceptual hash, thumbnail."""

import math
import re
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.messages import PhotoFacts
from sd3studio.ml.librarian.naming_places import place_named
from sd3studio.ml.parsing.picture import PhotoFile, decoded

Pixels = NDArray[np.uint8]

HASH_SIDE = 8
JPEG_QUALITY = 85
MOST_CHARACTERS = 120

_MAKE, _MODEL, _TAKEN, _CHANGED = 0x010F, 0x0110, 0x9003, 0x0132
_LATITUDE_REF, _LATITUDE, _LONGITUDE_REF, _LONGITUDE = 1, 2, 3, 4
_DATE = re.compile(r"(\d{4})\D(\d{2})\D(\d{2})(?:\D+(\d{2})\D(\d{2})(?:\D(\d{2}))?)?")


def facts_of(file: PhotoFile, thumbnail_px: int = 256) -> PhotoFacts:
    """What the file tells. Raises `PhotoError` for a damaged picture; odd EXIF data is passed over."""
    width, height = file.size
    small = decoded(file, max(thumbnail_px, 64))
    latitude, longitude = place_of(file.places)
    return PhotoFacts(
        sha256=file.sha256,
        looks=difference_hash(small),
        width=width,
        height=height,
        taken=taken_of(file.tags),
        camera=camera_of(file.tags),
        focal_mm=file.focal_mm,
        latitude=latitude,
        longitude=longitude,
        place=place_named(file),
        thumbnail=_jpeg(small, thumbnail_px) if thumbnail_px else None,
    )


def difference_hash(pixels: Pixels) -> int:
    """64 bits, as a signed number: which of neighbouring cells of an 8 x 9 grid is the brighter (dHash, N. Krawetz)."""
    import cv2

    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    cells = cv2.resize(grey, (HASH_SIDE + 1, HASH_SIDE), interpolation=cv2.INTER_AREA).astype(np.int16)
    bits = np.packbits((cells[:, 1:] > cells[:, :-1]).ravel())
    return int.from_bytes(bits.tobytes(), "big", signed=True)


def taken_of(tags: Mapping[int, object]) -> str:
    """When the photo was taken, ISO 8601, or empty."""
    for tag in (_TAKEN, _CHANGED):
        found = _DATE.match(_text(tags.get(tag)))
        if found and found[1] != "0000" and 1 <= int(found[2]) <= 12 and 1 <= int(found[3]) <= 31:
            day = f"{found[1]}-{found[2]}-{found[3]}"
            return f"{day}T{found[4]}:{found[5]}:{found[6] or '00'}" if found[4] else day
    return ""


def camera_of(tags: Mapping[int, object]) -> str:
    """ "Canon EOS 80D": maker and model, the maker not twice; or empty."""
    make, model = _text(tags.get(_MAKE)), _text(tags.get(_MODEL))
    if make and model.lower().startswith(make.lower().split()[0]):
        return model
    return " ".join(part for part in (make, model) if part)[:MOST_CHARACTERS]


def place_of(places: Mapping[int, object]) -> tuple[float | None, float | None]:
    """Latitude and longitude, degrees, or None twice."""
    latitude = _degrees(places.get(_LATITUDE), places.get(_LATITUDE_REF), "S", 90.0)
    longitude = _degrees(places.get(_LONGITUDE), places.get(_LONGITUDE_REF), "W", 180.0)
    return (latitude, longitude) if latitude is not None and longitude is not None else (None, None)


def _degrees(value: object, reference: object, negative: str, limit: float) -> float | None:
    try:
        degrees, minutes, seconds = (float(part) for part in value)  # type: ignore[union-attr, arg-type]
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    angle = degrees + minutes / 60.0 + seconds / 3600.0
    if not math.isfinite(angle) or not 0.0 <= angle <= limit:
        return None
    return round(-angle if _text(reference).upper().startswith(negative) else angle, 6)


def _text(value: object) -> str:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if not isinstance(value, str):
        return ""
    return " ".join("".join(c if c.isprintable() else " " for c in value).split())[:MOST_CHARACTERS]


def _jpeg(pixels: Pixels, longer_px: int) -> bytes:
    import cv2

    height, width = pixels.shape[:2]
    scale = min(1.0, longer_px / max(width, height))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    return bytes(cv2.imencode(".jpg", small[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[1])
