"""Out of the library: captions as text files, XMP sidecars, inside pictures, tables for trainers; scenes as data sets.

What is written is planned first. A plan names every file with its text before and after, so that it can be looked at.
What is written is noted with a copy of what was there, and the whole export can be taken back. A text that somebody
else wrote or changed in such a file is theirs: it stays unless asked otherwise.
"""

import difflib
import hashlib
import json
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from sd3studio.core.errors import DataError, InputError, StudioError
from sd3studio.core.files import read_bounded, write_atomic
from sd3studio.services.export.form import Export
from sd3studio.services.export.many import A_FILE_EACH, MERGERS, make_data_set
from sd3studio.services.library import metadata, tables
from sd3studio.services.library.caption_store import captions_of_photos
from sd3studio.services.library.database import upsert
from sd3studio.services.library.export_tables import FORMS as TABLES
from sd3studio.services.library.export_tables import table_bytes
from sd3studio.services.library.library import Library
from sd3studio.services.library.records import PhotoRow, StoredCaption

SCENE_FORMS = (*MERGERS, *A_FILE_EACH)
FORMS = ("txt", "xmp", "embed", *TABLES, *SCENE_FORMS)
MOST_SCENES = 20_000
"""More scenes than this are exported in parts, by a query."""
MOST_TEXT_BYTES = 1_000_000
AI_WRITER = "SD3 Studio (AI)"
RULE_WRITER = "SD3 Studio"


@dataclass(frozen=True, slots=True)
class Change:
    """One file of an export.

    Parameters
    ----------
    field : what of the file is written: "text", "xmp", "embedded", "table" or "scenes"
    before, after : the caption there and the new one; of a table and of scenes only a summary
    kept : why the file is left as it is; empty if it is written
    """

    path: Path
    photo: int
    field: str
    before: str
    after: str
    kept: str = ""
    writer: str = ""

    @property
    def is_new(self) -> bool:
        """Whether anything is written."""
        return not self.kept and self.before != self.after


