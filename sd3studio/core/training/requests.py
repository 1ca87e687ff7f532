"""What is asked of the engine around training: data sets of own scenes, what is in one, and scores of weights."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from sd3studio.core.scene.value import Value
from sd3studio.core.training.run import RunRequest

PathText = Annotated[str, Field(min_length=1, max_length=4_096)]


Places = Literal["rooms", "streets", "mixed"]
MAX_SHOWN = 8


class FromLibrary(Value):
    """The scenes of photos of a library.

    Parameters
    ----------
    library : its folder, or the URL of its server
    query : as it is typed in the Library workspace; empty: all photos
    states : of `services.library.State`; photos in one of them, empty: in any
    """

    library: PathText
    query: Annotated[str, Field(max_length=2_000)] = ""
    states: Annotated[tuple[str, ...], Field(max_length=10)] = ()


class MakeDataset(Value):
    """Scenes -> a data set to train on, split by photo.

    Parameters
    ----------
    sources : scene files, pictures of ours, or folders of them; sentences beside them (``NAME.txt``) are captions
    library : photos whose scenes and captions by people are taken besides
    output : folder to write to, empty or not there; empty: only the problems are told
    size_px, captions, maps : as in `sd3studio dataset own`
    photos : whether the photo is the picture of a scene that has one
    """

    kind: Literal["make_dataset"] = "make_dataset"
    sources: Annotated[tuple[PathText, ...], Field(max_length=100_000)] = ()
    library: FromLibrary | None = None
    output: Annotated[str, Field(max_length=4_096)] = ""
    size_px: Annotated[int, Field(ge=32, le=1_024)] = 256
    captions: Annotated[int, Field(ge=1, le=64)] = 6
    maps: bool = True
    photos: bool = False

    @model_validator(mode="after")
    def _names_scenes(self) -> Self:
        if not self.sources and self.library is None:
            raise ValueError("sources: name scenes, or a library")
        return self


class ComposeDataset(Value):
    """Scenes that are composed and drawn by seed -> a data set, as `sd3studio dataset make` makes it."""

    kind: Literal["compose_dataset"] = "compose_dataset"
    places: Places = "mixed"
    count: Annotated[int, Field(ge=1, le=1_000_000)]
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    output: PathText
    size_px: Annotated[int, Field(ge=32, le=1_024)] = 128
    captions: Annotated[int, Field(ge=1, le=64)] = 6


class ShowComposed(Value):
    """The first pictures of such a data set, with a caption each."""

    kind: Literal["show_composed"] = "show_composed"
    places: Places = "mixed"
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    count: Annotated[int, Field(ge=1, le=MAX_SHOWN)] = 4
    size_px: Annotated[int, Field(ge=32, le=512)] = 160


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


class ShowWeights(Value):
    """What weights make of a few scenes of a data set, to be looked at beside what others make of them."""

    kind: Literal["show_weights"] = "show_weights"
    folder: PathText
    data: PathText
    limit: Annotated[int, Field(ge=1, le=MAX_SHOWN)] = 4


class EstimateRun(Value):
    """How long a run would take, and how much memory: its first steps are done and thrown away."""

    kind: Literal["estimate_run"] = "estimate_run"
    run: RunRequest
