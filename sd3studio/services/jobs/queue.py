"""The job queue: lanes of one job each, states, retry, and groups in which only the latest request counts.

Jobs of some kinds are kept in a store on disk, so that they survive a restart and can be seen from the command line.
What is not kept answers the user directly and goes before them.
"""

import itertools
import logging
import queue
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from sd3studio.core.errors import StudioError
from sd3studio.core.messages import Cancelled, Failed, Finished, JobMessage
from sd3studio.services.jobs.kept import Keeper, NoKeeper, readable, record_of
from sd3studio.services.jobs.record import JobRecord, JobState
from sd3studio.services.jobs.running import Runner, failure_of
from sd3studio.services.jobs.store import JobStore, NewJob, StoredJob

log = logging.getLogger(__name__)

JobListener = Callable[[JobRecord, JobMessage | None], None]
"""Called with the record after each message; the message is None when a job was queued, moved or started."""

StoreListener = Callable[[], None]
"""Called when the order, the pause or the list of ended jobs changed, here or in another process."""

KEPT_ENDED = 200
"""How many ended jobs are remembered; a result can hold a picture of some MiB."""

WATCH_S = 0.5
"""How often to look whether another process changed the store."""

HEAL_S = 10.0
"""How often to look whether another process died in the middle of a job."""


