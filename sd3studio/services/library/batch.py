"""Batches: photos are read, parsed, captioned and checked in the background, photo by photo, and go on after a kill.

What a batch has to do is a table of tasks. The result of a photo and the end of its task are one transaction, so that a
kill at any moment loses at most the photos that were under way, and these are done again. A photo that can't be read is
listed with its reason and stops nothing.
"""

import hashlib
import json
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field

from sqlalchemy import Connection, Select, and_, delete, func, insert, or_, select, update

from sd3studio.core.errors import InputError, StudioError
from sd3studio.core.language.caption_styles import DEFAULT_STYLE
from sd3studio.core.messages import Failed, Finished, JobMessage, PhotoWork, Progress
from sd3studio.core.requests import PhotoStep, WorkOnPhoto
from sd3studio.services.jobs.lease import Lease, is_held
from sd3studio.services.library import tables
from sd3studio.services.library.caption_store import about_photos, template_of
from sd3studio.services.library.library import Library
from sd3studio.services.library.records import MACHINE
from sd3studio.services.library.storing import store_problem, store_thumbnail, store_work
from sd3studio.services.library.workers import ProcessWorkers, Workers

STEPS: tuple[PhotoStep, ...] = ("look", "parse", "caption", "check")
RATE_OVER_S = 30.0
"""The rate that is told is that of the last seconds."""
LIFE_TRIES = 2
"""How often a photo is begun whose worker dies each time."""
AT_ONCE = 64
"""Photos whose rows are read at a time."""


