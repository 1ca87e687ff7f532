"""From files to what a request holds: a reference picture, an earlier picture of which the rest is kept."""

import base64
import io
import warnings
from pathlib import Path

from sd3studio.core.errors import PhotoError
from sd3studio.core.files import read_bounded
from sd3studio.core.picture_controls import MAX_PICTURE_CHARS, Keep, Reference
from sd3studio.core.png import SCENE_KEY, bare_png, is_png, read_record, read_texts
from sd3studio.core.requests import GenerateImage
from sd3studio.core.scene.values import Scene

REFERENCE_PX = 512
"""Longest side of a reference picture in a request: its look is taken over, not its details."""
MAX_BYTES = 256_000_000


def reference_from(path: Path, strength: float = 0.6, model: str = "") -> Reference:
    """A picture as reference; one of ours brings its scene with it. Raises `StudioError` naming the file.

    Parameters
    ----------
    strength : how much of it acts, 0 to 1
    model : folder of an IP-Adapter, for diffusers
    """
    data = read_bounded(path, MAX_BYTES, PhotoError)
    fields = {"picture": _text(_reduced(data, path)), "name": path.name, "strength": strength, "model": model}
    if is_png(data) and SCENE_KEY in read_texts(data, str(path)):
        record = read_record(data, str(path))
        fields |= {"scene": record.request.scene, "tokens": record.tokens}
    return Reference(**fields)


def keep_from(path: Path) -> Keep:
    """A picture of ours of which the rest is kept. Raises `StudioError` naming the file."""
    data = read_bounded(path, MAX_BYTES, PhotoError)
    record = read_record(data, str(path))
    pixels = _text(bare_png(data))
    if len(pixels) > MAX_PICTURE_CHARS:
        raise PhotoError(f"{path} is too large to be kept in a request: {len(data) / 1e6:.0f} MB.")
    return Keep(picture=pixels, scene=record.request.scene, tokens=record.tokens, name=path.name)


def rest_request(scene: Scene, path: Path) -> GenerateImage:
    """What asks for the picture at `path` once more, of a changed scene, with the rest kept.

    All else is as it was: who makes it, seed, words, controls. Raises `StudioError` naming the file.
    """
    keep = keep_from(path)
    request = read_record(read_bounded(path, MAX_BYTES, PhotoError), str(path)).request
    return request.replace(scene=scene, keep=keep)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _reduced(data: bytes, path: Path) -> bytes:
    """A JPEG of the picture, upright, of at most `REFERENCE_PX`."""
    from PIL import Image, ImageOps

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data)) as opened:
                picture = ImageOps.exif_transpose(opened).convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PhotoError(f"{path} can't be read as a picture: {error}.") from error
    picture.thumbnail((REFERENCE_PX, REFERENCE_PX))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=92)
    return out.getvalue()
