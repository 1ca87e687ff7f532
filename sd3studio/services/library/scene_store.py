"""Scenes of photos: every version as compressed JSON, and the rows by which the newest is searched."""

import time
from collections.abc import Mapping

from sqlalchemy import Connection, delete, insert, select, update

from sd3studio.core.errors import InputError
from sd3studio.core.searching import SceneIndex
from sd3studio.core.searching.index import KEPT
from sd3studio.core.searching.packed import PackedScene
from sd3studio.services.library import tables
from sd3studio.services.library.database import upsert
from sd3studio.services.library.fulltext import index_words
from sd3studio.services.library.history import note
from sd3studio.services.library.records import MACHINE, State

MOST_LABEL_CHARACTERS = 200


def put_packed(db: Connection, photo: int, packed: PackedScene, author: str, step: str = "") -> int:
    """Store a scene as the photo's newest version and index it; returns the version.

    The same scene as the newest is not stored twice. Raises `InputError` for a photo that is not there.
    """
    columns = tables.photos.c
    row = db.execute(
        select(columns.scene_version, columns.scene_hash, columns.state).where(columns.id == photo)
    ).first()
    if row is None:
        raise InputError(f"There is no photo {photo} in the library.")
    if row.scene_hash == packed.hash:
        return int(row.scene_version)
    version = int(row.scene_version) + 1
    db.execute(
        insert(tables.scenes).values(
            photo=photo, version=version, hash=packed.hash, author=author[:200], at_s=time.time(), data=packed.data
        )
    )
    changes: dict[str, object] = {
        "scene_version": version,
        "scene_hash": packed.hash,
        "scene_by": author[:200],
        "check_score": None,
    }
    state = _state_after(State(row.state), author)
    if state != row.state:
        changes |= {"state": str(state), "state_by": author[:200], "state_s": time.time()}
    db.execute(update(tables.photos).where(columns.id == photo).values(**changes))
    note(db, photo, author, "scene", {"version": version, "hash": packed.hash}, step)
    if state != row.state:
        note(db, photo, author, "state", {"from": row.state, "to": str(state)}, step)
    index = {"photo": photo, "things": packed.things, "signature": packed.signature}
    upsert(db, tables.indexes, ("photo",), index)
    index_scene(db, photo, SceneIndex.from_text(packed.things))
    index_words(db, photo)
    return version


def _state_after(state: State, author: str) -> State:
    """A scene by the program makes a new photo *parsed*; one by a person puts it *in work* until it is checked."""
    if author == MACHINE:
        return State.PARSED if state is State.NEW else state
    return State.IN_WORK if state in (State.NEW, State.PARSED) else state


def index_scene(db: Connection, photo: int, index: SceneIndex) -> None:
    """Replace the rows by which a photo is searched."""
    db.execute(delete(tables.counts).where(tables.counts.c.photo == photo))
    db.execute(delete(tables.relations).where(tables.relations.c.photo == photo))
    counts = index.counts()
    ids = label_ids(db, counts)
    if counts:
        rows = [{"label": ids[_short(label)], "photo": photo, "number": number} for label, number in counts.items()]
        db.execute(insert(tables.counts), list({row["label"]: row for row in rows}.values()))
    found = {}
    for subject, predicate, thing, grade, space, seen in index.best_by_label():
        key = (ids[_short(subject)], KEPT.index(predicate), ids[_short(thing)])
        found[key] = dict(zip(("subject", "predicate", "object"), key, strict=True)) | {
            "photo": photo, "grade": grade, "space": space, "seen": seen,
        }  # fmt: skip
    if found:
        db.execute(insert(tables.relations), list(found.values()))


def label_ids(db: Connection, wanted: Mapping[str, int]) -> dict[str, int]:
    """Ids of these labels; new ones are added."""
    names = sorted({_short(label) for label in wanted})
    if not names:
        return {}
    query = select(tables.labels.c.label, tables.labels.c.id).where(tables.labels.c.label.in_(names))
    known = {label: number for label, number in db.execute(query)}
    new = [{"label": name} for name in names if name not in known]
    if new:
        db.execute(insert(tables.labels), new)
        known = {label: number for label, number in db.execute(query)}
    return known


def _short(label: str) -> str:
    return label[:MOST_LABEL_CHARACTERS]
