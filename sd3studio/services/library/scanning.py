"""Folders of photos: which files are in them, which are new, changed or gone. No picture is opened here."""

import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, delete, func, insert, select, update

from sd3studio.core.errors import InputError
from sd3studio.services.library import tables
from sd3studio.services.library.fulltext import forget_words
from sd3studio.services.library.history import note
from sd3studio.services.library.library import Library
from sd3studio.services.library.records import MACHINE, FolderRow

PHOTO_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".heic", ".heif", ".avif"}
)
"""The last three can't be read here; they are listed, so that their owner is told."""
MOST_TOLD = 5
AT_ONCE = 2_000
"""Rows written in one transaction, so that others get a turn."""


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a scan found: photos that are new, changed on the disk, gone, and as they were.

    `passed_over` are files that can't be in a library, `why` the first of them with the reason.
    """

    added: int = 0
    changed: int = 0
    gone: int = 0
    same: int = 0
    passed_over: int = 0
    why: tuple[str, ...] = ()

    def plus(self, other: "Scanned") -> "Scanned":
        """Both together."""
        return Scanned(
            self.added + other.added,
            self.changed + other.changed,
            self.gone + other.gone,
            self.same + other.same,
            self.passed_over + other.passed_over,
            (*self.why, *other.why)[:MOST_TOLD],
        )

    @property
    def said(self) -> str:
        """What was passed over, a sentence; empty if nothing was."""
        if not self.passed_over:
            return ""
        more = self.passed_over - len(self.why)
        return f"Passed over: {'; '.join(self.why)}{f'; {more:,} more' if more else ''}."


@dataclass(frozen=True, slots=True)
class _File:
    path: str
    name: str
    size: int
    changed_ns: int


def add_folder(library: Library, path: Path) -> int:
    """Watch a folder; returns its id. Raises `InputError` for what is no folder."""
    folder = Path(path).resolve()
    if not folder.is_dir():
        raise InputError(f"{path} is not a folder. Name a folder with photos.")
    with library.database.change() as db:
        return _folder_id(db, str(folder))


def _folder_id(db: Connection, path: str) -> int:
    found = db.execute(select(tables.folders.c.id).where(tables.folders.c.path == path)).scalar()
    if found is not None:
        return int(found)
    made = db.execute(insert(tables.folders).values(path=path, added_s=time.time()))
    return int(made.inserted_primary_key[0])


def folders(library: Library) -> tuple[FolderRow, ...]:
    """The watched folders, by their paths."""
    f, p = tables.folders.c, tables.photos.c
    number = select(func.count()).where(p.folder == f.id).scalar_subquery()
    rows = library.database.rows(select(f.id, f.path, number, f.scanned_s).order_by(f.path))
    return tuple(FolderRow(*row) for row in rows)


def forget_folder(library: Library, folder: int) -> int:
    """Stop watching a folder and forget its photos (the files stay); returns how many were forgotten."""
    with library.database.change() as db:
        ids = list(db.execute(select(tables.photos.c.id).where(tables.photos.c.folder == folder)).scalars())
        for number in ids:
            forget(db, number)
        db.execute(delete(tables.folders).where(tables.folders.c.id == folder))
    return len(ids)


def scan(library: Library, folder: int) -> Iterator[tuple[int, Scanned]]:
    """Compare a folder with its rows and bring them up to date; yields (files seen, what was found) as it goes.

    A photo whose size or time of change differs is read again. One whose file is gone is marked, not forgotten: its
    scene and captions come back with it, also under another name (`intake`). Links to folders are not followed.
    """
    rows = library.database.rows(select(tables.folders.c.path).where(tables.folders.c.id == folder))
    if not rows:
        raise InputError(f"There is no folder {folder} in the library.")
    c = tables.photos.c
    query = select(c.path, c.id, c.size, c.changed_ns, c.missing).where(c.folder == folder)
    known = {row.path: row for row in library.database.rows(query)}
    total, seen = Scanned(), 0
    passed_over: list[str] = []
    for part in _portions(_files(Path(rows[0].path), passed_over), AT_ONCE):
        with library.database.change() as db:
            total = total.plus(_take(db, folder, part, known))
        seen += len(part)
        yield seen, total
    gone = [row.id for row in known.values() if not row.missing]
    with library.database.change() as db:
        for number in gone:
            db.execute(update(tables.photos).where(c.id == number).values(missing=1))
            note(db, number, MACHINE, "missing")
        db.execute(update(tables.folders).where(tables.folders.c.id == folder).values(scanned_s=time.time()))
    left = Scanned(passed_over=len(passed_over), why=tuple(passed_over[:MOST_TOLD]))
    yield seen, total.plus(Scanned(gone=len(gone))).plus(left)


def scan_all(library: Library, only: Iterable[int] | None = None) -> Scanned:
    """Scan all folders, or these; what was found in all."""
    total = Scanned()
    for folder in only if only is not None else [row.id for row in folders(library)]:
        total = total.plus(list(scan(library, folder))[-1][1])
    return total


def _take(db: Connection, folder: int, files: list[_File], known: dict) -> Scanned:
    """Write the rows of some files; those that are seen are taken out of `known`."""
    new, changed, same = [], 0, 0
    for file in files:
        row = known.pop(file.path, None)
        if row is None:
            new.append(file)
        elif (row.size, row.changed_ns) != (file.size, file.changed_ns):
            _reset(db, row.id, file)
            changed += 1
        else:
            same += 1
            if row.missing:
                db.execute(update(tables.photos).where(tables.photos.c.id == row.id).values(missing=0))
    elsewhere = _elsewhere(db, new)
    rows = [
        {"folder": folder, "path": f.path, "name": f.name, "size": f.size, "changed_ns": f.changed_ns}
        for f in new
        if f.path not in elsewhere
    ]
    if rows:
        db.execute(insert(tables.photos), rows)
    return Scanned(len(rows), changed, 0, same + len(elsewhere))


def _elsewhere(db: Connection, files: list[_File]) -> set[str]:
    """Files that belong to another watched folder already (one inside the other)."""
    c, found = tables.photos.c, set()
    for start in range(0, len(files), 500):
        paths = [file.path for file in files[start : start + 500]]
        found |= set(db.execute(select(c.path).where(c.path.in_(paths))).scalars())
    return found


def _reset(db: Connection, photo: int, file: _File) -> None:
    """The file is another one now: what was read of it is read again; scene and captions stay until then."""
    db.execute(
        update(tables.photos)
        .where(tables.photos.c.id == photo)
        .values(size=file.size, changed_ns=file.changed_ns, sha256="", problem="", missing=0)
    )
    note(db, photo, MACHINE, "file", {"size": file.size})


def _files(folder: Path, passed_over: list[str]) -> Iterator[_File]:
    """Photos in a folder and below, hidden ones left out, by name. What can't be listed is told in `passed_over`."""

    def tell(name: str, why: str) -> None:
        passed_over.append(f"{name.encode('utf-8', 'replace').decode()!r} {why}")

    for place, names, files in os.walk(folder, onerror=lambda error: tell(str(error.filename), "can't be listed")):
        names[:] = sorted(name for name in names if not name.startswith("."))
        for name in sorted(files):
            if name.startswith(".") or os.path.splitext(name)[1].lower() not in PHOTO_SUFFIXES:
                continue
            path = os.path.join(place, name)
            try:
                path.encode("utf-8")
                status = os.stat(path)
            except UnicodeEncodeError:
                tell(name, "has a name, or lies in a folder, that is not UTF-8: rename it")
                continue
            except OSError as error:
                gone = "is a link to nothing" if os.path.islink(path) else f"can't be read ({error.strerror})"
                tell(name, gone)
                continue
            yield _File(path, name, status.st_size, status.st_mtime_ns)


def _portions(files: Iterable[_File], size: int) -> Iterator[list[_File]]:
    part: list[_File] = []
    for file in files:
        part.append(file)
        if len(part) == size:
            yield part
            part = []
    if part:
        yield part


def forget(db: Connection, photo: int) -> None:
    """Take a photo and all that belongs to it out."""
    for table in (
        tables.indexes,
        tables.counts,
        tables.relations,
        tables.captions,
        tables.scenes,
        tables.history,
        tables.tasks,
    ):
        db.execute(delete(table).where(table.c.photo == photo))
    forget_words(db, photo)
    db.execute(delete(tables.photos).where(tables.photos.c.id == photo))
