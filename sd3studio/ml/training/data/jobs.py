"""Jobs around data sets: making and describing one, and what weights are worth, or make, on one."""

from collections.abc import Iterator
from pathlib import Path

from sd3studio.core.errors import DataError
from sd3studio.core.messages import Finished, JobMessage, Note, Progress
from sd3studio.core.training.messages import ComposedShown, DatasetDescribed, DatasetMade, WeightsScored
from sd3studio.core.training.requests import (
    ComposeDataset,
    DescribeDataset,
    MakeDataset,
    ScoreWeights,
    ShowComposed,
    ShowWeights,
)
from sd3studio.ml.training.data.files import sha256
from sd3studio.ml.training.data.making import dataset_steps, split_recipes
from sd3studio.ml.training.data.own import own_dataset_steps, problems_of, read_own_scenes
from sd3studio.ml.training.data.problems import problems_in
from sd3studio.ml.training.data.records import SampleSettings, make_sample
from sd3studio.ml.training.data.shards import DatasetRecipe
from sd3studio.ml.training.data.summary import parts_of, summarise

SHARD_SCENES = 16
"""Small, so that a window sees it go on; a shard is what a stop costs."""


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


def compose(request: ComposeDataset) -> Iterator[JobMessage]:
    """Compose, draw and describe scenes by seed; ends in ``Finished(DatasetMade)``. A stop loses the last few.

    The last scenes are kept to judge by, one in five, where there are enough.
    """
    settings = SampleSettings(size_px=request.size_px, captions=request.captions)
    whole = DatasetRecipe(
        kind=request.places, count=request.count, seed=request.seed, shard_scenes=SHARD_SCENES, settings=settings
    )
    parts, output = split_recipes(whole), Path(request.output)
    if len(parts) > 1 and output.is_dir() and any(output.iterdir()):
        raise DataError(f"{output} is not an empty folder. Choose another one for the data set.")
    done = 0
    for name, recipe in parts.items():
        for made, _ in dataset_steps(output / name, recipe, workers=1):
            yield Progress(done + made, request.count, f"{done + made} of {request.count} scenes")
        done += recipe.count
    version = sha256("".join(recipe.model_dump_json() for recipe in parts.values()).encode())
    yield Finished(DatasetMade(request.output, version, {name or "all": r.count for name, r in parts.items()}, ()))


def show_composed(request: ShowComposed) -> Iterator[JobMessage]:
    """Draw the first few of such scenes; ends in ``Finished(ComposedShown)``."""
    from sd3studio.ml.generation.pictures import png_of

    settings = SampleSettings(size_px=request.size_px, captions=1)
    pictures: list[tuple[bytes, str]] = []
    for number in range(request.count):
        yield Progress(number, request.count, "Composing")
        sample = make_sample(request.places, request.seed + number, settings)
        said = sample.record.sentences
        pictures.append((png_of(sample.maps["rgb"]), said[0].caption.text if said else ""))
    yield Finished(ComposedShown(request.places, request.seed, tuple(pictures)))


def describe(request: DescribeDataset) -> Iterator[JobMessage]:
    """Count what is in a data set, both parts of one of own scenes, and look for problems. Raises `DataError`."""
    parts = parts_of(Path(request.folder))
    yield Progress(0, len(parts), "Counting")
    told = {name: summarise(part) for name, part in parts.items()}
    yield Finished(DatasetDescribed(request.folder, told, problems_in(parts)))


def show_weights(request: ShowWeights) -> Iterator[JobMessage]:
    """Make a few pictures and sentences; ends in ``Finished(WeightsShown)``. Raises `StudioError`."""
    from sd3studio.ml.training.goals.side_by_side import shown_by

    yield Progress(0, 1, f"Looking at {Path(request.folder).name}")
    yield Finished(shown_by(Path(request.folder), Path(request.data), request.limit))


def score(request: ScoreWeights) -> Iterator[JobMessage]:
    """Score weights; ends in ``Finished(WeightsScored)``. Raises `DataError` for a folder without weights."""
    from sd3studio.ml.training.goals.scoring import scores_of

    folder = Path(request.folder)
    if not folder.is_dir():
        raise DataError(f"There are no weights in {folder}.")
    yield Progress(0, 1, f"Scoring {folder.name}")
    yield Finished(WeightsScored(request.folder, scores_of(folder, Path(request.data), request.limit)))
