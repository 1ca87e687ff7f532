"""What was done on a photo goes into the library: rows of its file, its scene, its sentence, what went wrong."""

import contextlib
import math
import os
import time
from pathlib import Path

from sqlalchemy import Connection, delete, select, update

from sd3studio.core.messages import PhotoFacts, PhotoWork
from sd3studio.services.library import tables
from sd3studio.services.library.caption_store import put_caption
from sd3studio.services.library.fulltext import index_words
from sd3studio.services.library.history import note
from sd3studio.services.library.records import MACHINE
from sd3studio.services.library.scanning import forget
from sd3studio.services.library.scene_store import put_packed

FACTS = ("sha256", "looks", "width", "height", "taken", "camera", "focal_mm", "latitude", "longitude", "place")


def store_work(db: Connection, photo: int, work: PhotoWork, style: str, template: str, parsed_as: str) -> int:
    """Store what was done; returns the id of the photo, another one if the file is known from elsewhere.

    A scene that a person made stays; so does a person's sentence.
    """
    c = tables.photos.c
    if work.facts is not None:
        photo = _store_facts(db, photo, work.facts)
    row = db.execute(select(c.scene_version, c.scene_hash, c.scene_by).where(c.id == photo)).one()
    if work.scene is not None:
        if row.scene_version == 0 or row.scene_by == MACHINE:
            put_packed(db, photo, work.scene, MACHINE)
        db.execute(update(tables.photos).where(c.id == photo).values(parsed_as=parsed_as))
    scene_hash = db.execute(select(c.scene_hash).where(c.id == photo)).scalar_one()
    made_of = work.scene.hash if work.scene is not None else scene_hash
    if work.caption is not None and made_of == scene_hash:
        put_caption(db, photo, style, work.caption, MACHINE, scene_hash, template)
    if work.check_score is not None:
        score = None if math.isnan(work.check_score) else work.check_score
        db.execute(update(tables.photos).where(c.id == photo).values(check_score=score, check_hash=scene_hash))
        note(db, photo, MACHINE, "check", {"score": score})
    db.execute(update(tables.photos).where(c.id == photo, c.problem != "").values(problem=""))
    return photo


def store_problem(db: Connection, photo: int, problem: str) -> None:
    """Write down why a photo can't be used."""
    text = " ".join(problem.split())[:1_000]
    db.execute(update(tables.photos).where(tables.photos.c.id == photo).values(problem=text))
    note(db, photo, MACHINE, "problem", {"problem": text})


def _store_facts(db: Connection, photo: int, facts: PhotoFacts) -> int:
    c = tables.photos.c
    values = {name: getattr(facts, name) for name in FACTS}
    moved = db.execute(
        select(c.id).where(c.sha256 == facts.sha256, c.missing == 1, c.id != photo).order_by(c.id).limit(1)
    ).scalar()
    if moved is not None:
        photo = _moved(db, int(moved), photo)
    db.execute(update(tables.photos).where(c.id == photo).values(**values))
    index_words(db, photo)
    return photo


def _moved(db: Connection, old: int, new: int) -> int:
    """The file of `old` is gone and the same one lies where `new` is: `old` goes on there, with all it has."""
    c = tables.photos.c
    row = db.execute(select(c.folder, c.path, c.name, c.size, c.changed_ns).where(c.id == new)).one()
    before = db.execute(select(c.path).where(c.id == old)).scalar_one()
    db.execute(delete(tables.tasks).where(tables.tasks.c.photo == new))
    forget(db, new)
    db.execute(update(tables.photos).where(c.id == old).values(**row._mapping, missing=0))
    note(db, old, MACHINE, "moved", {"from": before, "to": row.path})
    return old


def thumbnail_path(folder: Path, sha256: str) -> Path:
    """Where the thumbnail of a file lies."""
    return folder / "thumbnails" / sha256[:2] / f"{sha256}.jpg"


def store_thumbnail(folder: Path, sha256: str, data: bytes) -> None:
    """Put a thumbnail on the disk; not synced, as it can be made again. A full disk is no reason to stop."""
    path = thumbnail_path(folder, sha256)
    if path.exists():
        return
    temporary = path.with_suffix(f".{os.getpid()}-{time.monotonic_ns()}.part")
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(data)
        os.replace(temporary, path)
