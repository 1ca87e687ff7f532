"""The engine's side of the pipe: runs in the spawned process and keeps weights loaded between jobs.

Orders come in as tuples ``("run", number, function, pickled request)``, ``("cancel", number)`` and ``("quit",)``;
messages go out as ``(number, message)``, the first of a job being None: "taken up". Both ends of the pipe are this
program's own processes; nothing else can write to it.
"""

import contextlib
import faulthandler
import importlib
import logging
import os
import pickle
import queue
import signal
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from multiprocessing.connection import Connection

from sd3studio.core.messages import JobMessage
from sd3studio.services.jobs.running import failure_of, run_job

log = logging.getLogger(__name__)

ORPHAN_GRACE_S = 5.0
"""How long a running job may tidy up after the parent is gone."""


def work(pipe: Connection, prewarm: Sequence[str], environment: Mapping[str, str]) -> None:
    """Run jobs from `pipe`, one after the other, until told to quit or until the parent is gone.

    While there is nothing to do the modules named in `prewarm` are imported, one at a time, so that an order never
    waits for more than one import.
    """
    os.environ.update(environment)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the parent, which then closes or cancels
    os.dup2(2, 1)  # what libraries print must not mix with data on the parent's stdout
    faulthandler.enable()
    orders: queue.SimpleQueue[tuple | None] = queue.SimpleQueue()
    cancelled: set[int] = set()
    threading.Thread(target=_listen, args=(pipe, orders, cancelled), daemon=True, name="orders").start()
    pending = deque(prewarm)
    while True:
        try:
            order = orders.get(block=not pending)
        except queue.Empty:
            _import(pending.popleft())
            continue
        if order is None:
            return
        _run(pipe, order, cancelled)


def _listen(pipe: Connection, orders: "queue.SimpleQueue[tuple | None]", cancelled: set[int]) -> None:
    """Sort what the parent says into the queue of orders and the set of cancelled jobs."""
    while True:
        try:
            word, *rest = pipe.recv()
        except (EOFError, OSError):
            cancelled.add(ALL)
            orders.put(None)
            threading.Timer(ORPHAN_GRACE_S, os._exit, (1,)).start()
            return
        if word == "run":
            orders.put(tuple(rest))
        elif word == "cancel":
            cancelled.add(rest[0])
        else:
            orders.put(None)
            return


ALL = -1
"""In the set of cancelled jobs: every job, because nobody listens any more."""


def _run(pipe: Connection, order: tuple, cancelled: set[int]) -> None:
    number, function, pickled = order
    _send(pipe, number, None)
    try:
        request = pickle.loads(pickled)
    except Exception as error:
        _send(pipe, number, failure_of(error))
        return
    for message in run_job(function, request, lambda: number in cancelled or ALL in cancelled):
        _send(pipe, number, message)
    cancelled.discard(number)


def _send(pipe: Connection, number: int, message: JobMessage | None) -> None:
    try:
        data = pickle.dumps((number, message))
    except Exception as error:
        data = pickle.dumps((number, failure_of(error)))
    with contextlib.suppress(BrokenPipeError):  # the parent is gone; `_listen` ends this process
        pipe.send_bytes(data)


def _import(module: str) -> None:
    try:
        importlib.import_module(module)
    except Exception:
        log.info("could not preload %s", module, exc_info=True)
