"""Jobs around data sets: making one of own scenes, and counting what is in one."""

from collections.abc import Iterator
from pathlib import Path

from sd3studio.core.errors import DataError
from sd3studio.core.messages import Finished, JobMessage, Note, Progress
from sd3studio.core.training.messages import DatasetDescribed, DatasetMade, WeightsScored
from sd3studio.core.training.requests import DescribeDataset, MakeDataset, ScoreWeights
from sd3studio.ml.training.data.own import SPLITS, own_dataset_steps, problems_of, read_own_scenes
from sd3studio.ml.training.data.records import SampleSettings
from sd3studio.ml.training.data.shards import INDEX
from sd3studio.ml.training.data.summary import summarise


def make(request: MakeDataset) -> Iterator[JobMessage]:
    """Read, draw and describe the scenes; ends in ``Finished(DatasetMade)``. Raises `StudioError`."""
    yield Progress(0, 1, "Reading the scenes")
    scenes = read_own_scenes([Path(name) for name in request.sources])
    problems = problems_of(scenes)
    yield from (Note(problem) for problem in problems)
    if not request.output:
        yield Finished(DatasetMade("", "", {}, problems))
        return
    settings = SampleSettings(size_px=request.size_px, captions=request.captions, maps=request.maps)
    steps = own_dataset_steps(Path(request.output), scenes, settings, photos=request.photos)
    while True:
        try:
            done, total = next(steps)
        except StopIteration as ended:
            made = ended.value
            break
        yield Progress(done, total, f"{done} of {total} scenes")
    counts = {name: index.recipe.count for name, index in made.items()}
    version = next(iter(made.values())).recipe.scenes_sha256
    yield Finished(DatasetMade(request.output, version, counts, problems))


def describe(request: DescribeDataset) -> Iterator[JobMessage]:
    """Count what is in a data set, both parts of one of own scenes. Raises `DataError`."""
    folder = Path(request.folder)
    parts = {name: folder / name for name in SPLITS if (folder / name / INDEX).is_file()} or {"all": folder}
    yield Progress(0, len(parts), "Counting")
    yield Finished(DatasetDescribed(request.folder, {name: summarise(part) for name, part in parts.items()}))


def score(request: ScoreWeights) -> Iterator[JobMessage]:
    """Score weights; ends in ``Finished(WeightsScored)``. Raises `DataError` for a folder without weights."""
    from sd3studio.ml.training.goals.scoring import scores_of

    folder = Path(request.folder)
    if not folder.is_dir():
        raise DataError(f"There are no weights in {folder}.")
    yield Progress(0, 1, f"Scoring {folder.name}")
    yield Finished(WeightsScored(request.folder, scores_of(folder, Path(request.data), request.limit)))
