"""What a training run is asked for: a system, its stages in order, and how to keep the run."""

import json
from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, TypeAdapter, ValidationError, model_validator

from sd3studio.core.errors import InputError
from sd3studio.core.files import read_bounded
from sd3studio.core.scene.value import Value
from sd3studio.ml.system import CONFIG as SYSTEM_CONFIG
from sd3studio.ml.system import CONFIGS, MAX_JSON_BYTES, SystemConfig, read_value
from sd3studio.ml.training.stage import Stage, Step

FINE_TUNING = "fine_tuning.json"
"""Stages that go on from trained weights, on a data set of own scenes."""


class TrainConfig(Value):
    """A whole run; what a run folder keeps as ``config.json``.

    Parameters
    ----------
    stages : in the order in which they run, each of one of the four steps
    seed : of the first weights
    precision : of the nets' arithmetic; weights, gradients' sums and checkpoints stay float32
    checkpoint_every, log_every : steps
    keep, keep_every : newest checkpoints of a stage that are kept, and steps between those kept for good (0: none)
    min_free_mb : the run stops before less than this is left on its disk
    """

    system: SystemConfig
    stages: Annotated[tuple[Stage, ...], Field(min_length=1)]
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    precision: Literal["no", "bf16", "fp16"] = "no"
    checkpoint_every: Annotated[int, Field(ge=1)] = 500
    log_every: Annotated[int, Field(ge=1)] = 10
    keep: Annotated[int, Field(ge=1, le=1_000)] = 2
    keep_every: Annotated[int, Field(ge=0)] = 0
    min_free_mb: Annotated[float, Field(ge=0.0)] = 500.0

    @model_validator(mode="after")
    def _stages_fit_the_system(self) -> Self:
        names = [stage.name for stage in self.stages]
        if len(set(names)) != len(names):
            raise ValueError("stages: two have the same name")
        for stage in self.stages:
            if missing := [part for part in stage.learns if part not in self.system.parts]:
                raise ValueError(f"stages.{stage.name}.learns: the system has no part {missing[0]!r}")
        return self

    def chosen(self, step: Step, only: str | None = None) -> tuple[Stage, ...]:
        """The stages of a step (``"all"``: of every step), or the one named `only`.

        Raises `InputError` if there is none.
        """
        if only is not None:
            found = tuple(stage for stage in self.stages if stage.name == only)
            named = f"stage {only!r}"
        else:
            found = tuple(stage for stage in self.stages if step in ("all", stage.step))
            named = f"stage of the step {step!r}"
        if not found:
            names = ", ".join(f"{stage.name} ({stage.step})" for stage in self.stages)
            raise InputError(f"The configuration has no {named}. It has: {names}.")
        return found

    def with_steps(self, steps: int) -> Self:
        """The same run with so many steps in each stage, and a warm-up that fits."""
        shorter = [s.replace(steps=steps, warmup=min(s.warmup, max(0, steps // 10))) for s in self.stages]
        return self.replace(stages=tuple(shorter))


def shipped_configs() -> tuple[str, ...]:
    """Names of the configurations that come with the program."""
    return tuple(sorted(path.stem for path in CONFIGS.glob("*.json") if is_config(path)))


def is_config(path: Path) -> bool:
    """Whether a file beside the configurations is one (vocabularies are there too, and the stages of fine-tuning)."""
    data = read_bounded(path, MAX_JSON_BYTES, InputError)
    return b'"stages"' in data and b'"system"' in data


def fine_tuning_config(folder: Path, only: Collection[str] = ()) -> TrainConfig:
    """The stages that tune the trained system in `folder`, in its own configuration; `only` names some of them.

    Raises `MissingModelError` if there is no system, `InputError` if no stage is left.
    """
    system = read_value(SystemConfig, folder / SYSTEM_CONFIG)
    data = json.loads(read_bounded(CONFIGS / FINE_TUNING, MAX_JSON_BYTES, InputError))
    stages = TypeAdapter(tuple[Stage, ...]).validate_python(data["stages"], strict=False)
    kept = tuple(s for s in stages if set(s.learns) <= set(system.parts) and (not only or s.name in only))
    if not kept:
        names = ", ".join(stage.name for stage in stages)
        raise InputError(f"There is no such stage of fine-tuning for the system in {folder}. There are: {names}.")
    return TrainConfig(system=system, stages=kept)


def load_config(name: str) -> TrainConfig:
    """A shipped configuration by name, or one in a JSON file. Raises `InputError` naming file and field."""
    path = Path(name)
    if not path.suffix and "/" not in name:
        path = CONFIGS / f"{name}.json"
        if not path.is_file():
            raise InputError(f"There is no configuration {name!r}. There are: {', '.join(shipped_configs())}.")
    return read_config(path)


def read_config(path: Path) -> TrainConfig:
    """The configuration in a JSON file. Raises `InputError` naming file and field."""
    try:
        return TrainConfig.model_validate_json(read_bounded(path, MAX_JSON_BYTES, InputError))
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        reason = "there is no such setting" if first["type"] == "extra_forbidden" else first["msg"]
        raise InputError(f"{path}: {field or 'the file'}: {reason}.") from error


def first_difference(one: TrainConfig, other: TrainConfig) -> str | None:
    """The first setting in which two configurations differ, like ``stages.0.lr (0.001 and 0.002)``; None: in none."""
    return _difference(one.model_dump(mode="json"), other.model_dump(mode="json"), "")


def _difference(one: Any, other: Any, where: str) -> str | None:
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        one, other = dict(enumerate(one)), dict(enumerate(other))
    if isinstance(one, dict) and isinstance(other, dict):
        for key in [*one, *(key for key in other if key not in one)]:
            found = _difference(one.get(key), other.get(key), f"{where}.{key}" if where else str(key))
            if found:
                return found
        return None
    return None if one == other else f"{where} ({_short(one)} and {_short(other)})"


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
