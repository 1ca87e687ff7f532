"""Checkpoints of a stage: folders of safetensors and JSON, whole or not there.

``step-00000500/`` holds ``weights``, ``mean`` (the running mean), ``optimizer`` and ``draws`` (which diffusion steps
to train on) as safetensors, ``state.json``, and ``complete.json``, the guard: hashes of all others. A checkpoint is
written into a folder with a dot, the guard last, and then renamed. No random state is stored because none outlives a
step: all that a step draws follows from the seed and its number (see `order`). Nothing is ever pickled.
"""

import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from sd3studio.core.errors import JobError, StudioError
from sd3studio.core.files import write_atomic
from sd3studio.ml.training.data.files import sha256

TENSORS = ("weights", "mean", "optimizer", "draws")
STATE, GUARD = "state.json", "complete.json"
VERSION = 1

Write = Callable[[Path, bytes], None]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """All that a stage needs to go on after `step`.

    Attributes
    ----------
    tensors : group (of `TENSORS`) -> name -> tensor
    extra : plain numbers and texts, such as the loss scale of float16
    """

    step: int
    tensors: Mapping[str, Mapping[str, Tensor]]
    extra: Mapping[str, Any]


class Checkpoints:
    """The checkpoints of one stage.

    Parameters
    ----------
    folder : made when the first one is written
    keep : how many of the newest are kept
    keep_every : those of a multiple of so many steps are kept for good; 0: none
    write : puts bytes at a path in one step, or raises `StudioError`
    """

    def __init__(self, folder: Path, keep: int, write: Write = write_atomic, keep_every: int = 0) -> None:
        self.folder = folder
        self.keep = keep
        self.keep_every = keep_every
        self._write = write

    def steps(self) -> list[int]:
        """Steps of the checkpoints that are there, whole or broken, oldest first."""
        names = [path.name for path in self.folder.glob("step-*") if path.is_dir()]
        return sorted(int(name[5:]) for name in names if name[5:].isdigit())

    def save(self, checkpoint: Checkpoint) -> Path:
        """Write a checkpoint and drop those that are too old. Raises `StudioError`; the earlier ones are then whole."""
        from safetensors.torch import save

        target = self._path(checkpoint.step)
        partial = self.folder / f".{target.name}"
        _remove(partial)
        try:
            hashes = {}
            for group in TENSORS:
                tensors = {name: value.detach().cpu().contiguous() for name, value in checkpoint.tensors[group].items()}
                hashes[f"{group}.safetensors"] = self._put(partial / f"{group}.safetensors", save(tensors))
            state = {"version": VERSION, "step": checkpoint.step, "extra": dict(checkpoint.extra)}
            hashes[STATE] = self._put(partial / STATE, json.dumps(state, indent=1).encode())
            self._put(partial / GUARD, json.dumps({"sha256": hashes}, indent=1).encode())
            _remove(target)
            partial.rename(target)
        except OSError as error:
            _remove(partial)
            raise StudioError(f"Can't write the checkpoint {target}: {error.strerror or error}.") from error
        except StudioError:
            _remove(partial)
            raise
        self._drop(self.steps()[: -self.keep])
        return target

    def newest(self) -> tuple[Checkpoint | None, list[str]]:
        """The newest whole checkpoint (None if there never was one), and a sentence for each broken one passed over.

        Raises `JobError` if there are checkpoints, but none is whole.
        """
        for leftover in self.folder.glob(".step-*"):
            _remove(leftover)
        sentences = []
        for step in reversed(self.steps()):
            try:
                return self._read(step), sentences
            except (OSError, ValueError, KeyError, TypeError) as error:
                sentences.append(f"The checkpoint {self._path(step)} is broken ({error}); an older one is looked for.")
        if sentences:
            raise JobError(
                f"None of the {len(sentences)} checkpoints in {self.folder} is whole. Delete that folder to begin the "
                f"stage again. The newest: {sentences[0]}"
            )
        return None, []

    def drop_older(self) -> None:
        """Delete all but the newest, and those that are kept for good."""
        self._drop(self.steps()[:-1])

    def _drop(self, steps: Iterable[int]) -> None:
        for step in steps:
            if not self.keep_every or step % self.keep_every:
                _remove(self._path(step))

    def _path(self, step: int) -> Path:
        return self.folder / f"step-{step:08d}"

    def _put(self, path: Path, data: bytes) -> str:
        self._write(path, data)
        return sha256(data)

    def _read(self, step: int) -> Checkpoint:
        """Raises OSError, ValueError, KeyError or TypeError if anything is not as it was written."""
        from safetensors.torch import load

        folder = self._path(step)
        expected = json.loads((folder / GUARD).read_bytes())["sha256"]
        files = dict(_checked(folder, expected))
        state = json.loads(files[STATE])
        if state["version"] != VERSION or state["step"] != step:
            raise ValueError(f"{STATE} is of another version or step")
        tensors = {group: load(files[f"{group}.safetensors"]) for group in TENSORS}
        return Checkpoint(step, tensors, state["extra"])


def _checked(folder: Path, expected: Mapping[str, str]) -> Iterator[tuple[str, bytes]]:
    for name in (*(f"{group}.safetensors" for group in TENSORS), STATE):
        data = (folder / name).read_bytes()
        if sha256(data) != expected[name]:
            raise ValueError(f"{name} is damaged or cut short")
        yield name, data


def _remove(folder: Path) -> None:
    """Delete a folder, its guard first, so that a half-deleted one is never taken for whole."""
    (folder / GUARD).unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
