"""A stage's state to and from a checkpoint."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from torch import nn

from sd3studio.ml.system import System
from sd3studio.ml.training.averaging import RunningMean, put_weights, weights_of
from sd3studio.ml.training.checkpoints import Checkpoint

if TYPE_CHECKING:
    from accelerate import Accelerator


@dataclass(frozen=True, slots=True)
class StageState:
    """All that changes while a stage is trained.

    Attributes
    ----------
    learning : the parts that learn, by name
    optimizer : as `accelerate` prepared it
    """

    system: System
    learning: Mapping[str, nn.Module]
    mean: RunningMean
    optimizer: Any
    accelerator: "Accelerator"

    def checkpoint(self, step: int) -> Checkpoint:
        """The state after `step`; it shares memory with the parts."""
        moments = self.optimizer.state_dict()["state"]
        steps = self.system.steps
        tensors = {
            "weights": weights_of(self.learning),
            "mean": self.mean.mean,
            "optimizer": {f"{k}.{key}": value for k, state in moments.items() for key, value in state.items()},
            "draws": {f"{name}.{key}": v for name, draws in steps.items() for key, v in draws.state_dict().items()},
        }
        scaler = self.accelerator.scaler
        return Checkpoint(step, tensors, {"scaler": None if scaler is None else scaler.state_dict()})

    def restore(self, found: Checkpoint) -> None:
        """Take up a checkpoint's state. Raises KeyError, ValueError or RuntimeError if it is of another system."""
        put_weights(self.learning, found.tensors["weights"])
        for name, value in self.mean.mean.items():
            value.copy_(found.tensors["mean"][name])
        state = self.optimizer.state_dict()
        state["state"] = {}
        for key, value in found.tensors["optimizer"].items():
            number, _, name = key.partition(".")
            state["state"].setdefault(int(number), {})[name] = value
        self.optimizer.load_state_dict(state)
        for name, draws in self.system.steps.items():
            prefix = f"{name}."
            saved = {k.removeprefix(prefix): v for k, v in found.tensors["draws"].items() if k.startswith(prefix)}
            draws.load_state_dict(saved)
        if self.accelerator.scaler is not None and found.extra["scaler"]:
            self.accelerator.scaler.load_state_dict(found.extra["scaler"])
