"""What is asked of the engine around training: data sets of own scenes, what is in one, and scores of weights."""

from typing import Annotated, Literal

from pydantic import Field

from sd3studio.core.scene.value import Value
from sd3studio.core.training.run import RunRequest

PathText = Annotated[str, Field(min_length=1, max_length=4_096)]


class MakeDataset(Value):
    """Scenes -> a data set to train on, split by photo.

    Parameters
    ----------
    sources : scene files, pictures of ours, or folders of them; sentences beside them (``NAME.txt``) are captions
    output : folder to write to, empty or not there; empty: only the problems are told
    size_px, captions, maps : as in `sd3studio dataset own`
    photos : whether the photo is the picture of a scene that has one
    """

    kind: Literal["make_dataset"] = "make_dataset"
    sources: Annotated[tuple[PathText, ...], Field(min_length=1, max_length=100_000)]
    output: Annotated[str, Field(max_length=4_096)] = ""
    size_px: Annotated[int, Field(ge=32, le=1_024)] = 256
    captions: Annotated[int, Field(ge=1, le=64)] = 6
    maps: bool = True
    photos: bool = False


class DescribeDataset(Value):
    """What is in a data set, counted: classes, predicates, sizes, lengths of captions."""

    kind: Literal["describe_dataset"] = "describe_dataset"
    folder: PathText


class ScoreWeights(Value):
    """Scores of SD3 weights on the development part of a data set, with intervals.

    Parameters
    ----------
    folder : of the weights
    data : the data set
    limit : at most so many scenes
    """

    kind: Literal["score_weights"] = "score_weights"
    folder: PathText
    data: PathText
    limit: Annotated[int, Field(ge=1, le=100_000)] = 24


class EstimateRun(Value):
    """How long a run would take, and how much memory: its first steps are done and thrown away."""

    kind: Literal["estimate_run"] = "estimate_run"
    run: RunRequest
