"""The duality term on SD3 mini's own formats: a picture's slots and one of its sentences (`sources.dual`).

The paper's: both directions learn together, and the gap of the two factorisations of p(i, y) is made small (its step 4
and eq. 9). Ours: what each direction is told (see `sources.dual`); nothing of that is dropped here, for a bound without
it is no bound of p(i|y); and each bound is estimated from `DRAWS` steps of the same sample, chosen by importance.

The gap's gradient is that of the two bounds with a sign for each sample. So up to the weight of `pair_image` and
`pair_text` beside it the term makes no bound grow: it only tells which of the two to learn from which pair.
"""

from functools import cached_property

import torch
from torch import Tensor

from sd3studio.ml.conditioning.said import condition_of
from sd3studio.ml.diffusion.objective import DiffusionLoss
from sd3studio.ml.system import System
from sd3studio.ml.training.losses import Batch
from sd3studio.ml.training.losses.dual import duality_gap, marginals
from sd3studio.ml.training.losses.image import image_bound, image_conditions
from sd3studio.ml.training.losses.text import canvas_of, text_bound
from sd3studio.ml.training.sources.dual import PAIR

DRAWS = 4
"""Steps of each diffusion that a sample's bound is estimated from. On held-out pairs one step alone has a standard
deviation of 0.39 nats a token, and the gap differs between pairs by 0.29."""


class Pair:
    """Both directions of a batch's pairs; each net is asked once, when a loss first needs it.

    Attributes
    ----------
    codes, there : the pictures' tokens (B, N, F) and the places that count (B, N)
    canvas : the sentences' (B, L)
    """

    def __init__(self, system: System, batch: Batch, generator: torch.Generator) -> None:
        self.system = system
        own = {name.removeprefix(PAIR): value for name, value in batch.items() if name.startswith(PAIR)}
        self.batch = {"codes": batch["codes"], "slot_mask": batch["slot_mask"]} | own
        self.codes, self.there = batch["codes"], batch["slot_mask"]
        self.canvas = canvas_of(own["text"])
        self._seeds = torch.randint(0, 2**62, (2,), generator=generator).tolist()

    @property
    def image_conditions(self) -> dict[str, Tensor]:
        """What p(i|y) is told."""
        return image_conditions(self.system, self.batch)

    @property
    def text_conditions(self) -> dict[str, Tensor]:
        """What p(y|i) is told."""
        condition, mask = condition_of(self.system, self.batch)
        return {"condition": condition, "condition_mask": mask}

    @cached_property
    def image(self) -> DiffusionLoss:
        """Of the pictures given their sentences; `DRAWS` rows a sample, one after the other."""
        generator = torch.Generator().manual_seed(self._seeds[0])
        return image_bound(self.system, _each(self.codes), _all(self.image_conditions), generator)

    @cached_property
    def text(self) -> DiffusionLoss:
        """Of the sentences given what is to be said of their pictures."""
        generator = torch.Generator().manual_seed(self._seeds[1])
        return text_bound(self.system, _each(self.canvas), _all(self.text_conditions), generator)

    @cached_property
    def marginals(self) -> dict[str, Tensor]:
        """p(i) and p(y) (`dual.marginals`)."""
        return marginals(self.system, self.codes, self.there, self.canvas)


def pair_of(system: System, batch: Batch, generator: torch.Generator) -> Pair:
    """The pairs of a batch, the same for all its losses."""
    return system.shared(batch, lambda: Pair(system, batch, generator))


def pair_image(system: System, batch: Batch, generator: torch.Generator) -> Tensor:
    """The bound of pictures given their sentences and 3DSGs: the paper's L_ST2I."""
    return pair_of(system, batch, generator).image.total


def pair_text(system: System, batch: Batch, generator: torch.Generator) -> Tensor:
    """The bound of sentences given what is to be said of their pictures: the paper's L_SI2T."""
    return pair_of(system, batch, generator).text.total


def pair_duality(system: System, batch: Batch, generator: torch.Generator) -> Tensor:
    """Mean absolute gap of the two factorisations of p(i, y), nats a token."""
    pair = pair_of(system, batch, generator)
    image, text = _mean(pair.image.whole), _mean(pair.text.whole)
    return duality_gap(**pair.marginals, picture_given_sentence=image, sentence_given_picture=text).mean()


def _each(x: Tensor) -> Tensor:
    return x.repeat_interleave(DRAWS, 0)


def _all(conditions: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: _each(value) for name, value in conditions.items()}


def _mean(whole: Tensor) -> Tensor:
    """(B,) of the draws (B * DRAWS,)."""
    return whole.unflatten(0, (-1, DRAWS)).mean(1)
