"""Reads the Debian package and the furniture libraries in it, all in memory: no member is ever written to disk."""

import io
import posixpath
import re
import tarfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sd3studio.core.errors import DataError

MAX_MEMBER_BYTES = 200 * 2**20
"""Largest file that is read out of an archive; a real library is 61 MB, a real model 9 MB."""

PROPERTIES = "PluginFurnitureCatalog.properties"
_LINE = re.compile(r"(\w+)#(\d+)\s*=\s*(.*?)\s*$")
_PICTURES = (".jpg", ".jpeg", ".png")
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")


@dataclass(frozen=True, slots=True)
class SourceModel:
    """What a library says of one model. Sizes in metres, `rotation` is a row-major 3x3 matrix or None."""

    key: str
    name: str
    creator: str
    model_path: str
    size: tuple[float, float, float]
    elevation_m: float
    rotation: tuple[float, ...] | None


class Library:
    """One ``.sh3f`` furniture library: models by key ("sofa2") and the files beside them."""

    def __init__(self, name: str, content: bytes) -> None:
        self.name = name
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
            properties = self.read(PROPERTIES).decode("latin-1")
        except (zipfile.BadZipFile, KeyError) as error:
            raise DataError(f"The furniture library {name} can't be read: {error}") from error
        self.models = {model.key: model for model in parse_properties(name, properties)}

    def read(self, member: str) -> bytes:
        """Content of a member. Raises KeyError when it is not there, `DataError` when it is too large."""
        info = self._zip.getinfo(member)
        if info.file_size > MAX_MEMBER_BYTES:
            raise DataError(f"{self.name}: {member} has {info.file_size} bytes, more than {MAX_MEMBER_BYTES}.")
        with self._zip.open(info) as stream:
            content = stream.read(MAX_MEMBER_BYTES + 1)
        if len(content) > MAX_MEMBER_BYTES:
            raise DataError(f"{self.name}: {member} is larger than it says.")
        return content

    def read_beside(self, model_path: str, file_name: str) -> bytes | None:
        """Content of a file in the folder of a model, whatever folders `file_name` names, or None.

        Some materials hold a path of their author's disk: only the last part of it counts, no path leaves the folder.
        A picture that is not there under its name is the only picture in the folder, if there is just one.
        """
        found = member_beside([info.filename for info in self._zip.infolist()], model_path, file_name)
        return self.read(found) if found else None


def member_beside(members: Sequence[str], model_path: str, file_name: str) -> str | None:
    """The member that a model means by `file_name`: see `Library.read_beside`."""
    folder = posixpath.dirname(model_path)
    wanted = file_name.replace("\\", "/").rsplit("/", 1)[-1].strip().lower()
    beside = [path for path in members if posixpath.dirname(path) == folder]
    named = [path for path in beside if posixpath.basename(path).lower() == wanted]
    if not named and wanted.endswith(_PICTURES):
        named = [path for path in beside if path.lower().endswith(_PICTURES)]
        named = named if len(named) == 1 else []
    return named[0] if named else None


def read_libraries(deb: Path) -> dict[str, Library]:
    """All furniture libraries in a Debian package, by name ("Scopia"). Raises `DataError`."""
    libraries = {}
    for path, content in _package_files(deb):
        if path.endswith(".sh3f"):
            name = posixpath.basename(path).removesuffix(".sh3f")
            libraries[name] = Library(name, content)
    if not libraries:
        raise DataError(f"{deb} holds no furniture library (.sh3f).")
    return libraries


def _package_files(deb: Path) -> list[tuple[str, bytes]]:
    """Path and content of the ``.sh3f`` files in the data part of a Debian package (an `ar` archive)."""
    try:
        raw = deb.read_bytes()
    except OSError as error:
        raise DataError(f"The package {deb} can't be opened: {error.strerror}.") from error
    if not raw.startswith(b"!<arch>\n"):
        raise DataError(f"{deb} is not a Debian package.")
    at = 8
    while at + 60 <= len(raw):
        name = raw[at : at + 16].decode("ascii", "replace").strip().rstrip("/")
        digits = raw[at + 48 : at + 58].strip()
        if not digits.isdigit():
            break
        start, size = at + 60, int(digits)
        if name.startswith("data.tar"):
            return _tar_files(deb, raw[start : start + size])
        at = start + size + size % 2
    raise DataError(f"{deb} has no data part.")


def _tar_files(deb: Path, content: bytes) -> list[tuple[str, bytes]]:
    try:
        with tarfile.open(fileobj=io.BytesIO(content)) as tar:
            found = []
            for member in tar:
                if member.isfile() and member.name.endswith(".sh3f") and member.size <= MAX_MEMBER_BYTES:
                    stream = tar.extractfile(member)
                    if stream is not None:
                        found.append((member.name, stream.read()))
            return found
    except tarfile.TarError as error:
        raise DataError(f"The data part of {deb} can't be read: {error}.") from error


def parse_properties(library: str, text: str) -> list[SourceModel]:
    """The models that a ``PluginFurnitureCatalog.properties`` lists, sizes turned from centimetres into metres."""
    records: dict[int, dict[str, str]] = {}
    for line in text.splitlines():
        match = _LINE.match(line)
        if match:
            records.setdefault(int(match[2]), {})[match[1]] = match[3]
    return [_source_model(library, number, record) for number, record in sorted(records.items())]


def _source_model(library: str, number: int, record: Mapping[str, str]) -> SourceModel:
    try:
        width, depth, height = (float(record[side]) / 100 for side in ("width", "depth", "height"))
        rotation = tuple(float(part) for part in record["modelRotation"].split()) if "modelRotation" in record else None
        return SourceModel(
            key=record["id"].split("#")[-1],
            name=_ESCAPE.sub(lambda code: chr(int(code[1], 16)), record["name"]),
            creator=_ESCAPE.sub(lambda code: chr(int(code[1], 16)), record.get("creator", "")),
            model_path=record["model"].lstrip("/"),
            size=(width, depth, height),
            elevation_m=float(record.get("elevation", 0)) / 100,
            rotation=rotation,
        )
    except (KeyError, ValueError) as error:
        raise DataError(f"{library}: model {number} in {PROPERTIES} is not complete: {error}") from error
