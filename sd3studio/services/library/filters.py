"""Which photos are meant: by state, folder, label, words, date, camera, captions, problems; in words of a query too.

``state:checked label:dog folder:holiday camera:canon date:2024-05 caption:human problem:yes "red door" file:img_12``
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Select, func, select

from sd3studio.core.errors import InputError
from sd3studio.services.library import tables
from sd3studio.services.library.fulltext import with_words
from sd3studio.services.library.records import State


@dataclass(frozen=True, slots=True)
class Filters:
    """All must hold; what is empty filters nothing.

    Parameters
    ----------
    states : one of these
    folders : ids; one of these
    labels : label -> at least so many things of it
    words : all in captions, file name, labels, camera or place
    caption : "human", "model", "rule", "stale" or "none"
    problem : photos with a problem only (True), or without (False)
    taken : ISO date or its beginning, "2024-05"
    """

    states: tuple[str, ...] = ()
    folders: tuple[int, ...] = ()
    folder_words: str = ""
    labels: tuple[tuple[str, int], ...] = ()
    words: str = ""
    caption: str = ""
    camera: str = ""
    taken: str = ""
    file: str = ""
    problem: bool | None = None
    missing: bool | None = False
    photos: tuple[int, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether all photos that are there pass."""
        return self == Filters()


_TOKEN = re.compile(r'(?<!\S)(state|label|folder|camera|date|caption|problem|file|missing):("[^"]*"|\S+)', re.I)
_QUOTED = re.compile(r'"([^"]{1,500})"')


def split_filters(text: str, filters: Filters | None = None) -> tuple[str, Filters]:
    """What is left of a typed query without its ``key:value`` words and quoted text, and the filters these mean.

    Raises `InputError` for a value that can't be.
    """
    found = filters or Filters()
    for key, value in _TOKEN.findall(text):
        found = _with(found, key.lower(), value.strip('"'))
    rest = _TOKEN.sub(" ", text)
    quoted = " ".join(_QUOTED.findall(rest))
    if quoted:
        found = replace(found, words=f"{found.words} {quoted}".strip())
    return " ".join(_QUOTED.sub(" ", rest).split()), found


def _with(filters: Filters, key: str, value: str) -> Filters:
    if key == "state":
        wanted = value.replace("-", " ").replace("_", " ").lower()
        if wanted not in list(State):
            raise InputError(f"“{value}” is no state of a photo. There are: {', '.join(State)}.")
        return replace(filters, states=(*filters.states, wanted))
    if key == "label":
        label, _, number = value.partition(">=")
        if number and not number.isdecimal():
            raise InputError(f"label:{value}: after >= comes a number, as in label:chair>=2.")
        return replace(filters, labels=(*filters.labels, (label.lower(), int(number or 1))))
    if key in ("problem", "missing"):
        yes = value.lower() in ("yes", "true", "1")
        return replace(filters, problem=yes) if key == "problem" else replace(filters, missing=yes)
    if key == "caption":
        if value.lower() not in ("human", "model", "rule", "stale", "none"):
            raise InputError(f"caption:{value}: say human, model, rule, stale or none.")
        return replace(filters, caption=value.lower())
    field = {"folder": "folder_words", "camera": "camera", "date": "taken", "file": "file"}[key]
    return replace(filters, **{field: value})


def said_filters(filters: Filters) -> str:
    """What the filters let pass, for people: "only with dog and chair; parsed or checked"; empty if all do."""
    parts = []
    if filters.labels:
        named = (label if number < 2 else f"{number} or more {label}" for label, number in filters.labels)
        parts.append(f"with {' and '.join(named)}")
    parts += [" or ".join(filters.states)] if filters.states else []
    parts += [f"in {len(filters.folders)} of the folders"] if filters.folders else []
    parts += [f"caption: {filters.caption}"] if filters.caption else []
    parts += [part for part in (filters.camera, filters.taken) if part]
    parts += ["that can't be read"] if filters.problem else []
    parts += ["whose files are gone"] if filters.missing else []
    return f"only {'; '.join(parts)}" if parts else ""


MOST_NAMED = 20_000
"""Photos that may be named one by one; more are named by what they have in common."""


def chosen_photos(photos: Sequence[int] | None, filters: Filters, dialect: str) -> Select | None:
    """A query for these photos, or (None, or too many of them) for all that pass the filters; None for all at all."""
    if photos is not None and len(photos) <= MOST_NAMED:
        return select(tables.photos.c.id).where(tables.photos.c.id.in_(list(photos)))
    return None if filters.is_empty else filtered(filters, dialect)


def filtered(filters: Filters, dialect: str) -> Select:
    """A query for the ids of the photos that pass, in no order."""
    p, c = tables.photos.c, tables.captions.c
    query = select(p.id)
    if filters.missing is not None:
        query = query.where(p.missing == int(filters.missing))
    if filters.problem is not None:
        query = query.where(p.problem != "" if filters.problem else p.problem == "")
    if filters.states:
        query = query.where(p.state.in_(filters.states))
    if filters.folders:
        query = query.where(p.folder.in_(filters.folders))
    if filters.photos:
        query = query.where(p.id.in_(filters.photos))
    if filters.folder_words:
        query = query.where(_holds(p.path, f"{filters.folder_words}%/%", around=True))
    if filters.file:
        query = query.where(_holds(p.name, filters.file))
    if filters.camera:
        query = query.where(_holds(p.camera, filters.camera))
    if filters.taken:
        query = query.where(p.taken >= filters.taken, p.taken < f"{filters.taken}~")
    for label, number in filters.labels:
        of_label = select(tables.labels.c.id).where(tables.labels.c.label == label).scalar_subquery()
        query = query.where(
            p.id.in_(
                select(tables.counts.c.photo).where(tables.counts.c.label == of_label, tables.counts.c.number >= number)
            )
        )
    if filters.caption == "none":
        query = query.where(~select(c.photo).where(c.photo == p.id).exists())
    elif filters.caption == "stale":
        query = query.where(
            select(c.photo).where(c.photo == p.id, c.scene_hash != "", c.scene_hash != p.scene_hash).exists()
        )
    elif filters.caption:
        query = query.where(select(c.photo).where(c.photo == p.id, c.maker == filters.caption).exists())
    words = with_words(dialect, filters.words)
    if words is not None:
        query = query.where(p.id.in_(words))
    return query


def _holds(column, part: str, around: bool = False):
    safe = part.lower().replace("\\", "\\\\").replace("_", "\\_")
    if not around:
        safe = safe.replace("%", "\\%")
    return func.lower(column).like(f"%{safe}" if around else f"%{safe}%", escape="\\")


__all__ = ["Filters", "chosen_photos", "filtered", "said_filters", "split_filters"]
