"""Reading a photo from disk within stated bounds: pixels upright in RGB, a hash of the file, and the focal length.

The header is checked before any pixel is decoded, so that neither a huge picture nor a file that is not a picture
costs memory. What can't be read is refused with one `PhotoError` sentence that names the file and what to do.
"""

import hashlib
import io
import struct
import warnings
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.errors import PhotoError
from sd3studio.ml.parsing.focal import focal_mm_of_exif

if TYPE_CHECKING:
    from PIL.Image import Image

Pixels = NDArray[np.uint8]

MAX_PIXELS = 100_000_000
MAX_FILE_BYTES = 200_000_000
MAX_SIDE_PX = 32_768
"""Longest side that a `Camera` can have."""
MIN_SIDE_PX = 8

FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF")
"""Formats that are tried; Pillow's other readers are never started on a file from outside."""

_ORIENTATION_TAG = 0x0112
_EXIF_FOLDER_TAG = 0x8769
_GPS_FOLDER_TAG = 0x8825
_DAMAGE = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    TypeError,
    LookupError,
    OverflowError,
    MemoryError,
    struct.error,
    zlib.error,
)
"""What Pillow's readers raise on damaged files."""


@dataclass(frozen=True, slots=True, eq=False)
class Photo:
    """A photo, upright.

    Parameters
    ----------
    pixels : (H, W, 3) uint8 RGB, the orientation of the EXIF data applied
    sha256 : of the file, 64 hexadecimal digits
    focal_mm : focal length on a 24 mm high frame by the file's EXIF data (see `focal`), None if it does not tell
    path : the file that was read
    """

    pixels: Pixels
    width: int
    height: int
    sha256: str
    focal_mm: float | None
    path: Path


def read_photo(path: str | Path) -> Photo:
    """The photo in a file.

    JPEG, PNG, WebP, BMP, TIFF and GIF (first picture of several); grey, palette, CMYK and 16-bit pictures become 8-bit
    RGB, transparent ones are laid on white. At most 100 megapixels, 32,768 px a side and 200 MB.

    Raises
    ------
    PhotoError
        The file is missing, empty, not a picture, damaged, or outside the bounds.
    """
    return photo_of(open_file(path))


@dataclass(frozen=True, slots=True, eq=False)
class PhotoFile:
    """A picture file of which the header was read and found good; no pixel is decoded yet.

    Parameters
    ----------
    tags : EXIF tag number -> value, those of the EXIF folder included
    places : EXIF tag number -> value of the GPS folder
    """

    path: Path
    data: bytes
    sha256: str
    stored_size: tuple[int, int]
    tags: Mapping[int, object]
    places: Mapping[int, object]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, upright."""
        turned = _orientation(self.tags) in (5, 6, 7, 8)
        return (self.stored_size[1], self.stored_size[0]) if turned else self.stored_size

    @property
    def focal_mm(self) -> float | None:
        """Focal length on a 24 mm high frame, if the EXIF data tells it."""
        return focal_mm_of_exif(self.tags, self.stored_size, self.size)


def open_file(path: str | Path) -> PhotoFile:
    """The picture in a file, not decoded. Raises `PhotoError` as `read_photo` does."""
    path = Path(path)
    data = _bounded_bytes(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of odd EXIF data and of sizes below our own bound
        image = _opened(data, path)
        _check_size(image.size, path)
        try:
            exif = image.getexif()
            tags: Mapping[int, object] = {**exif, **exif.get_ifd(_EXIF_FOLDER_TAG)}
            places: Mapping[int, object] = exif.get_ifd(_GPS_FOLDER_TAG)
        except _DAMAGE:
            tags, places = {}, {}  # broken EXIF data does not make the picture unreadable
        return PhotoFile(path, data, hashlib.sha256(data).hexdigest(), image.size, tags, places)


def described(file: PhotoFile) -> tuple[str, Mapping[tuple[int, int], object]]:
    """The XMP packet as text, and the IPTC fields of a picture file; empty where there are none or they are damaged."""
    from PIL import IptcImagePlugin

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            image = _opened(file.data, file.path)
            packet = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or b""
            fields = IptcImagePlugin.getiptcinfo(image) or {}
        except (*_DAMAGE, PhotoError, AttributeError):
            return "", {}
    return (packet.decode("utf-8", "replace") if isinstance(packet, bytes) else str(packet)), fields


def photo_of(file: PhotoFile) -> Photo:
    """The photo in a file, decoded. Raises `PhotoError` for one that is damaged."""
    pixels = decoded(file)
    height, width = pixels.shape[:2]
    return Photo(pixels, width, height, file.sha256, file.focal_mm, file.path)


def decoded(file: PhotoFile, around_px: int | None = None) -> Pixels:
    """(H, W, 3) uint8 RGB, upright. Raises `PhotoError` for a damaged picture.

    `around_px` allows a JPEG to be decoded smaller, but not below that on either side: much faster for thumbnails.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            image = _opened(file.data, file.path)
            if around_px is not None:
                image.draft("RGB", (around_px, around_px))
            return _upright(_rgb(image, file.path), _orientation(file.tags))
        except _DAMAGE as error:
            raise PhotoError(
                f"The picture {file.path} is damaged or cut short ({error}). Open another copy of it."
            ) from error