@dataclass(frozen=True, slots=True)
class Plan:
    """What an export would write. `problems` are photos that can't be exported and why, `notes` what is left out."""

    form: str
    style: str
    changes: tuple[Change, ...]
    problems: tuple[str, ...] = ()
    table: tuple[int, ...] = ()
    """Photos of a table, or of a data set of scenes."""
    notes: tuple[str, ...] = ()

    def diff(self) -> Iterator[str]:
        """The plan for people, as a unified diff."""
        for change in self.changes:
            if change.kept:
                yield f"# {change.path}: kept ({change.kept})"
            elif change.is_new:
                lines = difflib.unified_diff(
                    change.before.splitlines(),
                    change.after.splitlines(),
                    str(change.path),
                    str(change.path),
                    lineterm="",
                )
                yield from lines
        yield from (f"# {said}" for said in (*self.notes, *self.problems))


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written: the step by which it is undone, files written, kept and failed."""

    step: str
    written: int
    kept: int
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    """What the form could not hold."""


def plan_export(
    library: Library, photos: Sequence[int], form: str, style: str, into: Path | None = None, overwrite: bool = False
) -> Plan:
    """What an export of these photos' captions, or of their scenes, would do; nothing is written.

    Parameters
    ----------
    form : one of `FORMS`
    style : of the captions; of no matter for scenes
    into : folder of text files and sidecars (None: beside each photo), or the file of a table or data set
    overwrite : also texts that somebody else wrote
    """
    if form not in FORMS:
        raise InputError(f"There is no export “{form}”. There are: {', '.join(FORMS)}.")
    if form == "embed" and into is not None:
        raise InputError("Embedded captions go into the photos themselves; leave the output out.")
    if form in SCENE_FORMS:
        return _planned_scenes(library, photos, form, into)
    captions = captions_of_photos(library, photos)
    rows = [row for row in library.photos(photos) if _styled(captions, row.id, style)]
    if form in TABLES:
        if into is None:
            raise InputError(f"Name the file of the {form} table with -o.")
        changes = (Change(into, 0, "table", "", f"{len(rows)} photos"),) if rows else ()
        return Plan(form, style, changes, table=tuple(row.id for row in rows))
    changes, problems = [], []
    for row in rows:
        caption = _styled(captions, row.id, style)
        assert caption is not None
        try:
            changes.append(_planned(library, row, caption, form, into, overwrite))
        except StudioError as error:
            problems.append(str(error))
    _check_names(changes)
    return Plan(form, style, tuple(changes), tuple(problems))


def _planned_scenes(library: Library, photos: Sequence[int], form: str, into: Path | None) -> Plan:
    """A data set of the scenes of these photos, in one file or a folder."""
    if into is None:
        raise InputError(f"Name the {'folder' if form in A_FILE_EACH else 'file'} of the {form} data set with -o.")
    if form in A_FILE_EACH and into.exists() and not into.is_dir():
        raise InputError(f"{into} is a file; {form} is written as a file a scene, into a folder.")
    rows = library.photos(photos)
    chosen = tuple(row.id for row in rows if row.scene_version)
    if len(chosen) > MOST_SCENES:
        raise InputError(
            f"{len(chosen):,} scenes are too many at once; at most {MOST_SCENES:,}. Narrow the photos down."
        )
    left = len(rows) - len(chosen)
    notes = (f"{left:,} of {len(rows):,} photos have no scene yet and are left out.",) if left else ()
    changes = (Change(into, 0, "scenes", "", f"{len(chosen):,} scenes"),) if chosen else ()
    return Plan(form, "", changes, table=chosen, notes=notes)


def carry_out(library: Library, plan: Plan) -> Exported:
    """Write what was planned; every file in one step, each with a copy of what was there."""
    step = f"export-{time.strftime('%Y%m%d-%H%M%S')}-{uuid.uuid4().hex[:6]}"
    folder = library.folder / "exports" / step
    written, problems = 0, list(plan.problems)
    journal, notes = _Journal(folder, plan), list(plan.notes)
    for change in plan.changes:
        if not change.is_new and change.field != "table":
            continue
        try:
            export = _made(library, plan, change)
            for path, data in export.files:
                journal.write(path, data)
                written += 1
            notes += export.notes
            _remember(library, change)
        except StudioError as error:
            problems.append(str(error))
    journal.end()
    kept = sum(bool(change.kept) for change in plan.changes)
    return Exported(step if written else "", written, kept, tuple(problems), tuple(notes))


def _made(library: Library, plan: Plan, change: Change) -> Export:
    """The file of a change; a data set of scenes may be several."""
    if change.field != "scenes":
        return Export(((change.path, _bytes_of(library, plan, change)),))
    rows = library.photos(plan.table)
    scenes = [(f"{Path(row.name).stem}-{row.id}", library.scene_of(row.id)) for row in rows]
    return make_data_set([(name, scene) for name, scene in scenes if scene is not None], plan.form, change.path)


def undo_export(library: Library, step: str) -> tuple[int, tuple[str, ...]]:
    """Put back what was there before an export; returns how many files, and which were changed since and stay."""
    folder = library.folder / "exports" / step
    try:
        lines = (folder / "files.jsonl").read_text(encoding="utf-8").splitlines()
        entries = [json.loads(line) for line in lines if line.strip()]
    except (OSError, ValueError) as error:
        raise InputError(f"There is no export {step} that could be undone.") from error
    back, stayed = 0, []
    for entry in reversed(entries):
        path = Path(entry["path"])
        now = _hash_of(path)
        if now == entry["before"]:
            continue  # it was not written, or is back already
        if now != entry["after"]:
            stayed.append(f"{path} was changed since and stays as it is.")
            continue
        if entry["before"]:
            write_atomic(path, (folder / entry["copy"]).read_bytes())
        else:
            path.unlink(missing_ok=True)
        back += 1
    write_atomic(folder / "undone", b"")
    return back, tuple(stayed)


def exports(library: Library) -> list[tuple[str, float, bool]]:
    """The exports that were made, newest first: step, when (Unix time), whether it was undone."""
    folder = library.folder / "exports"
    found = [f for f in folder.iterdir() if (f / "files.jsonl").is_file()] if folder.is_dir() else []
    told = [(f.name, (f / "files.jsonl").stat().st_mtime, (f / "undone").exists()) for f in found]
    return sorted(told, key=lambda item: -item[1])


class _Journal:
    """What an export wrote, noted before each file is touched, with a copy of what was there."""

    def __init__(self, folder: Path, plan: Plan) -> None:
        self.folder = folder
        self._lines: list[str] = []
        self._form = plan.form

    def write(self, path: Path, data: bytes) -> None:
        before = _hash_of(path)
        entry = {"path": str(path.resolve()), "before": before, "after": hashlib.sha256(data).hexdigest(), "copy": ""}
        if before == entry["after"]:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        if before:
            entry["copy"] = f"{len(self._lines):06d}.bin"
            write_atomic(self.folder / entry["copy"], path.read_bytes())
        self._lines.append(json.dumps(entry, ensure_ascii=False))
        with open(self.folder / "files.jsonl", "a", encoding="utf-8") as file:
            file.write(self._lines[-1] + "\n")
            file.flush()
        write_atomic(path, data)

    def end(self) -> None:
        if self._lines:
            write_atomic(self.folder / "form", self._form.encode())


def _planned(
    library: Library, row: PhotoRow, caption: StoredCaption, form: str, into: Path | None, overwrite: bool
) -> Change:
    photo = Path(row.path)
    writer = {"human": caption.author, "model": AI_WRITER}.get(caption.maker, RULE_WRITER)
    if form == "txt":
        path = _placed(photo.with_suffix(".txt"), photo, into)
        before = _text_of(path)
        field, after = "text", f"{caption.text}\n"
    elif form == "xmp":
        path = _placed(metadata.sidecar_of(photo), photo, into)
        before, field, after = metadata.read_sidecar(path).text, "xmp", caption.text
    else:
        path, field, after = photo, "embedded", caption.text
        if row.missing:
            raise DataError(f"{photo} is gone, so nothing can be embedded.")
        before = metadata.read_embedded(photo).text
    kept = ""
    if before and before != after and not overwrite and not _is_ours(library, path, field, before):
        kept = "somebody else wrote the text there"
    return Change(path, row.id, field, before, after, kept, writer)


def _placed(usual: Path, photo: Path, into: Path | None) -> Path:
    return usual if into is None else into / usual.name


def _check_names(changes: Sequence[Change]) -> None:
    """Raises `InputError` if two photos would write one file."""
    seen: dict[Path, int] = {}
    for change in changes:
        if seen.setdefault(change.path, change.photo) != change.photo:
            raise InputError(
                f"Two photos would write {change.path}. Export beside the photos, as .xmp sidecars, or rename one."
            )


def _bytes_of(library: Library, plan: Plan, change: Change) -> bytes:
    if change.field == "table":
        return table_bytes(library, plan.table, plan.form, plan.style, change.path)
    if change.field == "text":
        return change.after.encode()
    if change.field == "xmp":
        return metadata.merged_sidecar(change.path, change.after, change.writer)
    return metadata.with_embedded(change.path, change.after, change.writer)


def _remember(library: Library, change: Change) -> None:
    if change.field in ("table", "scenes"):
        return
    values = {"path": str(change.path.resolve()), "field": change.field, "sha256": _text_hash(change.after)}
    with library.database.change() as db:
        upsert(db, tables.exported, ("path", "field"), values)
        if change.field == "embedded":  # the file is another one now, but the same photo
            status = change.path.stat()
            data = hashlib.sha256(change.path.read_bytes()).hexdigest()
            values = {"size": status.st_size, "changed_ns": status.st_mtime_ns, "sha256": data}
            _keep_parsed(library, db, change.photo, values)


def _keep_parsed(library: Library, db, photo: int, values: dict) -> None:
    """The pixels are the same: scene and thumbnail stay valid under the file's new hash."""
    from sd3studio.services.library.storing import store_thumbnail, thumbnail_path

    c = tables.photos.c
    row = db.execute(select(c.sha256, c.parsed_as).where(c.id == photo)).one()
    if row.parsed_as.startswith(row.sha256[:32]):
        values = {**values, "parsed_as": values["sha256"][:32] + row.parsed_as[32:]}
    db.execute(tables.photos.update().where(c.id == photo).values(**values))
    old = thumbnail_path(library.folder, row.sha256)
    if old.is_file():
        store_thumbnail(library.folder, values["sha256"], old.read_bytes())


def _is_ours(library: Library, path: Path, field: str, text: str) -> bool:
    c = tables.exported.c
    rows = library.database.rows(select(c.sha256).where(c.path == str(path.resolve()), c.field == field))
    return bool(rows) and rows[0].sha256 == _text_hash(text)


def _styled(captions: dict[int, tuple[StoredCaption, ...]], photo: int, style: str) -> StoredCaption | None:
    return next((caption for caption in captions.get(photo, ()) if caption.style == style), None)


def _text_of(path: Path) -> str:
    if not path.exists():
        return ""
    try:
        return read_bounded(path, MOST_TEXT_BYTES, DataError).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not a text in UTF-8; it was left as it is.") from error


def _text_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _hash_of(path: Path) -> str:
    """SHA-256 of a file; empty if there is none."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""
