"""The library: photos in watched folders, their states, scenes, captions and history, on one database.

What others build on (the review of photos among them): `Library.open`, `photo`, `scene_of`, `put_scene`, `set_state`,
`next_photo`, `history`. Every change is one transaction, written down in the history with who made it and when. A
library may be used from several threads and by several programs at once.
"""

import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import func, select, update

from sd3studio.core.errors import InputError
from sd3studio.core.locations import user_data
from sd3studio.core.scene.values import Scene
from sd3studio.core.searching import SceneIndex
from sd3studio.core.searching.packed import pack_scene, unpack_scene
from sd3studio.services.library import tables
from sd3studio.services.library.database import Database
from sd3studio.services.library.history import events_of, note
from sd3studio.services.library.records import MACHINE, Event, PhotoRow, SceneVersion, State
from sd3studio.services.library.scene_store import put_packed

PHOTO_COLUMNS = tuple(tables.photos.c[name] for name in PhotoRow.__dataclass_fields__)


def library_folder(home: Path | None = None) -> Path:
    """Where the user's library lies, if no other place is named."""
    return (user_data() if home is None else home) / "library"


class Library:
    """An open library.

    Parameters
    ----------
    database : where the rows are
    folder : where thumbnails, backups of exports and the leases of batches lie
    """

    def __init__(self, database: Database, folder: Path) -> None:
        self.database, self.folder = database, folder

    @classmethod
    def open(cls, where: Path | str | None = None, home: Path | None = None) -> Self:
        """Open the library in a folder, or on a PostgreSQL server by its URL; it is made if it is not there yet.

        Parameters
        ----------
        where : folder or URL; None is the user's library
        home : folder of the user's data; files of a library on a server lie there

        Raises
        ------
        StudioError
            It can't be opened.
        """
        if isinstance(where, str) and "://" in where:
            folder = library_folder(home) / "server"
            folder.mkdir(parents=True, exist_ok=True)
            return cls(Database(where), folder)
        path = Path(where) if where is not None else library_folder(home)
        if path.is_file():
            raise InputError(f"{path} is a file. A library is a folder, or the URL of a PostgreSQL database.")
        return cls(Database(path), path)

    def close(self) -> None:
        """Give the database back."""
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # ---- photos

    def count(self) -> int:
        """How many photos there are."""
        return int(self.database.rows(select(func.count()).select_from(tables.photos))[0][0])

    def photo(self, id: int) -> PhotoRow:
        """One photo. Raises `InputError` if it is not there."""
        rows = self.photos([id])
        if not rows:
            raise InputError(f"There is no photo {id} in the library.")
        return rows[0]

    def photos(self, ids: Sequence[int]) -> list[PhotoRow]:
        """The photos with these ids, in this order; ids that are not there are left out."""
        found: dict[int, PhotoRow] = {}
        for start in range(0, len(ids), 500):
            part = [int(number) for number in ids[start : start + 500]]
            for row in self.database.rows(select(*PHOTO_COLUMNS).where(tables.photos.c.id.in_(part))):
                found[row.id] = _photo(row)
        return [found[number] for number in ids if number in found]

    def by_path(self, path: Path | str) -> PhotoRow | None:
        """The photo in this file, if it is in the library."""
        wanted = str(Path(path).resolve())
        rows = self.database.rows(select(*PHOTO_COLUMNS).where(tables.photos.c.path == wanted))
        return _photo(rows[0]) if rows else None

    def next_photo(self, state: State | str = State.PARSED, after: int = 0) -> PhotoRow | None:
        """The next photo in this state after photo number `after`, else the first one; None if there is none.

        Photos with a problem, and those whose file is gone, are passed over.
        """
        c = tables.photos.c
        query = (
            select(*PHOTO_COLUMNS)
            .where(c.state == str(State(state)), c.problem == "", c.missing == 0)
            .order_by(c.id)
            .limit(1)
        )
        rows = self.database.rows(query.where(c.id > after)) or self.database.rows(query)
        return _photo(rows[0]) if rows else None

    # ---- states

    def set_state(self, id: int, state: State | str, author: str) -> None:
        """Say how far a photo is. Raises `InputError` for an unknown photo or state."""
        self.set_states([id], state, author)

    def set_states(self, ids: Iterable[int], state: State | str, author: str, step: str = "") -> None:
        """The same for several photos, all or none."""
        wanted, c = _state(state), tables.photos.c
        with self.database.change() as db:
            for number in ids:
                before = db.execute(select(c.state).where(c.id == number)).scalar()
                if before is None:
                    raise InputError(f"There is no photo {number} in the library.")
                if before == wanted:
                    continue
                changes = {"state": str(wanted), "state_by": author[:200], "state_s": time.time()}
                db.execute(update(tables.photos).where(c.id == number).values(**changes))
                note(db, number, author, "state", {"from": before, "to": str(wanted)}, step)

    # ---- scenes

    def scene_of(self, id: int, version: int | None = None) -> Scene | None:
        """The scene of a photo, the newest or a numbered version; None if it has none.

        Raises `InputError` for a version that is not there, `SceneError` for one that is damaged.
        """
        row, c = self.photo(id), tables.scenes.c
        wanted = row.scene_version if version is None else version
        if wanted == 0:
            return None
        rows = self.database.rows(select(c.data).where(c.photo == id, c.version == wanted))
        if not rows:
            raise InputError(f"{row.name} has no version {wanted} of its scene.")
        return unpack_scene(rows[0].data, row.name)

    def put_scene(self, id: int, scene: Scene, author: str) -> int:
        """Store a scene as the newest version and index it for the search; returns its number.

        A scene by a person puts a new or parsed photo *in work*; captions derived from the earlier scene become stale.
        """
        packed = pack_scene(scene)
        with self.database.change() as db:
            return put_packed(db, id, packed, author)

    def scene_versions(self, id: int) -> tuple[SceneVersion, ...]:
        """The versions of a photo's scene, newest first."""
        c = tables.scenes.c
        query = select(c.version, c.hash, c.author, c.at_s).where(c.photo == id).order_by(c.version.desc())
        return tuple(SceneVersion(*row) for row in self.database.rows(query))

    def index_of(self, id: int) -> SceneIndex:
        """What of the photo's scene is searched; empty for a photo without a scene."""
        rows = self.database.rows(select(tables.indexes.c.things).where(tables.indexes.c.photo == id))
        return SceneIndex.from_text(rows[0].things) if rows else SceneIndex((), ())

    # ---- history

    def history(self, id: int, limit: int = 1_000) -> tuple[Event, ...]:
        """The changes of a photo, newest first: who, when, what."""
        with self.database.read() as db:
            return events_of(db, id, limit)

    def add_event(self, id: int, author: str, what: str, detail: dict[str, Any] | None = None) -> None:
        """Write something of your own into a photo's history, as a comment: ``what="comment"``."""
        self.photo(id)
        with self.database.change() as db:
            note(db, id, author, what[:16], detail)


def _photo(row: Any) -> PhotoRow:
    values = dict(row._mapping)
    return PhotoRow(**{**values, "state": State(row.state), "missing": bool(row.missing)})


def _state(state: State | str) -> State:
    try:
        return State(state)
    except ValueError as error:
        raise InputError(f"“{state}” is no state of a photo. There are: {', '.join(State)}.") from error


__all__ = ["MACHINE", "Library", "library_folder"]
