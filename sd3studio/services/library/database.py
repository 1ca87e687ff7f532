"""The database of a library: a SQLite file or a PostgreSQL server, by the same code; one transaction at a time.

SQLite runs in WAL mode: readers never wait, one writer at a time, and what was committed survives a kill of the program
(``synchronous = NORMAL``: after a power cut the last moments may be missing, the file is whole). The words that are
searched lie in an FTS5 table there, in a ``tsvector`` index on PostgreSQL; only this module and `fulltext` differ.
"""

import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, insert, inspect, select, text
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from sd3studio.core.errors import InputError, MissingModelError, StudioError
from sd3studio.services.library import tables

FILE_NAME = "library.sqlite"
BUSY_S = 60.0
"""How long to wait for another process that is writing."""

MIGRATIONS: Mapping[int, Callable[[Connection], None]] = {}
"""Version n -> what turns a database of version n into one of version n + 1."""

_WORDS = {
    "sqlite": ("CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5(text, tokenize = 'porter unicode61')",),
    "postgresql": (
        "CREATE TABLE IF NOT EXISTS words (photo INTEGER PRIMARY KEY, text TEXT NOT NULL)",
        "CREATE INDEX IF NOT EXISTS words_by_text ON words USING gin (to_tsvector('english', text))",
    ),
}


class Database:
    """Connections to one library's database. May be used from several threads.

    Parameters
    ----------
    where : folder of the SQLite file, or the URL of a PostgreSQL database (``postgresql://user@host/name``)

    Raises `StudioError` when it can't be opened, and `InputError` when a newer program wrote it.
    """

    def __init__(self, where: Path | str) -> None:
        self.where = str(where)
        self.engine = _engine(where)
        self._writing = threading.RLock()
        try:
            with self.change() as db:
                _prepare(db, self.where)
        except StudioError:
            self.engine.dispose()
            raise

    @property
    def is_sqlite(self) -> bool:
        """Whether it is a file here."""
        return self.engine.dialect.name == "sqlite"

    @contextlib.contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection to read with. Raises `StudioError`."""
        try:
            with self.engine.connect() as db:
                yield db
        except SQLAlchemyError as error:
            raise StudioError(f"The library {self.where} can't be read: {_reason(error)}.") from error

    @contextlib.contextmanager
    def change(self) -> Iterator[Connection]:
        """One transaction: kept at the end, or nothing of it is. Raises `StudioError`."""
        try:
            with self._writing, self.engine.connect() as db:
                if self.is_sqlite:
                    db.exec_driver_sql("BEGIN IMMEDIATE")
                    try:
                        yield db
                    except BaseException:
                        db.exec_driver_sql("ROLLBACK")
                        raise
                    db.exec_driver_sql("COMMIT")
                else:
                    with db.begin():
                        yield db
        except SQLAlchemyError as error:
            raise StudioError(f"The library {self.where} can't be changed: {_reason(error)}.") from error

    def rows(self, query: Any, values: Mapping[str, object] | None = None) -> list[Any]:
        """The rows that a query gives."""
        with self.read() as db:
            return list(db.execute(query, values or {}).all())

    def values(self, query: Any) -> list[Any]:
        """The first value of each row that a query gives; quick for many rows."""
        with self.read() as db:
            return list(db.execute(query).scalars())

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()


def upsert(db: Connection, table: Any, keys: tuple[str, ...], values: Mapping[str, object]) -> None:
    """Insert a row, or change the row with the same `keys`."""
    if db.dialect.name == "sqlite":
        from sqlalchemy.dialects.sqlite import insert as insert_or
    else:
        from sqlalchemy.dialects.postgresql import insert as insert_or
    statement = insert_or(table).values(**values)
    changed = {name: statement.excluded[name] for name in values if name not in keys}
    db.execute(statement.on_conflict_do_update(index_elements=list(keys), set_=changed))


def _engine(where: Path | str) -> Engine:
    if isinstance(where, Path):
        try:
            where.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StudioError(f"The library {where} can't be made: {error.strerror or error}.") from error
        path = where / FILE_NAME
        engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": BUSY_S}, skip_autocommit_rollback=True)
        event.listen(engine, "connect", _set_up_sqlite)
        return engine
    try:
        url = where.replace("postgresql://", "postgresql+psycopg://", 1).replace(
            "postgres://", "postgresql+psycopg://", 1
        )
        return create_engine(url, pool_pre_ping=True)
    except ModuleNotFoundError as error:
        raise MissingModelError(
            "A library on a PostgreSQL server needs psycopg. Install it with: pip install 'sd3studio[cluster]'"
        ) from error
    except (ArgumentError, NoSuchModuleError) as error:
        raise InputError(
            f"“{where}” is not the URL of a library. Use a folder, or postgresql://user@host/name."
        ) from error


def _set_up_sqlite(connection: Any, record: object) -> None:
    connection.isolation_level = None  # transactions are begun by `change` alone
    for pragma in (
        "journal_mode = WAL",
        "synchronous = NORMAL",
        "foreign_keys = ON",
        "cache_size = -65536",
        "temp_store = MEMORY",
        "mmap_size = 1073741824",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _prepare(db: Connection, where: str) -> None:
    """Make the tables, or bring older ones up to date."""
    if not inspect(db).has_table("meta"):
        tables.metadata.create_all(db)
        for statement in _WORDS[db.dialect.name]:
            db.execute(text(statement))
        db.execute(insert(tables.meta).values(key="version", value=str(tables.VERSION)))
        return
    version = int(db.execute(select(tables.meta.c.value).where(tables.meta.c.key == "version")).scalar() or 0)
    if version > tables.VERSION:
        raise InputError(
            f"The library {where} was written by a newer SD3 Studio (version {version}; this one reads up to "
            f"{tables.VERSION}). Update the program."
        )
    for step in range(version, tables.VERSION):
        MIGRATIONS[step](db)
    if version < tables.VERSION:
        db.execute(tables.meta.update().where(tables.meta.c.key == "version").values(value=str(tables.VERSION)))


def _reason(error: SQLAlchemyError) -> str:
    return str(getattr(error, "orig", None) or error).strip().splitlines()[0].rstrip(".")
