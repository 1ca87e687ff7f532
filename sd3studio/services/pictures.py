"""The pictures in the results folder: what each is and of which version of a scene, and which ones have a star.

Read from the beginning of each file, so that hundreds are listed at once. Stars lie in ``stars.json`` beside them.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sd3studio.core.errors import DataError, PhotoError, StudioError
from sd3studio.core.files import read_bounded, write_atomic
from sd3studio.core.png import REQUEST_KEY, SCENE_KEY, front_texts
from sd3studio.services.results import MAX_PICTURE_BYTES

FRONT_BYTES = 262_144
STARS_FILE = "stars.json"
VIEW_FIELDS = ("camera", "bookmarks")
"""What of a scene may differ between pictures of the same version of it."""


@dataclass(frozen=True, slots=True)
class KeptPicture:
    """A picture on disk.

    Parameters
    ----------
    made_s : Unix time of the file
    scene_key : equal for pictures of the same version of a scene, from whatever camera; empty if it carries none
    title : of the scene
    backend, seed, width, height, steps, guidance, prompt : of its request
    """

    path: Path
    made_s: float
    scene_key: str = ""
    title: str = ""
    backend: str = ""
    seed: int = 0
    width: int = 0
    height: int = 0
    steps: int = 0
    guidance: float = 0.0
    prompt: str = ""


@dataclass(frozen=True, slots=True)
class PictureGroup:
    """The pictures of one version of a scene, newest first."""

    scene_key: str
    title: str
    pictures: tuple[KeptPicture, ...]

    @property
    def made_s(self) -> float:
        """When its first picture was made."""
        return min(picture.made_s for picture in self.pictures)


def kept_picture(path: Path) -> KeptPicture | None:
    """What a picture is, by its beginning; None if it is gone. One that is not ours has an empty `scene_key`."""
    try:
        made_s = path.stat().st_mtime
        with open(path, "rb") as file:
            start = file.read(FRONT_BYTES)
        texts = front_texts(start, path.name)
        if texts is None:
            texts = front_texts(read_bounded(path, MAX_PICTURE_BYTES, PhotoError), path.name) or {}
        scene, request = json.loads(texts[SCENE_KEY]), json.loads(texts[REQUEST_KEY])
        return _picture(path, made_s, scene, request)
    except OSError:
        return None
    except (StudioError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return KeptPicture(path, made_s)


def _picture(path: Path, made_s: float, scene: dict[str, Any], request: dict[str, Any]) -> KeptPicture:
    whole = {key: value for key, value in scene.items() if key not in VIEW_FIELDS}
    key = hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()[:16]
    return KeptPicture(
        path,
        made_s,
        key,
        title=str(scene.get("title", "")),
        backend=str(request.get("backend", "")),
        seed=int(request.get("seed", 0)),
        width=int(request.get("width", 0)),
        height=int(request.get("height", 0)),
        steps=int(request.get("steps", 0)),
        guidance=float(request.get("guidance", 0.0)),
        prompt=str(request.get("prompt", "")),
    )


def by_scene(pictures: Iterable[KeptPicture]) -> tuple[PictureGroup, ...]:
    """The pictures grouped by the version of their scene; the group with the newest picture first."""
    groups: dict[str, list[KeptPicture]] = {}
    for picture in sorted(pictures, key=lambda picture: (picture.made_s, picture.path.name), reverse=True):
        groups.setdefault(picture.scene_key, []).append(picture)
    return tuple(PictureGroup(key, group[0].title, tuple(group)) for key, group in groups.items())


class PictureFolder:
    """The pictures of a folder; a file is read anew only when it changed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._known: dict[Path, tuple[tuple[int, int], KeptPicture]] = {}

    def pictures(self, limit: int) -> list[KeptPicture]:
        """The newest pictures, at most `limit`; those with a star are never left out."""
        stars = self.stars()
        found = []
        for path in self.folder.glob("*.png") if self.folder.is_dir() else ():
            try:
                stat = path.stat()
            except OSError:
                continue
            found.append((stat.st_mtime_ns, stat.st_size, path))
        found.sort(reverse=True)
        chosen = [item for number, item in enumerate(found) if number < limit or item[2].name in stars]
        return [picture for item in chosen if (picture := self._picture(*item)) is not None]

    def _picture(self, mtime_ns: int, size: int, path: Path) -> KeptPicture | None:
        known = self._known.get(path)
        if known is not None and known[0] == (mtime_ns, size):
            return known[1]
        picture = kept_picture(path)
        if picture is not None:
            self._known[path] = ((mtime_ns, size), picture)
        return picture

    def stars(self) -> frozenset[str]:
        """File names of the pictures with a star."""
        path = self.folder / STARS_FILE
        if not path.exists():
            return frozenset()
        try:
            names = json.loads(read_bounded(path, 10_000_000, DataError))
        except (StudioError, ValueError, RecursionError):
            return frozenset()
        return frozenset(name for name in names if isinstance(name, str)) if isinstance(names, list) else frozenset()

    def set_stars(self, paths: Sequence[Path], on: bool) -> None:
        """Give pictures a star, or take it. Raises `StudioError`."""
        names = {path.name for path in paths}
        stars = self.stars() | names if on else self.stars() - names
        write_atomic(self.folder / STARS_FILE, (json.dumps(sorted(stars), indent=1) + "\n").encode("utf-8"))
