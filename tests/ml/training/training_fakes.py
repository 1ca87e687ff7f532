"""A tiny system with a source and losses of its own, for tests of the training loop."""

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from sd3studio.ml import system as systems
from sd3studio.ml.diffusion.objective import ObjectiveConfig, diffusion_loss
from sd3studio.ml.system import PartConfig, System, SystemConfig, TransitionSettings
from sd3studio.ml.training import losses, sources
from sd3studio.ml.training.config import TrainConfig
from sd3studio.ml.training.stage import Stage

CLASSES = 5
NODES = 4


class TinySource:
    """Rows of tokens; the first is drawn anew each time, the others repeat it."""

    def __init__(self, count: int) -> None:
        self.count = count

    @classmethod
    def open(cls, folder: Path, system: System, count: int = 12) -> "TinySource":
        return cls(count)

    def __len__(self) -> int:
        return self.count

    def batch(self, indices: Sequence[int], generator: torch.Generator) -> dict[str, Tensor]:
        first = torch.tensor(list(indices)) % CLASSES
        shift = torch.randint(0, 2, first.shape, generator=generator)
        return {"tokens": ((first + shift) % CLASSES)[:, None, None].expand(-1, NODES, 2).contiguous()}


def tiny_loss(system: System, batch: dict[str, Tensor], generator: torch.Generator) -> Tensor:
    transition = system.transitions["graph"]
    x_0 = batch["tokens"]
    index, probs = system.steps["graph"].draw(len(x_0), generator)
    t = transition.schedule.time_of(index)
    x_t = transition.q_sample(x_0, t, generator)
    out = system.parts["graph_diffusion"](x_t, t.float())
    loss = diffusion_loss(transition, out.logits, x_0, x_t, index, ObjectiveConfig(), index_probs=probs)
    system.record("graph", index, loss.bound)
    return loss.total


CALLS = {"left": 10**9}


def nan_loss(system: System, batch: dict[str, Tensor], generator: torch.Generator) -> Tensor:
    """`tiny_loss` until `CALLS` are used up, then NaN."""
    CALLS["left"] -= 1
    return tiny_loss(system, batch, generator) * (1.0 if CALLS["left"] >= 0 else float("nan"))


def register() -> None:
    """Put the fakes into the tables."""
    losses.LOSSES["tiny"] = f"{__name__}:tiny_loss"
    losses.LOSSES["nan"] = f"{__name__}:nan_loss"
    sources.SOURCES["tiny"] = f"{__name__}:TinySource"


def tiny_system(kind: str = "absorbing") -> SystemConfig:
    net = PartConfig(kind="Denoiser", settings={"fields": 2, "width": 16, "depth": 1, "heads": 2, "dropout": 0.1})
    transition = TransitionSettings(kind=kind, classes=CLASSES, steps=4)
    return SystemConfig(parts={"graph_diffusion": net}, transitions={"graph": transition})


def tiny_config(**changes: object) -> TrainConfig:
    """Two stages of the tiny system; `changes` are of the stages, or of the run."""
    stage = {
        **{"learns": ("graph_diffusion",), "losses": {"tiny": 1.0}, "source": "tiny", "steps": 6, "batch": 4},
        **{"accumulate": 2, "lr": 1e-2, "warmup": 2, "ema": 0.9},
    }
    stage |= {key: value for key, value in changes.items() if key in Stage.model_fields}
    first = Stage(**{"name": "first", "step": "dgae", "seed": 1} | stage)
    second = Stage(**{"name": "second", "step": "graph", "seed": 2} | stage)
    rest = {key: value for key, value in changes.items() if key in TrainConfig.model_fields}
    defaults = {"system": tiny_system(), "checkpoint_every": 2, "log_every": 1, "min_free_mb": 0.0}
    return TrainConfig(**{**defaults, "stages": (first, second), **rest})


__all__ = ["CALLS", "TinySource", "nan_loss", "register", "systems", "tiny_config", "tiny_loss", "tiny_system"]
