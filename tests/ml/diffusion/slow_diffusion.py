"""The noising process written a second time, slowly and by its definitions: whole matrices, loops, Bayes' rule, NumPy.

It shares nothing with the code under test, not even the schedules.
"""

import math

import numpy as np

MASK_SHARES = {"uniform": 0.0, "marginal": 0.0, "absorbing": 1.0, "mask_and_replace": 0.9}


class SlowProcess:
    """T one-step matrices over S states, and everything by multiplying and dividing them."""

    def __init__(self, kind: str, noise: np.ndarray, schedule: str, steps: int) -> None:
        self.steps = steps
        self.classes = len(noise)
        self.masks = kind in ("absorbing", "mask_and_replace")
        self.states = self.classes + self.masks
        self.one_step = [self._matrix(kind, noise, schedule, k) for k in range(1, steps + 1)]

    def _matrix(self, kind: str, noise: np.ndarray, schedule: str, k: int) -> np.ndarray:
        keep, keep_before = _kept(schedule, k / self.steps), _kept(schedule, (k - 1) / self.steps)
        mask, mask_before = (MASK_SHARES[kind] * (1.0 - share) for share in (keep, keep_before))
        alpha = keep / keep_before
        gamma = 1.0 - (1.0 - mask) / (1.0 - mask_before)
        beta = 1.0 - alpha - gamma
        matrix = np.zeros((self.states, self.states))
        for old in range(self.classes):
            for new in range(self.classes):
                matrix[old, new] = beta * noise[new] + (alpha if old == new else 0.0)
            if self.masks:
                matrix[old, self.classes] = gamma
        if self.masks:
            matrix[self.classes, self.classes] = 1.0
        return matrix

    def between(self, s: int, t: int) -> np.ndarray:
        """q(x_t | x_s) for step indices s <= t."""
        product = np.eye(self.states)
        for k in range(s, t):
            product = product @ self.one_step[k]
        return product

    def posterior(self, x_t: int, x_0: int, s: int, t: int) -> np.ndarray | None:
        """q(x_s | x_t, x_0) by Bayes' rule, (S,), or None where x_t can't come from x_0."""
        joint = np.array([self.between(0, s)[x_0, x_s] * self.between(s, t)[x_s, x_t] for x_s in range(self.states)])
        return joint / joint.sum() if joint.sum() > 1e-13 else None


def _kept(schedule: str, t: float) -> float:
    if schedule == "linear":
        return 1.0 - t
    if t == 1.0:
        return 0.0

    def height(time: float) -> float:
        return math.cos((time + 0.008) / 1.008 * math.pi / 2.0) ** 2

    return height(t) / height(0.0)
