"""The job queue: lanes of one job each, states, retry, and groups in which only the latest request counts."""

import itertools
import logging
import queue
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from sd3studio.core.messages import Cancelled, Failed, Finished, JobMessage
from sd3studio.services.jobs.record import JobRecord, JobState
from sd3studio.services.jobs.running import Runner, failure_of

log = logging.getLogger(__name__)

JobListener = Callable[[JobRecord, JobMessage | None], None]
"""Called with the record after each message; the message is None when a job was queued or started."""

KEPT_ENDED = 200
"""How many ended jobs are remembered; a result can hold a picture of some MiB."""


class JobQueue:
    """Jobs waiting for their lane. Each lane has a runner and a thread, and runs one job at a time.

    Listeners are called from one listener thread, in order; a window has to hand them on to its own thread.

    Parameters
    ----------
    functions : kind of request -> path of the job function
    lanes : name -> runner; the first is the default
    lane_of : kind of request -> lane, where it isn't the default
    """

    def __init__(
        self, functions: Mapping[str, str], lanes: Mapping[str, Runner], lane_of: Mapping[str, str] | None = None
    ) -> None:
        self._functions = dict(functions)
        self._lanes = dict(lanes)
        self._lane_of = dict(lane_of or {})
        self._default_lane = next(iter(self._lanes))
        self._records: dict[str, JobRecord] = {}
        self._waiting: dict[str, list[str]] = {name: [] for name in self._lanes}
        self._cancels: dict[str, threading.Event] = {}
        self._listeners: list[JobListener] = []
        self._numbers = itertools.count(1)
        self._changed = threading.Condition()
        self._closing = False
        self._news: queue.SimpleQueue[tuple[JobRecord, JobMessage | None] | None] = queue.SimpleQueue()
        self._teller = threading.Thread(target=self._tell, name="job-listener", daemon=True)
        self._threads = [
            threading.Thread(target=self._work, args=(name,), name=f"jobs-{name}", daemon=True) for name in self._lanes
        ]
        for thread in (self._teller, *self._threads):
            thread.start()

    def listen(self, listener: JobListener) -> Callable[[], None]:
        """Call `listener` from the listener thread from now on; returns what stops that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    def submit(self, request: Any, *, group: str | None = None, front: bool = False) -> str:
        """Queue `request`; returns the job's id.

        Parameters
        ----------
        request : has a `kind` that is in the table of functions; raises KeyError if it isn't
        group : older requests of the same group that still wait are dropped (they end as cancelled)
        front : before all that wait, instead of after them
        """
        return self._submit(self._functions[request.kind], request, group, front, None)

    def retry(self, job_id: str) -> str:
        """Queue the request of an ended job once more; returns the new job's id."""
        with self._changed:
            old = self._records[job_id]
        if not old.state.is_end:
            raise ValueError(f"job {job_id} is {old.state}; only an ended job can be tried again")
        return self._submit(old.function, old.request, old.group, False, old.id)

    def cancel(self, job_id: str) -> None:
        """Stop a job: at once if it waits, at its next message if it runs; nothing happens if it is over."""
        with self._changed:
            record = self._records.get(job_id)
            if record is None or record.state.is_end:
                return
            self._cancels[job_id].set()
            if record.state is JobState.QUEUED:
                self._drop_waiting(record)

    def cancel_waiting(self) -> None:
        """Empty the queue; what runs goes on."""
        with self._changed:
            for name in self._lanes:
                for job_id in tuple(self._waiting[name]):
                    self._drop_waiting(self._records[job_id])

    def get(self, job_id: str) -> JobRecord:
        """The job as it is now. Raises KeyError for an id that is not known (any more)."""
        with self._changed:
            return self._records[job_id]

    def jobs(self) -> tuple[JobRecord, ...]:
        """All known jobs, oldest first."""
        with self._changed:
            return tuple(self._records.values())

    def waiting(self) -> tuple[JobRecord, ...]:
        """The jobs that wait, lane by lane, in the order in which they will run."""
        with self._changed:
            return tuple(self._records[job_id] for lane in self._waiting.values() for job_id in lane)

    def wait(self, job_id: str, timeout_s: float | None = None) -> JobRecord:
        """The job once it is over. Raises TimeoutError."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._records[job_id].state.is_end, timeout_s):
                raise TimeoutError(f"job {job_id} is still {self._records[job_id].state} after {timeout_s} s")
            return self._records[job_id]

    def close(self, timeout_s: float = 10.0) -> None:
        """Cancel everything, stop the threads and close the runners."""
        with self._changed:
            self._closing = True
            for record in tuple(self._records.values()):
                if not record.state.is_end:
                    self._cancels[record.id].set()
                    if record.state is JobState.QUEUED:
                        self._drop_waiting(record)
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(timeout_s)
        for runner in self._lanes.values():
            runner.close()
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

    def _drop_waiting(self, record: JobRecord) -> None:
        self._waiting[record.lane].remove(record.id)
        self._take(record.id, Cancelled())

    def _take(self, job_id: str, message: JobMessage) -> None:
        """Enter a message in the books and pass it on. Holds the lock, so that listeners get messages in order."""
        with self._changed:
            record = self._records[job_id].after(message)
            self._records[job_id] = record
            if record.state.is_end:
                self._cancels.pop(job_id, None)
                self._changed.notify_all()
            self._news.put((record, message))

    def _forget_old(self) -> None:
        ended = [record.id for record in self._records.values() if record.state.is_end]
        for job_id in ended[: max(len(ended) - KEPT_ENDED, 0)]:
            del self._records[job_id]

    def _next(self, lane: str) -> tuple[JobRecord, threading.Event] | None:
        with self._changed:
            self._changed.wait_for(lambda: self._closing or self._waiting[lane])
            if self._closing:
                return None
            job_id = self._waiting[lane].pop(0)
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
                    self._take(record.id, message)
                    if isinstance(message, Finished | Failed | Cancelled):
                        ended = True
                        break
            except Exception as error:
                log.exception("the runner of lane %s failed", lane)
                if not ended:
                    ended = True
                    self._take(record.id, failure_of(error))
            if not ended:
                self._take(record.id, Failed("The job ended without a result.", kind="JobError"))

    def _tell(self) -> None:
        """Call the listeners, in order, from this one thread."""
        while (news := self._news.get()) is not None:
            for listener in tuple(self._listeners):
                try:
                    listener(*news)
                except Exception:
                    log.exception("a job listener failed")
