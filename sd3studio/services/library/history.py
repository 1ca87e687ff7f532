"""The history of a library's photos: who changed what and when, and steps that can be undone."""

import json
import time
from typing import Any

from sqlalchemy import Connection, insert, select

from sd3studio.services.library import tables
from sd3studio.services.library.records import Event


def note(
    db: Connection, photo: int, author: str, what: str, detail: dict[str, Any] | None = None, step: str = ""
) -> None:
    """Write one change down, within the transaction that makes it."""
    db.execute(
        insert(tables.history).values(
            photo=photo,
            at_s=time.time(),
            author=author[:200],
            what=what,
            detail=json.dumps(detail or {}, ensure_ascii=False),
            step=step,
        )
    )


def events_of(db: Connection, photo: int, limit: int = 1_000) -> tuple[Event, ...]:
    """The changes of a photo, newest first."""
    rows = db.execute(
        select(tables.history).where(tables.history.c.photo == photo).order_by(tables.history.c.id.desc()).limit(limit)
    )
    return tuple(Event.of(row) for row in rows)


def events_of_step(db: Connection, step: str) -> tuple[Event, ...]:
    """The changes that were made at once, in their order."""
    rows = db.execute(select(tables.history).where(tables.history.c.step == step).order_by(tables.history.c.id))
    return tuple(Event.of(row) for row in rows)
