"""Between the queue on disk and the records of a running queue."""

from typing import Any, Protocol

from sd3studio.core.errors import StudioError
from sd3studio.core.messages import Cancelled, Failed, Finished
from sd3studio.services.jobs.record import JobRecord, JobState
from sd3studio.services.jobs.running import failure_of
from sd3studio.services.jobs.store import JobStore, StoredJob


class Keeper(Protocol):
    """Writes results to files, and reads them again."""

    def keep(self, job: StoredJob, request: Any, result: Any) -> str:
        """Write the result of a job; returns the file's path. The same job gives the same path."""

    def recall(self, job: StoredJob, request: Any) -> Any:
        """The result of a job that is done, read from its file. Raises `StudioError`."""


class NoKeeper:
    """Results are handed on and not written; a job that somebody else did has the result None."""

    def keep(self, job: StoredJob, request: Any, result: Any) -> str:
        return ""

    def recall(self, job: StoredJob, request: Any) -> Any:
        return None


def record_of(job: StoredJob, request: Any, function: str, lane: str, keeper: Keeper) -> JobRecord:
    """The record of a job as the store has it."""
    notes = (job.reason,) if job.reason and not job.state.is_end else ()
    end: Finished | Failed | Cancelled | None = None
    match job.state:
        case JobState.DONE:
            end = _finished(job, request, keeper)
        case JobState.FAILED:
            end = Failed(job.reason, job.detail)
        case JobState.CANCELLED:
            end = Cancelled()
    return JobRecord(
        job.id,
        function,
        request,
        lane,
        state=job.state,
        notes=notes,
        end=end,
        number=job.number,
        name=job.name,
        result_path=job.result,
    )


def readable(store: JobStore, job: StoredJob) -> Any:
    """The request of a job, or None after marking the job as failed because this program can't read it."""
    try:
        return store.request(job.number)
    except StudioError as error:
        if job.state is JobState.QUEUED:
            store.refuse(job.number, str(error))
        elif job.owner == store.owner:
            store.fail(job.number, failure_of(error))
        return None


def _finished(job: StoredJob, request: Any, keeper: Keeper) -> Finished | Failed:
    try:
        return Finished(keeper.recall(job, request))
    except StudioError as error:
        return Failed(str(error), kind=type(error).__name__)
