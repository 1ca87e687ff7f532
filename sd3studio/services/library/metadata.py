"""Captions in XMP sidecars and in picture files: merged with what is there, by exiv2 (through pyexiv2).

``photo.jpg.xmp`` beside ``photo.jpg`` gets ``dc:description``, which is IPTC Core's caption; embedded, IPTC-IIM's
caption (2:120) is kept in step with it. Who wrote it stands in ``photoshop:CaptionWriter``, so that text by the program
is marked. Nothing is written unless all that was there before is there afterwards.
"""

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from sd3studio.core.errors import DataError, MissingModelError, PhotoError
from sd3studio.core.files import read_bounded

MOST_SIDECAR_BYTES = 8_000_000
MOST_PHOTO_BYTES = 200_000_000
EMBEDDABLE = frozenset({".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff"})
IPTC_BYTES = 2_000
"""Longest caption of IPTC-IIM (2:120)."""

DESCRIPTION, WRITER = "Xmp.dc.description", "Xmp.photoshop.CaptionWriter"
CAPTION, CHARSET, IPTC_WRITER = "Iptc.Application2.Caption", "Iptc.Envelope.CharacterSet", "Iptc.Application2.Writer"
UTF8 = "\x1b%G"

EMPTY = (
    b'<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description rdf:about=""/></rdf:RDF></x:xmpmeta>\n<?xpacket end="w"?>'
)


@dataclass(frozen=True, slots=True)
class Described:
    """The caption that a file has, and by whom; empty where it has none."""

    text: str = ""
    writer: str = ""


def sidecar_of(photo: Path) -> Path:
    """``photo.jpg.xmp`` for ``photo.jpg``, as digiKam and darktable name it."""
    return photo.with_name(f"{photo.name}.xmp")


def read_sidecar(path: Path) -> Described:
    """The caption in a sidecar; none if there is no file. Raises `DataError` for one that is not XMP."""
    if not path.exists():
        return Described()
    data = _checked_xmp(read_bounded(path, MOST_SIDECAR_BYTES, DataError), path)
    with _opened(data, path) as image:
        return _described(_xmp(image, path))


def merged_sidecar(path: Path, text: str, writer: str) -> bytes:
    """The bytes of a sidecar with this caption; all else that the file at `path` holds is kept.

    Raises `DataError` for a file there that is not XMP, damaged, too large, or that exiv2 can't keep whole.
    """
    data = _checked_xmp(read_bounded(path, MOST_SIDECAR_BYTES, DataError), path) if path.exists() else EMPTY
    with _opened(data, path) as image:
        before = _xmp(image, path)
        _change(image, path, xmp=_xmp_fields(text, writer))
        made = image.get_bytes()
    with _opened(made, path) as image:
        _check_kept(before, _xmp(image, path), text, path)
    return made


def read_embedded(path: Path) -> Described:
    """The caption inside a picture file. Raises `PhotoError` for one that can't be read."""
    with _opened(read_bounded(path, MOST_PHOTO_BYTES, PhotoError), path, PhotoError) as image:
        found = _described(_xmp(image, path, PhotoError))
        if found.text:
            return found
        iptc = _reading(lambda: image.read_iptc(), path, PhotoError)
        return Described(str(iptc.get(CAPTION, "")), str(iptc.get(IPTC_WRITER, "")))


def with_embedded(path: Path, text: str, writer: str) -> bytes:
    """The bytes of a picture file with this caption inside: XMP and IPTC; pixels and all other metadata as they were.

    Raises `PhotoError` for a file that is damaged, of a kind that takes no metadata, or that would lose something.
    """
    if path.suffix.lower() not in EMBEDDABLE:
        kinds = ", ".join(sorted(EMBEDDABLE))
        raise PhotoError(f"{path.name} can't hold a caption; {kinds} can. Write a sidecar for it.")
    data = read_bounded(path, MOST_PHOTO_BYTES, PhotoError)
    pixels = _pixel_hash(data, path)
    with _opened(data, path, PhotoError) as image:
        before = _xmp(image, path, PhotoError)
        exif = _reading(image.read_exif, path, PhotoError)
        iptc: dict[str, Any] = {}
        if path.suffix.lower() in (".jpg", ".jpeg", ".tif", ".tiff"):
            iptc = {CAPTION: _cut(text), CHARSET: UTF8, IPTC_WRITER: writer[:32]}
        _change(image, path, xmp=_xmp_fields(text, writer), iptc=iptc, error=PhotoError)
        made = image.get_bytes()
    with _opened(made, path, PhotoError) as image:
        _check_kept(before, _xmp(image, path, PhotoError), text, path, PhotoError)
        after = _reading(image.read_exif, path, PhotoError)
        lost = [key for key in exif if key not in after and not key.startswith("Exif.Image.0x")]
    if lost or _pixel_hash(made, path) != pixels:
        raise PhotoError(f"{path.name} would lose something ({', '.join(lost[:3]) or 'pixels'}); it was left as it is.")
    return made


