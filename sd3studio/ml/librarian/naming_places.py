"""The place that a photo's file names: sub-location, city and country of its XMP or IPTC data."""

import html
import re
from collections.abc import Mapping

from sd3studio.ml.parsing.picture import PhotoFile, described

MOST_CHARACTERS = 120
_PARTS = (("Location", 92), ("City", 90), ("State", 95), ("Country", 101))
"""Names in XMP (Iptc4xmpCore, photoshop) and numbers of the data sets in IPTC-IIM's record 2."""


def place_named(file: PhotoFile) -> str:
    """ "Eiffel Tower, Paris, France", or empty."""
    packet, fields = described(file)
    packet = packet[:2_000_000]
    found = {name: _of_packet(packet, name) or _of_fields(fields, number) for name, number in _PARTS}
    if found["City"]:
        found["State"] = ""
    return ", ".join(dict.fromkeys(part for part in found.values() if part))[:MOST_CHARACTERS]


def _of_packet(packet: str, name: str) -> str:
    """A field of an XMP packet, as an attribute or an element."""
    field = rf"(?:Iptc4xmpCore|photoshop):{name}"
    found = re.search(rf"{field}\s*=\s*[\"']([^\"']*)[\"']|<{field}>([^<]*)<", packet)
    return _clean(html.unescape(found[1] or found[2] or "")) if found else ""


def _of_fields(fields: Mapping[tuple[int, int], object], number: int) -> str:
    value = fields.get((2, number))
    if isinstance(value, list):
        value = value[0] if value else b""
    if not isinstance(value, bytes):
        return ""
    try:
        return _clean(value.decode("utf-8"))
    except UnicodeDecodeError:
        return _clean(value.decode("latin-1"))


def _clean(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:MOST_CHARACTERS]
