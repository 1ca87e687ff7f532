"""What the library tells of its photos: plain rows, no database in them."""

import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

MACHINE = "SD3 Studio"
"""Author of what no person did."""


class State(StrEnum):
    """How far a photo's scene is: not looked at, read by the program, being corrected, right, not to be used."""

    NEW = "new"
    PARSED = "parsed"
    IN_WORK = "in work"
    CHECKED = "checked"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class PhotoRow:
    """A photo as the library knows it.

    Parameters
    ----------
    sha256 : of the file; empty until it was read
    problem : why the photo can't be used, a sentence, or empty
    missing : the file is not there any more
    taken : when, ISO 8601 in the camera's local time, or empty
    focal_mm : on a 24 mm high frame, or None
    scene_version : 0 while there is no scene
    scene_by : who made the current scene
    check_score : of the last check of the photo against its current scene, or None
    """

    id: int
    path: str
    name: str
    size: int
    state: State
    problem: str
    missing: bool
    sha256: str
    width: int
    height: int
    taken: str
    camera: str
    focal_mm: float | None
    latitude: float | None
    longitude: float | None
    place: str
    scene_version: int
    scene_hash: str
    scene_by: str
    check_score: float | None


@dataclass(frozen=True, slots=True)
class Event:
    """A change of a photo: when, by whom, what ("state", "scene", "caption", "comment" ...), and its details."""

    number: int
    photo: int
    at_s: float
    author: str
    what: str
    detail: dict[str, Any] = field(default_factory=dict)
    step: str = ""

    @classmethod
    def of(cls, row: Any) -> "Event":
        """From a row of the history."""
        return cls(row.id, row.photo, row.at_s, row.author, row.what, json.loads(row.detail or "{}"), row.step)


@dataclass(frozen=True, slots=True)
class SceneVersion:
    """One version of a photo's scene: number from 1 on, hash, author and time."""

    version: int
    hash: str
    author: str
    at_s: float


@dataclass(frozen=True, slots=True)
class StoredCaption:
    """The sentence of one style.

    Parameters
    ----------
    maker : ``"rule"``, ``"model"`` or ``"human"``
    author : name of the person or the program
    stale : the scene has changed since the sentence was derived from it
    facts : the relations it states: subject, predicate, object, as ids of the scene
    """

    photo: int
    style: str
    text: str
    maker: str
    author: str
    stale: bool
    template: str
    facts: tuple[tuple[str, str, str], ...]
    at_s: float


@dataclass(frozen=True, slots=True)
class FolderRow:
    """A watched folder and how many photos it has."""

    id: int
    path: str
    photos: int
    scanned_s: float
