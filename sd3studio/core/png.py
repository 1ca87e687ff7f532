"""What a picture carries in its PNG: the scene, the whole request, the program's version and the weights' hashes.

They are international text chunks (iTXt, PNG specification 11.3.4.5), which survive copying and any lossless tool.
Works on bytes and on nothing else; every length that comes from outside is bounded.
"""

import json
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter, ValidationError

from sd3studio import __version__
from sd3studio.core.errors import PhotoError
from sd3studio.core.picture_controls import KeptDifference, SlotTokens
from sd3studio.core.requests import GenerateImage
from sd3studio.core.scene.json_form import read_scene, write_scene
from sd3studio.core.scene.values import Scene

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MAX_TEXT_BYTES = 64_000_000
"""Most that one text chunk may hold once unpacked: a scene of 20,000 objects has about 10 MB."""

SCENE_KEY = "sd3studio.scene"
REQUEST_KEY = "sd3studio.request"
WEIGHTS_KEY = "sd3studio.weights"
TOKENS_KEY = "sd3studio.tokens"
DIFFERENCE_KEY = "sd3studio.difference"
SOFTWARE_KEY = "Software"
REQUEST_VERSION = 1
TEXT_CHUNKS = (b"iTXt", b"tEXt", b"zTXt", b"eXIf", b"tIME")


@dataclass(frozen=True, slots=True)
class PictureRecord:
    """Who made a picture from what.

    Parameters
    ----------
    weights : file or folder name -> SHA-256; empty for a render
    tokens : looks of the things in it, where SD3 mini drew them
    difference : from the picture of which the rest was kept, if it was
    """

    request: GenerateImage
    software: str = ""
    weights: Mapping[str, str] = field(default_factory=dict)
    tokens: SlotTokens = field(default_factory=dict)
    difference: KeptDifference | None = None


def is_png(data: bytes) -> bool:
    """Whether `data` starts as a PNG file does."""
    return data.startswith(SIGNATURE)


def embed_record(
    png: bytes,
    request: GenerateImage,
    weights: Mapping[str, str] | None = None,
    tokens: SlotTokens | None = None,
    difference: KeptDifference | None = None,
) -> bytes:
    """`png` with what `PictureRecord` tells; the scene and the program's version are among it."""
    rest = request.model_dump(mode="json", exclude={"scene"})
    texts = {
        SOFTWARE_KEY: f"SD3 Studio {__version__}",
        SCENE_KEY: write_scene(request.scene, indent=None),
        REQUEST_KEY: json.dumps({"version": REQUEST_VERSION, **rest}, ensure_ascii=False),
        WEIGHTS_KEY: json.dumps(dict(weights or {})),
    }
    if tokens:
        texts[TOKENS_KEY] = json.dumps({key: list(codes) for key, codes in tokens.items()})
    if difference is not None:
        texts[DIFFERENCE_KEY] = difference.model_dump_json()
    return embed_texts(png, texts)


def read_record(png: bytes, name: str = "the picture") -> PictureRecord:
    """What the picture carries. Raises `PhotoError` or `SceneError` that names `name` and what is wrong."""
    texts = read_texts(png, name)
    if SCENE_KEY not in texts or REQUEST_KEY not in texts:
        raise PhotoError(f"{name} does not hold a scene: it was not made by SD3 Studio, or another program removed it.")
    scene = read_scene(texts[SCENE_KEY], name)
    return PictureRecord(
        request=_request(texts[REQUEST_KEY], scene, name),
        software=texts.get(SOFTWARE_KEY, ""),
        weights=_weights(texts.get(WEIGHTS_KEY, "{}"), name),
        tokens=_tokens(texts.get(TOKENS_KEY, "{}"), name),
        difference=_difference(texts.get(DIFFERENCE_KEY), name),
    )


def bare_png(png: bytes) -> bytes:
    """`png` with its pixels alone: without any text of ours or of others."""
    kept = [_chunk(kind, body) for kind, body in _chunks(png, "the picture") if kind not in TEXT_CHUNKS]
    return b"".join([SIGNATURE, *kept])


def embed_texts(png: bytes, texts: Mapping[str, str]) -> bytes:
    """`png` with these texts in it; a text chunk of the same key is replaced."""
    kept = [SIGNATURE]
    for kind, body in _chunks(png, "the picture"):
        if kind == b"iTXt" and body.partition(b"\0")[0].decode("latin-1") in texts:
            continue
        kept.append(_chunk(kind, body))
        if kind == b"IHDR":
            kept += [_chunk(b"iTXt", _packed(key, text)) for key, text in texts.items()]
    return b"".join(kept)


