"""The folder of a training run: who works in it, its configuration, how far it is, and the system that comes out.

=====================  ================================================================
``config.json``        the `TrainConfig`; a run is only gone on with under the same one
``progress.json``      names of the finished stages
``metrics.jsonl``      see `metrics_log`
``checkpoints/STAGE``  see `checkpoints`
``system/``            the system after the last finished stage, with averaged weights
=====================  ================================================================
"""

import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sd3studio.core.errors import InputError, JobError
from sd3studio.core.files import write_atomic
from sd3studio.ml.system import INDEX, System
from sd3studio.ml.training.checkpoints import Checkpoints
from sd3studio.ml.training.config import TrainConfig, first_difference, read_config
from sd3studio.ml.training.metrics_log import MetricsLog
from sd3studio.ml.training.stage import Stage

CONFIG, PROGRESS, LOCK, SYSTEM = "config.json", "progress.json", "lock", "system"


class RunFolder:
    """A run folder that is locked by us (see `working_in`)."""

    def __init__(self, path: Path, config: TrainConfig) -> None:
        self.path = path
        self.config = config
        self.metrics = MetricsLog(path)
        self.system = path / SYSTEM

    def prepare(self) -> None:
        """Take up the configuration, or check that it is the one of the run. Raises `InputError` if it is another."""
        known = self.path / CONFIG
        if known.is_file():
            where = first_difference(read_config(known), self.config)
            if where:
                raise InputError(
                    f"{self.path} is a run of another configuration: {where} differs. Give the configuration that it "
                    f"was started with ({known}), or another folder."
                )
        else:
            write_atomic(known, self.config.model_dump_json(indent=1).encode())
        self._heal_system()

    def finished(self) -> list[str]:
        """Names of the stages that are done."""
        path = self.path / PROGRESS
        if not path.is_file():
            return []
        try:
            return [str(name) for name in json.loads(path.read_bytes())["finished"]]
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(f"{path} is not the progress of a run ({error}).") from error

    def checkpoints(self, stage: Stage) -> Checkpoints:
        """The checkpoints of a stage."""
        folder = self.path / "checkpoints" / stage.name
        return Checkpoints(folder, self.config.keep, keep_every=self.config.keep_every)

    def finish(self, stage: Stage, system: System) -> None:
        """Keep the system, mark the stage as done and drop its older checkpoints; safe to be killed in and done again.

        The last one stays, so that the stage can be trained for longer.
        """
        new = self.path / f".{SYSTEM}.new"
        shutil.rmtree(new, ignore_errors=True)
        system.save(new)
        _sync(new)
        old = self.path / f".{SYSTEM}.old"
        shutil.rmtree(old, ignore_errors=True)
        if self.system.is_dir():
            self.system.rename(old)
        new.rename(self.system)
        shutil.rmtree(old, ignore_errors=True)
        names = [*self.finished(), stage.name]
        write_atomic(self.path / PROGRESS, json.dumps({"finished": list(dict.fromkeys(names))}).encode())
        self.checkpoints(stage).drop_older()

    def free_mb(self) -> float:
        """Space left on the disk of the run, MB."""
        return shutil.disk_usage(self.path).free / 1e6

    def _heal_system(self) -> None:
        """After a kill between the two renames of `finish`."""
        old = self.path / f".{SYSTEM}.old"
        if not self.system.is_dir() and (old / INDEX).is_file():
            old.rename(self.system)


def _sync(folder: Path) -> None:
    """See to it that all files of a folder are on the disk before it takes another's place."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())


@contextmanager
def working_in(path: Path, config: TrainConfig, owns: bool = True) -> Iterator[RunFolder]:
    """The run folder, made if need be, for as long as the context lasts; nobody else can train in it meanwhile.

    Of several processes of one run only the first `owns` it; the others look on. The lock belongs to the open file, so
    it goes with its owner, however that ends. Raises `JobError` if it is taken.
    """
    if not owns:
        yield RunFolder(path, config)
        return
    try:
        path.mkdir(parents=True, exist_ok=True)
        handle = os.open(path / LOCK, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise InputError(f"Can't use {path} as a run folder: {error.strerror}.") from error
    try:
        _lock(handle, path)
        folder = RunFolder(path, config)
        folder.prepare()
        yield folder
    finally:
        os.close(handle)


def _lock(handle: int, path: Path) -> None:
    if sys.platform == "win32":
        return  # no lock that dies with its owner and leaves the file readable
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        owner = os.pread(handle, 20, 0).decode("ascii", "ignore").strip() or "unknown"
        raise JobError(f"Another training run (process {owner}) works in {path}. Wait for it or stop it.") from error
    os.ftruncate(handle, 0)
    os.pwrite(handle, str(os.getpid()).encode(), 0)