@dataclass(frozen=True, slots=True)
class Order:
    """What a batch does.

    Parameters
    ----------
    steps : in their order: look (file, thumbnail), parse (scene), caption, check
    style : of the captions
    again : also photos that are up to date; what people made stays in any case
    retry : also photos that had a problem before
    per_second : at most so many photos a second; 0 is no limit
    workers : processes
    detector, segmenter, depth, threshold : as in `ParsePhoto`
    """

    steps: tuple[PhotoStep, ...] = ("look",)
    style: str = DEFAULT_STYLE
    again: bool = False
    retry: bool = False
    per_second: float = 0.0
    workers: int = 2
    detector: str = "builtin"
    segmenter: str = "builtin"
    depth: str = "builtin"
    threshold: float | None = None

    @property
    def settings_hash(self) -> str:
        """What tells scenes read with other settings apart."""
        said = json.dumps([self.detector, self.segmenter, self.depth, self.threshold])
        return hashlib.sha256(said.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What a batch did: photos done, and those with a problem (photo, reason)."""

    done: int
    failed: tuple[tuple[int, str], ...] = ()


@dataclass(slots=True)
class _Pace:
    """How fast a batch is."""

    total: int
    done: int = 0
    _ends: deque[float] = field(default_factory=deque)

    def one_more(self) -> None:
        self.done += 1
        now = time.monotonic()
        self._ends.append(now)
        while len(self._ends) > 2 and now - self._ends[0] > RATE_OVER_S:
            self._ends.popleft()

    def said(self) -> str:
        """ "12.3 photos/s, 4 min left"."""
        if len(self._ends) < 2 or self._ends[-1] <= self._ends[0]:
            return ""
        rate = (len(self._ends) - 1) / (self._ends[-1] - self._ends[0])
        return f"{rate:.1f} photos/s, {_time_said((self.total - self.done) / rate)} left"


def needed(order: Order, chosen: Select | None = None) -> Select:
    """A query for the ids of the photos for which there is something to do.

    Parameters
    ----------
    chosen : a query for ids; None is all photos
    """
    p, c = tables.photos.c, tables.captions.c
    query = select(p.id).where(p.missing == 0)
    if chosen is not None:
        query = query.where(p.id.in_(chosen))
    if not order.retry:
        query = query.where(p.problem == "")
    if order.again:
        return query.order_by(p.id)
    reasons = []
    by_person = and_(p.scene_version > 0, p.scene_by != MACHINE)
    if {"look", "parse"} & set(order.steps):
        reasons.append(p.sha256 == "")
    if "parse" in order.steps:
        up_to_date = p.parsed_as == func.substr(p.sha256, 1, 32).concat(f":{order.settings_hash}")
        reasons.append(and_(~up_to_date, ~by_person))
    if "caption" in order.steps:
        ours = select(c.photo).where(
            c.photo == p.id, c.style == order.style, or_(c.maker == "human", c.scene_hash == p.scene_hash)
        )
        reasons.append(and_(p.scene_version > 0, ~ours.exists()))
    if "check" in order.steps:
        reasons.append(and_(p.scene_version > 0, p.check_hash != p.scene_hash))
    if order.retry:
        reasons.append(p.problem != "")
    return query.where(or_(*reasons)).order_by(p.id)


def begin(library: Library, order: Order, chosen: Select | None = None) -> int | None:
    """Write down what is to be done; returns the number of the batch, or None if everything is up to date.

    Raises `InputError` for an order that can't be carried out.
    """
    if not order.steps or set(order.steps) - set(STEPS):
        raise InputError(f"A batch does one or more of {', '.join(STEPS)}, not {', '.join(order.steps) or 'nothing'}.")
    template_of(library, order.style)
    with library.database.change() as db:
        ids = list(db.execute(needed(order, chosen)).scalars())
        if not ids:
            return None
        made = db.execute(
            insert(tables.runs).values(order=json.dumps(asdict(order)), total=len(ids), begun_s=time.time())
        )
        run = int(made.inserted_primary_key[0])
        db.execute(insert(tables.tasks), [{"run": run, "photo": photo} for photo in ids])
        if order.retry:
            for start in range(0, len(ids), 500):
                part = ids[start : start + 500]
                db.execute(update(tables.photos).where(tables.photos.c.id.in_(part)).values(problem=""))
    return run


def unfinished(library: Library) -> tuple[tuple[int, Order, int, int], ...]:
    """Batches that are not over: number, order, photos in all, photos left; oldest first."""
    r, t = tables.runs.c, tables.tasks.c
    left = select(func.count()).where(t.run == r.id).scalar_subquery()
    rows = library.database.rows(select(r.id, r.order, r.total, left).where(r.state == "running").order_by(r.id))
    return tuple((row[0], _order(row.order), row.total, row[3]) for row in rows)


def drop(library: Library, run: int) -> None:
    """Give a batch up; what it did stays."""
    with library.database.change() as db:
        db.execute(delete(tables.tasks).where(tables.tasks.c.run == run))
        _end(db, run, "dropped")


def work(library: Library, run: int, workers: Workers | None = None) -> Iterator[JobMessage]:
    """Carry a batch out, or go on with it; ends in ``Finished(BatchResult)``. Closing the iterator stops it.

    Each message is a place to stop; what is left then waits for the next call. Raises `StudioError` when another
    program carries the same batch out.
    """
    lease_folder = library.folder / "batches"
    lease = Lease(lease_folder)
    try:
        order, total = _claim(library, run, lease)
        own = workers or ProcessWorkers(order.workers)
        try:
            yield from _Batch(library, run, order, total, own).messages()
        finally:
            if workers is None:
                own.close()
    finally:
        lease.close()


def _claim(library: Library, run: int, lease: Lease) -> tuple[Order, int]:
    r = tables.runs.c
    with library.database.change() as db:
        row = db.execute(select(r.order, r.total, r.owner, r.state).where(r.id == run)).first()
        if row is None or row.state != "running":
            raise InputError(f"There is no batch {run} to carry out.")
        if row.owner and row.owner != lease.token and is_held(library.folder / "batches", row.owner):
            raise StudioError("Another program is carrying out this batch. Wait for it, or stop it there.")
        db.execute(update(tables.runs).where(r.id == run).values(owner=lease.token))
    return _order(row.order), int(row.total)


def _order(text: str) -> Order:
    data = json.loads(text)
    return Order(**{**data, "steps": tuple(data["steps"])})


class _Batch:
    """One batch while it is carried out."""

    def __init__(self, library: Library, run: int, order: Order, total: int, workers: Workers) -> None:
        self.library, self.run, self.order, self.workers = library, run, order, workers
        self.template = template_of(library, order.style) if "caption" in order.steps else ""
        self.pace = _Pace(total)
        self.failed: list[tuple[int, str]] = []
        self._under_way: dict[int, WorkOnPhoto] = {}
        self._ready: deque[tuple[int, WorkOnPhoto]] = deque()
        self._seen = 0
        self._next_at = 0.0

    def messages(self) -> Iterator[JobMessage]:
        """Submit photos while there is room, store what comes back."""
        left = self._left()
        self.pace.done = self.pace.total - left
        yield Progress(self.pace.done, self.pace.total, "Starting")
        while True:
            while len(self._under_way) < self.workers.room and (item := self._next()) is not None:
                self._throttle()
                self._under_way[item[0]] = item[1]
                self.workers.submit(*item)
            if not self._under_way:
                break
            photo, end = self.workers.next_outcome()
            yield from self._take(photo, end)
        with self.library.database.change() as db:
            _end(db, self.run, "done")
        yield Finished(BatchResult(self.pace.done, tuple(self.failed)))

    def _left(self) -> int:
        query = select(func.count()).where(tables.tasks.c.run == self.run)
        return int(self.library.database.rows(query)[0][0])

    def _next(self) -> tuple[int, WorkOnPhoto] | None:
        while not self._ready:
            t = tables.tasks.c
            query = select(t.photo).where(t.run == self.run, t.photo > self._seen).order_by(t.photo).limit(AT_ONCE)
            ids = [row.photo for row in self.library.database.rows(query)]
            if not ids:
                return None
            self._seen = ids[-1]
            self._ready.extend(self._requests(ids))
        return self._ready.popleft()

    def _requests(self, ids: Sequence[int]) -> Iterator[tuple[int, WorkOnPhoto]]:
        """What the workers are asked for each photo; those for which nothing is left to do are ticked off."""
        rows = {row.id: row for row in self.library.photos(ids)}
        about = about_photos(self.library, ids) if self.template else {}
        for photo in ids:
            row = rows.get(photo)
            by_person = row is not None and row.scene_version > 0 and row.scene_by != MACHINE
            steps = tuple(s for s in self.order.steps if not (s == "parse" and by_person))
            makes_scene = "parse" in steps
            if row is not None and not makes_scene and row.scene_version == 0:
                steps = tuple(s for s in steps if s == "look")
            if row is None or not steps:
                self._tick_off(photo)
                continue
            needs_scene = not makes_scene and {"caption", "check"} & set(steps)
            try:
                scene = self.library.scene_of(photo) if needs_scene else None
                yield (
                    photo,
                    WorkOnPhoto(
                        photo=row.path,
                        steps=steps,
                        scene=scene,
                        style=self.order.style,
                        template=self.template if "caption" in steps else "",
                        about=about.get(photo, {}),
                        detector=self.order.detector,
                        segmenter=self.order.segmenter,
                        depth=self.order.depth,
                        threshold=self.order.threshold,
                    ),
                )
            except (StudioError, ValueError) as error:
                self._store_failure(photo, str(error))

    def _take(self, photo: int, end: Finished | Failed) -> Iterator[JobMessage]:
        request = self._under_way.pop(photo)
        if isinstance(end, Failed):
            if end.kind == "Cancelled":
                return  # stays a task
            if end.kind == "JobError" and self._begin_again(photo):
                self._ready.append((photo, request))
                return
            self._store_failure(photo, end.message)
        else:
            self._store(photo, end.result)
        self.pace.one_more()
        name = request.photo.replace("\\", "/").rsplit("/", 1)[-1]
        yield Progress(self.pace.done, self.pace.total, f"{' '.join(name.split())}  {self.pace.said()}".strip())

    def _store(self, photo: int, work: PhotoWork) -> None:
        if work.facts is not None and work.facts.thumbnail:
            store_thumbnail(self.library.folder, work.facts.sha256, work.facts.thumbnail)
        with self.library.database.change() as db:
            parsed_as = ""
            if work.scene is not None:
                sha = work.facts.sha256 if work.facts else _sha_of(db, photo)
                parsed_as = f"{sha[:32]}:{self.order.settings_hash}"
            store_work(db, photo, work, self.order.style, self.template, parsed_as)
            self._end_task(db, photo)

    def _store_failure(self, photo: int, reason: str) -> None:
        with self.library.database.change() as db:
            store_problem(db, photo, reason)
            self._end_task(db, photo)
        self.failed.append((photo, reason))

    def _begin_again(self, photo: int) -> bool:
        """Whether a photo whose worker died is to be tried once more."""
        t = tables.tasks.c
        with self.library.database.change() as db:
            which = and_(t.run == self.run, t.photo == photo)
            db.execute(update(tables.tasks).where(which).values(tries=t.tries + 1))
            tries = db.execute(select(t.tries).where(which)).scalar() or LIFE_TRIES
        return tries < LIFE_TRIES

    def _tick_off(self, photo: int) -> None:
        with self.library.database.change() as db:
            self._end_task(db, photo)
        self.pace.one_more()

    def _end_task(self, db: Connection, photo: int) -> None:
        db.execute(delete(tables.tasks).where(tables.tasks.c.run == self.run, tables.tasks.c.photo == photo))

    def _throttle(self) -> None:
        if self.order.per_second <= 0.0:
            return
        now = time.monotonic()
        if self._next_at > now:
            time.sleep(self._next_at - now)
        self._next_at = max(now, self._next_at) + 1.0 / self.order.per_second


def _sha_of(db: Connection, photo: int) -> str:
    return db.execute(select(tables.photos.c.sha256).where(tables.photos.c.id == photo)).scalar() or ""


def _end(db: Connection, run: int, state: str) -> None:
    values = {"state": state, "ended_s": time.time(), "owner": ""}
    db.execute(update(tables.runs).where(tables.runs.c.id == run).values(**values))


def _time_said(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5_400 else f"{seconds / 3600:.1f} h"


__all__ = ["STEPS", "BatchResult", "Order", "begin", "drop", "needed", "unfinished", "work"]
