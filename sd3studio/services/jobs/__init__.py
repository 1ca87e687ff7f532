"""Work in the background: a queue, runners and a warm engine process. Knows nothing of what it runs.

A job is a generator function ``run(request) -> Iterator[JobMessage]``, named by path (``"module:function"``) so that
only the process that runs it imports it.
"""

from sd3studio.services.jobs.engine import EngineProcess
from sd3studio.services.jobs.kept import Keeper
from sd3studio.services.jobs.queue import JobListener, JobQueue
from sd3studio.services.jobs.record import JobRecord, JobState
from sd3studio.services.jobs.running import InlineRunner, Runner, failure_of, resolve, run_job
from sd3studio.services.jobs.store import JobStore, NewJob, StoredJob, open_store

__all__ = [
    "EngineProcess",
    "InlineRunner",
    "JobListener",
    "JobQueue",
    "JobRecord",
    "JobState",
    "JobStore",
    "Keeper",
    "NewJob",
    "Runner",
    "StoredJob",
    "failure_of",
    "open_store",
    "resolve",
    "run_job",
]
