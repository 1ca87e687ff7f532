"""The discrete diffusion as a diffusers scheduler, so that its pipelines and its users' habits fit.

It adds nothing to `transition` and `sampler`: it keeps their settings in ``scheduler_config.json`` and offers their
steps under the names of that library.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self

import torch
from torch import Tensor

from sd3studio.ml.diffusion.sampler import SamplerConfig, ancestral_step, confident_step, open_time
from sd3studio.ml.diffusion.schedule import Schedule
from sd3studio.ml.diffusion.transition import Transition, TransitionConfig, TransitionKind
from sd3studio.ml.libraries import prepare_libraries, quiet
from sd3studio.ml.pretrained import check_config, folder_of

prepare_libraries()

with quiet():
    from diffusers import ConfigMixin, SchedulerMixin
    from diffusers.configuration_utils import register_to_config
    from diffusers.utils import BaseOutput

CONFIG_NAME = "scheduler_config.json"


@dataclass
class DiscreteDiffusionSchedulerOutput(BaseOutput):
    """A step back.

    Attributes
    ----------
    prev_sample : (B, ...) int64, the tokens one step nearer to clean
    pred_original_sample : (B, ...) int64, the clean tokens as guessed in this step
    """

    prev_sample: Tensor
    pred_original_sample: Tensor


class DiscreteDiffusionScheduler(SchedulerMixin, ConfigMixin):
    """Noise and denoise tokens.

    Timesteps count from `num_train_timesteps` (all noise) down to 1; `model_time` gives the t in [0, 1] that nets take.

    Parameters
    ----------
    num_classes : K
    transition, groups, mask_share, marginal : see `TransitionConfig`
    schedule, num_train_timesteps : see `Schedule`
    sampler, temperature, truncation, order_temperature, exit_at : see `SamplerConfig`; ``confident`` needs a transition
        with a mask, because the mask is how a step knows what is still open
    """

    order = 1

    @register_to_config
    def __init__(
        self,
        num_classes: int,
        transition: TransitionKind = "mask_and_replace",
        groups: Sequence[tuple[int, int]] = (),
        mask_share: float = 0.9,
        marginal: Sequence[Sequence[float]] = (),
        schedule: Literal["linear", "cosine"] = "linear",
        num_train_timesteps: int = 100,
        sampler: Literal["ancestral", "confident"] = "ancestral",
        temperature: float = 1.0,
        truncation: float = 1.0,
        order_temperature: float = 1.0,
        exit_at: float | None = None,
    ) -> None:
        pairs = tuple((int(count), int(size)) for count, size in groups)
        rows = tuple(tuple(float(share) for share in row) for row in marginal)
        config = TransitionConfig(transition, num_classes, pairs, mask_share, rows)
        self.transition = Transition(config, Schedule(schedule, num_train_timesteps))
        self.sampler = SamplerConfig(sampler, None, temperature, truncation, order_temperature, exit_at)
        if sampler == "confident" and self.transition.mask_id is None:
            raise ValueError(f"the confident sampler needs a transition with a mask, not {transition!r}")
        self.set_timesteps(num_train_timesteps)

    def set_timesteps(self, num_inference_steps: int, device: str | torch.device | None = None) -> None:
        """Sample in so many steps: `timesteps` (num_inference_steps,) int64, falling. Raises ValueError if above T."""
        self._grid = self.transition.schedule.grid(num_inference_steps).tolist()
        self.num_inference_steps = num_inference_steps
        self.timesteps = torch.tensor(self._grid[:-1], device=device)

    def init_sample(
        self, shape: tuple[int, ...], generator: torch.Generator, device: str | torch.device = "cpu"
    ) -> Tensor:
        """What sampling starts from, (B, ...) int64: the prior, or all masks for the confident sampler."""
        x = self.transition.sample_prior(shape, generator, torch.device(device))
        return self.transition.blank(x, generator) if self.sampler.kind == "confident" else x

    def model_time(self, timestep: int | Tensor, sample: Tensor, fixed: Tensor | None = None) -> Tensor:
        """The t (B,) float32 to tell the net at a timestep; for the confident sampler it depends on what is open."""
        if self.sampler.kind == "confident":
            return open_time(self.transition, self._open(sample, fixed), _free(sample, fixed)).float()
        t = self.transition.schedule.time_of(torch.as_tensor(timestep, device=sample.device))
        return t.float().expand(sample.shape[0])

    def step(
        self,
        model_output: Tensor,
        timestep: int | Tensor,
        sample: Tensor,
        generator: torch.Generator,
        fixed: Tensor | None = None,
        return_dict: bool = True,
    ) -> DiscreteDiffusionSchedulerOutput | tuple[Tensor, Tensor]:
        """One step back.

        Parameters
        ----------
        model_output : (B, ..., K) logits of x_0
        timestep : one of `timesteps`; raises ValueError if it isn't
        sample : (B, ...) int64, x_t
        fixed : (B, ...) bool, positions that stay as they are
        """
        if int(timestep) not in self._grid[:-1]:
            raise ValueError(f"timestep {int(timestep)} is none of {self._grid[:-1]}")
        number = self._grid.index(int(timestep)) + 1
        open_now = self._open(sample, fixed)
        logits = model_output[open_now]
        if self.sampler.kind == "confident":
            free, progress = _free(sample, fixed), number / self.num_inference_steps
            x, guess, _ = confident_step(
                logits, self.transition, self.sampler, sample, open_now, free, progress, generator
            )
        else:
            t, s = (self._times(index, sample) for index in (self._grid[number - 1], self._grid[number]))
            x, guess, _ = ancestral_step(logits, self.transition, self.sampler, sample, s, t, open_now, generator)
        return DiscreteDiffusionSchedulerOutput(x, guess) if return_dict else (x, guess)

    def add_noise(
        self, original_samples: Tensor, timesteps: Tensor, generator: torch.Generator, fixed: Tensor | None = None
    ) -> Tensor:
        """x_t of clean tokens (B, ...) at timesteps (B,)."""
        t = self.transition.schedule.time_of(timesteps.to(original_samples.device))
        return self.transition.q_sample(original_samples, t, generator, fixed)

    @classmethod
    def from_pretrained(
        cls, pretrained_model_name_or_path: str | os.PathLike[str], *, subfolder: str | None = None, **kwargs: Any
    ) -> Self:
        """Load ``scheduler_config.json`` from a folder. Raises `MissingModelError` if it is missing or doesn't fit."""
        folder = folder_of(pretrained_model_name_or_path, subfolder)
        check_config(cls, folder / CONFIG_NAME)
        return super().from_pretrained(folder, local_files_only=True, **kwargs)

    def _open(self, sample: Tensor, fixed: Tensor | None) -> Tensor:
        settled = self.transition.settled(sample)
        if self.sampler.kind == "confident":
            settled = sample.ne(self.transition.classes)
        return ~settled if fixed is None else ~(settled | fixed)

    def _times(self, index: int, sample: Tensor) -> Tensor:
        return self.transition.schedule.time_of(torch.tensor(index)).to(sample.device).expand(sample.shape[0])


def _free(sample: Tensor, fixed: Tensor | None) -> Tensor:
    """(B,) how many positions aren't fixed."""
    return (torch.ones_like(sample, dtype=torch.bool) if fixed is None else ~fixed).flatten(1).sum(1)
