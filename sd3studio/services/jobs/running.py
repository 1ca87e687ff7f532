"""Running one job: its messages, ended by exactly one of `Finished`, `Failed`, `Cancelled`."""

import importlib
import logging
import threading
import traceback
from collections.abc import Callable, Generator, Iterator
from typing import Any, Protocol

from sd3studio.core.errors import OutOfMemoryError, StudioError
from sd3studio.core.messages import Cancelled, Failed, Finished, JobMessage, Note, Progress

log = logging.getLogger(__name__)

JobFunction = Callable[[Any], Iterator[JobMessage]]


class Runner(Protocol):
    """A place where jobs run, one at a time."""

    def run(self, function: str, request: Any, cancel: threading.Event) -> Iterator[JobMessage]:
        """Messages of the job at path `function`; the last one, and only it, is an end message.

        Setting `cancel` (from any thread) stops the job at its next message.
        """

    def close(self) -> None:
        """Give back what the runner holds."""


class InlineRunner:
    """Runs jobs in the thread that reads their messages: tests, the command line, and disk work in a queue's lane."""

    def run(self, function: str, request: Any, cancel: threading.Event) -> Iterator[JobMessage]:
        return run_job(function, request, cancel.is_set)

    def close(self) -> None:
        pass


def resolve(function: str) -> JobFunction:
    """The function at path ``"module:function"``; imports the module. Raises ValueError for a malformed path."""
    module, separator, name = function.partition(":")
    if not (module and separator and name):
        raise ValueError(f"a job is named 'module:function', not {function!r}")
    return getattr(importlib.import_module(module), name)


def run_job(function: str, request: Any, is_cancelled: Callable[[], bool] = lambda: False) -> Iterator[JobMessage]:
    """Messages of the job at path `function`, ended by exactly one of `Finished`, `Failed`, `Cancelled`.

    Each message is a place to stop: where `is_cancelled` then says True, the job's generator is closed, so that its
    ``with`` and ``finally`` blocks tidy up, and `Cancelled` takes the message's place.
    """
    if is_cancelled():
        yield Cancelled()
        return
    end: JobMessage | None = None
    try:
        generator = resolve(function)(request)
        try:
            for message in generator:
                if is_cancelled():
                    end = Cancelled()
                    break
                if isinstance(message, Finished):
                    end = message
                    break
                if not isinstance(message, Progress | Note):
                    sent = type(message).__name__
                    raise TypeError(f"{function} sent {sent}; a job sends Progress, Note and Finished")
                yield message
        finally:
            _close(generator, function)
    except (Exception, SystemExit) as error:
        end = Cancelled() if is_cancelled() and not isinstance(error, StudioError) else failure_of(error)
    yield end or Failed(message=f"The job {function} ended without a result.", kind="JobError")


def _close(generator: Iterator[JobMessage], function: str) -> None:
    """Let the generator tidy up; what goes wrong there doesn't change how the job ended."""
    if isinstance(generator, Generator):
        try:
            generator.close()
        except Exception:
            log.warning("%s failed while tidying up", function, exc_info=True)


def failure_of(error: BaseException) -> Failed:
    """The `Failed` message for an exception: the sentence of a `StudioError`, else that it was unexpected."""
    detail = "".join(traceback.format_exception(error))
    if isinstance(error, OutOfMemoryError):
        return Failed(str(error), detail, dict(error.hint), type(error).__name__)
    if isinstance(error, StudioError):
        return Failed(str(error), detail, kind=type(error).__name__)
    if isinstance(error, MemoryError):
        said = "The memory of this machine ran out. Try a smaller picture or scene."
        return Failed(said, detail, kind="OutOfMemoryError")
    text = str(error).strip()
    said = f"unexpected {type(error).__name__}" + (f": {text}" if text else "")
    return Failed(said, detail, kind=type(error).__name__)
