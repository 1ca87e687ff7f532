"""Words of photos: file name, captions, labels, camera, place; searched by FTS5 or PostgreSQL's text search."""

import re

from sqlalchemy import Connection, Select, literal_column, select, text

from sd3studio.services.library import tables

_WORD = re.compile(r"[\w']+", re.UNICODE)


def index_words(db: Connection, photo: int) -> None:
    """Bring the words of a photo up to date with its row and captions."""
    photos, captions = tables.photos.c, tables.captions.c
    row = db.execute(select(photos.path, photos.camera, photos.place, photos.taken).where(photos.id == photo)).one()
    said = db.execute(select(captions.text).where(captions.photo == photo)).scalars()
    named = db.execute(
        select(tables.labels.c.label)
        .join(tables.counts, tables.counts.c.label == tables.labels.c.id)
        .where(tables.counts.c.photo == photo)
    ).scalars()
    path = re.sub(r"[\\/_.-]+", " ", row.path[-500:])
    words = " \n".join([path, row.camera, row.place, row.taken, *said, *named])
    if db.dialect.name == "sqlite":
        db.execute(
            text("INSERT OR REPLACE INTO words (rowid, text) VALUES (:photo, :words)"), {"photo": photo, "words": words}
        )
    else:
        db.execute(
            text(
                "INSERT INTO words (photo, text) VALUES (:photo, :words) "
                "ON CONFLICT (photo) DO UPDATE SET text = excluded.text"
            ),
            {"photo": photo, "words": words.replace("\0", " ")},
        )


def forget_words(db: Connection, photo: int) -> None:
    """Take a photo's words out."""
    key = "rowid" if db.dialect.name == "sqlite" else "photo"
    db.execute(text(f"DELETE FROM words WHERE {key} = :photo"), {"photo": photo})


def with_words(dialect: str, sought: str) -> Select | None:
    """A query for the ids of photos that have all these words (the last one may be unfinished); None for no word."""
    found = _WORD.findall(sought)[:32]
    if not found:
        return None
    if dialect == "sqlite":
        quoted = " ".join('"' + word.replace('"', "") + '"' for word in found)
        where = text("words MATCH :sought").bindparams(sought=f"{quoted}*")
        return select(literal_column("rowid").label("photo")).select_from(text("words")).where(where)
    where = text("to_tsvector('english', text) @@ to_tsquery('english', :sought)").bindparams(
        sought=" & ".join(f"'{word.replace(chr(39), '')}':*" for word in found)
    )
    return select(literal_column("photo").label("photo")).select_from(text("words")).where(where)