def read_texts(png: bytes, name: str = "the picture") -> dict[str, str]:
    """The international texts of a PNG by key. Raises `PhotoError` naming `name` for a file that is damaged."""
    texts = {}
    for kind, body in _chunks(png, name):
        if kind == b"iTXt":
            key, text = _unpacked(body, name)
            texts[key] = text
    return texts


def front_texts(start: bytes, name: str = "the picture") -> dict[str, str] | None:
    """The texts before the pixels, where ours stand, of a PNG that begins with `start`; None if that is too short.

    Raises `PhotoError` naming `name` for what is no PNG or damaged.
    """
    texts = {}
    try:
        for kind, body in _chunks(start, name, until=b"IDAT"):
            if kind == b"iTXt":
                key, text = _unpacked(body, name)
                texts[key] = text
    except CutOffError:
        return None
    return texts


class CutOffError(PhotoError):
    """The file ends in the middle."""


def _chunks(png: bytes, name: str, until: bytes = b"") -> Iterator[tuple[bytes, bytes]]:
    """Kind and body of each chunk to the end, or to the first one of the kind `until`."""
    if not is_png(png):
        raise PhotoError(f"{name} is not a PNG picture.")
    at = len(SIGNATURE)
    while at < len(png):
        if at + 12 > len(png):
            raise CutOffError(f"{name} is cut off in the middle.")
        (length,) = struct.unpack_from(">I", png, at)
        kind, end = png[at + 4 : at + 8], at + 8 + length
        if kind == until:
            return
        if end + 4 > len(png):
            raise CutOffError(f"{name} is cut off in the middle.")
        body = png[at + 8 : end]
        if struct.unpack_from(">I", png, end)[0] != zlib.crc32(kind + body):
            raise PhotoError(f"{name} is damaged: the checksum of its part {kind.decode('latin-1')!r} is wrong.")
        yield kind, body
        if kind == b"IEND":
            return
        at = end + 4
    raise CutOffError(f"{name} is cut off in the middle.")


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _packed(key: str, text: str) -> bytes:
    """Body of a compressed iTXt chunk: key, 0, compressed, method, language, 0, translated key, 0, text."""
    return key.encode("latin-1") + b"\0\1\0\0\0" + zlib.compress(text.encode("utf-8"))


def _unpacked(body: bytes, name: str) -> tuple[str, str]:
    try:
        key, rest = body.split(b"\0", 1)
        compressed, rest = rest[0], rest[2:]
        _language, _translated, data = rest.split(b"\0", 2)
        if compressed:
            unpacker = zlib.decompressobj()
            data = unpacker.decompress(data, MAX_TEXT_BYTES)
            if not unpacker.eof:
                raise PhotoError(f"{name}: its text {key.decode('latin-1')!r} is too large or cut off.")
        return key.decode("latin-1"), data.decode("utf-8")
    except (ValueError, IndexError, zlib.error) as error:
        raise PhotoError(f"{name}: one of its texts is damaged.") from error


def _request(text: str, scene: Scene, name: str) -> GenerateImage:
    fields = _object(text, "request", name)
    version = fields.pop("version", None)
    if version != REQUEST_VERSION:
        raise PhotoError(f"{name}: its request has version {version!r}; this program reads version {REQUEST_VERSION}.")
    try:
        return GenerateImage.model_validate({**fields, "scene": scene})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise PhotoError(f"{name}: field {where} of its request: {first['msg']}.") from error


def _weights(text: str, name: str) -> dict[str, str]:
    return {str(key): str(value) for key, value in _object(text, "list of weights", name).items()}


def _tokens(text: str, name: str) -> SlotTokens:
    try:
        return _TOKENS.validate_python(_object(text, "list of looks", name))
    except ValidationError as error:
        raise PhotoError(f"{name}: its list of looks is damaged.") from error


def _difference(text: str | None, name: str) -> KeptDifference | None:
    try:
        return None if text is None else KeptDifference.model_validate_json(text)
    except ValidationError as error:
        raise PhotoError(f"{name}: its measured difference is damaged.") from error


_TOKENS: TypeAdapter[SlotTokens] = TypeAdapter(SlotTokens)


def _object(text: str, what: str, name: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise PhotoError(f"{name}: its {what} is not valid JSON.") from error
    if not isinstance(value, dict):
        raise PhotoError(f"{name}: its {what} is not a JSON object.")
    return value
