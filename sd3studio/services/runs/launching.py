"""Starting the processes that train: each is on its own, and goes on when the window closes.

One run is at work at a time on a machine; the others wait. Whoever sees that none is at work starts the next: the
process of a run when it ends, the window, the command line.
"""

import atexit
import contextlib
import os
import subprocess
import sys
from pathlib import Path

from sd3studio.core.errors import JobError
from sd3studio.core.training.run import RunState
from sd3studio.services.runs.store import LOCK_HANDED_ON, LOG, ORDER, RESUME, Run, RunStore

WORKER = ("-m", "sd3studio.cli.main", "runs", "work")


def start(run: Run) -> int:
    """Start a process that trains `run`, or goes on with it; returns its number.

    The process has the run's lock from the first moment on, so that nobody starts a second one while it is loading.
    Raises `JobError` if one is at work already, or if it can't be started.
    """
    status = run.status
    if status.state.lives or run.is_locked():
        raise JobError(f"The run {run.id} is at work already.")
    with contextlib.closing(run.lock()) as lock:
        (run.folder / ORDER).unlink(missing_ok=True)
        run.put_status(status.replace(state=RunState.WAITING, reason="", ended=0.0))
        environment, handed_on = _environment(run.request.threads), {}
        if os.name == "posix":
            environment[LOCK_HANDED_ON] = f"{lock.handle}:{run.folder}"
            handed_on = {"pass_fds": (lock.handle,)}
        else:
            lock.close()
        try:
            with (run.folder / LOG).open("ab") as log:
                process = subprocess.Popen(
                    [sys.executable, *WORKER, str(run.folder)],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    env=environment,
                    start_new_session=os.name == "posix",
                    creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
                    close_fds=True,
                    **handed_on,
                )
        except OSError as error:
            raise JobError(f"The process of the run {run.id} can't be started: {error.strerror or error}.") from error
    _forget(process)
    return process.pid


def resume(store: RunStore, run: Run) -> None:
    """Go on with a run that is paused, or that was stopped, killed or failed; it waits if another is at work."""
    if run.status.state is RunState.PAUSED:
        run.give_order(RESUME)
        return
    if run.status.state is RunState.FINISHED:
        raise JobError(f"The run {run.id} is finished. Extend it by some steps, or branch from it.")
    if run.status.state.lives:
        raise JobError(f"The run {run.id} is at work already.")
    run.put_status(run.status.replace(state=RunState.WAITING, reason="", ended=0.0))
    advance(store)


def advance(store: RunStore) -> Run | None:
    """Start the run that waits longest, if none is at work; returns it."""
    if any(run.status.state.lives or run.is_locked() for run in store.runs()):
        return None
    for run in store.waiting():
        start(run)
        return run
    return None


def _environment(threads: int | None) -> dict[str, str]:
    environment = {**os.environ, "HF_HUB_OFFLINE": os.environ.get("HF_HUB_OFFLINE", "1"), "PYTHONUNBUFFERED": "1"}
    if threads is not None:
        environment |= {name: str(threads) for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")}
    root = str(Path(__file__).resolve().parents[3])
    return environment | {"PYTHONPATH": os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))}


_STARTED: list["subprocess.Popen[bytes]"] = []


def _forget(process: "subprocess.Popen[bytes]") -> None:
    """Keep the handle until the process has ended, so that it leaves no zombie; ended ones are dropped."""
    if not _STARTED:
        atexit.register(_let_go)
    _STARTED[:] = [other for other in _STARTED if other.poll() is None]
    _STARTED.append(process)


def _let_go() -> None:
    """Runs go on when this program ends: their handles are given up without the warning that they still work."""
    for process in _STARTED:
        if process.poll() is None:
            process.returncode = 0
    _STARTED.clear()
