"""Photos beside a photo, for going through them one by one."""

from sqlalchemy import func, select

from sd3studio.services.library import tables
from sd3studio.services.library.library import Library
from sd3studio.services.library.records import PhotoRow, State


def photos_around(library: Library, id: int, reach: int = 60) -> list[PhotoRow]:
    """Up to `reach` usable photos before a photo and after it, in order, with the photo itself."""
    c = tables.photos.c
    usable = (c.problem == "") & (c.missing == 0)
    before = select(c.id).where(usable, c.id < id).order_by(c.id.desc()).limit(reach)
    after = select(c.id).where(usable, c.id >= id).order_by(c.id).limit(reach + 1)
    ids = [row.id for row in library.database.rows(before)][::-1] + [row.id for row in library.database.rows(after)]
    return library.photos(ids)


def beside(library: Library, id: int, step: int) -> PhotoRow | None:
    """The usable photo `step` places on (or back), or None at the end."""
    c = tables.photos.c
    query = select(c.id).where(c.problem == "", c.missing == 0)
    query = query.where(c.id > id).order_by(c.id) if step > 0 else query.where(c.id < id).order_by(c.id.desc())
    rows = library.database.rows(query.limit(1).offset(abs(step) - 1))
    return library.photo(rows[0].id) if rows else None


def count_states(library: Library) -> dict[str, int]:
    """State -> how many photos are in it."""
    c = tables.photos.c
    rows = library.database.rows(select(c.state, func.count()).group_by(c.state))
    found = {row[0]: int(row[1]) for row in rows}
    return {state.value: found.get(state.value, 0) for state in State}


def photo_keys(library: Library) -> dict[str, int]:
    """Path -> id of every usable photo: what a ground-truth sample is drawn from."""
    c = tables.photos.c
    return {row.path: row.id for row in library.database.rows(select(c.path, c.id).where(c.missing == 0))}
