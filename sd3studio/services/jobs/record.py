"""What is known of a job: a frozen snapshot, safe to hand to any thread."""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from sd3studio.core.messages import Cancelled, Failed, Finished, JobMessage, Note, Progress


class JobState(StrEnum):
    """Where a job is in its life."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_end(self) -> bool:
        """Whether the job is over."""
        return self in (JobState.DONE, JobState.FAILED, JobState.CANCELLED)


@dataclass(frozen=True, slots=True)
class JobRecord:
    """A job at one moment: what was asked, how far it is, how it ended.

    `request` is kept whatever happens, so that a failed job can be tried again. `end` is the end message, once there
    is one. `number` is the job's number in the store where it is kept on disk, `result_path` its file there once done,
    `elsewhere` whether another process runs it now.
    """

    id: str
    function: str
    request: Any
    lane: str
    group: str | None = None
    state: JobState = JobState.QUEUED
    progress: Progress | None = None
    notes: tuple[str, ...] = field(default=())
    end: Finished | Failed | Cancelled | None = None
    retry_of: str | None = None
    number: int | None = None
    name: str = ""
    result_path: str = ""
    elsewhere: bool = False

    def after(self, message: JobMessage) -> "JobRecord":
        """The record once `message` has come."""
        match message:
            case Progress():
                return replace(self, progress=message)
            case Note(text=text):
                return replace(self, notes=(*self.notes, text))
            case Finished():
                return replace(self, state=JobState.DONE, end=message)
            case Failed():
                return replace(self, state=JobState.FAILED, end=message)
            case Cancelled():
                return replace(self, state=JobState.CANCELLED, end=message)