class JobQueue:
    """Jobs waiting for their lane. Each lane has a runner and a thread, and runs one job at a time.

    Listeners are called from one listener thread, in order; a window has to hand them on to its own thread.

    Parameters
    ----------
    functions : kind of request -> path of the job function
    lanes : name -> runner; the first is the default
    lane_of : kind of request -> lane, where it isn't the default
    store : where jobs are kept; the queue closes it. None keeps them in memory
    kept : kinds of request that are kept in the store; they run in the default lane
    keeper : writes their results to files
    claiming : whether kept jobs may run at once; False waits for `start_claiming`
    """

    def __init__(
        self,
        functions: Mapping[str, str],
        lanes: Mapping[str, Runner],
        lane_of: Mapping[str, str] | None = None,
        *,
        store: JobStore | None = None,
        kept: Collection[str] = (),
        keeper: Keeper | None = None,
        claiming: bool = True,
    ) -> None:
        self._functions = dict(functions)
        self._lanes = dict(lanes)
        self._lane_of = dict(lane_of or {})
        self._default_lane = next(iter(self._lanes))
        self._store = store or JobStore(None)
        self._kept = frozenset(kept)
        self._keeper = keeper or NoKeeper()
        self._claiming = claiming
        self._ours: set[str] = set()
        """Kept jobs that run in this process."""
        self._given_up: set[str] = set()
        """Those of them that somebody wished to stop."""
        self._records: dict[str, JobRecord] = {}
        self._waiting: dict[str, list[str]] = {name: [] for name in self._lanes}
        self._cancels: dict[str, threading.Event] = {}
        self._listeners: list[JobListener] = []
        self._store_listeners: list[StoreListener] = []
        self._numbers = itertools.count(1)
        self._changed = threading.Condition()
        self._closing = False
        self._news: queue.SimpleQueue[tuple[JobRecord | None, JobMessage | None] | None] = queue.SimpleQueue()
        self._teller = threading.Thread(target=self._tell, name="job-listener", daemon=True)
        self._threads = [
            threading.Thread(target=self._work, args=(name,), name=f"jobs-{name}", daemon=True) for name in self._lanes
        ]
        self._wake = threading.Event()
        if self._store.folder is not None:
            self._store.heal()
            self._follow_store()
            self._threads.append(threading.Thread(target=self._watch, name="job-store", daemon=True))
        for thread in (self._teller, *self._threads):
            thread.start()

    def listen(self, listener: JobListener) -> Callable[[], None]:
        """Call `listener` from the listener thread from now on; returns what stops that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    def listen_store(self, listener: StoreListener) -> Callable[[], None]:
        """Call `listener` from the listener thread when the list of kept jobs changed; returns what stops that."""
        self._store_listeners.append(listener)
        return lambda: self._store_listeners.remove(listener) if listener in self._store_listeners else None

    def start_claiming(self) -> None:
        """Let kept jobs run from now on."""
        with self._changed:
            self._claiming = True
            self._changed.notify_all()

    def kept_jobs(self) -> tuple[StoredJob, ...]:
        """The jobs of the store, those that are over too; those that wait in the order in which they will run."""
        return self._store.jobs()

    def request_of(self, job_id: str) -> Any:
        """What a job is asked, also of one that ended long ago. Raises KeyError or `StudioError`."""
        with self._changed:
            record = self._records.get(job_id)
        if record is not None:
            return record.request
        return self._store.request(_number(job_id))

    def retry_kept(self, job_id: str) -> None:
        """Queue a kept job that is over once more, also one from before. Raises `StudioError` if it is not over."""
        with self._changed:
            job = self._store.retry(_number(job_id))
            self._enter(job, self.request_of(job_id))
            self._changed.notify_all()

    def forget_ended(self) -> int:
        """Forget the kept jobs that are over (their files stay); returns how many."""
        with self._changed:
            gone = self._store.forget_ended()
            for record in tuple(self._records.values()):
                if record.number is not None and record.state.is_end:
                    del self._records[record.id]
            self._news.put((None, None))
        return gone

    def submit(
        self, request: Any, *, group: str | None = None, front: bool = False, name: str = "", output: str = ""
    ) -> str:
        """Queue `request`; returns the job's id.

        Parameters
        ----------
        request : has a `kind` that is in the table of functions; raises KeyError if it isn't
        group : older requests of the same group that still wait are dropped (they end as cancelled)
        front : before all that wait, instead of after them
        name, output : what to call the result of a job that is kept, and the file to write it to
        """
        function = self._functions[request.kind]
        if request.kind in self._kept and group is None:
            return self.submit_many([NewJob(request, name, output)], front=front)[0]
        return self._submit(function, request, group, front, None)

    def submit_many(self, new: Sequence[NewJob], *, front: bool = False) -> list[str]:
        """Queue requests of kinds that are kept, all or none; returns the jobs' ids. Raises `StudioError`."""
        with self._changed:
            if self._closing:
                raise RuntimeError("the job queue is closed")
            ids = []
            for number, job in zip(self._store.add_many(new, front), new, strict=True):
                ids.append(self._enter(self._store.get(number), job.request).id)
            self._forget_old()
            self._changed.notify_all()
        return ids

    def retry(self, job_id: str) -> str:
        """Queue the request of an ended job once more; returns the new job's id (a kept job keeps its own)."""
        with self._changed:
            old = self._records[job_id]
            if not old.state.is_end:
                raise ValueError(f"job {job_id} is {old.state}; only an ended job can be tried again")
            if old.number is not None:
                self._enter(self._store.retry(old.number), old.request)
                self._changed.notify_all()
                return old.id
        return self._submit(old.function, old.request, old.group, False, old.id)

    def retry_failed(self) -> list[str]:
        """Queue all kept jobs that failed once more; returns their ids."""
        failed = [record.id for record in self.jobs() if record.number and record.state is JobState.FAILED]
        return [self.retry(job_id) for job_id in failed]

    def move(self, job_id: str, index: int) -> None:
        """Put a waiting job at `index` (0 is next) among those that wait with it. Raises ValueError if it runs."""
        with self._changed:
            record = self._records[job_id]
            if record.state is not JobState.QUEUED:
                raise ValueError(f"job {job_id} is {record.state}; only a waiting job can be moved")
            if record.number is not None:
                self._store.move(record.number, index)
            else:
                self._waiting[record.lane].remove(job_id)
                self._waiting[record.lane].insert(max(index, 0), job_id)
            self._news.put((record, None))

    def pause(self) -> None:
        """Hold the kept jobs back, also after a restart; what runs goes on, and what is not kept still runs."""
        self._store.pause()
        self._news.put((None, None))

    def resume(self) -> None:
        """Let the kept jobs run again."""
        with self._changed:
            self._store.resume()
            self._news.put((None, None))
            self._changed.notify_all()

    @property
    def is_paused(self) -> bool:
        """Whether the kept jobs are held back."""
        return self._store.is_paused

    def cancel(self, job_id: str) -> None:
        """Stop a job: at once if it waits, at its next message if it runs; nothing happens if it is over."""
        with self._changed:
            record = self._records.get(job_id)
            if record is None or record.state.is_end:
                return
            if record.number is not None:
                self._given_up.add(job_id)
            self._cancels[job_id].set()
            if record.state is JobState.QUEUED:
                self._drop_waiting(record)
            elif record.number is not None and job_id not in self._ours:
                self._store.cancel(record.number)

    def cancel_waiting(self) -> None:
        """Empty the queue; what runs goes on."""
        with self._changed:
            for lane in self._waiting.values():
                for job_id in tuple(lane):
                    self._drop_waiting(self._records[job_id])
            for number in self._store.cancel_waiting():
                if f"q{number}" in self._records:
                    self._take(f"q{number}", Cancelled())

    def get(self, job_id: str) -> JobRecord:
        """The job as it is now. Raises KeyError for an id that is not known (any more)."""
        with self._changed:
            return self._records[job_id]

    def jobs(self) -> tuple[JobRecord, ...]:
        """All known jobs, oldest first."""
        with self._changed:
            return tuple(self._records.values())

    def waiting(self) -> tuple[JobRecord, ...]:
        """The jobs that wait, lane by lane, in the order in which they will run; the kept ones come last."""
        with self._changed:
            ids = [job_id for lane in self._waiting.values() for job_id in lane]
            ids += [job.id for job in self._store.waiting()]
            return tuple(self._records[job_id] for job_id in ids if job_id in self._records)

    def wait(self, job_id: str, timeout_s: float | None = None) -> JobRecord:
        """The job once it is over. Raises TimeoutError."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._records[job_id].state.is_end, timeout_s):
                raise TimeoutError(f"job {job_id} is still {self._records[job_id].state} after {timeout_s} s")
            return self._records[job_id]

    def close(self, timeout_s: float = 10.0) -> None:
        """Cancel everything, stop the threads and close the runners. Kept jobs wait on disk for the next start."""
        with self._changed:
            if self._closing:
                return
            self._closing = True
            for record in tuple(self._records.values()):
                if not record.state.is_end:
                    self._cancels[record.id].set()
                    if record.state is JobState.QUEUED and record.number is None:
                        self._drop_waiting(record)
            self._wake.set()
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(timeout_s)
        for runner in self._lanes.values():
            runner.close()
        self._store.close()
        self._news.put(None)
        self._teller.join(timeout_s)

    def _submit(self, function: str, request: Any, group: str | None, front: bool, retry_of: str | None) -> str:
        lane = self._lane_of.get(getattr(request, "kind", ""), self._default_lane)
        with self._changed:
            if self._closing:
                raise RuntimeError("the job queue is closed")
            if group is not None:
                for older in tuple(self._waiting[lane]):
                    if self._records[older].group == group:
                        self._drop_waiting(self._records[older])
            record = JobRecord(f"job-{next(self._numbers)}", function, request, lane, group, retry_of=retry_of)
            self._records[record.id] = record
            self._cancels[record.id] = threading.Event()
            self._waiting[lane].insert(0 if front else len(self._waiting[lane]), record.id)
            self._news.put((record, None))
            self._forget_old()
            self._changed.notify_all()
        return record.id

    def _enter(self, job: StoredJob, request: Any) -> JobRecord:
        """Enter a job of the store in the books as it is there, and tell."""
        record = record_of(job, request, self._functions[job.kind], self._default_lane, self._keeper)
        record = replace(record, elsewhere=record.state is JobState.RUNNING and job.owner != self._store.owner)
        self._records[job.id] = record
        if record.state.is_end:
            self._cancels.pop(job.id, None)
        else:
            self._cancels[job.id] = threading.Event()
        self._news.put((record, record.end))
        return record

    def _drop_waiting(self, record: JobRecord) -> None:
        if record.number is not None:
            self._store.cancel(record.number)
        else:
            self._waiting[record.lane].remove(record.id)
        self._take(record.id, Cancelled())

    def _take(self, job_id: str, message: JobMessage) -> None:
        """Enter a message in the books and pass it on. Holds the lock, so that listeners get messages in order."""
        with self._changed:
            record = self._records[job_id].after(message)
            self._records[job_id] = record
            if record.state.is_end:
                self._cancels.pop(job_id, None)
                self._ours.discard(job_id)
                self._given_up.discard(job_id)
                self._changed.notify_all()
            self._news.put((record, message))

    def _forget_old(self) -> None:
        ended = [record.id for record in self._records.values() if record.state.is_end]
        for job_id in ended[: max(len(ended) - KEPT_ENDED, 0)]:
            del self._records[job_id]

    def _next(self, lane: str) -> tuple[JobRecord, threading.Event] | None:
        with self._changed:
            while True:
                self._changed.wait_for(lambda: self._closing or self._waiting[lane] or self._may_claim(lane))
                if self._closing:
                    return None
                job_id = self._waiting[lane].pop(0) if self._waiting[lane] else self._claim()
                if job_id is not None:
                    break
            record = replace(self._records[job_id], state=JobState.RUNNING)
            self._records[job_id] = record
            self._news.put((record, None))
            return record, self._cancels[job_id]

    def _work(self, lane: str) -> None:
        """Run the jobs of one lane, one after the other, until the queue closes."""
        while (job := self._next(lane)) is not None:
            record, cancel = job
            ended = False
            try:
                for message in self._lanes[lane].run(record.function, record.request, cancel):
                    if isinstance(message, Finished | Failed | Cancelled):
                        ended = True
                        self._take(record.id, self._entered(record, message))
                        break
                    self._take(record.id, message)
            except Exception as error:
                log.exception("the runner of lane %s failed", lane)
                if not ended:
                    ended = True
                    self._take(record.id, self._entered(record, failure_of(error)))
            if not ended:
                failed = Failed("The job ended without a result.", kind="JobError")
                self._take(record.id, self._entered(record, failed))

    def _may_claim(self, lane: str) -> bool:
        return self._claiming and lane == self._default_lane and bool(self._kept) and self._store.has_waiting()

    def _claim(self) -> str | None:
        """The next job of the store, from now on ours; None if somebody else was faster."""
        try:
            job = self._store.claim(self._kept)
        except StudioError:
            log.exception("no job can be taken from the queue on disk")
            self._changed.wait(HEAL_S)
            return None
        if job is None:
            self._changed.wait(WATCH_S)
            return None
        self._ours.add(job.id)
        if job.id not in self._records:
            request = readable(self._store, job)
            if request is None:
                self._ours.discard(job.id)
                return None
            self._enter(job, request)
        return job.id

    def _entered(self, record: JobRecord, end: JobMessage) -> JobMessage:
        """The end of a job once it is in the store: a result that can't be written is a failure."""
        if record.number is None:
            return end
        path = ""
        if isinstance(end, Finished):
            try:
                path = self._keeper.keep(self._store.get(record.number), record.request, end.result)
            except StudioError as error:
                end = failure_of(error)
        try:
            self._write_end(record, end, path)
        except StudioError:
            log.exception("the end of job %s could not be written to the queue on disk", record.id)
        with self._changed:
            self._records[record.id] = replace(self._records[record.id], result_path=path)
        return end

    def _write_end(self, record: JobRecord, end: JobMessage, path: str) -> None:
        assert record.number is not None
        if isinstance(end, Finished):
            self._store.finish(record.number, path)
        elif isinstance(end, Failed):
            self._store.fail(record.number, end)
        elif self._closing and record.id not in self._given_up:
            self._store.release(record.number)
        else:
            self._store.end_cancelled(record.number)

    def _watch(self) -> None:
        """Follow what other processes do to the store."""
        healed_at = time.monotonic()
        while not self._wake.wait(WATCH_S):
            try:
                if time.monotonic() - healed_at > HEAL_S:
                    healed_at = time.monotonic()
                    if self._store.heal():
                        self._follow_store()
                if self._store.changed_elsewhere():
                    self._follow_store()
            except Exception:
                log.exception("the queue on disk can't be followed")

    def _follow_store(self) -> None:
        """Bring the books up to what the store says of jobs that are not ours."""
        with self._changed:
            if self._closing:
                return
            for job in self._store.jobs():
                record = self._records.get(job.id)
                if job.id in self._ours:
                    if job.cancel_wanted:
                        self.cancel(job.id)
                elif record is not None and record.state is not job.state:
                    self._enter(job, record.request)
                elif record is None and job.state in (JobState.QUEUED, JobState.RUNNING, JobState.FAILED):
                    request = readable(self._store, job) if job.kind in self._kept else None
                    if request is not None:
                        self._enter(job, request)
            self._news.put((None, None))
            self._changed.notify_all()

    def _tell(self) -> None:
        """Call the listeners, in order, from this one thread."""
        while (news := self._news.get()) is not None:
            record, message = news
            told = (
                [partial(listener, record, message) for listener in self._listeners]
                if record is not None
                else list(self._store_listeners)
            )
            for tell in told:
                try:
                    tell()
                except Exception:
                    log.exception("a job listener failed")


def _number(job_id: str) -> int:
    """Number in the store of a kept job. Raises KeyError for the id of another job."""
    if not job_id.removeprefix("q").isdigit():
        raise KeyError(job_id)
    return int(job_id.removeprefix("q"))
