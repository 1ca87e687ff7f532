"""Where the photos of a batch are worked on: in this process, in processes here, or on a Ray cluster.

All take the same requests and run the same job function; what they give back is stored by the one who asked.
"""

import contextlib
import os
import queue
import threading
from collections.abc import Iterator
from typing import Any, Protocol

from sd3studio.core.errors import MissingModelError
from sd3studio.core.messages import Cancelled, Failed, Finished
from sd3studio.services.jobs import EngineProcess, failure_of, run_job

JOB = "sd3studio.ml.librarian:run"
PHOTO_LIMIT_S = 300.0
"""A photo that takes longer is given up."""
NICE = 5
ENVIRONMENT = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1",
               "TOKENIZERS_PARALLELISM": "false"}  # fmt: skip
"""One processor thread a worker: several photos at a time are faster than several threads on one."""
PREWARM = ("sd3studio.ml.librarian", "cv2", "onnxruntime", "sd3studio.ml.parsing.photo")

Outcome = tuple[int, Finished | Failed]
"""Number of the photo, and how its work ended."""


class Workers(Protocol):
    """Takes photos while there is room, and gives back what was done, in whatever order."""

    room: int
    """How many photos may be under way at a time."""

    def submit(self, photo: int, request: Any) -> None:
        """Start to work on a photo."""

    def next_outcome(self) -> Outcome:
        """Wait for the next photo that is done."""

    def close(self) -> None:
        """Stop what runs and give everything back."""


class InlineWorkers:
    """Works in this process, one photo at a time."""

    room = 1

    def __init__(self, job: str = JOB) -> None:
        self._job = job
        self._waiting: list[tuple[int, Any]] = []

    def submit(self, photo: int, request: Any) -> None:
        self._waiting.append((photo, request))

    def next_outcome(self) -> Outcome:
        photo, request = self._waiting.pop(0)
        return photo, _end_of(run_job(self._job, request))

    def close(self) -> None:
        self._waiting.clear()


class ProcessWorkers:
    """Processes of this machine, one processor thread each; one that dies is replaced, and its photo said to fail.

    Parameters
    ----------
    number : of processes
    """

    def __init__(self, number: int = 2, job: str = JOB) -> None:
        self._job = job
        self.room = 2 * number  # one is worked on, one waits at the door
        self._requests: queue.SimpleQueue[tuple[int, Any] | None] = queue.SimpleQueue()
        self._outcomes: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
        self._closing = threading.Event()
        prewarm = PREWARM if job == JOB else ()
        self._engines = [EngineProcess(prewarm, ENVIRONMENT, grace_s=1.0) for _ in range(number)]
        self._threads = [
            threading.Thread(target=self._work, args=(engine,), name=f"library-{i}", daemon=True)
            for i, engine in enumerate(self._engines)
        ]
        for engine, thread in zip(self._engines, self._threads, strict=True):
            engine.start()
            _be_nice(engine.pid)
            thread.start()

    @property
    def pids(self) -> list[int]:
        """Process ids of the workers that live."""
        return [engine.pid for engine in self._engines if engine.pid is not None]

    def submit(self, photo: int, request: Any) -> None:
        self._requests.put((photo, request))

    def next_outcome(self) -> Outcome:
        return self._outcomes.get()

    def close(self) -> None:
        self._closing.set()
        for _ in self._threads:
            self._requests.put(None)
        for thread in self._threads:
            thread.join(5.0)
        for engine in self._engines:
            engine.close()

    def _work(self, engine: EngineProcess) -> None:
        while not self._closing.is_set():
            item = self._requests.get()
            if item is None:
                return
            photo, request = item
            timed_out = threading.Event()
            timer = threading.Timer(PHOTO_LIMIT_S, timed_out.set)
            timer.daemon = True
            timer.start()
            try:
                end = _end_of(engine.run(self._job, request, _Either(self._closing, timed_out)))
            finally:
                timer.cancel()
            if timed_out.is_set() and end.message == STOPPED.message:
                end = Failed(f"Reading the photo took longer than {PHOTO_LIMIT_S / 60:.0f} minutes.", kind="TooSlow")
            self._outcomes.put((photo, end))


class RayWorkers:
    """Workers of a Ray cluster (`pip install 'sd3studio[cluster]'`): a running one by its address, else one made here.

    Parameters
    ----------
    number : photos at a time; each takes one processor of the cluster
    address : of a running cluster (``"auto"``, ``"ray://host:10001"``); None starts one on this machine

    Photos must lie at the same paths on all machines. Ray starts a task whose process died once more by itself.
    """

    def __init__(self, number: int = 2, address: str | None = None, job: str = JOB) -> None:
        try:
            import ray
        except ModuleNotFoundError as error:
            raise MissingModelError(
                "A batch on a Ray cluster needs ray. Install it with: pip install 'sd3studio[cluster]'"
            ) from error
        self._ray = ray
        self._job = job
        self.room = 2 * number
        self._ours = not ray.is_initialized()
        if self._ours:
            path = os.pathsep.join(entry for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry)
            variables = {**ENVIRONMENT, **({"PYTHONPATH": path} if path else {})}
            settings: dict[str, Any] = (
                {"address": address} if address else {"num_cpus": number, "include_dashboard": False}
            )
            ray.init(runtime_env={"env_vars": variables}, log_to_driver=False, logging_level="ERROR", **settings)
        self._task = ray.remote(num_cpus=1, max_retries=2)(_run_remotely)
        self._running: dict[Any, int] = {}

    def submit(self, photo: int, request: Any) -> None:
        self._running[self._task.remote(self._job, request)] = photo

    def next_outcome(self) -> Outcome:
        done, _ = self._ray.wait(list(self._running), num_returns=1)
        photo = self._running.pop(done[0])
        try:
            return photo, self._ray.get(done[0])
        except Exception as error:
            return photo, failure_of(error)

    def close(self) -> None:
        for task in self._running:
            self._ray.cancel(task, force=True)
        self._running.clear()
        if self._ours:
            self._ray.shutdown()


def _run_remotely(job: str, request: Any) -> Finished | Failed:
    return _end_of(run_job(job, request))


STOPPED = Failed("The work was stopped.", kind="Cancelled")


def _end_of(messages: Iterator[Any]) -> Finished | Failed:
    for message in messages:
        if isinstance(message, Finished | Failed):
            return message
        if isinstance(message, Cancelled):
            return STOPPED
    return Failed("The work ended without a result.")


class _Either(threading.Event):
    """Set when one of two events is."""

    def __init__(self, *events: threading.Event) -> None:
        super().__init__()
        self._events = events

    def is_set(self) -> bool:
        return any(event.is_set() for event in self._events)


def _be_nice(pid: int | None) -> None:
    """The window and other programs come first."""
    if pid is not None and hasattr(os, "setpriority"):
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, pid, NICE)
