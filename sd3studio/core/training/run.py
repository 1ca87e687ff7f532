"""A training run: what it is asked for, and how it stands.

A run is a folder. Its request never changes; its status is written by the process that trains, and by whoever finds
that this process is gone.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from sd3studio.core.scene.value import Value

Goal = Literal["sd3", "relations", "sizes", "lora"]

GOALS: Mapping[Goal, str] = MappingProxyType(
    {
        "sd3": "SD3: the four steps, or some of their stages",
        "relations": "the relation model: which predicate a pair of boxes has",
        "sizes": "how large things of a class usually are",
        "lora": "a LoRA of a Stable Diffusion folder, from scenes with pictures and captions",
    }
)
"""What can be trained -> what that is, in words."""

FINE_TUNING = "fine-tuning"
Memory = Literal["small", "usual", "large"]
ControlMap = Literal["depth", "normal"]
RunId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
PathText = Annotated[str, Field(max_length=4_096)]
LOST_AFTER_S = 120.0
"""A run on another host that has not been heard of for so long is taken for lost."""


class RunState(StrEnum):
    """How a run stands."""

    WAITING = "waiting"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    FINISHED = "finished"
    FAILED = "failed"

    @property
    def lives(self) -> bool:
        """Whether a process is at work (or holds still) for it."""
        return self in (RunState.RUNNING, RunState.PAUSED)


class RunRequest(Value):
    """What a run is asked for: all that its result depends on, besides the data and the program.

    Parameters
    ----------
    goal : what is trained, one of `GOALS`
    title : for people
    created : when it was asked for, ISO 8601 in UTC
    data : folder or file of the data; empty for none
    config : of the goal ``"sd3"``: a shipped configuration's name, a JSON file, or ``"fine-tuning"``: the first of
        `start` (without one: the weights in use) goes on learning
    stage, only : of ``"sd3"``: the step of the paper, or stages by their names, commas between
    start : folders of weights that it begins with
    steps : optimiser steps in each stage; None as the configuration says
    learning_rate : instead of the configuration's
    batch : samples of a micro-batch, instead of the configuration's
    accumulate : micro-batches of a step, instead of the configuration's; several processes share them out
    memory : how much may be used, see `presets.MEMORY`: what `batch` and `accumulate` don't say
    average : whether the running mean of the weights is kept in the end; None as the configuration and `memory` say
    threads : of the processor; None as the machine has
    seed : of order and draws, instead of the configuration's
    checkpoint_every, keep : steps between checkpoints, and how many of the newest are kept
    keep_every : checkpoints of a multiple of so many steps are kept for good, beside those; 0: none
    sample_every : steps between samples with the same seeds; 0: only when asked for
    parent, parent_step : the run and its checkpoint that this one branched from
    model : of ``"lora"``: folder of the Stable Diffusion pipeline
    control, control_map : of ``"lora"``: folder of a ControlNet that steers while it learns, and what that one reads
    rank : of ``"lora"``
    """

    goal: Goal
    title: Annotated[str, Field(max_length=200)] = ""
    created: Annotated[str, Field(max_length=40)] = ""
    data: PathText = ""
    config: PathText = "mini"
    stage: Literal["dgae", "align", "graph", "all"] = "all"
    only: Annotated[str, Field(max_length=400)] = ""
    start: Annotated[tuple[PathText, ...], Field(max_length=16)] = ()
    steps: Annotated[int, Field(ge=1, le=100_000_000)] | None = None
    learning_rate: Annotated[float, Field(gt=0.0, le=1.0)] | None = None
    batch: Annotated[int, Field(ge=1, le=65_536)] | None = None
    accumulate: Annotated[int, Field(ge=1, le=4_096)] | None = None
    memory: Memory = "usual"
    average: bool | None = None
    threads: Annotated[int, Field(ge=1, le=1_024)] | None = None
    seed: Annotated[int, Field(ge=0, lt=2**31)] | None = None
    checkpoint_every: Annotated[int, Field(ge=1)] = 100
    keep: Annotated[int, Field(ge=1, le=1_000)] = 3
    keep_every: Annotated[int, Field(ge=0)] = 0
    sample_every: Annotated[int, Field(ge=0)] = 0
    parent: Annotated[str, Field(max_length=64)] = ""
    parent_step: Annotated[int, Field(ge=0)] = 0
    model: PathText = ""
    control: PathText = ""
    control_map: ControlMap = "depth"
    rank: Annotated[int, Field(ge=1, le=512)] = 8

    @model_validator(mode="after")
    def _says_what_its_goal_needs(self) -> Self:
        if self.goal == "lora" and not self.model:
            raise ValueError("model: name the folder of a Stable Diffusion pipeline, as the LoRA is one for it")
        if self.goal != "sizes" and not self.data and self.goal != "sd3":
            raise ValueError("data: name the data that it learns from")
        return self


class RunStatus(Value):
    """How a run stands, written by its process.

    Parameters
    ----------
    reason : why it stopped or failed, a sentence; empty while all is well
    stage, step, total : where it is; `total` steps of this stage
    number, stages : which of how many stages that is; 0 where it is not known
    host, pid : of the process
    beat : when it was last heard of, seconds since 1970
    begun, ended : the same, 0 if not yet
    alerts : what should be looked at ("the loss has not fallen for 500 steps")
    """

    state: RunState = RunState.WAITING
    reason: Annotated[str, Field(max_length=4_000)] = ""
    stage: str = ""
    step: Annotated[int, Field(ge=0)] = 0
    total: Annotated[int, Field(ge=0)] = 0
    number: Annotated[int, Field(ge=0)] = 0
    stages: Annotated[int, Field(ge=0)] = 0
    host: str = ""
    pid: Annotated[int, Field(ge=0)] = 0
    beat: Annotated[float, Field(ge=0.0)] = 0.0
    begun: Annotated[float, Field(ge=0.0)] = 0.0
    ended: Annotated[float, Field(ge=0.0)] = 0.0
    alerts: Annotated[tuple[str, ...], Field(max_length=50)] = ()


CUT_SHORT = "Its process ended without a word (a kill or a power cut). Nothing that was saved is lost: resume it."


def healed(status: RunStatus, here: str, is_locked: bool, now: float) -> RunStatus:
    """The status as it really is: a run whose process is gone does not run.

    Parameters
    ----------
    here : name of this host
    is_locked : whether a process of this host holds the run's lock
    now : seconds since 1970
    """
    if not status.state.lives:
        return status
    alive = is_locked if status.host == here else is_locked or now - status.beat < LOST_AFTER_S
    return status if alive else status.replace(state=RunState.STOPPED, reason=CUT_SHORT, ended=status.beat)
