"""Changing many captions at once, taking that back, and what is doubtful about a caption."""

import json
import re
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import select

from sd3studio.core.errors import InputError, MissingModelError
from sd3studio.core.language.caption_styles import NOTHING
from sd3studio.core.locations import MODELS
from sd3studio.core.messages import QueryResult
from sd3studio.core.scene.predicates import Predicate
from sd3studio.core.searching import SceneIndex, likeness
from sd3studio.core.searching.index import KEPT, canonical
from sd3studio.core.searching.labels import ANYTHING
from sd3studio.services.library import tables
from sd3studio.services.library.caption_store import captions_of_photos, restore, write_text
from sd3studio.services.library.history import events_of_step
from sd3studio.services.library.library import Library
from sd3studio.services.library.records import StoredCaption

CLIP_TOKENS = 77
"""CLIP's text encoders read so many. Tokens are counted with MiniLM's WordPiece tokenizer, which differs by a few."""
MOST_REPLACED = 100_000
_GENERAL = re.compile(r"^(an?|the|this)? ?(photo|picture|image|scene|photograph)\b.{0,12}$", re.I)


@dataclass(frozen=True, slots=True)
class Replacement:
    """A caption before and after a find and replace."""

    photo: int
    style: str
    before: str
    after: str


def new_step(what: str) -> str:
    """A name that joins changes made at once."""
    return f"{what}-{time.strftime('%Y%m%d-%H%M%S')}-{uuid.uuid4().hex[:6]}"


def plan_replace(
    library: Library, photos: Sequence[int], find: str, put: str, style: str = "", pattern: bool = False
) -> list[Replacement]:
    """What find and replace would change; upper and lower case differ. Raises `InputError` for a bad pattern.

    Parameters
    ----------
    style : of the captions; empty is all
    pattern : `find` is a regular expression, and ``\\1`` in `put` its first group
    """
    if not find:
        raise InputError("Say what to find.")
    try:
        sought = re.compile(find if pattern else re.escape(find))
        plain = put if pattern else put.replace("\\", r"\\")
        found = []
        for photo, captions in captions_of_photos(library, photos).items():
            for caption in captions:
                if style in ("", caption.style):
                    after = sought.sub(plain, caption.text[:4_000])
                    if after != caption.text:
                        found.append(Replacement(photo, caption.style, caption.text, after))
    except (re.error, IndexError) as error:
        raise InputError(f"“{find}” is not a regular expression that can be used: {error}.") from error
    return found[:MOST_REPLACED]


def replace_all(library: Library, planned: Sequence[Replacement], author: str) -> str:
    """Carry a find and replace out; the texts are then a person's. Returns the step by which it is undone."""
    step = new_step("replace")
    with library.database.change() as db:
        for item in planned:
            write_text(db, item.photo, item.style, item.after, author, step)
    return step


def undo_captions(library: Library, step: str, author: str) -> tuple[int, int]:
    """Bring the captions of a step back as they were; returns how many, and how many were changed since and stay."""
    with library.database.change() as db:
        events = [event for event in events_of_step(db, step) if event.what == "caption"]
        if not events:
            raise InputError(f"There is no step {step} that could be undone.")
        back = stayed = 0
        for event in reversed(events):
            style, after = event.detail["style"], event.detail["after"]
            c = tables.captions.c
            now = db.execute(select(c.text).where(c.photo == event.photo, c.style == style)).scalar()
            if now != (after["text"] if after else None):
                stayed += 1
                continue
            restore(db, event.photo, style, event.detail["before"], author, f"undo-{step}"[:40])
            back += 1
    return back, stayed


def caption_steps(library: Library) -> list[tuple[str, float, int]]:
    """Steps that changed captions and were not undone, newest first: name, when, how many captions."""
    h = tables.history.c
    rows = library.database.rows(select(h.step, h.at_s, h.id).where(h.step != "", h.what == "caption").order_by(h.id))
    found: dict[str, tuple[float, int]] = {}
    for row in rows:
        found[row.step] = (row.at_s, found.get(row.step, (0.0, 0))[1] + 1)
    undone = {name.removeprefix("undo-") for name in found if name.startswith("undo-")}
    steps = [
        (name, at, number)
        for name, (at, number) in found.items()
        if not name.startswith("undo-") and name[:35] not in {u[:35] for u in undone}
    ]
    return sorted(steps, key=lambda item: -item[1])


