"""What training says while it runs, besides the notes of `sd3studio.core.messages`; and what it can be told."""

from dataclasses import dataclass, field
from pathlib import Path

from sd3studio.core.messages import Note

SAVE_NOW, SAMPLE_NOW, STOP = "save now", "sample now", "stop"
"""Orders that training takes as the value of its yield."""


@dataclass(frozen=True, slots=True)
class Planned:
    """What will be trained: stage -> steps, in order. It comes first."""

    stages: dict[str, int]


@dataclass(frozen=True, slots=True)
class StepDone:
    """A step of a stage is done.

    Attributes
    ----------
    loss : weighted sum of `losses`
    gradient_norm : before clipping
    samples_per_s : over this step
    memory_mb : the most that the process (or its GPU) has held so far
    scores : on the development part of the data, where they are told with a step
    """

    stage: str
    step: int
    total: int
    loss: float
    losses: dict[str, float]
    lr: float
    gradient_norm: float
    samples_per_s: float
    memory_mb: float
    scores: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sampled:
    """The answer to "sample now": what the averaged weights make of the first batch of the data.

    Attributes
    ----------
    png : true pictures over those made, where a stage makes pictures
    text : sentences that were made, a line each, where a stage writes
    scores : on the development part of the data, if it has one
    """

    stage: str
    step: int
    losses: dict[str, float]
    png: bytes | None = None
    text: str = ""
    scores: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Saved:
    """A checkpoint was written."""

    stage: str
    step: int
    folder: Path


@dataclass(frozen=True, slots=True)
class StageDone:
    """A stage is finished and its system kept in `folder`."""

    stage: str
    steps: int
    folder: Path


TrainMessage = Planned | StepDone | Sampled | Saved | StageDone | Note


@dataclass(frozen=True, slots=True)
class DatasetMade:
    """A data set, or with no folder only what is wrong with its scenes.

    Attributes
    ----------
    scenes : split -> how many
    version : SHA-256 of all that it is made of
    """

    folder: str
    version: str
    scenes: dict[str, int]
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DatasetDescribed:
    """Split -> what was counted in it, as `sd3studio dataset show` tells it; and what is wrong with it, sentences."""

    folder: str
    parts: dict[str, dict[str, object]]
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ComposedShown:
    """Pictures of composed scenes, one after the other as they are drawn.

    Attributes
    ----------
    pictures : PNG and caption of each
    """

    places: str
    seed: int
    pictures: tuple[tuple[bytes, str], ...]


@dataclass(frozen=True, slots=True)
class WeightsScored:
    """Score -> value with its interval, of a folder of weights."""

    folder: str
    scores: dict[str, object]


@dataclass(frozen=True, slots=True)
class Shown:
    """A sentence about a scene, and a picture (PNG) of it if there is one."""

    text: str
    png: bytes | None = None


@dataclass(frozen=True, slots=True)
class WeightsShown:
    """What a folder of weights makes of a few scenes, and how they are: one `Shown` a scene each."""

    folder: str
    truth: tuple[Shown, ...]
    made: tuple[Shown, ...]
