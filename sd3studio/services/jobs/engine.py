"""The warm engine process: one spawned Python that keeps weights loaded and may die without hurting anybody."""

import contextlib
import logging
import multiprocessing
import pickle
import signal
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Any

from sd3studio.core.messages import Cancelled, Failed, Finished, JobMessage
from sd3studio.services.jobs.plain import load_plain
from sd3studio.services.jobs.running import failure_of
from sd3studio.services.jobs.worker import work

log = logging.getLogger(__name__)

POLL_S = 0.05
"""How often a running job looks whether it was cancelled."""


class EngineProcess:
    """Runs jobs in one process that stays alive between them; a new one is started when it died.

    Parameters
    ----------
    prewarm : modules that the engine imports while it has nothing else to do
    environment : variables set in the engine before it imports anything heavy
    grace_s : how long a cancelled job may take to react before the process is killed
    """

    def __init__(
        self, prewarm: Sequence[str] = (), environment: Mapping[str, str] | None = None, grace_s: float = 5.0
    ) -> None:
        self.prewarm = tuple(prewarm)
        self.environment = dict(environment or {})
        self.grace_s = grace_s
        self._process: SpawnProcess | None = None
        self._pipe: Connection | None = None
        self._number = 0
        self._taken_up = False
        self._closed = False
        self._starting = threading.Lock()

    @property
    def pid(self) -> int | None:
        """Process id of the engine, None while it isn't running."""
        process = self._process
        return process.pid if process is not None and process.is_alive() else None

    def start(self) -> None:
        """Start the process if it isn't running; returns at once, imports go on in the background."""
        with self._starting:
            if self._closed or self.pid is not None:
                return
            self._drop()
            context = multiprocessing.get_context("spawn")
            self._pipe, theirs = context.Pipe()
            arguments = (theirs, self.prewarm, self.environment)
            process = context.Process(target=work, args=arguments, daemon=True, name="sd3studio-engine")
            process.start()
            self._process = process
            theirs.close()

    def run(self, function: str, request: Any, cancel: threading.Event) -> Iterator[JobMessage]:
        """See `Runner.run`. Ends in `Failed` when the process dies, and starts a new one for the next job.

        A process that dies before it has taken up the job (it was killed while idle) is replaced, and asked again.
        """
        for last_try in (False, True):
            if cancel.is_set():
                yield Cancelled()
                return
            try:
                self._number += 1
                self._order(("run", self._number, function, pickle.dumps(request)))
            except Exception as error:
                yield failure_of(error)
                return
            self._taken_up = False
            for message in self._messages(self._number, cancel):
                if isinstance(message, Failed) and not self._taken_up and not last_try:
                    break
                yield message
            else:
                return

    def close(self) -> None:
        """End the process: politely, then by force."""
        with self._starting:
            self._closed = True
            if self._process is not None and self._pipe is not None:
                with contextlib.suppress(OSError, ValueError):
                    self._pipe.send(("quit",))
                self._process.join(1.0)
            self._drop()

    def _order(self, order: tuple) -> None:
        """Send `order`; an engine that died since the last job is replaced first."""
        for last_try in (False, True):
            self.start()
            if self._pipe is None:
                raise RuntimeError("the engine is closed")
            try:
                self._pipe.send(order)
                return
            except OSError:
                if last_try:
                    raise
                self._kill()

    def _messages(self, number: int, cancel: threading.Event) -> Iterator[JobMessage]:
        assert self._pipe is not None and self._process is not None
        give_up_at = None
        while True:
            ready = wait([self._pipe, self._process.sentinel], timeout=POLL_S)
            if self._pipe in ready:
                message = self._receive(number, cancel)
                if isinstance(message, Finished | Failed | Cancelled):
                    yield message
                    return
                if message is not None:
                    yield message
            elif self._process.sentinel in ready:  # only when the pipe has nothing left to say
                yield self._died(cancel.is_set())
                return
            if cancel.is_set() and give_up_at is None:
                give_up_at = time.monotonic() + self.grace_s
                with contextlib.suppress(OSError):
                    self._pipe.send(("cancel", number))
            if give_up_at is not None and time.monotonic() > give_up_at:
                log.warning("the job did not stop within %.1f s; its process is killed", self.grace_s)
                self._restart()
                yield Cancelled()
                return

    def _receive(self, number: int, cancel: threading.Event) -> JobMessage | None:
        """The next message of job `number`; None for "taken up" and for what belongs to another job."""
        assert self._pipe is not None and self._process is not None
        try:
            of, message = load_plain(self._pipe.recv_bytes())
        except (EOFError, OSError):
            return self._died(cancel.is_set())
        except pickle.UnpicklingError as error:
            self._restart()  # the job may go on over there, and nobody waits for it any more
            return failure_of(error)
        if of != number:
            return None
        self._taken_up = True
        return message

    def _died(self, cancelled: bool) -> Failed | Cancelled:
        assert self._process is not None
        self._process.join(1.0)
        code = self._process.exitcode
        self._restart()
        return Cancelled() if cancelled else _death(code)

    def _restart(self) -> None:
        self._kill()
        self.start()

    def _kill(self) -> None:
        with self._starting:
            self._drop()

    def _drop(self) -> None:
        """Forget the process, killing it if it still lives."""
        process, pipe = self._process, self._pipe
        self._process = self._pipe = None
        if process is not None:
            process.kill()
            process.join()
        if pipe is not None:
            pipe.close()


def _death(code: int | None) -> Failed:
    """The message for an engine that ended with `code` (negative: the signal that killed it) in the middle of a job."""
    if code is not None and code < 0:
        try:
            name = signal.Signals(-code).name
        except ValueError:
            name = str(-code)
        why = f"was killed ({name}" + (", often a sign that memory ran out)" if -code == signal.SIGKILL else ")")
    else:
        why = f"ended by itself (exit code {code})"
    return Failed(
        f"The engine process {why}. What you asked is kept; try again, a new engine is starting.",
        detail=f"exit code {code}",
        kind="JobError",
    )