def _bounded_bytes(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise PhotoError(f"{path} is a folder, not a picture. Name a picture inside it.")
        if path.exists() and not path.is_file():
            raise PhotoError(f"{path} is not an ordinary file. Name a picture file.")
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            raise PhotoError(
                f"The file {path} has {size / 1e6:.0f} MB; pictures of up to {MAX_FILE_BYTES / 1e6:.0f} MB "
                "can be read. Save it smaller."
            )
        with path.open("rb") as file:
            data = file.read(size)  # a larger number would be allocated at once
    except FileNotFoundError as error:
        raise PhotoError(f"There is no file {path}. Check the name.") from error
    except (OSError, ValueError) as error:
        raise PhotoError(f"The file {path} can't be read ({error}). Check its permissions and its name.") from error
    if not data:
        raise PhotoError(f"The file {path} is empty. Copy or download the picture again.")
    return data


def _opened(data: bytes, path: Path) -> "Image":
    from PIL import Image, UnidentifiedImageError

    try:
        return Image.open(io.BytesIO(data), formats=FORMATS)
    except UnidentifiedImageError as error:
        if data[4:8] == b"ftyp":
            said = f"{path} is a HEIC, HEIF or AVIF picture, which can't be read here. Save it as a JPEG."
            raise PhotoError(said) from error
        raise PhotoError(
            f"The file {path} is not a picture that can be read. Use a JPEG, PNG, WebP, BMP, TIFF or GIF file."
        ) from error
    except Image.DecompressionBombError as error:
        raise PhotoError(_too_large(path, "more than 178 megapixels")) from error
    except _DAMAGE as error:
        raise PhotoError(f"The picture {path} is damaged ({error}). Open another copy of it.") from error


def _check_size(size: tuple[int, int], path: Path) -> None:
    width, height = size
    if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE_PX:
        raise PhotoError(_too_large(path, f"{width:,} x {height:,} pixels"))
    if min(width, height) < MIN_SIDE_PX:
        raise PhotoError(
            f"The picture {path} has only {width} x {height} pixels; at least {MIN_SIDE_PX} a side are needed. "
            "Use a larger one."
        )


def _too_large(path: Path, size: str) -> str:
    return (
        f"The picture {path} has {size}; up to {MAX_PIXELS // 1_000_000} megapixels and {MAX_SIDE_PX:,} pixels a side "
        "can be read. Scale it down first."
    )


def _rgb(image: "Image", path: Path) -> Pixels:
    """(H, W, 3) uint8 of any picture mode; decodes the pixels."""
    from PIL import Image

    if image.mode.startswith("I"):
        return _grey_rgb(np.asarray(image), path)
    if image.mode == "F":
        raise PhotoError(f"The picture {path} holds floating-point values. Save it with 8 or 16 bits a channel.")
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        picture = image.convert("RGBA")
        ground = Image.new("RGBA", picture.size, (255, 255, 255, 255))
        return np.asarray(Image.alpha_composite(ground, picture).convert("RGB"))
    return np.asarray(image.convert("RGB"))


def _grey_rgb(grey: NDArray[np.generic], path: Path) -> Pixels:
    """16-bit grey as 8-bit RGB. 32-bit grey is taken as 16-bit values in larger words, as scanners write it."""
    if grey.size and (int(grey.min()) < 0 or int(grey.max()) > 65_535):
        raise PhotoError(f"The picture {path} has more than 16 bits a channel. Save it with 8 or 16 bits.")
    eight = (grey.astype(np.uint32) // 257).astype(np.uint8)
    return np.repeat(eight[..., None], 3, axis=2)


def _orientation(tags: Mapping[int, object]) -> int:
    """EXIF orientation 1 to 8; 1 where the tag is not there or wrong."""
    found = tags.get(_ORIENTATION_TAG)
    return found if isinstance(found, int) and 1 <= found <= 8 else 1


def _upright(pixels: Pixels, number: int) -> Pixels:
    """Pixels turned and mirrored as EXIF orientation 1 to 8 says (EXIF 2.32, tag 0x0112)."""
    if number in (5, 6, 7, 8):
        pixels = pixels.transpose(1, 0, 2)
    if number in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if number in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)
