"""Captions of photos: one sentence a style, who made it, whether it is stale; a person's text is never overwritten."""

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, delete, select

from sd3studio.core.errors import InputError
from sd3studio.core.language.caption_styles import STYLES, check_template
from sd3studio.core.scene.caption import Caption
from sd3studio.services.library import tables
from sd3studio.services.library.database import upsert
from sd3studio.services.library.fulltext import index_words
from sd3studio.services.library.history import note
from sd3studio.services.library.library import Library
from sd3studio.services.library.records import StoredCaption

STYLES_KEY = "styles"
MOST_CHARACTERS = 4_000


def styles(library: Library) -> dict[str, str]:
    """All styles, name -> template: those of the program and the user's own."""
    return {**STYLES, **_own_styles(library)}


def _own_styles(library: Library) -> dict[str, str]:
    rows = library.database.rows(select(tables.meta.c.value).where(tables.meta.c.key == STYLES_KEY))
    return json.loads(rows[0].value) if rows else {}


def add_style(library: Library, name: str, template: str) -> None:
    """Keep a template as a style. Raises `InputError` for one that is not valid or has the name of a given one."""
    name = name.strip()
    if name in STYLES or not name or len(name) > 64:
        raise InputError(f"A style of yours needs a name of its own, at most 64 characters long, not “{name}”.")
    changed = {**_own_styles(library), name: check_template(template)}
    with library.database.change() as db:
        upsert(db, tables.meta, ("key",), {"key": STYLES_KEY, "value": json.dumps(changed, ensure_ascii=False)})


def remove_style(library: Library, name: str) -> None:
    """Forget a style of the user's; its captions stay. Raises `InputError` for one that is not theirs."""
    own = _own_styles(library)
    if name not in own:
        raise InputError(f"There is no style of yours called “{name}”. There are: {', '.join(own) or 'none'}.")
    del own[name]
    with library.database.change() as db:
        upsert(db, tables.meta, ("key",), {"key": STYLES_KEY, "value": json.dumps(own, ensure_ascii=False)})


def template_of(library: Library, style: str) -> str:
    """The template of a style. Raises `InputError` naming those that are there."""
    known = styles(library)
    if style not in known:
        raise InputError(f"There is no caption style “{style}”. There are: {', '.join(known)}.")
    return known[style]


def captions_of_photo(library: Library, photo: int) -> tuple[StoredCaption, ...]:
    """The sentences of a photo, by style."""
    return captions_of_photos(library, [photo]).get(photo, ())


def captions_of_photos(library: Library, photos: Sequence[int]) -> dict[int, tuple[StoredCaption, ...]]:
    """The sentences of several photos."""
    found: dict[int, list[StoredCaption]] = {}
    c, p = tables.captions.c, tables.photos.c
    for start in range(0, len(photos), 500):
        query = (
            select(tables.captions, p.scene_hash.label("now"))
            .join(tables.photos, p.id == c.photo)
            .where(c.photo.in_([int(n) for n in photos[start : start + 500]]))
            .order_by(c.style)
        )
        for row in library.database.rows(query):
            found.setdefault(row.photo, []).append(_stored(row))
    return {photo: tuple(rows) for photo, rows in found.items()}


def _stored(row: Any) -> StoredCaption:
    stale = row.scene_hash != "" and row.scene_hash != row.now
    facts = tuple(tuple(fact) for fact in json.loads(row.facts or "[]"))
    return StoredCaption(row.photo, row.style, row.text, row.maker, row.author, stale, row.template, facts, row.at_s)


def put_caption(
    db: Connection,
    photo: int,
    style: str,
    caption: Caption,
    author: str,
    scene_hash: str,
    template: str,
    step: str = "",
) -> bool:
    """Store a sentence by the program; returns False and leaves it alone where a person's text stands."""
    c = tables.captions.c
    before = db.execute(
        select(c.text, c.maker, c.author, c.scene_hash).where(c.photo == photo, c.style == style)
    ).first()
    if before is not None and before.maker == "human":
        return False
    facts = [(f.subject, f.predicate.value, f.object) for f in caption.facts]
    _write(db, photo, style, caption.text, caption.maker, author, scene_hash, template, json.dumps(facts), before, step)
    return True


