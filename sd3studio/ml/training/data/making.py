"""Making a data set: shard by shard, by up to two processes, and going on after a stop."""

import contextlib
import multiprocessing
import os
from collections.abc import Callable, Generator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from sd3studio.core.errors import DataError, JobError
from sd3studio.ml.training.data.records import make_sample
from sd3studio.ml.training.data.shards import (
    INDEX,
    SPLITS,
    DatasetIndex,
    DatasetRecipe,
    ShardEntry,
    finished_shard,
    read_index,
    write_index,
    write_shard,
)

MAX_WORKERS = 2
HELD_OUT, LEAST_SPLIT = 5, 10
"""One composed scene in so many is kept to judge by; below so many scenes none is."""


def split_recipes(recipe: DatasetRecipe) -> dict[str, DatasetRecipe]:
    """Folder -> recipe of the parts of a data set: to learn from, to judge by; of too few scenes one part, ``""``."""
    held = recipe.count // HELD_OUT if recipe.count >= LEAST_SPLIT else 0
    if not held:
        return {"": recipe}
    learnt = recipe.count - held
    return {
        SPLITS[0]: recipe.replace(count=learnt),
        SPLITS[1]: recipe.replace(count=held, seed=recipe.seed + learnt),
    }


def make_shard(folder: Path, number: int, recipe: DatasetRecipe) -> ShardEntry:
    """Make and write one shard."""
    samples = [make_sample(recipe.kind, seed, recipe.settings) for seed in recipe.seeds(number)]
    return write_shard(folder, number, samples)


def make_dataset(
    folder: Path,
    recipe: DatasetRecipe,
    *,
    resume: bool = False,
    workers: int = MAX_WORKERS,
    told: Callable[[int, int], None] = lambda done, total: None,
) -> DatasetIndex:
    """`dataset_steps` to its end; `told` is called with (scenes done, scenes in all) after each shard."""
    steps = dataset_steps(folder, recipe, resume=resume, workers=workers)
    while True:
        try:
            told(*next(steps))
        except StopIteration as ended:
            return ended.value


def dataset_steps(
    folder: Path, recipe: DatasetRecipe, *, resume: bool = False, workers: int = MAX_WORKERS
) -> Generator[tuple[int, int], None, DatasetIndex]:
    """Make a data set in a folder that is empty or not there; with `resume` keep the whole shards that it has.

    Yields (scenes done, scenes in all) after each shard, gives the index.

    Parameters
    ----------
    workers : processes, 1 or 2; with 1 the work is done in this one

    Raises `DataError` if the folder holds something else, or was begun with another recipe.
    """
    _prepare(folder, recipe, resume)
    done: dict[int, ShardEntry] = {}
    if resume:
        done = {k: entry for k in range(recipe.shards) if (entry := finished_shard(folder, k, recipe)) is not None}
    yield sum(entry.scenes for entry in done.values()), recipe.count
    missing = [number for number in range(recipe.shards) if number not in done]
    with contextlib.closing(_made(folder, recipe, missing, min(workers, MAX_WORKERS, max(len(missing), 1)))) as made:
        for number, entry in made:
            done[number] = entry
            yield sum(entry.scenes for entry in done.values()), recipe.count
    return write_index(folder, recipe, [done[number] for number in sorted(done)], complete=True)


def _prepare(folder: Path, recipe: DatasetRecipe, resume: bool) -> None:
    """Check the folder and write an index without shards, so that a stopped run can be told from another."""
    if (folder / INDEX).is_file():
        begun = read_index(folder).recipe
        if not resume:
            raise DataError(f"{folder} has a data set already. Take another folder, or go on with --resume.")
        if begun != recipe:
            names = [name for name in DatasetRecipe.model_fields if getattr(begun, name) != getattr(recipe, name)]
            raise DataError(
                f"The data set in {folder} was begun with another {' and '.join(names)}. Use the same again."
            )
        _forget_parts(folder)
        return
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DataError(f"{folder} is not an empty folder. Choose another one for the data set.")
    write_index(folder, recipe, (), complete=False)


def _forget_parts(folder: Path) -> None:
    """Remove what a killed run left half-written."""
    for part in folder.glob(".*.part"):
        part.unlink(missing_ok=True)


def _made(
    folder: Path, recipe: DatasetRecipe, missing: list[int], workers: int
) -> Generator[tuple[int, ShardEntry], None, None]:
    """Each missing shard as it is finished."""
    if workers <= 1:
        for number in missing:
            yield number, make_shard(folder, number, recipe)
        return
    context = multiprocessing.get_context("spawn")  # a forked OpenGL context does not work
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_one_thread) as pool:
        waiting = {pool.submit(make_shard, folder, number, recipe): number for number in missing}
        try:
            while waiting:
                finished, _ = wait(waiting, return_when=FIRST_COMPLETED)
                for future in finished:
                    yield waiting.pop(future), _result(future)
        finally:
            for future in waiting:
                future.cancel()


def _result(future: Future[ShardEntry]) -> ShardEntry:
    try:
        return future.result()
    except BrokenProcessPool as error:
        raise JobError("A process that made scenes was killed. What is finished stays; go on with --resume.") from error


def _one_thread() -> None:
    """Each process draws and computes in one thread."""
    for name in ("LP_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = "1"
