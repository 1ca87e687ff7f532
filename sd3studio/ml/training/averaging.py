"""The running mean of the weights that training keeps in the end."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor, nn

WARM_UP = 10.0
"""The decay after n steps is at most (1 + n) / (10 + n), so that the first weights are soon forgotten."""


class RunningMean:
    """Exponential moving average of the floating-point weights and buffers of some parts; others are copied.

    Parameters
    ----------
    parts : by name, what is averaged
    decay : in [0, 1); 0 keeps the last weights, without a copy of them
    """

    def __init__(self, parts: Mapping[str, nn.Module], decay: float) -> None:
        self.parts = parts
        self.decay = decay
        self.mean = {name: value.detach() for name, value in weights_of(parts).items()}
        if decay > 0.0:
            self.mean = {name: value.clone() for name, value in self.mean.items()}

    @torch.no_grad()
    def update(self, step: int) -> None:
        """Take up the weights after the optimiser's step number `step` (from 1)."""
        if self.decay == 0.0:
            return
        decay = min(self.decay, (1.0 + step) / (WARM_UP + step))
        for name, value in weights_of(self.parts).items():
            if value.is_floating_point():
                self.mean[name].lerp_(value, 1.0 - decay)
            else:
                self.mean[name].copy_(value)

    @contextmanager
    def applied(self) -> Iterator[None]:
        """The parts with the mean in place of their weights, while the context lasts."""
        kept = {name: value.detach().clone() for name, value in weights_of(self.parts).items()}
        put_weights(self.parts, self.mean)
        try:
            yield
        finally:
            put_weights(self.parts, kept)


def weights_of(parts: Mapping[str, nn.Module]) -> dict[str, Tensor]:
    """All stored weights and buffers of the parts, by ``part.weight``; they share memory with the parts."""
    return {f"{part}.{name}": value for part, net in parts.items() for name, value in net.state_dict().items()}


@torch.no_grad()
def put_weights(parts: Mapping[str, nn.Module], values: Mapping[str, Tensor]) -> None:
    """Copy values (of the names of `weights_of`) into the parts."""
    for name, value in weights_of(parts).items():
        value.copy_(values[name])