def flags_of(
    caption: StoredCaption,
    index: SceneIndex,
    read: Callable[[str], QueryResult] | None = None,
    most_tokens: int = CLIP_TOKENS,
) -> tuple[str, ...]:
    """What is doubtful about a caption: "stale", "contradicted", "generic", "too long".

    Parameters
    ----------
    index : of the photo's scene as it is now
    read : reads a text as a query, where its facts are not known; None leaves such texts unchecked
    """
    flags = ["stale"] if caption.stale else []
    if contradictions(caption, index, read):
        flags.append("contradicted")
    if is_generic(caption.text, index):
        flags.append("generic")
    if count_tokens(caption.text) > most_tokens:
        flags.append("too long")
    return tuple(flags)


def contradictions(
    caption: StoredCaption, index: SceneIndex, read: Callable[[str], QueryResult] | None = None
) -> list[str]:
    """Statements of a caption that the scene's geometry denies."""
    grades = {(r.subject, r.predicate, r.object): r.grade for r in index.relations}
    rows = {thing.key: row for row, thing in enumerate(index.things)}
    wrong = []
    for subject, predicate, thing in caption.facts:
        if (
            subject in rows
            and thing in rows
            and not _holds(grades, rows[subject], Predicate(predicate), rows[thing], index)
        ):
            wrong.append(f"{subject} {predicate} {thing}")
        elif subject not in rows or thing not in rows:
            wrong.append(f"{subject} {predicate} {thing}: not in the scene any more")
    return wrong if caption.facts or read is None else denied(read(caption.text), index)


def denied(read: QueryResult, index: SceneIndex) -> list[str]:
    """Statements of a text, read as a query, that the scene's geometry denies; of what is not there nothing is."""
    grades = {(r.subject, r.predicate, r.object): r.grade for r in index.relations}
    wrong = []
    for relation in read.query.relations:
        first, second = (
            [row for row, thing in enumerate(index.things) if thing.label in read.likenesses[end]]
            for end in (relation.subject, relation.object)
        )
        pairs = [(a, b) for a in first for b in second if a != b]
        if pairs and relation.denied == any(_holds(grades, a, relation.predicate, b, index) for a, b in pairs):
            names = (read.query.things[end].label for end in (relation.subject, relation.object))
            wrong.append(f" {'not ' if relation.denied else ''}{relation.predicate.value} ".join(names))
    return wrong


def _holds(grades: dict, subject: int, predicate: Predicate, thing: int, index: SceneIndex) -> bool:
    """Whether a relation holds; of stuff and places, whose relations are not kept, nothing is denied."""
    if {index.things[subject].kind, index.things[thing].kind} != {"object"}:
        return True
    first, kept, second = canonical(subject, predicate, thing)
    if kept is Predicate.NEXT_TO:
        return max(grades.get((first, kept, second), 0.0), grades.get((second, kept, first), 0.0)) > 0.5
    return kept not in KEPT or grades.get((first, kept, second), 0.0) > 0.5


def is_generic(text: str, index: SceneIndex) -> bool:
    """Whether a caption would fit nearly any photo: it names nothing that is there."""
    if text == NOTHING or _GENERAL.match(text.strip(" .")) or len(text.split()) < 2:
        return True
    words = [word for word in re.findall(r"[\w'-]+", text.lower()) if word not in ANYTHING]
    named = {thing.label for thing in index.things if thing.kind != "stuff"}
    stems = {word.rstrip("s") for word in words}
    if any(label.split()[-1].rstrip("s") in stems for label in named):
        return False
    return not any(likeness(word, named) for word in words) if named and len(words) < 60 else not named


def count_tokens(text: str) -> int:
    """WordPiece tokens of a text, start and end included. Raises `MissingModelError` without the tokenizer."""
    return len(_tokenizer().encode(text).ids)


@lru_cache(maxsize=1)
def _tokenizer():
    from tokenizers import Tokenizer

    path = MODELS / "minilm" / "tokenizer.json"
    if not path.is_file():
        raise MissingModelError(f"The tokenizer {path} is not there. Get it with the program.")
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def caption_data(caption: StoredCaption) -> dict:
    """A caption as plain JSON data."""
    return json.loads(
        json.dumps({name: getattr(caption, name) for name in ("style", "text", "maker", "author", "stale", "template")})
    )