def _exiv2() -> ModuleType:
    try:
        import pyexiv2
    except (ImportError, OSError) as error:
        raise MissingModelError(
            "XMP and embedded captions need pyexiv2. Install it with: pip install 'sd3studio[metadata]'"
        ) from error
    pyexiv2.set_log_level(4)
    return pyexiv2


def _opened(data: bytes, path: Path, error: type[Exception] = DataError) -> Any:
    return _reading(lambda: _exiv2().ImageData(data), path, error)


def _reading(read: Any, path: Path, error: type[Exception]) -> Any:
    """What exiv2 gives; whatever it says against a file is one sentence."""
    try:
        return read()
    except (RuntimeError, UnicodeError, ValueError, TypeError, KeyError) as problem:
        reason = str(problem).strip().splitlines()[0] if str(problem).strip() else type(problem).__name__
        raise error(f"The metadata of {path} can't be used ({reason}); it was left as it is.") from problem


def _xmp(image: Any, path: Path, error: type[Exception] = DataError) -> dict[str, Any]:
    return dict(_reading(image.read_xmp, path, error))


def _change(
    image: Any,
    path: Path,
    xmp: Mapping[str, Any],
    iptc: Mapping[str, Any] | None = None,
    error: type[Exception] = DataError,
) -> None:
    def write() -> None:
        image.modify_xmp(dict(xmp))
        if iptc:
            image.modify_iptc(dict(iptc))

    _reading(write, path, error)


def _xmp_fields(text: str, writer: str) -> dict[str, Any]:
    return {DESCRIPTION: {'lang="x-default"': text}, WRITER: writer}


def _described(xmp: Mapping[str, Any]) -> Described:
    found = xmp.get(DESCRIPTION, "")
    if isinstance(found, dict):
        found = found.get('lang="x-default"') or next(iter(found.values()), "")
    return Described(str(found), str(xmp.get(WRITER, "")))


def _check_kept(
    before: Mapping[str, Any], after: Mapping[str, Any], text: str, path: Path, error: type[Exception] = DataError
) -> None:
    ours = {DESCRIPTION, WRITER}
    changed = [key for key, value in before.items() if key not in ours and after.get(key) != value]
    if changed or _described(after).text != text:
        raise error(f"{path} would not keep {', '.join(changed[:3]) or 'the caption'}; it was left as it is.")


def _checked_xmp(data: bytes, path: Path) -> bytes:
    """The bytes, if they are whole XMP: exiv2 takes what it can't parse for empty, and that would be overwritten."""
    import xml.etree.ElementTree as ElementTree

    import defusedxml.ElementTree as Defused
    from defusedxml.common import DefusedXmlException

    try:
        root = Defused.fromstring(data.strip(b"\x00 \r\n\t"), forbid_dtd=True)
    except (ElementTree.ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise DataError(f"{path} is not whole XMP ({error}); it was left as it is.") from error
    if not (root.tag.endswith("}xmpmeta") or root.tag.endswith("}RDF")):
        raise DataError(f"{path} is XML but not XMP; it was left as it is.")
    return data


def _pixel_hash(data: bytes, path: Path) -> str:
    """SHA-256 of the decoded pixels. Raises `PhotoError` for a damaged picture."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data)) as image:
            image.load()
            return hashlib.sha256(image.tobytes()).hexdigest()
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        raise PhotoError(f"The picture {path} is damaged ({error}); it was left as it is.") from error


def _cut(text: str) -> str:
    """The text in as many bytes as IPTC-IIM takes, cut between characters."""
    return text.encode("utf-8")[:IPTC_BYTES].decode("utf-8", "ignore")
