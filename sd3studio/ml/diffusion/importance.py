"""Which steps to train on: more often those whose losses are large and vary."""

from collections.abc import Mapping

import torch
from torch import Tensor

EVEN_SHARE = 0.01
"""Share of draws that stay even, so that no step is forgotten and no weight exceeds a hundred times the mean."""


class StepDraws:
    """Draws step indices in proportion to the root mean square of their recent losses.

    The importance sampling of Nichol and Dhariwal (2021, arXiv:2102.09672, sec. 3.3) in VQ-Diffusion's running form. It
    draws evenly until each step has been seen `warm_up` times. With several processes, gather indices and losses before
    `update`, so that all keep the same statistics.

    Parameters
    ----------
    steps : T
    decay : of the running mean of squared losses
    warm_up : visits each step needs before its statistics count
    """

    def __init__(self, steps: int, *, decay: float = 0.9, warm_up: int = 10) -> None:
        if steps < 1 or not 0.0 <= decay < 1.0 or warm_up < 1:
            raise ValueError(f"steps and warm_up must be at least 1, decay in [0, 1): {steps}, {warm_up}, {decay}")
        self.steps = steps
        self.decay = decay
        self.warm_up = warm_up
        self._mean_squares = torch.zeros(steps, dtype=torch.float64)
        self._visits = torch.zeros(steps, dtype=torch.int64)

    def probs(self) -> Tensor:
        """Probability of each step 1 to T, (T,) float64."""
        even = torch.full((self.steps,), 1.0 / self.steps, dtype=torch.float64)
        sizes = self._mean_squares.sqrt()
        if bool((self._visits < self.warm_up).any()) or not float(sizes.sum()) > 0.0:
            return even
        return EVEN_SHARE * even + (1.0 - EVEN_SHARE) * sizes / sizes.sum()

    def draw(self, count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Indices (count,) int64, 1 to T, and with what probability (count,) float64 each was drawn; on the CPU."""
        probs = self.probs()
        level = torch.rand(count, generator=generator, device=generator.device, dtype=torch.float64).cpu()
        places = torch.searchsorted(probs.cumsum(0), level, right=True).clamp(max=self.steps - 1)
        return places + 1, probs[places]

    def update(self, index: Tensor, losses: Tensor) -> None:
        """Take note of the losses (B,) at the steps `index` (B,); several of one step count as their mean."""
        places = index.detach().cpu().long() - 1
        squares = losses.detach().cpu().double().square()
        counts = torch.bincount(places, minlength=self.steps)
        seen = counts > 0
        means = torch.bincount(places, weights=squares, minlength=self.steps)[seen] / counts[seen]
        decay = torch.where(self._visits[seen] == 0, 0.0, self.decay)
        self._mean_squares[seen] = decay * self._mean_squares[seen] + (1.0 - decay) * means
        self._visits += counts

    def state_dict(self) -> dict[str, Tensor]:
        """What a resumed run needs, as tensors."""
        return {"mean_squares": self._mean_squares.clone(), "visits": self._visits.clone()}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Take up a saved state. Raises ValueError if it is of another number of steps."""
        if set(state) != {"mean_squares", "visits"} or any(value.shape != (self.steps,) for value in state.values()):
            shapes = {name: tuple(value.shape) for name, value in state.items()}
            raise ValueError(f"the state must hold mean_squares and visits of {self.steps} steps, not {shapes}")
        self._mean_squares = state["mean_squares"].double().clone()
        self._visits = state["visits"].long().clone()