def write_caption(library: Library, photo: int, style: str, text: str, author: str, step: str = "") -> None:
    """Store a person's sentence. An empty text takes the sentence away, so that the program may write one again."""
    with library.database.change() as db:
        write_text(db, photo, style, text, author, step)


def write_text(db: Connection, photo: int, style: str, text: str, author: str, step: str = "") -> None:
    """The same within a transaction. Raises `InputError` for a photo that is not there."""
    c = tables.captions.c
    hash_now = db.execute(select(tables.photos.c.scene_hash).where(tables.photos.c.id == photo)).scalar()
    if hash_now is None:
        raise InputError(f"There is no photo {photo} in the library.")
    before = db.execute(
        select(c.text, c.maker, c.author, c.scene_hash).where(c.photo == photo, c.style == style)
    ).first()
    text = text.replace("\0", " ").strip()[:MOST_CHARACTERS]
    if before is not None and before.text == text and before.maker == "human":
        return
    if not text:
        restore(db, photo, style, None, author, step)
        return
    _write(db, photo, style, text, "human", author, hash_now, "", "[]", before, step)


def restore(db: Connection, photo: int, style: str, old: Mapping[str, str] | None, author: str, step: str = "") -> None:
    """Bring an earlier sentence back as it was, or none (None)."""
    c = tables.captions.c
    before = db.execute(
        select(c.text, c.maker, c.author, c.scene_hash).where(c.photo == photo, c.style == style)
    ).first()
    if old is None:
        db.execute(delete(tables.captions).where(c.photo == photo, c.style == style))
        if before is not None:
            note(db, photo, author, "caption", {"style": style, "before": dict(before._mapping), "after": None}, step)
        index_words(db, photo)
        return
    _write(
        db, photo, style, old["text"], old["maker"], old["author"], old.get("scene_hash", ""), "", "[]", before, step
    )


def _write(
    db: Connection, photo: int, style: str, text: str, maker: str, author: str, scene_hash: str, template: str,
    facts: str, before: Any, step: str,
) -> None:  # fmt: skip
    after = {"text": text, "maker": maker, "author": author, "scene_hash": scene_hash}
    if before is not None and dict(before._mapping) == after:
        return
    upsert(
        db,
        tables.captions,
        ("photo", "style"),
        {"photo": photo, "style": style, "template": template, "facts": facts, "at_s": time.time(), **after},
    )
    old = dict(before._mapping) if before is not None else None
    note(db, photo, author, "caption", {"style": style, "before": old, "after": after}, step)
    index_words(db, photo)


def about_photos(library: Library, ids: Iterable[int]) -> dict[int, dict[str, str]]:
    """Variables of caption templates that the photos' files tell."""
    found = {}
    for row in library.photos(list(ids)):
        day, _, hour = row.taken.partition("T")
        found[row.id] = {
            "place": row.place,
            "coordinates": said_coordinates(row.latitude, row.longitude),
            "date": day,
            "time": hour[:5],
            "year": day[:4],
            "camera": row.camera,
            "focal": f"{row.focal_mm:.0f} mm" if row.focal_mm else "",
            "filename": row.name.rsplit(".", 1)[0],
            "folder": row.path.replace("\\", "/").rsplit("/", 2)[-2] if "/" in row.path else "",
        }
    return found


def said_coordinates(latitude: float | None, longitude: float | None) -> str:
    """ "48.8584 N, 2.2945 E"; empty where they are not known."""
    if latitude is None or longitude is None:
        return ""
    return f"{abs(latitude):.4f} {'N' if latitude >= 0 else 'S'}, {abs(longitude):.4f} {'E' if longitude >= 0 else 'W'}"
